"""Driving the compiled execution graph: start a run, go on with one, whatever it was doing."""

from typing import Any, cast

from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command

from groundplan.domain.goal import Goal
from groundplan.domain.outline import Outline
from groundplan.domain.plan import ExecutionPlan
from groundplan.graph.runs import Planner, config_of, plan_in
from groundplan.run_state import RunContext, RunInput, RunState
from groundplan.state import Context, PlannerInput, Revision

Runner = CompiledStateGraph[RunState, RunContext, RunInput, RunState]


async def drive(runner: Runner, given: RunInput, run_id: str, context: RunContext) -> RunState:
    """Run the graph from where its thread is: from the start, from the node it was cut off in, or from its gate.

    The checkpoints need not be on disk before the next node begins: whatever must not happen twice is in the ledger.
    """
    snapshot = await runner.aget_state(config_of(run_id))
    todo: Any = given
    if any(task.interrupts for task in snapshot.tasks):
        todo = Command(resume=True)
    elif snapshot.tasks:
        todo = None
    values: Any = await runner.ainvoke(todo, config_of(run_id), context=context, durability="async")
    return cast(RunState, values or {})


async def revise(
    planner: Planner, goal: Goal, outline: Outline, revision: Revision, run_id: str, context: Context
) -> ExecutionPlan:
    """Make the next version of a plan by the planning graph, entered with its outline; again after a crash."""
    snapshot = await planner.aget_state(config_of(run_id))
    if snapshot.values and not snapshot.tasks:
        return plan_in(snapshot.values, run_id)
    given = None if snapshot.tasks else PlannerInput(goal=goal, outline=outline, revision=revision)
    values = await planner.ainvoke(given, config_of(run_id), context=context, durability="async", output_keys=["plan"])
    return plan_in(values or {}, run_id)
