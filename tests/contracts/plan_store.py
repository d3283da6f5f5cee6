"""What every `PlanStore` and every `ModelAnswers` keep to. A test class inherits it and gives the fixtures
`store` and `answers`, both empty."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from groundplan.domain.approval import Approval, Decision, Verdict
from groundplan.domain.diff import PlanDiff, diff_plans
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.events import Event, EventType
from groundplan.domain.goal import Goal
from groundplan.domain.lifecycle import GoalStatus, PlanStatus, TaskStatus
from groundplan.domain.patch import PlanPatch
from groundplan.domain.plan import ExecutionPlan, Signature
from groundplan.domain.risk import Impact, Risk, RiskCategory, RiskStatus
from groundplan.domain.runs import CheckpointMode, ModelAnswer, PlanningRun, PromptMessage
from groundplan.domain.signing import sign, verify
from groundplan.domain.task import Task
from groundplan.stores.protocols import ModelAnswers, PlanStore
from tests.domain_values import plans

NOW = datetime(2026, 11, 21, 7, 30, tzinfo=UTC)
KEY = b"a key for tests, 32 bytes long.."
APPROVE = Decision(verdict=Verdict.APPROVE, by="did:web:ana", why="looks right")
REJECT = Decision(verdict=Verdict.REJECT, by="did:web:bo", why="too dear")


def make_goal(goal_id: str = "g1", **fields: Any) -> Goal:
    return Goal(**{"goal_id": goal_id, "goal_text": "Ship it: 1. build 2. test", "created_at": NOW} | fields)


def make_run(run_id: str = "r1", goal_id: str = "g1", **fields: Any) -> PlanningRun:
    return PlanningRun(**{"run_id": run_id, "goal_id": goal_id, "created_at": NOW} | fields)


def make_plan(plan_id: str = "p1", version: int = 1, **fields: Any) -> ExecutionPlan:
    """A signed plan of two tasks."""
    tasks = [
        Task(
            task_id=f"{plan_id}-{number}", plan_id=plan_id, name=f"Step {number}", created_at=NOW, sequence_order=number
        )
        for number in (1, 2)
    ]
    given = {
        "plan_id": plan_id, "version": version, "goal_id": "g1", "goal_text": "Ship it", "tasks": tasks,
        "status": PlanStatus.VALIDATED, "created_at": NOW, "updated_at": NOW, "validated_at": NOW,
        "revises": version - 1 or None,
    } | fields  # fmt: skip
    return sign(ExecutionPlan(**given), "k1", KEY)


def make_event(plan_id: str = "p1", type: EventType = EventType.PLAN_CREATED) -> Event:
    return Event(type=type, at=NOW, goal_id="g1", plan_id=plan_id, run_id="r1", data={"version": 1})


def make_request(plan_id: str = "p1", version: int = 1, **fields: Any) -> Approval:
    given = {"plan_id": plan_id, "version": version, "run_id": "r1", "reasons": ["risky: “ü”"], "requested_at": NOW}
    return Approval(**given | fields)


def edited_request() -> Approval:
    """The request for version 1, decided by an edit."""
    edit = Decision(verdict=Verdict.EDIT, by="did:web:ana", patch=PlanPatch(remove=["p1-2"]))
    return make_request(decision=edit, decided_at=NOW, led_to=2, signature=Signature(key_id="k1", value="cd" * 32))


async def code_of(refused: Any) -> ErrorCode:
    """The code of the error that awaiting this raises."""
    with pytest.raises(PlanningError) as caught:
        await refused
    assert caught.value.recovery_suggestion
    return caught.value.code


async def waiting(store: PlanStore, plan_id: str = "p1") -> ExecutionPlan:
    """A goal with a plan that awaits approval, stored."""
    await store.receive(make_goal(), make_run(), [])
    plan = make_plan(plan_id, status=PlanStatus.AWAITING_APPROVAL)
    await store.commit_plan(plan, [], reason="first version", approval=make_request(plan_id))
    return plan


class GoalsContract:
    async def test_a_goal_comes_back_as_it_was_given(self, store: PlanStore) -> None:
        goal = make_goal(
            priority=9,
            metadata={"ticket": {"n": 1e16, "tiny": -0.0, "big": 2**70, "ü": ["日本", None, True]}},
            constraints={"deadline": NOW, "max_cost": 0.1, "extra": {"a": 1e-7}},
        )
        await store.receive(goal, make_run(), [])
        assert await store.get_goal("g1") == goal
        assert repr(await store.get_goal("g1")) == repr(goal)  # tells 1e16 from 10000000000000000

    async def test_a_run_comes_back_as_it_was_given(self, store: PlanStore) -> None:
        run = make_run(mode=CheckpointMode.ENDS)
        await store.receive(make_goal(), run, [])
        assert await store.get_run("r1") == run

    async def test_what_is_not_there_is_said(self, store: PlanStore) -> None:
        assert await code_of(store.get_goal("none")) is ErrorCode.GOAL_NOT_FOUND
        assert await code_of(store.get_run("none")) is ErrorCode.GOAL_NOT_FOUND
        assert await code_of(store.set_goal_status("none", GoalStatus.FAILED)) is ErrorCode.GOAL_NOT_FOUND

    async def test_receiving_twice_does_nothing_the_second_time(self, store: PlanStore) -> None:
        for _ in range(2):
            await store.receive(make_goal(), make_run(), [make_event()])
        assert len(await store.read_events()) == 1
        assert len(await store.list_goals()) == len(await store.list_runs()) == 1

    async def test_a_goal_received_again_keeps_its_status(self, store: PlanStore) -> None:
        await store.receive(make_goal(), make_run(), [])
        await store.set_goal_status("g1", GoalStatus.DECOMPOSING)
        await store.receive(make_goal(), make_run(), [])
        assert (await store.get_goal("g1")).status is GoalStatus.DECOMPOSING

    @pytest.mark.parametrize("change", [{"goal_text": "Something else"}, {"agent_did": "did:web:other"}])
    async def test_the_same_goal_id_with_other_content_is_refused(
        self, store: PlanStore, change: dict[str, str]
    ) -> None:
        await store.receive(make_goal(), make_run(), [])
        again = store.receive(make_goal(**change), make_run("r2"), [make_event()])
        assert await code_of(again) is ErrorCode.STORE_CONFLICT
        assert await store.read_events() == []
        assert [run.run_id for run in await store.list_runs()] == ["r1"]

    async def test_a_run_belongs_to_one_goal(self, store: PlanStore) -> None:
        await store.receive(make_goal(), make_run(), [])
        again = store.receive(make_goal("g2"), make_run(goal_id="g2"), [make_event()])
        assert await code_of(again) is ErrorCode.STORE_CONFLICT
        assert [goal.goal_id for goal in await store.list_goals()] == ["g1"]

    async def test_a_goal_can_be_planned_by_several_runs(self, store: PlanStore) -> None:
        await store.receive(make_goal(), make_run(), [])
        await store.receive(make_goal(), make_run("r2", created_at=NOW + timedelta(seconds=1)), [])
        await store.receive(make_goal("g2"), make_run("r3", "g2"), [])
        assert [run.run_id for run in await store.list_runs(goal_id="g1")] == ["r2", "r1"]

    async def test_goals_are_listed_latest_first_and_by_status(self, store: PlanStore) -> None:
        for number in range(5):
            goal = make_goal(f"g{number}", created_at=NOW + timedelta(hours=number))
            await store.receive(goal, make_run(f"r{number}", f"g{number}"), [])
        await store.set_goal_status("g3", GoalStatus.FAILED)
        assert [goal.goal_id for goal in await store.list_goals(limit=2)] == ["g4", "g3"]
        assert [goal.goal_id for goal in await store.list_goals(status=GoalStatus.FAILED)] == ["g3"]

    async def test_a_status_is_moved_with_its_events_and_error(self, store: PlanStore) -> None:
        await store.receive(make_goal(metadata={"kept": 1}), make_run(), [])
        error = {"code": "E5100", "details": {"position": 3}}
        await store.set_goal_status("g1", GoalStatus.FAILED, [make_event()], error=error)
        goal = await store.get_goal("g1")
        assert (goal.status, goal.metadata) == (GoalStatus.FAILED, {"kept": 1, "error": error})
        assert len(await store.read_events()) == 1

    async def test_a_status_that_is_there_or_final_stays(self, store: PlanStore) -> None:
        await store.receive(make_goal(), make_run(), [])
        await store.set_goal_status("g1", GoalStatus.PENDING, [make_event()])
        await store.set_goal_status("g1", GoalStatus.CANCELLED)
        await store.set_goal_status("g1", GoalStatus.READY, [make_event()], error={"code": "E5100"})
        goal = await store.get_goal("g1")
        assert (goal.status, goal.metadata) == (GoalStatus.CANCELLED, {})
        assert await store.read_events() == []


class PlansContract:
    @settings(
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.too_slow,
            HealthCheck.differing_executors,  # the contract runs over several stores: that is what it is for
        ],
    )
    @given(plan=plans())
    async def test_any_plan_comes_back_as_it_was_signed(self, store: PlanStore, plan: ExecutionPlan) -> None:
        plan = sign(plan, "k1", KEY)
        await store.commit_plan(plan, [], reason="property")
        again = await store.get_plan(plan.plan_id)
        assert again == plan
        verify(again, {"k1": KEY})

    async def test_what_a_run_changed_in_a_task_is_kept_by_the_next_version(self, store: PlanStore) -> None:
        first = make_plan()
        await store.commit_plan(first, [], reason="first version")
        done = first.tasks[0].model_copy(
            update={
                "status": TaskStatus.COMPLETED, "attempts": 2, "assigned_agent": "did:web:ana",
                "started_at": NOW, "completed_at": NOW + timedelta(microseconds=1),
                "outputs": {"report": {"ü": [1.5, None]}}, "error": {"code": "E5200"},
            }
        )  # fmt: skip
        second = make_plan(version=2, tasks=[done, first.tasks[1]])
        await store.commit_plan(second, [], reason="replanned", diff=diff_plans(first, second))
        assert await store.get_plan("p1") == second
        assert await store.get_plan("p1", 1) == first

    async def test_an_unknown_plan_or_version_is_said(self, store: PlanStore) -> None:
        await store.commit_plan(make_plan(), [], reason="first version")
        assert await code_of(store.get_plan("none")) is ErrorCode.PLAN_NOT_FOUND
        assert await code_of(store.get_plan("p1", 2)) is ErrorCode.PLAN_NOT_FOUND
        assert await code_of(store.list_versions("none")) is ErrorCode.PLAN_NOT_FOUND

    async def test_storing_the_same_version_again_does_nothing(self, store: PlanStore) -> None:
        for _ in range(2):
            plan = make_plan(status=PlanStatus.AWAITING_APPROVAL)
            await store.commit_plan(plan, [make_event()], reason="first version", approval=make_request())
        assert len(await store.read_events()) == len(await store.list_waiting()) == 1
        assert len(await store.list_versions("p1")) == 1

    async def test_the_same_version_with_another_signature_is_refused(self, store: PlanStore) -> None:
        plan = make_plan()
        await store.commit_plan(plan, [], reason="first version")
        other = sign(plan.model_copy(update={"goal_text": "Something else"}), "k1", KEY)
        again = store.commit_plan(other, [make_event()], reason="first version")
        assert await code_of(again) is ErrorCode.STORE_CONFLICT
        assert await store.get_plan("p1") == plan
        assert await store.read_events() == []

    @pytest.mark.parametrize(("present", "version"), [([], 2), ([1], 3), ([1, 2], 4)])
    async def test_a_version_that_does_not_follow_the_latest_is_refused(
        self, store: PlanStore, present: list[int], version: int
    ) -> None:
        for number in present:
            await store.commit_plan(make_plan(version=number), [], reason="so far")
        late = store.commit_plan(make_plan(version=version), [make_event()], reason="too early")
        assert await code_of(late) is ErrorCode.STORE_CONFLICT
        assert await store.read_events() == []

    async def test_of_two_next_versions_at_once_one_is_refused(self, store: PlanStore) -> None:
        await store.commit_plan(make_plan(), [], reason="first version")
        answers = await asyncio.gather(
            *(
                store.commit_plan(make_plan(version=2, reasoning="", goal_text=text), [make_event()], reason=text)
                for text in ("one", "other")
            ),
            return_exceptions=True,
        )
        refused = [answer for answer in answers if answer is not None]
        assert [error.code for error in refused if isinstance(error, PlanningError)] == [ErrorCode.STORE_CONFLICT]
        assert len(await store.list_versions("p1")) == 2
        assert len(await store.read_events()) == 1

    async def test_many_plans_at_once_are_all_stored_each_with_its_own(self, store: PlanStore) -> None:
        names = [f"p{number}" for number in range(40)]
        await asyncio.gather(
            *(store.commit_plan(make_plan(name), [make_event(name)], reason=f"why {name}") for name in names)
        )
        for name in names:
            assert await store.get_plan(name) == make_plan(name)
            assert [version.reason for version in await store.list_versions(name)] == [f"why {name}"]
            assert [event.plan_id for event in await store.read_events(plan_id=name)] == [name]

    async def test_a_plan_makes_its_goal_ready_unless_that_is_finished(self, store: PlanStore) -> None:
        await store.receive(make_goal(), make_run(), [])
        await store.commit_plan(make_plan(), [], reason="first version")
        assert (await store.get_goal("g1")).status is GoalStatus.READY
        await store.set_goal_status("g1", GoalStatus.CANCELLED)
        await store.commit_plan(make_plan(version=2), [], reason="late")
        assert (await store.get_goal("g1")).status is GoalStatus.CANCELLED

    async def test_a_goal_that_failed_is_ready_again_with_the_first_version_of_a_plan(self, store: PlanStore) -> None:
        await store.receive(make_goal(), make_run(), [])
        await store.set_goal_status("g1", GoalStatus.FAILED, error={"code": "E5101"})
        await store.commit_plan(make_plan(), [], reason="first version")
        goal = await store.get_goal("g1")
        assert (goal.status, "error" in goal.metadata) == (GoalStatus.READY, False)
        await store.set_goal_status("g1", GoalStatus.FAILED)
        await store.commit_plan(make_plan(version=2), [], reason="late")
        assert (await store.get_goal("g1")).status is GoalStatus.FAILED

    async def test_a_plan_without_a_stored_goal_is_stored(self, store: PlanStore) -> None:
        await store.commit_plan(make_plan(goal_id=""), [], reason="by hand")
        assert (await store.get_plan("p1")).goal_id == ""

    async def test_versions_are_told_with_reason_and_difference(self, store: PlanStore) -> None:
        first = make_plan()
        second = make_plan(version=2, tasks=first.tasks[:1], updated_at=NOW + timedelta(hours=1))
        difference = diff_plans(first, second)
        await store.commit_plan(first, [], reason="first version")
        await store.commit_plan(second, [], reason="edited by ana", diff=difference)
        told = await store.list_versions("p1")
        assert [(v.version, v.reason, v.diff) for v in told] == [
            (1, "first version", PlanDiff()),
            (2, "edited by ana", difference),
        ]
        assert [v.created_at for v in told] == [NOW, NOW + timedelta(hours=1)]

    async def test_plans_are_listed_by_their_latest_version(self, store: PlanStore) -> None:
        for number in range(4):
            at = NOW + timedelta(hours=number)
            await store.commit_plan(make_plan(f"p{number}", created_at=at, goal_id=f"g{number % 2}"), [], reason="x")
        newer = make_plan("p0", 2, goal_id="g0", status=PlanStatus.AWAITING_APPROVAL, agent_did="did:web:ana")
        await store.commit_plan(newer, [], reason="y")
        listed = await store.list_plans()
        assert [plan.plan_id for plan in listed] == ["p3", "p2", "p1", "p0"]
        last = listed[-1]
        assert (last.version, last.status, last.task_count) == (2, PlanStatus.AWAITING_APPROVAL, 2)
        assert (last.agent_did, last.goal_text, last.goal_id) == ("did:web:ana", "Ship it", "g0")
        assert [plan.plan_id for plan in await store.list_plans(limit=1)] == ["p3"]
        assert [plan.plan_id for plan in await store.list_plans(goal_id="g1")] == ["p3", "p1"]
        assert [p.plan_id for p in await store.list_plans(status=PlanStatus.AWAITING_APPROVAL)] == ["p0"]
        assert [p.plan_id for p in await store.list_plans(goal_id="g1", status=PlanStatus.DRAFT)] == []

    async def test_counts_are_by_status_of_the_latest(self, store: PlanStore) -> None:
        assert await store.counts() == {"goals": {}, "plans": {}}
        await store.receive(make_goal("g0"), make_run("r0", "g0"), [])
        await waiting(store)
        await store.commit_plan(make_plan("p2"), [], reason="x")
        await store.commit_plan(make_plan("p2", 2, status=PlanStatus.AWAITING_APPROVAL), [], reason="y")
        assert await store.counts() == {"goals": {"pending": 1, "ready": 1}, "plans": {"awaiting_approval": 2}}


class ApprovalsContract:
    async def test_a_request_comes_back_as_it_was_given(self, store: PlanStore) -> None:
        await waiting(store)
        assert await store.get_approval("p1") == await store.get_approval("p1", 1) == make_request()
        assert await store.get_approval("p1", 2) is None
        assert await store.get_approval("none") is None

    async def test_undecided_requests_are_listed_oldest_first(self, store: PlanStore) -> None:
        for number in (2, 1, 3):
            request = make_request(f"p{number}", requested_at=NOW + timedelta(hours=number))
            plan = make_plan(f"p{number}", status=PlanStatus.AWAITING_APPROVAL)
            await store.commit_plan(plan, [], reason="x", approval=request)
        await store.decide("p2", 1, APPROVE, status=PlanStatus.VALIDATED, now=NOW, events=[])
        assert [request.plan_id for request in await store.list_waiting()] == ["p1", "p3"]
        assert [request.plan_id for request in await store.list_waiting(limit=1)] == ["p1"]

    async def test_what_was_withdrawn_or_replaced_waits_no_more(self, store: PlanStore) -> None:
        for number, status in (1, PlanStatus.CANCELLED), (2, PlanStatus.AWAITING_APPROVAL):
            request = make_request(f"p{number}")
            await store.commit_plan(make_plan(f"p{number}", status=status), [], reason="x", approval=request)
        assert [request.plan_id for request in await store.list_waiting()] == ["p2"]
        await store.commit_plan(make_plan("p2", 2), [], reason="replanned")
        assert await store.list_waiting() == []

    async def test_a_decision_is_kept_with_the_plans_next_status(self, store: PlanStore) -> None:
        plan = await waiting(store)
        later = NOW + timedelta(days=3)
        signature = Signature(key_id="k1", value="ab" * 32)
        moved = {"status": PlanStatus.VALIDATED, "now": later, "signature": signature}
        await store.decide("p1", 1, APPROVE, events=[make_event()], **moved)
        decided = make_request(decision=APPROVE, decided_at=later, signature=signature)
        assert await store.get_approval("p1") == decided
        assert await store.get_plan("p1") == plan.to(PlanStatus.VALIDATED, now=later)
        assert len(await store.read_events()) == 1

    async def test_a_decision_survives_the_signature(self, store: PlanStore) -> None:
        await waiting(store)
        await store.decide("p1", 1, APPROVE, status=PlanStatus.VALIDATED, now=NOW, events=[])
        verify(await store.get_plan("p1"), {"k1": KEY})

    async def test_a_rejected_plan_cancels_its_goal(self, store: PlanStore) -> None:
        plan = await waiting(store)
        await store.decide("p1", 1, REJECT, status=PlanStatus.CANCELLED, now=NOW, events=[])
        assert (await store.get_goal("g1")).status is GoalStatus.CANCELLED
        assert await store.get_plan("p1") == plan.to(PlanStatus.CANCELLED, now=NOW)

    async def test_an_edit_is_kept_with_the_version_that_it_leads_to(self, store: PlanStore) -> None:
        plan = await waiting(store)
        decided = edited_request()
        second = make_plan(version=2, tasks=plan.tasks[:1])
        approved = make_request(version=2, decision=APPROVE, decided_at=NOW, signature=decided.signature)
        for _ in range(2):
            await store.commit_plan(second, [make_event()], reason="edited", approval=approved, decided=decided)
        assert await store.get_plan("p1") == second
        assert await store.get_approval("p1") == approved
        assert await store.get_approval("p1", 1) == decided
        assert await store.list_waiting() == []
        assert len(await store.read_events()) == 1

    async def test_a_version_takes_its_place_only_while_the_one_before_is_as_expected(self, store: PlanStore) -> None:
        await store.commit_plan(make_plan(), [], reason="first version")
        late = store.commit_plan(make_plan(version=2), [make_event()], reason="2", expects=PlanStatus.AWAITING_APPROVAL)
        with pytest.raises(PlanningError) as caught:
            await late
        assert caught.value.code is ErrorCode.STORE_CONFLICT
        assert (caught.value.details["expected"], caught.value.details["current"]) == ("awaiting_approval", "validated")
        assert ((await store.get_plan("p1")).version, await store.read_events()) == (1, [])
        for _ in range(2):
            await store.commit_plan(make_plan(version=2), [], reason="2", expects=PlanStatus.VALIDATED)
        assert (await store.get_plan("p1")).version == 2

    async def test_an_edit_of_a_plan_that_waits_no_more_is_refused_whole(self, store: PlanStore) -> None:
        plan = await waiting(store)
        await store.decide("p1", 1, REJECT, status=PlanStatus.CANCELLED, now=NOW, events=[])
        second = make_plan(version=2, tasks=plan.tasks[:1])
        late = store.commit_plan(second, [make_event()], reason="edited", decided=edited_request())
        assert await code_of(late) is ErrorCode.APPROVAL_CONFLICT
        assert (await store.get_plan("p1")).version == 1
        assert await store.get_approval("p1") == make_request(decision=REJECT, decided_at=NOW)
        assert await store.read_events() == []

    async def test_of_an_edit_and_a_decision_at_once_one_is_refused(self, store: PlanStore) -> None:
        plan = await waiting(store)
        second = make_plan(version=2, tasks=plan.tasks[:1])
        answers = await asyncio.gather(
            store.commit_plan(second, [], reason="edited", decided=edited_request()),
            store.decide("p1", 1, REJECT, status=PlanStatus.CANCELLED, now=NOW, events=[]),
            return_exceptions=True,
        )
        assert [e.code for e in answers if isinstance(e, PlanningError)] == [ErrorCode.APPROVAL_CONFLICT]
        edited = (await store.get_plan("p1")).version == 2
        decision = (await store.get_approval("p1", 1)).decision
        assert decision == (edited_request().decision if edited else REJECT)

    async def test_the_same_decision_again_does_nothing(self, store: PlanStore) -> None:
        await waiting(store)
        for _ in range(2):
            await store.decide("p1", 1, APPROVE, status=PlanStatus.VALIDATED, now=NOW, events=[make_event()])
        assert len(await store.read_events()) == 1

    async def test_another_decision_afterwards_is_refused(self, store: PlanStore) -> None:
        await waiting(store)
        await store.decide("p1", 1, APPROVE, status=PlanStatus.VALIDATED, now=NOW, events=[])
        late = store.decide("p1", 1, REJECT, status=PlanStatus.CANCELLED, now=NOW, events=[make_event()])
        assert await code_of(late) is ErrorCode.APPROVAL_CONFLICT
        assert (await store.get_plan("p1")).status is PlanStatus.VALIDATED
        assert await store.read_events() == []

    async def test_of_two_decisions_at_once_one_is_refused(self, store: PlanStore) -> None:
        await waiting(store)
        answers = await asyncio.gather(
            store.decide("p1", 1, APPROVE, status=PlanStatus.VALIDATED, now=NOW, events=[make_event()]),
            store.decide("p1", 1, REJECT, status=PlanStatus.CANCELLED, now=NOW, events=[make_event()]),
            return_exceptions=True,
        )
        assert [e.code for e in answers if isinstance(e, PlanningError)] == [ErrorCode.APPROVAL_CONFLICT]
        assert len(await store.read_events()) == 1

    async def test_a_version_that_does_not_wait_is_not_decided(self, store: PlanStore) -> None:
        await store.commit_plan(make_plan(), [], reason="x")
        for plan_id, version in (("p1", 1), ("p1", 2), ("none", 1)):
            decided = store.decide(plan_id, version, APPROVE, status=PlanStatus.VALIDATED, now=NOW, events=[])
            assert await code_of(decided) is ErrorCode.APPROVAL_CONFLICT

    async def test_a_version_that_was_replaced_is_not_decided(self, store: PlanStore) -> None:
        await waiting(store)
        await store.commit_plan(make_plan(version=2), [], reason="replanned")
        late = store.decide("p1", 1, APPROVE, status=PlanStatus.VALIDATED, now=NOW, events=[])
        assert await code_of(late) is ErrorCode.APPROVAL_CONFLICT

    async def test_an_impossible_next_status_is_refused_and_nothing_is_written(self, store: PlanStore) -> None:
        await waiting(store)
        wrong = store.decide("p1", 1, APPROVE, status=PlanStatus.COMPLETED, now=NOW, events=[make_event()])
        assert await code_of(wrong) is ErrorCode.ILLEGAL_TRANSITION
        assert await store.get_approval("p1") == make_request()
        assert await store.read_events() == []


def make_risk(risk_id: str = "r1", **fields: Any) -> Risk:
    given = {"risk_id": risk_id, "category": "technical", "description": "“ü”", "probability": 0.1, "impact": "high"}
    return Risk(**given | fields)


class RisksContract:
    async def test_risks_change_while_the_plan_stays_what_was_signed(self, store: PlanStore) -> None:
        plan = make_plan(risks=[make_risk(), make_risk("r2", mitigations=["Ask somebody"])])
        await store.commit_plan(plan, [], reason="first version")
        met = make_risk(
            "r2",
            status=RiskStatus.MITIGATED,
            mitigations=["Ask", {"kind": "add_check", "description": "Check"}],
            applied=[{"kind": "add_check", "added": ["c"], "by": "ada"}],
            accepted={"by": "bo", "at": NOW},
        )
        new = make_risk("r3", impact=Impact.LOW, category=RiskCategory.EXTERNAL)
        await store.change_risks("p1", 1, [new, met], [make_event(type=EventType.RISK_RAISED)])
        stored = await store.get_plan("p1")
        assert stored == plan.model_copy(update={"risks": [make_risk(), met, new]})
        verify(stored, {"k1": KEY})
        assert [event.type for event in await store.read_events()] == [EventType.RISK_RAISED]

    async def test_the_same_change_again_does_nothing(self, store: PlanStore) -> None:
        await store.commit_plan(make_plan(), [], reason="first version")
        for _ in range(2):
            await store.change_risks("p1", 1, [make_risk()], [make_event(type=EventType.RISK_RAISED)])
        assert (await store.get_plan("p1")).risks == [make_risk()]
        assert len(await store.read_events()) == 1

    async def test_each_version_has_its_own_risks(self, store: PlanStore) -> None:
        await store.commit_plan(make_plan(), [], reason="first version")
        await store.commit_plan(make_plan(version=2, risks=[make_risk()]), [], reason="second")
        await store.change_risks("p1", 2, [make_risk(probability=0.5)])
        assert ((await store.get_plan("p1", 1)).risks, (await store.get_plan("p1")).risks) == (
            [],
            [make_risk(probability=0.5)],
        )

    async def test_changes_at_once_are_all_kept(self, store: PlanStore) -> None:
        await store.commit_plan(make_plan(), [], reason="first version")
        ids = [f"r{number}" for number in range(8)]
        await asyncio.gather(*(store.change_risks("p1", 1, [make_risk(one)]) for one in ids))
        assert sorted(risk.risk_id for risk in (await store.get_plan("p1")).risks) == ids

    async def test_a_change_is_merged_into_what_is_there(self, store: PlanStore) -> None:
        await store.commit_plan(make_plan(risks=[make_risk(evidence="seen")]), [], reason="first version")
        merge = lambda there, new: there.model_copy(update={"probability": new.probability})  # noqa: E731
        await store.change_risks("p1", 1, [make_risk(probability=0.5), make_risk("r2")], merge=merge)
        assert (await store.get_plan("p1")).risks == [make_risk(evidence="seen", probability=0.5), make_risk("r2")]

    async def test_alerts_are_the_gravest_of_all_plans_that_stand(self, store: PlanStore) -> None:
        grave = {"probability": 0.9, "impact": Impact.CRITICAL}
        ran = {"status": PlanStatus.CANCELLED, "created_at": NOW + timedelta(hours=2)}
        small = [make_risk(probability=0.6), make_risk("r2", probability=0.99, impact=Impact.MEDIUM)]
        over = [make_risk("r3", status=status, **grave) for status in (RiskStatus.ACCEPTED, RiskStatus.CLOSED)]
        await store.commit_plan(make_plan(risks=[make_risk("g", **grave)]), [], reason="first version")
        await store.commit_plan(make_plan("p2", risks=small, created_at=NOW + timedelta(hours=1)), [], reason="1")
        await store.commit_plan(make_plan("p3", risks=[make_risk("r", **grave)], **ran), [], reason="1")
        await store.commit_plan(make_plan("p4", risks=over), [], reason="1")
        await store.change_risks("p2", 1, [make_risk(probability=0.7, status=RiskStatus.OCCURRED)])
        least: dict[str, Any] = {"probability": 0.7, "impact": Impact.HIGH}
        found = await store.list_alerts(**least)
        assert [(one.plan_id, one.version, one.status, one.risk.risk_id) for one in found] == [
            ("p1", 1, PlanStatus.VALIDATED, "g"),
            ("p2", 1, PlanStatus.VALIDATED, "r1"),
        ]
        assert await store.list_alerts(**least, limit=1) == found[:1]
        assert found[0].risk == make_risk("g", **grave)

    async def test_a_version_that_is_not_there_has_no_risks_to_change(self, store: PlanStore) -> None:
        await store.commit_plan(make_plan(), [], reason="first version")
        assert await code_of(store.change_risks("p1", 2, [make_risk()])) is ErrorCode.PLAN_NOT_FOUND
        assert await code_of(store.change_risks("p2", 1, [])) is ErrorCode.PLAN_NOT_FOUND


class EventsContract:
    async def test_events_come_back_in_order_with_growing_ids(self, store: PlanStore) -> None:
        received, created = make_event("", EventType.GOAL_RECEIVED), make_event()
        await store.receive(make_goal(), make_run(), [received])
        await store.commit_plan(make_plan(), [created, make_event(type=EventType.PLAN_VALIDATED)], reason="x")
        told = await store.read_events()
        assert [event.type for event in told] == [
            EventType.GOAL_RECEIVED, EventType.PLAN_CREATED, EventType.PLAN_VALIDATED,
        ]  # fmt: skip
        ids = [event.event_id or 0 for event in told]
        assert ids == sorted(set(ids))
        assert [event.model_copy(update={"event_id": None}) for event in told[:2]] == [received, created]

    async def test_a_reader_goes_on_after_the_last_one_it_saw(self, store: PlanStore) -> None:
        for number in range(5):
            await store.commit_plan(make_plan(f"p{number}"), [make_event(f"p{number}")], reason="x")
        seen: list[str] = []
        after = 0
        while page := await store.read_events(after=after, limit=2):
            seen += [event.plan_id for event in page]
            after = page[-1].event_id or 0
        assert seen == [f"p{number}" for number in range(5)]

    async def test_events_of_one_plan(self, store: PlanStore) -> None:
        for name in ("p1", "p2"):
            await store.commit_plan(make_plan(name), [make_event(name), make_event(name)], reason="x")
        told = await store.read_events(plan_id="p2")
        assert [event.plan_id for event in told] == ["p2", "p2"]
        assert await store.read_events(plan_id="p2", after=told[-1].event_id or 0) == []


class PlanStoreContract(GoalsContract, PlansContract, ApprovalsContract, RisksContract, EventsContract):
    """All of it."""


class ModelAnswersContract:
    async def test_an_unknown_answer_is_none(self, answers: ModelAnswers) -> None:
        assert await answers.get("r1", "hash") is None

    async def test_an_answer_comes_back_as_it_was_given(self, answers: ModelAnswers) -> None:
        answer = ModelAnswer(
            text='{"steps": ["ü \\n 日本"]}', model="ollama:x", finish="length", input_tokens=7, latency_ms=0.1
        )
        await answers.put("r1", "hash", answer)
        assert await answers.get("r1", "hash") == answer
        assert await answers.get("r1", "other") is None
        assert await answers.get("r2", "hash") is None

    async def test_the_first_answer_stays(self, answers: ModelAnswers) -> None:
        first = ModelAnswer(text="first", model="m")
        await answers.put("r1", "hash", first)
        await answers.put("r1", "hash", ModelAnswer(text="second", model="m"))
        assert await answers.get("r1", "hash") == first

    async def test_the_answers_to_a_run_come_in_the_order_of_asking(self, answers: ModelAnswers) -> None:
        later, first = NOW + timedelta(seconds=1), NOW
        asked = [PromptMessage(role="human", content="What?")]
        await answers.put("r1", "a", ModelAnswer(text="second", model="m", asked_at=later, prompt=asked))
        await answers.put("r1", "b", ModelAnswer(text="first", model="m", asked_at=first))
        await answers.put("r2", "c", ModelAnswer(text="another run's", model="m", asked_at=first))
        given = await answers.of_run("r1")
        assert [answer.text for answer in given] == ["first", "second"]
        assert given[1].prompt == asked
