"""The tables of a report, as texts in rows: whatever form the report takes, it says the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from groundplan.domain.earned_value import EarnedValue
from groundplan.domain.risk import Risk
from groundplan.domain.simulation import Simulation, Spread
from groundplan.report.charts.burn_up import value_text
from groundplan.report.report import Report, TaskLine
from groundplan.report.words import amount, duration, moment, number_list, percent, plural, ratio, sign, spelled

MOST_ROWS = 2_000
"""Rows of a table that are shown; the rest is counted."""


@dataclass(frozen=True)
class Table:
    """Rows of texts below named columns; those in `right` hold numbers. `left_out` counts rows that are not shown."""

    name: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    right: frozenset[str] = field(default_factory=frozenset)
    left_out: int = 0


def task_table(report: Report) -> Table:
    """What was planned and what became of each task; costs only where there are any."""
    shown = report.tasks[:MOST_ROWS]
    has_cost = any(line.expected_cost or line.cost for line in report.tasks)
    columns: tuple[str, ...] = ("#", "Task", "After", "Who", "Start", "Takes", "Slack", "Status", "Took")
    rows = [_task_row(report, line) for line in shown]
    if has_cost:
        columns += ("Cost",)
        rows = [(*row, _cost(line)) for row, line in zip(rows, shown, strict=True)]
    right = frozenset({"#", "Start", "Takes", "Slack", "Took", "Cost"})
    return Table("Tasks", columns, rows, right, len(report.tasks) - len(shown))


def _task_row(report: Report, line: TaskLine) -> tuple[str, ...]:
    start, finish = line.planned or (None, 0.0)
    marks = ("*" if line.is_critical else "") + ("!" if line.is_irreversible else "")
    name = line.name + (" (optional)" if line.is_optional else "")
    return (
        f"{marks}{line.number}",
        f"{name} – {line.trouble}" if line.trouble else name,
        number_list(line.after),
        line.agent or line.tool,
        duration(start),
        duration(None if start is None else finish - start),
        duration(line.slack),
        _status(line),
        _took(report, line),
    )


def _status(line: TaskLine) -> str:
    words = f"{sign(line.status)} {spelled(line.status.value)}".strip()
    return f"{words}, {percent(line.percent)}" if 0 < line.percent < 100 else words


def _took(report: Report, line: TaskLine) -> str:
    if line.started_at is None:
        return ""
    return duration(max(0.0, ((line.ended_at or report.made_at) - line.started_at).total_seconds()))


def _cost(line: TaskLine) -> str:
    if not (line.cost and line.expected_cost):
        return amount(line.cost or line.expected_cost)
    return f"{amount(line.cost)} of {amount(line.expected_cost)}"


def phase_table(report: Report) -> Table:
    """The phases with how much of each is done."""
    by_id = {line.task_id: line for line in report.tasks}
    rows = []
    for phase in report.phases:
        mine = [by_id[task_id] for task_id in phase.task_ids if task_id in by_id]
        done = sum(line.percent for line in mine) / len(mine) if mine else 0.0
        rows.append(
            (phase.name, str(len(mine)), duration(phase.start), duration(phase.finish - phase.start), percent(done))
        )
    return Table(
        "Phases", ("Phase", "Tasks", "Start", "Takes", "Done"), rows, frozenset({"Tasks", "Start", "Takes", "Done"})
    )


def milestone_table(report: Report) -> Table:
    """The milestones: when they are due, and whether they were reached."""
    done = {line.task_id for line in report.tasks if line.percent >= 100}
    rows = [
        (
            milestone.name,
            duration(milestone.at),
            moment(report.moment(milestone.at)),
            "reached" if milestone.task_ids and done.issuperset(milestone.task_ids) else "to come",
        )
        for milestone in sorted(report.milestones, key=lambda milestone: milestone.at)
    ]
    return Table("Milestones", ("Milestone", "After", "Planned (UTC)", "State"), rows, frozenset({"After"}))


def value_table(earned: EarnedValue) -> Table:
    """Every figure of earned value, with what it means."""
    money = {
        "PV": ("planned value: to be done by now", earned.pv),
        "EV": ("earned value: done by now", earned.ev),
        "AC": ("actual cost: taken so far", earned.ac),
        "SV": ("schedule variance, EV − PV", earned.sv),
        "CV": ("cost variance, EV − AC", earned.cv),
        "BAC": ("budget at completion", earned.bac),
        "EAC": ("estimate at completion", earned.eac),
        "ETC": ("estimate to complete", earned.etc),
        "VAC": ("variance at completion, BAC − EAC", earned.vac),
    }
    ratios = {
        "SPI": ("schedule performance, EV / PV", earned.spi),
        "CPI": ("cost performance, EV / AC", earned.cpi),
        "TCPI": ("performance that the rest needs", earned.tcpi),
    }
    rows = [(name, words, value_text(value, earned.unit)) for name, (words, value) in money.items()]
    rows += [(name, words, ratio(value)) for name, (words, value) in ratios.items()]
    return Table("Earned value", ("Figure", "Meaning", "Value"), rows, frozenset({"Value"}))


def uncertainty_table(simulation: Simulation) -> Table:
    """What the simulation came to: by when, for how much, and how likely within the limits."""
    rows = [
        _spread_row("Time until all is done", simulation.finish, duration, simulation.probability_of_deadline),
        _spread_row("Cost", simulation.cost, _money(simulation.currency), simulation.probability_of_cost),
        _spread_row("Tokens", simulation.tokens, _money(""), simulation.probability_of_tokens),
    ]
    shown = [row for row, spread in zip(rows, _spreads(simulation), strict=True) if spread.p95 > 0]
    columns = ("What", "P10", "P50", "P80", "P95", "Within the limit")
    return Table("Uncertainty", columns, shown, frozenset(columns[1:]))


def _spreads(simulation: Simulation) -> tuple[Spread, Spread, Spread]:
    return simulation.finish, simulation.cost, simulation.tokens


def _money(unit: str) -> Callable[[float], str]:
    return lambda value: amount(value if value < 100 else round(value), unit)


def _spread_row(name: str, spread: Spread, shown: Callable[[float], str], chance: float | None) -> tuple[str, ...]:
    points = tuple(shown(value) for value in (spread.p10, spread.p50, spread.p80, spread.p95))
    return (name, *points, "" if chance is None else percent(100 * chance))


def critical_table(report: Report, simulation: Simulation) -> Table:
    """The tasks that decide most often when the plan is done."""
    by_id = {line.task_id: line for line in report.tasks}
    rows = [
        (str(by_id[task_id].number), by_id[task_id].name, percent(100 * share))
        for task_id, share in simulation.most_critical()
        if task_id in by_id
    ]
    return Table(
        "What decides the end", ("#", "Task", "Criticality index"), rows, frozenset({"#", "Criticality index"})
    )


def risk_table(report: Report) -> Table:
    """The risks, the worst first, by the numbers that the matrix calls them by."""
    numbers = {line.task_id: line.number for line in report.tasks}
    rows = [_risk_row(number, risk, numbers) for number, risk in enumerate(report.risks[:MOST_ROWS], start=1)]
    columns = ("Risk", "Score", "Impact", "Probability", "What", "Tasks", "What helps", "Status")
    left = max(0, len(report.risks) - MOST_ROWS)
    return Table("Risks", columns, rows, frozenset({"Score", "Probability"}), left)


def _risk_row(number: int, risk: Risk, numbers: dict[str, int]) -> tuple[str, ...]:
    tasks = sorted(numbers[task_id] for task_id in risk.task_ids if task_id in numbers)
    return (
        f"R{number}",
        ratio(risk.score),
        risk.impact.value,
        percent(100 * risk.probability),
        f"{risk.description} ({risk.evidence})" if risk.evidence else risk.description,
        number_list(tasks),
        "; ".join(mitigation.description.rstrip(".") for mitigation in risk.mitigations),
        _dealt_with(risk),
    )


def _dealt_with(risk: Risk) -> str:
    """The status, and who or what has brought it about."""
    by = [spelled(applied.kind.value) for applied in risk.applied]
    by += [f"by {risk.accepted.by}"] if risk.accepted else []
    return f"{spelled(risk.status.value)} ({', '.join(by)})" if by else spelled(risk.status.value)


def resource_table(report: Report) -> Table:
    """What there is of each resource, and the most that is taken at a time."""
    rows = [
        (name, amount(profile.capacity), amount(profile.peak), percent(100 * profile.peak / profile.capacity))
        if profile.capacity
        else (name, amount(profile.capacity), amount(profile.peak), "")
        for name, profile in list(report.resources.items())[:MOST_ROWS]
    ]
    left = max(0, len(report.resources) - MOST_ROWS)
    columns = ("Resource", "There is", "Taken at most", "Share")
    return Table("Resources", columns, rows, frozenset(columns[1:]), left)


def cost_table(report: Report) -> Table:
    """Money and tokens: expected, spent, and the limits."""
    budget = report.budget
    rows = []
    if budget.cost or report.cost or budget.max_cost is not None:
        spent, expected = amount(report.cost, budget.currency), amount(budget.cost, budget.currency)
        rows.append(("Money", expected, spent, amount(budget.max_cost, budget.currency)))
    if budget.tokens or report.tokens or budget.max_tokens is not None:
        rows.append(("Tokens", amount(round(budget.tokens)), amount(report.tokens), amount(budget.max_tokens)))
    return Table("Cost", ("What", "Expected", "Spent", "At most"), rows, frozenset({"Expected", "Spent", "At most"}))


def issue_table(report: Report) -> Table:
    """The issues, those that are open first."""
    numbers = {line.task_id: line.number for line in report.tasks}
    ranked = sorted(report.issues, key=lambda issue: (issue not in report.open_issues, -issue.severity.weight))
    rows = [
        (
            spelled(issue.status.value),
            issue.severity.value,
            issue.title,
            str(numbers.get(issue.task_id or "", "")),
            issue.opened_by,
            moment(issue.opened_at),
        )
        for issue in ranked[:MOST_ROWS]
    ]
    columns = ("Status", "Severity", "Issue", "Task", "Opened by", "At (UTC)")
    return Table("Issues", columns, rows, frozenset({"Task"}), max(0, len(ranked) - MOST_ROWS))


def version_table(report: Report) -> Table:
    """The versions of the plan, the first one first."""
    rows = [(str(line.version), moment(line.made_at), line.reason, "; ".join(line.changes)) for line in report.versions]
    return Table("Versions", ("Version", "Made (UTC)", "Why", "What changed"), rows, frozenset({"Version"}))


def waiting_lines(report: Report) -> list[str]:
    """What a person has to decide, one line each."""
    lines = []
    for waiting in report.waiting:
        since = f", since {moment(waiting.since)} UTC" if waiting.since else ""
        why = f": {'; '.join(waiting.why)}" if waiting.why else ""
        lines.append(f"{waiting.what}{since}{why}")
    return lines


def critical_text(report: Report) -> str:
    """`1 → 2 → 5`; the middle of a long path is counted."""
    path = report.timing.critical_path
    if len(path) <= 14:
        return " → ".join(map(str, path))
    return " → ".join([*map(str, path[:6]), f"({plural(len(path) - 12, 'more task')})", *map(str, path[-6:])])
