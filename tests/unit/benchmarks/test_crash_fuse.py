"""A process of the crash matrix dies at its point, at the n-th time, and nowhere else."""

import asyncio

import pytest
from crash_fuse import Fuse, Point


@pytest.fixture
def burnt(monkeypatch):
    burnt = []
    monkeypatch.setattr("crash_fuse.burn", lambda: burnt.append(True))
    return burnt


def test_it_burns_at_the_nth_time_only(burnt):
    fuse = Fuse(Point.MID_EFFECT, 3)
    passed = []
    for _ in range(5):
        fuse.at(Point.MID_EFFECT)
        passed.append(len(burnt))
    assert passed == [0, 0, 1, 1, 1]


def test_other_points_do_not_count(burnt):
    fuse = Fuse(Point.MID_EFFECT, 1)
    fuse.at(Point.BEFORE_CLAIM)
    assert not burnt


def test_without_a_point_it_never_burns(burnt):
    fuse = Fuse(None, 1)
    for point in Point:
        fuse.at(point)
    assert not burnt


async def test_in_flight_it_burns_a_moment_later(monkeypatch):
    burnt = asyncio.Event()
    monkeypatch.setattr("crash_fuse.burn", burnt.set)
    Fuse(Point.OUTCOME_COMMIT, 1).soon_after(Point.OUTCOME_COMMIT)
    assert not burnt.is_set()
    await asyncio.wait_for(burnt.wait(), 10)
