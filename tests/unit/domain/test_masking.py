import base64
import html
import json
import re
import time
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundplan.domain.masking import MASK, Masker
from tests.property_examples import examples

SECRET = 'p@ss/w0rd+"é'


def test_a_secret_is_masked_wherever_it_stands():
    said = {"log": [f"token={SECRET}!", {SECRET: 1}], "n": 5}
    assert Masker([SECRET]).mask(said) == {"log": [f"token={MASK}!", {MASK: 1}], "n": 5}


def test_it_is_masked_in_the_forms_that_it_takes_on_its_way():
    raw = SECRET.encode()
    forms = [quote(SECRET, safe=""), json.dumps(SECRET), base64.b64encode(raw).decode(), raw.hex(), repr(SECRET)]
    masker = Masker([SECRET])
    for form in forms:
        assert MASK in masker.mask(f"before {form} after")


def test_it_is_masked_inside_of_longer_base64():
    for before in ("", "u:", "me:", "you:"):
        header = base64.b64encode(f"{before}{'s3cr3t' * 3} and more".encode()).decode()
        assert MASK in Masker(["s3cr3t" * 3]).mask(header)


def test_a_short_value_is_masked_only_as_a_whole():
    masker = Masker(["7"])
    assert masker.mask(["7", "47 of 77", 7]) == [MASK, "47 of 77", MASK]


def test_one_that_contains_another_is_masked_as_a_whole():
    assert Masker(["abcd", "abcdefgh"]).mask("x abcdefgh y abcd") == f"x {MASK} y {MASK}"


def test_it_is_never_printed():
    assert SECRET not in repr(Masker([SECRET]))
    assert not Masker([""])


@settings(max_examples=examples(1))
@given(st.text(min_size=4), st.text(), st.text())
def test_no_text_gets_through(secret, before, after):
    assert secret not in Masker([secret]).mask(before + secret + after) or secret in MASK


def test_no_form_of_a_login_gets_through_however_it_is_packed():
    for secret in ("pass", "hunter2", "hunter2!", "T/p+q=r s&t", 'quo"te\\d', "ключ-42"):
        masker = Masker([secret])
        for before in ("", "u:", "me:", "you:", "ada@example.org:"):
            for after in ("", "!", "??", "..."):
                header = base64.b64encode(f"{before}{secret}{after}".encode()).decode()
                assert MASK in masker.mask(f"Authorization: Basic {header}"), (secret, before, after)
        packed = [
            quote(secret),
            re.sub("%..", lambda found: found[0].lower(), quote(secret, safe="")),
            html.escape(secret),
            secret.encode().hex().upper(),
        ]
        packed += [json.dumps({"body": json.dumps({"token": secret})}), repr({"token": secret})]
        assert [text for text in packed if MASK not in masker.mask(text)] == []


def test_a_value_that_was_cut_off_at_the_end_of_a_text_is_masked_as_far_as_it_goes():
    masker = Masker(["correct-horse-battery-staple"])
    assert masker.mask("bad token correct-horse-batt") == f"bad token {MASK}"
    assert masker.mask("bad token correct-horse-battery-stapl") == f"bad token {MASK}"
    assert masker.mask("that is corr") == "that is corr"
    assert Masker(["ababababx"]).mask("it was ababab") == f"it was {MASK}"


def test_a_key_of_several_lines_is_masked_line_by_line():
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END KEY-----\n"
    assert Masker([key]).mask("in line 2: MIIEvQIBADANBg, -----END KEY-----") == f"in line 2: {MASK}, -----END KEY-----"
    assert Masker([key]).mask(f"got {key.strip()}") == f"got {MASK}"


@pytest.mark.large
def test_long_values_and_large_outputs_are_masked_in_good_time():
    key = "".join(chr(97 + number * number % 23) + str(number) for number in range(8_000))
    started = time.perf_counter()
    rows = Masker([key, "another-value"]).mask(
        [{"id": number, "text": f"row {key[:number]}"} for number in range(5_000)]
    )
    assert rows[9] == {"id": 9, "text": f"row {MASK}"}
    assert time.perf_counter() - started < 10
