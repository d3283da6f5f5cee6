"""What a run has recorded, as one document that is the same every time: nothing is run or asked for it.

    document = run + at + state + checkpoints + ledger + tasks + answers        sha256 over its canonical form

Only what never changes is in it: not the status of a run or plan, which may go on, and not who holds a lease.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Literal

from langgraph.checkpoint.base import BaseCheckpointSaver

from groundplan.domain.execution import ExecutionRun
from groundplan.domain.fingerprint import fingerprint
from groundplan.domain.ledger import LedgerEntry, TaskState, fold
from groundplan.domain.runs import ModelAnswer, PlanningRun
from groundplan.graph.records import Record, as_json, no_such_place, record_at, records
from groundplan.stores.protocols import ModelAnswers
from groundplan.stores.run_protocol import RunStore

_UNCHANGING = {
    "run_id", "plan_id", "goal_id", "agent_did", "policy", "effects", "max_concurrent_tasks", "forked_from", "fork",
    "created_at",
}  # fmt: skip


@dataclass(frozen=True)
class RunView:
    """The recorded history of a run, up to a point of it or whole.

    Attributes:
        run: what is known of the run since it began.
        at: the checkpoint or the ledger entry that this is the state at; None for the whole.
        state: every channel of the graph there.
        checkpoints: each with what it wrote.
        ledger: each line, by its number from 1 (`entry`).
        tasks: what the ledger comes to, by task.
        answers: prompts and answers of models.
    """

    kind: Literal["planning", "execution"]
    run: Mapping[str, Any]
    at: str | None
    state: Mapping[str, Any]
    checkpoints: Sequence[Mapping[str, Any]]
    ledger: Sequence[Mapping[str, Any]]
    tasks: Mapping[str, Any]
    answers: Sequence[Mapping[str, Any]]

    @cached_property
    def document(self) -> dict[str, Any]:
        """All of it as JSON."""
        return {
            "kind": self.kind,
            "run": dict(self.run),
            "at": self.at,
            "state": dict(self.state),
            "checkpoints": list(self.checkpoints),
            "ledger": list(self.ledger),
            "tasks": dict(self.tasks),
            "answers": list(self.answers),
        }

    @cached_property
    def sha256(self) -> str:
        """The hash of the document."""
        return fingerprint(self.document)


async def view_planning(
    run: PlanningRun, saver: BaseCheckpointSaver[Any], answers: ModelAnswers, at: str | None
) -> RunView:
    """The history of a planning run, up to the checkpoint `at` (id or step). Raises PlanningError: E5005."""
    known = _up_to(await records(saver, run.run_id), at, run.run_id)
    named = known[-1].checkpoint_id if at is not None else None
    until = known[-1].at if at is not None else None
    return RunView(
        kind="planning",
        run=run.model_dump(mode="json"),
        at=named,
        state=as_json(known[-1].values) if known else {},
        checkpoints=[_checkpoint(record) for record in known],
        ledger=[],
        tasks={},
        answers=_answers(await answers.of_run(run.run_id), until),
    )


async def view_execution(
    run: ExecutionRun, saver: BaseCheckpointSaver[Any], runs: RunStore, answers: ModelAnswers, at: str | None
) -> RunView:
    """The history of a run of a plan: whole, or the checkpoints up to one (by its id), or the ledger up to an entry (by
    its number). Raises PlanningError: E5005."""
    by_entry = at is not None and at.isdecimal()
    entries = await runs.read_ledger(run.run_id) if at is None or by_entry else []
    if at is not None and by_entry:
        entries = entries[: entry_number(at, len(entries), run.run_id)]
    known = [] if by_entry else _up_to(await records(saver, run.run_id), at, run.run_id)
    until = None if at is None else moment(entries[-1].at) if by_entry else known[-1].at
    return RunView(
        kind="execution",
        run=run.model_dump(mode="json", include=_UNCHANGING, exclude_defaults=True),
        at=at if by_entry or at is None else known[-1].checkpoint_id,
        state=as_json(known[-1].values) if known else {},
        checkpoints=[_checkpoint(record) for record in known],
        ledger=[line_of(number, entry) for number, entry in enumerate(entries, start=1)],
        tasks={task_id: _task(state) for task_id, state in fold(entries).items()},
        answers=_answers(await answers.of_run(run.run_id), until),
    )


def entry_number(at: str, last: int, run_id: str) -> int:
    """The number of a ledger entry, from 1. Raises PlanningError E5005 if there is none of that number."""
    if not 1 <= int(at) <= last:
        raise no_such_place(at, run_id, [f"1 to {last}"] if last else [])
    return int(at)


def line_of(number: int, entry: LedgerEntry) -> dict[str, Any]:
    """A line of the ledger as JSON, what it does not have left out."""
    told = {
        "agent": entry.agent, "key": entry.key, "arguments": entry.arguments, "output": entry.output,
        "error": entry.error, "tokens": entry.tokens or None, "cost": entry.cost or None, "record": entry.record,
    }  # fmt: skip
    line = {"entry": number, "task_id": entry.task_id, "attempt": entry.attempt, "kind": entry.kind.value}
    return line | {"at": moment(entry.at)} | {name: value for name, value in told.items() if value is not None}


def moment(at: datetime) -> str:
    """A time in UTC, written the same whatever zone it came in."""
    return at.astimezone(UTC).isoformat()


def _up_to(known: list[Record], at: str | None, run_id: str) -> list[Record]:
    return known if at is None else known[: known.index(record_at(known, at, run_id)) + 1]


def _checkpoint(record: Record) -> dict[str, Any]:
    return {
        "checkpoint_id": record.checkpoint_id,
        "step": record.step,
        "at": record.at,
        "wrote": as_json(record.wrote),
        "next": record.next,
    }


def _task(state: TaskState) -> dict[str, Any]:
    told = {"agent": state.agent, "output": state.output, "error": state.error}
    known = {name: value for name, value in told.items() if value is not None}
    return {"status": state.status.value, "attempts": state.claims} | known


def _answers(answers: Sequence[ModelAnswer], until: str | None) -> list[dict[str, Any]]:
    last = datetime.fromisoformat(until) if until is not None else None
    return [as_json(answer) for answer in answers if last is None or answer.asked_at is None or answer.asked_at <= last]
