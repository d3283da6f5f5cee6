"""Another order: what can do without a failed task goes first, the failed task is tried again after it.

Cut are only waits that stand for a written order (`order_only`), and only where the later task plainly has nothing to
do with what failed. A task s is *stuck* if it has failed, or still waits for a stuck one; a later task x is *free* of
the stuck tasks before it when

    every direct wait of x for a stuck task is `order_only`, and x needs nothing of its outcome,
    no stuck task that x waits for directly is done only under a condition,
    and for every stuck s before x, at any distance:
        s is no check (review, test, backup, approval …),
        x is no check, irreversible, outward (send, publish …) or grave (delete, pay …),
        x does not point back ("it", "them", "the result"), and names nothing that s names.

Free tasks keep their order among each other and towards everything that is not stuck. Stuck tasks stay behind what they
have to do with, also when the task between was set free. A failed task then waits for the free tasks that came after it
and surely run, so that its next failure no longer keeps them from running; it stays required, and the plan fails if it
fails. The words are English: a text with other letters is never set free.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from groundplan.domain import dag
from groundplan.domain.patch import PlanPatch
from groundplan.domain.replan_rules import Change, Circumstances, needs_outcome
from groundplan.domain.risk_words import CHECK, GRAVE, OUTWARD, mention
from groundplan.domain.task import DependencyKind, Task, TaskDependency

_MOST_TASKS = 1_000
"""Comparing every task with every stuck one before it is quadratic; beyond this nothing is cut."""

_POINTS_BACK = re.compile(
    r"\b(?:it|its|them|they|their|this|that|these|those|everything|all|both|each|same|"
    r"results?|outputs?|outcomes?|findings?|above|previous|earlier|former)\b"
)
_WORD = re.compile(r"[a-z0-9]{3,}")
_STEM = 5
_SAYS_NOTHING = frozenset(
    {
        "the",
        "and",
        "for",
        "with",
        "from",
        "into",
        "onto",
        "over",
        "about",
        "then",
        "next",
        "after",
        "before",
        "some",
        "any",
    }
)


@dataclass(slots=True)
class _Sorting:
    """The tasks after the failed ones, told apart. `behind[x]` are the stuck tasks before x, at any distance."""

    by_id: Mapping[str, Task]
    known: Circumstances
    stuck: dict[str, Task]
    behind: dict[str, set[str]] = field(default_factory=dict)
    free: dict[str, Task] = field(default_factory=dict)


def run_the_rest_first(failed: Sequence[Task], known: Circumstances) -> Change | None:
    """Let what can do without the failed tasks run before they are tried again; None if that helps not each of them."""
    if len(known.tasks) > _MOST_TASKS:
        return None
    sorting = _sorted_out(failed, known)
    helped = set().union(*(sorting.behind[task_id] for task_id in sorting.free)) if sorting.free else set()
    if any(task.task_id not in helped for task in failed):
        return None
    rewire = _rewired(failed, sorting)
    first = ", ".join(repr(task.name) for task in sorting.free.values())
    last = ", ".join(repr(task.name) for task in failed)
    return Change(
        PlanPatch(rewire=rewire), f"{first} only came after {last} in the written order, so that is done first"
    )


def can_do_without(task: Task, other: Task, known: Circumstances) -> bool:
    """Whether the task plainly has nothing to do with `other`, as far as words and declarations say."""
    tool = known.around.tools.get(task.tool or "")
    if task.irreversible or (tool is not None and tool.irreversible):
        return False
    if mention(CHECK, f"{other.name} {other.category}") or needs_outcome(task, other.task_id):
        return False
    return _stands_alone(_text(task)) and not (
        _named_in(_text(task)) & _named_in(_text(other)) - _shared_verb(task, other)
    )


def _sorted_out(failed: Sequence[Task], known: Circumstances) -> _Sorting:
    by_id = {task.task_id: task for task in known.tasks}
    sorting = _Sorting(by_id, known, {task.task_id: task for task in failed})
    graph = {task.task_id: [other for other in task.predecessors if other in by_id] for task in known.tasks}
    for task_id in dag.topological_order(graph):
        behind = {other for other in graph[task_id] if other in sorting.stuck}
        behind.update(*(sorting.behind[other] for other in graph[task_id]))
        sorting.behind[task_id] = behind
        if not behind or task_id in sorting.stuck or known.is_untouchable(task_id):
            continue
        (sorting.free if _is_free(by_id[task_id], sorting) else sorting.stuck)[task_id] = by_id[task_id]
    return sorting


def _is_free(task: Task, sorting: _Sorting) -> bool:
    for wait in task.dependencies:
        if wait.task_id in sorting.stuck and (not wait.order_only or _is_conditional(sorting.stuck[wait.task_id])):
            return False
    return all(can_do_without(task, sorting.by_id[other], sorting.known) for other in sorting.behind[task.task_id])


def _is_conditional(task: Task) -> bool:
    return bool(task.condition) or any(wait.kind is DependencyKind.CONDITIONAL for wait in task.dependencies)


def _rewired(failed: Sequence[Task], sorting: _Sorting) -> dict[str, list[TaskDependency]]:
    """Waits that change: free tasks lose the stuck ones, stuck ones keep whom they belong to, failed ones go last."""
    waits = {task_id: task.dependencies for task_id, task in sorting.by_id.items()}
    waits |= {task_id: _without_the_stuck(task, sorting) for task_id, task in sorting.free.items()}
    for task_id, task in sorting.stuck.items():
        waits[task_id] = [*waits[task_id], *_still_behind(task, waits, sorting)]
    for task in failed:
        waits[task.task_id] = [*waits[task.task_id], *_last_of_the_free(task, waits, sorting)]
    return {task_id: changed for task_id, changed in waits.items() if changed != sorting.by_id[task_id].dependencies}


def _without_the_stuck(task: Task, sorting: _Sorting) -> list[TaskDependency]:
    """Its waits, those for stuck tasks replaced by the order that these had towards tasks that are not stuck."""
    kept = {wait.task_id: wait for wait in task.dependencies if wait.task_id not in sorting.stuck}
    pending = [other for other in task.predecessors if other in sorting.stuck]
    for gone in pending:  # grows while it is read
        for other in sorting.by_id[gone].predecessors:
            if other in sorting.stuck:
                if other not in pending:
                    pending.append(other)
            elif not sorting.known.is_untouchable(other):
                kept.setdefault(other, TaskDependency(task_id=other, order_only=True))
    return list(kept.values())


def _still_behind(task: Task, waits: Mapping[str, list[TaskDependency]], sorting: _Sorting) -> list[TaskDependency]:
    """Waits for the stuck tasks that it belongs to and would be cut off from."""
    reached = _before(task.task_id, waits)
    return [
        TaskDependency(task_id=other)
        for other in sorted(sorting.behind[task.task_id])
        if other not in reached and not can_do_without(task, sorting.by_id[other], sorting.known)
    ]


def _last_of_the_free(task: Task, waits: Mapping[str, list[TaskDependency]], sorting: _Sorting) -> list[TaskDependency]:
    """Waits for the free tasks behind it that surely run and that no other of them waits for."""
    later = [one for one in sorting.free if task.task_id in sorting.behind[one] and _surely_runs(one, waits, sorting)]
    followed = set().union(*(_before(one, waits) for one in later)) if later else set()
    return [TaskDependency(task_id=one) for one in later if one not in followed]


def _surely_runs(task_id: str, waits: Mapping[str, list[TaskDependency]], sorting: _Sorting) -> bool:
    """Not if it, or an open task before it, may be skipped: a skip would travel on to the failed task."""
    for one in (task_id, *_before(task_id, waits)):
        task = sorting.by_id.get(one)
        if task is None or sorting.known.is_untouchable(one):
            continue
        conditional = task.condition or any(wait.kind is DependencyKind.CONDITIONAL for wait in waits[one])
        if task.optional or conditional:
            return False
    return True


def _before(task_id: str, waits: Mapping[str, list[TaskDependency]]) -> set[str]:
    found: set[str] = set()
    pending = [wait.task_id for wait in waits.get(task_id, ())]
    while pending:
        other = pending.pop()
        if other not in found:
            found.add(other)
            pending += [wait.task_id for wait in waits.get(other, ())]
    return found


def _text(task: Task) -> str:
    return f"{task.name} {task.description} {task.category}".lower()


@lru_cache(maxsize=4096)
def _stands_alone(text: str) -> bool:
    return text.isascii() and not (
        _POINTS_BACK.search(text) or mention(CHECK, text) or mention(GRAVE, text) or mention(OUTWARD, text)
    )


@lru_cache(maxsize=4096)
def _named_in(text: str) -> frozenset[str]:
    """What the text names, by the beginnings of its words, so that "reports" and "reporting" are one."""
    return frozenset(word[:_STEM] for word in _WORD.findall(text) if word not in _SAYS_NOTHING)


def _shared_verb(task: Task, other: Task) -> frozenset[str]:
    """The verb that leads both names: to write one thing has nothing to do with writing another."""
    verbs = [name.lower().split()[0] if name.split() else "" for name in (task.name, other.name)]
    return frozenset({verbs[0][:_STEM]}) if verbs[0] == verbs[1] else frozenset()
