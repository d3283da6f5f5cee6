"""Where the graph goes on after a node: decided by a function of the state, told to LangGraph as a `Command`.

LangGraph's conditional edges read the whole state anew and run as a runnable of their own, which costs 0.3 ms each (a
quarter of planning, with five of them); here the router sees what the node read and wrote. One thing differs:
`update_state(as_node=…)` for a routed node goes nowhere, because the router belongs to the node's own run.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import Command

from groundplan.graph.failures import Node
from groundplan.state import Context, PlannerState


@dataclass(frozen=True)
class Route:
    """A router, and the node that each of its answers leads to."""

    decide: Callable[[PlannerState], str]
    targets: Mapping[str, str]

    @property
    def drawn(self) -> dict[str, str]:
        """Target and label of each edge, for drawings."""
        return {target: label for label, target in self.targets.items()}


def routed(node: Node, route: Route) -> Any:
    """The node, followed by the target that the router chooses from the state with the node's update."""

    @wraps(node)
    async def with_route(state: Any, runtime: Runtime[Context]) -> Command[Any]:
        update = await node(state, runtime)
        label = route.decide({**state, **update})
        return Command(update=update, goto=route.targets[label])

    with_route.__annotations__["return"] = Command[Any]
    return with_route
