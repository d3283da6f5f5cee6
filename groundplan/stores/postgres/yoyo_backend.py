"""yoyo on a connection of ours: any address that libpq knows, and no look-up of user and host names.

(yoyo's own log entry asks for the name of the operating system's user, which a container may not have, and for
the fully qualified host name, which may wait for a name server that is not there.)
"""

from __future__ import annotations

import socket
import uuid
from datetime import UTC, datetime
from typing import Any

import psycopg
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import parse_uri
from yoyo.migrations import default_migration_table


class _Backend(PostgresqlPsycopgBackend):  # type: ignore[misc]  # yoyo has no types
    conninfo = ""

    def connect(self, dburi: Any) -> psycopg.Connection[Any]:  # noqa: ARG002  # yoyo's signature
        return psycopg.connect(self.conninfo, autocommit=True)

    def get_log_data(self, migration: Any = None, operation: str = "apply") -> dict[str, Any]:
        return {
            "id": str(uuid.uuid4()),
            "migration_id": migration.id if migration else None,
            "migration_hash": migration.hash if migration else None,
            "username": self.connection.info.user,
            "hostname": socket.gethostname(),
            "created_at_utc": datetime.now(UTC).replace(tzinfo=None),
            "operation": operation,
        }


def backend_for(conninfo: str) -> Any:
    """A yoyo backend, ready to use as a context manager, on the database that `conninfo` names."""
    backend_class = type("Backend", (_Backend,), {"conninfo": conninfo})
    backend = backend_class(parse_uri("postgresql+psycopg:///"), default_migration_table)
    backend.init_database()
    return backend
