"""The call that is being carried out, for code too deep for it to be passed down to."""

from __future__ import annotations

from contextvars import Context, ContextVar, copy_context

from langchain_core.runnables.config import var_child_runnable_config

from groundplan.execution.protocols import TaskCall

_CALL: ContextVar[TaskCall] = ContextVar("groundplan_call")


def current_call() -> TaskCall:
    """The `TaskCall` that the running code belongs to. Raises LookupError outside of one."""
    return _CALL.get()


def context_of(call: TaskCall) -> Context:
    """The context for the call's code.

    What LangChain keeps there of a surrounding run is left out: a graph started inside would take itself for a
    subgraph of the execution graph, and write to its thread.
    """
    context = copy_context()
    context.run(_CALL.set, call)
    context.run(var_child_runnable_config.set, None)
    return context
