"""What a task that was finished took, beside what was forecast for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

from groundplan.domain.estimation import prior_of
from groundplan.domain.feedback import Actuals
from groundplan.domain.pert import quantile
from groundplan.domain.resources import ResourceEstimate
from groundplan.domain.task import Task, TaskType

_LOOSE_NUMBER = re.compile(r"(?<![^\W\d_])\d+|\d+(?![^\W\d_])")
"""Digits but those between letters: `s_12` is one of many, `fast2bfq` is a name."""
_WORD = re.compile(r"[^\W\d_][^\W_]*")
_LONGEST_KEY = 200

Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
"""Checked where it is read back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTask:
    """A finished task of a run: `seconds` from claim to outcome of the attempt that succeeded, or as was reported.

    `text` is `text_key` of its name, `kind` its kind of work, `expected` the median in seconds of the prior for that,
    and `said` the seconds that its own text names (see `estimation`). `cpu_cores` and `memory_mb` are None where nobody
    reported them. `forecast` is the estimate that it was planned with.
    """

    plan_id: str
    run_id: str
    task_id: str
    at: datetime
    tool: str | None
    text: str
    kind: str
    task_type: TaskType
    expected: Amount
    said: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    seconds: Amount
    tokens: Annotated[int, Field(ge=0)] = 0
    cost: Amount = 0.0
    cpu_cores: Amount | None = None
    memory_mb: Amount | None = None
    forecast: ResourceEstimate | None = None

    @property
    def work(self) -> tuple[str, str, datetime]:
        """The same for one piece of work in whichever run: a run takes over what the run before it has completed."""
        return self.plan_id, self.task_id, self.at

    @property
    def currency(self) -> str:
        """That of `cost`: the price list's when the task was planned."""
        return (self.forecast or ResourceEstimate()).currency

    @property
    def key(self) -> str:
        """What counts as the same work: its tool, or its text where it has none."""
        return self.tool or self.text


def text_key(name: str) -> str:
    """The words of a name, without the numbers that tell one of many from the others: `Fetch page 12` is `fetch page`.

    A name without words is its own key.
    """
    words = _WORD.findall(_LOOSE_NUMBER.sub(" ", name.lower()))
    return (" ".join(words) or name.strip().lower())[:_LONGEST_KEY]


def past_task(
    task: Task,
    *,
    plan_id: str,
    run_id: str,
    began: datetime,
    ended: datetime,
    tokens: int = 0,
    cost: float = 0.0,
    reported: Actuals | None = None,
) -> PastTask:
    """What the task took by the ledger; what somebody reported of it goes first."""
    prior = prior_of(task)
    took = (ended - began).total_seconds()
    reported = reported or Actuals()
    return PastTask(
        plan_id=plan_id,
        run_id=run_id,
        task_id=task.task_id,
        at=ended,
        tool=task.tool,
        text=text_key(task.name),
        kind=prior.kind,
        task_type=task.task_type,
        expected=quantile(prior.estimate.duration, 0.5),
        said=prior.said or None,
        seconds=max(0.0, took if reported.duration_seconds is None else reported.duration_seconds),
        tokens=reported.tokens or tokens,
        cost=reported.cost or cost,
        cpu_cores=reported.cpu_cores,
        memory_mb=reported.memory_mb,
        forecast=task.resource_estimate,
    )
