"""Driving the compiled planner: start a run in either checkpoint mode, go on with one, answer its gate."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, Durability

from groundplan.domain.approval import Decision
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.goal import Goal
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.runs import CheckpointMode
from groundplan.state import Context, PlannerInput, PlannerState
from groundplan.stores.postgres.saver import FRESH, GroupCommitSaver
from groundplan.stores.postgres.write_behind import WRITE_BEHIND

Planner = CompiledStateGraph[PlannerState, Context, PlannerInput, PlannerState]

_MODEL_NODE = "decompose"
_MOST_STEPS = 100
"""Ten nodes, and four more for each repair and each edit; a run beyond this is a bug, not a plan."""


@dataclass(frozen=True)
class Leg:
    """One invocation of the graph: what goes in, how durable it is, where it pauses, whether the run is new."""

    given: Any
    durability: Durability
    pause_before: tuple[str, ...] = ()
    fresh: bool = False


def config_of(run_id: str) -> RunnableConfig:
    """The config under which the run is checkpointed."""
    return {"configurable": {"thread_id": run_id}, "recursion_limit": _MOST_STEPS}


def legs(mode: CheckpointMode, given: Any, *, fresh: bool = False) -> list[Leg]:
    """The invocations that one run takes at most.

    In mode `ends` nobody knows at the start whether a model is needed: up to it a run costs one checkpoint
    (`exit`); from there on each step is saved before the next begins (`sync`).
    """
    if mode is CheckpointMode.STEPS:
        return [Leg(given, "async", fresh=fresh)]
    return [Leg(given, "exit", (_MODEL_NODE,), fresh), Leg(None, "sync")]


async def start(
    planner: Planner, goal: Goal | str, run_id: str, context: Context, *, fresh: bool = False
) -> ExecutionPlan:
    """Plan the goal. Raises what the nodes raise; the run can then be resumed, if the error says so.

    `fresh` says that the run's id was made just now, so that nobody looks for its checkpoints.
    """
    return await _drive(planner, legs(context.mode, {"goal": goal}, fresh=fresh), run_id, context)


async def stream(
    planner: Planner, goal: Goal | str, run_id: str, context: Context, *, fresh: bool = False
) -> AsyncGenerator[tuple[str, PlannerState]]:
    """Plan the goal, giving each node's name and update as it is done. `fresh` as for `start`."""
    async for item in _stream(planner, legs(context.mode, {"goal": goal}, fresh=fresh), run_id, context):
        yield item


async def resume(planner: Planner, goal: Goal, run_id: str, context: Context) -> ExecutionPlan:
    """Go on with a run that was cut off, from its last checkpoint, or from the start if it has none.

    A run that is finished, or waits for a person, is left alone.
    """
    snapshot = await planner.aget_state(config_of(run_id))
    if not snapshot.values and not snapshot.tasks:
        return await start(planner, goal, run_id, context)
    waiting = any(task.interrupts for task in snapshot.tasks)
    # Not `next`: it leaves out a node whose writes are there while its checkpoint is not, where a kill can hit.
    if waiting or not snapshot.tasks:
        return plan_in(snapshot.values, run_id)
    durability: Durability = "sync" if context.mode is CheckpointMode.ENDS else "async"
    return await _drive(planner, [Leg(None, durability)], run_id, context)


async def is_cut_off(planner: Planner, run_id: str) -> bool:
    """Whether the run stands before a node without waiting for anybody: `resume` goes on with it."""
    snapshot = await planner.aget_state(config_of(run_id))
    return bool(snapshot.tasks) and not any(task.interrupts for task in snapshot.tasks)


async def answer(planner: Planner, decision: Decision, run_id: str, context: Context) -> ExecutionPlan:
    """Hand a person's decision to the gate at which the run waits.

    Raises:
        PlanningError: E5202 if it does not wait (any more), E5600 if an edit does not hold.
    """
    snapshot = await planner.aget_state(config_of(run_id))
    if not any(task.interrupts for task in snapshot.tasks):
        raise PlanningError(
            ErrorCode.APPROVAL_CONFLICT,
            f"Run {run_id!r} does not wait for a decision",
            details={"run_id": run_id, "next": list(snapshot.next)},
            recovery_suggestion="See the plan with `groundplan show ID`; resume a run that was cut off.",
        )
    command: Command[Any] = Command(resume=decision.model_dump(mode="json"))
    values = await planner.ainvoke(command, config_of(run_id), context=context, durability="sync")
    for question in values.get("__interrupt__", ()):
        if "refused" in question.value:
            raise PlanningError.from_dict(question.value["refused"])
    return plan_in(values, run_id)


async def _drive(planner: Planner, todo: list[Leg], run_id: str, context: Context) -> ExecutionPlan:
    values: Any = {}
    for leg in todo:
        async with _checkpointed(planner, leg, run_id) as config:
            values = await planner.ainvoke(
                leg.given,
                config,
                context=context,
                durability=leg.durability,
                interrupt_before=leg.pause_before or None,
                output_keys=["plan"],
            )
        values = values or {}  # nothing was written yet when a leg paused before its first output
        if "plan" in values:
            break
    return plan_in(values, run_id)


async def _stream(
    planner: Planner, todo: list[Leg], run_id: str, context: Context
) -> AsyncGenerator[tuple[str, PlannerState]]:
    planned = False
    for leg in todo:
        if planned:
            return
        async with _checkpointed(planner, leg, run_id) as config:
            async for part in planner.astream(
                leg.given,
                config,
                context=context,
                durability=leg.durability,
                interrupt_before=leg.pause_before or None,
                stream_mode="updates",
            ):
                for name, update in dict[str, Any](part).items():
                    if name != "__interrupt__":
                        written = cast(PlannerState, update or {})
                        planned = planned or "plan" in written
                        yield name, written


@asynccontextmanager
async def _checkpointed(planner: Planner, leg: Leg, run_id: str) -> AsyncGenerator[RunnableConfig]:
    """The config of a leg. Where its nodes do not wait for the disk, the end of the leg does."""
    config, saver = config_of(run_id), planner.checkpointer
    if not isinstance(saver, GroupCommitSaver):
        yield config
        return
    configurable = config["configurable"] | ({FRESH: run_id} if leg.fresh else {})
    if leg.durability != "async":
        yield {**config, "configurable": configurable}
        return
    async with saver.write_behind(run_id) as behind:
        yield {**config, "configurable": configurable | {WRITE_BEHIND: behind}}


def plan_in(values: Any, run_id: str) -> ExecutionPlan:
    """The plan among a run's values. Raises PlanningError E5100 if there is none."""
    if "plan" not in values:
        raise PlanningError(
            ErrorCode.DECOMPOSITION_FAILED,
            f"Run {run_id!r} ended without a plan",
            details={"run_id": run_id, "channels": sorted(values)},
            recovery_suggestion=f"Look at `groundplan history {run_id}`, then resume it or plan the goal again.",
        )
    plan: ExecutionPlan = values["plan"]
    return plan


def in_mode(context: Context, mode: CheckpointMode) -> Context:
    """The context for a run in this checkpoint mode."""
    return context if context.mode is mode else replace(context, mode=mode)
