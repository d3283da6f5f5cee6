"""A plan as it lies in the store, and how a command shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from groundplan.cli.output import emit

if TYPE_CHECKING:
    from rich.console import RenderableType

    from groundplan.domain.approval import Approval
    from groundplan.domain.plan import ExecutionPlan
    from groundplan.service import PlanningService


class Stored(NamedTuple):
    """A plan, and the request for a decision on this version of it."""

    plan: ExecutionPlan
    approval: Approval | None


async def with_approval(service: PlanningService, plan: ExecutionPlan) -> Stored:
    """The plan with the request for its approval, if that is about this version."""
    approval = await service.get_approval(plan.plan_id)
    return Stored(plan, approval if approval and approval.version == plan.version else None)


def show_stored(stored: Stored, *, as_json: bool) -> None:
    """Print the plan: as JSON, or tasks, critical path and risks."""
    emit(as_json=as_json, document=lambda: stored.plan.model_dump(mode="json"), view=lambda: view_of(stored))


def view_of(stored: Stored) -> RenderableType:
    """The plan for people."""
    from groundplan.cli.render.plan_view import plan_view

    return plan_view(stored.plan, stored.approval)
