"""Arrays that are packed here arrive in Postgres as they were meant."""

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groundplan.stores.postgres import arrays
from groundplan.stores.postgres.arrays import Column

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
COLUMNS: list[tuple[str, Column, Any]] = [
    ("text", arrays.TEXT, texts),
    ("bytea", arrays.BYTES, st.binary()),
    ("int", arrays.INT, st.integers(-(2**31), 2**31 - 1)),
    ("bigint", arrays.BIGINT, st.integers(-(2**63), 2**63 - 1)),
    ("timestamptz", arrays.TIME, st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))),
]


@pytest.fixture
def connection(embedded):
    with psycopg.connect(embedded.database_url, autocommit=True) as connection:
        arrays.register(connection.adapters)
        connection.execute("set timezone to 'UTC'")
        yield connection


@pytest.mark.parametrize(("kind", "column", "values"), COLUMNS, ids=[name for name, _, _ in COLUMNS])
def test_a_column_arrives_value_for_value(connection, kind: str, column: Column, values: Any) -> None:
    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(st.none() | values, min_size=1, max_size=20))
    def check(given_values: list[Any]) -> None:
        query = f"select value from unnest(%s::{kind}[]) with ordinality as t (value, n) order by n"  # noqa: S608
        rows = connection.execute(query, [column.pack(given_values)], binary=True).fetchall()
        assert [value for (value,) in rows] == given_values

    check()


@pytest.mark.parametrize(("kind", "column"), [("json", arrays.JSON), ("jsonb", arrays.JSONB)])
@pytest.mark.parametrize("text", ['{"a": [1, null, "ü"]}', b'{"a": [1, null, "\xc3\xbc"]}'])
def test_json_arrives_given_as_text_or_bytes(connection, kind: str, column: Column, text: str | bytes) -> None:
    query = f"select value from unnest(%s::{kind}[]) as t (value)"  # noqa: S608
    assert connection.execute(query, [column.pack([text, None])]).fetchall() == [({"a": [1, None, "ü"]},), (None,)]
