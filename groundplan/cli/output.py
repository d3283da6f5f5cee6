"""Where output goes: the one document or view to stdout, everything else to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from groundplan.domain.errors import PlanningError

_MOST_FINDINGS = 20


class OutputLost(Exception):
    """stdout takes nothing more. `is_broken_pipe` says that whoever read it has gone, which is no failure."""

    def __init__(self, error: OSError) -> None:
        super().__init__(error.strerror or str(error))
        self.is_broken_pipe = isinstance(error, BrokenPipeError)


def emit(*, as_json: bool, document: Callable[[], Any], view: Callable[[], RenderableType | str]) -> None:
    """Print the result of a command: the document as JSON, or the view for people (a str goes out as it is)."""
    if as_json:
        print_json(document())
        return
    shown = view()
    _write(shown if isinstance(shown, str) else _drawn(shown))


def print_json(document: Any) -> None:
    """One JSON document in ASCII, so that neither encoding nor escape sequences can spoil it."""
    _write(json.dumps(document, indent=2, default=str) + "\n")


def print_json_line(document: Any) -> None:
    """One of many JSON documents, a line each."""
    _write(json.dumps(document, default=str) + "\n")


def _drawn(view: RenderableType) -> str:
    """What the view looks like on stdout; not printed by rich, which leaves the process on a broken pipe."""
    here = console()
    with here.capture() as captured:
        here.print(view)
    return captured.get()


def _write(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        raise OutputLost(error) from error


def console(*, stderr: bool = False) -> Console:
    """A console that reads no markup, no emoji names and no numbers into text."""
    from rich.console import Console

    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)


def print_error(error: PlanningError, *, as_json: bool, exit_code: int) -> None:
    """The error: as a document on stdout if JSON was asked for, and in words on stderr in any case not."""
    if as_json:
        print_json({"error": error.to_dict() | {"exit_code": exit_code}})
        return
    from groundplan.cli.render.plain import plain

    lines = [f"Error {error.code.value}: {plain(error.message)}"]
    lines += [f"  - {plain(text)}" for text in _findings(error)]
    if error.recovery_suggestion:
        lines.append(f"What to do: {plain(error.recovery_suggestion)}")
    if error.retryable and error.details.get("run_id"):
        lines.append(f"To go on from here: groundplan plan --resume {plain(str(error.details['run_id']))}")
    print_message("\n".join(lines))


def print_failure(code: str, message: str, *, as_json: bool, exit_code: int, **details: Any) -> None:
    """A failure that has no error code of its own: wrong usage, Ctrl-C, the unexpected."""
    if not as_json:
        print_message(message)
        return
    error = {"code": code, "message": message, "details": details, "recovery_suggestion": "", "retryable": False}
    print_json({"error": error | {"exit_code": exit_code}})


def print_message(text: str) -> None:
    """Words for a person, on stderr."""
    sys.stderr.write(text + "\n")


def _findings(error: PlanningError) -> list[str]:
    """What exactly is wrong, where an error carries a list; the first one is in its message already."""
    found = error.details.get("errors")
    if not isinstance(found, list) or len(found) < 2:
        return []
    texts = [_finding(item) for item in found[:_MOST_FINDINGS]]
    more = len(found) - len(texts)
    return [*texts, f"… and {more} more"] if more else texts


def _finding(item: Any) -> str:
    if isinstance(item, dict) and "message" in item:
        return f"{item.get('path', '')}: {item['message']}"
    return str(item)
