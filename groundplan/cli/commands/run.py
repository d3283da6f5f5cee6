"""`groundplan run`: run a stored plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from groundplan.cli.choices import Policy
from groundplan.cli.commands.options import App, AsJson
from groundplan.cli.json_files import read_model
from groundplan.cli.prefixes import whole_plan_id

if TYPE_CHECKING:
    from groundplan.domain.plan import ExecutionPlan
    from groundplan.domain.results import PlanResult
    from groundplan.service import PlanningService


def run(
    plan_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="The plan's id, or its beginning.")] = None,
    file: Annotated[
        str | None, typer.Option("--file", "-f", metavar="PLAN.json", help="A plan made by hand, stored first.")
    ] = None,
    app: App = None,
    policy: Annotated[Policy | None, typer.Option("--policy", help="What a failed task means.")] = None,
    parallel: Annotated[
        int | None, typer.Option("--parallel", metavar="N", min=1, max=10_000, help="So many tasks at once.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run a plan: its tasks in parallel, each when its own waits are over.

    Ctrl-C and SIGTERM let running tasks end; `groundplan resume` goes on. Exit code 5: the plan failed, 6: it waits
    for a person.
    """
    from groundplan.cli.running import Watched, show_result

    if (plan_id is None) == (file is None):
        raise typer.BadParameter("give a plan's ID, or --file")
    given = read_plan(file) if file is not None else None
    watched = Watched(app)

    async def ran(service: PlanningService) -> PlanResult:
        stored = await service.store_plan(given) if given is not None else None
        whole = stored.plan_id if stored else await whole_plan_id(service, plan_id or "")
        return await watched.follow(
            service,
            whole,
            lambda run_id: service.execute_plan(whole, policy=policy, max_concurrent_tasks=parallel, run_id=run_id),
        )

    show_result(watched.done(ran), as_json=as_json)


def read_plan(name: str) -> ExecutionPlan:
    """The plan in the file. Raises typer.BadParameter for one that cannot be read."""
    from groundplan.domain.plan import ExecutionPlan

    return read_model(ExecutionPlan, name, "plan")
