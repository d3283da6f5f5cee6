import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundplan.domain.dependency_graph import DependencyGraph, bindings, resolve
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.task import DependencyKind, TaskDependency
from tests.plan_factories import chains_and_joins, task

DIAMOND = DependencyGraph(predecessors={"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"]})


def test_the_graph_says_what_the_tasks_say():
    graph = DependencyGraph.of([task("a"), task("b", "a"), task("c", "a", "b", "a")])
    assert graph.predecessors == {"a": [], "b": ["a"], "c": ["a", "b"]}
    assert graph.successors == {"a": ["b", "c"], "b": ["c"], "c": []}


def test_successors_of_what_is_missing_are_listed_too():
    assert DependencyGraph.of([task("a", "gone")]).successors == {"a": [], "gone": ["a"]}


@pytest.mark.parametrize(
    ("completed", "ready"),
    [([], ["a"]), (["a"], ["b", "c"]), (["a", "c"], ["b"]), (["a", "b", "c"], ["d"]), (["a", "b", "c", "d"], [])],
)
def test_the_ready_set_grows_with_what_is_completed(completed, ready):
    assert DIAMOND.get_ready_tasks(completed) == ready
    assert DIAMOND.get_ready_tasks(set(completed)) == ready


def test_what_does_not_belong_to_the_plan_makes_nothing_ready():
    assert DIAMOND.get_ready_tasks(["x"]) == ["a"]


@given(chains_and_joins())
def test_taking_what_is_ready_runs_every_task_once_after_what_it_waits_for(tasks):
    graph, done = DependencyGraph.of(tasks), []
    while ready := graph.get_ready_tasks(done):
        assert all(set(graph.predecessors[task_id]) <= set(done) for task_id in ready)
        done += ready
    assert sorted(done) == sorted(graph.predecessors)


def test_orders_groups_and_reduction_are_those_of_the_graph():
    assert DIAMOND.topological_order() == ["a", "b", "c", "d"]
    assert DIAMOND.parallel_groups() == [["a"], ["b", "c"], ["d"]]
    wide = DependencyGraph(predecessors={"a": [], "b": ["a"], "c": ["a", "b"]})
    assert wide.transitive_reduction().predecessors == {"a": [], "b": ["a"], "c": ["b"]}


def test_a_binding_becomes_a_data_dependency():
    tasks, graph = resolve([task("a"), task("b", inputs={"file": "${a.output.path}"})])
    assert tasks[1].dependencies == [TaskDependency(task_id="a", kind=DependencyKind.DATA, output="path", input="file")]
    assert graph.predecessors == {"a": [], "b": ["a"]}


def test_a_binding_to_the_whole_output_names_it_output():
    tasks, _ = resolve([task("a"), task("b", inputs={"all": "${a.output}"})])
    assert tasks[1].dependencies[0].output == "output"


def test_a_binding_in_the_condition_becomes_a_dependency():
    tasks, _ = resolve([task("a"), task("b", condition="${a.output.n} > 3")])
    assert tasks[1].dependencies == [
        TaskDependency(task_id="a", kind=DependencyKind.DATA, output="n", input="condition")
    ]


def test_a_wait_that_is_there_already_is_not_doubled():
    tied = TaskDependency(task_id="a", kind=DependencyKind.CONDITIONAL, condition="output.ok")
    tasks, _ = resolve([task("a"), task("b", tied, inputs={"x": "${a.output.x}"})])
    assert tasks[1].dependencies == [tied]


def test_several_bindings_to_one_task_are_one_dependency_the_first():
    tasks, _ = resolve(
        [task("a"), task("b"), task("c", inputs={"x": "${b.output.p} ${a.output.q}", "y": "${b.output.r}"})]
    )
    assert [(other.task_id, other.output) for other in tasks[2].dependencies] == [("b", "p"), ("a", "q")]


def test_resolving_twice_changes_nothing_more():
    once, graph = resolve([task("a"), task("b", inputs={"x": ["${a.output.x}"]})])
    assert resolve(once) == (once, graph)


def test_tasks_without_bindings_come_back_as_they_are():
    given_tasks = [task("a", inputs={"n": 1}), task("b", "a")]
    assert resolve(given_tasks)[0] == given_tasks


def test_nothing_resolves_to_nothing():
    assert resolve([]) == ([], DependencyGraph(predecessors={}))


@pytest.mark.parametrize("waiting", [task("b", "nowhere"), task("b", inputs={"x": "${nowhere.output.x}"})])
def test_a_wait_for_no_task_of_the_plan_is_refused(waiting):
    with pytest.raises(PlanningError, match="waits for 'nowhere'") as caught:
        resolve([task("a"), waiting])
    assert caught.value.code is ErrorCode.DEPENDENCY_MISSING
    assert caught.value.details == {"task_id": "b", "missing": "nowhere"}


@pytest.mark.parametrize(
    ("tasks", "cycle"),
    [
        ([task("a", "a")], ["a", "a"]),
        ([task("a", "b"), task("b", "a")], ["a", "b", "a"]),
        ([task("x"), task("a", "x", "c"), task("b", "a"), task("c", "b")], ["a", "c", "b", "a"]),
        ([task("a", inputs={"x": "${b.output.x}"}), task("b", "a")], ["a", "b", "a"]),
        ([task("a", inputs={"x": "${a.output.x}"})], ["a", "a"]),
    ],
)
def test_a_cycle_is_refused_with_its_path(tasks, cycle):
    with pytest.raises(PlanningError) as caught:
        resolve(tasks)
    assert caught.value.code is ErrorCode.DEPENDENCY_CYCLE
    assert caught.value.details["cycle"] == cycle


@given(
    st.recursive(
        st.just("${a.output.x}") | st.integers(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner),
        max_leaves=9,
    )
)
def test_bindings_are_found_in_any_shape_and_in_order(value):
    found = bindings(task("b", inputs={"in": value}))
    assert found == [("in", "a", "x")] * str(value).count("${a.output.x}")


def test_bindings_are_listed_in_the_order_of_the_text():
    bound = task(
        "t", inputs={"q": ["${b.output.x}", {"k": "${a.output}"}], "p": "${c.output.y[0]}"}, condition="${d.output.z}"
    )
    assert bindings(bound) == [("q", "b", "x"), ("q", "a", ""), ("p", "c", "y[0]"), ("condition", "d", "z")]
