"""What the pages on the domain say is what the code does."""

import re
import runpy
from pathlib import Path

import pytest

from groundplan.domain.risk_rules import RULES

ROOT = Path(__file__).parents[3]
SCRIPT = runpy.run_path(str(ROOT / "scripts" / "draw_domain.py"), run_name="loaded")


@pytest.mark.parametrize("page", sorted(SCRIPT["PARTS"]))
def test_life_cycles_and_priors_are_current(page):
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    assert SCRIPT["written"](page, text) == text, "stale: run python scripts/draw_domain.py"
    assert all(f"<!-- {name}:begin -->\n{part()}" in text for name, part in SCRIPT["PARTS"][page].items())


def test_a_changed_life_cycle_would_be_noticed():
    page = (ROOT / "docs" / "domain.md").read_text(encoding="utf-8")
    older = page.replace("    executing --> in_doubt\n", "")
    assert older != page
    assert SCRIPT["written"]("domain.md", older) == page


def test_every_risk_rule_has_its_row():
    text = (ROOT / "docs" / "risks.md").read_text(encoding="utf-8")
    said = re.findall(r"^\| `([a-z-]+)` \|", text.partition("## The rules")[2].partition("\n## ")[0], re.M)
    assert said == [told for rule in RULES for told in TOLD.get(rule.__name__, [rule.__name__.replace("_", "-")])]


TOLD = {"irreversible_effect": ["irreversible-effect", "checked-effect"]}
"""The rules of which one function tells two."""
