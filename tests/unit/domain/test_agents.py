import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from groundplan.domain.agents import AgentCapability, RoutingStrategy, assign
from groundplan.domain.errors import ErrorCode, PlanningError
from tests.plan_factories import task

ANA = AgentCapability(agent_id="ana", capabilities=["writing", "law"], capacity=2)
BOB = AgentCapability(agent_id="bob", capabilities=["writing"])
WRITE = task("t", required_capabilities=["writing"])


@pytest.mark.parametrize(
    ("agent", "needs", "can"),
    [
        (ANA, {"required_capabilities": ["law", "writing"]}, True),
        (BOB, {"required_capabilities": ["law", "writing"]}, False),
        (BOB, {}, True),
        (BOB, {"tool": "any.tool"}, True),
        (BOB.model_copy(update={"tools": ["email.send"]}), {"tool": "email.send"}, True),
        (BOB.model_copy(update={"tools": ["email.send"]}), {"tool": "file.read"}, False),
        (BOB.model_copy(update={"tools": ["email.send"]}), {}, True),
        (BOB, {"excluded_agents": ["bob"]}, False),
        (ANA, {"excluded_agents": ["bob"]}, True),
    ],
)
def test_an_agent_can_do_what_its_capabilities_and_tools_cover(agent, needs, can):
    assert agent.can_do(task("t", **needs)) is can


def test_capability_comes_first():
    law = task("t", required_capabilities=["law"])
    assert assign(law, [BOB, ANA], load={"ana": 1}, prefer="bob").agent_id == "ana"


def test_then_availability():
    away = ANA.model_copy(update={"available": False})
    assert assign(WRITE, [away, BOB], prefer="ana").agent_id == "bob"
    assert assign(WRITE, [ANA, BOB], load={"ana": 2}, prefer="ana").agent_id == "bob"


def test_then_load_as_a_share_of_the_capacity():
    wide = ANA.model_copy(update={"capacity": 10})
    narrow = BOB.model_copy(update={"capacity": 2})
    assert assign(WRITE, [narrow, wide], load={"ana": 3, "bob": 1}, prefer="bob").agent_id == "ana"


def test_then_affinity_and_then_who_is_named_first():
    assert assign(WRITE, [ANA, BOB], prefer="bob").agent_id == "bob"
    assert assign(WRITE, [BOB, ANA]).agent_id == "bob"
    assert assign(WRITE, iter([ANA, BOB])).agent_id == "ana"


def test_the_assignment_says_why():
    chosen = assign(WRITE, [ANA], load={"ana": 1})
    assert (chosen.task_id, chosen.reason) == ("t", "offers writing; 1 of 2 busy")
    assert assign(task("t"), [ANA]).reason == "offers what is needed; 0 of 2 busy"


@pytest.mark.parametrize(
    ("strategy", "agent_id", "reason"),
    [
        (RoutingStrategy.LOAD, "ana", "offers writing; 0 of 2 busy; least busy of 2 free"),
        (RoutingStrategy.CAPABILITY, "bob", "offers writing; 1 of 2 busy; closest fit of 2 free"),
        (RoutingStrategy.ROUND_ROBIN, "bob", "offers writing; 1 of 2 busy; its turn among 2 free"),
    ],
)
def test_a_strategy_chooses_among_those_who_are_free(strategy, agent_id, reason):
    bob = BOB.model_copy(update={"capacity": 2})
    chosen = assign(WRITE, [ANA, bob], strategy=strategy, load={"bob": 1}, turn=1)
    assert (chosen.agent_id, chosen.reason) == (agent_id, reason)


def test_of_equal_fits_the_less_busy_one_then_the_preferred_one():
    twin = BOB.model_copy(update={"agent_id": "twin"})
    fit = RoutingStrategy.CAPABILITY
    both = [agent.model_copy(update={"capacity": 2}) for agent in (BOB, twin)]
    assert assign(WRITE, both, strategy=fit, load={"bob": 1}, prefer="bob").agent_id == "twin"
    assert assign(WRITE, both, strategy=fit, prefer="twin").agent_id == "twin"


@pytest.mark.parametrize(("turn", "agent_id"), [(0, "ana"), (1, "bob"), (2, "ana"), (7, "bob")])
def test_turns_go_round_among_those_who_can(turn, agent_id):
    cook = AgentCapability(agent_id="cook", capabilities=["cooking"])
    chosen = assign(WRITE, [cook, ANA, BOB], strategy=RoutingStrategy.ROUND_ROBIN, turn=turn)
    assert chosen.agent_id == agent_id


def test_a_turn_passes_over_who_is_busy():
    chosen = assign(WRITE, [ANA, BOB], strategy=RoutingStrategy.ROUND_ROBIN, load={"bob": 1}, turn=1)
    assert chosen.agent_id == "ana"


def test_when_nobody_can_it_is_refused_for_good():
    with pytest.raises(PlanningError, match="none offers what it requires") as caught:
        assign(task("t", required_capabilities=["law"], tool="court.file"), [BOB])
    assert caught.value.code is ErrorCode.NO_CAPABLE_AGENT
    assert caught.value.details == {"task_id": "t", "required": ["law"], "tool": "court.file"}
    assert not caught.value.retryable


def test_when_nobody_is_free_it_may_be_tried_again():
    with pytest.raises(PlanningError, match="1 can do it, none is free") as caught:
        assign(WRITE, [BOB], load={"bob": 1})
    assert caught.value.retryable


@pytest.mark.parametrize("wrong", [{"agent_id": ""}, {"agent_id": "x", "capacity": 0}])
def test_an_agent_has_an_id_and_some_capacity(wrong):
    with pytest.raises(ValidationError):
        AgentCapability(**wrong)


skills = st.lists(st.sampled_from(["a", "b", "c"]), unique=True)
crowd = st.lists(
    st.builds(
        AgentCapability,
        agent_id=st.sampled_from("wxyz"),
        capabilities=skills,
        capacity=st.integers(1, 3),
        available=st.booleans(),
    ),
    max_size=5,
    unique_by=lambda agent: agent.agent_id,
)


@given(
    crowd,
    skills,
    st.dictionaries(st.sampled_from("wxyz"), st.integers(0, 3)),
    st.sampled_from(RoutingStrategy),
    st.integers(0, 9),
)
def test_under_every_strategy_whoever_is_chosen_can_do_it_and_is_free(agents, needed, load, strategy, turn):
    work = task("t", required_capabilities=needed)
    free = {a.agent_id for a in agents if a.can_do(work) and a.available and load.get(a.agent_id, 0) < a.capacity}
    try:
        assert assign(work, agents, strategy=strategy, load=load, turn=turn).agent_id in free
    except PlanningError as error:
        assert not free
        assert error.retryable is any(a.can_do(work) for a in agents)


@given(crowd, skills, st.dictionaries(st.sampled_from("wxyz"), st.integers(0, 3)))
def test_whoever_is_chosen_can_do_it_is_free_and_nobody_free_is_less_loaded(agents, needed, load):
    work = task("t", required_capabilities=needed)
    free = [a for a in agents if a.can_do(work) and a.available and load.get(a.agent_id, 0) < a.capacity]
    if not free:
        with pytest.raises(PlanningError):
            assign(work, agents, load=load)
        return
    chosen = next(a for a in free if a.agent_id == assign(work, agents, load=load).agent_id)
    assert load.get(chosen.agent_id, 0) / chosen.capacity == min(load.get(a.agent_id, 0) / a.capacity for a in free)
