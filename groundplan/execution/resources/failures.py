"""The errors of granting resources."""

from __future__ import annotations

from groundplan.domain.errors import ErrorCode, PlanningError


def unavailable(why: str) -> PlanningError:
    """E5501: no answer, which may pass."""
    return PlanningError(
        ErrorCode.RESOURCES_UNAVAILABLE,
        f"The resource service does not answer: {why}",
        details={"why": why},
        recovery_suggestion="Start it, or check GROUNDPLAN_RESOURCE_SERVICE_URL; what was granted lasts for its lease.",
    )


def unusable(why: str) -> PlanningError:
    """E5502: an answer that makes no sense."""
    return PlanningError(
        ErrorCode.RESOURCE_ANSWER_UNUSABLE,
        f"The resource service's answer cannot be used: {why}",
        details={"why": why},
        recovery_suggestion="Check address and token; docs/openapi/resources.json says what it has to answer.",
    )


def more_than_there_is(name: str, amount: float, capacity: float | None) -> PlanningError:
    """E5500: it will never be granted as things are. `capacity` is None for a resource that does not exist."""
    there = "there is no such resource" if capacity is None else f"there is {capacity:g} in all"
    return PlanningError(
        ErrorCode.RESOURCE_EXCEEDED,
        f"{amount:g} of {name!r} was asked for, and {there}",
        details={"resource": name, "amount": amount, "capacity": capacity},
        recovery_suggestion="Let the task need less, or add to the resource.",
    )


def out_of_bounds(task_id: str, why: str) -> PlanningError:
    """E5500: the task needs what cannot even be asked for."""
    return PlanningError(
        ErrorCode.RESOURCE_EXCEEDED,
        f"What task {task_id!r} needs cannot be asked for: {why}",
        details={"task_id": task_id, "why": why},
        recovery_suggestion="Let the task need less, and fewer different things.",
    )


def conflict(allocation_id: str, why: str) -> PlanningError:
    """E5503: the id cannot be allocated under."""
    return PlanningError(
        ErrorCode.ALLOCATION_CONFLICT,
        f"Allocation {allocation_id!r} {why}",
        details={"allocation_id": allocation_id},
        recovery_suggestion="Ask under an id of its own for each attempt.",
    )


def not_held(allocation_id: str) -> PlanningError:
    """E5504: nothing of this id is held."""
    return PlanningError(
        ErrorCode.ALLOCATION_NOT_FOUND,
        f"No allocation {allocation_id!r} is held",
        details={"allocation_id": allocation_id},
        recovery_suggestion="Its lease ran out, or it was released: allocate anew.",
    )
