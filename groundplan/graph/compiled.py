"""The graphs compiled, once for each process: to compile one takes as long as to run a small plan."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver

from groundplan.graph.executions import Runner
from groundplan.graph.executor import build_executor
from groundplan.graph.failures import Node
from groundplan.graph.planner import build_planner
from groundplan.graph.runs import Planner


def planner_on(checkpointer: BaseCheckpointSaver[Any], nodes: Mapping[str, Node]) -> Planner:
    """The planning graph on this checkpointer, with replacements for single nodes.

    Raises:
        PlanningError: E5806 if `nodes` names a node that the graph does not have.
    """
    if nodes:
        return build_planner(nodes=nodes).compile(checkpointer=checkpointer)
    return _planner().copy({"checkpointer": checkpointer})


def executor_on(checkpointer: BaseCheckpointSaver[Any]) -> Runner:
    """The execution graph on this checkpointer."""
    return _executor().copy({"checkpointer": checkpointer})


@cache
def _planner() -> Planner:
    return build_planner().compile()


@cache
def _executor() -> Runner:
    return build_executor().compile()
