"""The planning graph from end to end, on stores in memory."""

import typing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from langgraph.types import Command

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.goal import DecompositionStrategy, Goal, GoalConstraints
from groundplan.domain.lifecycle import GoalStatus, PlanStatus
from groundplan.domain.outline import Origin, Outline, OutlineDependency, OutlineStep
from groundplan.graph import planner as planner_module
from groundplan.graph.planner import NODES, build_planner
from groundplan.service import PlanningService, Settings
from groundplan.stores.memory import MemoryPlanCache
from groundplan.testing import memory_resources

LISTED = "Make tea:\n1. Boil water\n2. Warm the pot\n3. Brew the tea, after 1 and 2"
RISKY = "1. List the closed accounts\n2. Delete these accounts from the production database"


@pytest.fixture
async def service(tmp_path):
    async with PlanningService(settings=Settings.load(home=tmp_path), resources=memory_resources()) as opened:
        yield opened


async def nodes_of(service, goal, **options):
    return [event.node async for event in service.stream_plan(goal, **options)]


async def test_a_goal_that_lists_its_steps_goes_straight_through(service):
    nodes = await nodes_of(service, LISTED)
    assert nodes == [
        "sanitize", "recall", "match_template", "resolve", "estimate", "schedule", "assess", "validate",
        "commit", "approve", "end",
    ]  # fmt: skip


async def test_the_plan_is_signed_scheduled_and_stored(service):
    plan = await service.create_plan(LISTED)
    assert plan.status is PlanStatus.VALIDATED
    assert [task.name for task in plan.tasks] == ["Boil water", "Warm the pot", "Brew the tea, after 1 and 2"]
    assert plan.tasks[2].predecessors == [plan.tasks[0].task_id, plan.tasks[1].task_id]
    assert plan.signature is not None
    assert plan.schedule is not None
    assert plan.schedule.critical_path[-1] == plan.tasks[2].task_id
    assert (await service.get_plan(plan.plan_id)) == plan
    assert (await service.get_goal(plan.goal_id)).status is GoalStatus.READY


@pytest.mark.parametrize("mode", ["steps", "ends"])
async def test_both_checkpoint_modes_make_the_same_plan(service, mode):
    plan = await service.create_plan(LISTED, mode=mode)
    assert len(plan.tasks) == 3
    views = await service.history(plan.metadata.run_id)
    assert len(views) == (1 if mode == "ends" else 12)


async def test_history_tells_which_node_changed_what(service):
    plan = await service.create_plan(LISTED)
    views = await service.history(plan.metadata.run_id)
    changed = {view.node: list(view.changed) for view in views}
    assert changed["estimate"] == ["estimates"]
    assert changed["commit"] == ["plan"]


@pytest.mark.parametrize(
    ("text", "shared"),
    [
        (LISTED, False),
        ("Organize a conference for 200 people", True),
        ("\n".join(f"{number}. Check it" for number in range(2000)), True),  # is read, but not kept to be asked again
    ],
)
async def test_other_processes_are_asked_only_for_what_takes_longer_to_make(tmp_path, text, shared):
    asked = []

    class Cache(MemoryPlanCache):
        async def get(self, key, *, shared=True):
            asked.append(shared)
            return await super().get(key)

        async def put(self, key, outline, *, shared=True):
            asked.append(shared)
            await super().put(key, outline)

    resources = replace(memory_resources(), cache=Cache())
    settings = Settings.load(home=tmp_path, max_tasks=5000, planning_horizon_days=10_000)
    async with PlanningService(settings=settings, resources=resources) as service:
        await service.create_plan(text)
    assert asked == [shared, shared]


async def test_the_same_goal_is_recalled_with_new_ids(service):
    first = await service.create_plan(LISTED)
    nodes = await nodes_of(service, LISTED)
    assert "match_template" not in nodes
    second = await service.create_plan(LISTED)
    assert second.metadata.cache_hit
    assert second.plan_id != first.plan_id
    assert not {task.task_id for task in first.tasks} & {task.task_id for task in second.tasks}


