"""From the tree of a list to its steps and what each of them waits for.

Steps follow each other: a step waits for all before it that nothing else waits for yet, which is the one before it,
or the open ends of steps side by side. References in a step's text take the place of this rule, and go before it: where
both together would leave a cycle, the list is read in an order that the references allow. A heading is no step;
its steps begin when it could begin, and what comes after it waits for its open ends.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from groundplan.domain.dag import find_cycle
from groundplan.domain.durations import DurationRange, find_duration, names_a_unit
from groundplan.domain.step_reading.arrangement import arrange, check_said, in_one_row
from groundplan.domain.step_reading.items import Item
from groundplan.domain.step_reading.references import (
    NOTHING,
    Hints,
    References,
    Span,
    hints_in,
    normal_label,
    read_references,
)

_PUNCTUATION = dict.fromkeys(map(ord, ".,;:!?()[]{}\"'“”‘’«»/-–—…"), " ")
_MOST_EDGES = 50_000
"""Beyond this a list is hostile, or no list that a person wrote; it is then read as a plain sequence."""


@dataclass(frozen=True, slots=True)
class ListedStep:
    """One step of a list.

    Attributes:
        key: "s1", "s2", … in written order.
        text: as written, without its number or bullet.
        depends_on: keys of the steps that it waits for.
        data_from: those of them whose result it uses.
        parent: the heading or step that it is a part of.
        duration: how long its text says that it takes.
        follows: it waits only because it is written after those, not because its text says so.
    """

    key: str
    text: str
    depends_on: tuple[str, ...]
    data_from: tuple[str, ...] = ()
    parent: str | None = None
    duration: DurationRange | None = None
    follows: bool = False


class _TooManyEdges(Exception):
    """The list would need more dependencies than any plan can use."""


@dataclass(slots=True)
class _Scope:
    """A heading that is being read, and what its own entries are called."""

    heading: Item
    outer: _Scope | None = None
    labels: dict[str, Item] | None = None


@dataclass(slots=True)
class _Ordering:
    """The state of one pass. Items are known by identity; labels are collected when the first is looked for."""

    root: Item
    keys: dict[int, str]
    hints: Hints
    timed: bool
    arranged: dict[int, list[Item]] = field(default_factory=dict)
    everywhere: dict[str, Item] | None = None
    steps: list[ListedStep] = field(default_factory=list)
    starts: dict[int, tuple[str, ...]] = field(default_factory=dict)
    exits: dict[int, tuple[str, ...]] = field(default_factory=dict)
    followed: set[str] = field(default_factory=set)
    open_ends: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    said: list[tuple[Item, tuple[str, ...]]] = field(default_factory=list)
    beside: dict[int, Item] = field(default_factory=dict)
    edges: int = 0
    looks_ahead: bool = False


def put_in_order(root: Item) -> tuple[tuple[ListedStep, ...], list[str]]:
    """The steps of the list with their dependencies, acyclic, and notes on references that could not be kept.

    Raises:
        PlanningError: E5301 if the references alone leave a cycle.
    """
    ordering = _start(root)
    try:
        _lay_out(ordering, _Scope(root), ())
        if ordering.looks_ahead and find_cycle({step.key: step.depends_on for step in ordering.steps}):
            return _rearranged(ordering)
    except _TooManyEdges:
        return _chain(root), ["too many references to keep them apart, read as one step after the other"]
    return tuple(ordering.steps), list(dict.fromkeys(ordering.notes))


def _rearranged(first: _Ordering) -> tuple[tuple[ListedStep, ...], list[str]]:
    """The steps in the written order as far as it goes together with what they say."""
    said: dict[str, list[str]] = {key: [] for key in first.keys.values()}
    for item, waits in first.said:
        leaves = item.leaves()
        first.edges += len(leaves) * len(waits)
        if first.edges > 2 * _MOST_EDGES:
            raise _TooManyEdges
        for leaf in leaves:
            said[first.keys[id(leaf)]] += [key for key in waits if key != first.keys[id(leaf)]]
    check_said(said, {step.key: step.text for step in first.steps})
    notes = ["steps that refer to later ones are done after those"]
    arranged = arrange(first.root, said, first.keys, first.beside)
    if arranged is not None:
        again = _Ordering(first.root, first.keys, first.hints, first.timed, arranged)
        _lay_out(again, _Scope(first.root), ())
        if not find_cycle({step.key: step.depends_on for step in again.steps}):
            steps = sorted(again.steps, key=lambda step: int(step.key[1:]))
            return tuple(steps), list(dict.fromkeys([*notes, *again.notes]))
    return _in_one_row(first, said), list(dict.fromkeys([*notes, *first.notes]))


def _in_one_row(first: _Ordering, said: dict[str, list[str]]) -> tuple[ListedStep, ...]:
    """Where whole headings would have to come before each other: all steps in a row, but for what they say."""
    waits = dict(said)
    ends: list[str] = []
    for key in in_one_row(list(said), said):
        waits[key] = waits[key] or ends
        ends = [end for end in ends if end not in waits[key]] + [key]
    return tuple(
        replace(
            step, depends_on=tuple(dict.fromkeys(waits[step.key])), follows=bool(waits[step.key]) and not said[step.key]
        )
        for step in sorted(first.steps, key=lambda step: int(step.key[1:]))
    )


def _start(root: Item) -> _Ordering:
    keys = {id(leaf): f"s{number}" for number, leaf in enumerate(root.leaves(), start=1)}
    items = _below(root)
    text = "\n".join([item.text for item in items]).lower()
    words = frozenset(text.translate(_PUNCTUATION).split())
    letters = any(item.label[-1:].isalpha() for item in items)
    return _Ordering(root, keys, hints_in(text, words, letters=letters), names_a_unit(text, words))


def _below(item: Item) -> list[Item]:
    found = list(item.children)
    for child in item.children:
        if child.children:
            found += _below(child)
    return found


def _lay_out(ordering: _Ordering, scope: _Scope, entry: tuple[str, ...]) -> tuple[str, ...]:
    """Add the steps below the scope's heading; `entry` is what the first of them waits for. Returns its open ends."""
    ends: list[str] = []
    previous: Item | None = None
    for child in ordering.arranged.get(id(scope.heading), scope.heading.children):
        said = read_references(child.text, ordering.hints)
        waits, data = _said_waits(ordering, scope, child, said)
        if waits is None:
            waits = _beside(ordering, scope, child, said, entry, previous)
        follows = waits is None and not scope.heading.independent
        if follows:
            before = _unfollowed(ordering, ends)
            # What the first entry waits for may be what its heading says.
            waits, ends, follows = before or entry, [], bool(before)
        exits = _add(ordering, scope, child, entry if waits is None else waits, data, follows=follows)
        ends.extend(exits)
        previous = child
    return _unfollowed(ordering, ends) or tuple(ends[-1:])


