"""The form in which a model names risks, and reading it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from groundplan.decomposition.calling import storable_text
from groundplan.decomposition.json_in_text import object_in
from groundplan.decomposition.quoting import one_line
from groundplan.domain.checked_texts import checked
from groundplan.domain.errors import PlanningError
from groundplan.domain.mitigation.kinds import Mitigation, MitigationKind
from groundplan.domain.risk import Impact, Risk, RiskCategory
from groundplan.domain.risk_rules import Outlook
from groundplan.domain.task import Task

BY_MODEL = "model"
"""The rule of risks that a model named."""
_MOST_ERRORS = 8
_LONGEST = 300


class AnsweredRisk(BaseModel):
    """One risk as a model says it. Lenient in form, strict in size."""

    model_config = ConfigDict(extra="ignore")

    category: RiskCategory
    description: str = Field(min_length=1, max_length=2_000)
    steps: list[int] = Field(default_factory=list, max_length=200)
    probability: float = Field(ge=0, le=1)
    impact: Impact
    evidence: str = Field(default="", max_length=2_000)
    mitigation: MitigationKind = MitigationKind.ADVICE
    advice: str = Field(default="", max_length=2_000)

    @field_validator("category", "impact", "mitigation", mode="before")
    @classmethod
    def _in_lower_case(cls, value: Any) -> Any:
        return value.strip().lower() if isinstance(value, str) else value

    @field_validator("evidence", "advice", mode="before")
    @classmethod
    def _nothing_is_empty(cls, value: Any) -> Any:
        return "" if value is None else value


class AnsweredRisks(BaseModel):
    """A whole answer."""

    model_config = ConfigDict(extra="ignore")

    risks: list[AnsweredRisk]


@dataclass(frozen=True)
class RiskReading:
    """What came of an answer: risks, or what only the model can mend. `refused` counts those whose text was refused."""

    risks: tuple[Risk, ...] = ()
    refused: int = 0
    errors: tuple[str, ...] = ()


def risks_schema(most: int) -> dict[str, Any]:
    """The JSON Schema that the output is held to. Lengths are bounded because small models loop in strings."""
    properties: dict[str, Any] = {
        "category": {"type": "string", "enum": [one.value for one in RiskCategory]},
        "description": {"type": "string", "maxLength": 160},
        "steps": {"type": "array", "items": {"type": "integer"}, "maxItems": 8},
        "probability": {"type": "number", "minimum": 0, "maximum": 1},
        "impact": {"type": "string", "enum": [one.value for one in Impact]},
        "evidence": {"type": "string", "maxLength": 160},
        "mitigation": {"type": "string", "enum": [one.value for one in MitigationKind]},
        "advice": {"type": "string", "maxLength": 120},
    }
    risk = {"type": "object", "properties": properties, "required": list(properties)}
    risks = {"type": "array", "items": risk, "maxItems": most}
    return {"title": "risks", "type": "object", "properties": {"risks": risks}, "required": ["risks"]}


def read_risks(text: str, cut_off: bool, shown: Sequence[Task], outlook: Outlook, *, most: int) -> RiskReading:
    """The risks of an answer about the steps that were shown, as risks of the plan; no more than `most`."""
    if cut_off:
        return RiskReading(errors=("It was cut off. Give fewer risks and shorter texts.",))
    found = object_in(text, "risks")
    if found is None:
        return RiskReading(errors=("It is not one JSON object.",))
    try:
        answered = AnsweredRisks.model_validate(found)
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False)]
        return RiskReading(errors=tuple(problems[:_MOST_ERRORS]))
    told = [_risk(one, shown, outlook) for one in answered.risks[:most]]
    kept = {risk.risk_id: risk for risk in told if risk is not None}
    return RiskReading(tuple(kept.values()), refused=told.count(None))


def _risk(said: AnsweredRisk, shown: Sequence[Task], outlook: Outlook) -> Risk | None:
    """The risk; None if its description is no prose."""
    try:
        description = _clean(said.description)
    except PlanningError:
        return None
    if not description:
        return None
    numbers = dict.fromkeys(number for number in said.steps if 1 <= number <= len(shown))
    task_ids = [shown[number - 1].task_id for number in numbers]
    return Risk(
        risk_id=outlook.id_of(BY_MODEL, *task_ids, detail=f"{said.category.value}: {description}"),
        rule=BY_MODEL,
        category=said.category,
        description=description,
        probability=round(said.probability, 2),
        impact=said.impact,
        task_ids=task_ids,
        evidence=_clean_or_nothing(said.evidence) or "named by the model",
        mitigations=[_mitigation(said)],
    )


def _mitigation(said: AnsweredRisk) -> Mitigation:
    words = _clean_or_nothing(said.advice)
    if said.mitigation is MitigationKind.ADVICE:
        return Mitigation(description=words or "Keep an eye on it.")
    return Mitigation(kind=said.mitigation, description=words or said.mitigation.value.replace("_", " "))


def _clean(text: str) -> str:
    return checked(one_line(storable_text(text))[:_LONGEST], "risk")


def _clean_or_nothing(text: str) -> str:
    try:
        return _clean(text)
    except PlanningError:
        return ""
