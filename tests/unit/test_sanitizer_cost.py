"""The work is linear in the length: repeats that make careless patterns run for minutes end within the guard."""

import pytest

from groundplan.domain.sanitizer import MAX_LENGTH, RULES, Policy, find_refusal

# A hang guard: each of these takes about a tenth of a second; a quadratic pattern takes from ten seconds to hours.
pytestmark = [pytest.mark.timeout(8), pytest.mark.large]

REPEATED = [
    *[
        "(",
        "<",
        '"\' or "',
        " ",
        "'",
        '"',
        "`",
        "%25",
        "&",
        "\\",
        "/*",
        "/*!1*/",
        "or ",
        "select ",
        "select a,",
        "union/**/",
    ],
    *[
        "<a ",
        "<a on",
        "<a b=",
        "{{",
        "${",
        "; ",
        "| a ",
        "../",
        "--",
        '"a"="a" ',
        "> ",
        "\n'",
        "\n",
        "a'b",
        ":expression",
    ],
    *["SELECT ", "rm -", "cat $ifs", "＜", "\u200b", "%e2%80", "&lt", "𝐚", "İ", "(select ", "`a", "@@", "+ + ", "é"],
]
PUMPED = [
    *[
        ("'", " "),
        ("'", ")"),
        ("' or a", " "),
        ("or 'a", " "),
        ("or ", "("),
        ("<a ", "="),
        ("<a b=", "a"),
        ("<a on", " "),
    ],
    *[
        ("; ", " "),
        ("; find", " "),
        ("drop table ", "\n"),
        ("delete from a ", "\n"),
        ("select a,", " "),
        ("select ", "a,"),
    ],
    *[
        ("insert into a (", "a,"),
        ("cast(", "("),
        ("union ", "/**/"),
        ("order by 1", ",1"),
        ("{{", "a"),
        ("javascript:", "a"),
    ],
    *[("rm -r", " "), ("cat", "\t"), ("%", "25"), ("&#", "0"), ("/*", "/"), ("| sh", " "), ("`ls", " "), ("a >", " ")],
]


def filled(unit, before=""):
    return before + unit * ((MAX_LENGTH - len(before) - 1) // len(unit)) + "!"


@pytest.mark.parametrize("unit", REPEATED)
def test_repeats_are_judged_in_linear_time(unit):
    refusal = find_refusal(filled(unit), Policy.PROSE)
    assert refusal is None or refusal.position < MAX_LENGTH


@pytest.mark.parametrize(("before", "unit"), PUMPED)
def test_a_beginning_and_a_long_run_are_judged_in_linear_time(before, unit):
    refusal = find_refusal(filled(unit, before), Policy.PROSE)
    assert refusal is None or refusal.position < MAX_LENGTH


def test_a_text_that_passes_every_precheck_is_judged_in_linear_time():
    hints = {
        hint for rule in RULES for finder in rule.finders for hint in getattr(finder, "hints", ()) if hint.isalpha()
    }
    assert len(hints) > 40
    assert find_refusal(filled(" and ".join(sorted(hints))), Policy.PROSE) is None
