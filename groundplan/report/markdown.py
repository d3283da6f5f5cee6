"""A report as Markdown: CommonMark, with the tables of GitHub."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from groundplan.domain.plain_text import plain
from groundplan.report.facts import facts
from groundplan.report.report import Report
from groundplan.report.tables import (
    Table,
    cost_table,
    critical_table,
    critical_text,
    issue_table,
    milestone_table,
    phase_table,
    resource_table,
    risk_table,
    task_table,
    uncertainty_table,
    value_table,
    version_table,
    waiting_lines,
)
from groundplan.report.words import duration, moment

_SPECIAL = re.compile(r"[\\`*_\[\]<>|~&@#$]|(?<=:)//|(?<=\bwww)\.")
"""What has a meaning in Markdown (GitHub's, too) or HTML wherever it stands, or becomes a link by itself."""
_FIRST = re.compile(r"^(?:[#+=-]|\d+(?=[.)](?:\s|$)))")
"""What makes a heading, a list or a line of the text that it begins."""


def as_markdown(report: Report) -> str:
    """The report as a document that begins with a heading of the first level and ends with a line break."""
    return "\n\n".join(part for part in _parts(report) if part) + "\n"


def _parts(report: Report) -> Iterator[str]:
    yield f"# {_escaped(report.goal_text) or 'Plan'}"
    yield f"Plan {_escaped(report.plan_id)}, version {report.version}, as of {moment(report.made_at)} UTC."
    yield _listed(f"**{fact.name}**: {_inline(fact.value)} ({_inline(fact.note)})" for fact in facts(report))
    yield _section("Succeeds if", _listed(map(_escaped, report.success_criteria)))
    yield _section("Waits for a person", _listed(_escaped(line) for line in waiting_lines(report)))
    yield _section("Schedule", "\n\n".join(part for part in _schedule(report) if part))
    if report.earned is not None:
        yield _section("Earned value", _table(value_table(report.earned)))
    if report.simulation is not None:
        yield _section("Uncertainty", _table(uncertainty_table(report.simulation)))
        deciding = critical_table(report, report.simulation)
        yield _section(deciding.name, _table(deciding))
    for table in (risk_table(report), issue_table(report), cost_table(report), resource_table(report)):
        yield _section(table.name, _table(table))
    yield _section("Recommendations", _listed(map(_escaped, report.recommendations)))
    yield _section("Warnings", _listed(map(_escaped, report.warnings)))
    yield _section("Versions", _table(version_table(report)))


def _schedule(report: Report) -> Iterator[str]:
    path = critical_text(report)
    if path:
        yield f"Critical path {path}: {duration(report.timing.makespan)}. Found by: {_escaped(report.timing.method)}."
    yield _table(task_table(report))
    yield "`*` is on the critical path, `!` cannot be undone; times are from the start of the plan."
    yield _table(phase_table(report)) if len(report.phases) > 1 else ""
    yield _table(milestone_table(report))


def _section(name: str, content: str) -> str:
    return f"## {name}\n\n{content}" if content else ""


def _listed(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _table(table: Table) -> str:
    if not table.rows:
        return ""
    rules = ("--:" if column in table.right else "---" for column in table.columns)
    rows = [table.columns, tuple(rules), *(tuple(map(_inline, row)) for row in table.rows)]
    lines = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"{lines}\n\n… and {table.left_out:,} more." if table.left_out else lines


def _escaped(text: str) -> str:
    r"""The text on one line, as itself: `\` before what Markdown would act on."""
    inside = _inline(text)
    first = _FIRST.match(inside)
    if first is None:
        return inside
    number = first[0] if first[0].isdigit() else ""
    return f"{number}\\{inside[len(number) :]}"


def _inline(text: str) -> str:
    """As `_escaped`, for a text that begins no line."""
    return _SPECIAL.sub(lambda found: f"\\{found[0]}", plain(text))
