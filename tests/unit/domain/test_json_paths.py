"""One place in a JSON value is set, or the path is refused."""

import pytest

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.json_paths import with_value

STEPS = {"steps": [{"key": "a", "name": "Fetch"}, {"key": "b", "name": "Send"}], "limits": {"cost": 3}}


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("steps.1.name", "Mail", lambda made: made["steps"][1]["name"]),
        ("steps.b.name", "Mail", lambda made: made["steps"][1]["name"]),
        ("limits.cost", 9, lambda made: made["limits"]["cost"]),
        ("limits.tokens", 9, lambda made: made["limits"]["tokens"]),
        ("", [1], lambda made: made),
    ],
)
def test_a_value_is_set_by_key_number_or_id(path, value, where):
    before = repr(STEPS)
    assert where(with_value(STEPS, path.split(".") if path else [], value)) == value
    assert repr(STEPS) == before


@pytest.mark.parametrize("path", ["steps.2.name", "steps.c.name", "nothing.there", "limits.cost.more", "steps.x"])
def test_a_path_that_leads_nowhere_is_refused_with_what_there_is(path):
    with pytest.raises(PlanningError) as raised:
        with_value(STEPS, path.split("."), 1)
    assert raised.value.code is ErrorCode.VALIDATION_FAILED
    assert "There is" in raised.value.recovery_suggestion or "no parts" in raised.value.recovery_suggestion
