"""The part of `PlanningService` that listens: feedback, issues, requests to plan anew, and scores."""

from __future__ import annotations

from abc import ABC, abstractmethod

from groundplan.domain.evaluation import Evaluation, TemplateScore
from groundplan.domain.feedback import Feedback, Issue, IssueStatus, KeptFeedback
from groundplan.domain.goal import Breakdown, DecompositionStrategy
from groundplan.service.evaluations import Evaluations
from groundplan.service.execution import Execution
from groundplan.service.replan_requests import ReplanAnswer, ReplanRequests
from groundplan.service.resources import Resources
from groundplan.service.settings import Settings
from groundplan.service.updating import Updates


class TakesFeedback(ABC):
    """What people and outside systems say of plans, while they are carried out and afterwards."""

    settings: Settings

    @property
    @abstractmethod
    def _execution(self) -> Execution: ...

    @property
    @abstractmethod
    def _resources(self) -> Resources: ...

    async def update_plan(self, plan_id: str, feedback: Feedback) -> bool:
        """Take feedback on a plan: how far a task is, what became of it, what it took, issues, new information.

        A status is taken as the outcome of a task that is done outside (category `external`) while it executes, and
        settles a task in doubt; how far others are and what they took may be told, not what becomes of them.

        Returns:
            Whether it was new; False for the same feedback again (same key, same content), which does nothing.

        Raises:
            PlanningError: E5002 for no such plan, E5208 for no such task or issue, E5203 for a status that cannot
                follow, E5004 for a text that is refused, E5210 or E5211 for an output that is no JSON or too large,
                E5803 if other feedback has its key, E5205 for a task in doubt of a run that is at work.
        """
        updates = Updates(self._resources.feedback, self._execution, replans=self.settings.replan_on_new_information)
        return await updates.update(plan_id, feedback)

    async def list_feedback(self, plan_id: str, task_id: str | None = None, limit: int = 100) -> list[KeptFeedback]:
        """What was said of a plan, or of one task of it, the latest first."""
        return await self._resources.feedback.list_feedback(plan_id, task_id=task_id, limit=limit)

    async def list_issues(
        self, plan_id: str | None = None, status: IssueStatus | str | None = None, limit: int = 100
    ) -> list[Issue]:
        """Issues that were reported, the latest first."""
        wanted = IssueStatus(status) if status is not None else None
        return await self._resources.feedback.list_issues(plan_id=plan_id, status=wanted, limit=limit)

    async def replan(
        self,
        plan_id: str,
        *,
        by: str,
        why: str = "",
        strategy: DecompositionStrategy | str | None = None,
        breakdown: Breakdown | str | None = None,
    ) -> ReplanAnswer:
        """Have the rest of a plan planned anew. What is finished stays as it is.

        The runner of a plan that is being run is asked, lets running tasks end, and makes the next version. For a plan
        that was not begun or has failed, it is made here and now; a run of it takes over what is finished.

        Args:
            why: in prose; the model is told.
            strategy: `template` for rules alone; otherwise the model is asked where there is one.
            breakdown: along which lines the rest is broken down.

        Raises:
            PlanningError: E5002; E5101 if there is no other way; E5203 for a plan in another state, or one that was
                replanned as often as it may be; E5600 for a strategy or breakdown that there is not; E5004.
        """
        requests = ReplanRequests(self._execution.context)
        return await requests.replan(plan_id, by=by, why=why, strategy=strategy, breakdown=breakdown)

    async def evaluate(self, which: str, task_id: str | None = None, *, use_model: bool = True) -> list[Evaluation]:
        """Score finished tasks of a run (by its id or its plan's) by their success criteria, and keep the scores.

        Criteria in CEL over `output` and `status` are decided by rule, the others by the model if there is one; what
        neither can judge is left to `score_task`.

        Raises:
            PlanningError: E5003 for no such run, E5208 for no such task, E5203 if the task is not finished, E5102 to
                E5106 if the model is not there or gives no scores.
        """
        return await self._evaluations.judge(which, task_id, use_model=use_model)

    async def score_task(
        self, which: str, task_id: str, score: float, *, by: str, why: str = "", criterion: str = ""
    ) -> Evaluation:
        """Keep a person's score of a finished task, from 0 to 1, by one of its criteria or as a whole.

        Raises:
            PlanningError: E5003, E5208, E5203 if it is not finished, E5600 for a score that is none, E5004.
        """
        return await self._evaluations.score(which, task_id, score, by=by, why=why, criterion=criterion)

    async def list_evaluations(
        self, plan_id: str | None = None, task_id: str | None = None, limit: int = 1000
    ) -> list[Evaluation]:
        """Scores of a plan's tasks, or of one task, the latest first."""
        return await self._resources.evaluations.list_evaluations(plan_id=plan_id, task_id=task_id, limit=limit)

    async def template_scores(self) -> list[TemplateScore]:
        """What the plans of each template came to, best first."""
        return await self._resources.evaluations.template_scores()

    @property
    def _evaluations(self) -> Evaluations:
        return Evaluations(self._resources.evaluations, self._execution)
