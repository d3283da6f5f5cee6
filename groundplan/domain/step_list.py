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
    """The list of steps that the text is, or None if it is prose or a single request. Linear in the text's length."""
    reading = read_lines(text) or read_inline(text) or read_worded(text) or _read_parts(text)
    if reading is None or are_rules([leaf.text for leaf in reading.root.leaves()]):
        return None
    mark_parts(reading.root)
    steps, notes = put_in_order(reading.root)
    notes = [*reading.notes, *notes]
    more = f"; {len(notes) - _SHOWN_NOTES} more remarks" if len(notes) > _SHOWN_NOTES else ""
    reason = "; ".join([f"the goal lists {len(steps)} steps ({reading.style})", *notes[:_SHOWN_NOTES]]) + more
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
