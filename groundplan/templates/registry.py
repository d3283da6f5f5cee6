"""The templates there are: built-in ones, and those of a user's folder."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

import tomli_w
from pydantic import ValidationError

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.goal import Breakdown, Goal
from groundplan.domain.outline import Origin, Outline
from groundplan.templates.filling import filled_steps, read_parameters
from groundplan.templates.from_outline import template_fields
from groundplan.templates.matching import Matcher
from groundplan.templates.template import Template


@dataclass(frozen=True)
class TemplateMatch:
    """That a template fits a goal: how well (0 to 1), because of which words, and what it reads from the text."""

    template_id: str
    score: float
    reason: str
    parameters: Mapping[str, str]


class TemplateRegistry:
    """Templates by id. Immutable: `with_folder` gives another registry.

    registry = TemplateRegistry.builtin().with_folder(Path("templates"))
    match = registry.match(goal)
    outline = registry.fill(match) if match else None
    """

    def __init__(self, templates: Iterable[Template]) -> None:
        self._templates = {template.id: template for template in templates}

    @classmethod
    def builtin(cls) -> TemplateRegistry:
        """The templates that come with groundplan, read once per process."""
        return _builtin()

    def with_folder(self, folder: Path) -> TemplateRegistry:
        """These templates and those in the folder's `.toml` files; of one id the folder's counts.

        Raises:
            PlanningError: E5107 with file and place for a file that is no template, or a folder that is none.
        """
        if not folder.is_dir():
            raise _invalid(str(folder), "is not a folder")
        own = [_read(path) for path in sorted(folder.glob("*.toml"))]
        return TemplateRegistry([*self._templates.values(), *own])

    def __iter__(self) -> Iterator[Template]:
        return iter(self._templates.values())

    def __len__(self) -> int:
        return len(self._templates)

    def get(self, template_id: str) -> Template:
        """The template of this id. Raises E5107 with the ids there are."""
        if template_id not in self._templates:
            raise PlanningError(
                ErrorCode.TEMPLATE_INVALID,
                f"There is no template {template_id!r}",
                details={"templates": sorted(self._templates)},
                recovery_suggestion="List them with `groundplan templates`.",
            )
        return self._templates[template_id]

    @cached_property
    def version(self) -> str:
        """A hash over all templates: another one when anything in them changed."""
        told = "\n".join(self._templates[name].model_dump_json() for name in sorted(self._templates))
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def rank(self, text: str) -> list[TemplateMatch]:
        """Every template that fits the text, the best first; of equals the one given first."""
        scored = [(matcher.score(text), name) for name, matcher in self._matchers.items()]
        found = [
            TemplateMatch(
                name,
                score.value,
                f"the goal says {', '.join(repr(word) for word in score.words)}",
                read_parameters(self._templates[name], text),
            )
            for score, name in scored
            if score is not None
        ]
        return sorted(found, key=lambda match: -match.score)

    def match(self, goal: Goal) -> TemplateMatch | None:
        """The template that fits the goal best, or None."""
        ranked = self.rank(goal.goal_text)
        return ranked[0] if ranked else None

    def fill(self, match: TemplateMatch, breakdown: Breakdown = Breakdown.HYBRID) -> Outline:
        """The template's steps with the goal's words in them, phases named along the breakdown."""
        template = self.get(match.template_id)
        return Outline(
            title=template.title,
            steps=filled_steps(template, match.parameters, breakdown.value),
            origin=Origin(
                strategy="template",
                template=template.id,
                template_version=template.version,
                score=match.score,
                reason=match.reason,
            ),
        )

    @cached_property
    def _matchers(self) -> dict[str, Matcher]:
        return {name: Matcher.of(template.match) for name, template in self._templates.items()}


def save_template(
    outline: Outline, *, template_id: str, title: str, verbs: list[str], objects: list[str], folder: Path
) -> Path:
    """Keep a good plan's outline as a template: `folder/TEMPLATE_ID.toml`, which `with_folder` reads.

    Args:
        verbs, objects: what leads, and what has to follow in, the goals that it shall fit.

    Raises:
        PlanningError: E5107 if what would be written is no template; nothing is written then.
    """
    fields = template_fields(outline, template_id=template_id, title=title, verbs=verbs, objects=objects)
    written = tomli_w.dumps(fields).encode()
    _parsed(written, f"{template_id}.toml")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{template_id}.toml"
    path.write_bytes(written)
    return path


@cache
def _builtin() -> TemplateRegistry:
    library = files("groundplan.templates").joinpath("library")
    entries = sorted((entry for entry in library.iterdir() if entry.name.endswith(".toml")), key=lambda e: e.name)
    return TemplateRegistry(_parsed(entry.read_bytes(), entry.name) for entry in entries)


def _read(path: Path) -> Template:
    try:
        return _parsed(path.read_bytes(), path.name)
    except OSError as error:
        raise _invalid(path.name, error.strerror or "cannot be read") from error


def _parsed(content: bytes, name: str) -> Template:
    try:
        fields: dict[str, Any] = tomllib.loads(content.decode("utf-8"))
        return Template.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise _invalid(name, f"at {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, re.error) as error:
        raise _invalid(name, str(error)) from error


def _invalid(name: str, why: str) -> PlanningError:
    return PlanningError(
        ErrorCode.TEMPLATE_INVALID,
        f"Template {name!r} cannot be used: {why}",
        details={"file": name},
        recovery_suggestion="See docs/templates.md for the form of a template.",
    )
