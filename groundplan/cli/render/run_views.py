"""Runs, results, and what waits for a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.text import Text

from groundplan.cli.render.plain import short_id, shortened
from groundplan.cli.render.tables import group, line, table
from groundplan.cli.render.times import duration, moment

if TYPE_CHECKING:
    from groundplan.domain.execution import ExecutionRun
    from groundplan.domain.results import PlanResult, TaskResult
    from groundplan.service.execution import Attention

_TEXT = 160


def executions_table(runs: Sequence[ExecutionRun]) -> RenderableType:
    """One row a run."""
    if not runs:
        return line("No plan was run yet. Run one: groundplan run ID")
    rows = [
        [
            short_id(run.run_id),
            short_id(run.plan_id),
            f"{run.version}",
            run.status.value.replace("_", " ") + (" (a rerun)" if run.forked_from else ""),
            moment(run.created_at),
            duration((run.finished_at - run.created_at).total_seconds()) if run.finished_at else "",
        ]
        for run in runs
    ]
    return table(["Run", "Plan", "Version", "Status", "Begun (UTC)", "Took"], rows, right=["Version", "Took"])


def result_view(result: PlanResult) -> RenderableType:
    """What came of a plan, a row for each task."""
    rows = [_row(task) for task in result.values()]
    used = f", {result.tokens:,} tokens" if result.tokens else ""
    used += f", cost {result.cost:.2f}" if result.cost else ""
    return group(
        line("Plan ", (result.plan_id, "bold"), f" {result.status.value.replace('_', ' ')}"),
        table(["Task", "Status", "Attempts", "Took", "~Output"], rows, right=["Attempts", "Took"]),
        line(f"{duration(result.execution_time_ms / 1000)}{used}"),
    )


def _row(task: TaskResult) -> list[str]:
    said = str(task.error.get("message", "")) if task.error else "" if task.output is None else str(task.output)
    return [
        short_id(task.task_id),
        task.status.value.replace("_", " "),
        f"{task.attempts}",
        duration(task.duration_seconds) if task.attempts else "",
        shortened(said, _TEXT),
    ]


def attention_view(found: Attention) -> RenderableType:
    """Approvals, tasks in doubt and escalated issues, each with the command that decides it."""
    if not (found.approvals or found.in_doubt or found.issues):
        return line("Nothing waits for a person.")
    parts: list[RenderableType] = []
    for approval in found.approvals:
        parts += [
            line(("Approval ", "yellow"), f"plan {approval.plan_id}, version {approval.version}"),
            *[line("  - ", reason) for reason in approval.reasons],
            line(f"  groundplan approve {short_id(approval.plan_id)} --by NAME --why REASON"),
        ]
    for task in found.in_doubt:
        parts += [
            line(("In doubt ", "yellow"), f"{task.name} (task {task.task_id} of plan {task.plan_id})"),
            line("  - ", task.why),
            line("  - idempotency key ", task.idempotency_key),
            line(f"  groundplan attend {short_id(task.run_id)} --task {task.task_id} --became completed --by NAME"),
        ]
    for issue in found.issues:
        parts += [
            line(("Issue ", "yellow"), f"{issue.title} ({issue.severity.value}, plan {issue.plan_id})"),
            line(f"  groundplan update {short_id(issue.plan_id)} --close {issue.issue_id} --by NAME"),
        ]
    return group(*parts, Text())
