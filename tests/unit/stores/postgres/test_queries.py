"""The SQL files hold together: each query is named once, says what it is for, and gives what its statement needs."""

import re
from importlib.resources import files

import pytest

from groundplan.stores.postgres import statements
from groundplan.stores.postgres.queries import queries
from groundplan.stores.postgres.writes import Statement

FILES = sorted(files("groundplan.stores.postgres").joinpath("queries").iterdir(), key=lambda file: file.name)
STATEMENTS = [value for value in vars(statements).values() if isinstance(value, Statement)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_query_says_what_it_is_for(file) -> None:
    lines = file.read_text().splitlines()
    named = [number for number, line in enumerate(lines) if line.startswith("-- name: ")]
    assert named
    assert [lines[number] for number in named if not lines[number + 1].startswith("-- ")] == []


def test_no_name_is_used_twice() -> None:
    names = [name for file in FILES for name in re.findall(r"^-- name: (\w+)$", file.read_text(), re.MULTILINE)]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement.name)
def test_a_statement_gives_its_sql_every_parameter_and_no_other(statement: Statement) -> None:
    assert set(re.findall(r"%\((\w+)\)s", statement.sql)) == set(statement.columns)


def test_statements_have_a_fixed_order() -> None:
    orders = [statement.order for statement in STATEMENTS]
    assert len(orders) == len(set(orders))


def test_comments_are_not_sent() -> None:
    assert not any("--" in sql for area in ("recording", "reading", "checkpoints") for sql in queries(area).values())
