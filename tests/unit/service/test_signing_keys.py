"""Where signing keys come from."""

import base64
import stat

import pytest

from groundplan.domain.errors import PlanningError
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.signing import sign
from groundplan.service.signing_keys import load_keyring

KEY = base64.b64encode(b"k" * 32).decode()
OLD = base64.b64encode(b"o" * 32).decode()


def test_the_local_key_is_made_once_and_is_private(tmp_path):
    plan = load_keyring(None, tmp_path / "home").sign(ExecutionPlan())
    load_keyring(None, tmp_path / "home").verify(plan)
    mode = (tmp_path / "home" / "signing.key").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["signing.key"]


def test_a_plan_of_another_home_lacks_its_key_and_is_not_called_altered(tmp_path):
    plan = load_keyring(None, tmp_path / "one").sign(ExecutionPlan())
    with pytest.raises(PlanningError, match="E5802") as caught:
        load_keyring(None, tmp_path / "other").verify(plan)
    assert caught.value.details["key_id"].startswith("local-")
    assert "data folder" in caught.value.recovery_suggestion


def test_a_plan_that_was_signed_when_every_local_key_had_one_name_still_verifies(tmp_path):
    load_keyring(None, tmp_path)
    key = (tmp_path / "signing.key").read_bytes()
    load_keyring(None, tmp_path).verify(sign(ExecutionPlan(), "local", key))


def test_the_first_key_signs_and_older_ones_are_accepted(tmp_path):
    signed_before = load_keyring(f"old:{OLD}", tmp_path).sign(ExecutionPlan())
    rotated = load_keyring(f"new:{KEY}, old:{OLD}", tmp_path)
    rotated.verify(signed_before)
    assert rotated.sign(ExecutionPlan()).signature.key_id == "new"
    with pytest.raises(PlanningError, match="E5802"):
        load_keyring(f"new:{KEY}", tmp_path).verify(signed_before)


@pytest.mark.parametrize("bad", ["nonsense", "k:???", "k:c2hvcnQ=", f":{KEY}"])
def test_malformed_keys_are_refused_without_being_echoed(bad, tmp_path):
    with pytest.raises(PlanningError, match="E5806") as caught:
        load_keyring(bad, tmp_path)
    assert "c2hvcnQ=" not in str(caught.value.to_dict())


def test_a_damaged_local_key_is_refused(tmp_path):
    (tmp_path / "signing.key").write_bytes(b"half")
    with pytest.raises(PlanningError, match="damaged"):
        load_keyring(None, tmp_path)


def test_a_home_that_is_a_file_is_a_sentence(tmp_path):
    (tmp_path / "home").write_text("")
    with pytest.raises(PlanningError) as caught:
        load_keyring(None, tmp_path / "home")
    assert "GROUNDPLAN_HOME" in caught.value.recovery_suggestion
