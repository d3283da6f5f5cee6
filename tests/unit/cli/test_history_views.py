"""What runs recorded, what differs, and what came of repeating one, as people see it."""

from datetime import timedelta

import pytest

from groundplan.cli.deadlines import parse_age
from groundplan.cli.render.history_views import (
    changes_table,
    plan_diff_table,
    pruned_view,
    recorded_view,
    repeated_view,
)
from groundplan.cli.render.tables import as_text
from groundplan.domain.diff import PlanDiff
from groundplan.domain.json_changes import changes
from groundplan.domain.lifecycle import PlanStatus
from groundplan.domain.results import PlanResult
from groundplan.graph.views import RunView
from groundplan.service.past_runs import Repeated
from groundplan.stores.retention import Due
from tests.sample_plans import HOSTILE
from tests.snapshots import assert_snapshot

VIEW = RunView(
    kind="execution",
    run={"run_id": "run-1"},
    at=None,
    state={"plan_id": "plan-1", "version": 1},
    checkpoints=[
        {"step": 0, "checkpoint_id": "1f1e59f0-b74e-63b7-8000-b4476d267ca4", "wrote": {"plan_id": 1}, "next": ["load"]},
        {"step": 1, "checkpoint_id": "1f1e59f0-b754-65a8-8001-c270d8f4e923", "wrote": {"version": 1}, "next": ["run"]},
    ],
    ledger=[
        {"entry": 1, "task_id": "a", "attempt": 1, "kind": "claimed", "at": "2026-11-21T07:30:00.123456+00:00",
         "arguments": {"to": HOSTILE}},
        {"entry": 2, "task_id": "a", "attempt": 1, "kind": "not_compensated", "at": "2026-11-21T07:30:01+00:00",
         "error": {"message": HOSTILE}},
        {"entry": 3, "task_id": "b", "attempt": 0, "kind": "skipped", "at": "2026-11-21T07:30:02+00:00"},
    ],
    tasks={"a": {"status": "completed", "attempts": 1}},
    answers=[
        {"model": "ollama:x", "text": "Take the archive\n" + HOSTILE,
         "prompt": [{"role": "system", "content": "line\n" * 50}, {"role": "human", "content": HOSTILE}]},
    ],
)  # fmt: skip


def test_the_view_of_a_run() -> None:
    assert_snapshot("cli/view.txt", as_text(recorded_view(VIEW), width=120))


def test_the_view_of_a_run_that_left_nothing() -> None:
    empty = RunView(
        kind="planning", run={"run_id": "r"}, at=None, state={}, checkpoints=[], ledger=[], tasks={}, answers=[]
    )
    assert as_text(recorded_view(empty)).count("\n") == 2


def test_what_differs() -> None:
    before = {"a": {"status": "executing"}, "gone": 1}
    after = {"a": {"status": "completed", "output": {"text": HOSTILE}}}
    assert_snapshot("cli/diff.txt", as_text(changes_table(changes(before, after)), width=120))
    assert as_text(changes_table([])) == "Nothing differs.\n"


def test_what_differs_between_versions() -> None:
    diff = PlanDiff(
        added=["c"],
        removed=["d"],
        changed={"b": {"tool": ["web.get", "web.archive"], "inputs": [{}, {"url": HOSTILE}]}},
    )
    assert_snapshot("cli/diff_versions.txt", as_text(plan_diff_table(diff), width=120))
    assert as_text(plan_diff_table(PlanDiff())) == "Nothing differs.\n"


def test_a_run_that_was_repeated() -> None:
    result = PlanResult(plan_id="plan-1", status=PlanStatus.COMPLETED, tasks={}, execution_time_ms=12.0)
    shown = as_text(repeated_view(Repeated("run-2", "run-1", result=result)))
    assert shown.startswith("Run run-2 repeats run-1\n")
    assert "completed" in shown


def test_what_went() -> None:
    due = Due(executions=["x1", "x2"], plannings=["r1"])
    assert as_text(pruned_view(due, dry_run=True)) == "2 runs of plans, 1 planning runs, 0 plans would go.\n"
    assert as_text(pruned_view(due, dry_run=False)) == "2 runs of plans, 1 planning runs, 0 plans went.\n"


@pytest.mark.parametrize(
    ("text", "age"),
    [("30d", timedelta(days=30)), ("12 h", timedelta(hours=12)), ("8w", timedelta(weeks=8)), ("0min", timedelta())],
)
def test_an_age_is_read(text: str, age: timedelta) -> None:
    assert parse_age(text) == age


@pytest.mark.parametrize("text", ["", "d", "3", "-3d", "3.5d", "+3d", "1 month"])
def test_what_is_no_age_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no age"):
        parse_age(text)
