"""What a template is: when it fits a goal, what it takes from the goal's text, and its steps."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

from pydantic import Field, field_validator

from groundplan.domain.frozen import Frozen
from groundplan.domain.task import TOOL_PATTERN, Compensation, RetryPolicy, ToolName

Minutes = tuple[float, float, float]


class Clause(Frozen):
    """One way in which a goal can ask for a template.

    `verbs` has to lead the goal ("Deploy …", "We need to deploy …"), and of each group in `objects` something has to
    follow. Words are whole words; a trailing `*` lets them go on (`deploy*`).
    """

    verbs: list[str] = Field(min_length=1)
    objects: list[list[str]] = Field(min_length=1)


class MatchRules(Frozen):
    """When a template fits: one of its clauses holds and none of the words in `never` occurs.

    `also` are words that make a match surer without being needed. A goal that asks for something else besides does not
    fit, unless that begins with one of `covers`: what the template's steps do anyway.
    """

    clauses: list[Clause] = Field(min_length=1)
    also: list[str] = Field(default_factory=list)
    never: list[str] = Field(default_factory=list)
    covers: list[str] = Field(default_factory=list)


class Parameter(Frozen):
    """A value read from the goal's text: the first group of `pattern`, or else `default`."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    pattern: str
    default: str = Field(min_length=1)
    description: str = ""

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            groups = re.compile(pattern).groups
        except re.error as error:
            raise ValueError(f"is no regular expression: {error}") from error
        if groups != 1:
            raise ValueError("needs exactly one group")
        return pattern

    @cached_property
    def regex(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.IGNORECASE)


class TemplateStep(Frozen):
    """One step. `{names}` of parameters are filled in its texts and inputs.

    `minutes` are optimistic, likely and pessimistic.

    `after` are the steps it waits for. `needs` maps an input to `STEP.output` and makes a data dependency; `only_if`
    maps a step to a CEL condition over its outcome. `alternative_tools` take the same inputs and give the same
    outputs as `tool`, and may be tried in this order when it fails.
    """

    key: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: str = Field(min_length=1, max_length=200)
    description: str = ""
    after: list[str] = Field(default_factory=list)
    needs: dict[str, str] = Field(default_factory=dict)
    only_if: dict[str, str] = Field(default_factory=dict)
    minutes: Minutes
    tokens: tuple[float, float, float] | None = None
    category: str = ""
    phase: str = ""
    tool: str | None = Field(default=None, pattern=TOOL_PATTERN)
    inputs: dict[str, Any] = Field(default_factory=dict)
    success: list[str] = Field(min_length=1)
    capabilities: list[str] = Field(default_factory=list)
    alternative_tools: list[ToolName] = Field(default_factory=list)
    optional: bool = False
    irreversible: bool = False
    compensation: Compensation | None = None
    retry: RetryPolicy | None = None

    @field_validator("minutes")
    @classmethod
    def _in_order(cls, minutes: Minutes) -> Minutes:
        if not 0 <= minutes[0] <= minutes[1] <= minutes[2]:
            raise ValueError("needs optimistic <= likely <= pessimistic")
        return minutes


class Examples(Frozen):
    """Goals that this template has to match, and goals that it must not."""

    match: list[str] = Field(default_factory=list)
    no_match: list[str] = Field(default_factory=list)


class Template(Frozen):
    """A reusable plan structure, as one data file holds it.

    `phases` names the phases by breakdown: `phases.temporal = {collect = "Preparation", …}`; without an entry a step's
    own `phase` is used.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")
    version: str
    title: str
    description: str
    match: MatchRules
    parameters: list[Parameter] = Field(default_factory=list)
    steps: list[TemplateStep] = Field(min_length=1)
    phases: dict[str, dict[str, str]] = Field(default_factory=dict)
    examples: Examples = Field(default_factory=Examples)

    @field_validator("steps")
    @classmethod
    def _hold_together(cls, steps: list[TemplateStep]) -> list[TemplateStep]:
        seen: set[str] = set()
        for step in steps:
            waits = {*step.after, *step.only_if, *(source.split(".")[0] for source in step.needs.values())}
            if missing := sorted(waits - seen):
                raise ValueError(f"step {step.key!r} waits for {missing[0]!r}, which is not before it")
            if step.key in seen:
                raise ValueError(f"step {step.key!r} is there twice")
            seen.add(step.key)
        return steps
