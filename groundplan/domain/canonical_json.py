"""JSON Canonicalization Scheme (RFC 8785), in one pass for what plans consist of.

For keys in ASCII, whole numbers up to 2^53 and floats that Python writes without an exponent, sorting, escapes and
digits of Python agree with the RFC. What has anything else is left to `rfc8785`, which takes three times as long.
"""

from __future__ import annotations

from json.encoder import encode_basestring
from typing import Any

import rfc8785

_SAFE = 2**53 - 1
_LEAST, _MOST = 1e-4, 1e16
"""From here to there `repr` of a float is what ECMAScript writes, but for the `.0` of whole numbers."""


class _UnusualError(Exception):
    """A value that the two could write differently."""


def canonical_json(value: Any) -> bytes:
    """The canonical form of a JSON value.

    Raises:
        ValueError: for what JSON cannot carry exactly: integers beyond 2^53, NaN, other types, lone surrogates.
    """
    try:
        return _written(value).encode()
    except (_UnusualError, UnicodeEncodeError):
        return rfc8785.dumps(value)


def _written(value: Any) -> str:
    kind = type(value)
    if kind is str:
        return encode_basestring(value)
    if kind is dict:
        return "{" + ",".join([f"{encode_basestring(key)}:{_written(value[key])}" for key in _in_order(value)]) + "}"
    if kind is list:
        return "[" + ",".join([_written(item) for item in value]) + "]"
    if kind is float:
        return _float(value)
    if kind is int and -_SAFE <= value <= _SAFE:
        return repr(value)
    return _constant(value)


def _in_order(members: dict[Any, Any]) -> list[str]:
    try:
        keys = sorted(members)
        # Python sorts by code points, the RFC by UTF-16; they differ beyond the basic plane.
        if "".join(keys).isascii():
            return keys
    except TypeError:  # a key that is no text
        pass
    raise _UnusualError


def _float(value: float) -> str:
    if value == 0 or _LEAST <= abs(value) < _MOST:
        return repr(int(value)) if value.is_integer() else repr(value)
    return rfc8785.dumps(value).decode()


def _constant(value: Any) -> str:
    if value is None:
        return "null"
    if value is True or value is False:
        return "true" if value else "false"
    raise _UnusualError
