import pytest

from groundplan.cli.render.numbers import number_list, path_text, task_numbers
from tests.sample_plans import release_plan


def test_tasks_are_numbered_in_the_order_of_the_plan() -> None:
    assert task_numbers(release_plan()) == {"t1": 1, "t2": 2, "t3": 3, "t4": 4, "t5": 5, "t6": 6}


@pytest.mark.parametrize(
    ("numbers", "text"),
    [([], ""), ([3], "3"), ([4, 3], "3, 4"), ([1, 2, 3], "1–3"), ([9, 1, 2, 5, 6, 7, 8], "1, 2, 5–9")],
)
def test_runs_of_numbers_are_drawn_together(numbers: list[int], text: str) -> None:
    assert number_list(numbers) == text


def test_a_short_path_is_shown_whole() -> None:
    assert path_text([1, 2, 5]) == "1 → 2 → 5"


def test_the_middle_of_a_long_path_is_counted() -> None:
    text = path_text(list(range(1, 5001)))
    assert text.startswith("1 → 2 → 3")
    assert "(4,988 more)" in text
    assert text.endswith("4999 → 5000")
