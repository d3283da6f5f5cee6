"""The laws of waiting: nothing early, nothing forgotten, nothing twice."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundplan.domain.ledger import TaskState
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.ready_set import ReadySet
from groundplan.domain.task import DependencyKind, TaskDependency
from tests.plan_factories import chains_and_joins, task

ENDS = [TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CANCELLED]


def holds(condition, variables):
    if condition == "broken":
        raise ValueError("no such variable")
    return condition == "true"


def when(other, condition):
    return TaskDependency(task_id=other, kind=DependencyKind.CONDITIONAL, condition=condition)


class Walk:
    """A run of a plan in which somebody else says how tasks end, and in which order."""

    def __init__(self, tasks, states=None):
        self.states = states if states is not None else {}
        self.ready = ReadySet(tasks, self.states, holds)
        self.gates = []
        self.lined_up = []
        self.take(self.ready.start())

    def take(self, gates):
        pending = list(gates)
        for gate in pending:
            self.gates.append((gate.task.task_id, gate.status.value))
            self.states[gate.task.task_id] = TaskState(status=gate.status)
            if gate.status is TaskStatus.READY:
                self.lined_up.append(gate.task.task_id)
            else:
                pending += self.ready.settle(gate.task.task_id)

    def end(self, task_id, status):
        self.lined_up.remove(task_id)
        self.states[task_id] = TaskState(status=status)
        self.take(self.ready.settle(task_id))


@given(tasks=chains_and_joins(), ends=st.data())
def test_each_task_is_decided_once_and_none_is_forgotten(tasks, ends):
    walk = Walk(tasks)
    while walk.lined_up:
        walk.end(ends.draw(st.sampled_from(walk.lined_up)), ends.draw(st.sampled_from(ENDS)))
    assert sorted(name for name, _ in walk.gates) == sorted(known.task_id for known in tasks)


@given(tasks=chains_and_joins(), ends=st.data())
def test_a_task_is_ready_only_when_all_it_waits_for_completed(tasks, ends):
    walk = Walk(tasks)
    waits = {known.task_id: known.predecessors for known in tasks}
    while walk.lined_up:
        for name in walk.lined_up:
            assert all(walk.states[other].status is TaskStatus.COMPLETED for other in waits[name])
        walk.end(ends.draw(st.sampled_from(walk.lined_up)), ends.draw(st.sampled_from(ENDS)))


@given(tasks=chains_and_joins(), ends=st.data())
def test_starting_from_what_another_runner_left_gives_the_same_decisions(tasks, ends):
    walk = Walk(tasks)
    for _ in range(ends.draw(st.integers(0, len(tasks)))):
        if walk.lined_up:
            walk.end(ends.draw(st.sampled_from(walk.lined_up)), ends.draw(st.sampled_from(ENDS)))
    again = Walk(tasks, {name: state for name, state in walk.states.items() if state.status is not TaskStatus.READY})
    assert sorted(again.lined_up) == sorted(walk.lined_up)
    assert {name: state.status for name, state in again.states.items()} == {
        name: state.status for name, state in walk.states.items()
    }


@given(tasks=chains_and_joins(most=9), seconds=st.lists(st.integers(1, 9), min_size=9, max_size=9))
def test_the_remaining_path_is_the_longest_over_all_ways_to_an_end(tasks, seconds):
    durations = {known.task_id: float(took) for known, took in zip(tasks, seconds, strict=False)}
    ready = ReadySet(tasks, {}, holds, durations)

    def longest(name):
        return durations[name] + max((longest(other) for other in ready.dependents(name)), default=0.0)

    assert ready.remaining == {known.task_id: longest(known.task_id) for known in tasks}


@pytest.mark.parametrize(
    ("dependency", "end", "becomes"),
    [
        ("a", TaskStatus.COMPLETED, "ready"),
        ("a", TaskStatus.FAILED, "blocked"),
        ("a", TaskStatus.CANCELLED, "blocked"),
        ("a", TaskStatus.SKIPPED, "skipped"),
        (when("a", "true"), TaskStatus.FAILED, "ready"),
        (when("a", "true"), TaskStatus.SKIPPED, "skipped"),
        (when("a", "false"), TaskStatus.COMPLETED, "skipped"),
        (when("a", "broken"), TaskStatus.COMPLETED, "blocked"),
    ],
)
def test_what_an_end_means_for_who_waits(dependency, end, becomes):
    walk = Walk([task("a"), task("b", dependency)])
    walk.end("a", end)
    assert walk.gates[-1] == ("b", becomes)


def test_a_failure_that_the_plan_can_do_without_skips_who_waits():
    walk = Walk([task("a", optional=True), task("b", "a")])
    walk.end("a", TaskStatus.FAILED)
    assert walk.gates[-1] == ("b", "skipped")


def test_being_blocked_weighs_more_than_being_skipped():
    walk = Walk([task("a"), task("b"), task("c", "a", "b")])
    walk.end("a", TaskStatus.SKIPPED)
    walk.end("b", TaskStatus.FAILED)
    assert walk.gates[-1] == ("c", "blocked")


@pytest.mark.parametrize(("condition", "becomes"), [("true", "ready"), ("false", "skipped"), ("broken", "blocked")])
def test_a_tasks_own_condition(condition, becomes):
    assert Walk([task("a", condition=condition)]).gates == [("a", becomes)]


@pytest.mark.parametrize(("condition", "handled"), [("true", False), ("false", False), ("broken", False)])
def test_a_failure_is_handled_by_a_condition_that_holds(condition, handled):
    ready = ReadySet([task("a"), task("b", when("a", condition))], {}, holds)
    assert ready.is_handled("a") is handled
    assert not ready.is_handled("b")


@pytest.mark.large
def test_ten_thousand_tasks_in_any_order_are_each_settled_once():
    rng = random.Random(7)
    tasks = [
        task(f"t{n}", *{f"t{rng.randrange(n)}" for _ in range(3)} if n else (), sequence_order=n) for n in range(10_000)
    ]
    walk = Walk(tasks)
    while walk.lined_up:
        walk.end(walk.lined_up[-1], TaskStatus.COMPLETED)
    assert len(walk.gates) == 10_000
