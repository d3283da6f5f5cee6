"""Scores of tasks, and of templates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import RenderableType

from groundplan.cli.render.plain import short_id
from groundplan.cli.render.tables import line, table
from groundplan.cli.render.times import moment

if TYPE_CHECKING:
    from groundplan.domain.evaluation import Evaluation, TemplateScore


def evaluations_table(evaluations: Sequence[Evaluation]) -> RenderableType:
    """One row a score."""
    if not evaluations:
        return line("No scores here. Score finished tasks: groundplan evaluations ID --judge")
    rows = [
        [
            short_id(one.task_id),
            f"{one.score:.2f}",
            f"{one.judge.value} {one.by}".strip(),
            one.criterion or "as a whole",
            one.why,
            moment(one.at),
        ]
        for one in evaluations
    ]
    return table(["Task", "Score", "Judge", "~Criterion", "~Why", "At (UTC)"], rows, right=["Score"])


def template_scores_table(scores: Sequence[TemplateScore]) -> RenderableType:
    """One row a template, best first."""
    if not scores:
        return line("No plan that was made from a template has scores yet.")
    rows = [[one.template, f"{one.plans}", f"{one.tasks}", f"{one.mean:.2f}"] for one in scores]
    return table(["Template", "Plans", "Tasks", "Mean"], rows, right=["Plans", "Tasks", "Mean"])
