"""Two who want to run the same plan, and one that freezes for longer than its lease: one works, the other is told."""

import signal
import time

from tests.acceptance.execution.conftest import wait_for
from tests.acceptance.execution.runner import LEASE

SLOW = {"slow": "b", "seconds": 1.5}
DONE = {"a": "completed", "b": "completed", "c": "completed", "d": "completed"}


def begun(trial, name="begun:b"):
    wait_for(lambda: trial.effects[name])


def test_of_two_runners_one_works_and_one_is_told(trials):
    [trial] = trials("two runners", said=SLOW)
    first = trial.start(**trial.fields)
    begun(trial)
    told = trial.start(**trial.fields | {"do": "resume", "said": SLOW | {"at once": True}}).answer()
    assert told["code"] == "E5205"
    assert "is held by runner" in told["message"]
    assert first.answer()["tasks"] == DONE
    assert set(trial.effects.values()) == {1}


def test_of_many_that_resume_at_once_one_works_and_nothing_happens_twice(trials):
    [trial] = trials("in the middle of the effect", said={"at once": True})
    trial.killed(point=trial.case)
    time.sleep(LEASE + 0.1)
    runners = [trial.start(**trial.fields | {"do": "resume"}) for _ in range(4)]
    answers = [runner.answer() for runner in runners]
    assert {answer.get("code", "completed") for answer in answers} <= {"completed", "E5205"}
    assert any(answer.get("tasks") == DONE for answer in answers)
    assert set(trial.effects.values()) == {1}


def test_a_runner_frozen_past_its_lease_cannot_write_when_it_wakes_and_begins_nothing_more(trials):
    [trial] = trials("frozen", said=SLOW)
    frozen = trial.start(**trial.fields)
    begun(trial)
    frozen.send(signal.SIGSTOP)
    other = trial.start(**trial.fields | {"do": "resume", "said": {}})
    assert other.answer()["tasks"] == DONE
    before = trial.effects
    frozen.send(signal.SIGCONT)
    told = frozen.answer()
    assert (told["code"], "taken over" in told["message"]) == ("E5205", True)
    assert trial.effects == before


def test_a_runner_frozen_while_it_replans_makes_no_version_of_its_own(trials):
    [trial] = trials("frozen in replanning", said={"fails": "b", "thinks": 1.0})
    frozen = trial.start(**trial.fields)
    wait_for(lambda: trial.effects["proposal"])
    frozen.send(signal.SIGSTOP)
    other = trial.start(**trial.fields | {"do": "resume", "said": {"fails": "b"}})
    assert other.answer()["status"] == "completed"
    before = trial.effects
    frozen.send(signal.SIGCONT)
    assert frozen.answer()["code"] == "E5205"
    assert trial.effects == before
    assert before["b2"] == 1
