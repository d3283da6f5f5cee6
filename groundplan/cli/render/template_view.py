"""Plan templates for people: all in a table, or one with its steps."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.text import Text

from groundplan.cli.render.numbers import number_list
from groundplan.cli.render.tables import group, line, table
from groundplan.cli.render.times import duration
from groundplan.templates.template import Template, TemplateStep


def templates_table(templates: Sequence[Template]) -> RenderableType:
    """One row a template."""
    if not templates:
        return line("There are no templates.")
    rows = [[one.id, f"{len(one.steps)}", one.title, _example(one)] for one in templates]
    return table(["Template", "Steps", "Title", "…Example"], rows, right=["Steps"])


def template_view(template: Template) -> RenderableType:
    """What it is for, what it reads from the goal, its steps with likely durations, goals that match."""
    numbers = {step.key: number for number, step in enumerate(template.steps, start=1)}
    rows = [_row(step, numbers) for step in template.steps]
    return group(
        line(("Template ", ""), (template.id, "bold"), f", version {template.version}: {template.title}"),
        line(template.description),
        Text(),
        *[line(f"Reads {one.name} from the goal, otherwise {one.default!r}") for one in template.parameters],
        table(["#", "~Step", "After", "Takes"], rows, right=["#", "Takes"]),
        Text(),
        line("Goals that match:"),
        *[line("  - ", example) for example in template.examples.match],
    )


def _row(step: TemplateStep, numbers: dict[str, int]) -> list[str]:
    waits = {*step.after, *step.only_if, *(source.split(".")[0] for source in step.needs.values())}
    return [
        ("!" if step.irreversible else "") + str(numbers[step.key]),
        step.name + (" (optional)" if step.optional else ""),
        number_list(numbers[key] for key in waits),
        duration(60 * step.minutes[1]),
    ]


def _example(template: Template) -> str:
    return template.examples.match[0] if template.examples.match else template.description
