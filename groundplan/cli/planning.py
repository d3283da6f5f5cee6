"""One planning run as a command sees it: watched while it goes on, resumable when it is stopped."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from math import inf
from typing import TYPE_CHECKING, Any

import typer

from groundplan.cli.interrupted import Interrupted
from groundplan.cli.prefixes import whole_run_id
from groundplan.cli.progress import Progress
from groundplan.cli.session import with_service
from groundplan.cli.stored import Stored, with_approval

if TYPE_CHECKING:
    from groundplan.domain.goal import Goal
    from groundplan.service import PlanningService


def goal_of(text: str, limits: Mapping[str, Any], **fields: Any) -> Goal:
    """The goal with its constraints.

    Raises:
        typer.BadParameter: for a field that cannot be, such as an agent that is no DID.
    """
    from pydantic import ValidationError

    from groundplan.domain.goal import Goal, GoalConstraints

    if limits.get("max_cost") == inf:
        raise typer.BadParameter("max_cost: leave it out for no limit")  # JSON has no infinity
    try:
        return Goal(goal_text=text, constraints=GoalConstraints(**limits), **fields)
    except ValidationError as error:
        first = error.errors()[0]
        raise typer.BadParameter(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def plan_goal(goal: Goal, mode: str | None, notes: str, settings: Mapping[str, Any]) -> Stored:
    """Plan the goal in a run of its own."""
    run = _Run(str(uuid.uuid4()))
    return run.watched(lambda service: run.plan(service, goal, mode), notes, settings)


def resume_run(given: str, settings: Mapping[str, Any]) -> Stored:
    """Go on with the run of this id (or beginning of one)."""
    run = _Run(given)
    return run.watched(run.resume, "", settings)


class _Run:
    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        self.is_kept = False
        """Whether it can be resumed: the first node records the goal before anything else."""
        self._progress = Progress()

    def watched(
        self, work: Callable[[PlanningService], Awaitable[Stored]], notes: str, settings: Mapping[str, Any]
    ) -> Stored:
        try:
            with self._progress:
                return with_service(work, notes=notes, **settings)
        except Interrupted as stop:
            raise Interrupted(self.run_id if self.is_kept else None) from stop

    async def plan(self, service: PlanningService, goal: Goal, mode: str | None) -> Stored:
        self._progress.begins(self.run_id)
        async with aclosing(service.stream_plan(goal, mode=mode, run_id=self.run_id)) as events:
            async for event in events:
                self.is_kept = True
                self._progress.done(event)
        if event.plan is None:
            raise RuntimeError(f"run {self.run_id} ended without a plan")
        return await with_approval(service, event.plan)

    async def resume(self, service: PlanningService) -> Stored:
        self.run_id = await whole_run_id(service, self.run_id)
        self.is_kept = True
        self._progress.says(f"going on with run {self.run_id}")
        return await with_approval(service, await service.resume_plan(self.run_id))
