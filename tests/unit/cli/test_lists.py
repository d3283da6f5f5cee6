from datetime import timedelta

from groundplan.cli.render.doctor_view import doctor_view
from groundplan.cli.render.lists import goals_table, history_table, plans_table, runs_table
from groundplan.cli.render.tables import as_text
from groundplan.domain.goal import Goal
from groundplan.domain.lifecycle import GoalStatus
from groundplan.domain.runs import CheckpointMode, PlanningRun
from groundplan.graph.history import CheckpointView
from tests.sample_plans import HOSTILE, NOW, PLAN_ID
from tests.snapshots import assert_snapshot

RUN = PlanningRun(run_id="run-1", goal_id="goal-1", mode=CheckpointMode.ENDS, created_at=NOW)
SHIP = Goal(goal_id="goal-1", goal_text="Ship the release", created_at=NOW, status=GoalStatus.READY, priority=8)
REFUSED = Goal(
    goal_id="goal-2",
    goal_text=HOSTILE,
    created_at=NOW + timedelta(minutes=5),
    status=GoalStatus.FAILED,
    metadata={"error": {"code": "E5004"}},
)


def row(number: int, goal_text: str, status: str) -> dict[str, object]:
    return {
        "plan_id": PLAN_ID[:-1] + str(number),
        "version": number,
        "goal_id": "goal-1",
        "agent_did": "did:local:user",
        "goal_text": goal_text,
        "status": status,
        "task_count": 8 * number,
        "created_at": "2026-11-21T07:30:00Z",
        "updated_at": "2026-11-21T07:30:00Z",
    }


def test_the_list_of_plans() -> None:
    rows = [row(1, "Ship the release", "validated"), row(2, HOSTILE * 3, "awaiting_approval")]
    assert_snapshot("cli/plans.txt", as_text(plans_table(rows), width=120))


def test_the_list_of_goals() -> None:
    assert_snapshot("cli/goals.txt", as_text(goals_table([SHIP, REFUSED]), width=120))


def test_the_list_of_runs() -> None:
    assert_snapshot("cli/runs.txt", as_text(runs_table([(RUN, SHIP)])))


def test_the_checkpoints_of_a_run() -> None:
    views = [
        CheckpointView(checkpoint_id="a", step=-1, node="input", created_at=NOW, next=["__start__"]),
        CheckpointView(
            checkpoint_id="b",
            step=1,
            node="sanitize",
            created_at=NOW + timedelta(milliseconds=12),
            changed={"goal": "goal-1, decomposing, 16 characters"},
            next=["recall"],
        ),
        CheckpointView(
            checkpoint_id="c", step=9, node="commit", changed={"plan": HOSTILE}, next=["approve"], waits=True
        ),
        CheckpointView(checkpoint_id="d", step=10, node="approve"),
    ]
    assert_snapshot("cli/history.txt", as_text(history_table("run-1", views)))


def test_what_the_doctor_found() -> None:
    found = {
        "healthy": False,
        "components": {
            "home": {"status": "ok", "detail": "/home/ada/.local/share/groundplan", "advice": ""},
            "database": {"status": "down", "detail": "nobody answers at db:5432", "advice": "Start Postgres."},
            "redis": {"status": "degraded", "detail": "not configured", "advice": "Optional."},
        },
        "versions": {"groundplan": "0.1.0", "python": "3.11.9"},
    }
    assert_snapshot("cli/doctor.txt", as_text(doctor_view(found)))


def test_empty_lists_say_so() -> None:
    assert "No plans" in as_text(plans_table([]))
    assert "No goals" in as_text(goals_table([]))
    assert "No planning runs" in as_text(runs_table([]))
