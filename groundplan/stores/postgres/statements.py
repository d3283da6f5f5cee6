"""The statements that the writer groups. Those that write events come last: they hold the order of events
(see migration 0001) until the commit."""

from __future__ import annotations

from groundplan.stores.postgres.arrays import BIGINT, BYTES, FLOAT, INT, JSON, JSONB, TEXT, TIME
from groundplan.stores.postgres.queries import queries
from groundplan.stores.postgres.writes import Statement

_SQL = queries("recording") | queries("checkpoints") | queries("execution") | queries("feedback")

RECEIVE_GOALS = Statement(
    "receive_goals",
    _SQL["receive_goals"],
    {
        "goal_id": TEXT, "agent_did": TEXT, "goal_text": TEXT, "status": TEXT, "created_at": TIME, "details": JSON,
        "run_id": TEXT, "mode": TEXT, "run_created_at": TIME, "events": JSON,
    },
    order=40,
)  # fmt: skip

COMMIT_PLANS = Statement(
    "commit_plans",
    _SQL["commit_plans"],
    {
        "plan_id": TEXT, "version": INT, "goal_id": TEXT, "agent_did": TEXT, "goal_text": TEXT,
        "status": TEXT, "task_count": INT, "created_at": TIME,
        "updated_at": TIME, "validated_at": TIME, "execution_started_at": TIME, "completed_at": TIME,
        "stored_at": TIME, "signing_key": TEXT, "signature": TEXT, "reason": TEXT, "diff": JSON, "details": JSON,
        "tasks": JSON, "progress": JSON, "approval": JSON, "decided": JSON,
        "expects": TEXT, "events": JSON,
    },
    order=50,
)  # fmt: skip

PUT_ANSWERS = Statement("put_answers", _SQL["put_answers"], {"run_id": TEXT, "key": TEXT, "answer": JSON}, order=10)

_WRITES = {
    "thread_id": TEXT, "checkpoint_ns": TEXT, "checkpoint_id": TEXT, "task_id": TEXT, "task_path": TEXT,
    "idx": INT, "channel": TEXT, "type": TEXT, "blob": BYTES,
}  # fmt: skip

PUT_WRITES = Statement("put_writes", _SQL["put_writes"], _WRITES, order=20)

REPLACE_WRITES = Statement("replace_writes", _SQL["replace_writes"], _WRITES, order=21)

PUT_BLOBS = Statement(
    "put_blobs",
    _SQL["put_blobs"],
    {"thread_id": TEXT, "checkpoint_ns": TEXT, "channel": TEXT, "version": TEXT, "type": TEXT, "blob": BYTES},
    order=30,
)

PUT_CHECKPOINTS = Statement(
    "put_checkpoints",
    _SQL["put_checkpoints"],
    {
        "thread_id": TEXT, "checkpoint_ns": TEXT, "checkpoint_id": TEXT, "parent_checkpoint_id": TEXT,
        "checkpoint": JSONB, "metadata": JSONB,
    },
    order=31,
)  # fmt: skip

FENCE = Statement("fence", _SQL["fence"], {"run_id": TEXT, "epoch": INT}, order=1)

APPEND_LEDGER = Statement(
    "append_ledger",
    _SQL["append_ledger"],
    {
        "run_id": TEXT, "task_id": TEXT, "attempt": INT, "kind": TEXT, "epoch": INT, "at": TIME, "agent": TEXT,
        "key": TEXT, "arguments": JSON, "output": JSON, "error": JSON, "tokens": BIGINT, "cost": FLOAT, "record": JSON,
        "events": JSON,
    },
    order=60,
)  # fmt: skip

ADD_EVENTS = Statement("add_events", _SQL["add_event_lists"], {"events": JSON}, order=61)

RECORD_FEEDBACK = Statement(
    "record_feedback",
    _SQL["record_feedback"],
    {
        "plan_id": TEXT, "idempotency_key": TEXT, "task_id": TEXT, "run_id": TEXT, "attempt": INT, "at": TIME,
        "digest": TEXT, "is_report": INT, "content": JSON, "issues": JSON, "events": JSON,
    },
    order=62,
)  # fmt: skip
