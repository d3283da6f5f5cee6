"""Prompts are Markdown files with front matter; `render` fills their `{{names}}`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_HOLE = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True)
class Prompt:
    """One prompt: its name, the version that cache keys and records tell, and its text with holes."""

    name: str
    version: str
    text: str

    @property
    def holes(self) -> frozenset[str]:
        """The names that `render` has to be given."""
        return frozenset(_HOLE.findall(self.text))


@cache
def load(name: str) -> Prompt:
    """The prompt in `NAME.md`. Raises FileNotFoundError for a name that is none."""
    source = files("groundplan.prompts").joinpath(f"{name}.md").read_text(encoding="utf-8")
    _, front, text = source.split("---\n", 2)
    fields = dict(line.split(": ", 1) for line in front.strip().splitlines())
    return Prompt(fields["name"], fields["version"], text.strip())


def render(name: str, values: Mapping[str, str]) -> str:
    """The prompt with every hole filled, in one pass: a value that looks like a hole stays as it is.

    Raises:
        ValueError: if a hole has no value, or a value no hole.
    """
    prompt = load(name)
    if prompt.holes != set(values):
        raise ValueError(f"prompt {name!r} has the holes {sorted(prompt.holes)}, given were {sorted(values)}")
    return _HOLE.sub(lambda hole: values[hole[1]], prompt.text)
