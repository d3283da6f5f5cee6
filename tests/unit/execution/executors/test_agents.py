import asyncio
from itertools import pairwise
from typing import Annotated, Any, TypedDict

import pytest
from langchain_core.messages import AIMessage, AnyMessage
from langchain_core.runnables import RunnableConfig, RunnableLambda
from langchain_core.runnables.config import var_child_runnable_config
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.errors import NodeCancelledError
from langgraph.graph import END, START, StateGraph, add_messages
from langgraph.types import Command, interrupt
from pydantic import BaseModel

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.execution.executors.agents import AgentExecutor, thread_id
from groundplan.execution.executors.declare import declare
from groundplan.testing import ScriptedChatModel, Turn
from tests.contracts.executor import LIMITS, EffectfulWork, ExecutorContract
from tests.plan_factories import task
from tests.task_calls import call


class TestRunnables(ExecutorContract, EffectfulWork):
    @pytest.fixture
    def running(self, hanging):
        def executor(work, idempotent=False, limits=LIMITS):
            async def awaited():
                return work()

            return hanging(awaited, idempotent, limits)

        return executor

    @pytest.fixture
    def hanging(self):
        def executor(work, idempotent=False, limits=LIMITS):
            async def step(_: dict) -> str:
                return await work()

            return AgentExecutor(declare(RunnableLambda(step), idempotent=idempotent), limits=limits)

        return executor


class Chat(TypedDict):
    messages: Annotated[list[AnyMessage], add_messages]


class Sum(TypedDict, total=False):
    a: int
    b: int
    total: int


def graph_of(state: Any, *nodes: Any, saver: InMemorySaver | None = None) -> Any:
    graph = StateGraph(state)
    names = [START, *[node.__name__ for node in nodes], END]
    for node in nodes:
        graph.add_node(node.__name__, node)
    for pair in pairwise(names):
        graph.add_edge(*pair)
    return graph.compile(checkpointer=saver)


class TestGraphs(ExecutorContract, EffectfulWork):
    @pytest.fixture
    def running(self, hanging):
        def executor(work, idempotent=False, limits=LIMITS):
            async def awaited():
                return work()

            return hanging(awaited, idempotent, limits)

        return executor

    @pytest.fixture
    def hanging(self):
        def executor(work, idempotent=False, limits=LIMITS):
            async def step(state: Chat) -> dict[str, Any]:
                return {"messages": [AIMessage(await work())]}

            return AgentExecutor(declare(graph_of(Chat, step), idempotent=idempotent), limits=limits)

        return executor

    async def test_work_that_cancels_itself_has_failed(self, hanging):
        async def work() -> str:
            raise asyncio.CancelledError

        with pytest.raises(NodeCancelledError):
            await hanging(work).run(call())


async def add(state: Sum) -> Sum:
    return {"total": state["a"] + state["b"]}


async def test_a_graph_of_values_takes_the_inputs_and_gives_its_state():
    produced = await AgentExecutor(graph_of(Sum, add)).run(call({"a": 1, "b": 2}))
    assert produced.output == {"a": 1, "b": 2, "total": 3}
    assert produced.record == {"thread_id": "run-1:t1"} == {"thread_id": thread_id(call())}


async def test_a_graph_of_messages_is_told_the_task_and_its_tokens_are_counted():
    model = ScriptedChatModel(turns=[Turn("Dzień dobry", input_tokens=20, output_tokens=4)])

    async def answer(state: Chat, config: RunnableConfig) -> dict[str, Any]:
        return {"messages": [await model.ainvoke(state["messages"], config)]}

    work = task("t1", name="Translate")
    produced = await AgentExecutor(graph_of(Chat, answer)).run(call({"text": "Good day"}, task=work))
    assert produced.output == "Dzień dobry"
    assert produced.usage.tokens == 24
    assert '"task": "Translate"' in model.prompts[0][0].text
    assert "Good day" in model.prompts[0][0].text


async def test_a_structured_response_goes_before_the_last_message():
    class Answer(BaseModel):
        total: int

    agent = RunnableLambda(lambda _: {"messages": [AIMessage("three")], "structured_response": Answer(total=3)})
    assert (await AgentExecutor(agent).run(call())).output == {"total": 3}


