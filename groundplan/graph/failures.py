"""What every node of the planner has around it: a context in any case, and a failure that leaves its trace."""

from collections.abc import Awaitable
from functools import wraps
from typing import Any, Protocol

from langgraph.errors import GraphBubbleUp
from langgraph.runtime import Runtime

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.events import Event, EventType
from groundplan.domain.goal import Goal
from groundplan.domain.lifecycle import GoalStatus
from groundplan.state import Context, PlannerUpdate, run_id_of


class Node(Protocol):
    """A node of the planning graph: reads the state, returns the channels it writes."""

    def __call__(self, state: Any, runtime: Runtime[Context]) -> Awaitable[PlannerUpdate]: ...


_RECORDED_ELSEWHERE = frozenset({ErrorCode.GOAL_REFUSED, ErrorCode.APPROVAL_CONFLICT})


def guarded(node: Node, fallback: Context | None) -> Node:
    """The node, with `fallback` for a run that brings no context, and with its failure recorded.

    A failure that may pass (a model that is away) leaves the goal as it is, so that the run can be resumed;
    any other makes it failed. Either way nobody goes on waiting for the plan this run would have cached.
    """

    @wraps(node)
    async def with_guard(state: Any, runtime: Runtime[Context]) -> PlannerUpdate:
        if fallback is not None and not isinstance(runtime.context, Context):
            runtime = runtime.override(context=fallback)
        try:
            return await node(state, runtime)
        except GraphBubbleUp:  # an interrupt is no failure
            raise
        except PlanningError as error:
            await _release(state, runtime.context)
            await _record(error, state, runtime)
            raise
        except BaseException:  # cancelled, or a bug: whoever waits for the cached plan has to go on all the same
            await _release(state, runtime.context)
            raise

    return with_guard


def gate(node: Node, fallback: Context | None) -> Node:
    """The node, with `fallback` for a run that brings no context. An answer it refuses fails nothing."""

    @wraps(node)
    async def with_context(state: Any, runtime: Runtime[Context]) -> PlannerUpdate:
        if fallback is not None and not isinstance(runtime.context, Context):
            runtime = runtime.override(context=fallback)
        return await node(state, runtime)

    return with_context


async def _release(state: Any, context: Context) -> None:
    goal = state.get("goal")
    if isinstance(goal, Goal):
        await context.cache.forget(context.cache_key(goal))


async def _record(error: PlanningError, state: Any, runtime: Runtime[Context]) -> None:
    goal = state.get("goal")
    if not isinstance(goal, Goal) or error.retryable or error.code in _RECORDED_ELSEWHERE or "revision" in state:
        return  # a revision that does not hold leaves its goal with the version before
    event = Event(
        type=EventType.GOAL_FAILED,
        at=runtime.context.clock(),
        goal_id=goal.goal_id,
        run_id=run_id_of(runtime),
        data={"code": error.code.value},
    )
    await runtime.context.store.set_goal_status(goal.goal_id, GoalStatus.FAILED, [event], error=error.to_dict())
