"""The scheduler: runs the tasks of a plan, each the moment its own waits are over.

    ready set ─ pick ─→ claim ─ commit ─→ effect ─→ outcome + next claims ─ commit ─→ …

No waves: the outcome of a task and the claims of the tasks that it makes ready are one unit of the ledger, and units of
tasks that end together share a transaction (group commit). A claim is committed before its effect begins.

Everything that decides is plain code between two awaits, on one event loop; only commits and effects wait. Of the ready
tasks the one with the longest remaining path goes first. Per task: O(log n), two lines in the ledger.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.events import Event, EventType
from groundplan.domain.execution import ExecutionRun, FailurePolicy
from groundplan.domain.ledger import EntryKind, LedgerEntry, TaskState
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.pricing import charge
from groundplan.domain.ready_set import ENDED, Gate, ReadySet
from groundplan.domain.task import Task
from groundplan.execution import failures
from groundplan.execution import outcome as outcomes
from groundplan.execution.arguments import Outputs, bound_inputs, canonical_text, kept, key_of
from groundplan.execution.budget import Budget
from groundplan.execution.effect import Effect
from groundplan.execution.joined_effect import LedgerAwayError
from groundplan.execution.journal import Claim, Unit
from groundplan.execution.lease import HeldLease
from groundplan.execution.outcome import Outcome
from groundplan.execution.retrying import delay_before, is_retried, left_to_wait
from groundplan.execution.work import Work
from groundplan.stores.run_protocol import Asked, RunStore

_REPORTS_APART = 1.0
_KEPT_NOTE = 200
_GATE_ENTRY = {TaskStatus.SKIPPED: EntryKind.SKIPPED, TaskStatus.BLOCKED: EntryKind.BLOCKED}


class Ending(StrEnum):
    """Why the scheduler has stopped.

    `failed`: what could go on has gone on (or nothing should). `replan`: the rest should be planned anew. `waiting`: a
    task in doubt needs a person. `drained`: somebody else is to go on.
    """

    COMPLETED = "completed"
    FAILED = "failed"
    REPLAN = "replan"
    WAITING = "waiting"
    CANCELLED = "cancelled"
    DRAINED = "drained"


@dataclass(frozen=True, slots=True)
class _Stop:
    """Why nothing more is begun."""

    ending: Ending
    why: str


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
    ) -> None:
        self.states = states
        self.stopped_by = ""
        self._plan = plan
        self._run = run
        self._held = held
        self._store = store
        self._work = work
        self._effect = Effect(plan, held.lease, store, work, self._as_entry)
        self._ready = ReadySet(plan.tasks, states, work.holds, _durations(plan.tasks))
        self._budget = Budget(plan, states.values())
        self._outputs = Outputs(states)
        self._heap: list[tuple[float, int, str]] = []
        self._active: dict[str, Claim] = {}
        self._retries: dict[str, asyncio.TimerHandle] = {}
        self._reported: dict[str, float] = {}
        self._side_work: set[asyncio.Task[None]] = set()
        self._committing = 0
        self._waits_for_agent = False
        self._stop: _Stop | None = None
        self._asked_before = asked

    async def run(self) -> Ending:
        """Run until nothing more can be done, and say why.

        Raises:
            PlanningError: E5205 if another runner took over, E5800 if the database stays away. What ran is cancelled,
                and is in doubt for whoever resumes.
        """
        self._loop = asyncio.get_running_loop()
        self._finished: asyncio.Future[Ending] = self._loop.create_future()
        self._held.on_asked = self._on_asked
        self._held.on_lost = self._give_up_with
        stop_watching = self._work.assigner.watch(self._on_place_free) if self._work.assigner else None
        try:
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
            if task_id in self._ready.tasks and self._stops_the_plan(task_id):
                self._stop_for_failure(task_id)
        if self._stop is None:
            self._take_in(unit, self._ready.start())
        for task in self._plan.tasks:
            state = self.states.get(task.task_id)
            if state is not None and state.status in (TaskStatus.EXECUTING, TaskStatus.IN_DOUBT):
                self._take_over(task, state, unit)

    def _take_over(self, task: Task, state: TaskState, unit: Unit) -> None:
        """A claim whose runner is gone: its effect is in doubt until somebody has looked.

        One that was in doubt before is looked into again: whoever began to may be gone too.
        """
        is_new = state.status is TaskStatus.EXECUTING
        if is_new:
            self._enter(unit, task.task_id, state.attempt, EntryKind.IN_DOUBT, error=failures.cut_off().to_dict())
        executor = self._work.executors.executor_for(task)
        if executor is None:
            return
        try:
            inputs = bound_inputs(task, self._plan, self._outputs)
        except PlanningError:
            return
        claim = Claim(task, state.attempt, state.key or "", inputs, executor, agent=state.agent, recovers=True)
        if not is_new and not self._effect.can_find_out(claim):
            return
        self._active[task.task_id] = claim
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
                state = self._state(task_id)
                self._enter(
                    unit, task_id, state.attempt, _GATE_ENTRY[gate.status], record={"why": gate.why}, why=gate.why
                )
                pending += self._ready.settle(task_id)

    def _left_to_wait(self, task_id: str) -> float:
        """What is left of the wait between two attempts, if a runner that is gone has made the first."""
        state = self.states.get(task_id)
        if state is None or state.status is not TaskStatus.READY:
            return 0.0
        return left_to_wait(state, self._work.clock())

    def _line_up(self, task: Task) -> None:
        heapq.heappush(self._heap, (-self._ready.remaining[task.task_id], task.sequence_order, task.task_id))

    def _pick(self, unit: Unit) -> None:
        """Claim what may start now."""
        put_back = []
        self._waits_for_agent = False
        while self._heap and self._stop is None and len(self._active) < self._run.max_concurrent_tasks:
            place = heapq.heappop(self._heap)
            if not self._claim(self._ready.tasks[place[2]], unit):
                put_back.append(place)
        for place in put_back:
            heapq.heappush(self._heap, place)
        if put_back and not self._active:
            self._wait_or_fail(put_back, unit)

    def _claim(self, task: Task, unit: Unit) -> bool:
        """Claim the task, or fail it at once; False if it has to wait for an agent or for budget."""
        tokens, cost = self._budget.need(task)
        if not self._budget.allows(tokens, cost):
            return False
        try:
            agent = self._work.assigner.assign(task) if self._work.assigner else None
        except PlanningError as error:
            if error.retryable:
                self._waits_for_agent = True
                return False
            self._fail(task, error, unit)
            return True
        doer = task.model_copy(update={"assigned_agent": agent.agent_id}) if agent else task
        claim = self._prepared(doer, agent.agent_id if agent else task.assigned_agent, unit)
        if claim is None:
            if agent and self._work.assigner:
                self._work.assigner.release(agent.agent_id)
            return True
        claim.reserved, claim.has_place = (tokens, cost), agent is not None
        self._budget.reserve(tokens, cost)
        if agent:
            unit.tell(EventType.TASK_ASSIGNED, task.task_id, agent=agent.agent_id, reason=agent.reason)
        text = canonical_text(claim.inputs)
        entry = LedgerEntry(
            task_id=task.task_id,
            attempt=claim.attempt,
            kind=EntryKind.CLAIMED,
            at=unit.at,
            agent=claim.agent,
            key=claim.key,
            arguments=kept(claim.inputs, text, self._work.limits.kept_arguments),
            tokens=tokens,
            cost=cost,
            epoch=self._held.lease.epoch,
        )
        self._state(task.task_id).apply(unit.add(entry))
        self._active[task.task_id] = claim
        unit.claims.append(claim)
        return True

    def _prepared(self, task: Task, agent: str | None, unit: Unit) -> Claim | None:
        """Executor, arguments and key of the next attempt; None if the task has failed for want of one."""
        executor = self._work.executors.executor_for(task)
        if executor is None:
            self._fail(task, failures.no_executor(task), unit)
            return None
        try:
            inputs = bound_inputs(task, self._plan, self._outputs)
        except PlanningError as error:
            self._fail(task, error, unit)
            return None
        key = key_of(task, self._run.run_id, canonical_text(inputs))
        return Claim(task, self._state(task.task_id).attempt + 1, key, inputs, executor, agent=agent)

    def _wait_or_fail(self, places: Sequence[tuple[float, int, str]], unit: Unit) -> None:
        """Nothing runs, and nothing could be claimed: agents are busy elsewhere, or the budget is spent."""
        if self._waits_for_agent or self._retries:
            return  # a place that becomes free or the next attempt goes on
        refused = set(places)
        self._heap = [place for place in self._heap if place not in refused]
        heapq.heapify(self._heap)
        for place in places:
            if self._stop is not None:
                return
            task = self._ready.tasks[place[2]]
            self._fail(task, failures.over_budget(task, self._budget), unit)

    def _fail(self, task: Task, error: PlanningError, unit: Unit) -> None:
        """The task fails before anything was begun."""
        state = self._state(task.task_id)
        attempt = state.attempt + 1
        self._enter(unit, task.task_id, attempt, EntryKind.FAILED, error=error.to_dict(), code=error.code.value)
        state.attempt = attempt
        self._after_failure(task.task_id, unit)

    def _settle(self, claim: Claim, outcome: Outcome, unit: Unit) -> None:
        """Take in how an attempt ended."""
        if claim.settled:
            return
        claim.settled = True
        task_id = claim.task.task_id
        del self._active[task_id]
        self._release_agent(claim)
        entry, events = self._as_entry(claim, outcome)
        self._budget.settle(claim.reserved, (entry.tokens, entry.cost))
        self._state(task_id).apply(entry)
        if not outcome.written:
            unit.entries.append(entry)
            unit.events += events
        if outcome.kind is EntryKind.RETRYING:
            self._retry_later(claim.task, outcome.retry_in or 0.0)
        elif outcome.kind is EntryKind.FAILED:
            self._after_failure(task_id, unit)
        elif outcome.kind is not EntryKind.IN_DOUBT and self._stop is None:
            self._take_in(unit, self._ready.settle(task_id))

    def _release_agent(self, claim: Claim) -> None:
        if claim.agent and self._work.assigner and claim.has_place:
            self._waits_for_agent = False  # whoever calls this looks who is free anyway
            self._work.assigner.release(claim.agent)

    def _after_failure(self, task_id: str, unit: Unit) -> None:
        if self._stops_the_plan(task_id):
            self._stop_for_failure(task_id)
        elif self._stop is None:
            self._take_in(unit, self._ready.settle(task_id))

    def _stops_the_plan(self, task_id: str) -> bool:
        if self._run.policy is FailurePolicy.CONTINUE or self._ready.tasks[task_id].optional:
            return False
        return not self._ready.is_handled(task_id)

    def _stop_for_failure(self, task_id: str) -> None:
        replans = self._run.policy is FailurePolicy.REPLAN
        self._stop_with(Ending.REPLAN if replans else Ending.FAILED, f"task {task_id!r} failed")

    def _stop_with(self, ending: Ending, why: str) -> None:
        if self._stop is None or ending is Ending.CANCELLED:
            self._stop = _Stop(ending, why)
            self.stopped_by = why
            self._forget_retries()

    def _forget_retries(self) -> None:
        for timer in self._retries.values():
            timer.cancel()
        self._retries.clear()

    def _as_entry(self, claim: Claim, outcome: Outcome) -> tuple[LedgerEntry, list[Event]]:
        error = outcome.told
        if error is None and outcome.error is not None:
            error = outcomes.described(outcome.error)
        record = dict(outcome.record)
        if outcome.retry_in is not None:
            record["retry_in_seconds"] = round(outcome.retry_in, 3)
        unit = self._unit()
        entry = LedgerEntry(
            task_id=claim.task.task_id,
            attempt=claim.attempt,
            kind=outcome.kind,
            at=unit.at,
            agent=claim.agent,
            output=outcome.output,
            error=error,
            tokens=outcome.usage.tokens,
            cost=outcome.usage.cost or self._charge(claim, outcome),
            record=record or None,
            epoch=self._held.lease.epoch,
        )
        told: dict[str, Any] = {"seconds": round(self._loop.time() - claim.began, 4) if claim.began else 0.0}
        if error is not None:
            told["code"] = error["code"]
        unit.add(entry, **told)
        return entry, unit.events

    def _charge(self, claim: Claim, outcome: Outcome) -> float:
        """What an attempt has cost whose executor did not say; one that was cut off counts as made."""
        if outcome.kind is EntryKind.CANCELLED:
            return 0.0
        return charge(claim.task, outcome.usage.tokens, self._work.prices)

    def _enter(
        self,
        unit: Unit,
        task_id: str,
        attempt: int,
        kind: EntryKind,
        *,
        error: dict[str, Any] | None = None,
        record: dict[str, Any] | None = None,
        **told: Any,
    ) -> None:
        entry = LedgerEntry(
            task_id=task_id,
            attempt=attempt,
            kind=kind,
            at=unit.at,
            error=error,
            record=record,
            epoch=self._held.lease.epoch,
        )
        self._state(task_id).apply(unit.add(entry, **told))

    def _state(self, task_id: str) -> TaskState:
        state = self.states.get(task_id)
        if state is None:
            state = self.states[task_id] = TaskState()
        return state

    def _unit(self) -> Unit:
        return Unit(self._held.lease, self._work.clock())

    # What waits: commits, effects, timers.

    async def _conclude_with(self, decide: Callable[[Unit], None]) -> None:
        """Decide, claim what may start now, commit both as one unit, then begin the effects."""
        unit = self._unit()
        self._committing += 1
        try:
            decide(unit)
            self._pick(unit)
            if unit:
                await self._commit(unit)
        except Exception as error:  # noqa: BLE001  # nothing may go on after a line that could not be written
            self._give_up_with(error)
            return
        finally:
            self._committing -= 1
        for claim in unit.claims:
            self._start(claim)
        self._look_for_the_end()

    async def _commit(self, unit: Unit) -> None:
        """Write the unit, again and again while the database is away (for as long as the limits say)."""
        until = self._loop.time() + self._work.limits.patience
        while True:
            try:
                await self._store.append(self._held.lease, unit.entries, unit.events)
                return
            except PlanningError as error:
                if error.code is not ErrorCode.STORE_UNAVAILABLE or self._loop.time() > until:
                    raise
            await asyncio.sleep(0.25)

    def _start(self, claim: Claim) -> None:
        if self._finished.done():
            return
        claim.began = self._loop.time()
        claim.work = self._loop.create_task(self._attempt(claim))

    async def _attempt(self, claim: Claim) -> None:
        """Run the effect of a committed claim, and conclude."""
        try:
            outcome = await self._recovered(claim) if claim.recovers else await self._effected(claim)
        except asyncio.CancelledError:
            error = self._why_cut_off(claim)
            if error is None:
                raise
            outcome = await self._effect.cut_off(claim, error)
            if self._is_cancelled() and outcome.kind is EntryKind.FAILED:
                outcome = Outcome(kind=EntryKind.CANCELLED)
        except LedgerAwayError as error:
            self._give_up_with(error.reason)
            return
        except Exception as error:  # noqa: BLE001  # a bug of ours, or a database that stays away: the run stops
            self._give_up_with(error)
            return
        if not claim.settled:
            await self._conclude(claim, self._retried(claim, outcome))

    async def _conclude(self, claim: Claim, outcome: Outcome) -> None:
        await self._conclude_with(lambda unit: self._settle(claim, outcome, unit))

    async def _effected(self, claim: Claim) -> Outcome:
        if not self._held.is_sure():
            await self._make_sure()
        if self._is_cancelled():
            return Outcome(kind=EntryKind.CANCELLED)
        timeout = claim.task.timeout_seconds or self._work.limits.timeout
        claim.timer = self._loop.call_later(timeout, self._expire, claim)
        claim.in_effect = True
        try:
            return await self._effect.run(claim, self._reporter(claim))
        finally:
            claim.in_effect = False
            claim.timer.cancel()

    async def _recovered(self, claim: Claim) -> Outcome:
        found = await self._effect.find_out(claim)
        if found is None:
            return Outcome(kind=EntryKind.RETRYING, retry_in=0.0, error=failures.repeatable())
        return found

    async def _make_sure(self) -> None:
        """Before an effect: this runner still holds the run. Waits for a database that is away."""
        until = self._loop.time() + self._work.limits.patience
        while not self._held.is_sure():
            try:
                await self._held.renew()
            except PlanningError as error:
                if error.code is not ErrorCode.STORE_UNAVAILABLE or self._loop.time() > until:
                    raise
                await asyncio.sleep(0.25)

    def _why_cut_off(self, claim: Claim) -> PlanningError | None:
        """Why this attempt was cancelled; None if the whole run is being torn down."""
        if claim.expired:
            return outcomes.timed_out(claim.task.timeout_seconds or self._work.limits.timeout)
        if self._is_cancelled() and not self._finished.done():
            return failures.cancelled()
        return None

    def _is_cancelled(self) -> bool:
        return self._stop is not None and self._stop.ending is Ending.CANCELLED

    def _retried(self, claim: Claim, outcome: Outcome) -> Outcome:
        """The outcome, as another attempt if the policy has one left."""
        if outcome.kind is not EntryKind.FAILED or outcome.error is None or self._is_over():
            return outcome
        policy, tries = claim.task.retry_policy, self._state(claim.task.task_id).tries
        if not is_retried(policy, tries, outcome.error):
            return outcome
        wait = delay_before(policy, tries, self._work.rng)
        return replace(outcome, kind=EntryKind.RETRYING, retry_in=wait)

    def _is_over(self) -> bool:
        """Whether no attempt follows any more, here or by whoever resumes."""
        return self._stop is not None and self._stop.ending is not Ending.DRAINED

    def _retry_later(self, task: Task, seconds: float) -> None:
        if self._stop is not None:
            return
        if seconds <= 0:
            self._line_up(task)
            return
        self._retries[task.task_id] = self._loop.call_later(seconds, self._retry_now, task)

    def _retry_now(self, task: Task) -> None:
        self._retries.pop(task.task_id, None)
        self._line_up(self._ready.tasks[task.task_id])
        self._aside(self._conclude_with(lambda unit: None))  # noqa: ARG005

    def _expire(self, claim: Claim) -> None:
        """The attempt's time is up: cancel it, and do without it if it does not end."""
        claim.expired = True
        self._interrupt(claim)

    def _interrupt(self, claim: Claim) -> None:
        if claim.work is not None and claim.in_effect:
            claim.work.cancel()
            self._loop.call_later(self._work.limits.grace, self._abandon, claim)

    def _abandon(self, claim: Claim) -> None:
        if claim.settled or self._finished.done():
            return
        if claim.work is not None:
            self._side_work.add(claim.work)
            claim.work.add_done_callback(self._side_work.discard)
        why = "it was told to stop and did not; it may still be running"
        self._aside(self._conclude(claim, outcomes.in_doubt(why)))

    def _reporter(self, claim: Claim) -> Callable[[float, str], None]:
        def report(share: float, note: str = "") -> None:
            self._loop.call_soon_threadsafe(self._tell_progress, claim, share, note)

        return report

    def _tell_progress(self, claim: Claim, share: float, note: str) -> None:
        now = self._loop.time()
        task_id = claim.task.task_id
        if (
            claim.settled
            or self._finished.done()
            or now - self._reported.get(task_id, -_REPORTS_APART) < _REPORTS_APART
        ):
            return
        self._reported[task_id] = now
        unit = self._unit()
        percent = round(100 * min(1.0, max(0.0, share)), 1)
        note = outcomes.storable(note, _KEPT_NOTE)[:_KEPT_NOTE]
        unit.tell(EventType.TASK_PROGRESS, task_id, attempt=claim.attempt, percent=percent, note=note)
        self._aside(self._tell(unit))

    async def _tell(self, unit: Unit) -> None:
        with suppress(PlanningError):  # a report that is lost is followed by the next
            await self._store.append(self._held.lease, (), unit.events)

    def _on_asked(self, asked: Asked) -> None:
        if self._finished.done():
            return
        self._stop_as_asked(asked)
        self._look_for_the_end()

    def _stop_as_asked(self, asked: Asked) -> None:
        """Begin nothing more. A cancelled run interrupts what runs, a drained one lets it end (up to a limit)."""
        before = self._stop.ending if self._stop else None
        who = str(asked.said.get("by") or "somebody")
        if asked.request == "cancel" and before is not Ending.CANCELLED:
            self._stop_with(Ending.CANCELLED, f"cancelled by {who}")
            for claim in list(self._active.values()):
                self._interrupt(claim)
        elif asked.request == "replan" and before is None:
            self._stop_with(Ending.REPLAN, f"asked by {who}")
        elif asked.request == "drain" and before not in (Ending.CANCELLED, Ending.DRAINED):
            self._stop = _Stop(Ending.DRAINED, "drained")
            self._forget_retries()
            self._loop.call_later(self._work.limits.drain, self._end_drain)

    def _end_drain(self) -> None:
        if self._stop is not None and self._stop.ending is Ending.DRAINED:
            self._finish(Ending.DRAINED)

    def _give_up_with(self, error: BaseException) -> None:
        if not self._finished.done():
            self._finished.set_exception(error)

    def _finish(self, ending: Ending) -> None:
        if not self._finished.done():
            self._finished.set_result(ending)

    def _look_for_the_end(self) -> None:
        if self._finished.done() or self._active or self._committing or self._retries:
            return
        if self._stop is None and self._heap:  # every agent who could go on is busy elsewhere
            return
        if self._stop is not None and self._stop.ending is Ending.CANCELLED and self._open_tasks():
            self._aside(self._conclude_with(self._cancel_the_rest))
            return
        self._finish(self._ending())

    def _on_place_free(self) -> None:
        if self._waits_for_agent:
            self._waits_for_agent = False
            self._loop.call_soon_threadsafe(self._look_again)

    def _look_again(self) -> None:
        if not self._finished.done() and self._heap:
            self._aside(self._conclude_with(lambda unit: None))  # noqa: ARG005

    def _open_tasks(self) -> list[str]:
        waiting = (TaskStatus.PENDING, TaskStatus.READY)
        return [task_id for task_id in self._ready.tasks if self._status(task_id) in waiting]

    def _cancel_the_rest(self, unit: Unit) -> None:
        for task_id in self._open_tasks():
            self._enter(unit, task_id, self._state(task_id).attempt, EntryKind.CANCELLED)

    def _status(self, task_id: str) -> TaskStatus:
        state = self.states.get(task_id)
        return state.status if state else TaskStatus.PENDING

    def _ending(self) -> Ending:
        if self._stop is not None and self._stop.ending in (Ending.CANCELLED, Ending.DRAINED):
            return self._stop.ending
        statuses = {task_id: self._status(task_id) for task_id in self._ready.tasks}
        if TaskStatus.IN_DOUBT in statuses.values():
            return Ending.WAITING
        if self._stop is not None:
            return self._stop.ending
        failed = [task_id for task_id, status in statuses.items() if status is TaskStatus.FAILED]
        unforgiven = [
            task_id
            for task_id in failed
            if not self._ready.tasks[task_id].optional and not self._ready.is_handled(task_id)
        ]
        if unforgiven:
            self.stopped_by = f"{len(unforgiven)} tasks failed, the first is {unforgiven[0]!r}"
            return Ending.FAILED
        stuck = [task_id for task_id, status in statuses.items() if status not in ENDED]
        blocked = [task_id for task_id, status in statuses.items() if status is TaskStatus.BLOCKED]
        if stuck or blocked:
            self.stopped_by = f"task {(stuck + blocked)[0]!r} cannot go on"
            return Ending.FAILED
        return Ending.COMPLETED

    def _aside(self, work: Any) -> None:
        task: asyncio.Task[None] = self._loop.create_task(work)
        self._side_work.add(task)
        task.add_done_callback(self._side_work.discard)

    async def _clear_away(self) -> None:
        """Nothing of this run goes on behind the caller's back."""
        self._forget_retries()
        for claim in self._active.values():
            self._release_agent(claim)
        if not self._finished.done():
            self._finished.cancel()
        left = [claim.work for claim in self._active.values() if claim.work is not None and not claim.work.done()]
        left += [task for task in self._side_work if not task.done()]
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=self._work.limits.grace)


def _durations(tasks: Sequence[Task]) -> dict[str, float]:
    return {
        task.task_id: task.resource_estimate.duration.likely for task in tasks if task.resource_estimate is not None
    }
