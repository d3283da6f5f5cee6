import pytest
from rich.console import RenderableType

from groundplan.cli.render.plan_view import plan_view
from groundplan.cli.render.tables import as_text
from groundplan.domain.lifecycle import PlanStatus
from groundplan.domain.plan import PlanMetadata
from groundplan.domain.risk import RiskStatus
from tests.sample_plans import HOSTILE, decided, hostile_plan, release_plan, request, small_plan, task
from tests.snapshots import assert_snapshot


@pytest.mark.parametrize(
    ("name", "view"),
    [
        ("release", plan_view(release_plan(), request())),
        ("release-approved", plan_view(release_plan().to(PlanStatus.VALIDATED, now=request().requested_at), decided())),
        ("hostile", plan_view(hostile_plan())),
        ("small", plan_view(small_plan(task(1, "Do it", 1), task(2, "日本語のタスク 🚀", 0.01, (1,))))),
    ],
)
def test_the_view_of_a_plan(name: str, view: RenderableType) -> None:
    assert_snapshot(f"cli/{name}.txt", as_text(view))


def test_the_view_on_a_narrow_terminal() -> None:
    assert_snapshot("cli/release-60.txt", as_text(plan_view(release_plan(), request()), width=60))


def test_hostile_text_does_nothing_to_the_terminal() -> None:
    text = as_text(plan_view(hostile_plan()))
    assert not any(character in text for character in "\x1b\x07\u202e")
    assert "[bold red]x[/]" in " ".join(text.split())
    assert HOSTILE not in text


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (PlanMetadata(strategy="numbered"), "from the steps that the goal lists"),
        (PlanMetadata(strategy="template", template="crud"), "from template crud"),
        (PlanMetadata(strategy="llm", model="m", calls=2, tokens=90), "by model m, 2 calls, 90 tokens"),
        (PlanMetadata(strategy="numbered", cache_hit=True), "outline from the cache"),
        (PlanMetadata(), "by hand"),
    ],
)
def test_it_says_how_the_plan_was_made(made: PlanMetadata, words: str) -> None:
    assert words in as_text(plan_view(small_plan(task(1, "Do it", 1), metadata=made)))


@pytest.mark.large
def test_a_plan_of_a_thousand_tasks_has_a_thousand_rows() -> None:
    plan = small_plan(*(task(n, f"Step {n}", 1) for n in range(1, 1001)))
    assert as_text(plan_view(plan)).count("Step ") == 1000


def test_a_risk_that_is_not_open_says_so_and_what_is_over_comes_last() -> None:
    plan = release_plan()
    met, over = (
        plan.risks[0].model_copy(update={"status": RiskStatus.MITIGATED}),
        plan.risks[1].model_copy(update={"status": RiskStatus.OCCURRED}),
    )
    text = as_text(plan_view(plan.model_copy(update={"risks": [over, met]})), width=200)
    assert text.index("mitigated: Half of the time") < text.index("occurred: A task cannot be undone")
