"""Orders and shapes of a directed acyclic graph, given as predecessors per node.

`predecessors[node]` holds the nodes that `node` waits for; every node is a key, and the mapping's order is the
order of ties. Nothing here recurses: a chain of 10,000 nodes is a plan like any other.

Plain dictionaries, measured beside rustworkx 0.18 with ids copied into its graph and back: topological order of 8
nodes 4 µs against 5, of a chain of 10,000 nodes 4.5 ms against 4.7; transitive reduction of a chain of 5,000 nodes
11 ms against 560, where rustworkx is quadratic. It is only faster at reducing very small graphs (8 µs against 15).
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import TypeVar

from groundplan.domain.errors import ErrorCode, PlanningError

K = TypeVar("K", bound=Hashable)


def topological_order(predecessors: Mapping[K, Collection[K]]) -> list[K]:
    """Every node after all that it waits for; nodes that are free at the same time in the mapping's order.

    Kahn's algorithm (Kahn 1962), O(V + E).

    Raises:
        PlanningError: E5301 with `details["cycle"]` as of `find_cycle`, E5302 for a predecessor that is no node.
    """
    return ordered(predecessors, predecessors)[0]


def ordered(nodes: Collection[K], predecessors: Mapping[K, Collection[K]]) -> tuple[list[K], dict[K, list[K]]]:
    """The topological order of `nodes`, and the successors of each; a node without entry waits for none.

    Raises:
        PlanningError: as `topological_order`; E5302 too for predecessors of what is no node.
    """
    successors: dict[K, list[K]] = {node: [] for node in nodes}
    waiting: dict[K, int] = {}
    for node, before in predecessors.items():
        if node not in successors:
            raise _unknown(node, node)
        waiting[node] = len(before)
        for other in before:
            if other not in successors:
                raise _unknown(node, other)
            successors[other].append(node)
    order = [node for node in nodes if not waiting.get(node)]
    for node in order:
        for after in successors[node]:
            waiting[after] -= 1
            if not waiting[after]:
                order.append(after)
    if len(order) < len(successors):
        raise _cyclic(predecessors, order)
    return order, successors


def find_cycle(predecessors: Mapping[K, Collection[K]]) -> list[K] | None:
    """A cycle as `[a, b, …, a]`, each node waiting for the next one, or None. O(V + E).

    It starts at the cycle's first node in the mapping's order. Predecessors that are no node are passed over.
    """
    finished: set[K] = set()
    for start in predecessors:
        if start not in finished and (cycle := _cycle_behind(start, predecessors, finished)):
            return _rotated(cycle, predecessors)
    return None


def parallel_groups(predecessors: Mapping[K, Collection[K]]) -> list[list[K]]:
    """The levels of the graph: `level(n) = 1 + max level(p), p → n`; within a level the mapping's order.

    Raises:
        PlanningError: E5301 and E5302, as `topological_order`.
    """
    level: dict[K, int] = {}
    for node in topological_order(predecessors):
        level[node] = max((level[other] + 1 for other in predecessors[node]), default=0)
    groups: list[list[K]] = [[] for _ in range(max(level.values(), default=-1) + 1)]
    for node in predecessors:
        groups[level[node]].append(node)
    return groups


def transitive_reduction(predecessors: Mapping[K, Collection[K]]) -> dict[K, list[K]]:
    """The fewest edges with the same reachability (Aho, Garey, Ullman 1972); unique in a DAG.

    An edge goes when its tail is an ancestor of another predecessor. Ancestors are bit sets, so V nodes and
    E edges cost E · V / 64 word operations and at most V² / 8 bytes. Predecessors keep their order.

    Raises:
        PlanningError: E5301 and E5302, as `topological_order`.
    """
    order = topological_order(predecessors)
    position = {node: index for index, node in enumerate(order)}
    ancestors: dict[K, int] = {}
    reduced: dict[K, list[K]] = {}
    for node in order:
        reached, kept = 0, set()
        for other in sorted(predecessors[node], key=position.__getitem__, reverse=True):
            bit = 1 << position[other]
            if not reached & bit:
                kept.add(other)
                reached |= ancestors[other] | bit
        ancestors[node] = reached
        reduced[node] = [other for other in dict.fromkeys(predecessors[node]) if other in kept]
    return {node: reduced[node] for node in predecessors}


def _unknown(node: object, other: object) -> PlanningError:
    what = f"{node!r} waits for {other!r}" if node != other else f"Predecessors are given for {node!r}"
    return PlanningError(
        ErrorCode.DEPENDENCY_MISSING,
        f"{what}, which is not there",
        details={"task_id": node, "missing": other},
        recovery_suggestion="Add what is missing or remove the dependency.",
    )


def _cyclic(predecessors: Mapping[K, Collection[K]], in_order: Iterable[K]) -> PlanningError:
    done = set(in_order)
    rest = {node: [p for p in before if p not in done] for node, before in predecessors.items() if node not in done}
    cycle = find_cycle(rest) or []
    shown = cycle if len(cycle) <= _SHOWN else [*cycle[: _SHOWN - 1], "…", cycle[-1]]
    return PlanningError(
        ErrorCode.DEPENDENCY_CYCLE,
        "Tasks wait for each other: " + " waits for ".join(map(str, shown)),
        details={"cycle": cycle},
        recovery_suggestion="Remove one of the dependencies on the cycle.",
    )


_SHOWN = 12


def _cycle_behind(start: K, predecessors: Mapping[K, Collection[K]], finished: set[K]) -> list[K] | None:
    """Walk back from `start`, depth first, until a node on the present path turns up again."""
    path: dict[K, None] = {start: None}
    pending = [iter(predecessors[start])]
    while pending:
        node = next((p for p in pending[-1] if p in predecessors and p not in finished), None)
        if node is None:
            pending.pop()
            finished.add(path.popitem()[0])
        elif node in path:
            nodes = list(path)
            return nodes[nodes.index(node) :]
        else:
            path[node] = None
            pending.append(iter(predecessors[node]))
    return None


def _rotated(cycle: list[K], predecessors: Mapping[K, Collection[K]]) -> list[K]:
    members = set(cycle)
    first = cycle.index(next(node for node in predecessors if node in members))
    return [*cycle[first:], *cycle[:first], cycle[first]]
