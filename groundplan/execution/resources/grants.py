"""The allocations of one run's tasks, under one lease of the run.

    ask ─→ (service) ─→ granted: the task is lined up again, and claimed ─→ its attempt ends: release
                   └──→ refused: the task fails

Each time that a task needs something is a request with an id of its own: asking again after a lost answer is the same
allocation, and a runner that was thought dead cannot give back what its successor holds. Before anything is asked for,
all that earlier runners of the run have left is given back; what nobody gives back runs out with its own lease. A task
asks before it is claimed, so that its place, agent and budget go to others meanwhile.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from pydantic import ValidationError

from groundplan.domain.errors import PlanningError
from groundplan.domain.ids import new_id
from groundplan.domain.task import Task
from groundplan.execution.resources.allocation import AllocationRequest, needs
from groundplan.execution.resources.failures import out_of_bounds, unavailable, unusable
from groundplan.execution.resources.provider import ResourceProvider

Answer = TypeVar("Answer")
NeedKind = frozenset[str]
"""The resources that a task needs, without how much of each."""

_log = structlog.get_logger("groundplan.resources")


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantLimits:
    """Seconds: the lease of an allocation (renewed three times in it), how long one question may wait, the pause
    before a provider that failed is asked again, how long it may stay away until tasks fail, and how long giving back
    may take at the end of a run."""

    lease: float = 60.0
    wait: float = 10.0
    pause: float = 0.2
    patience: float = 120.0
    farewell: float = 5.0


class Grants:
    """Asks for what tasks need, keeps it renewed, and gives it back.

    Args:
        run_id: who the allocations belong to.
        priority: the goal's: of two runs that wait for the same the one with the higher goes first.
        on_granted: the task has what it needs.
        on_waiting: a task has to wait for what others have, so that others may ask meanwhile.
        on_refused: it will not have it, and why.
    """

    def __init__(
        self,
        provider: ResourceProvider,
        run_id: str,
        *,
        priority: int,
        limits: GrantLimits,
        on_granted: Callable[[Task], None],
        on_waiting: Callable[[], None],
        on_refused: Callable[[Task, PlanningError], Awaitable[None]],
    ) -> None:
        self._provider = provider
        self._run_id = run_id
        self._priority = priority
        self._limits = limits
        self._on_granted = on_granted
        self._on_waiting = on_waiting
        self._on_refused = on_refused
        self._asked: dict[str, AllocationRequest] = {}
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._asking_of_kind: Counter[NeedKind] = Counter()
        self._not_answered: set[str] = set()
        self._granted: set[str] = set()
        self._idle: set[str] = set()
        self._beside: set[asyncio.Task[None]] = set()
        self._left: asyncio.Task[None] | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def is_asking(self) -> bool:
        """Whether tasks wait for an answer."""
        return bool(self._asking)

    @property
    def idle(self) -> int:
        """How many tasks have what they need and have not begun."""
        return len(self._idle)

    def start(self) -> None:
        """Give back what earlier runners of the run have left."""
        self._left = asyncio.create_task(self._give_back_what_is_left())

    def covers(self, task: Task) -> bool:
        """Whether the task needs nothing, or has it."""
        return task.task_id in self._granted or not needs(task)

    def has(self, task: Task) -> bool:
        """Whether something was granted to it."""
        return task.task_id in self._granted

    def begins(self, task: Task) -> None:
        """The task takes up what it was granted, if anything."""
        self._idle.discard(task.task_id)

    def ask(self, task: Task, *, at_most: int) -> bool:
        """Ask for what the task needs; it is told of when it has it. False if `at_most` tasks have theirs or are about
        to, or so many wait for the like: what is granted to tasks that cannot begin is kept from others.

        Raises:
            PlanningError: E5500 if it needs what nobody can be asked for.
        """
        kind = kind_of(task)
        if self._asking_of_kind[kind] >= at_most or len(self._idle) + len(self._not_answered) >= at_most:
            return False
        request = self._asked[task.task_id] = self._request(task)
        self._not_answered.add(task.task_id)
        self._asking_of_kind[kind] += 1
        self._asking[task.task_id] = self._go_on_beside(self._ask(task, request))
        return True

    def release(self, task: Task) -> None:
        """The task needs it no more. One that has nothing is no error."""
        self._granted.discard(task.task_id)
        self._idle.discard(task.task_id)
        asking = self._answered(task)
        if asking is not None:
            asking.cancel()
        request = self._asked.pop(task.task_id, None)
        if request is not None:
            self._go_on_beside(self._give_back(request))

    async def end(self) -> None:
        """Give everything back, within a bound: what a provider that is away still holds runs out by itself."""
        if self._keeper is not None:
            self._keeper.cancel()
        for asking in self._asking.values():
            asking.cancel()
        for request in self._asked.values():
            self._go_on_beside(self._give_back(request))
        left = {*self._beside, *(one for one in (self._left, self._keeper) if one is not None)}
        if left:
            _, late = await asyncio.wait(left, timeout=self._limits.farewell)
            for task in late:
                task.cancel()

    def _answered(self, task: Task) -> asyncio.Task[None] | None:
        self._not_answered.discard(task.task_id)
        asking = self._asking.pop(task.task_id, None)
        if asking is not None:
            self._asking_of_kind[kind_of(task)] -= 1
        return asking

    def _request(self, task: Task) -> AllocationRequest:
        try:
            return AllocationRequest(
                allocation_id=new_id(),
                owner=self._run_id,
                amounts=needs(task),
                priority=self._priority,
                lease_seconds=self._limits.lease,
                purpose=task.task_id,
            )
        except ValidationError as error:
            raise out_of_bounds(task.task_id, error.errors()[0]["msg"]) from None

    async def _ask(self, task: Task, request: AllocationRequest) -> None:
        try:
            if self._left is not None:
                await asyncio.shield(self._left)
            await self._granted_at_last(request)
        except PlanningError as error:
            self._answered(task)
            await self._on_refused(task, error)
            return
        self._answered(task)
        self._granted.add(task.task_id)
        self._idle.add(task.task_id)
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._keep())
        self._on_granted(task)

    async def _granted_at_last(self, request: AllocationRequest) -> None:
        """Ask until it is granted, however long others need it; a provider that fails, for as long as patience lasts.

        Raises:
            PlanningError: E5500 or whatever else the provider refuses it with; E5501 if it stays away.
        """
        loop = asyncio.get_running_loop()
        away_since: float | None = None
        wait = 0.0  # at first: until it is known that this one has to wait, others hold back
        while True:
            began = loop.time()
            try:
                if await self._answer(self._provider.allocate(request, wait=wait)) is not None:
                    return
                away_since = None
            except PlanningError as error:
                away_since = began if away_since is None else away_since
                if not error.retryable or loop.time() - away_since > self._limits.patience:
                    raise
                _log.warning("resources_away", run_id=self._run_id, task_id=request.purpose, why=error.message)
            self._has_to_wait(request)
            if (wait or away_since is not None) and loop.time() - began < self._limits.pause:
                await asyncio.sleep(self._limits.pause)
            wait = self._limits.wait

    def _has_to_wait(self, request: AllocationRequest) -> None:
        if request.purpose in self._not_answered:
            self._not_answered.discard(request.purpose)
            self._on_waiting()

    async def _keep(self) -> None:
        """Renew what is granted; ask anew for what is not held any more. What runs goes on either way: an effect that
        is cut off is one of which nobody knows whether it happened."""
        while True:
            await asyncio.sleep(self._limits.lease / 3)
            held = {self._asked[task_id].allocation_id: task_id for task_id in self._granted}
            if not held:
                continue
            try:
                kept = await self._answer(self._provider.renew(list(held), self._limits.lease))
            except PlanningError:  # away: tried again, and the leases last a while
                continue
            for allocation_id in held.keys() - kept:
                await self._regain(held[allocation_id])

    async def _regain(self, task_id: str) -> None:
        request = self._asked.get(task_id)
        if request is None or task_id not in self._granted:
            return
        try:
            regained, why = await self._answer(self._provider.allocate(request)) is not None, ""
        except PlanningError as error:  # of this one: others may be had
            regained, why = False, error.message
        _log.warning("allocation_lost", run_id=self._run_id, task_id=task_id, regained=regained, why=why)

    async def _answer(self, question: Awaitable[Answer]) -> Answer:
        """What the provider answers, or an error of ours: one that hangs or has a bug must not hang the run."""
        limit = self._limits.wait + self._limits.patience
        try:
            async with asyncio.timeout(limit):
                return await question
        except PlanningError:
            raise
        except TimeoutError:
            raise unavailable(f"no answer within {limit:g} s") from None
        except Exception as error:  # anybody's provider may stand behind the port
            raise unusable(f"{type(error).__name__}: {error}") from error

    async def _give_back(self, request: AllocationRequest) -> None:
        with suppress(PlanningError):  # it runs out by itself
            await self._answer(self._provider.release(request.allocation_id))

    async def _give_back_what_is_left(self) -> None:
        with suppress(PlanningError):
            count = await self._answer(self._provider.release_all(self._run_id))
            if count:
                _log.info("allocations_left", run_id=self._run_id, released=count)

    def _go_on_beside(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)
        return task


def kind_of(task: Task) -> NeedKind:
    """The resources that it needs."""
    return frozenset(needs(task))
