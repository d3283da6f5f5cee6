"""How tables and lines of text look: one place for style, and no markup ever read from text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import StringIO

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from groundplan.cli.render.plain import plain

Cell = str | Text


def table(columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, right: Sequence[str] = ()) -> Table:
    """A table without frames. A column whose title begins with `~` is folded where space is short, one that begins
    with `…` is cut; the others stay whole."""
    made = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        title = column.lstrip("~…")
        made.add_column(
            Text(title), justify="right" if title in right else "left", no_wrap=title == column, overflow="fold"
        )
    for row in rows:
        made.add_row(*(_cell(cell, is_cut=column.startswith("…")) for cell, column in zip(row, columns, strict=True)))
    return made


def _cell(cell: Cell, *, is_cut: bool) -> Text:
    if isinstance(cell, Text):
        return cell
    # the column itself counts as foldable, so that it is the one to give way
    return Text(plain(cell), no_wrap=True, overflow="ellipsis") if is_cut else Text(plain(cell))


def line(*parts: str | tuple[str, str]) -> Text:
    """A line of safe text; a part with a style is given as a pair."""
    return Text.assemble(*(plain_part(part) for part in parts))


def plain_part(part: str | tuple[str, str]) -> str | tuple[str, str]:
    """The part with its text made safe; spaces at its ends stay."""
    text, style = part if isinstance(part, tuple) else (part, "")
    kept = " " * (len(text) - len(text.lstrip(" "))) + plain(text) + " " * (len(text) - len(text.rstrip(" ")))
    return kept, style


def group(*parts: RenderableType | None) -> Group:
    """The parts that are there, below each other."""
    return Group(*(part for part in parts if part is not None))


def as_text(what: RenderableType, *, width: int = 100) -> str:
    """What a terminal without colours would show, lines without trailing spaces: for files and tests."""
    console = Console(file=StringIO(), width=width, color_system=None, highlight=False, legacy_windows=False)
    with console.capture() as captured:
        console.print(what)
    return "\n".join(text.rstrip() for text in captured.get().splitlines()) + "\n"
