"""The SQL of this package: `.sql` files of named queries, read once.

A query begins with a line `-- name: NAME`, a comment that says what it is for, and ends with the next one.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def queries(area: str) -> dict[str, str]:
    """The queries of `queries/AREA.sql` by name, without their comments."""
    text = files("groundplan.stores.postgres").joinpath("queries", f"{area}.sql").read_text(encoding="utf-8")
    _, *parts = _NAME.split(text)
    return {name: _bare(body) for name, body in zip(parts[::2], parts[1::2], strict=True)}


def _bare(body: str) -> str:
    lines = [line for line in body.splitlines() if line.strip() and not line.lstrip().startswith("--")]
    return "\n".join(lines).rstrip(";")
