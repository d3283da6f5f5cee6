"""What the pages on the domain say is what the code does."""

import inspect
import re
import runpy
from pathlib import Path

import pytest

from groundplan.domain import risk_rules

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
    text = (ROOT / "docs" / "estimates-and-risks.md").read_text(encoding="utf-8")
    said = re.findall(r"^\| `([a-z-]+)` \|", text.partition("## Risks")[2], re.M)
    source = inspect.getsource(risk_rules)
    written = re.findall(r'rule="([a-z-]+)"', source)
    assert said == [risk_rules.UNCHECKED_EFFECT, written[0], risk_rules.HOSTILE_INPUT, *written[1:]]
    assert len(said) == len(risk_rules.RULES) + 1  # one rule raises two
