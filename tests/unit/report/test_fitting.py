"""Text that has to fit."""

from hypothesis import given
from hypothesis import strategies as st

from groundplan.report.charts.fitting import fitting, in_lines, text_width


@given(st.text(max_size=200), st.floats(20, 500))
def test_what_fits_is_no_wider_than_its_place(text, width):
    assert text_width(fitting(text, width)) <= width


@given(st.text(max_size=200), st.integers(1, 4))
def test_lines_are_few_and_fit(text, most):
    lines = in_lines(text, 100, most)
    assert len(lines) <= most
    assert all(text_width(line) <= 100 for line in lines)


def test_a_text_that_fits_stays_as_it_is():
    assert fitting("Build it", 200) == "Build it"
    assert in_lines("Build it and test it well", 90, 3) == ["Build it and", "test it well"]


def test_a_text_that_does_not_fit_says_so():
    assert fitting("Build the release of the shop", 100) == "Build the rele…"
    assert in_lines("one two three four five six seven", 60, 2)[-1].endswith("…")
    assert fitting("x" * 1_000, 1e9).endswith("…")
