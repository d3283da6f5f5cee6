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
    """A table without frames. A column whose title begins with `~` may be folded, the others stay whole."""
    made = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        title, wraps = column.removeprefix("~"), column.startswith("~")
        made.add_column(Text(title), justify="right" if title in right else "left", no_wrap=not wraps, overflow="fold")
    for row in rows:
        made.add_row(*(cell if isinstance(cell, Text) else Text(plain(cell)) for cell in row))
    return made


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
