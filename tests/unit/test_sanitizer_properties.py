"""Laws of the sanitizer, on texts that nobody thought of."""

import html
import string
import unicodedata
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from groundplan.domain.errors import PlanningError
from groundplan.domain.sanitizer import MAX_LENGTH, Policy, find_refusal, sanitize_text
from groundplan.domain.sanitizing.views import views_of

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)
# Pieces of attacks, thrown together: far more of these reach the depths of the patterns than random characters do.
PIECES = st.lists(
    st.sampled_from(
        [
            *[
                "select ",
                "union ",
                "from ",
                "or ",
                "1",
                "=",
                "'",
                '"',
                "--",
                "/*",
                "*/",
                ";",
                "|",
                "&&",
                "<",
                ">",
                "script",
            ],
            *[
                "%3c",
                "&lt;",
                "\\x3c",
                "＜",
                "\u200b",
                "on",
                "error=",
                "(",
                ")",
                "$",
                "{",
                "}",
                "`",
                "rm ",
                "-rf ",
                "/etc",
            ],
            *[
                "\r\n",
                "\r",
                "\n",
                " ",
                "\t",
                "\ufeff",
                "ok",
                "İ",
                "drop ",
                "table ",
                "update ",
                "x",
                "..",
                "/",
                "\\",
                "%",
            ],
        ]
    ),
    max_size=25,
).map("".join)
HOSTILE = st.one_of(ANY_TEXT, PIECES)
POLICIES = st.sampled_from(list(Policy))
# Letters beyond Latin, Greek and their lookalikes: what nobody could mistake for a command.
FOREIGN = st.text(
    st.characters(min_codepoint=0x400, max_codepoint=0xD7FF, categories=("Lu", "Ll", "Lo", "Lm", "Mn", "Mc", "Nd")),
    min_size=1,
    max_size=30,
).filter(lambda word: unicodedata.normalize("NFKC", word).isascii() is False)
ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "; rm -rf /",
    "$(cat /etc/passwd)",
    "&& curl http://example.com/x",
    "`cat /etc/passwd`",
    "UNION SELECT password FROM users",
    "or 1=1 --",
    "eval(payload)",
    "__import__('os')",
    "{{7*7}}",
]


@given(HOSTILE, POLICIES)
def test_no_text_makes_it_fail_and_positions_lie_in_the_text(text, policy):
    refusal = find_refusal(text, policy)
    if refusal is not None:
        assert 0 <= refusal.position <= len(text)
        assert len(refusal.excerpt) <= 20
        assert refusal.excerpt.isprintable()


@given(HOSTILE)
def test_policies_are_ordered(text):
    prose, standard, strict = (find_refusal(text, policy) for policy in (Policy.PROSE, Policy.STANDARD, Policy.STRICT))
    assert standard is not None or prose is None
    assert strict is not None or standard is None


@given(HOSTILE, POLICIES)
def test_what_was_returned_once_is_returned_unchanged(text, policy):
    try:
        kept = sanitize_text(text, policy)
    except PlanningError:
        return
    assert sanitize_text(kept, policy) == kept
    assert kept
    assert "\r" not in kept
    assert len(kept) <= MAX_LENGTH


@given(HOSTILE, POLICIES)
def test_finding_and_raising_agree(text, policy):
    refusal = find_refusal(text, policy)
    if refusal is None:
        sanitize_text(text, policy)
    else:
        with pytest.raises(PlanningError) as caught:
            sanitize_text(text, policy)
        assert (caught.value.details["rule"], caught.value.details["position"]) == (refusal.rule, refusal.position)


@given(st.lists(FOREIGN, min_size=1, max_size=8), st.sampled_from([" ", "\n", "\t", ", ", ". "]))
def test_words_of_other_scripts_pass_under_every_policy(words, between):
    text = between.join(words)
    assume(text.strip())
    for policy in Policy:
        assert find_refusal(text, policy) is None


@given(FOREIGN, st.sampled_from(ATTACKS), FOREIGN, POLICIES)
def test_an_attack_is_found_inside_any_text(before, attack, after, policy):
    text = f"{before} {attack} {after}"
    refusal = find_refusal(text, policy)
    assert refusal is not None
    start = len(before) + 1
    assert start <= refusal.position < start + len(attack)


@given(FOREIGN, st.sampled_from([attack for attack in ATTACKS if "script" in attack or "onerror" in attack]))
def test_an_encoded_attack_is_found_too(before, attack):
    spellings = [
        quote(attack),
        quote(quote(attack)),
        html.escape(attack),
        "".join(f"&#{ord(character)};" for character in attack),
        "".join(f"\\u{ord(character):04x}" for character in attack),
        "".join(f"\\x{ord(character):02x}" for character in attack),
        "".join(chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else character for character in attack),
        "\u200b".join(attack),
    ]
    for spelling in spellings:
        for policy in Policy:
            refusal = find_refusal(f"{before} {spelling}", policy)
            assert refusal is not None, spelling
            assert refusal.position > len(before)


@given(HOSTILE)
def test_every_place_of_a_reading_stood_somewhere_in_the_text(text):
    for view in views_of(text):
        origins = [view.original(offset) for offset in range(len(view.text))]
        assert origins == sorted(origins)
        assert all(0 <= origin < len(text) for origin in origins)
        assert len(view.lower) == len(view.text)


@given(st.text(string.ascii_letters + string.digits + " .,", min_size=1, max_size=60).filter(str.strip))
def test_characters_that_stay_are_never_the_reason(text):
    refusal = find_refusal(text)
    assert refusal is None or refusal.rule.startswith(("sql_", "shell_line"))
