"""The part of `PlanningService` that remembers: what runs have recorded, and running them again without effects."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from groundplan.domain.diff import PlanDiff
from groundplan.domain.json_changes import Change
from groundplan.domain.ledger import LedgerEntry
from groundplan.graph.execution_forks import ForkWish
from groundplan.graph.history import CheckpointView
from groundplan.graph.views import RunView
from groundplan.service.past_runs import PastRuns, Repeated
from groundplan.stores.retention import Due


class KeepsHistory(ABC):
    """Looking at runs, repeating them, and letting old ones go.

    A run is named by its id, a run of a plan also by its plan's (then its latest is meant, reruns aside).
    """

    @property
    @abstractmethod
    def _past_runs(self) -> PastRuns: ...

    async def history(self, run_id: str) -> list[CheckpointView]:
        """Every checkpoint of a run, oldest first. Raises E5003 for a run that never was."""
        return await self._past_runs.history(run_id)

    async def ledger(self, run_id: str) -> list[LedgerEntry]:
        """Every line of the ledger of a run of a plan, in the order written. Raises E5003."""
        return await self._past_runs.ledger(run_id)

    async def view(self, run_id: str, at: str | int | None = None) -> RunView:
        """What a run has recorded: states, prompts, answers, arguments, outputs. Nothing is run or asked for it, and
        `sha256` of the result is the same every time, in every process.

        Args:
            at: up to this checkpoint (id or its beginning; for a planning run also its step), or this entry of the
                ledger (its number, from 1).

        Raises:
            PlanningError: E5003 for no such run, E5005 if it has no such place.
        """
        return await self._past_runs.view(run_id, None if at is None else str(at))

    async def diff(self, run_id: str, before: str | int, after: str | int) -> list[Change]:
        """What differs between two places of a run, named as for `view`: checkpoints by the state of their graph,
        ledger entries by what was known of the tasks. Raises E5003, E5005."""
        return await self._past_runs.diff(run_id, str(before), str(after))

    async def diff_versions(self, plan_id: str, before: int, after: int) -> PlanDiff:
        """What was planned differently in two versions of a plan. Raises E5002, E5801."""
        return await self._past_runs.diff_versions(plan_id, before, after)

    async def rerun(
        self, run_id: str, start: str | int | None = None, *, release: Sequence[str] = (), new_run_id: str | None = None
    ) -> Repeated:
        """Repeat a run, in a new one, without its effects.

        A run of a plan: a task whose arguments are those that were recorded gives the recorded outcome; neither plan
        nor goal nor the run that is repeated changes. A planning run: the model's recorded answers are given, and the
        plan is a new one.

        Args:
            start: a checkpoint, ledger entry or task to begin at; the beginning by default.
            release: tools that may be executed for what was not recorded: their names, `llm`, `agent` for tasks
                without a tool, or `all`.
            new_run_id: the new run's id.

        Raises:
            PlanningError: E5003, E5005; for a planning run what `create_plan` raises, and E5213 for a question that was
                not recorded. A task that was not recorded fails with E5213.
        """
        return await self.fork(run_id, start, {}, release=release, new_run_id=new_run_id)

    async def fork(
        self,
        run_id: str,
        start: str | int | None,
        changes: Mapping[str, Any],
        *,
        release: Sequence[str] = (),
        new_run_id: str | None = None,
    ) -> Repeated:
        """Repeat a run with something changed.

        Args:
            changes: values by path: `tasks.ID.inputs.NAME` and `tasks.ID.output` in a run of a plan,
                `goal.constraints.max_cost` or `outline.steps.0.name` (any channel of the checkpoint) in a planning run.

        Raises as `rerun`, and PlanningError E5600 for a path that leads nowhere or a value that does not hold.
        """
        place = None if start is None else str(start)
        wish = ForkWish(run_id=new_run_id, start=place, changes=changes, released=tuple(release))
        return await self._past_runs.repeat(run_id, wish)

    async def prune(self, older_than: timedelta, *, plans: bool = False, dry_run: bool = False) -> Due:
        """Let go of runs that ended so long ago: checkpoints, ledgers, events, answers of models.

        Runs that a kept one was forked from stay, and so do plans, unless `plans` says that those which are over go,
        too. With `dry_run` nothing goes.

        Returns:
            The ids of what went, or would go.
        """
        return await self._past_runs.prune(older_than, plans=plans, dry_run=dry_run)
