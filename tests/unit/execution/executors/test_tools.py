import dataclasses
from typing import Annotated, Any

import pytest
from langchain_core.messages import ToolMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool, InjectedToolArg, StructuredTool, ToolException, tool
from pydantic import BaseModel

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.execution.executors.declare import declare
from groundplan.execution.executors.tools import ToolExecutor
from groundplan.service.tool_specs import tool_specs
from groundplan.testing import ScriptedChatModel, Turn
from tests.contracts.executor import LIMITS, EffectfulWork, ExecutorContract, ThreadedWork
from tests.plan_factories import task
from tests.task_calls import call


class TestSyncTools(ExecutorContract, ThreadedWork):
    @pytest.fixture
    def running(self):
        def executor(work, idempotent=False, limits=LIMITS):
            made = StructuredTool.from_function(lambda: work(), name="test.work", description="Do it.")
            return ToolExecutor(declare(made, idempotent=idempotent), limits=limits)

        return executor


class TestAsyncTools(ExecutorContract, EffectfulWork):
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
            made = StructuredTool.from_function(coroutine=work, name="test.work", description="Do it.")
            return ToolExecutor(declare(made, idempotent=idempotent), limits=limits)

        return executor


class Own(BaseTool):
    """A tool as a class of its own, with and without an async side."""

    name: str = "own.tool"
    description: str = "Count."
    calls: int = 0

    def _run(self, by: int = 1) -> int:
        self.calls += by
        return self.calls


class OwnAsync(Own):
    async def _arun(self, by: int = 1) -> str:
        return f"async {by}"


@tool
def pay(amount: int, to: str = "nobody") -> dict[str, Any]:
    """Pay."""
    return {"amount": amount, "to": to}


async def output_of(made, inputs=None, **fields):
    return (await ToolExecutor(made).run(call(inputs, **fields))).output


async def test_arguments_pass_through_the_tools_schema():
    assert await output_of(pay, {"amount": "3"}) == {"amount": 3, "to": "nobody"}


async def test_tools_that_are_classes_of_their_own_keep_their_state():
    own = Own()
    executor = ToolExecutor(own)
    await executor.run(call({"by": 2}))
    await executor.run(call())
    assert own.calls == 3
    assert await output_of(OwnAsync(), {"by": 2}) == "async 2"


@pytest.mark.parametrize(
    ("inputs", "problems"),
    [
        ({}, {"amount": "missing"}),
        ({"amount": "hunter2"}, {"amount": "int parsing"}),
        ({"amount": 1, "currency": "JPY"}, {"currency": "is not taken"}),
    ],
)
async def test_arguments_that_do_not_fit_are_refused_without_telling_their_values(inputs, problems):
    with pytest.raises(PlanningError) as caught:
        await output_of(pay, inputs)
    assert caught.value.code is ErrorCode.ARGUMENTS_INVALID
    assert caught.value.details["problems"] == problems
    assert "hunter2" not in str(caught.value.to_dict())
    assert caught.value.__cause__ is None


async def test_a_json_schema_is_held_to_as_well():
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    made = StructuredTool.from_function(lambda n: n + 1, name="m.add", description="Add.", args_schema=schema)
    assert await output_of(made, {"n": 1}) == 2
    with pytest.raises(PlanningError) as caught:
        await output_of(made, {"n": "hunter2"})
    assert caught.value.details["problems"] == {"n": "does not fit the schema"}


async def test_a_tool_that_takes_anything_gets_everything():
    def anything(**kwargs):
        return kwargs

    made = StructuredTool.from_function(anything, name="m.any", description="Take.")
    assert isinstance(await output_of(made, {"kwargs": {"a": 1}}), dict)


@tool
def book(
    seat: str,
    idempotency_key: Annotated[str, InjectedToolArg],
    connection: Annotated[Any, InjectedToolArg] = None,
) -> list[Any]:
    """Book a seat."""
    return [seat, idempotency_key, connection]


