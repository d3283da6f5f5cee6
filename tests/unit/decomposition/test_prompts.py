from pathlib import Path

import pytest

from groundplan.prompts import load, render

NAMES = sorted(path.stem for path in (Path(__file__).parents[3] / "groundplan" / "prompts").glob("*.md"))


@pytest.mark.parametrize("name", NAMES)
def test_every_prompt_has_a_name_a_version_and_text(name):
    prompt = load(name)
    assert prompt.name == name
    assert prompt.version
    assert prompt.text


def test_there_is_a_prompt_for_each_breakdown():
    from groundplan.domain.goal import Breakdown

    assert {f"breakdown_{breakdown.value}" for breakdown in Breakdown} <= set(NAMES)


def test_values_are_inserted_once_and_never_read_as_holes():
    assert "{{max_steps}} and more" in render(
        "decompose_goal", {"goal": "{{max_steps}} and more", "fence": "f", "surroundings": ""}
    )


def test_missing_and_superfluous_values_are_refused():
    with pytest.raises(ValueError, match="holes"):
        render("decompose_goal", {"goal": "x"})
    with pytest.raises(ValueError, match="holes"):
        render("decompose_goal", {"goal": "x", "fence": "f", "surroundings": "", "more": ""})
