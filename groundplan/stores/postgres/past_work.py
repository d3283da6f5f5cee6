"""What finished tasks took, in Postgres."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from groundplan.domain.feedback import Actuals
from groundplan.domain.past_task import PastTask, past_task
from groundplan.domain.task import Task
from groundplan.stores.past_work import KEPT, RUNS_AT_ONCE, TASKS_OF_A_RUN
from groundplan.stores.postgres.reader import Reader, Transaction

_TASK = TypeAdapter(PastTask)
_TASKS = TypeAdapter(list[PastTask])


class PostgresPastWork:
    """A `PastWork` in Postgres, over the pool."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def take_in(self, limit: int = RUNS_AT_ONCE) -> int:
        """See `PastWork.take_in`."""

        async def take(transaction: Transaction) -> int:
            alone = await transaction.row("only_learner")
            if alone is None or not alone["alone"]:
                return 0
            run_ids = [row["run_id"] for row in await transaction.rows("runs_to_learn_from", limit=limit)]
            if run_ids:
                rows = await transaction.rows("finished_tasks", run_ids=run_ids, each=TASKS_OF_A_RUN)
                # In a thread: thousands of rows must not hold up an event loop that others share.
                tasks = await asyncio.to_thread(_past_tasks, rows)
                if tasks:
                    await _keep(transaction, tasks)
                await transaction.do("learned_from", run_ids=run_ids)
            return len(run_ids)

        return await self._reader.transaction(take)

    async def latest(self, limit: int = 20_000) -> list[PastTask]:
        """See `PastWork.latest`."""
        rows = await self._reader.rows("latest_past_tasks", limit=limit)
        return await asyncio.to_thread(lambda: list(_as_kept(rows)))


async def _keep(transaction: Transaction, tasks: list[PastTask]) -> None:
    written = await asyncio.to_thread(_written, tasks)
    await transaction.do("keep_past_tasks", tasks=written)
    await transaction.do("trim_past_tasks", keys=sorted({one.key for one in tasks}), most=KEPT)


def _written(tasks: list[PastTask]) -> str:
    rows = _TASKS.dump_python(tasks, mode="json")
    return json.dumps([row | {"key": one.key} for one, row in zip(tasks, rows, strict=True)])


def _past_tasks(rows: Sequence[Mapping[str, Any]]) -> list[PastTask]:
    """One of each piece of work: that of the run which ended first."""
    found: dict[Any, PastTask] = {}
    for one in _readable(rows):
        found.setdefault(one.work, one)
    return list(found.values())


def _as_kept(rows: Sequence[Mapping[str, Any]]) -> Iterator[PastTask]:
    for row in rows:
        # One that somebody changed by hand must not keep the others from being learned from.
        with contextlib.suppress(ValidationError):
            yield _TASK.validate_python(row)


def _readable(rows: Sequence[Mapping[str, Any]]) -> Iterator[PastTask]:
    for row in rows:
        try:
            task = Task.model_validate({"plan_id": row["plan_id"]} | row["spec"])
            reported = Actuals.model_validate(row["actuals"]) if row["actuals"] else None
        except (ValidationError, TypeError):
            continue  # somebody changed it by hand: nothing to learn from, and reading the plan says so (E5801)
        yield past_task(
            task,
            plan_id=row["plan_id"],
            run_id=row["run_id"],
            began=row["began"],
            ended=row["ended"],
            tokens=int(row["tokens"]),
            cost=float(row["cost"]),
            reported=reported,
        )