async def test_key_and_connection_are_filled_in_and_no_plan_can_give_them():
    assert await output_of(book, {"seat": "1A"}, connection="open") == ["1A", "key-1", "open"]
    with pytest.raises(PlanningError) as caught:
        await output_of(book, {"seat": "1A", "idempotency_key": "forged"})
    assert caught.value.details["problems"] == {"idempotency_key": "is filled by the executor"}


def test_planning_does_not_see_what_is_filled_in():
    @tool
    def careless(seat: str, idempotency_key: str) -> str:
        """Book a seat."""
        return seat

    for spec in tool_specs([book, careless]):
        assert list(spec.arguments["properties"]) == ["seat"]
        assert spec.arguments["required"] == ["seat"]


@pytest.mark.parametrize("handler", [True, "it went wrong", lambda error: "handled"])
async def test_an_error_that_the_tool_would_turn_into_text_is_an_error(handler):
    def work():
        raise ToolException("no such account")

    made = StructuredTool.from_function(work, name="m.w", description="Work.", handle_tool_error=handler)
    with pytest.raises(ToolException, match="no such account"):
        await output_of(made)
    assert made.handle_tool_error is handler


async def test_a_tool_message_is_its_content_or_an_error():
    def answer(status):
        return ToolMessage("no such account", tool_call_id="1", status=status)

    made = StructuredTool.from_function(answer, name="m.w", description="Work.")
    assert await output_of(made, {"status": "success"}) == "no such account"
    with pytest.raises(PlanningError, match="no such account") as caught:
        await output_of(made, {"status": "error"})
    assert caught.value.code is ErrorCode.TASK_FAILED


async def test_objects_come_back_as_json():
    class Invoice(BaseModel):
        total: float

    @dataclasses.dataclass
    class Receipt:
        invoices: list[Invoice]

    made = StructuredTool.from_function(lambda: Receipt([Invoice(total=2)]), name="m.w", description="Work.")
    assert await output_of(made) == {"invoices": [{"total": 2.0}]}


async def test_what_is_no_json_is_refused_and_said_to_be_done():
    made = StructuredTool.from_function(lambda: {"handle": object()}, name="m.w", description="Work.")
    with pytest.raises(PlanningError, match=r"output\.handle") as caught:
        await output_of(made)
    assert caught.value.code is ErrorCode.OUTPUT_INVALID
    assert caught.value.details["effect"] == "done"


@pytest.mark.parametrize("is_async", [True, False])
async def test_tokens_of_models_inside_a_tool_are_counted(is_async):
    model = ScriptedChatModel(turns=[Turn("a", input_tokens=7, output_tokens=2), Turn("b", input_tokens=1)])

    def ask(config: RunnableConfig):
        return model.invoke("x", config).text + model.invoke("y", config).text

    async def ask_async(config: RunnableConfig):
        return (await model.ainvoke("x", config)).text + (await model.ainvoke("y", config)).text

    given = {"coroutine": ask_async} if is_async else {"func": ask}
    made = StructuredTool.from_function(name="m.ask", description="Ask.", **given)
    produced = await ToolExecutor(made).run(call())
    assert (produced.output, produced.usage.tokens) == ("ab", 60)


async def test_the_tool_does_not_see_the_run_around_it():
    from langchain_core.runnables.config import var_child_runnable_config

    def work(config: RunnableConfig):
        return config.get("configurable", {})

    made = StructuredTool.from_function(work, name="m.w", description="Work.")
    token = var_child_runnable_config.set({"configurable": {"thread_id": "of the execution graph"}})
    try:
        assert await output_of(made) == {}
    finally:
        var_child_runnable_config.reset(token)


def test_it_says_what_was_declared():
    marked = pay.model_copy(update={"metadata": {"idempotent": True}})
    assert ToolExecutor(marked).declaration(task()).idempotent
    assert not ToolExecutor(pay).declaration(task()).idempotent
