"""No error of the driver leaks: every class it has becomes a `PlanningError` that says what to do."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.stores.postgres.failures import driver_errors

ALLOWED = {
    ErrorCode.STORE_UNAVAILABLE,
    ErrorCode.STORE_CONFLICT,
    ErrorCode.SCHEMA_MISMATCH,
    ErrorCode.STORE_REJECTED,
}


def _descendants(kind: type[BaseException]) -> Iterator[type[BaseException]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _descendants(child)


DRIVERS = sorted(set(_descendants(psycopg.Error)), key=lambda kind: kind.__qualname__)


def code_of(error: BaseException, where: str = "") -> PlanningError:
    with pytest.raises(PlanningError) as caught, driver_errors(where):
        raise error
    return caught.value


def test_the_driver_has_as_many_classes_as_postgres_has_states() -> None:
    assert len(DRIVERS) > 250


def test_every_class_of_the_driver_is_mapped() -> None:
    errors = {kind: code_of(kind("a message\nwith details")) for kind in DRIVERS}
    assert {kind: error.code for kind, error in errors.items() if error.code not in ALLOWED} == {}
    assert [kind for kind, error in errors.items() if not error.recovery_suggestion] == []
    assert [kind for kind, error in errors.items() if "with details" in error.message] == []


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (psycopg.OperationalError, ErrorCode.STORE_UNAVAILABLE),
        (psycopg.InterfaceError, ErrorCode.STORE_UNAVAILABLE),
        (ConnectionRefusedError, ErrorCode.STORE_UNAVAILABLE),
        (TimeoutError, ErrorCode.STORE_UNAVAILABLE),
        (PoolTimeout, ErrorCode.STORE_UNAVAILABLE),
        (PoolClosed, ErrorCode.STORE_UNAVAILABLE),
        (TooManyRequests, ErrorCode.STORE_UNAVAILABLE),
        (errors.AdminShutdown, ErrorCode.STORE_UNAVAILABLE),
        (errors.CannotConnectNow, ErrorCode.STORE_UNAVAILABLE),
        (errors.InvalidPassword, ErrorCode.STORE_UNAVAILABLE),
        (errors.InvalidCatalogName, ErrorCode.STORE_UNAVAILABLE),
        (errors.InsufficientPrivilege, ErrorCode.STORE_UNAVAILABLE),
        (errors.ReadOnlySqlTransaction, ErrorCode.STORE_UNAVAILABLE),
        (errors.DiskFull, ErrorCode.STORE_UNAVAILABLE),
        (errors.DeadlockDetected, ErrorCode.STORE_UNAVAILABLE),
        (errors.SerializationFailure, ErrorCode.STORE_UNAVAILABLE),
        (errors.QueryCanceled, ErrorCode.STORE_UNAVAILABLE),
        (errors.UniqueViolation, ErrorCode.STORE_CONFLICT),
        (errors.ForeignKeyViolation, ErrorCode.STORE_CONFLICT),
        (errors.UndefinedTable, ErrorCode.SCHEMA_MISMATCH),
        (errors.UndefinedColumn, ErrorCode.SCHEMA_MISMATCH),
        (errors.CheckViolation, ErrorCode.STORE_REJECTED),
        (errors.UntranslatableCharacter, ErrorCode.STORE_REJECTED),
        (errors.CharacterNotInRepertoire, ErrorCode.STORE_REJECTED),
        (errors.ProgramLimitExceeded, ErrorCode.STORE_REJECTED),
        (psycopg.DataError, ErrorCode.STORE_REJECTED),
    ],
)
def test_what_each_kind_of_failure_means(kind: type[BaseException], code: ErrorCode) -> None:
    assert code_of(kind("x")).code is code


def test_only_what_may_pass_is_retryable() -> None:
    assert code_of(errors.DeadlockDetected("x")).retryable
    assert not code_of(errors.UniqueViolation("x")).retryable
    assert not code_of(errors.CheckViolation("x")).retryable


def test_the_address_is_told() -> None:
    error = code_of(psycopg.OperationalError("x"), "db.example:5432, database plans")
    assert "db.example:5432, database plans" in error.message


def test_errors_of_others_pass() -> None:
    with pytest.raises(KeyError), driver_errors():
        raise KeyError("mine")
