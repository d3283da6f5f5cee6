"""What planning is doing at this moment: on stderr, and only when somebody watches."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from groundplan.cli.output import console
from groundplan.cli.render.plain import plain, shortened

if TYPE_CHECKING:
    from groundplan.service import StepEvent

_NEXT = {
    "sanitize": "looking whether the goal was planned before",
    "recall": "reading listed steps, matching templates",
    "match_template": "breaking the goal down",
    "decompose": "working out who waits for whom",
    "resolve": "estimating",
    "estimate": "scheduling",
    "schedule": "looking for risks",
    "assess": "checking",
    "validate": "storing",
    "repair": "working out who waits for whom",
}
"""What usually comes after a node."""

_WORDS = 100


class Progress:
    """One line for each node that is done, a spinner for what comes next; nothing unless stderr is a terminal."""

    def __init__(self) -> None:
        self._console = console(stderr=True)
        self._status: Any = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._status = self._stack.enter_context(self._console.status("opening the database"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def begins(self, run_id: str) -> None:
        """A run begins: its id is what somebody needs who kills it and wants to go on."""
        if self._status is not None:
            self._console.print(f"Run {run_id}", style="dim")
            self.says("checking the goal")

    def says(self, what: str) -> None:
        """What is being done now."""
        if self._status is not None:
            self._status.update(plain(what))

    def done(self, event: StepEvent) -> None:
        """A node is done."""
        if self._status is not None and event.node != "end":
            words = shortened(event.summary, _WORDS)
            self._console.print(f"{event.elapsed_ms:7.0f} ms  {event.node:15} {words}", style="dim")
            self.says(_NEXT.get(event.node, "going on"))
