"""The database URL: read, checked, and shown without its password."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from groundplan.domain.errors import ErrorCode, PlanningError


class Address:
    """Where Postgres is: a URL `postgresql://user@host:port/database?host=/run/…`, or `key=value` words.

    Raises:
        PlanningError: E5806 for text that is neither. The text itself is in no message: it may hold a password.
    """

    __slots__ = ("_words",)

    def __init__(self, url: str) -> None:
        try:
            self._words: dict[str, Any] = conninfo_to_dict(url.replace("postgresql+psycopg://", "postgresql://", 1))
        except psycopg.Error:
            raise PlanningError(
                ErrorCode.SETTINGS_INVALID,
                "The database URL cannot be read",
                recovery_suggestion="Write it as postgresql://USER:PASSWORD@HOST:5432/DATABASE; encode special "
                "characters in the password (%40 for @).",
            ) from None

    def conninfo(self, *, connect_timeout: float) -> str:
        """For the driver. `connect_timeout` in seconds, at least 2 as libpq has it; the URL's own goes first."""
        defaults = {"connect_timeout": max(2, int(connect_timeout)), "application_name": "groundplan"}
        words: dict[str, Any] = defaults | self._words
        return make_conninfo("", **words)

    def __str__(self) -> str:
        words = self._words
        host = words.get("host") or words.get("hostaddr") or "the default socket"
        port = f":{words['port']}" if words.get("port") else ""
        return f"{host}{port}, database {words.get('dbname') or words.get('user') or 'default'}"

    def __repr__(self) -> str:
        return f"Address({self})"
