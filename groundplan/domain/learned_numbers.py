"""Which numbers of an estimate were learned from past runs. A forecast by past runs proves nothing: the next run may
take less than nine out of ten, or all of them, took, and what was reported of them may be wrong."""

from __future__ import annotations

from groundplan.domain.forecasting import BY_RUNS
from groundplan.domain.learned_estimates import LEARNED
from groundplan.domain.resources import PRICED, ResourceEstimate
from groundplan.domain.task import Task

_ALL_OF_THEM = frozenset({"duration", "tokens", "cpu_cores", "memory_mb"})
_DURATION = frozenset({"duration"})
_COST = frozenset({"cost"})
_NONE: frozenset[str] = frozenset()


def learned_numbers(task: Task) -> frozenset[str]:
    """The fields of the task's estimate that past runs told, by its `basis`; a cost that was worked out of them too."""
    estimate = task.resource_estimate
    if estimate is None or LEARNED not in estimate.basis:
        return _COST if estimate is not None and estimate.basis.endswith(BY_RUNS) else _NONE
    found = _ALL_OF_THEM if estimate.basis.startswith(LEARNED) else _DURATION
    return found | _COST if _has_learned_cost(task, estimate) else found


def _has_learned_cost(task: Task, estimate: ResourceEstimate) -> bool:
    """Not the price of a call; that of tokens, and of hours with what is rented."""
    by_amount = task.tool is None or bool(estimate.resources)
    return estimate.basis.endswith(BY_RUNS) or (by_amount and estimate.basis.endswith(PRICED))
