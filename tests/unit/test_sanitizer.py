"""`sanitize_text`, the door: what it returns, what it raises, and what it never says."""

import pytest

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.sanitizer import MAX_LENGTH, Policy, Refusal, find_refusal, sanitize_text


def refused(text, policy=Policy.STANDARD, **keywords):
    with pytest.raises(PlanningError) as caught:
        sanitize_text(text, policy, **keywords)
    return caught.value


def test_a_goal_comes_back_as_it_was():
    text = "Plan a trip to Kyoto:\n\t1. book a flight\n\t2. find a hotel"
    assert sanitize_text(text) == text


def test_line_endings_become_line_feeds_and_blanks_around_are_dropped():
    assert sanitize_text("\ufeff \r\n  first\r\nsecond\rthird \u3000\n") == "first\nsecond\nthird"


def test_the_error_carries_rule_position_policy_and_length():
    error = refused("Plan a trip; rm -rf /")
    assert error.code is ErrorCode.GOAL_REFUSED
    assert error.details == {"rule": "shell_command", "position": 11, "policy": "standard", "length": 21}
    assert "shell_command" in error.message
    assert "position 11" in error.message
    assert not error.retryable


def test_the_error_names_what_kind_of_text_it_was():
    assert refused("", what="feedback").message.startswith("The feedback was refused")
    assert refused("").message.startswith("The goal text was refused")


@pytest.mark.parametrize("policy", Policy)
def test_no_part_of_the_error_echoes_the_text(policy):
    error = refused("Secret Zanzibar plans <script>alert('Timbuktu')</script>", policy)
    said = repr(error) + str(error.to_dict())
    assert "Zanzibar" not in said
    assert "Timbuktu" not in said


def test_the_suggestion_fits_the_rule():
    assert "100,000" in refused("a" * (MAX_LENGTH + 1)).recovery_suggestion
    assert "Say in words" in refused(" \n").recovery_suggestion
    assert "'prose'" in refused("fish & chips").recovery_suggestion
    assert "'standard'" in refused("update the list", Policy.STRICT).recovery_suggestion
    assert "Policy" not in refused("go `whoami`", Policy.PROSE).recovery_suggestion


def test_policies_may_be_given_by_name():
    assert find_refusal("fish & chips", "standard") is not None
    assert find_refusal("fish & chips", "prose") is None


@pytest.mark.parametrize("policy", Policy)
def test_the_length_limit_is_exact(policy):
    assert find_refusal("a" * MAX_LENGTH, policy) is None
    refusal = find_refusal("a" * (MAX_LENGTH + 1), policy)
    assert refusal == Refusal("too_long", MAX_LENGTH, "a")


@pytest.mark.parametrize("text", ["", "   ", "\r\n\t", "\ufeff", "\u200b\u200d", "\u3000"])
@pytest.mark.parametrize("policy", Policy)
def test_nothing_visible_is_empty(text, policy):
    refusal = find_refusal(text, policy)
    assert refusal is not None
    assert refusal.rule == "empty"


def test_positions_count_in_the_text_as_it_was_given():
    assert find_refusal("\r\n\r\n  fish & chips").position == 11
    assert find_refusal("Кофе & чай").position == 5
    assert find_refusal("say %3Cscript%3E", Policy.PROSE).position == 4
    assert find_refusal("a%20b%20c &lt;script&gt;", Policy.PROSE).position == 10
    assert find_refusal("then delete from users where 1", Policy.PROSE).position == 5
    assert find_refusal("x; drop table users", Policy.PROSE).position == 3
    assert find_refusal("save >/etc/x", Policy.PROSE).position == 5
    assert find_refusal("first\r\nsecond\r\n; rm -rf /", Policy.PROSE).position == 15


@pytest.mark.parametrize(
    "hidden",
    [
        "%3Cscript%3E",
        "%253Cscript%253E",
        "&lt;script&gt;",
        "&#x3c;script&#62;",
        "\\u003cscript\\u003e",
        "\\x3cscript\\x3e",
        "＜script＞",
        "<scr\u200bipt>",
        "<𝐬𝐜𝐫𝐢𝐩𝐭>",
    ],
)
@pytest.mark.parametrize("policy", Policy)
def test_encodings_hide_nothing(hidden, policy):
    refusal = find_refusal(f"Say hello {hidden}", policy)
    assert refusal is not None
    assert 10 <= refusal.position < 10 + len(hidden)


def test_the_excerpt_is_short_and_printable():
    refusal = find_refusal("hello \x1b[31m\x07 world and more and more")
    assert refusal.rule == "control_character"
    assert refusal.excerpt.startswith("\\x1b[31m\\x07")
    assert refusal.excerpt.isprintable()
    assert len(refusal.excerpt) <= 20


def test_a_lone_surrogate_is_refused_and_shown_escaped():
    refusal = find_refusal("abc \udc80 def")
    assert (refusal.rule, refusal.position) == ("not_text", 4)
    assert refusal.excerpt.startswith("\\udc80")


def test_the_words_of_sql_are_refused_only_by_strict():
    for text in ("Update inventory", "delete old mails", "Insert a coin", "drop the kids off"):
        assert find_refusal(text, Policy.STRICT).rule == "sql_word"
        assert find_refusal(text, Policy.STANDARD) is None
    assert find_refusal("Updated droplets, undeleted", Policy.STRICT) is None


def test_every_metacharacter_is_refused_but_by_prose():
    for mark in "<>|&;$`":
        text = f"alpha {mark} omega"
        assert find_refusal(text, Policy.STRICT).position == 6
        assert find_refusal(text, Policy.STANDARD) == Refusal("shell_metacharacter", 6, f"{mark} omega")
        assert find_refusal(text, Policy.PROSE) is None
