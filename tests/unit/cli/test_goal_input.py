import io
import os
import sys
from pathlib import Path

import pytest
import typer

from groundplan.cli.goal_input import goal_text
from groundplan.domain.errors import ErrorCode, PlanningError


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> io.BytesIO:
    source = io.BytesIO(b"1. From a pipe\n2. And on\n")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(source))
    return source


def test_words_are_one_goal() -> None:
    assert goal_text(["Ship", "the release"], None) == "Ship the release"


def test_a_file_is_read_without_its_last_line_break(tmp_path: Path) -> None:
    file = tmp_path / "goal.txt"
    file.write_bytes(b"\xef\xbb\xbf1. Za\xc5\xbc\xc3\xb3\xc5\x82\xc4\x87\r\n2. Go\r\n")
    assert goal_text(None, str(file)) == "1. Zażółć\r\n2. Go"


def test_a_dash_is_standard_input_as_goal(stdin: io.BytesIO) -> None:
    assert goal_text(["-"], None) == "1. From a pipe\n2. And on"


def test_a_dash_is_standard_input_as_file(stdin: io.BytesIO) -> None:
    assert goal_text(None, "-") == "1. From a pipe\n2. And on"


@pytest.mark.parametrize(("words", "file"), [(None, None), ([], None), (["a"], "b")])
def test_goal_or_file_and_not_both(words: list[str] | None, file: str | None) -> None:
    with pytest.raises(typer.BadParameter, match="either as GOAL or with --file"):
        goal_text(words, file)


@pytest.mark.parametrize("name", ["missing.txt", ".", "a\x00b"])
def test_a_file_that_cannot_be_read_is_named(name: str) -> None:
    with pytest.raises(typer.BadParameter, match="cannot be read"):
        goal_text(None, name)


def test_a_binary_file_is_refused_with_the_place(tmp_path: Path) -> None:
    file = tmp_path / "binary"
    file.write_bytes(b"abc\xff\x00\xfe")
    with pytest.raises(PlanningError) as refused:
        goal_text(None, str(file))
    assert refused.value.code is ErrorCode.GOAL_REFUSED
    assert refused.value.details == {"rule": "encoding", "position": 3}


def test_a_huge_file_is_refused_without_being_read_whole() -> None:
    with pytest.raises(PlanningError) as refused:
        goal_text(None, "/dev/zero")
    assert refused.value.details["rule"] == "length"


def test_the_longest_goal_is_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "long.txt"
    file.write_text("𝔾" * 100_000, encoding="utf-8")
    assert len(goal_text(None, str(file))) == 100_000


def test_a_pipe_that_nobody_writes_to_any_more_is_an_empty_goal(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(writing)
    assert goal_text(None, f"/dev/fd/{reading}") == ""
    os.close(reading)
