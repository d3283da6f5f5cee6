"""A planning run: one pass of a goal through the planning graph, resumable by its id."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from groundplan.domain.frozen import Frozen, UtcDatetime
from groundplan.domain.ids import Id


class CheckpointMode(StrEnum):
    """`steps`: every step is checkpointed. `ends`: only the end, or from the moment a model is asked."""

    STEPS = "steps"
    ENDS = "ends"


class PlanningRun(Frozen):
    """Which goal is planned by which run. `run_id` is also the id of the checkpointer's thread."""

    run_id: Id
    goal_id: Id
    mode: CheckpointMode = CheckpointMode.STEPS
    created_at: UtcDatetime


class PromptMessage(Frozen):
    """One message of a prompt. `role` is `system`, `human` or `ai`."""

    role: str
    content: str


class ModelAnswer(Frozen):
    """What a model answered to one prompt, kept so that nobody asks it twice.

    `finish` is the model's own word for why it stopped (`stop`, `length`, …). An answer that was kept
    before prompts were has neither `prompt` nor `asked_at`.
    """

    text: str
    model: str
    finish: str = "stop"
    input_tokens: int = Field(default=0, ge=0)
    output_tokens: int = Field(default=0, ge=0)
    latency_ms: float = Field(default=0.0, ge=0)
    prompt: list[PromptMessage] = Field(default_factory=list)
    asked_at: UtcDatetime | None = None


def in_order(answers: list[ModelAnswer]) -> list[ModelAnswer]:
    """The answers in the order in which they were asked for; those that do not know come first, as they are."""
    return sorted(answers, key=lambda answer: answer.asked_at.timestamp() if answer.asked_at else 0.0)
