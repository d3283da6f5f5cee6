"""More time for tasks whose length is in doubt."""

from __future__ import annotations

from groundplan.domain.mitigation.draft import Draft
from groundplan.domain.resources import NOTHING, ThreePoint
from groundplan.domain.risk import Risk

_LIKELY, _PESSIMISTIC = 1.25, 1.5
_TIMEOUT = 1.5


def add_buffers(draft: Draft, risk: Risk) -> None:
    """For each task of the risk a longer likely (by a quarter) and pessimistic duration (by half), and as much more
    time until it is stopped. The schedule that follows has that time in it."""
    for task in draft.open_tasks(risk.task_ids):
        estimate = task.resource_estimate
        if estimate is None or estimate.duration == NOTHING:
            continue
        before = estimate.duration
        longer = ThreePoint(before.optimistic, before.likely * _LIKELY, before.pessimistic * _PESSIMISTIC)
        draft.change(
            task.task_id,
            resource_estimate=estimate.model_copy(update={"duration": longer}).model_dump(mode="json"),
        )
        if task.timeout_seconds is not None:
            draft.change(task.task_id, timeout_seconds=task.timeout_seconds * _TIMEOUT)
