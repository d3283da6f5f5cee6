"""The database URL: every form is read, and the password is never shown."""

import pytest

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.stores.postgres.address import Address


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://ana:s3cret@db.example:5433/plans", "db.example:5433, database plans"),
        ("postgres://ana:s3cret@db.example/plans", "db.example, database plans"),
        ("postgresql+psycopg://ana:s3cret@db.example/plans", "db.example, database plans"),
        ("postgresql://groundplan@/groundplan?host=/run/user/1000/gp", "/run/user/1000/gp, database groundplan"),
        ("host=db.example user=ana password=s3cret", "db.example, database ana"),
        ("postgresql://", "the default socket, database default"),
    ],
)
def test_an_address_is_shown_without_its_password(url: str, shown: str) -> None:
    address = Address(url)
    assert str(address) == shown
    assert "s3cret" not in repr(address)


@pytest.mark.parametrize("url", ["not an address, s3cret", "postgresql://ana:s3cret@[db", "mysql://ana:s3cret@db/x"])
def test_an_address_that_cannot_be_read_is_said_without_showing_it(url: str) -> None:
    with pytest.raises(PlanningError) as caught:
        Address(url)
    assert caught.value.code is ErrorCode.SETTINGS_INVALID
    assert "s3cret" not in str(caught.value) + caught.value.recovery_suggestion + repr(caught.value.details)
    assert caught.value.__cause__ is None


def test_the_drivers_words_have_a_timeout_that_the_url_may_override() -> None:
    assert "connect_timeout=4" in Address("postgresql://db/x").conninfo(connect_timeout=4.5)
    assert "connect_timeout=2" in Address("postgresql://db/x").conninfo(connect_timeout=0.5)
    assert "connect_timeout=9" in Address("postgresql://db/x?connect_timeout=9").conninfo(connect_timeout=4.5)
