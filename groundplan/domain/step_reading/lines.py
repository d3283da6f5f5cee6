"""Lists with one entry a line, nested by indentation or by numbers such as 1.2, in sections or not."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field

from groundplan.domain.step_reading.items import MOST_LEVELS, Item, Reading
from groundplan.domain.step_reading.markers import Marker, read_marker
from groundplan.domain.step_reading.material import is_material

_HEADING = re.compile(r"#{1,6} +\S|\*\*[^*]+\*\*:?$")


@dataclass(slots=True)
class _Open:
    """An item that may still get children, and how its line began."""

    item: Item
    indent: int
    kind: str


@dataclass(slots=True)
class _Builder:
    """The tree while lines arrive. `stack` holds the open items, outermost first; never the root or section."""

    root: Item
    section: Item
    stack: list[_Open] = field(default_factory=list)
    intro: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    after_blank: bool = False


def read_lines(text: str) -> Reading | None:
    """The list whose entries begin lines of the text, or None if there are not two of them."""
    root = Item("")
    builder = _Builder(root, root)
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if not line.strip():
            builder.after_blank = True
            continue
        marker = read_marker(line)
        if marker is None or not _add_entry(builder, marker):
            _add_text(builder, line, _next_is_entry(lines, number))
        builder.after_blank = False
    return _finished(builder)


def _next_is_entry(lines: list[str], number: int) -> bool:
    following = next((line for line in lines[number + 1 : number + 3] if line.strip()), "")
    return read_marker(following) is not None


def _add_entry(builder: _Builder, marker: Marker) -> bool:
    """Put the entry at its level. False if it only looks like one: "2.5 litres" without an entry 2.4 before."""
    if marker.kind == "dotted":
        return _add_dotted(builder, marker)
    stack = builder.stack
    while stack and not _stays_open(stack, marker):
        stack.pop()
    if len(stack) >= MOST_LEVELS:
        del stack[MOST_LEVELS - 1 :]
    _append(builder, marker)
    return True


def _stays_open(stack: list[_Open], marker: Marker) -> bool:
    """Whether the innermost open item is an ancestor of the entry, rather than a sibling or unrelated."""
    top = stack[-1]
    same = top.kind == marker.kind
    if same and marker.label and _follows(top.item.label, marker.label):
        return False
    if marker.indent >= top.indent + 2:
        return True
    if same or marker.indent + 2 <= top.indent:
        return False
    # At one depth, another kind of marker is a list within, unless its own kind waits further out.
    return not any(other.kind == marker.kind for other in stack)


def _follows(before: str, label: str) -> bool:
    if before.isdigit() and label.isdigit():
        return int(label) == int(before) + 1
    return len(before) == len(label) == 1 and ord(label) == ord(before) + 1


def _add_dotted(builder: _Builder, marker: Marker) -> bool:
    outer, _, own = marker.label.rpartition(".")
    parent = next((entry for entry in reversed(builder.stack) if entry.item.label == outer), None)
    siblings = parent.item.children if parent else []
    last = siblings[-1].label.rpartition(".")[2] if siblings else ""
    if parent is None or not (_follows(last, own) if last else own in ("0", "1", "a")):
        return False
    del builder.stack[builder.stack.index(parent) + 1 :]
    if len(builder.stack) < MOST_LEVELS:
        _append(builder, marker)
    return True


def _append(builder: _Builder, marker: Marker) -> None:
    item = Item(marker.text, marker.label)
    parent = builder.stack[-1].item if builder.stack else builder.section
    parent.children.append(item)
    builder.stack.append(_Open(item, marker.indent, marker.kind))
    if len(builder.stack) == 1:
        builder.kinds.append(marker.kind)


def _add_text(builder: _Builder, line: str, next_is_entry: bool) -> None:
    """A line without marker: part of the introduction, a heading, the rest of an entry, or an aside."""
    words = line.strip()
    indent = len(line) - len(line.lstrip())
    started = bool(builder.root.children)
    within = bool(builder.stack) and indent >= builder.stack[0].indent + 2
    if next_is_entry and not within and _is_heading(words, started or bool(builder.intro)):
        _open_section(builder, words)
    elif builder.stack and (within or not builder.after_blank):
        item = builder.stack[-1].item
        item.text = f"{item.text} {words}".strip()
    elif started:
        builder.stack.clear()
        builder.notes.append("text after the list is no step")
    else:
        builder.intro.append(words.lstrip("# ").strip("*"))


def _is_heading(words: str, has_title: bool) -> bool:
    return has_title and (words.endswith((":", "：")) or bool(_HEADING.match(words)))


def _open_section(builder: _Builder, words: str) -> None:
    builder.section = Item(words.lstrip("# ").strip("*"))
    builder.root.children.append(builder.section)
    builder.stack.clear()


def _finished(builder: _Builder) -> Reading | None:
    root = builder.root
    _fold_introduction(builder)
    left_out = [item for item in root.children if item.children and not item.label and is_material(item.text)]
    if not builder.kinds:
        return None
    root.children = [item for item in root.children if item not in left_out]
    _prune(root)
    if not _holds_together(root) or is_material(root.text):
        return None
    notes = [*(f"{item.text.rstrip(':：')!r} lists no steps" for item in left_out), *dict.fromkeys(builder.notes)]
    style = "bulleted" if builder.kinds[0] == "bullet" else "numbered"
    return Reading(root, style, notes)


def _fold_introduction(builder: _Builder) -> None:
    """Make the introduction the title, and the only section's heading a part of it."""
    root, intro = builder.root, builder.intro
    if len(root.children) == 1 and root.children[0] is builder.section:
        intro.append(builder.section.text)
        root.children = builder.section.children
    elif len(intro) == 1 and builder.section is not root and _starts_anew(builder):
        first = [item for item in root.children if item.label or not item.children]
        root.children = [Item(intro.pop(), children=first), *root.children[len(first) :]]
    root.text = " ".join(intro)


def _starts_anew(builder: _Builder) -> bool:
    """Whether the entries of the last section do not go on counting where those before it stopped."""
    first = builder.section.children[0].label if builder.section.children else ""
    return not first.isdigit() or first in ("0", "1")


def _prune(item: Item) -> None:
    """Drop entries without text and without entries below."""
    for child in item.children:
        _prune(child)
    item.children = [child for child in item.children if child.text or child.children]


def _holds_together(root: Item) -> bool:
    """At least two entries, counted like a list: from 0, 1, a or i, or else without a gap."""
    groups = [root, *(item for item in root.children if item.children and not item.label)]
    return len(root.leaves()) > 1 and all(_counts([c.label for c in g.children if c.label]) for g in groups)


def _counts(labels: list[str]) -> bool:
    if not labels or labels[0] in ("0", "1", "a", "i"):
        return True
    return all(_follows(before, label) for before, label in itertools.pairwise(labels))
