"""How well a finished task met its success criteria: scores by a rule, a model or a person, and what they add up to."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from groundplan.domain.frozen import Frozen, UtcDatetime
from groundplan.domain.ids import Id, new_id


class Judge(StrEnum):
    """Who has scored. `rule`: a criterion in CEL over the task's `output` and `status`."""

    RULE = "rule"
    MODEL = "model"
    PERSON = "person"


class Evaluation(Frozen):
    """The score of one finished task by one criterion, from 0 (missed) to 1 (met).

    `criterion` is one of the task's `success_criteria`, or empty for the task as a whole. `by` names the person or the
    model; `template` is the one that the plan was made from.
    """

    evaluation_id: Id = Field(default_factory=new_id)
    plan_id: str
    task_id: str
    run_id: str
    judge: Judge
    by: str = ""
    criterion: str = ""
    score: float = Field(ge=0, le=1)
    why: str = ""
    template: str | None = None
    at: UtcDatetime


class TemplateScore(Frozen):
    """What the plans of one template came to: `mean` is the mean over tasks of each task's mean score."""

    template: str
    plans: int
    tasks: int
    mean: float


def template_scores(evaluations: list[Evaluation]) -> list[TemplateScore]:
    """The scores by template, best first: each task counts once, however many criteria it has.

    mean(T) = Σ_task mean(scores of task) / number of tasks
    """
    by_template: dict[str, dict[tuple[str, str, str], list[float]]] = {}
    for one in evaluations:
        if one.template is not None:
            tasks = by_template.setdefault(one.template, {})
            tasks.setdefault((one.plan_id, one.run_id, one.task_id), []).append(one.score)
    found = [_score(template, tasks) for template, tasks in by_template.items()]
    return sorted(found, key=lambda score: (-score.mean, score.template))


def _score(template: str, tasks: dict[tuple[str, str, str], list[float]]) -> TemplateScore:
    means = [sum(scores) / len(scores) for scores in tasks.values()]
    plans = len({plan_id for plan_id, _, _ in tasks})
    return TemplateScore(template=template, plans=plans, tasks=len(means), mean=sum(means) / len(means))