def _add(
    ordering: _Ordering, scope: _Scope, item: Item, waits: tuple[str, ...], data: tuple[str, ...], *, follows: bool
) -> tuple[str, ...]:
    """Add the item, or if it is a heading all below it, and return its open ends."""
    ordering.starts[id(item)] = waits
    ordering.followed.update(waits)
    if item.children:
        exits = _lay_out(ordering, _Scope(item, scope), waits)
    else:
        ordering.edges += len(waits)
        if ordering.edges > _MOST_EDGES:
            raise _TooManyEdges
        exits = (ordering.keys[id(item)],)
        parent = scope.heading.text or None if scope.outer else None
        duration = find_duration(item.text) if ordering.timed else None
        ordering.steps.append(ListedStep(exits[0], item.text, waits, data, parent, duration, follows))
        ordering.open_ends.append(exits[0])
    ordering.exits[id(item)] = exits
    return exits


def _said_waits(
    ordering: _Ordering, scope: _Scope, item: Item, said: References
) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    """What the item's text says that it waits for (None if nothing), and whose results it uses."""
    if said is NOTHING or not (said.after or said.after_all):
        return None, ()
    waits: dict[str, None] = {}
    data: dict[str, None] = {}
    if said.after_all:
        waits.update(dict.fromkeys(_unfollowed(ordering, ordering.open_ends)))
        ordering.open_ends = []
    for span in said.after:
        keys = _keys_of(ordering, scope, item, span)
        ordering.said.append((item, tuple(keys)))
        waits.update(dict.fromkeys(keys))
        if span in said.data:
            data.update(dict.fromkeys(keys))
    return tuple(waits) or None, tuple(data)


