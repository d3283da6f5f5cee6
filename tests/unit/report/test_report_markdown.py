"""The report as Markdown."""

import pytest

from groundplan.report import as_markdown, report_on
from groundplan.report.markdown import _escaped
from tests.sample_plans import NOW, release_plan, small_plan
from tests.sample_reports import hostile_report, running_report
from tests.snapshots import assert_snapshot


@pytest.mark.parametrize(
    ("name", "report"),
    [
        ("planned", report_on(release_plan(), made_at=NOW)),
        ("running", running_report()),
        ("hostile", hostile_report()),
        ("empty", report_on(small_plan(), made_at=NOW)),
    ],
)
def test_the_whole(name, report):
    assert_snapshot(f"report/{name}.md", as_markdown(report))


def test_hostile_text_is_no_markup():
    text = as_markdown(hostile_report())
    assert "\\<script\\>" in text
    assert "<script>" not in text.replace("\\<", "‹")
    assert "[bold" not in text.replace("\\[", "‹")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a | b", "a \\| b"),
        ("# no heading", "\\# no heading"),
        ("1. no list", "1\\. no list"),
        ("1.25 USD", "1.25 USD"),
        ("- no item", "\\- no item"),
        ("<b>&amp;", "\\<b\\>\\&amp;"),
        ("https://x.example", "https:\\//x.example"),
        ("two\nlines", "two lines"),
        ("`code` *x* _y_ ~z~ [l](u) \\", "\\`code\\` \\*x\\* \\_y\\_ \\~z\\~ \\[l\\](u) \\\\"),
    ],
)
def test_what_markdown_would_act_on_is_escaped(text, shown):
    assert _escaped(text) == shown
