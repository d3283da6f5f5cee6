"""The charts: what they draw, and that they stay drawings whatever they are given."""

from xml.etree import ElementTree

import pytest

from groundplan.domain.risk import Impact, Risk, RiskCategory
from groundplan.domain.schedule import ResourceProfile, Schedule, TaskWindow
from groundplan.domain.simulation import Histogram, Spread
from groundplan.report import burn_up, finish_spread, gantt, network, report_on, resource_use, risk_matrix
from groundplan.report.charts.drawing import SVG
from groundplan.report.charts.gantt import gantt_parts
from tests.sample_plans import NOW, release_plan, small_plan, task
from tests.sample_reports import HOSTILE_MARKUP, hostile_report, many_tasks, phased_plan, running_report, simulation

CHARTS = (gantt, network, burn_up, risk_matrix, resource_use)


def parts_of(chart, tag, kind=None):
    """The elements of a chart with this tag and among their classes this one."""
    root = ElementTree.fromstring(chart.svg())  # noqa: S314 - ours
    found = root.iter(f"{{{SVG}}}{tag}")
    return [part for part in found if kind is None or kind in (part.get("class") or "").split()]


def texts_of(chart):
    return ["".join(part.itertext()) for part in parts_of(chart, "text")]


@pytest.mark.parametrize("draw", CHARTS)
@pytest.mark.parametrize(
    "report",
    [
        running_report(),
        hostile_report(),
        report_on(small_plan(), made_at=NOW),
        report_on(small_plan(task(1, "x" * 400, 1), task(2, "日本語のタスク 🚀" * 20, 1e9, (1,))), made_at=NOW),
        report_on(many_tasks(60, phases=3), made_at=NOW),
    ],
    ids=["running", "hostile", "empty", "unscheduled", "many"],
)
def test_every_chart_is_a_document_by_itself(draw, report):
    chart = draw(report)
    svg = chart._repr_svg_()
    root = ElementTree.fromstring(svg)  # noqa: S314 - ours
    assert root.tag == f"{{{SVG}}}svg"
    assert root.get("aria-label") == chart.name
    assert "<script" not in svg
    assert "href" not in svg
    assert HOSTILE_MARKUP not in svg


@pytest.mark.parametrize("draw", CHARTS)
def test_nothing_is_drawn_outside(draw):
    chart = draw(running_report())
    for part in parts_of(chart, "rect") + parts_of(chart, "text"):
        assert 0 <= float(part.get("x", 0)) <= chart.width
        assert 0 <= float(part.get("y", 0)) <= chart.height
    for part in parts_of(chart, "rect"):
        assert float(part.get("x", 0)) + float(part.get("width")) <= chart.width + 0.1


def test_the_gantt_chart_has_a_bar_for_each_task_and_what_became_of_it():
    chart = gantt(running_report())
    legend = 1
    assert len(parts_of(chart, "rect", "critical")) == 5 + legend
    assert len(parts_of(chart, "rect", "plan")) == 1 + legend
    assert len(parts_of(chart, "rect", "completed")) == 1 + legend
    assert len(parts_of(chart, "rect", "executing")) == 1 + legend
    assert len(parts_of(chart, "rect", "failed")) == 1 + legend
    assert len(parts_of(chart, "path", "milestone")) == 1 + legend
    assert len(parts_of(chart, "path", "phase")) == 2
    assert len(parts_of(chart, "path", "deadline")) == len(parts_of(chart, "path", "now")) == 1
    assert len(parts_of(chart, "path", "slack")) == 1 + legend
    assert {"1 Build the release", "Buffer", "deadline", "now"} <= set(texts_of(chart))


def test_bars_begin_where_others_end():
    bars = parts_of(gantt(report_on(release_plan(), made_at=NOW)), "rect", "critical")[1:]
    ends = [float(bar.get("x")) + float(bar.get("width")) for bar in bars]
    starts = [float(bar.get("x")) for bar in bars]
    assert starts[1:] == pytest.approx(ends[:-1], abs=0.2)


def test_a_long_chart_comes_in_parts_with_an_axis_each():
    report = report_on(many_tasks(100), made_at=NOW)
    parts = gantt_parts(report, rows=45)
    assert [part.name.split(":")[0] for part in parts] == [f"Gantt chart, part {n} of 3" for n in (1, 2, 3)]
    assert all("from the start" in texts_of(part) for part in parts)
    assert (
        sum(len(parts_of(part, "rect", "plan")) + len(parts_of(part, "rect", "critical")) - 2 for part in parts) == 100
    )


