import pytest
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool

from groundplan.domain.agents import AgentCapability
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.task import TaskType
from groundplan.domain.tools import ToolSpec
from groundplan.execution.agent_registry import Agent, AgentRegistry
from groundplan.execution.executors.declare import declare
from groundplan.execution.executors.limits import ExecutorLimits
from groundplan.execution.executors.registry import ExecutorRegistry
from groundplan.execution.protocols import Declaration, Produced
from groundplan.testing import ScriptedChatModel
from tests.plan_factories import plan, task
from tests.task_calls import call


@tool
def send_mail(to: str) -> str:
    """Send mail."""
    return f"mail to {to}"


def says(text):
    return lambda: text


def agent(name, *skills, says_text=None, tools=()):
    capability = AgentCapability(agent_id=name, capabilities=list(skills), tools=list(tools))
    return Agent(capability, runs=None if says_text is None else says(says_text))


async def ran(registry, work, inputs=None):
    executor = registry.executor_for(work)
    return None if executor is None else (await executor.run(call(inputs, task=work))).output


async def test_a_task_with_a_tool_is_run_by_that_tool():
    registry = ExecutorRegistry(tools=[send_mail], callables={"bench.sleep": says("slept"), "nap": says("napped")})
    assert await ran(registry, task(tool="local.send_mail"), {"to": "Ana"}) == "mail to Ana"
    assert await ran(registry, task(tool="bench.sleep")) == "slept"
    assert await ran(registry, task(tool="local.nap")) == "napped"


async def test_a_tool_that_nobody_has_is_run_by_nobody_whatever_else_there_is():
    registry = ExecutorRegistry(
        tools=[send_mail, ToolSpec(name="bank.pay")],
        model=ScriptedChatModel(),
        agents=[agent("ana", says_text="ana")],
        default=says("default"),
    )
    for name in ("bank.pay", "mail.send"):
        assert registry.executor_for(task(tool=name)) is None
        assert registry.executor_for(task(tool=name, task_type=TaskType.LLM_CALL, assigned_agent="ana")) is None


async def test_an_agent_that_lists_the_tool_can_run_it():
    registry = ExecutorRegistry(agents=[agent("ana", says_text="ana", tools=["bank.pay"])])
    assert await ran(registry, task(tool="bank.pay")) == "ana"


async def test_a_question_goes_to_the_model():
    question = task(task_type=TaskType.LLM_CALL)
    registry = ExecutorRegistry(model=ScriptedChatModel(turns=["forty-two"]), default=says("default"))
    assert await ran(registry, question) == "forty-two"
    assert ExecutorRegistry(default=says("default")).executor_for(question) is None


async def test_a_plain_task_goes_to_its_agent_then_its_category_then_its_capabilities_then_the_default():
    registry = ExecutorRegistry(agents=[agent("ana", "law", says_text="ana"), agent("bob", "law", says_text="bob")])
    registry.register(says("category"), category="paperwork")
    registry.register(says("skilled"), capabilities=["law", "tax"])
    law = {"required_capabilities": ["law"]}
    assert await ran(registry, task(assigned_agent="bob", category="paperwork", **law)) == "bob"
    assert await ran(registry, task(category="paperwork", **law)) == "category"
    assert await ran(registry, task(**law)) == "ana"
    assert await ran(registry, task(required_capabilities=["tax", "law"])) == "skilled"
    assert await ran(registry, task(required_capabilities=["cooking"])) is None
    assert await ran(registry, task()) is None
    assert await ran(ExecutorRegistry(default=says("default")), task()) == "default"


def test_nothing_registered_runs_nothing():
    for kind in TaskType:
        assert ExecutorRegistry().executor_for(task(task_type=kind)) is None


def test_the_default_is_no_substitute_for_a_capability_or_a_tool_call():
    registry = ExecutorRegistry(default=says("default"))
    assert registry.executor_for(task(required_capabilities=["law"])) is None
    assert registry.executor_for(task(task_type=TaskType.TOOL_CALL)) is None


