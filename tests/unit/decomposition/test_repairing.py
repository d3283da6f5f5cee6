"""Mending outlines whose plan was found invalid: by rules where they are enough, else by the model."""

import json

import pytest

from groundplan.decomposition.asking import Budget
from groundplan.decomposition.rule_repairs import mend
from groundplan.domain.dependency_graph import resolve
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.findings import Finding, Level, ValidationResult
from groundplan.domain.outline import Origin, Outline, OutlineDependency, OutlineStep, instantiate
from groundplan.domain.settings import ModelLimits
from groundplan.stores.memory import MemoryModelAnswers
from tests.decomposers import GOAL, GOOD, decomposer, waits_of


def outline(**waits):
    steps = [
        OutlineStep(key=key, name=f"Do {key}", depends_on=[OutlineDependency(key=other) for other in others])
        for key, others in waits.items()
    ]
    return Outline(steps=steps, origin=Origin(strategy="llm"))


def finding(code, path="dependencies", message="is wrong"):
    return Finding(code=code, level=Level.SEMANTICS, path=path, message=message, suggestion="Mend it.")


def findings(*errors):
    return ValidationResult(errors=list(errors))


CYCLE = finding(ErrorCode.DEPENDENCY_CYCLE)
MISSING = finding(ErrorCode.DEPENDENCY_MISSING)
BLANK = finding(ErrorCode.VALIDATION_FAILED, "tasks[1].name", "is blank")


def test_waits_for_nobody_and_for_itself_are_dropped_and_told():
    mended, dropped = mend(outline(a=["ghost"], b=["a", "b"]), [MISSING])
    assert waits_of(mended) == {"a": [], "b": ["a"]}
    assert dropped == ["step 'a' no longer waits for 'ghost'", "step 'b' no longer waits for 'b'"]


def test_a_cycle_is_broken_where_it_goes_backwards():
    mended, _ = mend(outline(a=["c"], b=["a"], c=["b"]), [CYCLE])
    assert waits_of(mended) == {"a": [], "b": ["a"], "c": ["b"]}
    resolve(instantiate(mended, "plan", now=GOAL.created_at))


def test_an_honest_wait_for_a_later_step_stays_while_there_is_no_cycle():
    mended, dropped = mend(outline(a=["b"], b=[], c=["ghost"]), [MISSING])
    assert waits_of(mended) == {"a": ["b"], "b": [], "c": []}
    assert len(dropped) == 1


def test_inputs_from_outputs_that_cannot_be_there_are_dropped():
    inputs = {"good": "${a.output.x}", "bad": {"deep": ["see ${ghost.output}"]}, "own": "${b.output}", "plain": 1}
    given = outline(a=[], b=["a"])
    given = given.model_copy(update={"steps": [given.steps[0], given.steps[1].model_copy(update={"inputs": inputs})]})
    mended, dropped = mend(given, [finding(ErrorCode.BINDING_INVALID)])
    assert mended.steps[1].inputs == {"good": "${a.output.x}", "plain": 1}
    assert dropped == ["step 'b' lost its input 'bad'", "step 'b' lost its input 'own'"]


def test_other_findings_leave_the_outline_alone():
    given = outline(a=["ghost"])
    assert mend(given, [BLANK]) == (given, [])


async def test_what_rules_can_mend_costs_no_call():
    model, breaking = decomposer([])
    repaired = await breaking.repair(GOAL, outline(a=["ghost"], b=["a"]), findings(MISSING))
    assert model.calls == 0
    assert waits_of(repaired) == {"a": [], "b": ["a"]}
    assert "no longer waits for 'ghost'" in repaired.origin.reason


async def test_the_model_is_shown_its_plan_and_the_errors_by_its_own_numbers():
    model, breaking = decomposer([GOOD])
    repaired = await breaking.repair(GOAL, outline(a=[], b=["a"]), findings(BLANK))
    shown, told = model.prompts[0][-2:]
    assert [one["depends_on"] for one in json.loads(shown.text)["steps"]] == [[], [1]]
    assert "Step 2, name: is blank. Mend it." in told.text
    assert len(repaired.steps) == 3


async def test_rules_go_first_and_the_model_gets_what_is_left():
    model, breaking = decomposer([GOOD])
    await breaking.repair(GOAL, outline(a=["ghost"], b=["a"]), findings(MISSING, BLANK))
    assert json.loads(model.prompts[0][-2].text)["steps"][0]["depends_on"] == []


async def test_a_second_attempt_is_a_new_question_and_a_resumed_one_is_not():
    answers = MemoryModelAnswers()
    for attempt, turns, calls in ((1, [GOOD], 1), (2, [GOOD], 1), (2, [], 0)):
        model, breaking = decomposer(turns, answers=answers, attempt=attempt)
        await breaking.repair(GOAL, outline(a=[], b=["a"]), findings(BLANK))
        assert model.calls == calls


async def test_what_was_spent_before_counts():
    limits = ModelLimits(max_calls=3)
    _, breaking = decomposer([GOOD], limits=limits, budget=Budget(limits, calls=3))
    with pytest.raises(PlanningError, match="E5106"):
        await breaking.repair(GOAL, outline(a=[], b=["a"]), findings(BLANK))