def test_a_name_that_is_cut_is_told_in_full():
    plan = small_plan(task(1, "A name that is much too long for the column in which it has to stand", 1))
    titles = parts_of(gantt(report_on(plan, made_at=NOW)), "title")
    assert [title.text for title in titles] == [plan.tasks[0].name]


def test_the_network_joins_neighbours_and_names_the_rest():
    chart = network(report_on(release_plan(), made_at=NOW))
    assert len(parts_of(chart, "path", "edge")) + len(parts_of(chart, "path", "criticaledge")) == 5
    assert {"4 ›", "‹ 1", "5 ›", "‹ 3"} <= set(texts_of(chart))
    assert len(parts_of(chart, "rect", "criticalbox")) == 5 + 1


def test_boxes_do_not_cover_each_other():
    boxes = [
        (float(box.get("x")), float(box.get("y")), float(box.get("width")), float(box.get("height")))
        for kind in ("box", "criticalbox")
        for box in parts_of(network(report_on(many_tasks(120, wide=15), made_at=NOW)), "rect", kind)
    ]
    assert len(boxes) == 121
    for index, (x, y, width, height) in enumerate(boxes):
        for other_x, other_y, other_width, other_height in boxes[index + 1 :]:
            apart = (
                x + width <= other_x
                or other_x + other_width <= x
                or y + height <= other_y
                or other_y + other_height <= y
            )
            assert apart


def test_the_burn_up_shows_what_is_to_come_only_as_planned():
    chart = burn_up(running_report())
    ends = {
        kind: float(parts_of(chart, "path", kind)[0].get("d").split("L")[-1].split()[0]) for kind in ("pv", "ev", "ac")
    }
    assert ends["ev"] == ends["ac"] < ends["pv"]
    assert {"planned (PV)", "earned (EV)", "actual (AC)"} <= set(texts_of(chart))
    assert burn_up(report_on(release_plan(), made_at=NOW)).name.endswith("nothing was begun")


def test_every_risk_is_in_the_matrix_by_its_number():
    risks = [
        Risk(category=RiskCategory.TECHNICAL, description="d", probability=number / 40, impact=list(Impact)[number % 4])
        for number in range(41)
    ]
    chart = risk_matrix(report_on(small_plan(task(1, "a", 1), risks=risks), made_at=NOW))
    named = " ".join(texts_of(chart)).split()
    assert {f"R{number}" for number in range(1, 42)} <= set(named)


def test_many_risks_of_a_kind_are_counted():
    risk = Risk(category=RiskCategory.TECHNICAL, description="d", probability=1, impact=Impact.CRITICAL)
    chart = risk_matrix(report_on(small_plan(task(1, "a", 1), risks=[risk] * 40), made_at=NOW))
    assert any("+26" in text for text in texts_of(chart))


def test_a_resource_is_drawn_beside_what_there_is_of_it():
    chart = resource_use(report_on(phased_plan(), made_at=NOW))
    assert {"ci runners", "at most 2 of 2"} <= set(texts_of(chart))
    assert len(parts_of(chart, "path", "use")) == len(parts_of(chart, "path", "limit")) == 1


def test_the_spread_of_the_finish_says_what_is_likely():
    chart = finish_spread(simulation())
    assert {"P50 6 h", "P80 7 h", "P95 8 h", "deadline: met in 4 %"} <= set(texts_of(chart))
    bars = parts_of(chart, "rect", "plan")
    assert len(bars) == 6
    heights = [float(bar.get("height")) for bar in bars]
    assert heights[2] == max(heights)
    assert heights[0] == pytest.approx(heights[2] * 4 / 30, abs=0.1)
    marks = [float(mark.get("d")[1:].split()[0]) for mark in parts_of(chart, "path", "now")]
    assert marks == sorted(marks)


@pytest.mark.parametrize(
    "histogram", [Histogram(), Histogram(low=60, width=0, counts=[100]), Histogram(low=1e12, width=1e9, counts=[1, 99])]
)
def test_any_spread_can_be_drawn(histogram):
    chart = finish_spread(simulation().model_copy(update={"histogram": histogram, "finish": Spread()}))
    assert all(0 <= float(part.get("x", 0)) <= chart.width for part in parts_of(chart, "rect"))


@pytest.mark.parametrize("seconds", [0.0, 1e-9, 1e12])
def test_no_duration_is_too_short_or_too_long(seconds):
    window = TaskWindow(0, seconds, 0, seconds, 0, 0)
    schedule = Schedule(windows={"t1": window}, makespan=seconds, resources={"r": ResourceProfile(capacity=0)})
    report = report_on(small_plan(task(1, "a", 1), schedule=schedule), made_at=NOW)
    for draw in CHARTS:
        assert draw(report).svg()
