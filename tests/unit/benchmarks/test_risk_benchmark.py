"""The benchmark of risk assessment looks at plans that give every rule something to see."""

import random

from risk import make_outlook, measure

from groundplan.domain.risk_rules import RULES, assess_risks


def test_most_rules_have_something_to_see_and_all_have_something_to_look_at():
    rules = {risk.rule for risk in assess_risks(make_outlook(100, random.Random(1)))}
    assert len(rules) > len(RULES) / 2
    assert {"irreversible-effect", "secret-in-use", "outside-dependency", "fan-in", "untested-tool"} <= rules


def test_the_figures_have_the_names_that_are_asked_for():
    figures = measure(3, 0.0, random.Random(1))
    assert figures["per_s"] > 0 and figures["p95_ms"] > 0 and figures["n"] == 20