async def test_a_refused_goal_leaves_a_row_and_an_event(service):
    with pytest.raises(PlanningError) as caught:
        await service.create_plan("Tidy up; rm -rf /")
    assert caught.value.code is ErrorCode.GOAL_REFUSED
    assert {"rule", "position", "run_id"} <= caught.value.details.keys()
    (goal,) = await service.list_goals()
    assert goal.status is GoalStatus.FAILED
    events = await service.context.store.read_events()
    assert [event.type.value for event in events] == ["goal.received", "goal.refused"]


async def test_without_template_and_model_the_error_says_what_to_do(service):
    with pytest.raises(PlanningError) as caught:
        await service.create_plan("Zorble the quux until it frobnicates")
    assert caught.value.code is ErrorCode.NO_DECOMPOSER
    assert "GROUNDPLAN_MODEL" in caught.value.recovery_suggestion
    (goal,) = await service.list_goals(status="failed")
    assert goal.metadata["error"]["code"] == "E5101"


async def test_strategy_template_does_not_ask_a_model(service):
    goal = Goal(goal_text="Zorble the quux", decomposition_strategy=DecompositionStrategy.TEMPLATE)
    with pytest.raises(PlanningError, match="E5101"):
        await service.create_plan(goal)


async def test_a_risky_plan_waits_and_passes_when_approved(service):
    plan = await service.create_plan(RISKY)
    assert plan.status is PlanStatus.AWAITING_APPROVAL
    (waiting,) = await service.list_waiting()
    assert waiting.plan_id == plan.plan_id
    approved = await service.approve_plan(plan.plan_id, by="ada", why="rehearsed")
    assert approved.status is PlanStatus.VALIDATED
    decided = await service.get_approval(plan.plan_id)
    assert decided.decision.by == "ada"
    assert await service.list_waiting() == []


async def test_a_rejected_plan_is_cancelled_with_its_goal(service):
    plan = await service.create_plan(RISKY)
    rejected = await service.reject_plan(plan.plan_id, by="ada", why="not today")
    assert rejected.status is PlanStatus.CANCELLED
    assert (await service.get_goal(plan.goal_id)).status is GoalStatus.CANCELLED


async def test_an_edit_makes_the_next_version_with_the_same_task_ids(service):
    from groundplan.domain.patch import PlanPatch

    plan = await service.create_plan(RISKY)
    keep, drop = plan.tasks
    patch = PlanPatch(remove=[drop.task_id], change={keep.task_id: {"description": "only those before 2020"}})
    edited = await service.approve_plan(plan.plan_id, by="ada", why="nothing is deleted", patch=patch)
    assert (edited.version, edited.revises, edited.status) == (2, 1, PlanStatus.VALIDATED)
    assert [task.task_id for task in edited.tasks] == [keep.task_id]
    first, second = await service.list_versions(plan.plan_id)
    assert second.diff.removed == [drop.task_id]
    assert "ada" in second.reason
    assert first.version == 1


async def test_an_edit_that_does_not_hold_is_refused_and_the_gate_waits_on(service):
    from groundplan.domain.patch import PlanPatch
    from groundplan.domain.task import TaskDependency

    plan = await service.create_plan(RISKY)
    first, second = plan.tasks
    cycle = PlanPatch(rewire={first.task_id: [TaskDependency(task_id=second.task_id)]})
    with pytest.raises(PlanningError) as caught:
        await service.approve_plan(plan.plan_id, by="ada", patch=cycle)
    assert caught.value.code is ErrorCode.DEPENDENCY_CYCLE
    assert len(await service.list_waiting()) == 1
    assert (await service.get_goal(plan.goal_id)).status is GoalStatus.READY
    approved = await service.approve_plan(plan.plan_id, by="ada")
    assert approved.status is PlanStatus.VALIDATED


async def test_a_plan_is_decided_on_once(service):
    plan = await service.create_plan(RISKY)
    await service.approve_plan(plan.plan_id, by="ada")
    with pytest.raises(PlanningError, match="E5202"):
        await service.reject_plan(plan.plan_id, by="bob")


