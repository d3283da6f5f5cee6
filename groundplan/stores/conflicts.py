"""The refusals that every store gives in the same words."""

from __future__ import annotations

from typing import Any

from groundplan.domain.approval import Approval
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.lifecycle import PlanStatus


def no_goal(goal_id: str) -> PlanningError:
    return PlanningError(
        ErrorCode.GOAL_NOT_FOUND,
        f"There is no goal {goal_id!r}",
        details={"goal_id": goal_id},
        recovery_suggestion="List the goals there are with `groundplan goals`.",
    )


def no_run(run_id: str) -> PlanningError:
    return PlanningError(
        ErrorCode.GOAL_NOT_FOUND,
        f"There is no planning run {run_id!r}",
        details={"run_id": run_id},
        recovery_suggestion="The run's id is in the plan's metadata and in the output of `groundplan plan`.",
    )


def no_plan(plan_id: str, version: int | None) -> PlanningError:
    what = f"There is no plan {plan_id!r}" + (f" in version {version}" if version else "")
    return PlanningError(
        ErrorCode.PLAN_NOT_FOUND,
        what,
        details={"plan_id": plan_id, "version": version},
        recovery_suggestion="List the plans there are with `groundplan plans`.",
    )


def content_conflict(kind: str, name: str) -> PlanningError:
    return PlanningError(
        ErrorCode.STORE_CONFLICT,
        f"There is a {kind} {name!r} already, and it is another one",
        details={"kind": kind, "id": name},
        recovery_suggestion="Use a new id, or leave the id out.",
    )


def stale_version(plan_id: str, version: int, latest: int) -> PlanningError:
    return PlanningError(
        ErrorCode.STORE_CONFLICT,
        f"Version {version} of plan {plan_id!r} does not follow the latest, {latest}",
        details={"plan_id": plan_id, "version": version, "latest": latest},
        recovery_suggestion="Read the plan again and make the change on its latest version.",
    )


def moved_on(plan_id: str, version: int, expected: PlanStatus, now: PlanStatus) -> PlanningError:
    return PlanningError(
        ErrorCode.STORE_CONFLICT,
        f"Version {version} of plan {plan_id!r} was {expected.value} and is {now.value} meanwhile",
        details={"plan_id": plan_id, "version": version, "expected": expected.value, "current": now.value},
        recovery_suggestion="Read the plan again and make the change on it as it is now.",
    )


def already_decided(plan_id: str, version: int, approval: Approval | None) -> PlanningError:
    if approval is not None and approval.decision is not None:
        verdict, by = approval.decision.verdict.value, approval.decision.by
        what = f"{by!r} decided on version {version} of plan {plan_id!r} already: {verdict}"
    else:
        what = f"Version {version} of plan {plan_id!r} does not wait for approval"
    return PlanningError(
        ErrorCode.APPROVAL_CONFLICT,
        what,
        details={"plan_id": plan_id, "version": version},
        recovery_suggestion="Look at the plan's present state with `groundplan show ID`.",
    )


def no_execution_run(run_id: str) -> PlanningError:
    return PlanningError(
        ErrorCode.GOAL_NOT_FOUND,
        f"There is no run {run_id!r} of a plan",
        details={"run_id": run_id},
        recovery_suggestion="See the runs with `groundplan runs`.",
    )


def run_held(what: str, **details: Any) -> PlanningError:
    return PlanningError(
        ErrorCode.RUN_CONFLICT,
        what,
        details=details,
        recovery_suggestion="Watch it with `groundplan watch ID`; its runner goes on with it. If that one died, wait "
        "until its lease has run out and resume the run.",
        retryable=True,
    )


def run_open(plan_id: str, run_id: str) -> PlanningError:
    return PlanningError(
        ErrorCode.RUN_CONFLICT,
        f"Run {run_id!r} of plan {plan_id!r} is open already",
        details={"plan_id": plan_id, "run_id": run_id},
        recovery_suggestion=f"Go on with it: `groundplan resume {run_id}`, or cancel it first.",
    )


def asked_already(run_id: str, request: str, by: str) -> PlanningError:
    return PlanningError(
        ErrorCode.ILLEGAL_TRANSITION,
        f"Run {run_id!r} was asked to {request} already{f', by {by!r}' if by else ''}, and has not answered yet",
        details={"run_id": run_id, "request": request, "by": by},
        recovery_suggestion="Ask again once it has answered: `groundplan watch ID` shows plan.replanned or plan.kept.",
    )


def run_of_another_plan(run_id: str, plan_id: str, wanted: str) -> PlanningError:
    return PlanningError(
        ErrorCode.RUN_CONFLICT,
        f"Run {run_id!r} is one of plan {plan_id!r}, not of {wanted!r}",
        details={"run_id": run_id, "plan_id": plan_id, "wanted": wanted},
        recovery_suggestion="Give another run_id, or none.",
    )


def not_runnable(plan_id: str, status: PlanStatus) -> PlanningError:
    waits = status is PlanStatus.AWAITING_APPROVAL
    return PlanningError(
        ErrorCode.APPROVAL_CONFLICT if waits else ErrorCode.ILLEGAL_TRANSITION,
        f"Plan {plan_id!r} waits for approval" if waits else f"Plan {plan_id!r} is {status.value} and cannot be run",
        details={"plan_id": plan_id, "current": status.value, "target": PlanStatus.EXECUTING.value},
        recovery_suggestion=f"Decide with `groundplan approve {plan_id}`." if waits else "Plan the goal again.",
    )
