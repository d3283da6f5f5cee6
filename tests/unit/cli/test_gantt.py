"""Gantt charts on terminals of any width."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from groundplan.cli.render.gantt_bars import Scale, axis, bar, profile
from groundplan.cli.render.schedule_view import schedule_view
from groundplan.cli.render.tables import as_text
from groundplan.domain.agents import AgentCapability
from groundplan.domain.capacities import Capacities
from groundplan.domain.estimation import estimate
from groundplan.domain.schedule import Schedule
from groundplan.domain.scheduling import make_schedule
from tests.plan_factories import NOW, plan, task
from tests.sample_plans import HOSTILE, hostile_plan, release_plan
from tests.snapshots import assert_snapshot

TEN = Scale(100.0, 10)


def scheduled(made, **limits):
    return make_schedule(
        made.tasks, made.dependency_graph, estimate(made.tasks), buffer_share=0.1, now=NOW, within=Capacities(**limits)
    )


@pytest.mark.parametrize(
    ("start", "finish", "slack", "drawn"),
    [
        (0, 100, 0, "##########"),
        (0, 50, 0, "#####     "),
        (50, 100, 0, "     #####"),
        (50, 51, 0, "     #    "),
        (99.9, 100, 0, "         #"),
        (20, 40, 30, "  ##···   "),
        (20, 20, 0, "  ◆       "),
        (100, 100, 0, "         ◆"),
        (49, 51, 0, "    ##    "),
    ],
)
def test_a_bar_is_where_its_times_fall_and_never_vanishes(start, finish, slack, drawn):
    assert bar(TEN, start, finish, slack, fill="#") == drawn


@given(
    st.floats(0, 1e6), st.integers(1, 200), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)
)  # fmt: skip
def test_a_bar_is_as_wide_as_the_chart_whatever_the_times(seconds, columns, start, length, slack):
    first = start * seconds
    last = min(first + length * seconds, seconds)
    drawn = bar(Scale(seconds, columns), first, last, slack * seconds)
    assert len(drawn) == columns
    assert drawn.strip()


@given(st.lists(st.floats(0, 1000), min_size=2, max_size=6, unique=True).map(sorted), st.integers(10, 80))
def test_tasks_one_after_the_other_do_not_swap_in_the_chart(times, columns):
    scale = Scale(1000.0, columns)
    begins = [len(drawn) - len(drawn.lstrip()) for drawn in (bar(scale, a, b) for a, b in pairwise(times))]
    assert begins == sorted(begins)


def test_the_axis_says_times_where_they_fall():
    assert axis(Scale(7200.0, 40)) == "0 s                 1 h                 "
    assert len(axis(Scale(0.0, 10))) == 10


def test_a_profile_shows_the_most_that_is_taken_in_eighths():
    assert profile(TEN, [(0, 1), (50, 2), (60, 0)], 2) == "▄▄▄▄▄█    "
    assert profile(TEN, [(95, 8), (96, 0)], 8) == "         █"


def test_the_release_as_a_chart():
    made = release_plan()
    assert_snapshot("gantt_release.txt", as_text(schedule_view(made, made.schedule), width=80))


def test_agents_buffer_phases_and_profiles_have_lines():
    tasks = [task("a", name="Write", phase="do"), task("b", "a", name="Judge", required_capabilities=["law"])]
    made = plan(*tasks, task("c", name="Aside", required_capabilities=["law"]))
    found = scheduled(made, agents=[AgentCapability(agent_id="ana", capabilities=["law"])])
    text = as_text(schedule_view(made, found), width=80)
    assert "agent ana, 1 of 1" in text
    assert "phase do" in text
    assert "buffer, " in text
    (line,) = [line for line in text.splitlines() if "Judge" in line]
    assert line.endswith(" ana")
    assert line.startswith("*2")


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_no_line_of_the_chart_is_wider_than_the_terminal(width):
    made = release_plan()
    lines = as_text(schedule_view(made, made.schedule), width=width).splitlines()
    assert max(map(cell_len, lines)) <= width


def test_hostile_names_stay_on_their_line():
    made = hostile_plan()
    text = as_text(schedule_view(made, scheduled(made)), width=100)
    assert "\x1b" not in text
    assert HOSTILE not in text
    assert text.count("█ critical") == 1


def test_wide_characters_do_not_shift_the_bars():
    made = plan(task("a", name="清洗数据" * 20), task("b", "a", name="Check"))
    first, second = as_text(schedule_view(made, scheduled(made)), width=80).splitlines()[5:7]
    assert cell_len(first[: first.index("█")]) < cell_len(second[: second.index("█")])
    assert cell_len(first) <= 80


def test_a_thousand_tasks_are_a_thousand_lines():
    made = plan(*(task(f"t{number}") for number in range(1000)))
    text = as_text(schedule_view(made, scheduled(made, at_once=10)), width=100)
    assert sum("Do t" in line for line in text.splitlines()) == 1000
    assert "places, 10 of 10" in text


def test_a_plan_without_a_schedule_says_so():
    assert "nothing is scheduled" in as_text(schedule_view(plan(), Schedule()))


def test_how_good_a_schedule_is_known_to_be():
    made = release_plan()
    one = made.schedule.model_copy(update={"lower_bound": made.schedule.makespan / 2})
    assert "at most 100.0 % over the shortest" in as_text(schedule_view(made, one), width=120)
    assert "how much shorter it could be is not known" in as_text(schedule_view(made, made.schedule), width=120)
