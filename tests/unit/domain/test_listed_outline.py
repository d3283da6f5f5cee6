from groundplan.domain.durations import DurationRange
from groundplan.domain.listed_outline import outline_of_steps
from groundplan.domain.outline import Origin, OutlineDependency
from groundplan.domain.resources import ThreePoint
from groundplan.domain.step_list import ListedStep, StepList, read_step_list
from groundplan.domain.task import DependencyKind


def listed(key="s1", text="Fetch the data", **fields):
    known = {"depends_on": (), "data_from": (), "parent": None, "duration": None} | fields
    return ListedStep(key=key, text=text, **known)


def outline(*steps, title="Publish"):
    return outline_of_steps(StepList(title=title, steps=steps, style="numbered", reason="it lists 3 steps"))


def only(*steps):
    (made,) = outline(*steps).steps
    return made


def test_the_origin_is_the_list():
    made = outline(listed(), title="T" * 300)
    assert made.origin == Origin(strategy="numbered", reason="it lists 3 steps")
    assert made.title == "T" * 200


def test_a_step_is_named_as_it_is_written():
    made = only(listed(text="Fetch the data"))
    assert (made.key, made.name, made.description, made.phase) == ("s1", "Fetch the data", "", "")


def test_a_long_step_stands_whole_in_the_description():
    exactly, longer = "x" * 200, "x" * 201
    assert (only(listed(text=exactly)).name, only(listed(text=exactly)).description) == (exactly, "")
    made = only(listed(text=longer))
    assert (made.name, made.description) == ("x" * 199 + "…", longer)


def test_waits_are_plain_unless_a_result_is_used():
    made = outline(listed("s1"), listed("s2"), listed("s3", depends_on=("s1", "s2"), data_from=("s2",))).steps[2]
    assert made.depends_on == [
        OutlineDependency(key="s1"),
        OutlineDependency(key="s2", kind=DependencyKind.DATA, output="result", input="result_of_s2"),
    ]


def test_a_parent_is_the_phase():
    assert only(listed(parent="Prepare")).phase == "Prepare"
    assert only(listed(parent="P" * 300)).phase == "P" * 200


def test_a_duration_is_kept_as_its_range_with_the_middle_as_likely():
    assert only(listed(duration=DurationRange(600, 1800))).duration == ThreePoint(600, 1200, 1800)
    assert only(listed(duration=DurationRange(60, 60))).duration == ThreePoint(60, 60, 60)
    assert only(listed()).duration is None


def test_a_wait_that_only_follows_from_the_written_order_is_marked():
    list_ = read_step_list(
        "1. Fetch the data 2. Write the docs 3. Publish the docs (after 2) 4. Plot it using the result of 1"
    )
    waits = {step.key: step.depends_on for step in outline_of_steps(list_).steps}
    assert waits["s2"] == [OutlineDependency(key="s1", order_only=True)]
    assert [wait.order_only for wait in waits["s3"] + waits["s4"]] == [False, False]


def test_what_parts_wait_for_because_their_heading_does_is_not_marked():
    list_ = read_step_list("1. Fetch\n2. Draft\n3. Build after 1:\n   a. Compile\n   b. Link\n4. Ship")
    marked = {step.key: [wait.order_only for wait in step.depends_on] for step in outline_of_steps(list_).steps}
    assert marked == {"s1": [], "s2": [True], "s3": [False], "s4": [True], "s5": [True, True]}
