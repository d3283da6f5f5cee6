"""The DAGs of the benchmarks are what their names say."""

import json

import pytest
from execution_dags import Dag, from_workflow, laned, recorded
from hypothesis import given
from hypothesis import strategies as st

DIAMOND = Dag(
    "diamond",
    {"a": 1.0, "b": 2.0, "c": 5.0, "d": 1.0},
    {"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"]},
)


def test_longest_paths_of_a_diamond():
    assert DIAMOND.critical_path == 7.0
    assert DIAMOND.remaining == {"a": 7.0, "b": 3.0, "c": 6.0, "d": 1.0}
    assert DIAMOND.work == 9.0


@pytest.mark.parametrize(("workers", "seconds"), [(1, 9.0), (2, 7.0)])
def test_bound_is_the_path_or_the_work(workers, seconds):
    assert DIAMOND.bound(workers) == seconds


def test_scaling_keeps_the_waits():
    twice = DIAMOND.scaled(2.0)
    assert twice.critical_path == 14.0
    assert twice.before == DIAMOND.before


@given(tasks=st.integers(0, 120), width=st.integers(1, 16), seed=st.integers(0, 10_000))
def test_laned_never_has_more_ready_than_its_width(tasks, width, seed):
    dag = laned(tasks, width, 0.02, seed)
    assert len(dag.seconds) == tasks
    if tasks:
        assert dag.work == pytest.approx(0.02 * tasks)
    done: set[str] = set()
    while len(done) < tasks:
        ready = [task for task, others in dag.before.items() if task not in done and done.issuperset(others)]
        assert 0 < len(ready) <= width
        done.add(ready[-1])


def test_laned_is_the_same_for_the_same_seed_only():
    assert laned(50, 8, 0.02, 3) == laned(50, 8, 0.02, 3)
    assert laned(50, 8, 0.02, 3).before != laned(50, 8, 0.02, 4).before


def test_workflow_is_put_in_an_order_of_its_waits():
    dag = from_workflow(
        "w", [{"id": "late", "parents": ["early"], "runtimeInSeconds": 3}, {"id": "early", "parents": []}]
    )
    assert list(dag.seconds.items()) == [("early", 0.0), ("late", 3.0)]


def test_workflow_that_goes_in_a_circle_is_refused():
    with pytest.raises(ValueError, match="2 tasks wait in a circle"):
        from_workflow("w", [{"id": "a", "parents": ["b"]}, {"id": "b", "parents": ["a"]}])


def test_recorded_reads_what_the_manifest_names(tmp_path):
    workflow = {"tasks": [{"id": "a", "parents": [], "runtimeInSeconds": 1.5}]}
    (tmp_path / "one.json").write_text(json.dumps(workflow))
    (tmp_path / "other.json").write_text("not read")
    (tmp_path / "manifest.csv").write_text("file,tasks\none.json,1\n")
    assert [(dag.name, dag.seconds) for dag in recorded(tmp_path)] == [("one.json", {"a": 1.5})]
