"""`groundplan update`: say how far a task is, what became of it, what went wrong, what is new."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundplan.cli.choices import Reported
from groundplan.cli.commands.options import App, AsJson, PlanId
from groundplan.cli.json_files import read_model
from groundplan.cli.output import emit
from groundplan.cli.prefixes import completed, whole_plan_id
from groundplan.cli.session import with_service

if TYPE_CHECKING:
    from groundplan.domain.feedback import Feedback
    from groundplan.service import PlanningService


def update(
    plan_id: PlanId,
    task: Annotated[str | None, typer.Option("--task", metavar="ID", help="The task, or its id's beginning.")] = None,
    status: Annotated[Reported | None, typer.Option("--status", help="What became of it.")] = None,
    percent: Annotated[float | None, typer.Option("--percent", metavar="0..100", help="How far it is.")] = None,
    output: Annotated[str | None, typer.Option("--output", metavar="JSON", help="What it gave.")] = None,
    seconds: Annotated[float | None, typer.Option("--seconds", metavar="N", help="Seconds of work.")] = None,
    tokens: Annotated[int | None, typer.Option("--tokens", metavar="N", help="Tokens it used.")] = None,
    cost: Annotated[float | None, typer.Option("--cost", metavar="N", help="What it cost.")] = None,
    cores: Annotated[float | None, typer.Option("--cores", metavar="N", help="Cores that it took up.")] = None,
    memory: Annotated[float | None, typer.Option("--memory", metavar="MB", help="Memory that it took up.")] = None,
    issue: Annotated[list[str] | None, typer.Option("--issue", metavar="TITLE", help="A new issue.")] = None,
    escalate: Annotated[list[str] | None, typer.Option("--escalate", metavar="ISSUE", help="Escalate it.")] = None,
    close: Annotated[list[str] | None, typer.Option("--close", metavar="ISSUE", help="Close it.")] = None,
    news: Annotated[str, typer.Option("--news", metavar="TEXT", help="New information.")] = "",
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="A note.")] = "",
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who says so.")] = "",
    key: Annotated[str | None, typer.Option("--key", metavar="KEY", help="Idempotency key.")] = None,
    file: Annotated[str | None, typer.Option("--file", metavar="FEEDBACK.json", help="All of it as JSON.")] = None,
    app: App = None,
    as_json: AsJson = False,
) -> None:
    """Give feedback on a plan, while it is carried out or at any other time.

    The same --key again does nothing.
    """
    took = {"duration_seconds": seconds, "tokens": tokens, "cost": cost, "cpu_cores": cores, "memory_mb": memory}
    said = {
        "task_id": task,
        "status": status,
        "percent": percent,
        "output": _parsed(output),
        "actuals": {name: value for name, value in took.items() if value is not None} or None,
        "issues": [*_issues(issue, escalate, close)] or None,
        "new_information": news or None,
        "note": note or None,
        "by": by or None,
        "idempotency_key": key,
    }
    given = {name: value for name, value in said.items() if value is not None}
    feedback = _feedback(given, file)

    async def updated(service: PlanningService) -> tuple[str, bool, str]:
        whole = await whole_plan_id(service, plan_id)
        whole_said = await _with_whole_task(service, whole, feedback)
        return whole, await service.update_plan(whole, whole_said), whole_said.idempotency_key

    whole, is_new, used = with_service(updated, app=app)
    words = f"Noted for plan {whole}." if is_new else f"Plan {whole} had this feedback already."
    emit(
        as_json=as_json,
        document=lambda: {"plan_id": whole, "is_new": is_new, "idempotency_key": used},
        view=lambda: words + "\n",
    )


def _feedback(given: dict[str, Any], file: str | None) -> Feedback:
    from pydantic import ValidationError

    from groundplan.domain.feedback import Feedback

    if file is not None:
        if given:
            raise typer.BadParameter("give --file or the other options, not both")
        return read_model(Feedback, file, "feedback")
    if not given.keys() - {"by", "task_id", "idempotency_key"}:
        raise typer.BadParameter("say something: --status, --percent, --issue, --news, --note …")
    try:
        return Feedback.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise typer.BadParameter(f"{where + ': ' if where else ''}{first['msg']}") from None


def _issues(opened: list[str] | None, escalated: list[str] | None, closed: list[str] | None) -> list[dict[str, str]]:
    return [
        *({"title": title} for title in opened or ()),
        *({"issue_id": issue, "status": "escalated"} for issue in escalated or ()),
        *({"issue_id": issue, "status": "closed"} for issue in closed or ()),
    ]


async def _with_whole_task(service: PlanningService, plan_id: str, feedback: Feedback) -> Feedback:
    if feedback.task_id is None:
        return feedback
    plan = await service.get_plan(plan_id)
    whole = completed(feedback.task_id, [task.task_id for task in plan.tasks], "task")
    return feedback.model_copy(update={"task_id": whole})


def _parsed(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError as error:
        raise typer.BadParameter(f"--output is no JSON: {error}") from error
