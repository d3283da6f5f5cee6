"""Plans run by the scheduler alone, on stores in memory: no graph, no service, no server."""

import asyncio
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

from groundplan.domain.execution import ExecutionRun
from groundplan.domain.goal import Goal
from groundplan.domain.ledger import fold
from groundplan.domain.lifecycle import PlanStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.runs import PlanningRun
from groundplan.execution.conditions import holds
from groundplan.execution.lease import Leases
from groundplan.execution.protocols import Declaration, Produced
from groundplan.execution.scheduler import Scheduler
from groundplan.execution.work import Work, WorkLimits
from groundplan.stores.memory import MemoryPlanStore
from groundplan.stores.memory_runs import MemoryRunStore
from groundplan.stores.run_protocol import Asked
from tests.plan_factories import NOW

LIMITS = WorkLimits(timeout=30.0, grace=0.05, drain=0.2, patience=1.0, reconcile=0.05)


class Doing:
    """An executor of one function of the call; counts by task id what it began."""

    def __init__(self, function=None, **declared):
        self.begun = Counter()
        self._function = function or (lambda call: {"ok": True})
        self._declared = Declaration(**declared)

    def declaration(self, task):
        return self._declared

    async def run(self, call):
        self.begun[call.task.task_id] += 1
        given = self._function(call)
        if asyncio.iscoroutine(given):
            given = await given
        return given if isinstance(given, Produced) else Produced(output=given)

    def executor_for(self, task):
        return self


class ByTask:
    """An executor for each task id; `default` for all others."""

    def __init__(self, default=None, **by_task):
        self._default = default or Doing()
        self._by_task = by_task

    def executor_for(self, task):
        return self._by_task.get(task.task_id, self._default)


class ScheduledRun:
    """One run of a plan, gone on with as often as `run` is called, each time by a new scheduler."""

    def __init__(self, *tasks, executors=None, policy="continue", at_once=10, budget=None, **work):
        self.plans = MemoryPlanStore()
        self.runs = MemoryRunStore(self.plans)
        self.leases = Leases(self.runs, 15.0)
        self.plan = ExecutionPlan(
            plan_id="p1", goal_id="g1", tasks=list(tasks), status=PlanStatus.VALIDATED, created_at=NOW,
            **({"resource_budget": budget} if budget else {}),
        )  # fmt: skip
        self._opened = ExecutionRun(
            run_id="r1", plan_id="p1", goal_id="g1", agent_did="did:web:ana", created_at=NOW, policy=policy,
            max_concurrent_tasks=at_once,
        )  # fmt: skip
        known = {"limits": LIMITS, "rng": random.Random(1), "holds": holds, "executors": executors or Doing()}
        self.work = Work(**(known | work))
        self.scheduler = None

    async def open(self):
        if not await self.runs.list_runs():
            await self.plans.receive(
                Goal(goal_id="g1", goal_text="x"), PlanningRun(run_id="pr1", goal_id="g1", created_at=NOW), []
            )
            await self.plans.commit_plan(self.plan, [], reason="x")
            await self.runs.open_run(self._opened, [])

    async def run(self, asked=None, **work):
        """Run to the end of this scheduler: why it stopped, as a word."""
        await self.open()
        async with self.leases.hold("r1") as held:
            states = fold(await self.runs.read_ledger("r1"))
            known = await self.runs.get_run("r1")
            self.scheduler = Scheduler(
                self.plan, known, states, held, self.runs, replace(self.work, **work), asked and Asked(asked, {})
            )
            return str(await self.scheduler.run())

    async def enter(self, *entries):
        """Lines of a runner that is gone."""
        await self.open()
        async with self.leases.hold("r1") as held:
            await self.runs.append(held.lease, entries)

    async def ask(self, request, **said):
        """What a person asks of the runner while it runs."""
        await self.runs.ask("r1", Asked(request, {"by": "ada"} | said))
        await self.leases.nudge("r1")

    async def states(self):
        return fold(await self.runs.read_ledger("r1"))

    async def statuses(self):
        return {task_id: state.status.value for task_id, state in (await self.states()).items()}

    async def story(self):
        """Every line of the ledger: task, attempt, kind."""
        return [(entry.task_id, entry.attempt, entry.kind.value) for entry in await self.runs.read_ledger("r1")]


async def until(condition, seconds=5.0):
    """Wait for the condition, in real time but not long."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  # what is waited for has no event of its own
            await asyncio.sleep(0.001)


def utc(seconds=0.0):
    return datetime.fromtimestamp(NOW.timestamp() + seconds, UTC)
