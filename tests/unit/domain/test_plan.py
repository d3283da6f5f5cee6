import pytest
from hypothesis import given
from pydantic import ValidationError

from groundplan.domain.dependency_graph import DependencyGraph
from groundplan.domain.lifecycle import PlanStatus
from groundplan.domain.plan import ExecutionPlan, PlanMetadata, PlanType, plan_type_of
from groundplan.domain.task import TaskDependency
from tests.plan_factories import LATER, NOW, chains_and_joins, plan, task


def test_an_empty_draft_needs_nothing():
    draft = ExecutionPlan()
    assert (draft.status, draft.version, draft.revises, draft.signature) == (PlanStatus.DRAFT, 1, None, None)
    assert draft.tasks == [] and draft.risks == [] and draft.schedule is None


def test_the_first_revision_names_the_first_version():
    assert ExecutionPlan(version=2, revises=1).revises == 1


def test_metadata_count_from_one_attempt_and_no_cost():
    made = PlanMetadata()
    assert (made.attempts, made.calls, made.tokens, made.latency_ms, made.cache_hit) == (1, 0, 0, 0, False)
    assert (made.replans, made.warnings, made.score) == ([], [], None)


def test_a_plan_id_of_the_callers_own_is_kept():
    assert ExecutionPlan(plan_id="plan_abc123").plan_id == "plan_abc123"


@pytest.mark.parametrize("wrong", [{"plan_id": ""}, {"version": 0}, {"revises": 0}, {"status": "done"}, {"steps": []}])
def test_what_does_not_fit_is_refused(wrong):
    with pytest.raises(ValidationError):
        ExecutionPlan(**wrong)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (PlanType, "sequential parallel dag"),
        (
            PlanStatus,
            "pending draft validated awaiting_approval executing replanning completed failed cancelled "
            "rolling_back rolled_back",
        ),
    ],
)
def test_enums_have_the_documented_values(kind, values):
    assert [member.value for member in kind] == values.split()


def test_a_task_is_found_by_its_id():
    assert plan(task("a"), task("b")).task("b").name == "Do b"
    with pytest.raises(KeyError):
        plan(task("a")).task("b")


def test_the_graph_follows_from_the_tasks():
    first = plan(task("a"), task("b", "a"))
    assert first.dependency_graph.predecessors == {"a": [], "b": ["a"]}
    other = first.model_copy(update={"tasks": [task("c")]})
    assert other.dependency_graph.predecessors == {"c": []}


@pytest.mark.parametrize("as_graph", [dict, lambda waits: DependencyGraph(predecessors=waits)])
def test_a_given_graph_adds_its_waits_to_the_tasks(as_graph):
    tied = TaskDependency(task_id="a", kind="data", output="x", input="y")
    made = plan(task("a"), task("b", tied), dependency_graph=as_graph({"b": ["a"], "a": []}))
    assert made.task("b").dependencies == [tied]
    wider = plan(task("a"), task("b"), task("c", "a"), dependency_graph=as_graph({"c": ["a", "b"]}))
    assert wider.dependency_graph.predecessors == {"a": [], "b": [], "c": ["a", "b"]}


def test_a_given_graph_is_not_kept_beside_the_tasks():
    with_graph = plan(task("a"), task("b"), dependency_graph={"b": ["a"]})
    assert with_graph == plan(task("a"), task("b", "a"))
    assert "graph" not in with_graph.model_dump_json()
    assert "graph" not in repr(with_graph)


@pytest.mark.parametrize("wrong", [{"z": ["a"]}, {"a": "b"}, "a -> b", {"a": [1]}])
def test_a_given_graph_that_does_not_fit_is_refused(wrong):
    with pytest.raises(ValidationError):
        plan(task("a"), dependency_graph=wrong)


@given(chains_and_joins())
def test_json_and_back_is_the_same_plan(tasks):
    made = plan(*tasks)
    assert ExecutionPlan.model_validate_json(made.model_dump_json()) == made
    assert ExecutionPlan.model_validate(made.model_dump()) == made


def test_the_times_follow_the_status():
    validated = plan().to(PlanStatus.VALIDATED, now=NOW)
    assert (validated.validated_at, validated.updated_at) == (NOW, NOW)
    running = validated.to(PlanStatus.EXECUTING, now=LATER)
    assert (running.execution_started_at, running.updated_at, running.validated_at) == (LATER, LATER, NOW)
    done = running.to(PlanStatus.COMPLETED, now=LATER)
    assert done.completed_at == LATER


@pytest.mark.parametrize("end", [PlanStatus.FAILED, PlanStatus.CANCELLED])
def test_every_end_has_its_time(end):
    assert plan(status="executing").to(end, now=LATER).completed_at == LATER


def test_the_first_validation_and_the_first_start_count():
    waiting = plan().to(PlanStatus.VALIDATED, now=NOW).to(PlanStatus.AWAITING_APPROVAL, now=LATER)
    running = waiting.to(PlanStatus.VALIDATED, now=LATER).to(PlanStatus.EXECUTING, now=NOW)
    again = running.to(PlanStatus.REPLANNING, now=LATER).to(PlanStatus.EXECUTING, now=LATER)
    assert (again.validated_at, again.execution_started_at) == (NOW, NOW)


def test_a_time_without_a_zone_is_utc():
    assert plan().to(PlanStatus.VALIDATED, now=NOW.replace(tzinfo=None)).validated_at == NOW


@pytest.mark.parametrize(
    ("predecessors", "kind"),
    [
        ({}, PlanType.SEQUENTIAL),
        ({"a": []}, PlanType.SEQUENTIAL),
        ({"a": [], "b": []}, PlanType.PARALLEL),
        ({"a": [], "b": ["a"], "c": ["b"]}, PlanType.SEQUENTIAL),
        ({"c": ["b"], "a": [], "b": ["a"]}, PlanType.SEQUENTIAL),
        ({"a": [], "b": ["a"], "c": ["a"]}, PlanType.DAG),
        ({"a": [], "b": [], "c": ["a", "b"]}, PlanType.DAG),
        ({"a": [], "b": ["a"], "c": []}, PlanType.DAG),
        ({"a": ["b"], "b": ["a"]}, PlanType.DAG),
    ],
)
def test_the_type_is_read_off_the_graph(predecessors, kind):
    assert plan_type_of(DependencyGraph(predecessors=predecessors)) is kind