async def test_a_plan_that_does_not_wait_cannot_be_approved(service):
    plan = await service.create_plan(LISTED)
    with pytest.raises(PlanningError, match="E5202"):
        await service.approve_plan(plan.plan_id, by="ada")


async def test_an_impossible_deadline_is_refused_with_the_reason(service):
    soon = datetime.now(UTC) + timedelta(seconds=30)
    goal = Goal(goal_text=LISTED, constraints=GoalConstraints(deadline=soon))
    with pytest.raises(PlanningError) as caught:
        await service.create_plan(goal)
    assert caught.value.code is ErrorCode.VALIDATION_FAILED
    assert caught.value.details["errors"][0]["path"] == "schedule"


async def test_a_cycle_in_a_given_outline_is_refused_with_its_path(tmp_path):
    async def cyclic(state, runtime):
        steps = [
            OutlineStep(key="a", name="Dig", depends_on=[OutlineDependency(key="b")]),
            OutlineStep(key="b", name="Fill", depends_on=[OutlineDependency(key="a")]),
        ]
        return {"outline": Outline(steps=steps, origin=Origin(strategy="numbered"))}

    service = PlanningService(
        settings=Settings.load(home=tmp_path), resources=memory_resources(), nodes={"match_template": cyclic}
    )
    async with service:
        with pytest.raises(PlanningError) as caught:
            await service.create_plan("Dig a hole")
    assert caught.value.code is ErrorCode.DEPENDENCY_CYCLE
    assert len(caught.value.details["cycle"]) == 3


async def test_the_graph_takes_bare_text_and_fields_as_goals(service):
    planner = build_planner().compile(checkpointer=service.checkpointer)
    for number, given in enumerate([LISTED, {"goal_text": LISTED, "priority": 9}]):
        config = {"configurable": {"thread_id": f"bare-{number}"}}
        state = await planner.ainvoke({"goal": given}, config, context=service.context)
        assert len(state["plan"].tasks) == 3


async def test_malformed_fields_are_refused_in_words(service):
    planner = build_planner().compile(checkpointer=service.checkpointer)
    config = {"configurable": {"thread_id": "malformed"}}
    with pytest.raises(PlanningError, match="priority"):
        await planner.ainvoke({"goal": {"goal_text": "x", "priority": 99}}, config, context=service.context)


async def test_without_a_thread_id_the_error_says_how_to_give_one(service):
    planner = build_planner().compile()
    with pytest.raises(PlanningError) as caught:
        await planner.ainvoke({"goal": LISTED}, context=service.context)
    assert "thread_id" in caught.value.recovery_suggestion


async def test_the_gate_can_be_answered_with_a_plain_command(service):
    planner = build_planner().compile(checkpointer=service.checkpointer)
    config = {"configurable": {"thread_id": "by-hand"}}
    state = await planner.ainvoke({"goal": RISKY}, config, context=service.context)
    assert state["__interrupt__"][0].value["plan_id"] == state["plan"].plan_id
    state = await planner.ainvoke(Command(resume={"verdict": "perhaps"}), config, context=service.context)
    assert state["__interrupt__"][0].value["refused"]["code"] == "E5202"
    state = await planner.ainvoke(Command(resume={"verdict": "approve", "by": "ada"}), config, context=service.context)
    assert state["plan"].status is PlanStatus.VALIDATED


def test_unknown_replacements_are_refused():
    with pytest.raises(PlanningError, match="E5806"):
        build_planner(nodes={"dream": NODES["sanitize"]})


@pytest.mark.parametrize("name", sorted(NODES))
def test_langgraph_can_read_the_types_of_every_node(name):
    hints = typing.get_type_hints(NODES[name])
    assert {"state", "runtime", "return"} <= hints.keys()


@pytest.mark.parametrize("router", ["after_recall", "after_match", "after_resolve", "after_validate", "after_approve"])
def test_langgraph_can_read_the_types_of_every_router(router):
    assert typing.get_type_hints(getattr(planner_module, router))["state"] is not None
