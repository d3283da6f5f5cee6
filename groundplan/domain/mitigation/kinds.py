"""The kinds of mitigation, what each is worth, and the record of one that was applied."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SerializerFunctionWrapHandler, model_serializer

from groundplan.domain.frozen import Frozen, UtcDatetime


class MitigationKind(StrEnum):
    """`advice` is for people; every other kind is an edit of the plan that `mitigate` can make."""

    ADVICE = "advice"
    ADD_CHECK = "add_check"
    ADD_RETRY = "add_retry"
    ADD_FALLBACK = "add_fallback"
    ADD_BUFFER = "add_buffer"
    ADD_APPROVAL = "add_approval"

    @property
    def residual(self) -> float:
        """The share of the probability that is left once it is applied: a judgement, like the probabilities."""
        return _RESIDUAL[self]


_RESIDUAL = {
    MitigationKind.ADVICE: 1.0,
    MitigationKind.ADD_CHECK: 0.5,
    MitigationKind.ADD_RETRY: 0.5,
    MitigationKind.ADD_FALLBACK: 0.4,
    MitigationKind.ADD_BUFFER: 0.5,
    MitigationKind.ADD_APPROVAL: 0.4,
}


class Mitigation(Frozen):
    """What would help against a risk. Advice is written as its text alone, as it was before there were kinds."""

    kind: MitigationKind = MitigationKind.ADVICE
    description: str

    @model_serializer(mode="wrap")
    def _plain_advice(self, write: SerializerFunctionWrapHandler) -> Any:
        return self.description if self.kind is MitigationKind.ADVICE else write(self)


def _from_text(given: Any) -> Any:
    return {"description": given} if isinstance(given, str) else given


AnyMitigation = Annotated[Mitigation, BeforeValidator(_from_text)]
"""A mitigation, or the bare text of an advice."""


class AppliedMitigation(Frozen):
    """A mitigation that was made part of the plan: which tasks it added, and which it changed.

    `version` is the version of the plan that it made.
    """

    kind: MitigationKind
    added: list[str] = Field(default_factory=list)
    changed: list[str] = Field(default_factory=list)
    by: str = ""
    why: str = ""
    version: int = Field(default=1, ge=1)


class RiskDecision(Frozen):
    """That somebody lives with a risk, and why."""

    by: str
    why: str = ""
    at: UtcDatetime
