"""`groundplan schedule`: when the tasks of a plan run, as a Gantt chart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundplan.cli.commands.options import App, AsJson, PlanId
from groundplan.cli.output import emit
from groundplan.cli.prefixes import whole_plan_id
from groundplan.cli.session import with_service

if TYPE_CHECKING:
    from rich.console import RenderableType

    from groundplan.domain.plan import ExecutionPlan
    from groundplan.domain.schedule import Schedule
    from groundplan.service import PlanningService


def schedule(
    plan_id: PlanId,
    version: Annotated[int | None, typer.Option("--version", metavar="N", min=1, help="An older version.")] = None,
    seconds: Annotated[
        float | None,
        typer.Option("--seconds", metavar="S", min=0, max=86_400, help="Look so long for a shorter one; not stored."),
    ] = None,
    optimize: Annotated[bool, typer.Option("--optimize", help="With OR-Tools too (extra optimize).")] = False,
    app: App = None,
    as_json: AsJson = False,
) -> None:
    """Show when the tasks of a plan run: a Gantt chart with critical path, slack, agents and buffer."""
    again = seconds is not None or optimize

    async def found(service: PlanningService) -> tuple[ExecutionPlan, Schedule]:
        plan = await service.get_plan(await whole_plan_id(service, plan_id), version)
        if plan.schedule is not None and not again:
            return plan, plan.schedule
        return plan, await service.schedule_plan(plan.plan_id, version, seconds=seconds, optimize=optimize)

    plan, made = with_service(found, app=app)
    emit(as_json=as_json, document=lambda: _document(plan, made, again=again), view=lambda: _view(plan, made))


def _view(plan: ExecutionPlan, made: Schedule) -> RenderableType:
    from groundplan.cli.render.schedule_view import schedule_view

    return schedule_view(plan, made)


def _document(plan: ExecutionPlan, made: Schedule, *, again: bool) -> dict[str, Any]:
    whole = made.model_dump(mode="json", exclude={"windows", "slots"})
    return {
        "plan_id": plan.plan_id,
        "version": plan.version,
        "stored": not again and plan.schedule is not None,
        **whole,
        "finish": made.finish,
        "tasks": [_task(task_id, name, made) for task_id, name in ((t.task_id, t.name) for t in plan.tasks)],
    }


def _task(task_id: str, name: str, made: Schedule) -> dict[str, Any]:
    known: dict[str, Any] = {"task_id": task_id, "name": name}
    if task_id not in made.windows:
        return known
    slot, window = made.slot(task_id), made.windows[task_id]
    return known | slot._asdict() | window._asdict() | {"critical": task_id in made.critical_path}
