"""What each rule makes of a failed plan: the graph that is expected, and where the rule keeps its hands off."""

import pytest

from groundplan.domain.agents import AgentCapability
from groundplan.domain.errors import ErrorCode
from groundplan.domain.goal import GoalConstraints
from groundplan.domain.ledger import TaskState
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.patch import PlanPatch, apply_patch
from groundplan.domain.replanning import Rule, propose_by_rules
from groundplan.domain.task import DependencyKind, TaskDependency
from groundplan.domain.tools import ToolSpec
from groundplan.domain.validation import Surroundings
from tests.plan_factories import plan, task

ANA = AgentCapability(agent_id="ana", capabilities=["writing"])
BOB = AgentCapability(agent_id="bob", capabilities=["writing"])
WEB = {
    name: ToolSpec(
        name=name,
        arguments={"type": "object", "properties": {"url": {"type": "string"}}, "required": ["url"]},
    )
    for name in ("web.get", "web.archive", "web.cache")
}
READ = ToolSpec(name="file.read", arguments={"type": "object", "properties": {"path": {"type": "string"}}})


def states(**statuses):
    """States by task id: a status, or the fields of a state of a failed task."""
    return {
        task_id: TaskState(status=TaskStatus(given)) if isinstance(given, str) else TaskState(**given)
        for task_id, given in statuses.items()
    }


def failed(agent=None, code=ErrorCode.TASK_FAILED):
    return {"status": TaskStatus.FAILED, "agent": agent, "error": {"code": code.value}}


def on(task_id, **fields):
    return TaskDependency(task_id=task_id, **fields)


def then(task_id):
    """A wait that stands only for the written order."""
    return on(task_id, order_only=True)


def data(task_id):
    return on(task_id, kind="data", output="path", input="file")


def waits(made, proposal):
    """Which task waits for which after the patch."""
    return {one.task_id: one.predecessors for one in apply_patch(made.tasks, proposal.patch)}


def around(*, tools=None, agents=(), **constraints):
    return Surroundings(tools=tools or {}, agents=agents, constraints=GoalConstraints(**constraints))


# Another agent.

WRITE = task("write", "read", required_capabilities=["writing"])
WRITING = plan(task("read"), WRITE, task("send", "write"))
WROTE_BADLY = states(read="completed", write=failed("ana"))


def test_another_agent_tries_it_and_the_graph_stays():
    proposal = propose_by_rules(WRITING, WROTE_BADLY, around(agents=[ANA, BOB]))
    assert proposal.patch == PlanPatch(change={"write": {"excluded_agents": ["ana"]}})
    assert waits(WRITING, proposal) == {"read": [], "write": ["read"], "send": ["write"]}
    assert [(one.rule, one.task_ids) for one in proposal.applied] == [(Rule.RETRY_ELSEWHERE, ("write",))]
    assert "failed with agent 'ana'" in proposal.why and "bob" in proposal.why


@pytest.mark.parametrize(
    ("agents", "state"),
    [
        ([ANA], failed("ana")),
        ([ANA, BOB.model_copy(update={"available": False})], failed("ana")),
        ([ANA, BOB.model_copy(update={"capabilities": ["law"]})], failed("ana")),
        ([ANA, BOB], failed(None)),
        ([ANA, BOB], failed("ana", ErrorCode.BINDING_INVALID)),
        ([ANA, BOB], failed("ana", ErrorCode.ARGUMENTS_INVALID)),
        ([ANA, BOB], failed("ana", ErrorCode.RESOURCE_EXCEEDED)),
    ],
    ids=["alone", "away", "not capable", "no agent did it", "no output", "bad inputs", "no budget"],
)
def test_nobody_else_is_asked_where_that_is_no_help(agents, state):
    assert propose_by_rules(WRITING, states(read="completed", write=state), around(agents=agents)) is None


def test_no_third_agent_is_asked():
    again = plan(task("read"), WRITE.model_copy(update={"excluded_agents": ["ana"]}))
    third = AgentCapability(agent_id="eve", capabilities=["writing"])
    assert propose_by_rules(again, states(write=failed("bob")), around(agents=[ANA, BOB, third])) is None


# Another tool.

FETCH = task("fetch", tool="web.get", inputs={"url": "http://a"}, alternatives=["ftp.get", "web.archive", "web.cache"])
FETCHING = plan(FETCH, task("parse", data("fetch")))


def test_the_first_alternative_that_is_there_takes_over_and_is_used_up():
    proposal = propose_by_rules(FETCHING, states(fetch=failed()), around(tools=WEB))
    fetch, parse = apply_patch(FETCHING.tasks, proposal.patch)
    assert (fetch.tool, fetch.inputs, fetch.alternatives) == ("web.archive", {"url": "http://a"}, ["web.cache"])
    assert parse == FETCHING.task("parse")
    assert proposal.applied[0].rule is Rule.ALTERNATIVE_TOOL
    assert "failed with web.get, so it is done with web.archive" in proposal.why


def test_when_all_alternatives_are_used_up_there_is_no_other_way():
    tried = []
    now = FETCHING
    while proposal := propose_by_rules(now, states(fetch=failed()), around(tools=WEB)):
        now = now.model_copy(update={"tasks": apply_patch(now.tasks, proposal.patch)})
        tried.append(now.task("fetch").tool)
    assert tried == ["web.archive", "web.cache"]


