"""A run as a command sees it: watched while it goes on, drained on Ctrl-C and SIGTERM, resumable in any case."""

from __future__ import annotations

import asyncio
import signal
import uuid
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import typer

from groundplan.cli.exit_codes import ExitCode
from groundplan.cli.interrupted import Interrupted
from groundplan.cli.output import console, emit
from groundplan.cli.session import with_service

if TYPE_CHECKING:
    from groundplan.domain.events import Event
    from groundplan.domain.plan import ExecutionPlan
    from groundplan.domain.results import PlanResult
    from groundplan.service import PlanningService

_PER_SECOND = 8


class RunView:
    """The tree of a plan's tasks with the state of each, drawn anew with every event on stderr's terminal."""

    def __init__(self, plan: ExecutionPlan, *, live: bool = True) -> None:
        from groundplan.cli.render.run_tree import RunTree

        self._tree = RunTree(plan)
        self._console = console(stderr=True)
        self._live: Any = None
        self._wanted = live and self._console.is_terminal

    def __enter__(self) -> Self:
        if self._wanted:
            from rich.live import Live

            self._live = Live(self._tree, console=self._console, refresh_per_second=_PER_SECOND, transient=True)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def take(self, event: Event) -> None:
        """One more thing happened."""
        self._tree.take(event)

    def print_last(self) -> None:
        """The tree as it is now, to stdout."""
        emit(as_json=False, document=lambda: None, view=lambda: self._tree)


class Watched:
    """Runs one plan in the foreground.

    The first Ctrl-C or SIGTERM drains: nothing more is begun, what runs may end up to `drain_seconds`. The second stops
    at once; what ran then is in doubt for whoever resumes.
    """

    def __init__(self, app: str | None) -> None:
        self._app = app
        self._run_id: str | None = None
        self._stopped = False

    def done(self, work: Callable[[PlanningService], Awaitable[PlanResult]]) -> PlanResult:
        """What `work` returns. Raises `Interrupted` with the run to resume."""
        try:
            result = with_service(work, app=self._app)
        except Interrupted as stop:
            raise Interrupted(self._run_id, command="resume") from stop
        if self._stopped and result.status == "executing":
            raise Interrupted(self._run_id, command="resume")
        return result

    async def follow(
        self,
        service: PlanningService,
        plan_id: str,
        start: Callable[[str], Awaitable[PlanResult]],
        run_id: str | None = None,
    ) -> PlanResult:
        """Start the run and draw it until it ends."""
        self._run_id = run_id or str(uuid.uuid4())
        events = [event async for event in service.stream(plan_id, follow=False)]
        last = events[-1].event_id or 0 if events else 0
        with RunView(await service.get_plan(plan_id)) as view:
            for event in events:
                view.take(event)
            watching = asyncio.create_task(self._watch(service, plan_id, last, view))
            with self._draining(service, self._run_id):
                try:
                    return await start(self._run_id)
                finally:
                    watching.cancel()
                    with suppress(asyncio.CancelledError):
                        await watching

    @staticmethod
    async def _watch(service: PlanningService, plan_id: str, after: int, view: RunView) -> None:
        async with aclosing(service.stream(plan_id, after=after)) as events:
            async for event in events:
                view.take(event)

    def _draining(self, service: PlanningService, run_id: str) -> _Signals:
        def drain() -> None:
            self._stopped = True
            console(stderr=True).print("Letting running tasks end; once more stops at once.", style="dim")
            service.drain(run_id)

        return _Signals(drain)


class _Signals:
    """While this lasts, the first SIGINT or SIGTERM calls `drain`, the second cancels."""

    def __init__(self, drain: Callable[[], None]) -> None:
        self._drain = drain
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        self._drained = False

    def __enter__(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._loop.add_signal_handler(number, self._stop)

    def __exit__(self, *_: object) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._loop.remove_signal_handler(number)

    def _stop(self) -> None:
        if self._drained and self._task is not None:
            self._task.cancel()
            return
        self._drained = True
        self._drain()


def show_result(result: PlanResult, *, as_json: bool) -> None:
    """Print what came of a plan, and end with the exit code that says it."""
    from groundplan.cli.render.run_views import result_view

    emit(as_json=as_json, document=lambda: result.model_dump(mode="json"), view=lambda: result_view(result))
    code = _EXIT_CODES.get(result.status.value, ExitCode.FINE)
    if code is not ExitCode.FINE:
        raise typer.Exit(code)


_EXIT_CODES = {
    "failed": ExitCode.PLAN_FAILED,
    "cancelled": ExitCode.PLAN_FAILED,
    "awaiting_approval": ExitCode.WAITS,
    "executing": ExitCode.WAITS,
    "replanning": ExitCode.WAITS,
}
