import asyncio

import pytest

from groundplan.domain.agents import AgentCapability, RoutingStrategy
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.execution.agent_registry import Agent, AgentRegistry
from tests.plan_factories import task

WRITE = task("t", required_capabilities=["writing"])
LAW = task("u", required_capabilities=["law"])


def agent(name, *skills, **fields):
    return AgentCapability(agent_id=name, capabilities=list(skills), **fields)


def two(strategy=RoutingStrategy.LOAD):
    return AgentRegistry([agent("ana", "writing", "law", capacity=2), agent("bob", "writing")], strategy=strategy)


def assigned(registry, *tasks, **how):
    return [registry.assign(one, **how).agent_id for one in tasks]


def test_places_are_counted_and_given_back():
    registry = two()
    assert assigned(registry, WRITE, WRITE, WRITE) == ["ana", "bob", "ana"]
    assert registry.load == {"ana": 2, "bob": 1}
    registry.release("bob")
    assert registry.load == {"ana": 2}
    assert assigned(registry, WRITE) == ["bob"]


def test_while_all_who_can_are_busy_it_may_be_tried_again():
    registry = two()
    assigned(registry, LAW, LAW)
    with pytest.raises(PlanningError, match="1 can do it, none is free") as caught:
        registry.assign(LAW)
    assert caught.value.code is ErrorCode.NO_CAPABLE_AGENT
    assert caught.value.retryable
    assert registry.load == {"ana": 2}


def test_when_nobody_can_it_never_will():
    with pytest.raises(PlanningError) as caught:
        two().assign(task("t", required_capabilities=["cooking"]))
    assert not caught.value.retryable
    with pytest.raises(PlanningError) as caught:
        two().assign(LAW, exclude=["ana"])
    assert not caught.value.retryable


def test_a_task_that_asks_for_nobody_gets_nobody():
    registry = two()
    assert registry.assign(task("t", tool="a.b")) is None
    assert registry.assign(task("t", assigned_agent="unknown")) is None
    assert AgentRegistry().assign(WRITE) is None
    assert registry.assign(task("t", assigned_agent="bob")).agent_id == "bob"


def test_an_agent_that_is_away_gets_nothing_until_it_is_back():
    registry = two()
    registry.set_available("ana", False)
    with pytest.raises(PlanningError) as caught:
        registry.assign(LAW)
    assert caught.value.retryable
    registry.set_available("ana", True)
    assert assigned(registry, LAW) == ["ana"]
    with pytest.raises(KeyError):
        registry.set_available("unknown", True)


def test_affinity_is_what_is_preferred_or_the_assigned_agent():
    assert assigned(two(), WRITE, prefer="bob") == ["bob"]
    assert assigned(two(), WRITE.model_copy(update={"assigned_agent": "bob"})) == ["bob"]
    assert assigned(two(), WRITE.model_copy(update={"assigned_agent": "bob"}), prefer="ana") == ["ana"]


def test_agents_take_turns_per_kind_of_task():
    registry = AgentRegistry(
        [agent(name, "writing", "law", capacity=9) for name in ("a", "b", "c")], strategy=RoutingStrategy.ROUND_ROBIN
    )
    assert assigned(registry, WRITE, LAW, WRITE, LAW, WRITE, WRITE) == ["a", "a", "b", "b", "c", "a"]


def test_the_turn_of_a_busy_agent_passes_on():
    registry = AgentRegistry(
        [agent("a", "writing", capacity=9), agent("b", "writing"), agent("c", "writing", capacity=9)],
        strategy=RoutingStrategy.ROUND_ROBIN,
    )
    assert assigned(registry, *[WRITE] * 6) == ["a", "b", "c", "a", "c", "a"]


def test_a_place_held_is_given_back_however_the_block_ends():
    registry = two()
    with registry.hold(LAW) as assignment:
        assert assignment.agent_id == "ana"
        assert "offers law" in assignment.reason
        assert registry.load == {"ana": 1}
    with pytest.raises(LookupError), registry.hold(LAW):
        raise LookupError
    with registry.hold(task("t")) as nobody:
        assert nobody is None
    assert registry.load == {}


async def test_a_cancelled_task_gives_its_place_back():
    registry = two()

    async def work():
        with registry.hold(WRITE):
            await asyncio.Event().wait()

    running = [asyncio.create_task(work()) for _ in range(3)]
    await asyncio.sleep(0)
    assert registry.load == {"ana": 2, "bob": 1}
    for one in running:
        one.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    assert registry.load == {}


def test_giving_back_too_much_makes_no_room():
    registry = two()
    registry.release("bob")
    registry.release("unknown")
    assert assigned(registry, WRITE, prefer="bob") == ["bob"]
    assert registry.load == {"bob": 1}


def test_an_agent_that_left_finishes_what_it_has_and_comes_back_with_it():
    registry = two()
    assigned(registry, LAW)
    registry.unregister("ana")
    registry.unregister("ana")
    with pytest.raises(PlanningError):
        registry.assign(LAW)
    registry.register(agent("ana", "law", capacity=1))
    with pytest.raises(PlanningError) as caught:
        registry.assign(LAW)
    assert caught.value.retryable
    registry.release("ana")
    assert assigned(registry, LAW) == ["ana"]


def test_who_waits_is_told_when_a_place_may_be_free():
    registry, told = two(), []
    stop = registry.watch(lambda: told.append(1))
    assigned(registry, LAW)
    assert told == []
    registry.release("ana")
    registry.register(agent("eva", "law"))
    registry.set_available("eva", False)
    assert len(told) == 3
    stop()
    stop()
    registry.register(agent("ida", "law"))
    assert len(told) == 3


def test_agents_are_found_by_their_id_with_what_they_run():
    registry = AgentRegistry([Agent(agent("ana"), runs=print)])
    registry.register(agent("bob"), runs=len)
    registry.register(agent("eva"))
    assert [(one.agent_id, one.runs) for one in registry] == [("ana", print), ("bob", len), ("eva", None)]
    assert registry.get("bob").capability == agent("bob")
    assert registry.get("nobody") is None
    assert [one.agent_id for one in registry.capabilities] == ["ana", "bob", "eva"]
    assert len(registry) == 3