@pytest.mark.parametrize(
    ("changed", "constraints"),
    [
        ({"alternatives": ["file.read"]}, {}),
        ({"inputs": {"url": "http://a", "dry_run": True}}, {}),
        ({"inputs": {"url": 1}}, {}),
        ({}, {"forbidden_tools": ["web.archive", "web.cache"]}),
        ({}, {"required_tools": ["web.get"]}),
        ({"required_capabilities": ["surfing"]}, {}),
    ],
    ids=["lacks an input", "would lose an input", "wrong type", "forbidden", "the goal wants the old one", "no agent"],
)
def test_a_tool_that_does_not_fit_is_not_taken(changed, constraints):
    made = plan(FETCH.model_copy(update=changed))
    known = around(tools=WEB | {"file.read": READ}, agents=[ANA], **constraints)
    assert propose_by_rules(made, states(fetch=failed()), known) is None


def test_inputs_that_are_bound_to_outputs_fit_any_type():
    made = plan(task("a"), FETCH.model_copy(update={"inputs": {"url": "${a.output.url}"}, "dependencies": [data("a")]}))
    assert propose_by_rules(made, states(a="completed", fetch=failed()), around(tools=WEB))


def test_a_tool_that_cannot_be_undone_is_said_to_be_and_the_old_undoing_is_not_run():
    undo = {"description": "Delete the copy", "tool": "web.drop", "inputs": {"id": 1}}
    made = plan(task("fetch", tool="web.get", alternatives=["web.buy"], compensation=undo, excluded_agents=["ana"]))
    bought = around(tools={"web.buy": ToolSpec(name="web.buy", irreversible=True)})
    (fetch,) = apply_patch(made.tasks, propose_by_rules(made, states(fetch=failed()), bought).patch)
    assert fetch.irreversible and fetch.excluded_agents == []
    assert (fetch.compensation.description, fetch.compensation.tool) == ("Delete the copy", None)


def test_another_agent_is_tried_before_another_tool():
    made = plan(FETCH.model_copy(update={"required_capabilities": ["writing"]}))
    known = around(tools=WEB, agents=[ANA, BOB])
    first = propose_by_rules(made, states(fetch=failed("ana")), known)
    second = propose_by_rules(
        made.model_copy(update={"tasks": apply_patch(made.tasks, first.patch)}), states(fetch=failed("bob")), known
    )
    assert [first.applied[0].rule, second.applied[0].rule] == [Rule.RETRY_ELSEWHERE, Rule.ALTERNATIVE_TOOL]


# Doing without.


def test_an_optional_task_is_dropped_with_what_needs_it_and_the_order_of_the_rest_is_kept():
    made = plan(
        task("a"),
        task("b", "a", optional=True),
        task("c", data("b"), optional=True),
        task("d", data("c"), optional=True),
        task("e", "b", "d"),
    )
    proposal = propose_by_rules(made, states(a="completed", b=failed()))
    assert waits(made, proposal) == {"a": [], "e": ["a"]}
    assert proposal.applied[0].rule is Rule.DROP_OPTIONAL


@pytest.mark.parametrize(
    "needing",
    [
        task("c", data("b")),
        task("c", "b", inputs={"x": ["${b.output.rows}"]}),
        task("c", on("b", kind=DependencyKind.CONDITIONAL, condition="status == 'failed'")),
        task("c", "b", condition="tasks.b.status == 'completed'"),
        task("c", "b", compensation={"description": "Undo", "tool": "x.undo", "inputs": {"id": "${b.output.id}"}}),
    ],
    ids=["data", "binding", "conditional", "condition", "compensation"],
)
def test_an_optional_task_that_a_required_one_needs_is_not_dropped(needing):
    assert propose_by_rules(plan(task("b", optional=True), needing), states(b=failed())) is None


def test_a_required_task_is_not_dropped():
    assert propose_by_rules(plan(task("a"), task("b")), states(a=failed())) is None


def test_an_optional_task_is_not_dropped_from_under_one_that_is_over():
    made = plan(task("b", optional=True), task("c", "b"), task("d"))
    assert propose_by_rules(made, states(b=failed(), c="in_doubt")) is None


def test_nothing_is_no_plan():
    assert propose_by_rules(plan(task("a", optional=True)), states(a=failed())) is None


# Several failures.


def test_every_failed_task_has_its_own_rule():
    made = plan(FETCH, WRITE.model_copy(update={"dependencies": []}), task("c", "fetch", optional=True), task("d", "c"))
    known = around(tools=WEB, agents=[ANA, BOB])
    proposal = propose_by_rules(made, states(fetch=failed(), write=failed("ana"), c=failed()), known)
    assert [(one.rule.value, *one.task_ids) for one in proposal.applied] == [
        ("alternative_tool", "fetch"), ("retry_elsewhere", "write"), ("drop_optional", "c"),
    ]  # fmt: skip
    assert waits(made, proposal) == {"fetch": [], "write": [], "d": ["fetch"]}


def test_one_required_task_without_another_way_leaves_none():
    made = plan(FETCH, task("b"))
    assert propose_by_rules(made, states(fetch=failed(), b=failed()), around(tools=WEB)) is None


def test_an_optional_task_without_another_way_does_not_stand_in_the_way():
    made = plan(FETCH, task("b", optional=True), task("c", data("b")))
    proposal = propose_by_rules(made, states(fetch=failed(), b=failed()), around(tools=WEB))
    assert [one.task_ids for one in proposal.applied] == [("fetch",)]


def test_a_failure_that_another_task_took_up_is_none():
    handler = task("c", on("b", kind=DependencyKind.CONDITIONAL, condition="status == 'failed'"))
    made = plan(FETCH, task("b"), handler)
    proposal = propose_by_rules(made, states(fetch=failed(), b=failed(), c="completed"), around(tools=WEB))
    assert [one.task_ids for one in proposal.applied] == [("fetch",)]


def test_without_a_failure_there_is_nothing_to_do():
    assert propose_by_rules(FETCHING, states(fetch="completed"), around(tools=WEB)) is None
