"""A plan for people: what it is, its tasks, its critical path, its risks, and whether it waits for somebody."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from groundplan.cli.render.numbers import number_list, path_text, task_numbers
from groundplan.cli.render.plain import short_id, shortened
from groundplan.cli.render.tables import group, line, table
from groundplan.cli.render.times import duration, moment
from groundplan.domain.approval import Approval
from groundplan.domain.lifecycle import PlanStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.risk import Impact, Risk, RiskStatus
from groundplan.domain.risk_alerts import ranked
from groundplan.domain.schedule import Schedule, TaskWindow
from groundplan.domain.task import Task

_GOAL = 300
_STATUS_STYLES = {
    PlanStatus.VALIDATED: "green",
    PlanStatus.COMPLETED: "green",
    PlanStatus.AWAITING_APPROVAL: "yellow",
    PlanStatus.FAILED: "red",
    PlanStatus.CANCELLED: "red",
}


def plan_view(plan: ExecutionPlan, approval: Approval | None = None) -> Group:
    """The whole plan; `approval` is the request for the decision of a person on it, if there is one."""
    return group(
        _head(plan),
        Text(),
        task_table(plan),
        _legend(plan),
        Text(),
        _timing(plan),
        _budget(plan),
        *_risks(plan),
        *_warnings(plan),
        _gate(plan, approval),
    )


def task_table(plan: ExecutionPlan) -> RenderableType:
    """One row a task; `*` is critical, `!` cannot be undone; times are from the start of the plan."""
    numbers, schedule = task_numbers(plan), plan.schedule or Schedule()
    critical = frozenset(schedule.critical_path)
    columns = ["#", "~Task", "After", "~Tool", "Takes", "Start", "Slack"]
    rows = [
        _row(task, numbers, schedule.windows.get(task.task_id), is_critical=task.task_id in critical)
        for task in plan.tasks
    ]
    if not any(task.tool for task in plan.tasks):
        columns, rows = columns[:3] + columns[4:], [row[:3] + row[4:] for row in rows]
    return table(columns, rows, right=["#", "Takes", "Start", "Slack"])


def _head(plan: ExecutionPlan) -> Text:
    status = (plan.status.value.replace("_", " "), _STATUS_STYLES.get(plan.status, ""))
    return Text("\n").join(
        [
            line("Plan ", (plan.plan_id, "bold"), f", version {plan.version}, ", status),
            line("Goal ", (shortened(plan.goal_text, _GOAL), "bold")),
            line("Made ", _made(plan)),
        ]
    )


def _made(plan: ExecutionPlan) -> str:
    made = plan.metadata
    how = {
        "numbered": "from the steps that the goal lists",
        "template": f"from template {made.template}" + (f" (score {made.score:.2f})" if made.score else ""),
        "llm": f"by model {made.model}, {made.calls} calls, {made.tokens} tokens",
    }.get(made.strategy, f"by {made.strategy or 'hand'}")
    return how + (", outline from the cache" if made.cache_hit else "")


def _row(task: Task, numbers: dict[str, int], window: TaskWindow | None, *, is_critical: bool) -> list[str | Text]:
    marks = ("*" if is_critical else "") + ("!" if task.irreversible else "")
    style = "bold" if is_critical else ""
    return [
        line((f"{marks}{numbers[task.task_id]}", style)),
        line((task.name, style), " (optional)" if task.optional else ""),
        number_list(numbers[other] for other in task.predecessors if other in numbers),
        task.tool or "",
        duration(task.resource_estimate.duration.mean) if task.resource_estimate else "",
        duration(window.earliest_start) if window else "",
        duration(window.total_slack) if window else "",
    ]


def _legend(plan: ExecutionPlan) -> Text | None:
    marks = ["* on the critical path"] if plan.schedule and plan.schedule.critical_path else []
    marks += ["! cannot be undone"] if any(task.irreversible for task in plan.tasks) else []
    return line(("  ".join(marks), "dim")) if marks else None


def _timing(plan: ExecutionPlan) -> Text | None:
    schedule = plan.schedule
    if schedule is None:
        return None
    numbers = task_numbers(plan)
    path = path_text([numbers[task_id] for task_id in schedule.critical_path if task_id in numbers])
    text = line("Critical path ", (path, "bold"), f": {duration(schedule.makespan)}")
    text.append_text(line(f", {duration(schedule.finish)} with buffer"))
    if schedule.deadline is not None and schedule.deadline_slack is not None:
        late = schedule.deadline_slack < 0
        spare = f"{duration(abs(schedule.deadline_slack))} {'too late' if late else 'to spare'}"
        text.append("\n")
        text.append_text(line(f"Deadline {moment(schedule.deadline)} UTC, ", (spare, "red" if late else "")))
    return text


def _budget(plan: ExecutionPlan) -> Text | None:
    budget = plan.resource_budget
    parts = []
    if budget.cost or budget.max_cost is not None:
        limit = f" of {budget.max_cost:g} at most" if budget.max_cost is not None else ""
        parts.append(f"{budget.cost:.2f} {budget.currency}{limit}")
    if budget.tokens or budget.max_tokens is not None:
        limit = f" of {budget.max_tokens:,} at most" if budget.max_tokens is not None else ""
        parts.append(f"{budget.tokens:,.0f} tokens{limit}")
    return line("Expected ", ", ".join(parts)) if parts else None


def _risks(plan: ExecutionPlan) -> list[RenderableType]:
    if not plan.risks:
        return [line("No risks found")]
    numbers = task_numbers(plan)
    rows = [_risk_row(risk, numbers) for risk in ranked(plan.risks)]
    columns = ["Score", "Impact", "~Risk", "Tasks", "~What helps"]
    return [Text(), table(columns, rows, right=["Score"])]


def _risk_row(risk: Risk, numbers: dict[str, int]) -> list[str | Text]:
    severe = risk.impact in (Impact.HIGH, Impact.CRITICAL)
    return [
        f"{risk.score:.2f}",
        line((risk.impact.value, "red" if severe else "")),
        _told(risk),
        number_list(numbers[task_id] for task_id in risk.task_ids if task_id in numbers),
        "; ".join(one.description.rstrip(".") for one in risk.mitigations),
    ]


def _told(risk: Risk) -> str:
    seen = f" ({risk.evidence})" if risk.evidence else ""
    status = "" if risk.status is RiskStatus.OPEN else f"{risk.status.value}: "
    return f"{status}{risk.description}{seen}"


def _warnings(plan: ExecutionPlan) -> list[Text]:
    lines = [line(("Warning ", "yellow"), warning) for warning in plan.metadata.warnings]
    return [Text(), *lines] if lines else []


def _gate(plan: ExecutionPlan, approval: Approval | None) -> RenderableType | None:
    if approval is not None and approval.decision is not None:
        decision = approval.decision
        why = f": {decision.why}" if decision.why else ""
        return group(Text(), line(f"Decided: {decision.verdict.value} by {decision.by}{why}"))
    if plan.status is not PlanStatus.AWAITING_APPROVAL:
        return None
    reasons = [line("  - ", reason) for reason in (approval.reasons if approval else [])]
    return group(
        Text(),
        line(("This plan waits for the decision of a person.", "yellow")),
        *reasons,
        line(f"  groundplan approve {short_id(plan.plan_id)} --by NAME --why REASON"),
        line(f"  groundplan reject {short_id(plan.plan_id)} --by NAME --why REASON"),
    )
