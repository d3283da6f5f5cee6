"""The scheduler: runs the tasks of a plan, each the moment its own waits are over.

    ready set ─ pick ─→ claim ─ commit ─→ effect ─→ outcome + next claims ─ commit ─→ …
                      `claiming`        `attempts`            `run_ledger`

No waves: the outcome of a task and the claims of the tasks that it makes ready are one unit of the ledger, and units of
tasks that end together share a transaction (group commit). A claim is committed before its effect, if it has any.

Everything that decides is plain code between two awaits, on one event loop; only commits and effects wait. Of the ready
tasks the one with the longest remaining path goes first. Per task: O(log n), two lines in the ledger.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from typing import Any

from groundplan.domain.errors import PlanningError
from groundplan.domain.events import EventType
from groundplan.domain.execution import Effects, ExecutionRun, FailurePolicy
from groundplan.domain.ledger import EntryKind, TaskState
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.ready_set import Gate, ReadySet
from groundplan.domain.task import Task
from groundplan.execution import failures
from groundplan.execution.attempts import Attempts
from groundplan.execution.claiming import Claims
from groundplan.execution.effect import Effect
from groundplan.execution.journal import Claim, Unit
from groundplan.execution.lease import HeldLease
from groundplan.execution.outcome import Outcome
from groundplan.execution.pending_wish import PendingWish
from groundplan.execution.progress_reports import ProgressReports
from groundplan.execution.resources.allocation import needs
from groundplan.execution.resources.grants import Grants
from groundplan.execution.retrying import left_to_wait
from groundplan.execution.run_ledger import RunLedger
from groundplan.execution.stopping import Ending, Stop, ending_of, ends_the_plan
from groundplan.execution.work import Work
from groundplan.stores.run_protocol import Asked, RunStore

_GATE_ENTRY = {TaskStatus.SKIPPED: EntryKind.SKIPPED, TaskStatus.BLOCKED: EntryKind.BLOCKED}
_WAITING = (TaskStatus.PENDING, TaskStatus.READY)
_CUT_OFF = (TaskStatus.EXECUTING, TaskStatus.IN_DOUBT)


class Scheduler:
    """Runs one plan under one lease, once.

    Args:
        plan: the version to run.
        run: its policy and limits.
        states: what the ledger says of its tasks; kept current from here on.
        held: the lease.
        store: where the ledger is.
        work: who runs tasks, and the limits.
        asked: a request that lies at the run already.
        priority: the goal's, where runs wait for the same resources.
    """

    def __init__(
        self,
        plan: ExecutionPlan,
        run: ExecutionRun,
        states: dict[str, TaskState],
        held: HeldLease,
        store: RunStore,
        work: Work,
        asked: Asked | None = None,
        priority: int = 5,
    ) -> None:
        self.states = states
        self.stopped_by = ""
        self._plan = plan
        self._run = run
        self._held = held
        self._store = store
        self._work = work
        self._stop = Stop()
        self._ledger = RunLedger(states, held, store, work)
        self._ready = ReadySet(plan.tasks, states, work.holds, _durations(plan.tasks))
        self._grants = self._make_grants(priority)
        self._claims = Claims(plan, run, self._ready, self._ledger, work, self._fail, self._grants)
        self._effect = Effect(plan, held.lease, store, work, self._ledger.entry_of)
        reports = ProgressReports(self._ledger, self._tell_aside)
        self._attempts = Attempts(
            self._effect, self._ledger, work, self._stop, self._conclude, self._give_up, reports.reporter
        )
        self._wish = PendingWish(work.limits.wish, self._look_again)
        self._retries: dict[str, asyncio.TimerHandle] = {}
        self._side_work: set[asyncio.Task[None]] = set()
        self._committing = 0
        self._asked_before = asked

    def _make_grants(self, priority: int) -> Grants | None:
        """None if nobody grants resources, no task needs any, or nothing is done for real."""
        provider, work = self._work.resources, self._work
        if provider is None or work.effects is not Effects.LIVE or not any(map(needs, self._plan.tasks)):
            return None
        return Grants(
            provider,
            self._run.run_id,
            priority=priority,
            limits=work.grants,
            on_granted=self._on_granted,
            on_waiting=self._look_again,
            on_refused=self._on_refused,
        )

    async def run(self) -> Ending:
        """Run until nothing more can be done, and say why.

        Raises:
            PlanningError: E5205 if another runner took over, E5800 if the database stays away. What ran is cancelled,
                and is in doubt for whoever resumes.
        """
        self._loop = asyncio.get_running_loop()
        self._finished: asyncio.Future[Ending] = self._loop.create_future()
        self._held.on_asked = self._on_asked
        self._held.on_lost = self._give_up
        stop_watching = self._work.assigner.watch(self._on_place_free) if self._work.assigner else None
        try:
            if self._grants is not None:
                self._grants.start()
            if self._asked_before is not None:
                self._stop_as_asked(self._asked_before)
            await self._conclude_with(self._begin)
            return await self._finished
        finally:
            if stop_watching is not None:
                stop_watching()
            await self._clear_away()

    # What is decided between two commits.

    def _begin(self, unit: Unit) -> None:
        failed = [task_id for task_id, state in self.states.items() if state.status is TaskStatus.FAILED]
        for task_id in failed:
            if task_id in self._ready.tasks:
                self._stop_if_it_ends_the_plan(task_id)
        if not self._stop:
            self._take_in(unit, self._ready.start())
        for task in self._plan.tasks:
            if self._ledger.status(task.task_id) in _CUT_OFF:
                self._take_over(task, unit)

    def _take_over(self, task: Task, unit: Unit) -> None:
        """A claim whose runner is gone: its effect is in doubt until somebody has looked.

        One that was in doubt before is looked into again: whoever began to may be gone too.
        """
        state = self._ledger.state(task.task_id)
        is_new = state.status is TaskStatus.EXECUTING
        if is_new:
            error = failures.cut_off().to_dict()
            self._ledger.enter(unit, task.task_id, state.attempt, EntryKind.IN_DOUBT, error=error)
        claim = self._claims.taken_over(task)
        if claim is not None and (is_new or self._effect.can_find_out(claim)):
            self._claims.active[task.task_id] = claim
            unit.claims.append(claim)

    def _take_in(self, unit: Unit, gates: Iterable[Gate]) -> None:
        """Line up what is ready, and let what never will be pass on its fate."""
        pending = list(gates)
        for gate in pending:  # grows while it is read: skips and blocks travel on
            task_id = gate.task.task_id
            if gate.status is TaskStatus.READY:
                self._retry_later(gate.task, self._left_to_wait(task_id))
                unit.tell(EventType.TASK_READY, task_id)
            else:
                attempt, kind = self._ledger.state(task_id).attempt, _GATE_ENTRY[gate.status]
                self._ledger.enter(unit, task_id, attempt, kind, record={"why": gate.why}, why=gate.why)
                pending += self._ready.settle(task_id)

    def _left_to_wait(self, task_id: str) -> float:
        """What is left of the wait between two attempts, if a runner that is gone has made the first."""
        state = self.states.get(task_id)
        if state is None or state.status is not TaskStatus.READY:
            return 0.0
        return left_to_wait(state, self._work.clock())

    def _settle(self, claim: Claim, outcome: Outcome, unit: Unit) -> None:
        """Take in how an attempt ended."""
        if claim.settled:
            return
        claim.settled = True
        task_id = claim.task.task_id
        entry = self._ledger.enter_outcome(unit, claim, outcome)
        in_doubt = outcome.kind is EntryKind.IN_DOUBT  # may yet have used what was set aside
        self._claims.settle(claim, claim.reserved if in_doubt else (entry.tokens, entry.cost))
        self._give_back(claim.task)
        if outcome.kind is EntryKind.RETRYING:
            self._retry_later(claim.task, outcome.retry_in or 0.0)
        elif outcome.kind is EntryKind.FAILED:
            self._after_failure(task_id, unit)
        elif outcome.kind is not EntryKind.IN_DOUBT and not self._stop:
            self._take_in(unit, self._ready.settle(task_id))

    def _fail(self, task: Task, error: PlanningError, unit: Unit) -> None:
        """The task fails before anything was begun."""
        self._give_back(task)
        state = self._ledger.state(task.task_id)
        attempt = state.attempt + 1
        told = error.to_dict()
        self._ledger.enter(unit, task.task_id, attempt, EntryKind.FAILED, error=told, code=error.code.value)
        state.attempt = attempt
        self._after_failure(task.task_id, unit)

    def _after_failure(self, task_id: str, unit: Unit) -> None:
        if not self._stop_if_it_ends_the_plan(task_id) and not self._stop:
            self._take_in(unit, self._ready.settle(task_id))

    def _stop_if_it_ends_the_plan(self, task_id: str) -> bool:
        if not ends_the_plan(task_id, self._ready, self._run.policy):
            return False
        replans = self._run.policy is FailurePolicy.REPLAN or bool(self._wish)
        self._stop_with(Ending.REPLAN if replans else Ending.FAILED, f"task {task_id!r} failed")
        return True

    def _cancel_the_rest(self, unit: Unit) -> None:
        for task_id in self._open_tasks():
            self._ledger.enter(unit, task_id, self._ledger.state(task_id).attempt, EntryKind.CANCELLED)

    def _open_tasks(self) -> list[str]:
        return [task_id for task_id in self._ready.tasks if self._ledger.status(task_id) in _WAITING]

    # What waits: commits, timers, agents.

    async def _conclude(self, claim: Claim, outcome: Outcome) -> None:
        await self._conclude_with(lambda unit: self._settle(claim, outcome, unit), after=claim.written)

    async def _conclude_with(
        self, decide: Callable[[Unit], None], *, after: asyncio.Future[None] | None = None
    ) -> None:
        """Decide, claim what may start now, commit both as one unit, then begin the effects.

        What is pure and free begins at once: were its claim lost, doing it again would not be noticed by anybody. Its
        outcome is committed `after` its claim all the same.
        """
        unit = self._ledger.unit()
        written: asyncio.Future[None] = self._loop.create_future()
        self._committing += 1
        try:
            decide(unit)
            self._claim_what_may_start(unit)
            for claim in unit.claims:
                if _may_be_lost(claim):
                    claim.written = written
                    self._attempts.start(claim)
            if after is not None:
                await after
            if unit:
                await self._ledger.commit(unit)
            written.set_result(None)
        except Exception as error:  # noqa: BLE001  # nothing may go on after a line that could not be written
            self._give_up(error)
            return
        finally:
            self._committing -= 1
            written.cancel()  # no outcome follows a claim that could not be written
        if not self._finished.done():
            for claim in unit.claims:
                if claim.work is None:
                    self._attempts.start(claim)
        self._look_for_the_end()

    def _claim_what_may_start(self, unit: Unit) -> None:
        if not self._stop and self._wish.comes_first(self._claims.active.values()):
            return
        self._claims.held = self._wish.holds
        self._claims.pick(unit, self._stop, others_follow=bool(self._retries) or self._waits_for_resources)

    def _look_again(self) -> None:
        """Claim what may start now, though no task has ended."""
        if not self._finished.done() and self._claims.are_waiting:
            self._aside(self._conclude_with(lambda unit: None))  # noqa: ARG005

    def _on_place_free(self) -> None:
        if self._claims.waits_for_agent:
            self._claims.waits_for_agent = False
            self._loop.call_soon_threadsafe(self._look_again)

    @property
    def _waits_for_resources(self) -> bool:
        return self._grants is not None and self._grants.is_asking

    def _on_granted(self, task: Task) -> None:
        if not self._stop:
            self._claims.line_up_granted(task)
            self._look_again()

    async def _on_refused(self, task: Task, error: PlanningError) -> None:
        if not self._stop and not self._finished.done():
            await self._conclude_with(lambda unit: self._fail(task, error, unit))

    def _give_back(self, task: Task) -> None:
        if self._grants is not None:
            self._grants.release(task)

    def _retry_later(self, task: Task, seconds: float) -> None:
        if self._stop:
            return
        if seconds <= 0:
            self._claims.line_up(task)
            return
        self._retries[task.task_id] = self._loop.call_later(seconds, self._retry_now, task.task_id)

    def _retry_now(self, task_id: str) -> None:
        self._retries.pop(task_id, None)
        self._claims.line_up(self._ready.tasks[task_id])
        self._look_again()

    def _forget_retries(self) -> None:
        for timer in self._retries.values():
            timer.cancel()
        self._retries.clear()

    # What is asked of the runner, and its end.

    def _on_asked(self, asked: Asked) -> None:
        if not self._finished.done():
            self._stop_as_asked(asked)
            self._look_for_the_end()

    def _stop_as_asked(self, asked: Asked) -> None:
        """Begin nothing more. A cancelled run interrupts what runs, a drained one lets it end (up to a limit), and one
        that is asked to plan anew waits for a moment when nothing runs (see `PendingWish`)."""
        who = str(asked.said.get("by") or "somebody")
        if asked.request == "cancel" and not self._stop.is_cancelled:
            self._stop_with(Ending.CANCELLED, f"cancelled by {who}")
            for claim in list(self._claims.active.values()):
                self._attempts.interrupt(claim)
        elif asked.request == "replan":
            self._wish.hear(asked)
        elif asked.request == "drain" and not (self._stop.is_cancelled or self._stop.is_drained):
            self._stop.drain()
            self._forget_retries()
            self._loop.call_later(self._work.limits.drain, self._end_drain)

    def _stop_with(self, ending: Ending, why: str) -> None:
        self._stop.set(ending, why)
        self.stopped_by = self._stop.why
        if not self._stop.is_drained:
            self._forget_retries()

    def _end_drain(self) -> None:
        if self._stop.is_drained and not self._finished.done():
            self._finished.set_result(Ending.DRAINED)

    def _give_up(self, error: BaseException) -> None:
        if not self._finished.done():
            self._finished.set_exception(error)

    def _look_for_the_end(self) -> None:
        if self._finished.done() or self._claims.active or self._committing:
            return
        if self._wish and not self._stop:
            self._stop_with(Ending.REPLAN, self._wish.why)
        if self._retries:
            return
        if not self._stop and (self._claims.are_waiting or self._waits_for_resources):  # for what others have now
            return
        if self._stop.is_cancelled and self._open_tasks():
            self._aside(self._conclude_with(self._cancel_the_rest))
            return
        ending, self.stopped_by = ending_of(self._stop, self._ready, self.states)
        self._finished.set_result(ending)

    def _tell_aside(self, unit: Unit) -> None:
        if not self._finished.done():
            self._aside(self._tell(unit))

    async def _tell(self, unit: Unit) -> None:
        with suppress(PlanningError):  # a report that is lost is followed by the next
            await self._store.append(self._held.lease, (), unit.events)

    def _aside(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._side_work.add(task)
        task.add_done_callback(self._side_work.discard)

    async def _clear_away(self) -> None:
        """Nothing of this run goes on behind the caller's back."""
        self._forget_retries()
        self._wish.forget()
        if not self._finished.done():
            self._finished.cancel()
        left = [*self._attempts.end(), *self._side_work]
        for claim in self._claims.active.values():
            self._claims.free_agent(claim)
            if claim.work is not None and not claim.work.done():
                left.append(claim.work)
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=self._work.limits.grace)
        if self._grants is not None:
            await self._grants.end()


def _may_be_lost(claim: Claim) -> bool:
    return not claim.recovers and not any(claim.reserved) and claim.executor.declaration(claim.task).pure


def _durations(tasks: Sequence[Task]) -> dict[str, float]:
    return {
        task.task_id: task.resource_estimate.duration.likely for task in tasks if task.resource_estimate is not None
    }
