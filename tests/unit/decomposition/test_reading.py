"""Reading answers: what is taken as it is, what is mended, what only the model can mend."""

import json

import pytest

from groundplan.decomposition.json_in_text import object_in
from groundplan.decomposition.reading import outline_steps, read_answer
from tests.decomposers import GOOD, TOOLS, step

PLAN = '{"steps": []}'


def read(answer, **fields):
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return read_answer(text, False, tools=TOOLS, max_steps=10, **fields)


@pytest.mark.parametrize(
    "text",
    [
        PLAN,
        f"Sure:\n```json\n{PLAN}\n```",
        f"With {{braces}} in the prose: {PLAN} Done {{}}!",
        f'First a note {{"mood": 1}}, then {PLAN}',
    ],
)
def test_the_object_is_found_in_what_surrounds_it(text):
    assert object_in(text, "steps") == {"steps": []}


def test_a_bare_list_of_objects_is_the_value():
    assert object_in('[{"number": 1}]', "steps") == {"steps": [{"number": 1}]}


@pytest.mark.parametrize(
    "text",
    ["", "no", "[1, 2]", "[]", "{", f"{PLAN} or rather {PLAN}", '{"steps": NaN}', "3", "{" * 5000, "[" * 5000],
)
def test_what_is_no_object_or_more_than_one_is_not_guessed(text):
    assert object_in(text, "steps") is None


def test_an_endless_answer_is_not_searched():
    assert object_in("{" * 500_000 + PLAN, "steps") is None


def test_numbers_as_text_and_nothing_in_words_are_understood():
    reading = read({"steps": [step("1", minutes="30", tool="none", inputs=None, success=None), step(2, "1")]})
    assert reading.errors == ()
    assert reading.steps[0].minutes == 30
    assert reading.steps[0].tool is None
    assert reading.steps[1].depends_on == [1]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 401}, "name"),
        ({"minutes": -1}, "minutes"),
        ({"depends_on": ["first"]}, "depends_on"),
        ({"inputs": "all"}, "inputs"),
        ({"inputs": {"deep": json.loads("[" * 40 + "]" * 40)}}, "nested too deep"),
    ],
)
def test_what_cannot_be_understood_is_told_with_its_place(fields, told):
    reading = read({"steps": [step(1), step(2) | fields]})
    assert reading.steps == ()
    assert told in reading.errors[0]
    assert "steps.1" in reading.errors[0]


def test_a_number_beyond_json_is_refused():
    reading = read('{"steps": [{"number": 1, "name": "a", "inputs": {"x": 1e999}}]}')
    assert "number that JSON does not have" in reading.errors[0]


def test_at_most_eight_errors_are_told():
    assert len(read({"steps": [step(1, name="")] * 9}).errors) == 8


def test_characters_that_no_store_takes_are_dropped():
    strange = (
        '{"steps": [{"number": 1, "name": "a\\u0000b\\u001b[31m", "inputs": {"k\\ud800": ["x\\u0000y", "é\\n"]}}]}'
    )
    (one,) = outline_steps(read(strange).steps)
    assert one.name == "a b [31m"
    assert one.inputs == {"k ": ["x y", "é\n"]}


def test_no_steps_are_no_plan():
    assert "steps" in read({"steps": []}).errors[0]


def test_a_good_answer_needs_nothing():
    reading = read(GOOD)
    assert len(reading.steps) == 3
    assert reading.mended == reading.errors == ()
