"""Escalated issues among what waits for a person."""

from groundplan.cli.render.run_views import attention_view
from groundplan.cli.render.tables import as_text
from groundplan.domain.feedback import Issue
from groundplan.service.execution import Attention
from tests.plan_factories import NOW
from tests.sample_plans import HOSTILE


def issue(title):
    return Issue(
        plan_id="p1", issue_id="stuck-1-2", task_id="t1", title=title, severity="high", status="escalated",
        opened_by="monitor", opened_at=NOW, changed_at=NOW,
    )  # fmt: skip


def test_an_issue_is_shown_with_the_command_that_closes_it():
    shown = as_text(attention_view(Attention([], [], [issue("Task 't1': it is late")])))
    assert shown.splitlines() == [
        "Issue Task 't1': it is late (high, plan p1)",
        "  groundplan update p1 --close stuck-1-2 --by NAME",
        "",
    ]


def test_a_title_cannot_reach_the_terminal():
    assert "\x1b" not in as_text(attention_view(Attention([], [], [issue(HOSTILE)])))


def test_without_any_of_it_nothing_waits():
    assert as_text(attention_view(Attention([], []))) == "Nothing waits for a person.\n"
