"""Conditions in CEL: what they read, what is refused before a run, what cannot be decided in one, how long it takes."""

import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundplan.domain.condition_text import depth_of, in_plain_cel, renamed, task_names, words_of
from groundplan.domain.conditions import Over, compile_condition
from groundplan.domain.errors import ErrorCode, PlanningError
from tests.plan_factories import json_values

OUTCOME = {
    "status": "completed",
    "output": {"n": 3, "f": 2.5, "none": None, "rows": [{"id": 1}, {"id": 2}], "name": "v12", "a-b": True},
    "error": None,
}
TASKS = {"tasks": {"a": OUTCOME, "x-1": {"status": "failed", "output": None, "error": {"code": "E5206"}}}}


def refused(text, over=Over.ANYTHING):
    with pytest.raises(PlanningError) as caught:
        compile_condition(text, over)
    assert caught.value.code is ErrorCode.CONDITION_INVALID
    return caught.value.details["why"]


def undecided(text, variables):
    with pytest.raises(PlanningError) as caught:
        compile_condition(text).holds(variables)
    assert caught.value.code is ErrorCode.CONDITION_UNDECIDED
    return caught.value.details["why"]


HOLDS = [
    "status == 'completed'",
    "output.n > 2 && output.f < 3",
    "output.none == null && error == null",
    "has(output.n) && !has(output.missing)",
    "output.rows.exists(row, row.id == 2)",
    "output.rows.all(row, output.rows.exists_one(other, other.id == row.id))",
    "size(output.rows.filter(row, row.id > 1)) == 1",
    "output.name.matches(r'^v\\d+$')",
    "output['a-b']",
    "true || output.missing > 1",
    "type(output.rows) == list",
    "status == 'completed' // it is done\n",
    "[1, 2].exists(output, output == 2)",
]


def test_a_condition_reads_the_outcome_of_the_task_it_waits_for():
    assert [text for text in HOLDS if not compile_condition(text, Over.DEPENDENCY).holds(OUTCOME)] == []
    assert not compile_condition("status == 'failed'").holds(OUTCOME)


OVER_TASKS = [
    "tasks.a.output.n == 3",
    'tasks["x-1"].status == "failed"',
    "${a.output.n} == 3 && ${a.outputs.rows[1].id} == 2",
    "${a.output.a-b}",
    "${x-1.error.code} == 'E5206' && ${x-1.status} != 'completed'",
    "tasks['x-1'].output == null",
]


def test_a_condition_of_a_task_reads_any_outcome_by_the_tasks_id():
    assert [text for text in OVER_TASKS if not compile_condition(text, Over.TASKS).holds(TASKS)] == []


def test_it_tells_which_tasks_it_names_each_once():
    named = compile_condition("${a.output.n} > 1 && tasks.b.status == 'x' && tasks['c d'].output.n == tasks.a.output.n")
    assert named.tasks == ("a", "b", "c d")
    assert named.variables == {"tasks"}
    assert compile_condition("output.tasks.a == 1").tasks == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        (" // nothing", "empty"),
        ("status ==", "it is no CEL: mismatched input '<EOF>'"),
        ("status = 'x'", "at line 1, column 8"),
        ("a and b", "it is no CEL"),
        ("'open", "it is no CEL"),
        ("result.failed == 0", "there is no 'result' here, but error, output, status"),
        ("now() > 1", "no function 'now'"),
        ("output.x.map(y, y)", "map(…) can grow"),
        ("output.exists(x, x.matches('a'))", "matches(…) would be compiled anew"),
        ("output.exists(x, [x].exists(y, y.matches ('a')))", "matches(…) would be compiled anew"),
        ("output.a.matches(output.b)", "a pattern that is written out"),
        ("matches(output.a, 'x')", "a pattern that is written out"),
        (" || ".join(["output.matches('a')"] * 5), "more than 4 times"),
        ("'${a.output.n}' == '3'", "inside of quotes is plain text, at position 0"),
        ("${a.result} == 1", "${a.result} at position 0 is not"),
        ("${a.output..n} == 1", "is not ${TASK.output.path}"),
        ("tasks.exists(t, true)", "names no task"),
        ("size(tasks) > 1", "names no task"),
        ("tasks[status].output", "names no task"),
        ("output.exists(tasks, tasks.x == 1)", "must not be called 'tasks'"),
        ('"""a"""  == "a"', "two texts stand beside each other"),
        ("output.`a-b`", "a backtick"),
        ("'" + "x" * 2_000 + "' == 'y'", "longer than 2000 characters"),
        ("(" * 500 + "true" + ")" * 500, "it is no CEL"),
    ],
)
def test_what_cannot_be_decided_is_refused_before_a_run(text, why):
    assert why in refused(text, Over.DEPENDENCY if "result" in text else Over.ANYTHING)


def test_each_kind_of_condition_has_its_own_variables():
    assert "there is no 'tasks' here, but error, output, status" in refused("tasks.a.output.n > 1", Over.DEPENDENCY)
    assert "there is no 'output' here, but tasks" in refused("output.n > 1", Over.TASKS)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("output.missing > 1", "there is no 'missing', ask has(…) first"),
        ("output.n", "it gives a value of type int, not true or false"),
        ("output.none", "it gives null"),
        ("output.name > 1", "No such overload"),
        ("error.code == 'E5206'", "No such overload"),
        ("output.rows[7].id == 1", "index out of bounds"),
        ("1 / 0 == 1", "division by zero"),
        ("int(output.name) > 1", "Function 'int' error"),
        ("tasks.b.status == 'x'", "'tasks'"),
    ],
)
def test_what_cannot_be_decided_in_a_run_is_an_error_and_never_false(text, why):
    assert why in undecided(text, OUTCOME)


