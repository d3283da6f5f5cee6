"""Where the boxes of a network go."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.report.charts.layering import layout


@st.composite
def networks(draw):
    """What each of some numbered nodes waits for: any of those before it."""
    size = draw(st.integers(0, 14))
    return {number: [other for other in range(number) if draw(st.integers(0, 3)) == 0] for number in range(size)}


@given(networks(), st.integers(1, 4), st.integers(1, 4))
def test_every_node_has_one_place_behind_all_that_it_waits_for(waits, columns, rows):
    bands = layout(waits, columns=columns, rows=rows).bands
    assert all(len(band) <= columns for band in bands)
    assert all(1 <= len(column) <= rows for band in bands for column in band)
    places = {number: (b, c) for b, band in enumerate(bands) for c, column in enumerate(band) for number in column}
    assert sorted(number for band in bands for column in band for number in column) == sorted(waits)
    assert all(places[other] < places[number] for number, before in waits.items() for other in before)


def test_lines_that_need_not_cross_do_not():
    waits = {1: [], 2: [], 3: [], 4: [3], 5: [2], 6: [1]}
    [[before, after]] = layout(waits, columns=6, rows=10).bands
    assert [waits[number][0] for number in after] == before


def test_a_circle_has_no_layout():
    with pytest.raises(PlanningError) as caught:
        layout({1: [2], 2: [1]}, columns=6, rows=10)
    assert caught.value.code is ErrorCode.DEPENDENCY_CYCLE
