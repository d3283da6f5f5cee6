"""More attempts at tasks that may fail by chance."""

from __future__ import annotations

from groundplan.domain.irreversible import effect_of
from groundplan.domain.mitigation.draft import Draft
from groundplan.domain.risk import Risk

_ATTEMPTS = 3


def add_retries(draft: Draft, risk: Risk) -> None:
    """Three attempts at each task of the risk; not where an attempt that failed half may have done what cannot be
    undone."""
    for task in draft.open_tasks(risk.task_ids):
        harmless = effect_of(task, draft.around.tools.get(task.tool or "")) is None
        if harmless and task.retry_policy.attempts < _ATTEMPTS:
            policy = task.retry_policy.model_copy(update={"attempts": _ATTEMPTS})
            draft.change(task.task_id, retry_policy=policy.model_dump(mode="json"))
