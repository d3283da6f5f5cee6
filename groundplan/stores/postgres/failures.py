"""The one boundary between the driver's errors and ours.

class 08, 57P0x, 53 and no connection   E5800  cannot be reached, or has no room
class 40, 55P03, 57014                  E5800  had to give way to others, may be tried again
GP001                                   E5205  another runner holds the run
23505, 23503                            E5803  the same id with other content, or a reference to nothing
42P01, 42703, 42883, 3F000              E5805  a table, column or function is not there
anything else                           E5807  the value was refused
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg_pool import PoolTimeout

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.stores.conflicts import run_held

CONNECTION_ERRORS = (psycopg.OperationalError, psycopg.InterfaceError, OSError, TimeoutError)
"""What a lost, refused or silent connection raises (not all of these mean one)."""

_SERVER_CLASSES = frozenset({"08", "25", "28", "3D", "40", "53"})
_SERVER_STATES = frozenset({"42501", "55P03", "57014"})
_MISSING = frozenset({"42P01", "42703", "42883", "3F000"})
_ADVICE = {
    "28": "Check user and password in the database URL.",
    "3D": "Create the database that the URL names, or name another.",
    "53": "Free disk space, memory or connections on the database server, then try again.",
    "25": "The server is read-only (a standby, or out of space): connect to one that takes writes.",
    "42": "Grant the database user the rights on groundplan's tables.",
}


@contextmanager
def driver_errors(where: str = "") -> Iterator[None]:
    """Errors of the driver, the socket and the clock leave this block as `PlanningError`.

    Args:
        where: the server's address for people, see `address.shown`.
    """
    try:
        yield
    except (psycopg.Error, OSError, TimeoutError) as error:
        raise planning_error(error, where) from error


def planning_error(error: BaseException, where: str = "") -> PlanningError:
    """What an error of the driver means for whoever called the store."""
    state = getattr(error, "sqlstate", None) or ""
    if state[:2] != "54" and (isinstance(error, CONNECTION_ERRORS) or _is_about_the_server(state)):
        return unavailable(where, state, error)
    if state == "GP001":
        return run_held(_first_line(error))
    if state in ("23505", "23503"):
        return PlanningError(
            ErrorCode.STORE_CONFLICT,
            f"What is stored already contradicts this: {_first_line(error)}",
            details={"sqlstate": state},
            recovery_suggestion="Read it again and make the change on what is there now, or use a new id.",
        )
    if state in _MISSING:
        return PlanningError(
            ErrorCode.SCHEMA_MISMATCH,
            f"The database does not have the schema of this version: {_first_line(error)}",
            details={"sqlstate": state},
            recovery_suggestion="Open the database once more with this version: it makes the schema current.",
        )
    return PlanningError(
        ErrorCode.STORE_REJECTED,
        f"Postgres refused a value: {_first_line(error)}",
        details={"sqlstate": state},
        recovery_suggestion="Look for a NUL byte, a lone surrogate or an oversized value in what was stored.",
    )


def _is_about_the_server(state: str) -> bool:
    return state[:2] in _SERVER_CLASSES or state in _SERVER_STATES


def unavailable(where: str, state: str = "", error: BaseException | None = None) -> PlanningError:
    """E5800: Postgres at `where` cannot be used now."""
    reason = f": {told}" if (told := _reason(error)) else ""
    return PlanningError(
        ErrorCode.STORE_UNAVAILABLE,
        f"Postgres{' at ' + where if where else ''} {_what_happened(error)}{reason}",
        details={"sqlstate": state, "where": where},
        recovery_suggestion=_ADVICE.get(state[:2], "Start the database, or check GROUNDPLAN_DATABASE_URL."),
    )


def _what_happened(error: BaseException | None) -> str:
    if isinstance(error, TimeoutError | PoolTimeout):
        return "did not answer in time"
    return "cannot be used" if _reason(error) else "cannot be reached"


def _reason(error: BaseException | None) -> str:
    """The server's own words, if it said any; on connecting they come without a state, behind `FATAL:`."""
    if getattr(error, "sqlstate", None):
        return _first_line(error)
    _, fatal, told = str(error).partition("FATAL:")
    return told.strip().split("\n")[0] if fatal else ""


def _first_line(error: BaseException | None) -> str:
    primary = getattr(getattr(error, "diag", None), "message_primary", None)
    return primary or str(error).partition("\n")[0] or type(error).__name__
