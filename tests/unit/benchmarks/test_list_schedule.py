"""The ideal that runs are compared with: list scheduling by the longest remaining path."""

import asyncio

import pytest
from asyncio_run import run_by_asyncio
from execution_dags import Dag, laned
from hypothesis import given
from hypothesis import strategies as st
from list_schedule import ReadyTasks, makespan, scaled_to

FORK = Dag("fork", {"short": 1.0, "long": 1.0, "tail": 4.0}, {"short": [], "long": [], "tail": ["long"]})


def test_the_longest_remaining_path_goes_first():
    assert ReadyTasks(FORK).pop() == "long"
    assert makespan(FORK, 1) == 6.0
    assert makespan(FORK, 2) == 5.0


def test_a_task_begins_only_after_all_it_waits_for():
    ready = ReadyTasks(Dag("join", {"a": 1.0, "b": 1.0, "c": 1.0}, {"a": [], "b": [], "c": ["a", "b"]}))
    assert [ready.pop(), ready.pop()] == ["a", "b"]
    ready.settle("a")
    assert not ready
    ready.settle("b")
    assert ready.pop() == "c"


@given(tasks=st.integers(1, 80), width=st.integers(1, 16), workers=st.integers(1, 20), seed=st.integers(0, 10_000))
def test_makespan_lies_between_the_bound_and_grahams(tasks, width, workers, seed):
    dag = laned(tasks, width, 1.0, seed)
    reached = makespan(dag, workers)
    assert reached >= dag.bound(workers) - 1e-9
    assert reached <= dag.work / workers + (1 - 1 / workers) * dag.critical_path + 1e-9


@given(tasks=st.integers(1, 80), width=st.integers(1, 16), seed=st.integers(0, 10_000))
def test_enough_workers_reach_the_critical_path(tasks, width, seed):
    dag = laned(tasks, width, 1.0, seed)
    assert makespan(dag, width) == pytest.approx(dag.critical_path)


def test_scaled_to_the_wanted_makespan():
    assert makespan(scaled_to(laned(40, 8, 1.0, 1), 20.0, 4), 4) == pytest.approx(20.0)


def test_tasks_that_take_no_time_cannot_be_scaled():
    with pytest.raises(ValueError, match="take no time"):
        scaled_to(Dag("none", {"a": 0.0}, {"a": []}), 20.0, 4)


async def test_asyncio_runs_every_task_once_and_no_more_than_its_workers(monkeypatch):
    begun, at_once = [], []
    running = 0

    async def counted(seconds):
        nonlocal running
        running += 1
        begun.append(seconds)
        at_once.append(running)
        await real_sleep(0)
        running -= 1

    real_sleep = asyncio.sleep
    monkeypatch.setattr("asyncio_run.asyncio.sleep", counted)
    dag = laned(60, 16, 0.001, 5)
    await run_by_asyncio(dag, 4)
    assert sorted(begun) == sorted(dag.seconds.values())
    assert max(at_once) == 4
