"""`groundplan progress`: how a plan goes, what is late, and why."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Annotated, Any, Self

import typer

from groundplan.cli.commands.options import AsJson, PlanId
from groundplan.cli.output import console, emit, print_json_line
from groundplan.cli.prefixes import completed, whole_plan_id
from groundplan.cli.session import with_service

if TYPE_CHECKING:
    from groundplan.domain.progress import PlanProgress, TaskProgress
    from groundplan.service import PlanningService

_LOOK_EVERY = 1.0
_ENDED = ("completed", "failed", "cancelled", "rolled_back")


def progress(
    plan_id: PlanId,
    task: Annotated[str | None, typer.Option("--task", metavar="ID", help="Only this task, as JSON.")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Look again every second, until the plan has ended.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show how a plan goes: each task and phase, earned value, the forecast, and what is late, stuck or overspends.

    With --watch --json one document a line.
    """
    if task is not None and watch:
        raise typer.BadParameter("choose one of --task and --watch")

    async def fetched(service: PlanningService) -> PlanProgress:
        whole = await whole_plan_id(service, plan_id)
        return await (_watched(service, whole, as_json=as_json) if watch else service.get_progress(whole))

    if task is not None:
        _show_task(plan_id, task)
        return
    found = with_service(fetched)
    if watch and as_json:
        return
    from groundplan.cli.render.progress_view import progress_view

    emit(as_json=as_json, document=found.document, view=lambda: progress_view(found))


def _show_task(plan_id: str, task: str) -> None:
    async def fetched(service: PlanningService) -> TaskProgress:
        whole = await whole_plan_id(service, plan_id)
        known = [one.task_id for one in (await service.get_plan(whole)).tasks]
        return await service.get_task_progress(whole, completed(task, known, "task"))

    found = with_service(fetched)
    emit(as_json=True, document=lambda: found.model_dump(mode="json"), view=str)


async def _watched(service: PlanningService, plan_id: str, *, as_json: bool) -> PlanProgress:
    """Look until the plan has ended, and show it meanwhile: a line of JSON each time, or on the terminal."""
    import asyncio

    with _Screen(drawn=not as_json) as screen:
        while True:
            found = await service.get_progress(plan_id)
            if as_json:
                print_json_line(found.document())
            screen.show(found)
            if found.status.value in _ENDED:
                return found
            await asyncio.sleep(_LOOK_EVERY)


class _Screen:
    """What is drawn over and over on stderr's terminal; nothing where there is none."""

    def __init__(self, *, drawn: bool) -> None:
        self._console = console(stderr=True)
        self._live: Any = None
        self._wanted = drawn and self._console.is_terminal

    def __enter__(self) -> Self:
        if self._wanted:
            from rich.live import Live

            self._live = Live(console=self._console, transient=True, auto_refresh=False)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, found: PlanProgress) -> None:
        """This in the place of what was shown before."""
        if self._live is not None:
            from groundplan.cli.render.progress_view import progress_view

            self._live.update(progress_view(found), refresh=True)
