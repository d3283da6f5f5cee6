"""What holds for every store of feedback and of evaluations: the one in memory, and Postgres."""

import asyncio
from datetime import timedelta

import pytest

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.evaluation import Evaluation, Judge, TemplateScore
from groundplan.domain.events import Event, EventType
from groundplan.domain.execution import ExecutionRun, RunStatus
from groundplan.domain.feedback import Feedback, Issue, IssueStatus, KeptFeedback
from groundplan.domain.ledger import EntryKind, LedgerEntry
from groundplan.domain.lifecycle import PlanStatus, TaskStatus
from groundplan.domain.risk import Impact
from groundplan.stores.run_protocol import RunChange
from tests.contracts.plan_store import NOW, make_goal, make_plan, make_run

TASK = "p1-1"


def kept(key="k1", **fields):
    said = {"task_id": TASK, "percent": 40, "note": "“half” ü"} | fields
    return KeptFeedback(plan_id="p1", run_id="x1", attempt=1, at=NOW, feedback=Feedback(idempotency_key=key, **said))


def issue(**fields):
    known = {"plan_id": "p1", "issue_id": "i1", "task_id": TASK, "title": "The key is lost", "severity": "high"}
    times = {"status": "open", "opened_by": "ada", "opened_at": NOW, "changed_at": NOW}
    return Issue(**(known | times | fields))


def progress(at=NOW, **data):
    told = {"task_id": TASK} | data
    return Event(type=EventType.TASK_PROGRESS, at=at, goal_id="g1", plan_id="p1", run_id="x1", data=told)


def evaluation(name="e1", **fields):
    known = {"evaluation_id": name, "plan_id": "p1", "task_id": TASK, "run_id": "x1", "judge": "person", "by": "ada"}
    return Evaluation(**(known | {"score": 0.5, "why": "“fine” ü", "at": NOW} | fields))


@pytest.fixture
async def begun(plans, runs):
    """Plan p1, whose run x1 has begun its first task."""
    await plans.receive(make_goal(), make_run(), [])
    await plans.commit_plan(make_plan(), [], reason="first")
    await runs.open_run(ExecutionRun(run_id="x1", plan_id="p1", goal_id="g1", agent_did="did:x:y", created_at=NOW), [])
    lease = await runs.take_lease("x1", "me", 15.0)
    await runs.append(lease, [LedgerEntry(task_id=TASK, attempt=1, kind=EntryKind.CLAIMED, at=NOW)])
    return lease


