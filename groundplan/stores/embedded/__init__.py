"""Postgres and Valkey from wheels, in the user's data folder: shared by processes, stopped with the last.

    EmbeddedServers   a client: starts or joins the servers, holds them as long as it is open   (servers)
    supervisor        the process that owns the servers of one folder, stops them after the last client
    DataFolder        what lies where, and whose it is                                          (data_folder)

The supervisor imports this package too and must start quickly, so the names below are imported when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from groundplan.stores.embedded.binaries import embedded_available as embedded_available
    from groundplan.stores.embedded.servers import EmbeddedServers as EmbeddedServers
    from groundplan.stores.embedded.servers import EmbeddedUrls as EmbeddedUrls

_PUBLIC = {"EmbeddedServers": "servers", "EmbeddedUrls": "servers", "embedded_available": "binaries"}

__all__ = ["EmbeddedServers", "EmbeddedUrls", "embedded_available"]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(import_module(f"{__name__}.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
