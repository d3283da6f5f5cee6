"""Runs of plans that repeat another one: opened with a part of its ledger, driven with what it recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.execution import Effects, ExecutionRun, Fork, RunStatus
from groundplan.domain.ids import new_id
from groundplan.domain.json_paths import leads_nowhere, with_value
from groundplan.domain.ledger import EntryKind, LedgerEntry
from groundplan.domain.plan import ExecutionPlan
from groundplan.execution.access import EVERYTHING
from groundplan.execution.last_states import LastStates
from groundplan.execution.recorded import (
    AssignerOfReleased,
    RecordedExecutors,
    Recording,
    Released,
    SecretsOfReleased,
)
from groundplan.execution.recorded_plans import RecordedPlans, place_in, replan_not_recorded, with_inputs
from groundplan.graph.executions import Runner, drive
from groundplan.graph.records import Record, no_such_place, record_at, records
from groundplan.graph.views import entry_number
from groundplan.run_state import Proposal, RunContext, RunInput, Setback
from groundplan.state import Context
from groundplan.stores.quiet_runs import QuietRuns

_AT_A_TIME = 1000
_ENDS = frozenset(
    {
        EntryKind.COMPLETED, EntryKind.FAILED, EntryKind.RETRYING, EntryKind.SKIPPED, EntryKind.BLOCKED,
        EntryKind.REOPENED,
    }
)  # fmt: skip
"""What an attempt (or a task that was never begun) must have come to for a rerun to take it over."""


@dataclass(frozen=True, kw_only=True)
class ForkWish:
    """What a rerun is to be: from where (checkpoint, ledger entry or task; None: the beginning), with what set by path,
    and which tools it may have effects by."""

    run_id: str | None = None
    start: str | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    released: Sequence[str] = ()


async def open_fork(
    source: ExecutionRun, wish: ForkWish, live: RunContext, saver: BaseCheckpointSaver[Any]
) -> ExecutionRun:
    """Record a run that repeats `source`. Nothing of it has run yet: see `run_fork`.

    Raises:
        PlanningError: E5005 if the source has no such place, E5600 for a path that leads nowhere.
    """
    entries = await live.runs.read_ledger(source.run_id)
    saved = await records(saver, source.run_id)
    start = await _start(source, wish.start, entries, saved, live)
    plan = await live.plans.version(source.plan_id, start.version)
    known = source.fork.changes if source.fork else {}
    changes = {**known, **wish.changes}
    _check_changes(plan, wish.changes, entries)
    anew = _anew(plan, start.anew, wish.changes)
    terms = start.model_copy(update={"anew": anew, "changes": changes, "released": list(wish.released)})
    run = source.model_copy(
        update={
            "run_id": wish.run_id or new_id(),
            "version": start.version,
            "status": RunStatus.RUNNING,
            "effects": Effects.STUBBED,
            "forked_from": source.run_id,
            "fork": terms,
            "replans_left": source.version - start.version + 1,
            "created_at": live.planning.clock(),
            "finished_at": None,
            "error": None,
        }
    )
    await live.runs.open_run(run, [])
    return run


async def run_fork(run: ExecutionRun, live: RunContext, runner: Runner) -> None:
    """Take over the ledger's beginning (again, if it was cut off there), and run the rest with what was recorded.

    Raises:
        PlanningError: E5205 while another runner holds the run, E5801, E5800.
    """
    context = await fork_context(run, live)
    terms, source = run.fork or Fork(), run.forked_from or ""
    lines = taken_over(await live.runs.read_ledger(source), terms, source)
    async with live.leases.kept() as leases:
        async with leases.hold(run.run_id) as held:
            for first in range(0, len(lines), _AT_A_TIME):
                await context.runs.append(held.lease, lines[first : first + _AT_A_TIME])
        await drive(runner, RunInput(plan_id=run.plan_id), run.run_id, replace(context, leases=leases))


async def fork_context(run: ExecutionRun, live: RunContext) -> RunContext:
    """The surroundings of a rerun: recorded outcomes for effects, recorded versions for replans, and no events."""
    source = await live.runs.get_run(run.forked_from or "")
    terms = run.fork or Fork()
    entries = await live.runs.read_ledger(source.run_id)
    recording = Recording(source.run_id, [_changed(entry, terms.changes) for entry in entries], terms.anew)
    released, runs, work = Released(terms.released), QuietRuns(live.runs), live.work
    return replace(
        live,
        runs=runs,
        plans=RecordedPlans(live.planning.store, live.planning.keyring, runs, run, source.version),
        work=replace(
            work,
            executors=RecordedExecutors(work.executors, recording, released, work.access),
            secrets=SecretsOfReleased(work.secrets, recording, released),
            assigner=AssignerOfReleased(work.assigner, released) if work.assigner else None,
            access=EVERYTHING,
            effects=Effects.STUBBED,
        ),
        last_states=LastStates(),
        replanner=_NoOtherWay(source.run_id),
        effects=Effects.STUBBED,
        forked_from=source.run_id,
    )


@dataclass(frozen=True)
class _NoOtherWay:
    """The replanner of reruns: a version that was made then is gone on to, and none is made."""

    run_id: str

    async def propose(self, setback: Setback, context: Context) -> Proposal | None:  # noqa: ARG002  # the port's
        raise replan_not_recorded(self.run_id)


def taken_over(entries: Sequence[LedgerEntry], terms: Fork, source: str) -> list[LedgerEntry]:
    """The lines with which the rerun's ledger begins: of attempts that had ended by then, without tasks that begin
    anew, with the outputs that were set."""
    anew = set(terms.anew)
    prefix = [entry for entry in entries[: terms.entries] if entry.task_id not in anew]
    ended = {(entry.task_id, entry.attempt) for entry in prefix if entry.kind in _ENDS}
    kept = [
        entry
        for entry in prefix
        if (entry.task_id, entry.attempt) in ended and (entry.kind in _ENDS or entry.kind is EntryKind.CLAIMED)
    ]
    return [
        replace(_changed(entry, terms.changes), record={**(entry.record or {}), "recorded_in": source})
        for entry in kept
    ]


async def _start(
    source: ExecutionRun, start: str | None, entries: Sequence[LedgerEntry], saved: Sequence[Record], live: RunContext
) -> Fork:
    if start is None:
        return Fork(version=_first_version(source, saved))
    if start.isdecimal():
        number = entry_number(start, len(entries), source.run_id)
        return Fork(entries=number, version=_version_at(entries[number - 1].at, source, saved))
    plan = await live.plans.version(source.plan_id, source.version)
    if any(task.task_id == start for task in plan.tasks):
        return Fork(entries=len(entries), version=source.version, anew=[start])
    try:
        at = datetime.fromisoformat(record_at(saved, start, source.run_id).at)
    except PlanningError as error:
        raise no_such_place(start, source.run_id, [task.task_id for task in plan.tasks]) from error
    return Fork(entries=sum(entry.at <= at for entry in entries), version=_version_at(at, source, saved))


def _first_version(source: ExecutionRun, saved: Sequence[Record]) -> int:
    found = [record.values["version"] for record in saved if "version" in record.values]
    return int(found[0]) if found else source.fork.version if source.fork else source.version


def _version_at(at: datetime, source: ExecutionRun, saved: Sequence[Record]) -> int:
    """The version that the run was at, by the last checkpoint until then."""
    before = [
        record.values["version"]
        for record in saved
        if "version" in record.values and datetime.fromisoformat(record.at) <= at
    ]
    return int(before[-1]) if before else _first_version(source, saved)


def _anew(plan: ExecutionPlan, named: Sequence[str], changes: Mapping[str, Any]) -> list[str]:
    """The tasks to begin anew: those named or given other inputs, and what waits for them or for a changed output."""
    known = {task.task_id: task for task in plan.tasks}
    places = [place_in(path) for path in changes]
    first = {*named, *(task_id for task_id, part, _ in places if part == "inputs")}
    touched = first | {task_id for task_id, part, _ in places if part == "output"}
    after: set[str] = set()
    for task_id in plan.dependency_graph.topological_order():
        if not (touched | after).isdisjoint(known[task_id].predecessors):
            after.add(task_id)
    return [task.task_id for task in plan.tasks if task.task_id in first | after]


def _check_changes(plan: ExecutionPlan, changes: Mapping[str, Any], entries: Sequence[LedgerEntry]) -> None:
    """Raises PlanningError E5600 for a path that changes nothing: no such task, or an output that was not recorded."""
    known = {task.task_id: task for task in plan.tasks}
    done = {entry.task_id for entry in entries if entry.kind is EntryKind.COMPLETED}
    for path in changes:
        task_id, part, _ = place_in(path)
        if task_id not in known:
            raise leads_nowhere(path, [f"tasks.{name}.inputs" for name in known])
        if part == "output" and task_id not in done:
            raise leads_nowhere(path, [f"tasks.{name}.output" for name in known if name in done])
    with_inputs(plan, changes)
    for entry in entries:
        _changed(entry, changes)


def _changed(entry: LedgerEntry, changes: Mapping[str, Any]) -> LedgerEntry:
    """The entry with the output that was set."""
    if entry.kind is not EntryKind.COMPLETED:
        return entry
    for path, value in changes.items():
        task_id, part, rest = place_in(path)
        if task_id == entry.task_id and part == "output":
            entry = replace(entry, output=with_value(entry.output, rest, value))
    return entry


def refuse_rollback(run: ExecutionRun) -> PlanningError:
    """E5203: what a rerun did is not undone by it."""
    return PlanningError(
        ErrorCode.ILLEGAL_TRANSITION,
        f"Run {run.run_id!r} repeats run {run.forked_from!r} and has nothing of its own to roll back",
        details={"run_id": run.run_id, "current": run.status.value},
        recovery_suggestion=f"Roll back the plan: `groundplan rollback {run.plan_id}`.",
    )