class FeedbackStoreContract:
    async def test_there_is_no_standing_of_a_plan_that_is_not_there(self, store):
        with pytest.raises(PlanningError) as raised:
            await store.standing("nope", None, "k")
        assert raised.value.code is ErrorCode.PLAN_NOT_FOUND

    async def test_a_plan_that_was_never_run_stands_at_its_latest_version(self, store, plans):
        await plans.receive(make_goal(), make_run(), [])
        await plans.commit_plan(make_plan(), [], reason="first")
        found = await store.standing("p1", TASK, "k1")
        assert (found.goal_id, found.has_task, found.run_id, found.run_version) == ("g1", True, None, 1)
        assert (found.status, found.is_reported, found.digest) == (TaskStatus.PENDING, False, None)

    async def test_a_task_stands_where_the_ledger_has_it(self, store, begun):
        found = await store.standing("p1", TASK, "k1")
        assert (found.run_id, found.run_status, found.status, found.attempt) == (
            "x1",
            RunStatus.RUNNING,
            "executing",
            1,
        )
        other = await store.standing("p1", "p1-2", "k1")
        assert (other.has_task, other.status, other.attempt) == (True, TaskStatus.PENDING, 0)
        assert not (await store.standing("p1", "nope", "k1")).has_task

    async def test_what_was_reported_comes_back_as_it_was(self, store, begun):
        said = kept(status="completed", output={"a": [1, None]}, actuals={"duration_seconds": 1.5, "tokens": 3})
        assert await store.record(said, [], [], is_report=True)
        assert await store.list_feedback("p1") == [said]
        assert (await store.standing("p1", TASK, "k1")).digest == said.feedback.digest

    async def test_the_latest_comes_first_and_can_be_asked_for_by_task(self, store, begun):
        for key, task_id in (("k1", TASK), ("k2", "p1-2"), ("k3", TASK)):
            await store.record(kept(key, task_id=task_id), [], [], is_report=False)
        found = await store.list_feedback("p1", task_id=TASK)
        assert [one.feedback.idempotency_key for one in found] == ["k3", "k1"]
        assert len(await store.list_feedback("p1", limit=2)) == 2
        assert await store.list_feedback("p2") == []

    async def test_the_same_again_does_nothing(self, store, plans, begun):
        before = len(await plans.read_events())
        told = [await store.record(kept(), [issue()], [progress()], is_report=False) for _ in range(2)]
        assert told == [True, False]
        assert len(await plans.read_events()) == before + 1
        assert len(await store.list_feedback("p1")) == 1

    async def test_the_same_at_the_same_time_is_kept_once(self, store, plans, begun):
        before = len(await plans.read_events())
        told = await asyncio.gather(*(store.record(kept(), [], [progress()], is_report=False) for _ in range(5)))
        assert sorted(told) == [False] * 4 + [True]
        assert len(await plans.read_events()) == before + 1

    async def test_other_content_under_the_same_key_is_refused(self, store, begun):
        await store.record(kept(), [], [], is_report=False)
        with pytest.raises(PlanningError) as raised:
            await store.record(kept(percent=41), [issue()], [], is_report=False)
        assert raised.value.code is ErrorCode.STORE_CONFLICT
        assert await store.list_issues() == []

    async def test_an_issue_goes_on_from_where_it_was(self, store, begun):
        await store.record(kept("k1"), [issue()], [], is_report=False)
        later = NOW + timedelta(hours=1)
        moved = issue(status="escalated", severity="critical", changed_at=later)
        await store.record(kept("k2"), [moved], [], is_report=False)
        assert await store.list_issues(plan_id="p1") == [moved]
        assert await store.list_issues(status=IssueStatus.OPEN) == []
        assert [one.severity for one in await store.list_issues(issue_id="i1")] == [Impact.CRITICAL]

    async def test_the_latest_of_each_task_is_told_for_one_run(self, store, begun):
        for number, (percent, took) in enumerate([(30, None), (60, {"duration_seconds": 9.5}), (50, None)]):
            said = kept(f"k{number}", percent=percent, actuals=took)
            said = said.model_copy(update={"at": NOW + timedelta(minutes=number)})
            await store.record(said, [], [progress(said.at, percent=percent, attempt=1)], is_report=False)
        await store.record(kept("k9", task_id="p1-2", percent=None, note="on it"), [], [], is_report=False)
        found = {report.task_id: report for report in await store.task_reports("p1", "x1")}
        one, other = found[TASK], found["p1-2"]
        assert (one.attempt, one.percent, one.highest, one.heard_at) == (1, 50, 60, NOW + timedelta(minutes=2))
        assert (one.actuals.duration_seconds, one.actuals.tokens) == (9.5, 0)
        assert (other.percent, other.actuals, other.heard_at) == (None, None, NOW)
        assert await store.task_reports("p1", "x2") == []
        assert await store.task_reports("p1", None) == []

    async def test_another_attempt_is_told_of_afresh(self, store, begun):
        for number, (attempt, percent) in enumerate([(1, 90), (2, 10)]):
            told = progress(NOW, percent=percent, attempt=attempt)
            await store.record(kept(f"k{number}", percent=percent), [], [told], is_report=False)
        (one,) = await store.task_reports("p1", "x1")
        assert (one.attempt, one.percent, one.highest) == (2, 10, 10)

    async def test_what_was_told_before_any_run_is_kept_apart(self, store, begun):
        said = kept(percent=5).model_copy(update={"run_id": None, "attempt": 0})
        told = progress(NOW, percent=5, attempt=0).model_copy(update={"run_id": ""})
        await store.record(said, [], [told], is_report=False)
        assert [report.percent for report in await store.task_reports("p1", None)] == [5]
        assert await store.task_reports("p1", "x1") == []

    async def test_events_can_be_asked_for_by_type(self, store, begun):
        told = [Event(type=kind, at=NOW, plan_id="p1") for kind in ("plan.drifted", "task.ready", "plan.kept")]
        await store.record(kept(), [], told, is_report=False)
        found = await store.told("p1", [EventType.PLAN_DRIFTED, EventType.PLAN_KEPT])
        assert [event.type.value for event in found] == ["plan.drifted", "plan.kept"]
        assert all(event.event_id for event in found)
        assert await store.told("p2", [EventType.PLAN_DRIFTED]) == []

    async def test_a_report_is_taken_by_one_attempt(self, store, begun):
        said = kept(percent=None, status="completed", output=7)
        assert await store.take_report("x1", TASK, 1) is None
        await store.record(said, [], [], is_report=True)
        assert (await store.standing("p1", TASK, "k2")).is_reported
        assert await store.take_report("x1", TASK, 1) == said.feedback
        assert await store.take_report("x1", TASK, 1) == said.feedback
        assert await store.take_report("x1", TASK, 2) is None
        assert not (await store.standing("p1", TASK, "k2")).is_reported

    async def test_a_report_that_is_returned_can_be_taken_by_the_next_attempt(self, store, begun):
        await store.record(kept(status="failed"), [], [], is_report=True)
        await store.take_report("x1", TASK, 1)
        await store.return_report("x1", TASK, 1)
        assert await store.take_report("x1", TASK, 2) is not None

    async def test_what_is_no_report_is_not_taken(self, store, begun):
        await store.record(kept(), [], [], is_report=False)
        assert await store.take_report("x1", TASK, 1) is None

    async def test_the_latest_run_counts(self, store, plans, runs, begun):
        await runs.change_run("x1", RunChange(status=RunStatus.FAILED, now=NOW, plan=PlanStatus.FAILED))
        assert (await store.standing("p1", TASK, "k")).run_status is RunStatus.FAILED


