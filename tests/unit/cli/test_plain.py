import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundplan.cli.render.plain import plain, short_id, shortened

_any_text = st.text(alphabet=st.characters(exclude_categories=[]))


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("Ship it", "Ship it"),
        ("two\nlines\tand\r\nmore", "two lines and more"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("\x9b31mred", "\\x9b31mred"),
        ("bell\x07back\x08", "bell\\x07back\\x08"),
        ("abc\u202egnp.exe", "abc\\u202egnp.exe"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("half \ud83d", "half \\ud83d"),
        ("line\u2028separator", "line separator"),
        ("[bold]x[/bold]", "[bold]x[/bold]"),
        ("👩\u200d🚀 می\u200cخواهم", "👩\u200d🚀 می\u200cخواهم"),
        ("  ", ""),
    ],
)
def test_what_a_terminal_would_act_on_is_spelled_out(text: str, safe: str) -> None:
    assert plain(text) == safe


@given(_any_text)
def test_any_text_becomes_one_harmless_printable_line(text: str) -> None:
    safe = plain(text)
    safe.encode("utf-8")
    assert not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in safe)
    assert not set(safe) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@given(_any_text, st.integers(2, 40))
def test_a_shortened_text_is_as_long_as_it_may_be_and_says_that_it_was_cut(text: str, limit: int) -> None:
    short = shortened(text, limit)
    assert len(short) <= limit
    assert short == plain(text) or short.endswith("…")


def test_a_huge_text_is_not_read_whole_to_be_shortened() -> None:
    assert shortened("x" * 10_000_000, 10) == "xxxxxxxxx…"
    assert shortened(" " * 10_000_000 + "x", 10) in ("…", "")


def test_uuids_are_told_by_their_beginning_and_other_ids_whole() -> None:
    assert short_id("7d9f1c52-0000-4000-8000-000000000001") == "7d9f1c52"
    assert short_id("my-plan\x1b") == "my-plan\\x1b"
