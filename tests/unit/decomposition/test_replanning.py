"""Asking a model for another way: good answers, bad ones, none, and what is done without it."""

import asyncio
import json

import pytest

from groundplan.decomposition.replanning import ReplanLimits, Replanner
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.goal import Goal, GoalConstraints
from groundplan.domain.ledger import TaskState
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.patch import apply_patch
from groundplan.stores.memory import MemoryModelAnswers
from groundplan.testing import Turn
from tests.replanners import ARCHIVE, AROUND, Stuck, answer, change, prices, prices_states, replanner

WITH_ALTERNATIVE = Stuck(
    plan=prices().model_copy(
        update={
            "tasks": [
                one.model_copy(update={"alternatives": ["web.archive"]}) if one.task_id == "fetch" else one
                for one in prices().tasks
            ]
        }
    )
)
BAD = answer(change(2, name="Fetch the prices", tool="web.get"))


async def test_another_tool_becomes_a_checked_patch_with_its_price():
    model, asking = replanner([ARCHIVE])
    found = await asking.propose(Stuck())
    changed = apply_patch(prices().tasks, found.patch)[1]
    assert (changed.tool, changed.name, changed.inputs) == ("web.archive", "Fetch old prices", {"url": "http://prices"})
    assert (found.by, found.why, found.calls, found.tokens) == ("model", "The archive has them too", 1, 150)
    assert model.calls == 1


async def test_a_new_step_before_the_failed_one_is_another_way_too():
    said = answer(change(6, "add", name="Ask for access"), change(2, depends_on=[6]))
    _, asking = replanner([said])
    found = await asking.propose(Stuck())
    (added,) = found.patch.add
    assert (added.task_id, added.name) == ("plan1-v2-1", "Ask for access")
    assert apply_patch(prices().tasks, found.patch)[1].predecessors == ["search", "plan1-v2-1"]


async def test_the_same_again_is_refused_and_asked_about():
    model, asking = replanner([BAD, ARCHIVE])
    assert (await asking.propose(Stuck())).calls == 2
    assert "Step 2 failed and would be done the same way again" in model.prompts[1][-1].text
    assert json.loads(model.prompts[1][-2].text) == BAD, "it is shown its own answer"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Let us hope for the best.", "not one JSON object"),
        (Turn(ARCHIVE, finish="length"), "cut off"),
        ({"why": "x", "changes": []}, "changes"),
        (answer(*[change(2)] * 9), "9 changes; at most 8"),
        (answer(change(2, tool="web.gte")), "there is no tool 'web.gte'"),
        (answer(change(6, "add", name="x", tool="web.gte")), "Step 6: there is no tool 'web.gte'"),
        (answer(change(2, tool="mail.send")), "Step 2, inputs: 'to' is a required property"),
        (answer(change(2, tool="mail.send", inputs={"to": 1})), "Step 2, inputs.to: 1 is not of type 'string'"),
        (answer(change(2, tool="web.archive", inputs={"url": "${9.output}"})), "waits for '9'"),
        (answer(change(3, "drop"), change(2, tool="web.archive")), "Step 3 is required and cannot be dropped"),
        (answer(change(2, tool="web.archive"), change(6, "add")), "Step 6 is new and has no name"),
        (
            answer(change(6, "add", name="Look", depends_on=[3]), change(2, tool="web.archive", depends_on=[6])),
            "wait for each other",
        ),
        (answer(change(2, tool="web.archive", name="Fetch; DROP TABLE prices; --")), "breaks the rule"),
    ],
)
async def test_a_bad_answer_is_shown_its_error_by_the_numbers_of_its_steps(said, told):
    model, asking = replanner([said, ARCHIVE])
    assert (await asking.propose(Stuck())).by == "model"
    assert told in model.prompts[1][-1].text


async def test_an_error_about_a_new_step_calls_it_by_its_name():
    said = answer(change(6, "add", name="Mail", tool="mail.send"), change(2, depends_on=[6]))
    model, asking = replanner([said, ARCHIVE])
    await asking.propose(Stuck())
    assert "The new step 'mail', inputs: 'to' is a required property" in model.prompts[1][-1].text


async def test_an_id_that_the_run_knows_is_not_given_again():
    states = prices_states(**{"plan1-v2-1": TaskState(status=TaskStatus.FAILED)})
    model, asking = replanner([answer(change(6, "add", name="Ask for access"), change(2, depends_on=[6])), ARCHIVE])
    await asking.propose(Stuck(states=states))
    assert "has an id that was used before" in model.prompts[1][-1].text


async def test_a_store_that_is_away_is_no_trouble_of_the_models():
    class Away(MemoryModelAnswers):
        async def put(self, run_id, key, answer):
            raise PlanningError(ErrorCode.STORE_UNAVAILABLE, "away")

    with pytest.raises(PlanningError, match="E5800"):
        await replanner([ARCHIVE], answers=Away())[1].propose(WITH_ALTERNATIVE)


async def test_bad_for_ever_is_left_to_the_rules_which_say_what_was_tried():
    model, asking = replanner([BAD] * 3)
    found = await asking.propose(WITH_ALTERNATIVE)
    assert (model.calls, found.by, found.calls) == (3, "rules", 3)
    assert found.patch.change["fetch"]["tool"] == "web.archive"
    assert "would be done the same way again" in found.why


async def test_bad_for_ever_without_a_rule_is_no_other_way():
    _, asking = replanner(["no"] * 3)
    assert await asking.propose(Stuck()) is None


