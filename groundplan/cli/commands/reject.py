"""`groundplan reject`: cancel a waiting plan, and its goal with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groundplan.cli.commands.options import AsJson, By, PlanId, Why
from groundplan.cli.prefixes import whole_plan_id
from groundplan.cli.session import with_service
from groundplan.cli.stored import Stored, show_stored, with_approval

if TYPE_CHECKING:
    from groundplan.service import PlanningService


def reject(plan_id: PlanId, by: By, why: Why, as_json: AsJson = False) -> None:
    """Reject a plan that waits for a person.

    It is cancelled, and so is its goal.
    """

    async def rejected(service: PlanningService) -> Stored:
        plan = await service.reject_plan(await whole_plan_id(service, plan_id), by=by, why=why)
        return await with_approval(service, plan)

    show_stored(with_service(rejected), as_json=as_json)
