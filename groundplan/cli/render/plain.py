"""Text from anywhere, made safe to print on a terminal and short enough for its place."""

from __future__ import annotations

import re

from groundplan.domain.plain_text import plain as plain
from groundplan.domain.plain_text import shortened as shortened

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def short_id(an_id: str) -> str:
    """The first 8 characters of a UUID, which commands take as well; any other id whole."""
    return an_id[:8] if _UUID.fullmatch(an_id) else plain(an_id)