@pytest.mark.parametrize("turn", [ConnectionError("http://user:hunter2@host"), Turn(delay_s=float("inf"))])
async def test_a_model_that_is_away_or_silent_is_left_to_the_rules(turn):
    _, asking = replanner([turn], timeout=0.05)
    found = await asking.propose(WITH_ALTERNATIVE)
    assert found.by == "rules"
    assert "hunter2" not in found.why


@pytest.mark.parametrize(
    ("turn", "code"),
    [(ConnectionError(), ErrorCode.MODEL_UNAVAILABLE), (Turn(delay_s=float("inf")), ErrorCode.MODEL_TIMEOUT)],
)
async def test_a_model_that_is_away_is_no_reason_to_give_up_where_rules_see_no_way(turn, code):
    _, asking = replanner([turn], timeout=0.05)
    with pytest.raises(PlanningError) as caught:
        await asking.propose(Stuck())
    assert (caught.value.code, caught.value.retryable) == (code, True)


async def test_the_whole_is_bounded_in_time():
    slow = [Turn("no", delay_s=0.04)] * 3
    _, asking = replanner(slow, limits=ReplanLimits(seconds=0.06))
    async with asyncio.timeout(5):
        assert (await asking.propose(WITH_ALTERNATIVE)).by == "rules"
    assert "within 0.06 s" in asking.tried[-1]


@pytest.mark.parametrize("limits", [ReplanLimits(max_calls=2), ReplanLimits(max_tokens=200)])
async def test_calls_and_tokens_are_bounded(limits):
    model, asking = replanner(["no"] * 9, limits=limits)
    assert (await asking.propose(WITH_ALTERNATIVE)).by == "rules"
    assert model.calls == 2


async def test_what_was_said_before_a_crash_is_not_asked_for_again():
    answers = MemoryModelAnswers()
    _, first = replanner([BAD, ConnectionError()], answers=answers)
    with pytest.raises(PlanningError):
        await first.propose(Stuck())
    model, second = replanner([ARCHIVE], answers=answers)
    after = await second.propose(Stuck())
    assert (model.calls, after.calls) == (1, 2), "answers from before count for the bounds"
    _, third = replanner([], answers=answers)
    assert await third.propose(Stuck()) == after


async def test_another_version_is_another_question():
    answers = MemoryModelAnswers()
    await replanner([ARCHIVE], answers=answers)[1].propose(Stuck())
    model, asking = replanner([ARCHIVE], answers=answers)
    await asking.propose(Stuck(plan=prices().model_copy(update={"version": 2}), history=("replanned by model: x",)))
    assert model.calls == 1


async def test_without_a_model_rules_go_alone():
    found = await Replanner(AROUND).propose(WITH_ALTERNATIVE)
    assert (found.by, found.calls, found.tokens) == ("rules", 0, 0)
    assert await Replanner(AROUND).propose(Stuck()) is None


# By request.


def asked(**wish):
    done = {"search": TaskState(status=TaskStatus.COMPLETED, output={"pages": 3})}
    return Stuck(states=done, reason="asked by ana", asked=wish)


OTHER_PLAN = answer(
    *[change(number, "drop") for number in (2, 3, 4, 5)],
    change(6, "add", name="Phone Ana", depends_on=[1], success="She knows"),
    why="A call is enough",
)


async def test_a_person_may_ask_for_another_plan_in_which_required_steps_are_gone():
    _, asking = replanner([OTHER_PLAN])
    found = await asking.propose(asked(notes="A call is enough."))
    assert [(one.name, one.predecessors) for one in apply_patch(prices().tasks, found.patch)] == [
        ("Search for pages", []),
        ("Phone Ana", ["search"]),
    ]


async def test_even_then_something_has_to_take_their_place():
    model, asking = replanner([answer(change(5, "drop")), OTHER_PLAN])
    await asking.propose(asked(notes="Less mail."))
    assert "adds none that take their place" in model.prompts[1][-1].text


async def test_a_breakdown_may_be_asked_for():
    told = []
    for wish in ({}, {"breakdown": "temporal"}):
        model, asking = replanner([OTHER_PLAN])
        await asking.propose(asked(notes="Anew.", **wish))
        told.append(model.prompts[0][0].text)
    assert told[0] != told[1]


async def test_the_strategy_template_asks_no_model():
    model, asking = replanner([])
    assert await asking.propose(asked(strategy="template")) is None
    assert model.calls == 0


@pytest.mark.parametrize("wish", [{"strategy": "luck"}, {"breakdown": "alphabetical"}])
async def test_a_strategy_that_there_is_not_is_refused(wish):
    with pytest.raises(PlanningError) as caught:
        await replanner([])[1].propose(asked(**wish))
    assert caught.value.code is ErrorCode.VALIDATION_FAILED
    assert "temporal" in caught.value.recovery_suggestion


async def test_what_a_person_adds_passes_the_door_for_prose():
    with pytest.raises(PlanningError) as caught:
        await replanner([])[1].propose(asked(notes="Please run `rm -rf /`; DROP TABLE plans;"))
    assert caught.value.code is ErrorCode.GOAL_REFUSED
    model, asking = replanner([OTHER_PLAN])
    await asking.propose(asked(notes="Spend $500 at most."))
    assert 'a person says: "Spend $500 at most."' in model.prompts[0][1].text


async def test_forbidden_tools_are_not_offered():
    goal = Goal(goal_text="Send it", constraints=GoalConstraints(forbidden_tools=["web.archive"]))
    model, asking = replanner([ARCHIVE] * 3)
    assert await asking.propose(Stuck(goal=goal)) is None
    assert "web.archive: Fetch" not in model.prompts[0][1].text
