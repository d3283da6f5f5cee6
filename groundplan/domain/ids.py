"""Ids are text. A caller's own are kept; those made here are UUIDs."""

from __future__ import annotations

import os
import uuid
from typing import Annotated, NewType

from pydantic import Field

GoalId = NewType("GoalId", str)
PlanId = NewType("PlanId", str)
TaskId = NewType("TaskId", str)
RunId = NewType("RunId", str)

Id = Annotated[str, Field(min_length=1, max_length=400)]

_PLANS = uuid.UUID("5b0c2a3e-52f6-4d0c-9c6f-0f6f3f9d8f11")


def new_id() -> str:
    """A random UUID (version 4) as text.

    Written out here because models with an id by default make one each time they are serialized, and
    `str(uuid.uuid4())` takes four times as long.
    """
    random = os.urandom(16).hex()
    variant = "89ab"[int(random[16], 16) & 3]
    return f"{random[:8]}-{random[8:12]}-4{random[13:16]}-{variant}{random[17:20]}-{random[20:]}"


def plan_id_of(run_id: str) -> PlanId:
    """The id of the plan that a planning run makes: always the same for the same run.

    A run that is killed and resumed therefore commits the same plan, not a second one.
    """
    return PlanId(str(uuid.uuid5(_PLANS, run_id)))


def task_id_of(plan_id: str, number: int) -> TaskId:
    """The id of the `number`-th task that planning gives a plan, such as `3f9a2c1e77b0-3`."""
    return TaskId(f"{plan_id.replace('-', '')[:12]}-{number}")
