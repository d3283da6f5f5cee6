"""Laws of orders and shapes of directed acyclic graphs."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundplan.domain.dag import find_cycle, parallel_groups, topological_order, transitive_reduction
from groundplan.domain.errors import ErrorCode, PlanningError

Graph = dict[int, list[int]]


@st.composite
def dags(draw: st.DrawFn, *, most: int = 14) -> Graph:
    """A graph whose edges go up in a random labelling, so that neither ids nor key order give the order away."""
    size = draw(st.integers(0, most))
    labels = draw(st.permutations(range(size)))
    edges = {later: [earlier for earlier in range(later) if draw(st.booleans())] for later in range(size)}
    keys = draw(st.permutations(range(size)))
    return {labels[key]: [labels[before] for before in edges[key]] for key in keys}


graphs = st.integers(1, 8).flatmap(
    lambda size: st.fixed_dictionaries({node: st.lists(st.integers(0, size - 1), unique=True) for node in range(size)})
)
"""Any directed graph, cycles and self loops included."""


def reachable(graph: Graph) -> set[tuple[int, int]]:
    """All pairs (ancestor, node), by walking back from each node."""
    pairs = set()
    for node in graph:
        pending, seen = list(graph[node]), set()
        while pending:
            other = pending.pop()
            if other not in seen:
                seen.add(other)
                pending.extend(graph[other])
        pairs |= {(other, node) for other in seen}
    return pairs


@given(dags())
def test_every_node_comes_once_and_after_what_it_waits_for(graph: Graph) -> None:
    order = topological_order(graph)
    position = {node: index for index, node in enumerate(order)}
    assert sorted(order) == sorted(graph)
    assert all(position[before] < position[node] for node in graph for before in graph[node])


def test_free_nodes_keep_the_given_order() -> None:
    assert topological_order({"c": [], "a": [], "b": ["a"], "d": ["c"]}) == ["c", "a", "d", "b"]


@given(graphs)
def test_a_cycle_is_found_exactly_when_some_node_is_its_own_ancestor(graph: Graph) -> None:
    cycle = find_cycle(graph)
    assert (cycle is not None) == any(a == b for a, b in reachable(graph))


@given(graphs)
def test_a_found_cycle_follows_edges_and_ends_where_it_began(graph: Graph) -> None:
    cycle = find_cycle(graph)
    if cycle is not None:
        assert cycle[0] == cycle[-1]
        assert all(after in graph[node] for node, after in itertools.pairwise(cycle))
        assert len(set(cycle)) == len(cycle) - 1


@given(graphs)
def test_an_order_exists_exactly_when_there_is_no_cycle(graph: Graph) -> None:
    if find_cycle(graph) is None:
        assert len(topological_order(graph)) == len(graph)
        return
    with pytest.raises(PlanningError) as caught:
        topological_order(graph)
    assert caught.value.code is ErrorCode.DEPENDENCY_CYCLE
    path = caught.value.details["cycle"]
    assert path[0] == path[-1] and all(b in graph[a] for a, b in itertools.pairwise(path))


def test_the_cycle_is_named_from_its_first_node_in_the_given_order() -> None:
    graph = {"x": [], "a": ["x", "c"], "b": ["a"], "c": ["b"]}
    assert find_cycle(graph) == ["a", "c", "b", "a"]
    with pytest.raises(PlanningError, match="a waits for c waits for b waits for a"):
        topological_order(graph)


def test_a_node_that_waits_for_itself_is_a_cycle() -> None:
    assert find_cycle({"a": ["a"]}) == ["a", "a"]


def test_the_message_of_a_long_cycle_stays_short_but_its_path_is_whole() -> None:
    graph = {n: [(n + 1) % 5000] for n in range(5000)}
    with pytest.raises(PlanningError) as caught:
        topological_order(graph)
    assert len(caught.value.message) < 300
    assert len(caught.value.details["cycle"]) == 5001


def test_an_unknown_predecessor_is_refused_by_name() -> None:
    with pytest.raises(PlanningError) as caught:
        topological_order({"a": [], "b": ["z"]})
    assert caught.value.code is ErrorCode.DEPENDENCY_MISSING
    assert caught.value.details == {"task_id": "b", "missing": "z"}


@given(dags())
def test_a_node_lies_one_level_above_its_highest_predecessor(graph: Graph) -> None:
    groups = parallel_groups(graph)
    level = {node: index for index, group in enumerate(groups) for node in group}
    assert sorted(level) == sorted(graph)
    for node, before in graph.items():
        assert level[node] == max((level[other] + 1 for other in before), default=0)


def test_levels_keep_the_given_order() -> None:
    assert parallel_groups({"d": ["b"], "c": [], "b": [], "a": ["c"]}) == [["c", "b"], ["d", "a"]]


@given(dags())
def test_the_reduction_reaches_the_same_with_no_edge_to_spare(graph: Graph) -> None:
    reduced = transitive_reduction(graph)
    pairs = reachable(graph)
    assert reachable(reduced) == pairs
    for node, before in reduced.items():
        for other in before:
            fewer = {**reduced, node: [b for b in before if b != other]}
            assert reachable(fewer) != pairs


@given(dags())
def test_the_reduction_keeps_nodes_and_predecessors_in_their_order(graph: Graph) -> None:
    reduced = transitive_reduction(graph)
    assert list(reduced) == list(graph)
    for node, before in graph.items():
        assert [other for other in before if other in reduced[node]] == reduced[node]


def test_a_predecessor_named_twice_counts_once() -> None:
    assert topological_order({"a": [], "b": ["a", "a"]}) == ["a", "b"]
    assert transitive_reduction({"a": [], "b": ["a", "a"]}) == {"a": [], "b": ["a"]}


def test_the_empty_graph_has_no_order_no_level_no_cycle() -> None:
    assert topological_order({}) == []
    assert parallel_groups({}) == []
    assert transitive_reduction({}) == {}
    assert find_cycle({}) is None


@pytest.mark.large
@pytest.mark.timeout(20)
def test_ten_thousand_nodes_in_any_shape_are_no_burden() -> None:
    size, pick = 10_000, random.Random(7)
    chain = {n: [n - 1] if n else [] for n in range(size)}
    star = {n: [0] if n else [] for n in range(size)}
    join: Graph = {n: [] for n in range(size - 1)} | {size - 1: list(range(size - 1))}
    wide = {n: [pick.randrange(n) for _ in range(min(n, 4))] for n in range(size)}
    for graph in (chain, star, join, wide):
        assert len(topological_order(graph)) == size
        assert find_cycle(graph) is None
        assert sum(map(len, parallel_groups(graph))) == size
        assert len(transitive_reduction(graph)) == size
