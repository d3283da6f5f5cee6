import pytest
import typer

from groundplan.cli.prefixes import completed

KNOWN = ["3f9a-1", "3f9b-2", "abc", "abcdef"]


@pytest.mark.parametrize(("given", "whole"), [("3f9a", "3f9a-1"), ("abcd", "abcdef"), ("3f9b-2", "3f9b-2")])
def test_the_beginning_of_one_id_is_enough(given: str, whole: str) -> None:
    assert completed(given, KNOWN, "plan") == whole


def test_a_whole_id_counts_although_another_begins_with_it() -> None:
    assert completed("abc", KNOWN, "plan") == "abc"


def test_an_unknown_id_is_left_to_the_store() -> None:
    assert completed("zzz", KNOWN, "plan") == "zzz"


def test_an_ambiguous_beginning_is_refused_with_what_it_may_mean() -> None:
    with pytest.raises(typer.BadParameter, match="2 plans begin with '3f9': 3f9a-1, 3f9b-2"):
        completed("3f9", KNOWN, "plan")


def test_of_many_only_some_are_listed() -> None:
    with pytest.raises(typer.BadParameter, match=r"20 runs .*, …"):
        completed("r", [f"r{number}" for number in range(20)], "run")
