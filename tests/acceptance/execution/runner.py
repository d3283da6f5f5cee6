"""A process that runs a plan, and may be killed at a given point of its way. Effects are counted in a file outside."""

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from groundplan import ExecutionPlan, ExecutorRegistry, PlanningError, PlanningService, Task, TaskDependency, declare
from groundplan.domain.patch import PlanPatch
from groundplan.execution.protocols import Reconciled, ReconcileVerdict, TaskCall
from groundplan.run_state import Proposal
from groundplan.service import Settings
from groundplan.stores.postgres.saver import GroupCommitSaver

LEASE = 0.6
MADE = datetime(2026, 1, 1, tzinfo=UTC)
"""The same in every process: a plan made at another time is another plan."""


@dataclass
class Order:
    """What one process is to do.

    Attributes:
        point: where it is killed (see `KILLED_AT`), once for each folder.
        kind: how task `b` says what it is: `idempotent`, `asked`, `plain`, `joined`.
    """

    url: str
    folder: str
    plan_id: str = "p1"
    do: str = "run"
    point: str = ""
    kind: str = "asked"
    lease: float = LEASE
    said: dict[str, Any] = field(default_factory=dict)

    @property
    def run_id(self) -> str:
        return f"run-{self.plan_id}"

    @property
    def effects(self) -> Path:
        return Path(self.folder) / "effects"

    def note(self, what: str, key: str) -> None:
        """One line in the file outside, whole or not at all."""
        file = os.open(self.effects, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(file, f"{what} {key}\n".encode())
        os.close(file)

    def die_at(self, point: str) -> None:
        """Be killed here, if this is the point and nobody was killed before."""
        if point != self.point:
            return
        mark = Path(self.folder) / "killed"
        if not mark.exists():
            mark.write_text(point)
            os.kill(os.getpid(), signal.SIGKILL)


def effects_of(folder: Path) -> list[tuple[str, str]]:
    """Every effect that happened: of which task, under which key."""
    file = Path(folder) / "effects"
    return [tuple(line.split()) for line in file.read_text().splitlines()] if file.exists() else []


def the_plan(order: Order) -> ExecutionPlan:
    """`a`, then `b` on which everything turns, then `c`; `d` goes beside them."""

    def task(task_id: str, *after: str, kind: str = "asked") -> Task:
        waits = [TaskDependency(task_id=other) for other in after]
        return Task(
            task_id=f"{order.plan_id}-{task_id}", name=f"Do {task_id}", tool=f"work.{kind}", dependencies=waits,
            compensation={"description": "undo", "tool": "work.undo"}, created_at=MADE,
            resource_estimate={"cpu_cores": 1} if order.said.get("resource_service") else None,
        )  # fmt: skip

    named = f"{order.plan_id}-{{}}".format
    tasks = [task("a"), task("b", named("a"), kind=order.kind), task("c", named("b")), task("d")]
    return ExecutionPlan(plan_id=order.plan_id, goal_id=f"goal-{order.plan_id}", tasks=tasks, created_at=MADE)


class Tools:
    """The tools of the plan."""

    def __init__(self, order: Order) -> None:
        self._order = order

    async def _effect(self, call: TaskCall) -> dict[str, str]:
        name = call.task.task_id.removeprefix(f"{self._order.plan_id}-")
        if name == "b":
            self._order.die_at("before the effect")
        if name == self._order.said.get("slow"):
            self._order.note(f"begun:{name}", call.idempotency_key)
            await asyncio.sleep(self._order.said["seconds"])
        if name == self._order.said.get("fails"):
            raise OSError("broke")
        self._order.note(name, call.idempotency_key)
        if name == "b":
            self._order.die_at("in the middle of the effect")
        return {"key": call.idempotency_key}

    async def _found(self, call: TaskCall) -> Reconciled:
        done = any(key == call.idempotency_key for _, key in effects_of(Path(self._order.folder)))
        verdict = ReconcileVerdict.DONE if done else ReconcileVerdict.NOT_DONE
        return Reconciled(verdict=verdict, output={"key": call.idempotency_key} if done else None)

    async def _joined(self, call: TaskCall) -> dict[str, bool]:
        await call.connection.execute("insert into outside (key) values (%s)", [call.idempotency_key])
        self._order.die_at("in the middle of the effect")
        if self._order.said.get("holds"):
            self._order.note("joining", call.idempotency_key)
            await asyncio.sleep(self._order.said["holds"])
        return {"ok": True}

    async def _undo(self, call: TaskCall) -> None:
        name = call.task.task_id.removeprefix(f"{self._order.plan_id}-")
        self._order.note(f"undo:{name}", call.idempotency_key)
        if name == "b":
            self._order.die_at("in the middle of undoing")

    def registry(self) -> ExecutorRegistry:
        async def idempotent(call: TaskCall) -> Any:
            return await self._effect(call)

        async def asked(call: TaskCall) -> Any:
            return await self._effect(call)

        async def plain(call: TaskCall) -> Any:
            return await self._effect(call)

        async def joined(call: TaskCall) -> Any:
            return await self._joined(call)

        async def undo(call: TaskCall) -> Any:
            return await self._undo(call)

        return ExecutorRegistry(
            callables={
                "work.idempotent": declare(idempotent, idempotent=True),
                "work.asked": declare(asked, reconcile=self._found),
                "work.plain": plain,
                "work.joined": declare(joined, transactional=True),
                "work.undo": declare(undo, idempotent=True),
            }
        )


class OtherWay:
    """Replaces the task that failed by one that does not."""

    def __init__(self, order: Order) -> None:
        self._order = order

    async def propose(self, setback: Any, context: Any) -> Proposal:
        self._order.note("proposal", "-")
        self._order.die_at("in the middle of replanning")
        await asyncio.sleep(self._order.said.get("thinks", 0))
        failed = next(task for task in setback.plan.tasks if setback.states.get(task.task_id, _NONE).status == "failed")
        name = "Delete the production database" if self._order.said.get("risky") else "Do b otherwise"
        other = Task(task_id=f"{self._order.plan_id}-b2", name=name, tool="work.idempotent",
                     dependencies=failed.dependencies)  # fmt: skip
        after = next(task for task in setback.plan.tasks if failed.task_id in task.predecessors)
        rewired = {after.task_id: [TaskDependency(task_id=other.task_id)]}
        patch = PlanPatch(remove=[failed.task_id], add=[other], rewire=rewired)
        return Proposal(patch=patch, why="another way", by="rule")


class _None:
    status = ""


_NONE = _None()


class Deadly:
    """The stores of a service, with the order's point of death in them."""

    def __init__(self, service: PlanningService, order: Order) -> None:
        self._order = order
        runs, plans, saver = service.run_context.runs, service.run_context.planning.store, GroupCommitSaver
        self._append, self._change, self._join = runs.append, runs.change_run, runs.joined
        self._commit_plan, self._put = plans.commit_plan, saver.aput
        for owner, name in [(runs, "append"), (runs, "change_run"), (runs, "joined"), (plans, "commit_plan")]:
            setattr(owner, name, getattr(self, name))
        saver.aput = lambda *given: self.aput(*given)

    async def append(self, lease: Any, entries: Any, events: Any = ()) -> None:
        kinds = {entry.kind.value for entry in entries if entry.task_id == f"{self._order.plan_id}-b"}
        for kind in kinds:
            self._order.die_at(f"before {kind} commits")
        writing = asyncio.ensure_future(self._append(lease, entries, events))
        for kind in kinds:
            if self._order.point == f"while {kind} commits":
                await asyncio.sleep(0.001)
                self._order.die_at(self._order.point)
        await writing
        for kind in kinds:
            self._order.die_at(f"after {kind} commits")

    async def change_run(self, run_id: str, change: Any) -> Any:
        step = f"the run is {change.status.value}, version {change.version}"
        self._order.die_at(f"before {step}")
        changed = await self._change(run_id, change)
        self._order.die_at(f"after {step}")
        return changed

    async def commit_plan(self, plan: Any, *rest: Any, **named: Any) -> Any:
        self._order.die_at(f"before version {plan.version} commits")
        stored = await self._commit_plan(plan, *rest, **named)
        self._order.die_at(f"after version {plan.version} commits")
        return stored

    async def aput(self, saver: Any, config: Any, *rest: Any) -> Any:
        is_run = config["configurable"]["thread_id"] == self._order.run_id
        if is_run:
            self._order.die_at("before the first checkpoint")
        is_begun = is_run and self._order.effects.exists()
        if is_begun:
            self._order.die_at("before a checkpoint")
        saved = await self._put(saver, config, *rest)
        if is_begun:
            self._order.die_at("after a checkpoint")
        return saved

    @asynccontextmanager
    async def joined(self, lease: Any) -> AsyncIterator[Any]:
        async with self._join(lease) as transaction:
            transaction.write = self._deadly_write(transaction.write)
            yield transaction
        self._order.die_at("after the transaction commits")

    def _deadly_write(self, write: Any) -> Any:
        async def deadly(entry: Any, events: Any) -> None:
            self._order.die_at("between effect and outcome")
            await write(entry, events)
            self._order.die_at("before the transaction commits")

        return deadly


def opened(order: Order) -> PlanningService:
    """The service of this process."""
    settings = Settings.load(
        home=Path(order.folder), database_url=order.url, lease_seconds=order.lease, pool_size=2,
        redis_url=order.said.get("redis"), cache_ttl_seconds=60 if order.said.get("redis") else 0,
        drain_seconds=5, database_patience_seconds=order.said.get("patience", 30),
        resource_service_url=order.said.get("resource_service"),
    )  # fmt: skip
    replanner = OtherWay(order) if order.said.get("fails") else None
    return PlanningService(settings=settings, executors=Tools(order).registry(), replanner=replanner)


async def obeyed(order: Order) -> dict[str, Any]:
    """Do what is ordered: the outcome, or the error's code and message."""
    async with opened(order) as service:
        if order.point:
            Deadly(service, order)
        try:
            result = await _done(order, service)
        except PlanningError as error:
            return {"code": error.code.value, "message": error.message}
        tasks = {task_id.removeprefix(f"{order.plan_id}-"): task.status.value for task_id, task in result.items()}
        doubts = [doubt.task_id for doubt in (await service.attend()).in_doubt if doubt.plan_id == order.plan_id]
        return {"status": result.status.value, "tasks": tasks, "in_doubt": doubts}


async def _done(order: Order, service: PlanningService) -> Any:
    if order.do == "run":
        stored = await service.store_plan(the_plan(order))
        policy = "replan" if order.said.get("fails") else "abort"
        return await service.execute_plan(stored.plan_id, policy=policy, run_id=order.run_id)
    if order.do == "roll back":
        return await service.rollback_plan(order.plan_id)
    if order.do == "resume":
        return await resumed(order, service)
    if order.do == "cancel":
        await service.cancel_plan(order.plan_id, by="ada")
        return await service.get_execution(order.plan_id)
    if order.do == "approve":
        await service.approve_plan(order.plan_id, by="ada", why="there is a backup")
        return await resumed(order, service)
    await service.settle_doubt(order.plan_id, f"{order.plan_id}-b", order.said["became"], by="ada")
    return await service.resume(order.plan_id)


async def resumed(order: Order, service: PlanningService) -> Any:
    """Go on with the run as soon as the lease of the one that was killed has run out."""
    until = time.monotonic() + 10
    while True:
        try:
            return await service.resume(order.plan_id)
        except PlanningError as error:
            if error.code != "E5205" or time.monotonic() > until or order.said.get("at once"):
                raise
        await asyncio.sleep(0.05)


def main(order: Order) -> None:
    """The process."""
    answer = asyncio.run(obeyed(order))
    (Path(order.folder) / f"answer-{os.getpid()}").write_text(json.dumps(answer))
