"""`groundplan resume`: go on with a run that was cut off, drained, or waited for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groundplan.cli.commands.options import App, AsJson, Which
from groundplan.cli.prefixes import whole_execution

if TYPE_CHECKING:
    from groundplan.domain.results import PlanResult
    from groundplan.service import PlanningService


def resume(which: Which, app: App = None, as_json: AsJson = False) -> None:
    """Go on with a run of a plan. Finished tasks are not run again."""
    from groundplan.cli.running import Watched, show_result

    watched = Watched(app)

    async def ran(service: PlanningService) -> PlanResult:
        run = await whole_execution(service, which)
        return await watched.follow(service, run.plan_id, lambda _: service.resume(run.run_id), run.run_id)

    show_result(watched.done(ran), as_json=as_json)
