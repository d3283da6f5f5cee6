"""The planning graph: how the nodes hang together. The nodes say what they do, this file only wires."""

from collections.abc import Mapping

from langgraph.graph import END, START, StateGraph

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.graph.failures import Node, gate, guarded
from groundplan.graph.routing import Route, routed
from groundplan.nodes.approve import approve
from groundplan.nodes.assess import assess
from groundplan.nodes.commit import commit
from groundplan.nodes.decompose import decompose
from groundplan.nodes.estimate import estimate
from groundplan.nodes.match_template import match_template
from groundplan.nodes.recall import recall
from groundplan.nodes.repair import repair
from groundplan.nodes.resolve import resolve
from groundplan.nodes.sanitize import sanitize
from groundplan.nodes.schedule import schedule
from groundplan.nodes.validate import validate
from groundplan.state import Context, PlannerInput, PlannerState


def build_planner(
    context: Context | None = None, *, nodes: Mapping[str, Node] | None = None
) -> StateGraph[PlannerState, Context, PlannerInput, PlannerState]:
    """The planning graph, not compiled: from a goal to a signed plan in the store.

    Compile it with a checkpointer and invoke it with a thread id and a context:

        planner = build_planner().compile(checkpointer=service.checkpointer)
        config = {"configurable": {"thread_id": "my-run"}}
        state = await planner.ainvoke({"goal": goal}, config, context=service.context)
        state["plan"]

    Args:
        context: used for runs that bring none, as those started by `langgraph dev` do.
        nodes: replacements for single nodes, by name: `async def mine(state, runtime) -> update`.

    Raises:
        PlanningError: E5806 if `nodes` names a node that the graph does not have.
    """
    # A server hands every run a context made from JSON, which ours cannot be; with a fallback there is no schema.
    schema = Context if context is None else None
    graph = StateGraph(PlannerState, context_schema=schema, input_schema=PlannerInput, output_schema=PlannerState)
    for name, node in _chosen(nodes or {}).items():
        guard = gate if name == "approve" else guarded
        route = ROUTES.get(name)
        if route is None:
            graph.add_node(name, guard(node, context))
        else:
            graph.add_node(name, routed(guard(node, context), route), destinations=route.drawn)
    graph.add_edge(START, "sanitize")
    for before, after in EDGES:
        graph.add_edge(before, after)
    return graph


NODES: dict[str, Node] = {
    "sanitize": sanitize,
    "recall": recall,
    "match_template": match_template,
    "decompose": decompose,
    "resolve": resolve,
    "estimate": estimate,
    "schedule": schedule,
    "assess": assess,
    "validate": validate,
    "repair": repair,
    "commit": commit,
    "approve": approve,
}

EDGES = (
    ("sanitize", "recall"),
    ("decompose", "resolve"),
    ("estimate", "schedule"),
    ("schedule", "assess"),
    ("assess", "validate"),
    ("repair", "resolve"),
    ("commit", "approve"),
)


def after_recall(state: PlannerState) -> str:
    """`hit` when an outline was found."""
    return "hit" if "outline" in state else "miss"


def after_match(state: PlannerState) -> str:
    """`matched` when the goal's own steps or a template gave an outline."""
    return "matched" if "outline" in state else "no match"


def after_resolve(state: PlannerState) -> str:
    """`problems` when the waits of the tasks do not hold together: there is nothing to schedule."""
    return "problems" if state["dependencies"].problems else "resolved"


def after_validate(state: PlannerState) -> str:
    """`errors` when something has to be repaired."""
    return "valid" if state["findings"].valid else "errors"


def after_approve(state: PlannerState) -> str:
    """`edited` when a person changed the plan: its next version has to be made."""
    revision = state.get("revision")
    return "edited" if revision and revision.version > state["plan"].version else "decided"


ROUTES = {
    "recall": Route(after_recall, {"hit": "resolve", "miss": "match_template"}),
    "match_template": Route(after_match, {"matched": "resolve", "no match": "decompose"}),
    "resolve": Route(after_resolve, {"resolved": "estimate", "problems": "validate"}),
    "validate": Route(after_validate, {"valid": "commit", "errors": "repair"}),
    "approve": Route(after_approve, {"edited": "resolve", "decided": END}),
}


def _chosen(replacements: Mapping[str, Node]) -> dict[str, Node]:
    unknown = sorted(set(replacements) - set(NODES))
    if unknown:
        raise PlanningError(
            ErrorCode.SETTINGS_INVALID,
            f"The planning graph has no node {unknown[0]!r}",
            details={"unknown": unknown},
            recovery_suggestion=f"Its nodes are: {', '.join(NODES)}.",
        )
    return NODES | dict(replacements)
