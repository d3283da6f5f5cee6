"""What introduces an entry on a line of its own: "1.", "(2)", "Step 3:", "a)", "①", "1.2", "-", "[ ]"."""

from __future__ import annotations

import re
from typing import NamedTuple

STEP_WORDS = "steps?|stages?|phases?|schritte?n?|étapes?|pasos?|etapas?|passos?|passi|passo|stap(?:pen)?|шаг|steg|krok"
"""Words that with a number are little else than the beginning of an entry."""
OTHER_NOUNS = "tasks?|parts?|days?|weeks?|aufgaben?|tareas?|tarefas?|taak|taken|tag|woche|jour|semaine|día|semana"
"""Words that with a number may also stand within an entry."""
CIRCLED = {chr(code): str(number) for number, code in enumerate(range(0x2460, 0x2474), start=1)}
_CHINESE = {word: str(number) for number, word in enumerate("一二三四五六七八九十", start=1)}


class Marker(NamedTuple):
    """An entry's line, taken apart.

    Attributes:
        indent: columns before the marker.
        kind: entries of one list have one kind: "number .", "number )", "step", "letter", "bullet", …
        label: the number or letter as text, "1.2" for dotted ones; empty for bullets.
        text: what follows.
    """

    indent: int
    kind: str
    label: str
    text: str


_LINE = re.compile(
    rf"""
    (?P<indent>[ \t\u3000]*+) (?:\#{{1,6}}\ +)? (?:\*\*)? (?:
      (?:[-*+]\ )?(?P<box>\[[ xX✓]?\]|[☐☑☒✅])\ *
    | (?P<bullet>[-*+•·‣◦▪●○■◆→–—]) (?:\ +|\t)
    | (?P<sub>\d{{1,4}}\.?[a-z]) [.):]
    | \#?(?P<open>[(（]?) (?P<number>\d{{1,4}}) (?P<end>\.\)|[.):]|[、．。）]|\ [-–—](?=\ )) (?!\d)
    | (?P<dotted>\d{{1,4}}(?:\.\d{{1,4}}){{1,5}}) (?:[.):]|(?=\ ))
    | (?P<word>{STEP_WORDS}|{OTHER_NOUNS})\ (?P<step>\d{{1,4}}) (?:\ ?[:.)\-–—](?!\d)|(?=\ |$))
    | 第(?P<nth>\d{{1,4}}|[一二三四五六七八九十])步 [:：、,，]?
    | (?P<circled>[①-⑳])
    | (?P<chinese>[一二三四五六七八九十])[、．.]
    | (?P<bracket>\(?) (?P<letter>[a-zA-Z]|[ivx]{{2,5}}) (?P<close>[.)]) (?=\ |\t|$)
    ) (?:\*\*)?\ *
    """,
    re.VERBOSE | re.IGNORECASE,
)


def read_marker(line: str) -> Marker | None:
    """The line as an entry of a list, or None if nothing introduces it."""
    found = _LINE.match(line)
    if found is None:
        return None
    kind, label = _kind_and_label(found)
    text = line[found.end() :].strip()
    if text.endswith("**") and text.count("**") % 2:
        text = text[:-2].rstrip()
    indent = found["indent"]
    return Marker(_columns(indent) if indent else 0, kind, label, text)


def _kind_and_label(found: re.Match[str]) -> tuple[str, str]:
    if found["number"]:
        return f"number {found['open']}{found['end']}", str(int(found["number"]))
    if found["bullet"] or found["box"]:
        return "bullet", ""
    if found["step"]:
        return f"step {found['word'].lower().rstrip('s')}", str(int(found["step"]))
    if found["dotted"]:
        return "dotted", ".".join(str(int(part)) for part in found["dotted"].split("."))
    if found["sub"]:
        return "dotted", f"{found['sub'].rstrip(found['sub'][-1]).rstrip('.')}.{found['sub'][-1].lower()}"
    if found["letter"]:
        return f"letter {found['bracket']}{found['close']}", found["letter"].lower()
    sign = found["nth"] or found["circled"] or found["chinese"]
    return str(found.lastgroup), CIRCLED.get(sign) or _CHINESE.get(sign) or str(int(sign))


def _columns(indent: str) -> int:
    return sum(4 if char == "\t" else 2 if char == "\u3000" else 1 for char in indent)