@pytest.mark.parametrize("category", ["approval", "review"])
async def test_the_default_does_nothing_that_people_do(category):
    registry = ExecutorRegistry(default=says("default"))
    assert registry.executor_for(task(category=category)) is None
    registry.register(says("checked"), category=category)
    assert await ran(registry, task(category=category)) == "checked"


async def test_an_agent_without_work_of_its_own_leaves_it_to_others():
    registry = ExecutorRegistry(agents=[agent("ana", "law")], default=says("default"))
    assert await ran(registry, task(assigned_agent="ana")) == "default"
    assert registry.executor_for(task(assigned_agent="ana", required_capabilities=["law"])) is None


async def test_agents_may_come_change_and_go_later():
    agents = AgentRegistry()
    registry = ExecutorRegistry(agents=agents)
    work = task(assigned_agent="ana")
    assert registry.executor_for(work) is None
    agents.register(agent("ana", says_text="first"))
    assert await ran(registry, work) == "first"
    assert registry.executor_for(work) is registry.executor_for(work)
    agents.register(agent("ana", says_text="second"))
    assert await ran(registry, work) == "second"
    agents.unregister("ana")
    assert registry.executor_for(work) is None


class Own:
    """An executor of one's own."""

    def declaration(self, task):
        return Declaration(idempotent=True)

    async def run(self, call):
        return Produced(output="own")


async def test_executors_runnables_and_models_can_be_registered():
    registry = ExecutorRegistry(
        callables={
            "a.own": Own(),
            "a.chain": RunnableLambda(lambda given: given),
            "a.model": ScriptedChatModel(turns=["said"]),
        }
    )
    registry.register(send_mail, tool="mail.send")
    assert await ran(registry, task(tool="a.own")) == "own"
    assert await ran(registry, task(tool="a.chain"), {"x": 1}) == {"x": 1}
    assert await ran(registry, task(tool="a.model")) == "said"
    assert await ran(registry, task(tool="mail.send"), {"to": "Bo"}) == "mail to Bo"
    assert registry.executor_for(task(tool="a.own")).declaration(task()).idempotent


def test_what_is_missing_is_what_is_left_to_do_and_nobody_can():
    registry = ExecutorRegistry(tools=[send_mail])
    tasks = [
        task("a", tool="local.send_mail"),
        task("b", tool="bank.pay"),
        task("c", tool="bank.pay", status=TaskStatus.COMPLETED),
        task("d"),
    ]
    assert [one.task_id for one in registry.missing(plan(*tasks))] == ["b", "d"]
    assert [one.task_id for one in registry.missing(tasks[:2])] == ["b"]


def test_registered_tools_have_wire_names():
    registry = ExecutorRegistry(tools=[send_mail], callables={"bank.pay": says("paid")})
    assert list(registry.wire_names) == ["local__send_mail", "bank__pay"]
    assert registry.wire_names.tool("bank__pay") == "bank.pay"


def test_limits_and_declarations_reach_the_executors():
    registry = ExecutorRegistry(
        callables={"a.b": declare(says("x"), irreversible=True)}, limits=ExecutorLimits(output_bytes=10)
    )
    assert registry.executor_for(task(tool="a.b")).declaration(task()).irreversible
    with pytest.raises(ValueError, match="output_bytes"):
        ExecutorLimits(output_bytes=0)
    with pytest.raises(ValueError, match="grace_seconds"):
        ExecutorLimits(grace_seconds=-1)


def test_two_of_one_name_and_nonsense_are_refused():
    registry = ExecutorRegistry(tools=[send_mail])
    with pytest.raises(ValueError, match=r"tool 'local\.send_mail' is registered already"):
        registry.register(send_mail)
    registry.register(says("x"), category="c")
    with pytest.raises(ValueError, match="category 'c' is registered already"):
        registry.register(says("y"), category="c")
    with pytest.raises(ValueError, match="say which tasks it runs"):
        registry.register(says("x"))
    with pytest.raises(TypeError, match="a int cannot run tasks"):
        registry.register(3, tool="a.b")
