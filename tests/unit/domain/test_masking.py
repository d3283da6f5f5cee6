import base64
import json
from urllib.parse import quote

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