async def test_an_input_whose_type_has_no_schema_gets_the_inputs():
    def work(given: Sum) -> Any:
        return given

    assert (await AgentExecutor(RunnableLambda(work)).run(call({"a": 1}))).output == {"a": 1}


async def test_a_chain_that_takes_messages_gets_them():
    class Asked(BaseModel):
        messages: list[Any]

    chain = RunnableLambda(lambda given: given["messages"][0].text).with_types(input_type=Asked)
    assert (await AgentExecutor(chain).run(call(task=task("t1", name="Sweep")))).output.startswith("TASK BEGINS")


async def test_a_message_is_its_text():
    assert (await AgentExecutor(RunnableLambda(lambda _: AIMessage("three"))).run(call())).output == "three"


async def test_a_later_attempt_goes_on_where_the_earlier_one_stopped():
    done, ready = [], []

    async def first(state: Sum) -> Sum:
        done.append("first")
        return {"b": 2}

    async def second(state: Sum) -> Sum:
        done.append("second")
        if not ready:
            raise OSError("not yet")
        return {"total": state["a"] + state["b"]}

    executor = AgentExecutor(graph_of(Sum, first, second, saver=InMemorySaver()))
    with pytest.raises(OSError, match="not yet"):
        await executor.run(call({"a": 1}))
    ready.append(1)
    assert (await executor.run(call({"a": 1}, attempt=2))).output["total"] == 3
    assert done == ["first", "second", "second"]


async def test_what_has_come_to_its_end_is_not_run_again():
    runs = []

    async def once(state: Sum) -> Sum:
        runs.append(1)
        return {"total": len(runs)}

    executor = AgentExecutor(graph_of(Sum, once, saver=InMemorySaver()))
    assert (await executor.run(call({"a": 1}))).output["total"] == 1
    assert (await executor.run(call({"a": 1}, attempt=2))).output["total"] == 1


async def test_other_arguments_are_another_thread():
    executor = AgentExecutor(graph_of(Sum, add, saver=InMemorySaver()))
    assert (await executor.run(call({"a": 1, "b": 1}))).output["total"] == 2
    changed = call({"a": 5, "b": 5}, idempotency_key="key-2")
    produced = await executor.run(changed)
    assert produced.output["total"] == 10
    assert produced.record["thread_id"].startswith("run-1:t1:")
    assert (await executor.run(changed)).record == produced.record


async def test_an_agent_that_waits_for_a_person_says_so_and_goes_on_once_it_is_answered():
    async def ask(state: Sum) -> Sum:
        return {"total": interrupt("how many?")}

    graph = graph_of(Sum, ask, saver=InMemorySaver())
    executor = AgentExecutor(graph)
    with pytest.raises(PlanningError, match="waits for a person") as caught:
        await executor.run(call({"a": 1}))
    assert caught.value.code is ErrorCode.TASK_FAILED
    assert caught.value.details["thread_id"] == "run-1:t1"
    assert not caught.value.retryable
    await graph.ainvoke(Command(resume=7), {"configurable": {"thread_id": "run-1:t1"}})
    assert (await executor.run(call({"a": 1}, attempt=2))).output["total"] == 7


async def test_a_graph_inside_a_run_is_no_part_of_that_run():
    seen = []

    async def look(state: Sum, config: RunnableConfig) -> Sum:
        seen.append(config["configurable"]["thread_id"])
        return {"total": 1}

    token = var_child_runnable_config.set({"configurable": {"thread_id": "outer", "checkpoint_ns": "run"}})
    try:
        await AgentExecutor(graph_of(Sum, look)).run(call({"a": 1}))
    finally:
        var_child_runnable_config.reset(token)
    assert seen == ["run-1:t1"]


async def test_it_says_what_was_declared():
    assert AgentExecutor(declare(graph_of(Sum, add), idempotent=True)).declaration(task()).idempotent
    assert not AgentExecutor(graph_of(Sum, add)).declaration(task()).idempotent
