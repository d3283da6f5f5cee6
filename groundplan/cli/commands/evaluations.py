"""`groundplan evaluations`: how well finished tasks met their criteria, and scoring them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from groundplan.cli.commands.options import AsJson, Limit
from groundplan.cli.output import emit
from groundplan.cli.prefixes import completed, whole_execution, whole_plan_id
from groundplan.cli.session import with_service

if TYPE_CHECKING:
    from groundplan.domain.evaluation import Evaluation, TemplateScore
    from groundplan.service import PlanningService


def evaluations(
    plan_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="The plan; none: scores by template.")] = None,
    task: Annotated[str | None, typer.Option("--task", metavar="ID", help="Only this task.")] = None,
    judge: Annotated[bool, typer.Option("--judge", help="First score by rules, and by the model if any.")] = False,
    score: Annotated[float | None, typer.Option("--score", metavar="0..1", help="Your score of --task.")] = None,
    criterion: Annotated[str, typer.Option("--criterion", metavar="TEXT", help="By which criterion.")] = "",
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who scores.")] = "",
    why: Annotated[str, typer.Option("--why", metavar="REASON", help="Why so.")] = "",
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """Show the scores of a plan's finished tasks; without an ID, what the plans of each template came to."""
    if plan_id is None:
        if task or judge or score is not None:
            raise typer.BadParameter("name the plan whose tasks are to be scored")
        _show_templates(as_json=as_json)
        return
    if score is not None and not (task and by):
        raise typer.BadParameter("a score needs --task and --by")

    async def scored(service: PlanningService) -> list[Evaluation]:
        if judge or score is not None:
            await _score(service, plan_id, task, score, criterion, by, why)
        whole = await whole_plan_id(service, plan_id)
        found = await service.list_evaluations(whole, limit=limit)
        wanted = completed(task, list(dict.fromkeys(one.task_id for one in found)), "task") if task else None
        return [one for one in found if wanted in (None, one.task_id)]

    found = with_service(scored)
    from groundplan.cli.render.evaluation_views import evaluations_table

    emit(
        as_json=as_json,
        document=lambda: {"evaluations": [one.model_dump(mode="json") for one in found]},
        view=lambda: evaluations_table(found),
    )


async def _score(
    service: PlanningService, which: str, task: str | None, score: float | None, criterion: str, by: str, why: str
) -> None:
    run = await whole_execution(service, which)
    whole = None
    if task is not None:
        plan = await service.get_plan(run.plan_id)
        whole = completed(task, [one.task_id for one in plan.tasks], "task")
    if score is not None and whole is not None:
        await service.score_task(run.run_id, whole, score, by=by, why=why, criterion=criterion)
    else:
        await service.evaluate(run.run_id, whole)


def _show_templates(*, as_json: bool) -> None:
    found: list[TemplateScore] = with_service(lambda service: service.template_scores())
    from groundplan.cli.render.evaluation_views import template_scores_table

    emit(
        as_json=as_json,
        document=lambda: {"templates": [one.model_dump(mode="json") for one in found]},
        view=lambda: template_scores_table(found),
    )
