"""`groundplan rollback`: undo what a plan's run has done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groundplan.cli.commands.options import App, AsJson, PlanId
from groundplan.cli.prefixes import whole_plan_id
from groundplan.cli.session import with_service

if TYPE_CHECKING:
    from groundplan.domain.results import PlanResult
    from groundplan.service import PlanningService


def rollback(plan_id: PlanId, app: App = None, as_json: AsJson = False) -> None:
    """Run the compensations of completed tasks, latest first. Cut off, it goes on when it is called again."""
    from groundplan.cli.running import show_result

    async def undone(service: PlanningService) -> PlanResult:
        return await service.rollback_plan(await whole_plan_id(service, plan_id))

    show_result(with_service(undone, app=app), as_json=as_json)
