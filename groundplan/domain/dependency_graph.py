"""Which task waits for which, with the questions that planning and running ask of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from groundplan.domain import dag
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.frozen import Frozen
from groundplan.domain.outline import BINDING
from groundplan.domain.task import DependencyKind, Task, TaskDependency


class DependencyGraph(Frozen):
    """Adjacency of a plan: `predecessors[task_id]` lists the ids that the task waits for.

    Every task is a key, in the plan's order. The graph of a validated plan has no cycle.
    """

    predecessors: dict[str, list[str]]

    @classmethod
    def of(cls, tasks: Iterable[Task]) -> DependencyGraph:
        """The graph as the tasks' own dependencies say it, unchecked."""
        return cls(predecessors={task.task_id: task.predecessors for task in tasks})

    @property
    def successors(self) -> dict[str, list[str]]:
        """`successors[task_id]` lists the ids that wait for the task."""
        after: dict[str, list[str]] = {task_id: [] for task_id in self.predecessors}
        for task_id, before in self.predecessors.items():
            for other in before:
                after.setdefault(other, []).append(task_id)
        return after

    def get_ready_tasks(self, completed: Collection[str]) -> list[str]:
        """The tasks that are not completed and wait only for completed ones, in the plan's order."""
        done = frozenset(completed)
        return [
            task_id for task_id, before in self.predecessors.items() if task_id not in done and done.issuperset(before)
        ]

    def topological_order(self) -> list[str]:
        """Every task after all that it waits for. Raises E5301 with the cycle's path."""
        return dag.topological_order(self.predecessors)

    def parallel_groups(self) -> list[list[str]]:
        """Levels of tasks that could run together, if each level waited for the one before it."""
        return dag.parallel_groups(self.predecessors)

    def transitive_reduction(self) -> DependencyGraph:
        """The smallest graph with the same order: no edge that a longer path implies."""
        return DependencyGraph(predecessors=dag.transitive_reduction(self.predecessors))


def resolve(tasks: Sequence[Task]) -> tuple[list[Task], DependencyGraph]:
    """Make every wait of the tasks explicit, and check that they can be waited for.

    A binding `${T.output.x}` in a task's inputs or condition becomes a dependency on T by itself.

    Returns:
        The tasks, those with bindings completed by data dependencies, and the adjacency.

    Raises:
        PlanningError: E5302 for a dependency on no task of the plan, E5301 with `details["cycle"]`.
    """
    completed = [_with_bindings(task) for task in tasks]
    graph = DependencyGraph.of(completed)
    _check_known(completed, graph)
    graph.topological_order()
    return completed, graph


def _check_known(tasks: Iterable[Task], graph: DependencyGraph) -> None:
    for task in tasks:
        for other in task.predecessors:
            if other not in graph.predecessors:
                raise PlanningError(
                    ErrorCode.DEPENDENCY_MISSING,
                    f"Task {task.task_id!r} ({task.name!r}) waits for {other!r}, which the plan does not have",
                    details={"task_id": task.task_id, "missing": other},
                    recovery_suggestion="Add the missing task or remove the dependency.",
                )


def _with_bindings(task: Task) -> Task:
    if not task.inputs and not task.condition:
        return task
    known = set(task.predecessors)
    found = [
        TaskDependency(task_id=source, kind=DependencyKind.DATA, output=path or "output", input=name)
        for name, source, path in bindings(task)
        if source not in known
    ]
    if not found:
        return task
    first = {dependency.task_id: dependency for dependency in reversed(found)}
    added = [dependency for dependency in found if first[dependency.task_id] is dependency]
    return task.model_copy(update={"dependencies": [*task.dependencies, *added]})


def bindings(task: Task) -> list[tuple[str, str, str]]:
    """Every binding of the task as (input name, source task id, path within its output), in order."""
    found = [
        (name, match[1], match[2] or "")
        for name, value in task.inputs.items()
        for text in _texts(value)
        for match in BINDING.finditer(text)
    ]
    if task.condition:
        found += [("condition", match[1], match[2] or "") for match in BINDING.finditer(task.condition)]
    return found


def _texts(value: object) -> Iterable[str]:
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            if "${" in item:
                yield item
        elif isinstance(item, dict):
            pending.extend(reversed(list(item.values())))
        elif isinstance(item, list):
            pending.extend(reversed(item))
