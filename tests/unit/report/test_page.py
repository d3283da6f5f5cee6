"""The page: one file that loads nothing, in which every text is text."""

import re
import time
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundplan.report import as_html, report_on, tables
from groundplan.report.charts import gantt, network
from groundplan.report.charts.style import DARK, LIGHT
from groundplan.report.page import POLICY
from tests.property_examples import examples
from tests.sample_plans import NOW, release_plan, small_plan, task
from tests.sample_reports import HOSTILE_MARKUP, Page, drawings, hostile_report, many_tasks, running_report

RUNNING = as_html(running_report())
ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "header", "main", "footer", "section", "h1", "h2", "p", "a",
    "nav", "dl", "div", "dt", "dd", "span", "strong", "code", "ul", "li", "figure", "details", "summary", "table",
    "thead", "tbody", "tr", "th", "td", "svg", "rect", "path", "text",
}  # fmt: skip


def test_it_shows_what_there_is():
    shown = Page(RUNNING).shown
    for words in (
        "Release version 2 of the shop", "executing", "1 of 6 tasks done, 1 failed or in doubt",
        "SPI", "behind schedule",
        "Version 2 waits for approval", "Task 5 cannot be undone", "The runner did not answer", "The runner is down",
        "Build done", "ci runners", "earned value: done by now", "t3 failed", "saves 0.40 USD", "Nobody can run ci.run",
        "Critical path 1 → 2 → 4 → 5 → 6", "R1",
    ):  # fmt: skip
        assert words in shown, words


def test_every_section_can_be_reached_from_the_top():
    page = Page(RUNNING)
    links = [attributes["href"] for tag, attributes in page.tags if tag == "a"]
    ids = [f"#{attributes['id']}" for tag, attributes in page.tags if tag == "section"]
    assert links == ids
    assert len(ids) == len(set(ids)) == 8


def test_every_chart_says_in_words_what_it_shows():
    charts = drawings(RUNNING)
    labels = [chart.get("aria-label") for chart in charts]
    assert all(chart.get("role") == "img" for chart in charts)
    for words in (
        "Gantt chart: 6 tasks in 10 h",
        "Network of 6 tasks",
        "Burn-up",
        "Risk matrix of 2",
        "Use of 1 resource",
    ):
        assert any(str(label).startswith(words) for label in labels), words


def test_what_scrolls_is_within_reach_of_the_keyboard():
    scrolls = [attributes for _, attributes in Page(RUNNING).tags if attributes.get("class") == "scroll"]
    assert scrolls
    assert all(attributes.get("tabindex") == "0" and attributes.get("aria-label") for attributes in scrolls)


@pytest.mark.parametrize("page", [RUNNING, as_html(hostile_report())], ids=["running", "hostile"])
def test_it_loads_and_runs_nothing(page):
    parsed = Page(page)
    assert {tag for tag, _ in parsed.tags} - {"title"} <= ALLOWED
    attributes = {name for _, found in parsed.tags for name in found}
    assert not [
        name for name in attributes if name.startswith("on") or name in ("src", "srcset", "xlink:href", "action")
    ]
    assert all(found.get("href", "#").startswith("#") for _, found in parsed.tags)
    assert "url(" not in page
    assert "@import" not in page
    assert f'content="{POLICY}"' in page


def test_hostile_text_is_shown_as_text():
    page = as_html(hostile_report())
    parsed = Page(page)
    assert page.count("<style>") == page.count("</style>") == 1
    assert not [tag for tag, _ in parsed.tags if tag in ("script", "img")]
    assert "]]></svg></style></title><img src=x onerror=alert(1)>" in parsed.shown
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]", page)
    assert len(drawings(page)) == page.count("<svg ")
    assert HOSTILE_MARKUP not in page


@settings(max_examples=examples(0.5))
@given(st.text(max_size=60))
def test_no_text_breaks_out_of_its_place(text):
    page = as_html(hostile_report(f"x{text}"))
    body = page[page.index("<body>") : page.index("</html>")]
    assert ElementTree.fromstring(body).tag == "body"  # noqa: S314 - ours
    assert {tag for tag, _ in Page(page).tags} <= ALLOWED


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_texts_can_be_read_by_people_who_see_less(theme):
    colours = dict(entry.split(":") for entry in theme.strip(";").split(";"))
    for text in ("--ink", "--soft", "--late", "--earned", "--actual", "--plan-edge", "--done", "--running", "--failed"):
        for paper in ("--paper", "--band"):
            assert contrast(colours[text], colours[paper]) >= 4.5, (text, paper)
    for cell in ("--risk0", "--risk1", "--risk2", "--risk3"):
        assert contrast(colours["--ink"], colours[cell]) >= 4.5, cell


def contrast(one, other):
    """The contrast ratio of WCAG 2.1."""
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(
    "plan",
    [small_plan(task(1, "Do it", 1)), small_plan(), release_plan(), many_tasks(3)],
    ids=["unscheduled", "empty", "release", "chain"],
)
def test_a_plan_of_which_little_is_known_has_a_page(plan):
    page = as_html(report_on(plan, made_at=NOW))
    assert Page(page).shown
    assert drawings(page)


@pytest.mark.large
def test_a_thousand_tasks_make_a_page_that_can_be_sent():
    report = report_on(many_tasks(1_000), made_at=NOW)
    began = time.process_time()
    page = as_html(report)
    assert time.process_time() - began < 2
    assert len(page.encode()) < 2_000_000
    texts = Page(page).texts
    assert "1000" in texts  # in the table and the network
    assert any(text.startswith("1000 Step 1000 of") for text in texts)  # in the Gantt chart


def test_too_many_tasks_for_a_chart_are_shown_by_phase(monkeypatch):
    monkeypatch.setattr(gantt, "MOST_TASKS", 20)
    monkeypatch.setattr(gantt, "_MOST_OF_MANY", 5)
    monkeypatch.setattr(network, "MOST_TASKS", 20)
    monkeypatch.setattr(tables, "MOST_ROWS", 20)
    page = as_html(report_on(many_tasks(24, phases=4), made_at=NOW))
    shown = Page(page).shown
    assert "Of 24 tasks the chart shows those with the least slack." in shown
    assert "By phase, as 24 tasks are too many for one picture." in shown
    assert "… and 4 more" in shown
    assert "Phase 4 (6" in shown
    assert len([text for text in Page(page).texts if re.fullmatch(r"\d+ Step .*…", text)]) == 5


def test_too_many_tasks_without_phases_have_no_network(monkeypatch):
    monkeypatch.setattr(network, "MOST_WITHOUT_PHASES", 20)
    page = as_html(report_on(many_tasks(21), made_at=NOW))
    assert "A network of 21 tasks without phases cannot be read" in Page(page).shown
    assert "Network of" not in page
