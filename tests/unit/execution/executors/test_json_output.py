import json
import tracemalloc
from collections import OrderedDict, namedtuple
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from pathlib import Path
from types import MappingProxyType
from uuid import UUID

import pytest
from hypothesis import assume, given
from pydantic import BaseModel, SecretStr

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.execution.executors.json_output import MAX_DEPTH, as_json
from tests.plan_factories import json_values

LIMIT = 1_000_000


class Colour(StrEnum):
    RED = "red"


class Level(IntEnum):
    HIGH = 3


class Pair(Enum):
    BOTH = ("a", 1)


class Line(BaseModel):
    text: str
    at: datetime


@dataclass
class Page:
    lines: list[Line]
    _hidden: int = 0


Point = namedtuple("Point", "x y")
AT = datetime(2024, 3, 1, 12, tzinfo=UTC)


class Text(str):
    __slots__ = ()


@given(json_values)
def test_what_is_json_stays_as_it_is(value):
    assume("\\u0000" not in json.dumps(value))
    assert as_json(value, LIMIT) == value
    assert json.loads(json.dumps(as_json(value, LIMIT))) == value


@pytest.mark.parametrize(
    ("value", "made"),
    [
        (Page([Line(text="x", at=AT)]), {"lines": [{"text": "x", "at": "2024-03-01T12:00:00+00:00"}], "_hidden": 0}),
        ([date(2024, 3, 1), time(12), timedelta(minutes=1)], ["2024-03-01", "12:00:00", 60.0]),
        ([Colour.RED, Level.HIGH, Pair.BOTH], ["red", 3, ["a", 1]]),
        ([Decimal("1.10"), UUID(int=0), Path("a/b")], ["1.10", "00000000-0000-0000-0000-000000000000", "a/b"]),
        ((1, {2}, frozenset("ba"), Point(1, 2)), [1, [2], ["a", "b"], [1, 2]]),
        (OrderedDict(a=MappingProxyType({"b": 1})), {"a": {"b": 1}}),
        ({1: "a", Colour.RED: "b"}, {"1": "a", "red": "b"}),
        (Text("plain"), "plain"),
    ],
)
def test_common_objects_are_converted(value, made):
    assert as_json(value, LIMIT) == made
    json.dumps(as_json(value, LIMIT), allow_nan=False)


def test_subclasses_leave_nothing_of_theirs():
    assert type(as_json(Text("x"), LIMIT)) is str
    assert type(as_json(Level.HIGH, LIMIT)) is int
    assert type(as_json(True, LIMIT)) is bool


def endless():
    inner = []
    inner.append(inner)
    return inner


@pytest.mark.parametrize(
    ("value", "where", "why"),
    [
        (object(), "output", "a object is no JSON"),
        ({"a": [1, b"x"]}, "output.a.1", "a bytes is no JSON"),
        ({"a": float("nan")}, "output.a", "a number is not finite"),
        ([float("-inf")], "output.0", "a number is not finite"),
        pytest.param(10**5000, "output", "an integer has thousands of digits", id="huge"),
        ("a\x00", "output", "a text has a NUL byte"),
        ({"a\x00": 1}, "output", "a text has a NUL byte"),
        ("\ud800", "output", "a text has half a surrogate pair"),
        ({None: 1}, "output", "a NoneType is no name of a field"),
        ({True: 1}, "output", "a bool is no name of a field"),
        ({1: 1, "1": 2}, "output", "two fields have the same name"),
        (Line, "output", "a ModelMetaclass is no JSON"),
        (Page, "output", "a type is no JSON"),
        ({"key": SecretStr("hunter2")}, "output.key", "a SecretStr is no JSON"),
        (iter([1]), "output", "a list_iterator is no JSON"),
        (endless(), "output" + ".0" * 10 + ".…", f"nested deeper than {MAX_DEPTH} levels, or in itself"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(value, where, why):
    with pytest.raises(PlanningError) as caught:
        as_json(value, LIMIT)
    assert caught.value.code is ErrorCode.OUTPUT_INVALID
    assert caught.value.details == {"path": where, "reason": why, "effect": "done"}
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("value", ["x" * 98, "ü" * 49, ["x" * 50, "y" * 41], {"a" * 40: "b" * 53}, [10] * 43])
def test_the_limit_counts_bytes(value):
    size = len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
    assert abs(size - 100) <= 40
    assert as_json(value, size + 4)
    with pytest.raises(PlanningError, match="larger than") as caught:
        as_json(value, size // 2)
    assert caught.value.code is ErrorCode.OUTPUT_TOO_LARGE
    assert caught.value.details["limit_bytes"] == size // 2


def test_too_much_is_noticed_before_it_is_copied():
    large = [["x" * 1000] * 10 for _ in range(20_000)]
    tracemalloc.start()
    try:
        with pytest.raises(PlanningError):
            as_json(large, 10_000)
        with pytest.raises(PlanningError):
            as_json("ü" * 5_000_000, 10_000)
        assert tracemalloc.get_traced_memory()[1] < 12_000_000
    finally:
        tracemalloc.stop()