class EvaluationStoreContract:
    async def test_scores_come_back_as_they_were(self, store):
        given = evaluation(judge=Judge.MODEL, criterion="“it” is done", template="release")
        await store.add_evaluations([given])
        await store.add_evaluations([given])
        assert await store.list_evaluations() == [given]

    async def test_they_are_found_by_plan_and_by_task(self, store):
        later = NOW + timedelta(hours=1)
        some = [evaluation("e1"), evaluation("e2", task_id="p1-2", at=later), evaluation("e3", plan_id="p2")]
        await store.add_evaluations(some)
        assert [one.evaluation_id for one in await store.list_evaluations(plan_id="p1")] == ["e2", "e1"]
        assert [one.evaluation_id for one in await store.list_evaluations(task_id="p1-2")] == ["e2"]
        assert len(await store.list_evaluations(limit=1)) == 1

    async def test_none_is_none(self, store):
        await store.add_evaluations([])
        assert (await store.list_evaluations(), await store.template_scores()) == ([], [])

    async def test_each_task_of_a_template_counts_once(self, store):
        await store.add_evaluations(
            [
                evaluation("e1", template="release", criterion="a", score=1.0),
                evaluation("e2", template="release", criterion="b", score=0.0),
                evaluation("e3", template="release", task_id="p2-1", plan_id="p2", score=1.0),
                evaluation("e4", template="party", score=0.9),
                evaluation("e5", score=0.1),
            ]
        )
        assert await store.template_scores() == [
            TemplateScore(template="party", plans=1, tasks=1, mean=0.9),
            TemplateScore(template="release", plans=2, tasks=2, mean=0.75),
        ]
