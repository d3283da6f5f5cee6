"""A schedule for people: when the plan is done, what decides that, and the chart."""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text

from groundplan.cli.render.gantt import Gantt
from groundplan.cli.render.gantt_bars import BUFFER, CRITICAL, PLAIN, SLACK
from groundplan.cli.render.numbers import number_list, path_text, task_numbers
from groundplan.cli.render.plain import shortened
from groundplan.cli.render.tables import group, line
from groundplan.cli.render.times import duration, moment
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.schedule import Schedule


def schedule_view(plan: ExecutionPlan, schedule: Schedule) -> RenderableType:
    """Head, chart, legend, milestones."""
    if not schedule.windows:
        return group(_head(plan, schedule), line("(nothing is scheduled)"))
    return group(
        _head(plan, schedule),
        _deciding(plan, schedule),
        _deadline(schedule),
        Text(),
        Gantt(plan, schedule),
        Text(),
        line((f"{CRITICAL} critical (*)  {PLAIN} other  {SLACK} slack  {BUFFER} buffer", "dim")),
        *_milestones(schedule),
    )


def _head(plan: ExecutionPlan, schedule: Schedule) -> Text:
    length = f"{duration(schedule.makespan)}, {duration(schedule.finish)} with buffer"
    found = line("Plan ", (plan.plan_id, "bold"), f", version {plan.version}: ", (length, "bold"))
    return found.append("\n").append_text(line(f"Found by {schedule.method}; {_goodness(schedule)}"))


def _goodness(schedule: Schedule) -> str:
    if schedule.proven_optimal:
        return "no schedule is shorter"
    if not schedule.lower_bound:
        return "how much shorter it could be is not known"
    over = 100 * (schedule.makespan / schedule.lower_bound - 1)
    return f"at most {over:.1f} % over the shortest, which takes {duration(schedule.lower_bound)} or more"


def _deciding(plan: ExecutionPlan, schedule: Schedule) -> Text:
    numbers = task_numbers(plan)
    path = path_text([numbers[task_id] for task_id in schedule.critical_path if task_id in numbers])
    near = number_list(numbers[task_id] for task_id in schedule.near_critical if task_id in numbers)
    return line("Critical ", (path, "bold"), f"; nearly {near}" if near else "")


def _deadline(schedule: Schedule) -> Text | None:
    if schedule.deadline is None or schedule.deadline_slack is None:
        return None
    late = schedule.deadline_slack < 0
    spare = f"{duration(abs(schedule.deadline_slack))} {'too late' if late else 'to spare'}"
    return line(f"Deadline {moment(schedule.deadline)} UTC, ", (spare, "red" if late else ""))


def _milestones(schedule: Schedule) -> list[Text]:
    return [line(f"{duration(milestone.at):>8}  {shortened(milestone.name, 80)}") for milestone in schedule.milestones]
