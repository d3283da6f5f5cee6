"""Running a plan again without its effects: every task gives what was recorded of it.

recorded with equal arguments          →  that outcome; nothing is executed, whether it is released or not
not recorded, its tool is released     →  executed for real
not recorded                           →  E5213
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundplan.domain.agents import AgentAssignment
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.execution import Usage
from groundplan.domain.ledger import EntryKind, LedgerEntry
from groundplan.domain.task import Task, TaskType
from groundplan.execution.access import AccessPolicy
from groundplan.execution.arguments import canonical_text, kept
from groundplan.execution.protocols import Declaration, Executor, Executors, Produced, TaskCall
from groundplan.execution.work import Assigner, Masks, Secrets

ALL = "all"
_GIVEN = (EntryKind.COMPLETED, EntryKind.FAILED, EntryKind.RETRYING)


class Released:
    """The tools that may have effects in a rerun: by name, `llm` for questions to a model, `agent` for tasks that name
    no tool, `all` for every one."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = frozenset(names)

    def __contains__(self, task: Task) -> bool:
        return ALL in self._names or release_name(task) in self._names


def release_name(task: Task) -> str:
    """What has to be released for this task to be executed."""
    if task.tool is not None:
        return task.tool
    return "llm" if task.task_type is TaskType.LLM_CALL else "agent"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One recorded attempt: what it was given (None: it failed before it was given anything), and how it ended."""

    number: int
    arguments: Mapping[str, Any] | None
    end: LedgerEntry


class Recording:
    """The attempts in the ledger of a run.

    Args:
        run_id: the run.
        entries: its ledger.
        anew: tasks that begin anew in the rerun, at a later version perhaps: for them the last attempt counts, for all
            others the one of the same number.
    """

    def __init__(self, run_id: str, entries: Sequence[LedgerEntry], anew: Sequence[str] = ()) -> None:
        self.run_id = run_id
        self._anew = frozenset(anew)
        self._attempts: dict[str, list[Attempt]] = {}
        claims: dict[tuple[str, int], Mapping[str, Any]] = {}
        for entry in entries:
            place = (entry.task_id, entry.attempt)
            if entry.kind is EntryKind.CLAIMED:
                claims[place] = entry.arguments or {}
            elif entry.kind in _GIVEN:
                attempt = Attempt(entry.attempt, claims.get(place), entry)
                self._attempts.setdefault(entry.task_id, []).append(attempt)

    def find(self, task_id: str, number: int, inputs: Mapping[str, Any]) -> LedgerEntry | None:
        """How an attempt with these arguments ended: the one of this number if its arguments are equal, else the last
        of those that are; None if there is none."""
        fitting = [attempt for attempt in self._attempts.get(task_id, ()) if _is_equal(attempt.arguments, inputs)]
        same = [attempt for attempt in fitting if attempt.number == number and task_id not in self._anew]
        chosen = same or [attempt for attempt in fitting if attempt.end.kind is not EntryKind.RETRYING]
        return chosen[-1].end if chosen else None

    def knows(self, task_id: str, inputs: Mapping[str, Any]) -> bool:
        """Whether every attempt with these arguments, whatever its number, has an end to be given."""
        attempts = self._attempts.get(task_id, ())
        ends = [attempt.end.kind for attempt in attempts if _is_equal(attempt.arguments, inputs)]
        return any(kind is not EntryKind.RETRYING for kind in ends)

    def has_run(self, task_id: str) -> bool:
        """Whether the task was ever begun."""
        return task_id in self._attempts


def _is_equal(recorded: Mapping[str, Any] | None, inputs: Mapping[str, Any]) -> bool:
    if recorded is None:
        return True
    text = canonical_text(inputs)
    if "…" in recorded:  # too long to be kept: their hash was
        return recorded == kept(inputs, text, 0)
    return canonical_text(recorded) == text


class RecordedFailure(PlanningError):
    """A failure that was recorded. It is told as it was then; whether another attempt follows is recorded, too."""

    def __init__(self, told: dict[str, Any], *, retried: bool) -> None:
        known = {code.value for code in ErrorCode}
        code = ErrorCode(told["code"]) if told.get("code") in known else ErrorCode.TASK_FAILED
        super().__init__(code, str(told.get("message", "")), details=dict(told.get("details") or {}), retryable=retried)
        self._told = told

    def to_dict(self) -> dict[str, Any]:
        """The error as it was recorded."""
        return dict(self._told)


class RecordedExecutors:
    """An executor for every task that gives what was recorded.

    Args:
        live: who runs released tasks.
        recording: what was recorded.
        released: which tools may have effects.
        access: which tools a task may use, asked when one is executed for real.
    """

    def __init__(self, live: Executors, recording: Recording, released: Released, access: AccessPolicy) -> None:
        self._live = live
        self._recording = recording
        self._released = released
        self._access = access

    def executor_for(self, task: Task) -> Executor:
        """See `Executors.executor_for`."""
        live = self._live.executor_for(task) if task in self._released else None
        return _Recorded(live, self._recording, self._access.check_tool)


class _Recorded:
    def __init__(self, live: Executor | None, recording: Recording, check: Callable[[Task], None]) -> None:
        self._live = live
        self._recording = recording
        self._check = check

    def declaration(self, task: Task) -> Declaration:
        return self._live.declaration(task) if self._live else Declaration(idempotent=True)

    async def run(self, call: TaskCall) -> Produced:
        inputs = call.inputs.references if isinstance(call.inputs, _Revealed) else call.inputs
        found = self._recording.find(call.task.task_id, call.attempt, inputs)
        if found is not None:
            return _given(found, self._recording.run_id)
        if self._live is None:
            raise not_recorded(call.task, self._recording)
        self._check(call.task)
        return await self._live.run(call)


def _given(entry: LedgerEntry, run_id: str) -> Produced:
    if entry.kind is not EntryKind.COMPLETED:
        raise RecordedFailure(entry.error or {}, retried=entry.kind is EntryKind.RETRYING)
    return Produced(
        output=entry.output,
        usage=Usage(tokens=entry.tokens or 0, cost=entry.cost or 0.0),
        record={**(entry.record or {}), "recorded_in": run_id},
    )


def not_recorded(task: Task, recording: Recording) -> PlanningError:
    """E5213: the task would have to be executed, and must not be."""
    began = recording.has_run(task.task_id)
    why = "was not run with these arguments" if began else "was not run"
    return PlanningError(
        ErrorCode.NOT_RECORDED,
        f"Task {task.task_id!r} {why} in run {recording.run_id!r}, and {release_name(task)!r} is not released",
        details={"task_id": task.task_id, "release": release_name(task), "run_id": recording.run_id},
        recovery_suggestion=f"To have it executed for real, give --release {release_name(task)}.",
    )


class _Revealed(dict[str, Any]):
    """Inputs with secrets in them, and as they were before: what was recorded has references."""

    def __init__(self, revealed: Mapping[str, Any], references: Mapping[str, Any]) -> None:
        super().__init__(revealed)
        self.references = references


class _Unmasked:
    @staticmethod
    def mask(value: Any) -> Any:
        return value


@dataclass(frozen=True, slots=True)
class SecretsOfReleased:
    """Resolves secrets for tasks that are executed for real, and for no others."""

    live: Secrets | None
    recording: Recording
    released: Released

    async def reveal(self, task: Task, inputs: Mapping[str, Any]) -> tuple[Mapping[str, Any], Masks]:
        """See `Secrets.reveal`."""
        if self.live is None or task not in self.released or self.recording.knows(task.task_id, inputs):
            return inputs, _Unmasked()
        revealed, masks = await self.live.reveal(task, inputs)
        return _Revealed(revealed, inputs), masks


@dataclass(frozen=True, slots=True)
class AssignerOfReleased:
    """Finds agents for tasks whose tools are released; the others need nobody, and keep nobody busy."""

    live: Assigner
    released: Released

    def assign(self, task: Task) -> AgentAssignment | None:
        """See `Assigner.assign`."""
        return self.live.assign(task) if task in self.released else None

    def release(self, agent_id: str) -> None:
        """See `Assigner.release`."""
        self.live.release(agent_id)

    def watch(self, wake: Callable[[], None]) -> Callable[[], None]:
        """See `Assigner.watch`."""
        return self.live.watch(wake)
