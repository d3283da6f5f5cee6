"""Risks as the command line shows them."""

import pytest
import typer

from groundplan.cli.render.risk_views import alerts_table, preview_view, risks_view
from groundplan.cli.render.tables import as_text
from groundplan.cli.risk_ids import short_risk_id, whole_risk_id
from groundplan.domain.diff import diff_plans
from groundplan.domain.lifecycle import PlanStatus
from groundplan.domain.mitigation.edits import mitigation_of
from groundplan.domain.mitigation.offers import APPROVAL
from groundplan.domain.patch import apply_patch
from groundplan.domain.risk import RiskStatus
from groundplan.domain.risk_alerts import RiskAlert, ranked
from groundplan.service.mitigating import MitigationPreview
from tests.sample_plans import hostile_plan, release_plan


def seen():
    plan = release_plan()
    closed = plan.risks[0].model_copy(update={"risk_id": "r3", "status": RiskStatus.CLOSED, "probability": 0.99})
    grave = plan.risks[1].model_copy(update={"mitigations": [APPROVAL, *plan.risks[1].mitigations]})
    return plan.model_copy(update={"risks": [closed, plan.risks[0], grave]})


def test_the_gravest_comes_first_and_what_is_over_last():
    plan = seen()
    lines = as_text(risks_view(plan, ranked(plan.risks)), width=250).splitlines()
    assert lines[0] == f"Plan {plan.plan_id}, version 1"
    rows = [line.split()[:6] for line in lines if line.strip()[:1].isdigit()]
    assert rows[:3] == [
        ["1", "r1", "0.60", "0.80", "high", "open"],
        ["2", "r2", "0.10", "0.40", "low", "open"],
        ["3", "r3", "0.25", "0.99", "low", "closed"],
    ]
    assert "add_approval; Have somebody look at staging first" in " ".join(" ".join(lines).split())


def test_the_matrix_says_where_each_open_risk_lies():
    plan = seen()
    text = as_text(risks_view(plan, ranked(plan.risks)), width=150)
    matrix = [line.split() for line in text[text.index("Impact / p") :].splitlines()[2:]]
    assert matrix == [["critical"], ["high", "1"], ["medium"], ["low", "2"]]
    columns = text[text.index("Impact / p") :].splitlines()
    assert columns[3].index("1") == columns[0].index("to 1")
    assert columns[5].index("2") == columns[0].index("to 0.5")


def test_what_was_done_is_marked():
    plan = seen()
    edit = mitigation_of(plan, plan.risks[2], "add_approval")
    met = plan.risks[2].model_copy(update={"applied": [edit.applied(by="ada", why="", version=2)]})
    assert "add_approval (done)" in as_text(risks_view(plan, [met]), width=200)


def test_no_risks_and_no_alerts_are_said():
    assert as_text(risks_view(seen(), [])) == "No risks here.\n"
    assert as_text(alerts_table([])) == "No risk is over the threshold.\n"


def test_alerts_name_their_plans():
    plan = seen()
    text = as_text(alerts_table([RiskAlert(plan.plan_id, 1, PlanStatus.EXECUTING, plan.risks[2])]), width=150)
    assert text.splitlines()[2].split()[:5] == ["7d9f1c52", "r1", "0.60", "high", "open"]


def test_a_preview_shows_what_would_change():
    plan = seen()
    edit = mitigation_of(plan, plan.risks[2], "add_approval")
    after = plan.model_copy(update={"tasks": apply_patch(plan.tasks, edit.patch)})
    text = as_text(preview_view(MitigationPreview(plan, plan.risks[2], edit, diff_plans(plan, after))))
    assert text.startswith("add_approval meets the risk A task cannot be undone\n")
    assert "0.80 becomes at most 0.32" in text and "t5-approval" in text and "dependencies" in text


def test_hostile_texts_do_not_reach_the_terminal():
    plan = hostile_plan()
    text = as_text(risks_view(plan, plan.risks), width=400)
    assert "\x1b" not in text and "\u202e" not in text and "[bold red]" in text


KNOWN = ["3f9a2c1e77b0-rab12", "3f9a2c1e77b0-rac34", "mine"]


@pytest.mark.parametrize(
    ("given", "found"),
    [("rab", KNOWN[0]), ("rac34", KNOWN[1]), (KNOWN[0], KNOWN[0]), ("mi", "mine"), ("nope", "nope"), ("", "")],
)
def test_a_risk_is_found_by_the_beginning_of_its_id(given, found):
    assert whole_risk_id(given, KNOWN) == found
    assert short_risk_id(KNOWN[0]) == "rab12"


def test_a_beginning_of_several_is_refused():
    with pytest.raises(typer.BadParameter, match="2 risks begin with 'ra': rab12, rac34"):
        whole_risk_id("ra", KNOWN)
