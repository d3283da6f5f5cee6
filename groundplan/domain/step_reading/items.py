"""A list as it was written: items within items, before anything is known of their order."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Item:
    """One entry of a list. An item with children is a heading: its children are the work.

    Attributes:
        label: what others may call it, in lower case: "3", "b", "1.2"; empty if nothing.
        independent: its children wait for what comes before them all, not for each other.
        parallel: it was introduced by "meanwhile" or the like.
    """

    text: str
    label: str = ""
    children: list[Item] = field(default_factory=list)
    independent: bool = False
    parallel: bool = False

    def leaves(self) -> list[Item]:
        """The items without children at and below this one, in written order."""
        if not self.children:
            return [self]
        return [leaf for child in self.children for leaf in (child.leaves() if child.children else (child,))]


@dataclass(slots=True)
class Reading:
    """A list that was found: `root` is its title with the items below; `notes` say what was passed over."""

    root: Item
    style: str
    notes: list[str] = field(default_factory=list)


MOST_LEVELS = 6
"""Deeper nesting is read as if it were this deep, which bounds every recursion over items."""