def test_an_error_says_what_to_do_and_is_not_tried_again():
    with pytest.raises(PlanningError, match=r"'output\.x' cannot be decided: there is no 'x'") as caught:
        compile_condition("output.x").holds(OUTCOME)
    assert "has(…)" in caught.value.recovery_suggestion
    assert not caught.value.retryable


LARGE = {"output": {"rows": [{"id": number} for number in range(30_000)], "text": "x" * 900_000}}
BOMBS = [
    "output.rows.all(a, a.id >= 0)",
    "output.rows.all(a, output.rows.all(b, output.rows.all(c, true)))",
    "output.rows.exists(a, a in output.rows)",
    "[1, 2, 3].all(a, output.text.contains(string(a)))",
    "size(" + "+".join(["output.text"] * 100) + ") > 0",
    "size(output.rows.filter(a, true)) > 1",
]


def test_what_would_take_too_long_is_not_begun():
    started = time.perf_counter()
    assert all("would take too long" in undecided(text, LARGE) for text in BOMBS)
    assert time.perf_counter() - started < 2


def test_lists_in_the_text_count_too():
    numbers = "[" + ",".join(["1"] * 150) + "]"
    nested = f"{numbers}.all(a, {numbers}.all(b, {numbers}.all(c, {numbers}.all(d, true))))"
    assert "would take too long" in undecided(nested, {})


@pytest.mark.large
def test_the_dearest_conditions_that_are_allowed_take_a_second_or_two():
    rows = list(range(9_000))
    started = time.perf_counter()
    assert compile_condition("output.all(x, x in output)").holds({"output": rows})
    assert compile_condition("output.all(x, size(output + output) > 1)").holds({"output": rows[:3_000]})
    assert compile_condition("output.all(x, output.all(y, output == output))").holds({"output": rows[:400]})
    assert time.perf_counter() - started < 15


def test_large_outputs_are_read_where_nothing_repeats():
    assert compile_condition("size(output.rows) == 30000 && size(output.text) > 10").holds(LARGE)
    assert compile_condition("status == 'completed'").holds(LARGE | {"status": "completed"})


def test_a_value_that_is_nested_too_deep_is_not_handed_over():
    deep = []
    for _ in range(200_000):
        deep = [deep]
    assert "more than 100 levels deep" in undecided("size(output) == 1", {"output": deep})
    while deep:  # taking it apart at once would recurse, too
        deep = deep.pop()


def test_a_condition_is_compiled_once():
    assert compile_condition("output.n == 1") is compile_condition("output.n == 1")


def test_planning_without_conditions_does_not_load_the_library():
    code = "import sys, groundplan.domain.validation; sys.exit('cel' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("${a.output.n} > 3", "${p-1.output.n} > 3"),
        ("tasks.a.output.n > 3", 'tasks["p-1"].output.n > 3'),
        ("tasks['a'].status == 'a' && tasks.b.output.a", 'tasks["p-1"].status == \'a\' && tasks["p-2"].output.a'),
        ("output.tasks.a == 'tasks.a' // tasks.a", "output.tasks.a == 'tasks.a' // tasks.a"),
        ("tasks.z.output.n > 3", "tasks.z.output.n > 3"),
        ("status ==", "status =="),
    ],
)
def test_steps_are_renamed_to_tasks_where_they_are_named(text, after):
    assert renamed(text, {"a": "p-1", "b": "p-2"}) == after


def test_a_short_name_is_written_out_in_cel():
    assert in_plain_cel("${a.output.x[0].in.y-z} == 1") == 'tasks["a"].output.x[0]["in"]["y-z"] == 1'
    assert in_plain_cel("'${a.output}'") == "'${a.output}'"


def test_depth_is_that_of_macros_inside_of_each_other():
    depths = {
        "output.n > (1 + (2))": 0,
        "output.all(a, true) && output.all(b, true)": 1,
        "output.filter(a, true).all(b, true)": 1,
        "output.all(a, a . exists (b, (b == 1)))": 2,
        "output.all(a, 'x.all(b, true)' == a)": 1,
        "output.all(a, [a].exists(b, true) || [a].exists(b, [b].exists_one(c, true)))": 3,
        r"r'\'.all(a, true)": 1,
    }
    assert {text: depth_of(words_of(text)) for text in depths} == depths


WORDS = st.sampled_from(
    [
        "tasks", "status", "output", "error", ".", "[", "]", "(", ")", ",", "==", "&&", "||", "!", "+", "-", "?", ":",
        "in", "'a'", '"b"', "1", "2.5", "null", "true", "x", ".all(x,", ".exists(y,", ".filter(x,", "has(", "size(",
        "r'", "'", "${a.output.n}", "${", '"', "//", "\\",
    ]
)  # fmt: skip


@given(st.lists(WORDS, max_size=14).map(" ".join) | st.text(max_size=30), json_values)
def test_any_text_is_a_condition_or_refused_with_a_code(text, value):
    outcome = {"status": "completed", "output": value, "error": None, "tasks": {"a": {"output": {"n": value}}}}
    try:
        assert compile_condition(text).holds(outcome) in (True, False)
    except PlanningError as error:
        assert error.code in (ErrorCode.CONDITION_INVALID, ErrorCode.CONDITION_UNDECIDED)


@given(st.lists(WORDS, max_size=14).map(" ".join))
def test_renaming_leads_to_the_same_tasks_under_their_new_names(text):
    ids = {"a": "p-1", "in": "step 2", "x": 'so "called"'}
    named = [ids.get(found.task_id, found.task_id) for found in task_names(words_of(text)) if found.task_id != "x"]
    renamed_ones = [found.task_id for found in task_names(words_of(renamed(text, ids)))]
    assert [name for name in renamed_ones if not name.startswith("so ")] == named
