"""Scoring what a plan's tasks came to, and keeping the scores."""

from __future__ import annotations

import hashlib

from groundplan.decomposition.asking import Asker, Budget
from groundplan.domain.checked_texts import checked, checked_name
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.evaluation import Evaluation, Judge
from groundplan.domain.execution import ExecutionRun
from groundplan.domain.ledger import TaskState, fold
from groundplan.domain.lifecycle import TaskStatus
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.task import Task
from groundplan.execution.evaluating import Verdict, by_model, by_rules
from groundplan.run_state import RunContext
from groundplan.service.execution import Execution
from groundplan.stores.feedback_protocol import EvaluationStore

_FINISHED = (TaskStatus.COMPLETED, TaskStatus.FAILED)


class Evaluations:
    """Scores of finished tasks, on an open service."""

    def __init__(self, store: EvaluationStore, execution: Execution) -> None:
        self._store = store
        self._execution = execution

    async def judge(self, which: str, task_id: str | None, *, use_model: bool) -> list[Evaluation]:
        """See `PlanningService.evaluate`."""
        run, plan, states = await self._known(which)
        tasks = [_task(plan, task_id)] if task_id is not None else plan.tasks
        if task_id is not None:
            _check_finished(tasks[0], states.get(task_id))
        asker = self._asker(run) if use_model else None
        made: list[Evaluation] = []
        for task in tasks:
            state = states.get(task.task_id)
            if state is not None and state.status in _FINISHED:
                found = await _verdicts(task, state, asker)
                made += [self._kept(run, plan, task.task_id, state.attempt, one, asker) for one in found]
        await self._store.add_evaluations(made)
        return made

    async def score(self, which: str, task_id: str, score: float, *, by: str, why: str, criterion: str) -> Evaluation:
        """See `PlanningService.score_task`."""
        run, plan, states = await self._known(which)
        task = _task(plan, task_id)
        _check_finished(task, states.get(task_id))
        if not 0 <= score <= 1:
            raise _no_score(score)
        made = Evaluation(
            plan_id=run.plan_id,
            task_id=task_id,
            run_id=run.run_id,
            judge=Judge.PERSON,
            by=checked_name(by, "by"),
            criterion=checked(criterion, "criterion"),
            score=score,
            why=checked(why, "why"),
            template=plan.metadata.template,
            at=self._execution.context.planning.clock(),
        )
        await self._store.add_evaluations([made])
        return made

    async def _known(self, which: str) -> tuple[ExecutionRun, ExecutionPlan, dict[str, TaskState]]:
        context: RunContext = self._execution.context
        run = await self._execution.run_of(which)
        plan = await context.plans.version(run.plan_id, run.version)
        return run, plan, fold(await context.runs.read_ledger(run.run_id))

    def _asker(self, run: ExecutionRun) -> Asker | None:
        planning = self._execution.context.planning
        model = planning.chat_model()
        if model is None:
            return None
        limits = planning.settings.model
        return Asker(model, planning.model_name, planning.answers, f"{run.run_id}/scores", Budget(limits))

    def _kept(
        self, run: ExecutionRun, plan: ExecutionPlan, task_id: str, attempt: int, verdict: Verdict, asker: Asker | None
    ) -> Evaluation:
        by = asker.model_name if asker is not None and verdict.judge is Judge.MODEL else ""
        return Evaluation(
            evaluation_id=_id_of(run.run_id, task_id, str(attempt), verdict.judge, by, verdict.criterion),
            plan_id=run.plan_id,
            task_id=task_id,
            run_id=run.run_id,
            judge=verdict.judge,
            by=by,
            criterion=verdict.criterion,
            score=verdict.score,
            why=verdict.why,
            template=plan.metadata.template,
            at=self._execution.context.planning.clock(),
        )


def _id_of(*parts: str) -> str:
    """The same for the same verdict, so that judging a task again does not count it twice."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


async def _verdicts(task: Task, state: TaskState, asker: Asker | None) -> list[Verdict]:
    by_rule = by_rules(task, state)
    return by_rule if asker is None else [*by_rule, *await by_model(task, state, asker)]


def _task(plan: ExecutionPlan, task_id: str) -> Task:
    for task in plan.tasks:
        if task.task_id == task_id:
            return task
    raise PlanningError(
        ErrorCode.NOT_IN_PLAN,
        f"Plan {plan.plan_id!r} has no task {task_id!r}",
        details={"plan_id": plan.plan_id, "kind": "task", "id": task_id},
        recovery_suggestion=f"Look at the plan's tasks with `groundplan show {plan.plan_id}`.",
    )


def _check_finished(task: Task, state: TaskState | None) -> None:
    status = state.status if state else TaskStatus.PENDING
    if status not in _FINISHED:
        raise PlanningError(
            ErrorCode.ILLEGAL_TRANSITION,
            f"Task {task.task_id!r} is {status.value}; only a finished one can be scored",
            details={"task_id": task.task_id, "current": status.value},
            recovery_suggestion="Run the plan first.",
        )


def _no_score(score: float) -> PlanningError:
    return PlanningError(
        ErrorCode.VALIDATION_FAILED,
        f"{score:g} is no score: it goes from 0 to 1",
        details={"errors": [f"score: {score:g}"]},
        recovery_suggestion="Give 1 for a criterion that is met, 0 for one that is missed.",
    )
