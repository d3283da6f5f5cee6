"""What a task gave, as a JSON value that a store takes, built once and no larger than allowed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from math import isfinite
from pathlib import PurePath
from typing import Any, NoReturn
from uuid import UUID

from pydantic import BaseModel

from groundplan.domain.errors import ErrorCode, PlanningError

MAX_DEPTH = 200
MAX_INTEGER_BITS = 13_000
"""Python itself refuses to read integers of more than 4,300 digits."""

_AS_TEXT = (UUID, Decimal, PurePath)


def as_json(value: Any, limit_bytes: int) -> Any:
    """The value as a JSON value.

    Pydantic models, dataclasses, enums, dates, UUIDs, decimals, paths, tuples and sets (sorted) are converted;
    times get their ISO 8601 form, durations their seconds. What is over the limit is noticed on the way, so that never
    more than the limit is built.

    Raises:
        PlanningError: E5210 for what is no JSON (objects, bytes, NaN, NUL bytes, cycles), E5211 for too much of it.
            Neither tells the value, only where it is. In both the work itself was done.
    """
    return _Conversion(limit_bytes).value(value)


class _Conversion:
    def __init__(self, limit_bytes: int) -> None:
        self.limit = limit_bytes
        self.left = limit_bytes
        self.path: list[str] = []

    def value(self, given: Any) -> Any:
        if given is None or isinstance(given, bool):
            self._spend(5)
            return given
        if isinstance(given, Enum):
            return self.value(given.value)
        if isinstance(given, str):
            return self._text(given)
        if isinstance(given, int | float):
            return self._number(given)
        if isinstance(given, Mapping):
            return self._object(given)
        if isinstance(given, list | tuple):
            return self._list(given)
        return self._converted(given)

    def _converted(self, given: Any) -> Any:
        if isinstance(given, BaseModel):
            return self._object(given.model_dump())
        if is_dataclass(given) and not isinstance(given, type):
            return self._object({field.name: getattr(given, field.name) for field in fields(given)})
        if isinstance(given, set | frozenset):
            return sorted(self._list(given), key=json.dumps)
        if isinstance(given, datetime | date | time):
            return self._text(given.isoformat())
        if isinstance(given, timedelta):
            return self._number(given.total_seconds())
        if isinstance(given, _AS_TEXT):
            return self._text(str(given))
        return self._refuse(f"a {type(given).__name__} is no JSON")

    def _object(self, given: Mapping[Any, Any]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, item in given.items():
            if isinstance(key, bool) or not isinstance(key, str | int):
                self._refuse(f"a {type(key).__name__} is no name of a field")
            name = self._text(str(key.value if isinstance(key, Enum) else key))
            if name in made:
                self._refuse("two fields have the same name")
            made[name] = self._inside(name, item)
        self._spend(2)
        return made

    def _list(self, given: Iterable[Any]) -> list[Any]:
        self._spend(2)
        return [self._inside(str(index), item) for index, item in enumerate(given)]

    def _inside(self, name: str, item: Any) -> Any:
        self.path.append(name)
        if len(self.path) > MAX_DEPTH:
            self._refuse(f"nested deeper than {MAX_DEPTH} levels, or in itself")
        self._spend(1)
        made = self.value(item)
        self.path.pop()
        return made

    def _text(self, given: str) -> str:
        self._spend(len(given) + 2)
        try:
            self._spend(0 if given.isascii() else len(given.encode()) - len(given))
        except UnicodeEncodeError:
            self._refuse("a text has half a surrogate pair")
        if "\x00" in given:
            self._refuse("a text has a NUL byte")
        return str.__str__(given)

    def _number(self, given: float) -> float:
        if isinstance(given, float):
            if not isfinite(given):
                self._refuse("a number is not finite")
            self._spend(8)
            return float(given)
        if given.bit_length() > MAX_INTEGER_BITS:
            self._refuse("an integer has thousands of digits")
        self._spend(1 + given.bit_length() // 4)
        return int(given)

    def _spend(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise PlanningError(
                ErrorCode.OUTPUT_TOO_LARGE,
                f"The output is larger than {self.limit:,} bytes",
                details={"limit_bytes": self.limit, "path": self._where(), "effect": "done"},
                recovery_suggestion="Let the tool store it and give back where it is, or raise the limit.",
            )

    def _refuse(self, why: str) -> NoReturn:
        raise PlanningError(
            ErrorCode.OUTPUT_INVALID,
            f"The output cannot be kept as JSON: at {self._where()} {why}",
            details={"path": self._where(), "reason": why, "effect": "done"},
            recovery_suggestion="Let the tool give back plain data: objects, lists, texts, numbers.",
        )

    def _where(self) -> str:
        shown = [part[:40] for part in self.path[:10]]
        return ".".join(["output", *shown, *(["…"] if len(self.path) > len(shown) else [])])
