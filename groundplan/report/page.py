"""A report as one HTML page: it loads nothing, runs nothing, and whatever text is in it stays text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from html import escape
from xml.etree.ElementTree import Element, tostring

from groundplan.domain.plain_text import plain, shortened
from groundplan.report.charts import gantt, network
from groundplan.report.charts.burn_up import burn_up
from groundplan.report.charts.drawing import Chart, node, nodes
from groundplan.report.charts.resource_use import resource_use
from groundplan.report.charts.risk_matrix import risk_matrix
from groundplan.report.charts.spread import finish_spread
from groundplan.report.facts import Fact, facts
from groundplan.report.page_style import PAGE_STYLE
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
from groundplan.report.words import duration, moment, plural

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""The page's own style is all that a browser may take from anywhere."""

_HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{style}</style>
</head>
"""
_TITLE, _GOAL = 80, 240
_OPEN_ROWS, _OPEN_TASKS = 60, 20
"""Tables with more rows are folded."""


@dataclass(frozen=True)
class _Section:
    key: str
    name: str
    content: list[Element]


def as_html(report: Report) -> str:
    """The page. Texts are escaped, charts are inline SVG, and each has its table beside it."""
    title = escape(shortened(report.goal_text, _TITLE) or "Plan")
    body = _body(report)
    return _HEAD.format(policy=POLICY, title=title, style=PAGE_STYLE) + _written(body) + "\n</html>\n"


def _written(body: Element) -> str:
    # As XML with every element closed by a tag of its own, which HTML reads the same: there are no void elements in it.
    return tostring(body, encoding="unicode", short_empty_elements=False)


def _body(report: Report) -> Element:
    sections = [section for section in (build(report) for build in _SECTIONS) if section.content]
    return node(
        "body",
        _header(report, sections),
        nodes("main", (_drawn(section) for section in sections)),
        node("footer", f"Made by groundplan, {moment(report.made_at)} UTC. Goal {report.goal_id or 'unknown'}."),
    )


def _header(report: Report, sections: Iterable[_Section]) -> Element:
    whole = plain(report.goal_text)
    short = shortened(report.goal_text, _GOAL)
    links = (node("a", section.name, href=f"#{section.key}") for section in sections)
    return node(
        "header",
        node("h1", short or "Plan"),
        node("p", f"Plan {report.plan_id}, version {report.version}, as of {moment(report.made_at)} UTC", class_="sub"),
        _folded("The whole goal", node("p", whole)) if short != whole else None,
        _criteria(report),
        nodes("dl", (_card(fact, report) for fact in facts(report)), class_="facts"),
        _waits(report),
        nodes("nav", links, aria_label="Sections"),
    )


def _criteria(report: Report) -> Element | None:
    if not report.success_criteria:
        return None
    return node("p", node("strong", "Succeeds if "), "; ".join(report.success_criteria))


def _card(fact: Fact, report: Report) -> Element:
    return node(
        "div",
        node("dt", fact.name),
        node("dd", fact.value, class_="value"),
        _bar(report.percent) if fact.name == "Done" else None,
        node("dd", fact.note, class_="note"),
        class_="fact bad" if fact.is_bad else "fact",
    )


def _bar(percent: float) -> Element:
    return node("dd", node("span", style=f"width:{percent:.0f}%"), class_="bar", aria_hidden="true")


def _waits(report: Report) -> Element | None:
    if not report.waiting:
        return None
    items = [
        node("li", line, node("span", " ", node("code", waiting.how)) if waiting.how else None)
        for line, waiting in zip(waiting_lines(report), report.waiting, strict=True)
    ]
    return node("div", node("p", node("strong", "Waits for a person")), nodes("ul", items), class_="waits", role="note")


def _drawn(section: _Section) -> Element:
    return nodes("section", [node("h2", section.name), *section.content], id=section.key)


def _schedule(report: Report) -> _Section:
    content: list[Element] = []
    path = critical_text(report)
    if path:
        words = f"Critical path {path}: {duration(report.timing.makespan)}{_bound(report)}."
        content.append(node("p", f"{words} Found by: {report.timing.method}."))
    if len(report.tasks) > gantt.MOST_TASKS:
        note = f"Of {plural(len(report.tasks), 'task')} the chart shows those with the least slack."
        content.append(node("p", note, class_="note"))
    content += [_figure(part) for part in gantt.gantt_parts(report)]
    content += _shown(task_table(report), most=_OPEN_TASKS)
    content.append(node("p", "* on the critical path, ! cannot be undone; times from the start.", class_="note"))
    if len(report.phases) > 1:
        content += _shown(phase_table(report))
    content += _shown(milestone_table(report))
    return _Section("schedule", "Schedule", content)


def _bound(report: Report) -> str:
    timing = report.timing
    if timing.is_proven_optimal:
        return "; no schedule is shorter"
    bound = timing.lower_bound
    return f"; no schedule is shorter than {duration(bound)}" if 0 < bound < timing.makespan else ""


def _network(report: Report) -> _Section:
    many = plural(len(report.tasks), "task")
    if network.is_by_phase(report):
        note = f"By phase, as {many} are too many for one picture."
        return _Section("network", "Network", [node("p", note, class_="note"), _figure(network.network(report))])
    if network.is_drawn(report):
        return _Section("network", "Network", [_figure(network.network(report))])
    note = f"A network of {many} without phases cannot be read; the table says what waits for what."
    return _Section("network", "Network", [node("p", note, class_="note")] if report.tasks else [])


def _progress(report: Report) -> _Section:
    content = [_figure(burn_up(report))] if report.curves.points and report.curves.bac > 0 else []
    content += _shown(value_table(report.earned)) if report.earned else []
    return _Section("progress", "Progress", content)


def _uncertainty(report: Report) -> _Section:
    simulation = report.simulation
    if simulation is None or not report.tasks:
        return _Section("uncertainty", "Uncertainty", [])
    content = [_figure(finish_spread(simulation)), *_shown(uncertainty_table(simulation))]
    return _Section("uncertainty", "Uncertainty", content + _shown(critical_table(report, simulation)))


def _risks(report: Report) -> _Section:
    if not report.risks:
        return _Section("risks", "Risks", [node("p", "No risks found.")])
    return _Section("risks", "Risks", [_figure(risk_matrix(report), "matrix"), *_shown(risk_table(report))])


def _resources(report: Report) -> _Section:
    content = [_figure(resource_use(report))] if report.resources else []
    content += [*_shown(resource_table(report)), *_shown(cost_table(report)), *_listed(report.recommendations)]
    return _Section("resources", "Resources and cost", content)


def _issues(report: Report) -> _Section:
    return _Section("issues", "Issues", _shown(issue_table(report)))


def _history(report: Report) -> _Section:
    content = [*_shown(version_table(report)), *_listed(report.warnings)]
    return _Section("versions", "Versions and warnings", content)


_SECTIONS: tuple[Callable[[Report], _Section], ...] = (
    _schedule, _network, _progress, _uncertainty, _risks, _resources, _issues, _history,
)  # fmt: skip


def _figure(chart: Chart, kind: str | None = None) -> Element:
    # What scrolls has to be within reach of the keyboard.
    inside = node("div", chart.element(), class_="scroll", tabindex="0", role="group", aria_label=chart.name)
    return node("figure", inside, class_=kind)


def _shown(table: Table, *, most: int = _OPEN_ROWS) -> list[Element]:
    """The table below its name, folded if it has more rows than `most`; nothing if it has none."""
    if not table.rows:
        return []
    is_open = len(table.rows) <= most
    name = f"{table.name} ({len(table.rows) + table.left_out:,})"
    left = f"… and {table.left_out:,} more; `groundplan report --format json` has them all." if table.left_out else ""
    return [_folded(name, _scrolled(table), node("p", left, class_="note") if left else None, is_open=is_open)]


def _folded(name: str, *content: Element | None, is_open: bool = False) -> Element:
    return node("details", node("summary", name), *content, open="" if is_open else None)


def _scrolled(table: Table) -> Element:
    head = nodes("tr", (_cell("th", column, column, table, scope="col") for column in table.columns))
    rows = (nodes("tr", _cells(row, table)) for row in table.rows)
    drawn = node("table", node("thead", head), nodes("tbody", rows))
    return node("div", drawn, class_="scroll", tabindex="0", role="group", aria_label=table.name)


def _cells(row: tuple[str, ...], table: Table) -> Iterator[Element]:
    return (_cell("td", text, column, table) for text, column in zip(row, table.columns, strict=True))


def _cell(tag: str, text: str, column: str, table: Table, **more: str) -> Element:
    return node(tag, text, class_="right" if column in table.right else None, **more)


def _listed(lines: list[str]) -> list[Element]:
    return [nodes("ul", (node("li", line) for line in lines))] if lines else []
