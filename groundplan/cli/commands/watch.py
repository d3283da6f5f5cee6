"""`groundplan watch`: a plan while it is being run, from any terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from groundplan.cli.commands.options import AsJson, PlanId
from groundplan.cli.output import print_json_line
from groundplan.cli.prefixes import whole_plan_id
from groundplan.cli.session import with_service

if TYPE_CHECKING:
    from groundplan.service import PlanningService


def watch(
    plan_id: PlanId,
    after: Annotated[int, typer.Option("--after", metavar="EVENT", min=0, help="Only what came after it.")] = 0,
    once: Annotated[bool, typer.Option("--once", help="What there is now, without waiting for more.")] = False,
    as_json: AsJson = False,
) -> None:
    """Watch a plan live: each task's state, progress, time, and the critical path.

    With --json one event a line, until the plan has ended.
    """
    from groundplan.cli.running import RunView

    async def watched(service: PlanningService) -> None:
        whole = await whole_plan_id(service, plan_id)
        view = RunView(await service.get_plan(whole), live=not as_json and not once)
        with view:
            async for event in service.stream(whole, after=after, follow=not once):
                if as_json:
                    print_json_line(event.model_dump(mode="json", exclude_defaults=True))
                else:
                    view.take(event)
        if not as_json:
            view.print_last()

    with_service(watched)
