"""What the crash matrix counts, and as what."""

import pytest
from crash_verdict import Verdict, judge, repeated
from crash_world import Decided, Effect, Kind

KINDS = {"i": Kind.IDEMPOTENT, "r": Kind.RECONCILE, "p": Kind.PLAIN}


def effect(task, key="k", pid=1):
    return Effect(task, KINDS[task], key, pid)


ONCE = [effect(task) for task in KINDS]


def test_each_effect_once_is_as_it_should_be():
    assert judge(KINDS, ONCE, [], done=True, kills=2) == Verdict(trials=1, kills=2)


def test_an_effect_that_never_happened_is_lost_once_the_run_says_it_is_complete():
    assert judge(KINDS, ONCE[1:], [], done=True, kills=1).lost_tasks == 1


def test_a_run_that_does_not_complete_is_stuck_and_not_also_lost():
    assert judge(KINDS, [], [], done=False, kills=1) == Verdict(trials=1, stuck_runs=1, kills=1)


@pytest.mark.parametrize("task", ["r", "p"])
def test_an_effect_that_comes_twice_unsaid_is_a_silent_duplicate(task):
    twice = [*ONCE, effect(task, pid=2)]
    assert judge(KINDS, twice, [], done=True, kills=1).silent_duplicates == 1


def test_a_duplicate_of_a_task_in_doubt_is_not_silent():
    verdict = judge(KINDS, [*ONCE, effect("p")], [Decided("p", False)], done=True, kills=1)
    assert (verdict.silent_duplicates, verdict.in_doubt, verdict.needless_doubts) == (0, 1, 0)


def test_the_same_key_again_has_no_effect_on_an_idempotent_tool_but_another_key_has():
    assert not repeated([effect("i"), effect("i", pid=2)])
    assert repeated([effect("i"), effect("i", key="other")]) == {"i": 1}


def test_every_time_beyond_the_first_counts():
    assert repeated([effect("p"), effect("p"), effect("p"), effect("r")]) == {"p": 2}


@pytest.mark.parametrize(("task", "needless"), [("i", 1), ("r", 1), ("p", 0)])
def test_asking_about_a_tool_that_needs_nobody_is_needless(task, needless):
    asked = [Decided(task, True), Decided(task, True)]
    verdict = judge(KINDS, ONCE, asked, done=True, kills=1)
    assert (verdict.in_doubt, verdict.needless_doubts) == (1, needless)


def test_verdicts_add_up_field_by_field():
    assert Verdict(1, 2, 3, 4, 5, 6, 7) + Verdict(10, 20, 30, 40, 50, 60, 70) == Verdict(11, 22, 33, 44, 55, 66, 77)
