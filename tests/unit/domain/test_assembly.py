import pytest

from groundplan.domain.assembly import assemble, budget_of
from groundplan.domain.dependency_graph import resolve
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.goal import Breakdown, Goal, GoalConstraints
from groundplan.domain.lifecycle import PlanStatus
from groundplan.domain.outline import Origin, Outline
from groundplan.domain.plan import PlanMetadata, PlanType
from groundplan.domain.resources import ResourceBudget, ResourceEstimate, ThreePoint
from groundplan.domain.risk import Impact, Risk, RiskCategory
from groundplan.domain.schedule import Schedule
from tests.plan_factories import NOW, task

GOAL = Goal(
    goal_id="g",
    agent_did="did:web:ana.example",
    goal_text="Get it done",
    breakdown=Breakdown.TEMPORAL,
    constraints=GoalConstraints(max_cost=50, max_tokens=1000),
)
ORIGIN = Origin(
    strategy="llm", template="t", template_version="3", score=0.8, model="ollama:tiny", calls=2, tokens=700,
    latency_ms=900.0, cache_hit=True, reason="no template matched",
)  # fmt: skip
ESTIMATES = {
    "a": ResourceEstimate(cost=ThreePoint(1, 2, 3), tokens=ThreePoint(10, 20, 30)),
    "b": ResourceEstimate(cost=ThreePoint(2, 2, 2), duration=ThreePoint(1, 1, 1)),
}
RISK = Risk(category=RiskCategory.TECHNICAL, description="x", probability=0.5, impact=Impact.LOW)


def assembled(**changes):
    tasks, graph = resolve([task("a"), task("b", "a"), task("c")])
    fields = {
        "plan_id": "p",
        "run_id": "r",
        "goal": GOAL,
        "outline": Outline(steps=[], origin=ORIGIN, reasoning="because"),
        "tasks": tasks,
        "graph": graph,
        "estimates": ESTIMATES,
        "schedule": Schedule(makespan=60),
        "risks": [RISK],
        "now": NOW,
    }
    return assemble(**(fields | changes))


def test_the_products_of_planning_become_an_unsigned_draft():
    plan = assembled()
    assert (plan.plan_id, plan.goal_id, plan.agent_did, plan.goal_text) == ("p", "g", GOAL.agent_did, "Get it done")
    assert (plan.status, plan.signature, plan.version, plan.revises) == (PlanStatus.DRAFT, None, 1, None)
    assert (plan.plan_type, plan.reasoning, plan.risks) == (PlanType.DAG, "because", [RISK])
    assert (plan.created_at, plan.updated_at) == (NOW, NOW)
    assert plan.schedule == Schedule(makespan=60)


def test_tasks_carry_their_estimates():
    plan = assembled()
    assert [work.resource_estimate for work in plan.tasks] == [ESTIMATES["a"], ESTIMATES["b"], None]


def test_the_metadata_say_how_it_was_made():
    assert assembled(repairs=["x", "y"], warnings=["tasks[0].tool: …"]).metadata == PlanMetadata(
        strategy="llm",
        breakdown="temporal",
        template="t",
        template_version="3",
        score=0.8,
        model="ollama:tiny",
        calls=2,
        tokens=700,
        latency_ms=900.0,
        cache_hit=True,
        attempts=3,
        reason="no template matched",
        run_id="r",
        warnings=["tasks[0].tool: …"],
    )


def test_a_later_version_names_the_one_it_revises():
    plan = assembled(version=4, revises=3)
    assert (plan.version, plan.revises) == (4, 3)


def test_the_budget_sums_the_means_beside_the_limits():
    budget = ResourceBudget(duration_seconds=60, tokens=20, cost=4, max_tokens=1000, max_cost=50)
    assert assembled().resource_budget == budget
    assert budget_of(GOAL, {}, None) == ResourceBudget(max_tokens=1000, max_cost=50)


def test_costs_in_different_currencies_are_not_added():
    mixed = ESTIMATES | {"b": ResourceEstimate(cost=ThreePoint(2, 2, 2), currency="JPY")}
    with pytest.raises(PlanningError) as raised:
        budget_of(GOAL, mixed, None)
    assert raised.value.code is ErrorCode.CURRENCY_MIXED


def test_what_has_no_cost_is_no_other_currency():
    found = budget_of(GOAL, {"a": ResourceEstimate(), "b": ResourceEstimate(cost=(2, 2, 2), currency="JPY")}, None)
    assert (found.cost, found.currency) == (2, "JPY")
    assert budget_of(GOAL, {"a": ResourceEstimate(currency="JPY")}, None).currency == "JPY"
