"""Goals that list their own steps, read as written and without a model.

    read_step_list("1. Fetch the data 2. Clean it 3. Train a model 4. Write the docs (after 1) 5. Publish")

docs/numbered-goals.md has the rules. They err on the side of order: a step whose order cannot be read waits for what
stands before it.
"""

from __future__ import annotations

from dataclasses import dataclass

from groundplan.domain.step_reading.inline import read_inline
from groundplan.domain.step_reading.items import Item, Reading
from groundplan.domain.step_reading.lines import read_lines
from groundplan.domain.step_reading.markers import read_marker
from groundplan.domain.step_reading.material import are_rules, is_material
from groundplan.domain.step_reading.order import ListedStep, put_in_order
from groundplan.domain.step_reading.parts import mark_parts
from groundplan.domain.step_reading.worded import read_worded

__all__ = ["ListedStep", "StepList", "read_step_list"]

_SHOWN_NOTES = 5


@dataclass(frozen=True, slots=True)
class StepList:
    """The steps that a goal lists.

    Attributes:
        title: the words that introduce the list; empty if it begins with its first step.
        steps: in written order; dependencies name keys of this list and have no cycle.
        style: "numbered", "bulleted", "worded" ("first … then …") or "inline" ("with: a, b, c").
        reason: for people, why the goal was read so, with what was passed over.
    """

    title: str
    steps: tuple[ListedStep, ...]
    style: str
    reason: str


def read_step_list(text: str) -> StepList | None:
    """The list of steps that the text is, or None if it is prose or a single request. Linear in the text's length.

    Raises:
        PlanningError: E5301 for steps whose texts ask them to wait for each other.
    """
    reading = read_lines(text) or read_inline(text) or read_worded(text) or _read_parts(text) or _read_lone(text)
    if reading is None or are_rules([leaf.text for leaf in reading.root.leaves()]):
        return None
    mark_parts(reading.root)
    steps, notes = put_in_order(reading.root)
    notes = [*reading.notes, *notes]
    more = f"; {len(notes) - _SHOWN_NOTES} more remarks" if len(notes) > _SHOWN_NOTES else ""
    count = f"{len(steps)} steps" if len(steps) > 1 else "one step"
    reason = "; ".join([f"the goal lists {count} ({reading.style})", *notes[:_SHOWN_NOTES]]) + more
    return StepList(reading.root.text, steps, reading.style, reason)


def _read_parts(text: str) -> Reading | None:
    """ "Build a page with: a, b, c" and nothing else that lists steps."""
    if ":" not in text and "：" not in text:
        return None
    item = Item(" ".join(text.split()))
    mark_parts(item)
    if not item.children or is_material(item.text):
        return None
    return Reading(item, "inline")


def _read_lone(text: str) -> Reading | None:
    """ "1. Delete the database" and nothing else: who numbers a single step means a step, not a request."""
    lines = text.strip().splitlines()
    marker = read_marker(lines[0]) if lines else None
    if marker is None or marker.label != "1" or not marker.text or not all(line.strip() for line in lines):
        return None
    words = " ".join([marker.text, *(line.strip() for line in lines[1:])])
    return Reading(Item("", children=[Item(words, marker.label)]), "numbered")