def _beside(
    ordering: _Ordering, scope: _Scope, item: Item, said: References, entry: tuple[str, ...], previous: Item | None
) -> tuple[str, ...] | None:
    """What the item waits for because it runs along with another or with none, or None if it just follows."""
    if said.independent:
        return entry
    for label, _ in said.beside:
        other = _find(ordering, scope, label)
        if other is not None and id(other) in ordering.starts and id(other) in ordering.exits:
            return ordering.starts[id(other)]
        ordering.notes.append(f"{_name(item)} runs beside step {label}, which is not before it in the list")
    if item.parallel or said.beside_previous:
        ordering.beside[id(item)] = item
        return ordering.starts[id(previous)] if previous else entry
    return None


def _keys_of(ordering: _Ordering, scope: _Scope, item: Item, span: Span) -> list[str]:
    """The open ends of the steps that the labels name, as far as they can be waited for."""
    first, last = span
    labels = [first] if first == last else [str(n) for n in range(int(first), min(int(last), int(first) + 9999) + 1)]
    keys: list[str] = []
    for label in labels:
        other = _find(ordering, scope, label)
        if other is None:
            ordering.notes.append(f"{_name(item)} refers to step {label}, which is not in the list")
            break
        keys.extend(_ends_of(ordering, item, other))
        if ordering.edges + len(keys) > _MOST_EDGES:
            raise _TooManyEdges
    return keys


def _ends_of(ordering: _Ordering, item: Item, other: Item) -> tuple[str, ...]:
    known = ordering.exits.get(id(other))
    if known is not None:
        return known
    if other is item or id(other) in ordering.starts:
        ordering.notes.append(f"{_name(item)} refers to itself")
        return ()
    ordering.looks_ahead = True
    return tuple(ordering.keys[id(leaf)] for leaf in other.leaves())


def _find(ordering: _Ordering, scope: _Scope, label: str) -> Item | None:
    """The item of that label nearest to the scope, outwards."""
    inner: _Scope | None = scope
    while inner is not None:
        if inner.labels is None:
            inner.labels = _labels_in(inner.heading)
        if label in inner.labels:
            return inner.labels[label]
        inner = inner.outer
    if ordering.everywhere is None:
        ordering.everywhere = {}
        _collect(ordering.root, "", ordering.everywhere)
    return ordering.everywhere.get(label)


def _labels_in(heading: Item) -> dict[str, Item]:
    """What the entries right below the heading are called.

    Bullets have no labels, but people count them. Sections are not counted, nor bullets within a numbered step,
    where "after 1" means step 1 and not the first bullet.
    """
    labels: dict[str, Item] = {}
    for number, child in enumerate(heading.children, start=1):
        counted = "" if heading.label or child.children else str(number)
        labels.setdefault(normal_label(child.label) or counted, child)
    return labels


def _collect(item: Item, outer: str, everywhere: dict[str, Item]) -> None:
    """Every label that can be meant from anywhere: "2.b" with its way, and "b" itself if it comes first."""
    for child in item.children:
        own = normal_label(child.label)
        path = own if own.startswith(f"{outer}.") or not outer else f"{outer}.{own}" if own else ""
        for label in (path, own):
            if label:
                everywhere.setdefault(label, child)
        _collect(child, path or outer, everywhere)


def _name(item: Item) -> str:
    return f"step {item.label}" if item.label else f"step {item.text[:40]!r}"


def _unfollowed(ordering: _Ordering, ends: list[str]) -> tuple[str, ...]:
    return tuple([key for key in ends if key not in ordering.followed])


def _chain(root: Item) -> tuple[ListedStep, ...]:
    return tuple(
        ListedStep(f"s{n}", leaf.text, (f"s{n - 1}",) if n > 1 else (), (), None, find_duration(leaf.text), n > 1)
        for n, leaf in enumerate(root.leaves(), start=1)
    )
