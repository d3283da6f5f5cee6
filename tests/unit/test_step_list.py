"""Goals that list their own steps: what is read, in which order, and what is no list."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundplan.domain.dag import topological_order
from groundplan.domain.durations import DurationRange
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.step_list import StepList, read_step_list
from tests.property_examples import examples

PAGE = Path(__file__).parents[2] / "docs" / "numbered-goals.md"
EXAMPLES = re.findall(r"```goal\n(.*?)\n```\n```steps\n(.*?)\n```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def read(text: str) -> StepList:
    found = read_step_list(text)
    assert found is not None, text
    return found


def texts(text: str) -> list[str]:
    return [step.text for step in read(text).steps]


def waits(text: str) -> dict[str, tuple[str, ...]]:
    return {step.key: step.depends_on for step in read(text).steps}


def shown(text: str) -> str:
    found = read_step_list(text)
    if found is None:
        return "no list"
    rows = [f"title: {found.title}"] if found.title else []
    for step in found.steps:
        before = " ".join(key + "*" * (key in step.data_from) for key in step.depends_on)
        rows.append(
            f"{step.key} {step.text}" + f" <- {before}" * bool(before) + f" [{step.parent}]" * bool(step.parent)
        )
    return "\n".join([*rows, *(f"note: {note}" for note in found.reason.split("; ")[1:])])


@pytest.mark.parametrize(("goal", "steps"), EXAMPLES, ids=range(len(EXAMPLES)))
def test_the_page_shows_what_is_read(goal: str, steps: str) -> None:
    assert shown(goal) == steps


def test_the_page_has_its_examples() -> None:
    assert len(EXAMPLES) >= 10


@pytest.mark.parametrize(
    ("goal", "style"),
    [
        ("1. wash\n2. cut\n3. cook", "numbered"),
        ("1. wash 2. cut 3. cook", "numbered"),
        ("1) wash 2) cut 3) cook", "numbered"),
        ("(1) wash (2) cut (3) cook", "numbered"),
        ("Step 1: wash\nStep 2: cut\nStep 3: cook", "numbered"),
        ("Step 1: wash Step 2: cut Step 3: cook", "numbered"),
        ("a) wash\nb) cut\nc) cook", "numbered"),
        ("i. wash\nii. cut\niii. cook", "numbered"),
        ("① wash ② cut ③ cook", "numbered"),
        ("１．wash\n２．cut\n３．cook", "numbered"),
        ("1、wash\n2、cut\n3、cook", "numbered"),
        ("1. wash\n1. cut\n1. cook", "numbered"),
        ("- wash\n- cut\n- cook", "bulleted"),
        ("* wash\n* cut\n* cook", "bulleted"),
        ("• wash • cut • cook", "bulleted"),
        ("- [ ] wash\n- [x] cut\n- [ ] cook", "bulleted"),
        ("[ ] wash\n[ ] cut\n[ ] cook", "bulleted"),
        ("First wash, then cut, and finally cook.", "worded"),
        ("wash, then cut, and then cook", "worded"),
        ("Zuerst wash, dann cut und schließlich cook.", "worded"),
        ("D'abord wash, puis cut, enfin cook.", "worded"),
        ("Primero wash, luego cut y finalmente cook.", "worded"),
        ("Primeiro wash, depois cut e por fim cook.", "worded"),
        ("Prima wash, poi cut e infine cook.", "worded"),
        ("Eerst wash, daarna cut en ten slotte cook.", "worded"),
        ("Сначала wash, затем cut, наконец cook.", "worded"),
        ("首先wash，然后cut，最后cook。", "worded"),
    ],
)
def test_every_way_to_write_a_list_gives_the_same_chain(goal: str, style: str) -> None:
    found = read(goal)
    assert ([step.text for step in found.steps], found.style) == (["wash", "cut", "cook"], style)
    assert waits(goal) == {"s1": (), "s2": ("s1",), "s3": ("s2",)}


@pytest.mark.parametrize(
    "goal",
    [
        "",
        "   \n\n",
        "Version 1.2 is out, upgrade 1.5 hosts at 10:30",
        "On July 1. we meet and on July 2. we leave",
        "Am 1. Mai und am 2. Juni arbeiten wir",
        "Tell me about 1. FC Köln",
        "First name and last name of each guest",
        "Fly first class to Rome",
        "What happened first, and why?",
        "If it rains, then bring an umbrella",
        "When the build is green, then deploy it",
        "Call me every now and then",
        "By then, the report must be ready",
        "Translate the following list:\n1. bread\n2. milk",
        "Requirements:\n- fast\n- small",
        "Answer politely:\n1. Do not use commas\n2. Never shout\n3. Your answer must rhyme",
        "I went to the shop, then I came home, and finally I slept",
        "Summarize this: '1. bread 2. milk'",
        "2019. We won.\n2012. We lost.",
    ],
)
def test_prose_and_material_are_no_list(goal: str) -> None:
    assert read_step_list(goal) is None


def test_the_title_stands_before_the_list() -> None:
    assert read("Move house:\n1. pack\n2. drive").title == "Move house"
    assert read("Move house: 1. pack 2. drive").title == "Move house"
    assert read("Plan a party. First, invite people. Then cook.").title == "Plan a party."
    assert read("1. pack\n2. drive").title == ""


def test_a_step_keeps_its_words() -> None:
    assert texts("1. Log in  to A&B (v2.0)\n   with 3 keys\n2. Turn it on.") == [
        "Log in  to A&B (v2.0) with 3 keys",
        "Turn it on.",
    ]
    assert texts("Do 1. log in 2. turn it on 3. walk to section 4. sit in the class 5. leave")[-1] == "leave"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("c after 1", ("s1",)),
        ("c (after step 1)", ("s1",)),
        ("once 1 is done, c", ("s1",)),
        ("c after steps 1 and 2", ("s1", "s2")),
        ("c after steps 1-2", ("s1", "s2")),
        ("c after step 1 to 2", ("s1", "s2")),
        ("c, depends on step 1", ("s1",)),
        ("c after the first step", ("s1",)),
        ("c after the first two steps", ("s1", "s2")),
        ("c nach Schritt 1", ("s1",)),
        ("c après l'étape 1", ("s1",)),
        ("c después del paso 1", ("s1",)),
        ("c depois do passo 1", ("s1",)),
        ("c dopo il passo 1", ("s1",)),
        ("c na stap 1", ("s1",)),
        ("meanwhile, c", ("s1",)),
        ("c (in parallel)", ("s1",)),
        ("c, at the same time", ("s1",)),
        ("while 2 is running, c", ("s1",)),
        ("c in parallel with 2", ("s1",)),
        ("while 1 is running, c", ()),
        ("independently, c", ()),
        ("c (independently)", ()),
        ("c independent of the rest", ()),
        ("c once all of these are done", ("s2",)),
        ("c after 2 hours", ("s2",)),
        ("c after 10 minutes", ("s2",)),
        ("c after 1.5 hours", ("s2",)),
        ("c after 1, 2 or 3 hours", ("s2",)),
        ("c after 5 pm", ("s2",)),
        ("run the tests in parallel", ("s2",)),
        ("c with 1 person", ("s2",)),
    ],
)
def test_what_a_step_says_of_its_order(said: str, expected: tuple[str, ...]) -> None:
    assert waits(f"1. a\n2. b\n3. {said}")["s3"] == expected


@pytest.mark.parametrize(
    "said",
    [
        "c using the result of 1",
        "c with the output of step 1",
        "c from step 1's output",
        "c using step 1",
        "c from 1's results",
        "c mit dem Ergebnis von Schritt 1",
        "c con el resultado del paso 1",
    ],
)
def test_a_used_result_is_a_dependency_and_data(said: str) -> None:
    last = read(f"1. a\n2. b\n3. {said}").steps[-1]
    assert (last.depends_on, last.data_from) == (("s1",), ("s1",))


def test_a_plain_step_waits_for_all_open_ends() -> None:
    assert waits("1. a\n2. b\n3. c after 1\n4. d")["s4"] == ("s2", "s3")
    assert waits("1. a\n2. meanwhile b\n3. meanwhile c\n4. d")["s4"] == ("s1", "s2", "s3")
    assert waits("1. a\n2. b\n3. c after 1\n4. d once both are done")["s4"] == ("s2", "s3")


@pytest.mark.parametrize(
    "introduction", ["with", "including", "in parallel", "with the following parts", "mit", "avec"]
)
def test_introduced_parts_do_not_wait_for_each_other(introduction: str) -> None:
    listed = waits(f"Build the app {introduction}:\n- a\n- b\n- c")
    within = waits(f"Build the app {introduction}: a, b, c")
    assert listed == within == {"s1": (), "s2": (), "s3": ()}


def test_parts_within_a_line_end_with_their_sentence() -> None:
    assert texts("Build a page with: hero (big, blue), prices and a form. Then deploy it.") == [
        "hero (big, blue)",
        "prices",
        "a form",
        "deploy it",
    ]


def test_commas_in_brackets_and_words_ending_in_conjunctions_split_nothing() -> None:
    assert texts("Build it with: someone your trust, one easy form, and a fine end") == [
        "someone your trust",
        "one easy form",
        "a fine end",
    ]


def test_sections_are_parents_and_follow_each_other() -> None:
    found = read("Prepare:\n- a\n- b\nRun:\n- c\n- d")
    assert [step.parent for step in found.steps] == ["Prepare", "Prepare", "Run", "Run"]
    assert [step.depends_on for step in found.steps] == [(), ("s1",), ("s2",), ("s3",)]


@pytest.mark.parametrize(
    "goal",
    ["1. A\n1.1 x\n1.2 y\n2. z", "1. A\n   a) x\n   b) y\n2. z", "1. A\n- x\n- y\n2. z", "- A\n  - x\n  - y\n- z"],
)
def test_a_step_with_parts_is_a_heading(goal: str) -> None:
    found = read(goal)
    assert [(step.text, step.parent) for step in found.steps] == [("x", "A"), ("y", "A"), ("z", None)]
    assert waits(goal) == {"s1": (), "s2": ("s1",), "s3": ("s2",)}


def test_labels_of_parts_can_be_meant() -> None:
    assert waits("1. A\n1.1 x\n1.2 y\n2. z after 1.1")["s3"] == ("s1",)
    assert waits("1. p\n2. q\n   - x\n   - y (after 1)")["s3"] == ("s1",)
    assert waits("a) x\nb) y\nc) z after a.")["s3"] == ("s1",)


def test_a_list_of_other_things_is_left_out_and_named() -> None:
    found = read("1. a\n2. b\n\nNotes:\n- be quick\n- be kind")
    assert len(found.steps) == 2
    assert "'Notes' lists no steps" in found.reason


def test_a_step_says_how_long_it_takes() -> None:
    steps = read("1. mix\n2. let it rest for 30 minutes\n3. bake 1-2 hours").steps
    assert [step.duration for step in steps] == [None, DurationRange(1800, 1800), DurationRange(3600, 7200)]


def test_semicolons_part_steps_where_they_part_worded_ones() -> None:
    assert texts("Do this: first, buy flour; then buy eggs; pay; finally, go home.") == [
        "buy flour",
        "buy eggs",
        "pay",
        "go home",
    ]


def test_the_first_step_of_a_chain_keeps_its_quotation_marks() -> None:
    assert texts("First, ask 'Who is it?' Then open the door.") == ["ask 'Who is it?'", "open the door"]


def test_an_amount_that_begins_a_line_is_no_entry() -> None:
    assert texts("1. Mix\n2.5 litres of milk and sugar\n2. Stir") == ["Mix 2.5 litres of milk and sugar", "Stir"]


def test_letters_that_grow_in_lower_case_move_nothing() -> None:
    assert texts("İİİ İzmir: 1. Uç 2. İn 3. Yat") == ["Uç", "İn", "Yat"]


def test_chinese_steps_and_bold_markers_are_entries() -> None:
    assert texts("第一步：洗米\n第二步：煮饭") == ["洗米", "煮饭"]
    assert texts("第1步：洗米 第2步：煮饭") == ["洗米", "煮饭"]
    assert texts("**1. Wash**\n**2. Cut**") == ["Wash", "Cut"]
    assert texts("1. A\n1a. wash\n1b. cut\n2. cook") == ["wash", "cut", "cook"]


@pytest.mark.parametrize("said", ["c in parallel with 9", "c using the result of step 9", "c after step 3"])
def test_a_reference_to_no_other_step_keeps_the_order_and_is_noted(said: str) -> None:
    found = read(f"1. a\n2. b\n3. {said}")
    assert found.steps[-1].depends_on == ("s2",)
    assert found.reason.count(";") == 1


def test_a_reference_to_the_own_heading_is_one_to_itself() -> None:
    found = read("1. a\n2. Prepare\n   - x\n   - y (after 2)\n3. z")
    assert found.steps[2].depends_on == ("s2",)
    assert "refers to itself" in found.reason


@pytest.mark.parametrize(
    ("text", "cycle"),
    [
        ("1. a, after 2\n2. b, after 1", ["a, after 2", "b, after 1", "a, after 2"]),
        (
            "1. a (after 3)\n2. b (after 1)\n3. c (after 2)\n4. d",
            ["a (after 3)", "c (after 2)", "b (after 1)", "a (after 3)"],
        ),
        ("1. Build (after 2)\n   - x\n   - y\n2. Ship (after 1)", ["y", "Ship (after 1)", "y"]),
    ],
)
def test_steps_that_ask_to_wait_for_each_other_are_refused_with_their_cycle(text: str, cycle: list[str]) -> None:
    with pytest.raises(PlanningError, match="wait for each other") as refused:
        read_step_list(text)
    assert refused.value.code is ErrorCode.DEPENDENCY_CYCLE
    assert refused.value.details["cycle"] == cycle


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("1. Pay Bob, after 3\n2. Check\n3. Approve", "s2 s3 s1"),
        ("1. Pay Bob, after 3\n2. Tell Ada, after 4\n3. Check\n4. Approve\n5. File", "s3 s1 s4 s2 s5"),
        ("1. Pay (after 2b)\n2. Decide\n   a. Check\n   b. Approve\n3. File", "s2 s3 s1 s4"),
        ("1. A\n   a. x (after 2b)\n   b. y\n2. B\n   a. z (after 1b)\n   b. w", "s2 s3 s4 s1"),
        ("1. Begin\n2. Pay after 4\n3. Meanwhile, look\n4. Approve", "s1 s4 s2 s3"),
    ],
)
def test_what_a_step_says_goes_before_the_written_order(text: str, order: str) -> None:
    found = waits(text)
    assert topological_order({key: found[key] for key in order.split()}) == order.split()
    assert sum(not before for before in found.values()) == 1


def test_only_waits_for_the_written_order_are_called_so_where_headings_are_entangled() -> None:
    steps = read("1. A\n   a. x (after 2b)\n   b. y\n2. B\n   a. z (after 1b)\n   b. w").steps
    assert [step.follows for step in steps] == [False, False, False, True]


def test_one_numbered_step_is_a_list_of_one() -> None:
    assert texts("1. Delete the production\n   database") == ["Delete the production database"]
    assert read("1) Pay Bob").reason == "the goal lists one step (numbered)"


@pytest.mark.parametrize("text", ["- Pay Bob", "2. Pay Bob", "1.", "Do this:\n1. Pay Bob", "1. Pay Bob\n\nHe waits."])
def test_a_lone_entry_that_is_not_the_whole_goal_is_no_list(text: str) -> None:
    assert read_step_list(text) is None


def test_a_later_heading_means_all_its_parts() -> None:
    assert waits("1. a (after 2)\n2. Independently, prepare:\n   - x\n   - y")["s1"] == ("s2", "s3")


_entries = st.lists(st.from_regex(r"[A-Z][a-z]{2,9} [a-z]{3,9}", fullmatch=True), min_size=2, max_size=12)


@given(_entries, st.sampled_from(["{n}. {x}", "{n}) {x}", "({n}) {x}", "Step {n}: {x}", "- {x}", "• {x}"]))
def test_a_list_on_lines_comes_back_as_it_was(entries: list[str], form: str) -> None:
    assert texts("\n".join(form.format(n=n, x=x) for n, x in enumerate(entries, start=1))) == entries


_pieces = st.sampled_from(
    [
        "1. ",
        "2) ",
        "- ",
        "\n",
        "   ",
        "a) ",
        "after 1",
        " after 3",
        "meanwhile ",
        "with: ",
        "x",
        "yes, ",
        ". ",
        "then ",
        "first ",
        "1.1 ",
        "finally ",
        "using the result of 2",
        "once all are done",
        "independently ",
        "if ",
        "(",
        ";",
        "①",
    ]
)


@settings(max_examples=examples(3))
@given(st.lists(_pieces, max_size=40).map("".join))
def test_whatever_is_read_can_be_carried_out(text: str) -> None:
    try:
        found = read_step_list(text)
    except PlanningError as error:
        assert error.code is ErrorCode.DEPENDENCY_CYCLE
        assert error.details["cycle"][0] == error.details["cycle"][-1]
        return
    if found is not None:
        order = topological_order({step.key: step.depends_on for step in found.steps})
        assert sorted(order) == sorted(step.key for step in found.steps)
        assert [step.key for step in found.steps] == [f"s{n}" for n in range(1, len(found.steps) + 1)]
        assert found.steps and all(step.text and set(step.data_from) <= set(step.depends_on) for step in found.steps)


@given(st.text(max_size=300))
def test_any_text_is_a_list_or_none(text: str) -> None:
    assert read_step_list(text) is None or read(text).steps


HOSTILE = {
    "numbers": "1. " * 33_000,
    "spaces": "1. a" + " " * 90_000 + "2. b",
    "brackets": "(" * 100_000,
    "then": "then " * 20_000,
    "conditions": "if a, then " * 9_000,
    "parts": "with: " + "a, " * 33_000,
    "references": "1. a\n2. after " + "1, " * 30_000,
    "ranges": "\n".join(f"{n}. after 1-{n - 1}, x" for n in range(1, 4_500)),
    "forward": "\n".join(f"{n}. x after {n + 1}" for n in range(1, 5_000)),
    "nested": "\n".join(" " * n + "- x" for n in range(440)),
    "continued": "1. a\n2. b\n" + "x\n" * 49_000,
}


@pytest.mark.large
@pytest.mark.timeout(30)
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_text_takes_long(text: str) -> None:
    read_step_list(text)


@pytest.mark.timeout(30)
def test_five_thousand_steps_are_a_plan_like_any_other() -> None:
    found = read("\n".join(f"{n}. do thing {n}" for n in range(1, 5_001)))
    assert len(found.steps) == 5_000
    assert found.steps[-1].depends_on == ("s4999",)


def test_too_many_references_leave_the_written_order() -> None:
    found = read(HOSTILE["ranges"])
    assert all(step.depends_on == (f"s{n}",) for n, step in enumerate(found.steps[1:], start=1))
    assert "too many references" in found.reason
