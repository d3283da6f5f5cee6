"""Agents as executors: any Runnable or compiled LangGraph graph, each task on a thread of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.messages import BaseMessage, HumanMessage
from langchain_core.runnables import Runnable, RunnableConfig
from pydantic import PydanticUserError

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.task import Task
from groundplan.execution.executors.current_call import context_of
from groundplan.execution.executors.declare import declaration_of
from groundplan.execution.executors.json_output import as_json
from groundplan.execution.executors.limits import ExecutorLimits
from groundplan.execution.executors.prompt import task_prompt
from groundplan.execution.executors.token_count import TokenCount
from groundplan.execution.executors.underway import Underway
from groundplan.execution.executors.work import Join, in_loop
from groundplan.execution.protocols import Declaration, Produced, TaskCall

_KEY = "groundplan_idempotency_key"


def thread_id(call: TaskCall) -> str:
    """The thread that an agent does this task on: `run:task`."""
    return f"{call.run_id}:{call.task.task_id}"


class AgentExecutor:
    """Runs a Runnable or compiled graph.

    What takes `messages` gets the task in words as one message, others the task's inputs. The output is the
    structured response if there is one, else the text of the last message, else what came back.

    A graph that has a checkpointer goes on where an earlier attempt at the same task with the same arguments
    stopped, and what has come to its end is not run again. With other arguments it starts on another thread.
    """

    def __init__(
        self, agent: Runnable[Any, Any], *, limits: ExecutorLimits | None = None, underway: Underway | None = None
    ) -> None:
        self._agent = agent
        self._limits = limits or ExecutorLimits()
        self._underway = underway or Underway(self._limits.grace_seconds)
        self._takes_messages = _takes_messages(agent)
        self._declared = declaration_of(agent)
        self._shown = self._underway.guarded(self._declared)

    def declaration(self, task: Task) -> Declaration:  # noqa: ARG002  # the agent says it for all tasks
        return self._shown

    async def run(self, call: TaskCall) -> Produced:
        """Let the agent do the task.

        Raises:
            PlanningError: E5207 the agent waits for a person: it is to be answered on its thread, which is told.
        """
        count = TokenCount()
        given, thread = await self._underway.result(call, lambda: self._start(call, count), self._declared)
        if isinstance(given, Mapping) and given.get("__interrupt__"):
            raise _waits(call, thread)
        return Produced(
            output=as_json(_output(given), self._limits.output_bytes),
            usage=count.usage,
            record={"thread_id": thread},
        )

    def _start(self, call: TaskCall, count: TokenCount) -> Join:
        return in_loop(lambda: self._done(call, count), context_of(call))

    async def _done(self, call: TaskCall, count: TokenCount) -> tuple[Any, str]:
        thread = thread_id(call)
        if getattr(self._agent, "checkpointer", None):
            before = await self._state(thread)
            if before.metadata and before.metadata.get(_KEY) not in (None, call.idempotency_key):
                thread = f"{thread}:{hashlib.sha256(call.idempotency_key.encode()).hexdigest()[:12]}"
                before = await self._state(thread)
            if before.values and not before.next:
                return before.values, thread
            given = None if before.next else self._input(call)
        else:
            given = self._input(call)
        return await self._agent.ainvoke(given, _config(call, thread, count)), thread

    async def _state(self, thread: str) -> Any:
        graph: Any = self._agent
        return await graph.aget_state({"configurable": {"thread_id": thread}})

    def _input(self, call: TaskCall) -> Any:
        return {"messages": [HumanMessage(task_prompt(call))]} if self._takes_messages else dict(call.inputs)


def _config(call: TaskCall, thread: str, count: TokenCount) -> RunnableConfig:
    return RunnableConfig(
        configurable={"thread_id": thread},
        metadata={_KEY: call.idempotency_key, "task_id": call.task.task_id, "run_id": call.run_id},
        callbacks=[count],
    )


def _takes_messages(agent: Runnable[Any, Any]) -> bool:
    builder: Any = getattr(agent, "builder", None)
    if builder is not None:
        return "messages" in builder.schemas[builder.input_schema]
    try:
        return "messages" in getattr(agent.get_input_schema(), "model_fields", {})
    # Not every type has a schema: pydantic refuses `typing.TypedDict` before Python 3.12, for one.
    except (PydanticUserError, TypeError, NameError):
        return False


def _output(given: Any) -> Any:
    if isinstance(given, BaseMessage):
        return given.text
    if isinstance(given, Mapping):
        if given.get("structured_response") is not None:
            return given["structured_response"]
        messages = given.get("messages")
        if isinstance(messages, Sequence) and messages and isinstance(messages[-1], BaseMessage):
            return messages[-1].text
    return given


def _waits(call: TaskCall, thread: str) -> PlanningError:
    return PlanningError(
        ErrorCode.TASK_FAILED,
        f"The agent of task {call.task.task_id!r} waits for a person",
        details={"task_id": call.task.task_id, "thread_id": thread, "waits_for": "person"},
        recovery_suggestion="Answer it on its thread (Command(resume=…)), then run the task again.",
        retryable=False,
    )
