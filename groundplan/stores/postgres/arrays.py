"""Columns as Postgres arrays in binary form, so that any number of rows is one parameter per column.

psycopg can adapt lists, element by element in Python; packing whole columns here takes a tenth of that.
The layout is that of `array_recv` in the PostgreSQL sources: dimensions, a flag for nulls, the element type,
length and lower bound, then each element behind its length (-1 for null).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg.adapt import AdaptersMap, Dumper
from psycopg.pq import Format

_HEADER = struct.Struct("!iiIii").pack
_LENGTH = struct.Struct("!i").pack
_INT4 = struct.Struct("!i").pack
_INT8 = struct.Struct("!q").pack
_NULL = _LENGTH(-1)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class _Packed(bytes):
    """An array in binary form; the subclass says of which type."""


@dataclass(frozen=True)
class Column:
    """A type of column: how one value becomes bytes, and the class that carries the whole array."""

    element_oid: int
    encode: Callable[[Any], bytes]
    carrier: type[_Packed]

    def pack(self, values: Sequence[Any]) -> bytes:
        """The values (None is null) as one array parameter."""
        parts = [b""]
        nulls = 0
        for value in values:
            if value is None:
                nulls = 1
                parts.append(_NULL)
            else:
                data = self.encode(value)
                parts.append(_LENGTH(len(data)))
                parts.append(data)
        parts[0] = _HEADER(1, nulls, self.element_oid, len(values), 1)
        return self.carrier(b"".join(parts))


def _carrier(name: str, array_oid: int) -> type[_Packed]:
    carrier = type(name, (_Packed,), {})
    dumper = type(f"{name}Dumper", (Dumper,), {"oid": array_oid, "format": Format.BINARY, "dump": lambda _, obj: obj})
    _DUMPERS.append((carrier, dumper))
    return carrier


_DUMPERS: list[tuple[type[_Packed], type[Dumper]]] = []


def register(adapters: AdaptersMap) -> None:
    """Teach a connection to send what `Column.pack` makes."""
    for carrier, dumper in _DUMPERS:
        adapters.register_dumper(carrier, dumper)


def _as_bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


TEXT = Column(25, str.encode, _carrier("TextArray", 1009))
BYTES = Column(17, bytes, _carrier("BytesArray", 1001))
JSON = Column(114, _as_bytes, _carrier("JsonArray", 199))
"""JSON given as its text, `str` or UTF-8 bytes."""
JSONB = Column(3802, lambda text: b"\x01" + _as_bytes(text), _carrier("JsonbArray", 3807))
"""JSON given as its text; the leading byte is the version of jsonb's binary form."""
INT = Column(23, _INT4, _carrier("IntArray", 1007))
BIGINT = Column(20, _INT8, _carrier("BigintArray", 1016))
FLOAT = Column(701, struct.Struct("!d").pack, _carrier("FloatArray", 1022))
TIME = Column(1184, lambda at: _INT8((at - _EPOCH) // _MICROSECOND), _carrier("TimeArray", 1185))
"""Times with a zone, to the microsecond."""
