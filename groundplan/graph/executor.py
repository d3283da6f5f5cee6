"""The execution graph: how the nodes hang together. The nodes say what they do, this file only wires."""

from collections.abc import Awaitable
from dataclasses import replace
from functools import wraps
from typing import Any, Protocol

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from groundplan.nodes.adopt import adopt
from groundplan.nodes.attend import attend
from groundplan.nodes.finish import finish
from groundplan.nodes.keep import keep
from groundplan.nodes.load import load
from groundplan.nodes.replan import replan
from groundplan.nodes.review import review
from groundplan.nodes.roll_back import roll_back
from groundplan.nodes.run import run
from groundplan.run_state import RunContext, RunInput, RunState, run_id_of


class RunNode(Protocol):
    """A node of the execution graph: reads the state, returns the channels it writes."""

    def __call__(self, state: Any, runtime: Runtime[RunContext]) -> Awaitable[RunState]: ...


def build_executor(context: RunContext | None = None) -> StateGraph[RunState, RunContext, RunInput, RunState]:
    """The execution graph, not compiled: runs a stored plan, replans what fails, and closes the run.

    Compile it with a checkpointer and invoke it with a thread id (the run's id) and a context:

        executor = build_executor().compile(checkpointer=service.checkpointer)
        config = {"configurable": {"thread_id": "my-run"}}
        await executor.ainvoke({"plan_id": plan.plan_id}, config, context=service.run_context)

    Args:
        context: used for runs that bring none, as those started by `langgraph dev` do.
    """
    schema = RunContext if context is None else None
    graph = StateGraph(RunState, context_schema=schema, input_schema=RunInput, output_schema=RunState)
    for name, node in NODES.items():
        graph.add_node(name, _with_context(_under_lease(node) if name in HELD else node, context))
    graph.add_edge(START, "load")
    graph.add_conditional_edges("load", after_load, {"open": "run", "roll back": "roll_back", "finished": END})
    graph.add_conditional_edges(
        "run",
        after_run,
        {"ended": "finish", "waits for a person": "attend", "failed, drifted": "review", "drained": END},
    )
    graph.add_edge("attend", "run")
    graph.add_conditional_edges(
        "review", after_review, {"replan": "replan", "stays as it is": "keep", "give up": "finish"}
    )
    graph.add_conditional_edges(
        "replan", after_review, {"replan": "adopt", "stays as it is": "keep", "give up": "finish"}
    )
    graph.add_edge("keep", "run")
    graph.add_conditional_edges("adopt", after_adopt, {"adopted": "run", "rejected": "finish"})
    graph.add_conditional_edges("roll_back", after_roll_back, {"undone": "finish", "failed in part": END})
    graph.add_edge("finish", END)
    return graph


NODES: dict[str, RunNode] = {
    "load": load,
    "run": run,
    "attend": attend,
    "review": review,
    "replan": replan,
    "keep": keep,
    "adopt": adopt,
    "roll_back": roll_back,
    "finish": finish,
}


HELD = frozenset({"run", "review", "replan", "keep", "adopt", "roll_back", "finish"})
"""The nodes that change a run. Each holds the run's lease, or goes on under that of whoever drives the graph."""


def after_load(state: RunState) -> str:
    """`finished` for a run that has ended; `roll back` if that was asked for."""
    if state.get("roll_back"):
        return "roll back"
    return "finished" if state["ending"] else "open"


def after_run(state: RunState) -> str:
    """Where the scheduler's ending leads."""
    return {"waiting": "waits for a person", "replan": "failed, drifted", "drained": "drained"}.get(
        state["ending"], "ended"
    )


def after_review(state: RunState) -> str:
    """`give up` or `stays as it is` once the ending says so."""
    return {"failed": "give up", "kept": "stays as it is"}.get(state["ending"], "replan")


def after_roll_back(state: RunState) -> str:
    """`failed in part` while something is left that may be undone yet."""
    return "failed in part" if state["ending"] == "rolling_back" else "undone"


def after_adopt(state: RunState) -> str:
    """`rejected` if a person did not want the next version."""
    return "rejected" if state["ending"] == "cancelled" else "adopted"


def _under_lease(node: RunNode) -> RunNode:
    @wraps(node)
    async def held(state: Any, runtime: Runtime[RunContext]) -> RunState:
        async with runtime.context.leases.kept() as leases, leases.hold(run_id_of(runtime)):
            return await node(state, runtime.override(context=replace(runtime.context, leases=leases)))

    return held


def _with_context(node: RunNode, fallback: RunContext | None) -> RunNode:
    if fallback is None:
        return node

    @wraps(node)
    async def with_fallback(state: Any, runtime: Runtime[RunContext]) -> RunState:
        if not isinstance(runtime.context, RunContext):
            runtime = runtime.override(context=fallback)
        return await node(state, runtime)

    return with_fallback
