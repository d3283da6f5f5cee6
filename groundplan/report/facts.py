"""What somebody wants to know first: each fact as a name, a value, and what to make of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from groundplan.domain.lifecycle import TaskStatus
from groundplan.report.report import Report
from groundplan.report.words import amount, duration, moment, percent, plural, ratio, spelled

_BEHIND, _AHEAD = 0.95, 1.05


@dataclass(frozen=True)
class Fact:
    """`is_bad` marks what somebody should look at."""

    name: str
    value: str
    note: str = ""
    is_bad: bool = False


def facts(report: Report) -> list[Fact]:
    """The facts in the order in which they are shown; what is not known is left out."""
    return [*_state(report), *_time(report), *_performance(report), *_trouble(report)]


def _state(report: Report) -> Iterator[Fact]:
    failed = report.count(TaskStatus.FAILED) + report.count(TaskStatus.IN_DOUBT)
    done = f"{report.count(TaskStatus.COMPLETED):,} of {plural(len(report.tasks), 'task')} done"
    note = f"{done}, {failed:,} failed or in doubt" if failed else done
    yield Fact("Status", spelled(report.status.value), f"version {report.version}", report.status.value == "failed")
    yield Fact("Done", percent(report.percent), note, failed > 0)


def _time(report: Report) -> Iterator[Fact]:
    timing = report.timing
    if report.ended_at is not None:
        took = duration(max(0.0, report.seconds(report.ended_at)))
        yield Fact("Ended", moment(report.ended_at), f"took {took}, {duration(timing.makespan)} planned")
    elif report.is_begun:
        at = report.forecast_finish or report.planned_finish
        how = "forecast" if report.forecast_finish else f"planned, with {duration(timing.buffer)} of buffer"
        yield Fact("Finish", moment(at), how)
    else:
        yield Fact("Takes", duration(timing.makespan), f"{duration(timing.finish)} with buffer")
    if timing.deadline is not None:
        end = report.ended_at or report.forecast_finish or report.planned_finish
        spare = (timing.deadline - end).total_seconds()
        words = f"{duration(abs(spare))} {'too late' if spare < 0 else 'to spare'}"
        if report.simulation is not None and report.simulation.probability_of_deadline is not None:
            words += f"; met in {percent(100 * report.simulation.probability_of_deadline)} of simulations"
        yield Fact("Deadline", moment(timing.deadline), words, spare < 0)


def _performance(report: Report) -> Iterator[Fact]:
    budget = report.budget
    if budget.cost or report.cost:
        spent = amount(report.cost, budget.currency)
        limit = f", {amount(budget.max_cost, budget.currency)} at most" if budget.max_cost is not None else ""
        is_over = budget.max_cost is not None and max(report.cost, budget.cost) > budget.max_cost
        yield Fact("Cost", spent, f"of {amount(budget.cost, budget.currency)} expected{limit}", is_over)
    if report.earned is not None and report.earned.spi is not None:
        spi = report.earned.spi
        yield Fact("SPI", ratio(spi), _pace(spi, "behind schedule", "ahead of schedule", "on schedule"), spi < _BEHIND)
    if report.earned is not None and report.earned.cpi is not None:
        cpi = report.earned.cpi
        yield Fact("CPI", ratio(cpi), _pace(cpi, "over budget", "under budget", "on budget"), cpi < _BEHIND)


def _pace(index: float, below: str, above: str, even: str) -> str:
    return below if index < _BEHIND else above if index > _AHEAD else even


def _trouble(report: Report) -> Iterator[Fact]:
    risks = report.open_risks
    worst = max(risks, key=lambda risk: risk.score, default=None)
    note = f"the worst {ratio(worst.score)}, {worst.impact.value}" if worst else "none of them is left"
    yield Fact("Open risks", f"{len(risks):,}", note if report.risks else "none found")
    if report.issues:
        count = len(report.open_issues)
        yield Fact("Open issues", f"{count:,}", f"of {len(report.issues):,} reported", count > 0)
    if report.waiting:
        yield Fact("Waits", f"{len(report.waiting):,}", "for a person to decide", is_bad=True)
