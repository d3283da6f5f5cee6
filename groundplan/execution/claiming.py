"""Which of the ready tasks are claimed now: by their remaining path, as places, agents and budget allow."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from enum import Enum, auto

from groundplan.domain.agents import AgentAssignment
from groundplan.domain.errors import PlanningError
from groundplan.domain.events import EventType
from groundplan.domain.execution import ExecutionRun
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.ready_set import ReadySet
from groundplan.domain.task import Task
from groundplan.execution import failures
from groundplan.execution.arguments import Outputs, bound_inputs, canonical_text, key_of
from groundplan.execution.budget import Budget
from groundplan.execution.journal import Claim, Unit
from groundplan.execution.resources.grants import Grants, kind_of
from groundplan.execution.run_ledger import RunLedger
from groundplan.execution.stopping import Stop
from groundplan.execution.waiting_line import WaitingLine
from groundplan.execution.work import Work

Fail = Callable[[Task, PlanningError, Unit], None]


class _Refused(Enum):
    """Why a ready task has to wait."""

    FOR_AGENT = auto()
    FOR_BUDGET = auto()
    FOR_RESOURCES = auto()
    FOR_WISH = auto()


class Claims:
    """The tasks that are ready, and those that are claimed.

    Args:
        fail: takes in that a task failed before anything was begun.
        grants: what tasks need beside agents, where somebody grants that.
    """

    def __init__(
        self,
        plan: ExecutionPlan,
        run: ExecutionRun,
        ready: ReadySet,
        ledger: RunLedger,
        work: Work,
        fail: Fail,
        grants: Grants | None = None,
    ) -> None:
        self.active: dict[str, Claim] = {}
        self.waits_for_agent = False
        self.held: Collection[str] = ()
        self._plan = plan
        self._run = run
        self._ready = ready
        self._ledger = ledger
        self._work = work
        self._fail = fail
        self._grants = grants
        self._budget = Budget(plan, ledger.states.values())
        self._outputs = Outputs(ledger.states)
        self._line = WaitingLine()

    @property
    def are_waiting(self) -> bool:
        """Whether a task is ready that could not be claimed."""
        return bool(self._line)

    def line_up(self, task: Task) -> None:
        """The task is ready."""
        self._line.join(task, self._kind(task), self._ready.remaining[task.task_id])

    def line_up_granted(self, task: Task) -> None:
        """The task is ready and has what it needs. If as many as there are places have that already, it hands it back
        and asks again later."""
        if self._grants is not None and self._grants.idle > self._run.max_concurrent_tasks:
            self._grants.release(task)
        self.line_up(task)

    def pick(self, unit: Unit, stop: Stop, *, others_follow: bool) -> None:
        """Claim what may start now.

        Args:
            others_follow: whether more will be ready without anything that runs, as an attempt that waits to be made.
        """
        self.waits_for_agent = False
        if self._claim_in_order(unit, stop) and not self.active and not self._is_asking:
            self._claim_in_order(unit, stop)  # those that had what was asked for could not begin after all
        if not self.active and not self.waits_for_agent and not others_follow:
            self._give_up(unit, stop)

    def _claim_in_order(self, unit: Unit, stop: Stop) -> bool:
        """Claim in the line's order; whether somebody could not even ask for resources."""
        stood_back = False
        self._line.open()
        while not stop and self._free_places > 0 and (first := self._line.take()):
            task, place = self._ready.tasks[first[1].task_id], first[1]
            refused = self._claim(task, unit)
            if refused in (_Refused.FOR_BUDGET, _Refused.FOR_WISH):
                self._line.step_aside(self._kind(task), place)
            elif refused:
                self._line.stand_back(self._kind(task), place)
            self.waits_for_agent |= refused is _Refused.FOR_AGENT
            stood_back |= refused is _Refused.FOR_RESOURCES
        return stood_back

    def taken_over(self, task: Task) -> Claim | None:
        """The claim of a runner that is gone; None if nobody here could say what became of it."""
        state = self._ledger.state(task.task_id)
        executor = self._work.executors.executor_for(task)
        if executor is None:
            return None
        try:
            inputs = bound_inputs(task, self._plan, self._outputs)
        except PlanningError:
            return None
        reserved = (state.reserved_tokens, state.reserved_cost)
        return Claim(task, state.attempt, state.key or "", inputs, executor, reserved, state.agent, recovers=True)

    def settle(self, claim: Claim, used: tuple[int, float]) -> None:
        """The attempt has ended and used so much."""
        del self.active[claim.task.task_id]
        self.free_agent(claim)
        self._budget.settle(claim.reserved, used)

    def free_agent(self, claim: Claim) -> None:
        """The claim's agent, if it has one, can do something else."""
        if claim.agent and self._work.assigner and claim.has_place:
            self.waits_for_agent = False  # whoever calls this looks who is free anyway
            self._work.assigner.release(claim.agent)

    @property
    def _free_places(self) -> int:
        return self._run.max_concurrent_tasks - len(self.active)

    @property
    def _is_asking(self) -> bool:
        return self._grants is not None and self._grants.is_asking

    def _kind(self, task: Task) -> Hashable:
        """All that decides which agents and resources the task waits for, as things are now: one that has its resources
        is of another kind than those that wait for the same, and does not stand back with them."""
        agents = self._agents_for(task)
        if self._grants is None:
            return agents
        return agents, None if self._grants.has(task) else kind_of(task)

    def _agents_for(self, task: Task) -> Hashable:
        if self._work.assigner is None or not (task.required_capabilities or task.assigned_agent):
            return None
        return task.tool, frozenset(task.required_capabilities), task.assigned_agent, frozenset(task.excluded_agents)

    def _claim(self, task: Task, unit: Unit) -> _Refused | None:
        """Claim the task, or fail it at once; else what it has to wait for."""
        need = self._budget.need(task)
        is_held = task.task_id in self.held
        if is_held or not self._budget.allows(*need):
            self._hand_back(task)
            return _Refused.FOR_WISH if is_held else _Refused.FOR_BUDGET
        try:
            agent = self._work.assigner.assign(task) if self._work.assigner else None
        except PlanningError as error:
            if error.retryable:
                self._hand_back(task)
                return _Refused.FOR_AGENT
            self._fail(task, error, unit)
            return None
        if self._grants is not None and not self._grants.covers(task):
            if agent and self._work.assigner:
                self._work.assigner.release(agent.agent_id)
            return self._asked(task, self._grants, unit)
        claim = self._prepared(task, agent, unit)
        if claim is None:
            if agent and self._work.assigner:
                self._work.assigner.release(agent.agent_id)
            return None
        claim.reserved = need
        self._budget.reserve(*need)
        if agent:
            unit.tell(EventType.TASK_ASSIGNED, task.task_id, agent=agent.agent_id, reason=agent.reason)
        if self._grants is not None:
            self._grants.begins(task)
        self._ledger.enter_claim(unit, claim)
        self.active[task.task_id] = claim
        return None

    def _hand_back(self, task: Task) -> None:
        """It has to wait for something else: what it was granted is for others meanwhile."""
        if self._grants is not None:
            self._grants.release(task)

    def _asked(self, task: Task, grants: Grants, unit: Unit) -> _Refused | None:
        """Ask for what the task needs; it is lined up again when it has that. Or fail it, if nobody can be asked."""
        try:
            return None if grants.ask(task, at_most=self._free_places) else _Refused.FOR_RESOURCES
        except PlanningError as error:
            self._fail(task, error, unit)
            return None

    def _prepared(self, task: Task, agent: AgentAssignment | None, unit: Unit) -> Claim | None:
        """Executor, arguments and key of the next attempt; None if the task has failed for want of one."""
        doer = agent.agent_id if agent else task.assigned_agent
        if agent:
            task = task.model_copy(update={"assigned_agent": doer})
        executor = self._work.executors.executor_for(task)
        if executor is None:
            self._fail(task, failures.no_executor(task), unit)
            return None
        try:
            inputs = bound_inputs(task, self._plan, self._outputs)
        except PlanningError as error:
            self._fail(task, error, unit)
            return None
        key = key_of(task, self._run.keyed_by(task.task_id), canonical_text(inputs))
        attempt = self._ledger.state(task.task_id).attempt + 1
        return Claim(task, attempt, key, inputs, executor, agent=doer, has_place=agent is not None)

    def _give_up(self, unit: Unit, stop: Stop) -> None:
        """Nothing runs, and nothing could be claimed: the budget is spent."""
        for place in self._line.dismiss_aside():
            if stop:
                return
            task = self._ready.tasks[place.task_id]
            self._fail(task, failures.over_budget(task, self._budget), unit)
