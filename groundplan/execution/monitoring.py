"""Watching a run: how it goes, what is wrong, and when its rest should be planned anew.

Whoever runs a plan looks at it now and then, beside the tasks and at no cost to them: what is known is in the store,
and what was told before is in the plan's events, so that whoever resumes the run goes on where the last one stopped.
The first look comes one interval after the start of the run, at once where that is over when it is resumed.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from groundplan.domain.errors import PlanningError
from groundplan.domain.escalation import MONITOR, next_issues
from groundplan.domain.events import Event, EventType
from groundplan.domain.execution import FINAL_RUNS, ExecutionRun, FailurePolicy
from groundplan.domain.feedback import Feedback, Issue, IssueStatus, KeptFeedback
from groundplan.domain.ledger import LedgerEntry, TaskState, fold
from groundplan.domain.monitoring_rules import MonitorRules
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.progress import PlanProgress, plan_progress
from groundplan.domain.progress_so_far import elapsed, so_far
from groundplan.domain.reassessment import moved_by_progress, reassess
from groundplan.domain.replanning import failed_tasks
from groundplan.domain.risk import Risk, with_changed
from groundplan.domain.trigger_gauges import gauges_of
from groundplan.domain.triggers import TOLD, Gauge, Memory, Reading, Trigger, memory_of, read_gauges
from groundplan.execution.lease import Leases
from groundplan.execution.risk_register import RiskRegister
from groundplan.execution.wishes import wish
from groundplan.stores.feedback_protocol import FeedbackStore
from groundplan.stores.run_protocol import YIELDS, RunStore

_LOG = logging.getLogger(__name__)
_KEPT_FOR_FAILURES = 1
"""Of the times that a run may be planned anew, so many are not spent on what is only late: a failure would end it."""
_ISSUES = 10_000
_GRACE = 5.0
_ISSUE_EVENT = {
    IssueStatus.OPEN: EventType.ISSUE_OPENED,
    IssueStatus.ESCALATED: EventType.ISSUE_ESCALATED,
    IssueStatus.CLOSED: EventType.ISSUE_CLOSED,
}


@dataclass(frozen=True, slots=True)
class Look:
    """What one look came to: the progress, the issues that are new or went on, the triggers that fired, and whether
    the run was asked to plan its rest anew."""

    progress: PlanProgress
    issues: Sequence[Issue] = ()
    reading: Reading = field(default_factory=Reading)
    asked: bool = False


class Monitor:
    """Looks at plans that are being run, and tells what it finds.

    Args:
        register: where the risks of plans stand; None to look at them without keeping what was found.
        available: the names of agents and tools that are there at the moment.
        can_help: whether somebody could make the rest of a plan anew although nothing of it has failed.
    """

    def __init__(
        self,
        runs: RunStore,
        feedback: FeedbackStore,
        leases: Leases,
        rules: MonitorRules,
        *,
        clock: Callable[[], datetime],
        register: RiskRegister | None = None,
        available: Callable[[], Collection[str]] = tuple,
        can_help: bool = True,
    ) -> None:
        self._runs = runs
        self._feedback = feedback
        self._leases = leases
        self._rules = rules
        self._clock = clock
        self._register = register
        self._available = available
        self._can_help = can_help
        self._looked_at: dict[str, datetime] = {}

    async def progress(self, plan: ExecutionPlan, run: ExecutionRun | None) -> PlanProgress:
        """How the plan goes by the ledger of its run, if it has one, and by what was told."""
        return (await self._progress(plan, run))[0]

    def noted(self) -> dict[str, dict[str, list[str]]]:
        """What is there now, by the trigger that will ask what has come since (see `Memory`)."""
        return {Trigger.RESOURCES.value: {"seen": sorted(self._available())}}

    async def look(self, plan: ExecutionPlan, run: ExecutionRun) -> Look:
        """Look now: open, escalate and close issues, tell which triggers fire, and ask the run to replan if they do."""
        progress, states = await self._progress(plan, run)
        now = progress.at
        issues = await self._keep_issues(run, progress)
        told = await self._feedback.told(plan.plan_id, TOLD)
        memory = memory_of(event for event in told if event.run_id == run.run_id)
        reading = Reading()
        risks = await self._risks(plan, run, progress, states)
        if run.status not in FINAL_RUNS:
            gauges = self._gauges(plan, progress, states, risks, memory.noted)
            reading = read_gauges(gauges, memory, now, interval=self._rules.replan_every)
        asked = bool(reading.fires) and await self._ask(run, reading, plan, states)
        await self._tell_triggers(run, reading, memory, now, asked=asked)
        if asked:
            await self._leases.nudge(run.run_id)
        return Look(progress, issues, reading, asked)

    @asynccontextmanager
    async def watching(self, plan: ExecutionPlan, run: ExecutionRun) -> AsyncIterator[None]:
        """Look again and again while the block lasts; close what is over at its end, if the run was looked at."""
        ended = asyncio.Event()
        watcher = asyncio.create_task(self._watch(plan, run, ended), name=f"monitor of {run.run_id}")
        try:
            yield
        finally:
            # A look that is under way is let end: what it asked for must be told too.
            ended.set()
            await asyncio.wait({watcher}, timeout=_GRACE)
            watcher.cancel()

    async def _watch(self, plan: ExecutionPlan, run: ExecutionRun, ended: asyncio.Event) -> None:
        run_id, rest = run.run_id, self._rest_before(run)
        while not await _within(ended, rest):
            self._looked_at[run_id], rest = self._clock(), self._rules.look_every
            with _quietly(run_id):
                await self.look(plan, await self._runs.get_run(run_id))
        if run_id in self._looked_at:
            with _quietly(run_id):
                run = await self._runs.get_run(run_id)
                progress, _ = await self._progress(plan, run)
                await self._keep_issues(run, progress)
                if not progress.trouble:
                    del self._looked_at[run_id]

    def _rest_before(self, run: ExecutionRun) -> float:
        """Seconds to the next look. Who looked last, if not this process, is not known: a run that is resumed again and
        again within the interval would never be looked at, and a look too many tells nothing twice."""
        before = self._looked_at.get(run.run_id, run.created_at)
        return max(0.0, self._rules.look_every - elapsed(before, self._clock()))

    async def _keep_issues(self, run: ExecutionRun, progress: PlanProgress) -> list[Issue]:
        """Open, escalate and close issues: those that are new or go on."""
        known = await self._feedback.list_issues(plan_id=run.plan_id, limit=_ISSUES)
        issues = next_issues(run.plan_id, progress.trouble, known, progress.at, self._rules.escalation)
        await self._tell_issues(run, issues, progress.at)
        return issues

    async def _progress(
        self, plan: ExecutionPlan, run: ExecutionRun | None
    ) -> tuple[PlanProgress, dict[str, TaskState]]:
        now = self._clock()
        entries: list[LedgerEntry] = await self._runs.read_ledger(run.run_id) if run is not None else []
        reports = await self._feedback.task_reports(plan.plan_id, run.run_id if run is not None else None)
        progress = await asyncio.to_thread(  # 10,000 tasks are worked out beside those that run
            lambda: plan_progress(
                plan,
                so_far(plan, entries, reports, now),
                now,
                started=run.created_at if run is not None else None,
                run_id=run.run_id if run is not None else None,
                settings=self._rules.trouble,
            )
        )
        return progress, fold(entries)

    async def _risks(
        self, plan: ExecutionPlan, run: ExecutionRun, progress: PlanProgress, states: Mapping[str, TaskState]
    ) -> list[Risk]:
        """The risks that progress has moved, after the register was brought up to it."""
        register = self._register if run.forked_from is None else None
        known = await register.current(plan) if register is not None else plan
        begun = known.model_copy(update={"execution_started_at": plan.execution_started_at or run.created_at})
        changed = reassess(begun, states, progress.at, spi=progress.spi, cpi=progress.cpi)
        if register is not None:
            await register.keep(begun, changed, progress.at, run.run_id)
        return moved_by_progress(with_changed(begun.risks, changed))

    def _gauges(
        self,
        plan: ExecutionPlan,
        progress: PlanProgress,
        states: Mapping[str, TaskState],
        risks: Sequence[Risk],
        noted: Mapping[str, Mapping[str, object]],
    ) -> list[Gauge]:
        return gauges_of(
            progress,
            self._rules,
            failed=[task.task_id for task in failed_tasks(plan, states) if not task.optional],
            risks=risks,
            available=self._available(),
            noted=noted,
        )

    async def _ask(
        self, run: ExecutionRun, reading: Reading, plan: ExecutionPlan, states: Mapping[str, TaskState]
    ) -> bool:
        """Leave a request to replan, if that may help and is wanted."""
        is_wanted = self._rules.asks and run.policy is FailurePolicy.REPLAN and run.forked_from is None
        has_failed = bool(failed_tasks(plan, states))
        may_help = (self._can_help or has_failed) and run.replans_left > (0 if has_failed else _KEPT_FOR_FAILURES)
        if not (is_wanted and may_help) or await self._runs.asked(run.run_id) is not None:
            return False
        said = {"by": MONITOR, "why": reading.why, "notes": reading.why, YIELDS: True}
        return await wish(self._runs, run.run_id, said)

    async def _tell_issues(self, run: ExecutionRun, issues: Sequence[Issue], now: datetime) -> None:
        """Each with a report of its own, whose key is what became of it: whoever finds it first has told it."""
        for issue in issues:
            about = {"task_id": issue.task_id} if issue.task_id else {}
            data = about | {"issue_id": issue.issue_id, "severity": issue.severity.value}
            event = _event(_ISSUE_EVENT[issue.status], run, now, data)
            said = f"{issue.issue_id} {issue.status.value} {issue.severity.value}"
            await self._record(run, now, said, [event], [issue])

    async def _tell_triggers(
        self, run: ExecutionRun, reading: Reading, memory: Memory, now: datetime, *, asked: bool
    ) -> None:
        since = memory.answered_at.isoformat() if memory.answered_at else ""
        for kind, gauges in ((EventType.PLAN_DRIFTED, reading.fires), (EventType.PLAN_RECOVERED, reading.rearms)):
            for gauge in gauges:
                data: dict[str, Any] = {"trigger": gauge.trigger.value, "value": gauge.value, "asked": asked}
                data |= {"why": gauge.why} if kind is EventType.PLAN_DRIFTED else {}
                data |= {"noted": dict(gauge.noted)} if gauge.noted else {}
                said = f"{run.run_id} {gauge.trigger.value} {kind.value} {since}"
                await self._record(run, now, said, [_event(kind, run, now, data)], [])

    async def _record(
        self, run: ExecutionRun, now: datetime, said: str, events: Sequence[Event], issues: Sequence[Issue]
    ) -> None:
        key = f"{MONITOR}-{hashlib.sha256(said.encode()).hexdigest()[:32]}"
        feedback = Feedback(by=MONITOR, note=said, idempotency_key=key)
        kept = KeptFeedback(plan_id=run.plan_id, run_id=run.run_id, at=now, feedback=feedback)
        await self._feedback.record(kept, issues, events, is_report=False)


async def _within(ended: asyncio.Event, seconds: float) -> bool:
    """Whether it is set within so many seconds."""
    with suppress(TimeoutError):
        await asyncio.wait_for(ended.wait(), seconds)
    return ended.is_set()


@contextmanager
def _quietly(run_id: str) -> Iterator[None]:
    try:
        yield
    except PlanningError as error:  # a database that is away is there at the next look
        _LOG.warning("Run %s was not looked at: %s", run_id, error)
    except Exception:  # noqa: BLE001  # a plan must not die of being watched
        _LOG.exception("Run %s was not looked at", run_id)


def _event(kind: EventType, run: ExecutionRun, now: datetime, data: Mapping[str, object]) -> Event:
    return Event(type=kind, at=now, goal_id=run.goal_id, plan_id=run.plan_id, run_id=run.run_id, data=dict(data))
