"""Whether a plan holds together: syntax, semantics, feasibility, all findings at once.

Each check is one function from plan and surroundings to findings; `ERRORS` and `WARNINGS` list them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import pairwise

from groundplan.domain import dag
from groundplan.domain.agents import AgentCapability
from groundplan.domain.argument_check import argument_errors
from groundplan.domain.binding_check import binding_findings
from groundplan.domain.capacities import Capacities, capacities_for
from groundplan.domain.condition_check import condition_findings
from groundplan.domain.dependency_graph import bindings
from groundplan.domain.errors import ErrorCode
from groundplan.domain.feasibility import Conflict
from groundplan.domain.feasibility_deadline import deadline_conflict
from groundplan.domain.feasibility_resources import budget_conflicts, capacity_conflicts, timeout_conflicts
from groundplan.domain.findings import Finding, Level, ValidationResult
from groundplan.domain.frozen import as_utc
from groundplan.domain.goal import GoalConstraints
from groundplan.domain.plan import ExecutionPlan
from groundplan.domain.sanitizer import Policy, Refusal, find_refusal
from groundplan.domain.settings import PlannerSettings
from groundplan.domain.standing import NOT_BEGUN, Standing
from groundplan.domain.task import Task
from groundplan.domain.tools import ToolSpec

_INVENTIVE = "llm"
"""The strategy that is asked again: its tools must exist, its tasks name the capabilities that the goal requires. A
template may name a conventional tool that nobody has yet, and so may an edited plan that began as one; new tools of
an edit are checked with the edit."""


@dataclass(frozen=True)
class Surroundings:
    """What a plan is validated against; everything may be left out."""

    tools: Mapping[str, ToolSpec] = field(default_factory=dict)
    agents: Sequence[AgentCapability] = ()
    constraints: GoalConstraints = field(default_factory=GoalConstraints)
    settings: PlannerSettings = field(default_factory=PlannerSettings)
    now: datetime | None = None
    can_run: Callable[[Task], bool] | None = None
    """Whether somebody can run a task; None if nobody said who runs tasks."""
    standing: Standing = NOT_BEGUN
    """Of a version that is made while its plan is run, where that stands: what is over needs no more time."""

    @property
    def capacities(self) -> Capacities:
        """What there is at one time for a plan."""
        return capacities_for(self.constraints, self.settings, self.agents, self.tools)


def validate(plan: ExecutionPlan, around: Surroundings | None = None) -> ValidationResult:
    """Check the plan on all three levels and collect every finding.

    Never raises for what is wrong with the plan; `result.raise_if_invalid()` does.
    """
    known = around or Surroundings()
    return ValidationResult(
        errors=[finding for check in ERRORS for finding in check(plan, known)],
        warnings=[finding for check in WARNINGS for finding in check(plan, known)],
    )


def _finding(level: Level, path: str, message: str, suggestion: str = "", code: ErrorCode | None = None) -> Finding:
    return Finding(
        code=code or ErrorCode.VALIDATION_FAILED, level=level, path=path, message=message, suggestion=suggestion
    )


def _size(plan: ExecutionPlan, around: Surroundings) -> Iterator[Finding]:
    count, most = len(plan.tasks), around.settings.max_tasks
    if count == 0:
        yield _finding(Level.SYNTAX, "tasks", "the plan has no tasks", "Say in the goal what is to be done.")
    if count > most:
        yield _finding(Level.SYNTAX, "tasks", f"{count} tasks, at most {most} are allowed", "Split the goal.")


def _unique_ids(plan: ExecutionPlan, _: Surroundings) -> Iterator[Finding]:
    counted = Counter(task.task_id for task in plan.tasks)
    for index, task in enumerate(plan.tasks):
        if counted[task.task_id] > 1:
            yield _finding(
                Level.SYNTAX,
                f"tasks[{index}].task_id",
                f"{task.task_id!r} is given twice",
                "Give each task its own id.",
            )


def _refusal(text: str) -> Refusal | None:
    # Texts of templates come again with every plan; long ones are not worth the memory.
    return _refusal_of_short(text) if len(text) <= 500 else find_refusal(text, Policy.PROSE)


@lru_cache(maxsize=4096)
def _refusal_of_short(text: str) -> Refusal | None:
    return find_refusal(text, Policy.PROSE)


def _texts(task: Task) -> Iterator[tuple[str, str]]:
    """Everything of a task that may stand in a prompt one day, with its place."""
    yield "name", task.name
    yield "description", task.description
    yield "category", task.category
    yield "phase", task.phase
    for number, criterion in enumerate(task.success_criteria):
        yield f"success_criteria[{number}]", criterion
    if task.compensation:
        yield "compensation.description", task.compensation.description


def _clean_texts(plan: ExecutionPlan, _: Surroundings) -> Iterator[Finding]:
    for index, task in enumerate(plan.tasks):
        if not task.name.strip():
            yield _finding(Level.SYNTAX, f"tasks[{index}].name", "is blank", "Name what is to be done.")
        for where, text in _texts(task):
            # What stands in the goal was judged with the goal, under the policy chosen for it.
            if text.strip() and text not in plan.goal_text and (refusal := _refusal(text)):
                yield _finding(
                    Level.SYNTAX,
                    f"tasks[{index}].{where}",
                    f"breaks the rule {refusal.rule!r} at position {refusal.position}",
                    "Say it in plain words.",
                )


def _known_dependencies(plan: ExecutionPlan, _: Surroundings) -> Iterator[Finding]:
    known = {task.task_id for task in plan.tasks}
    for index, task in enumerate(plan.tasks):
        for number, dependency in enumerate(task.dependencies):
            if dependency.task_id not in known:
                yield _finding(
                    Level.SEMANTICS,
                    f"tasks[{index}].dependencies[{number}]",
                    f"waits for {dependency.task_id!r}, which the plan does not have",
                    "Name a task of the plan.",
                    ErrorCode.DEPENDENCY_MISSING,
                )


def _no_cycle(plan: ExecutionPlan, _: Surroundings) -> Iterator[Finding]:
    # A binding is a wait, said or not; one of a task to itself is found with the bindings.
    waits = {
        task.task_id: task.predecessors + [source for _, source, _ in bindings(task) if source != task.task_id]
        for task in plan.tasks
    }
    cycle = dag.find_cycle(waits)
    if cycle:
        yield _finding(
            Level.SEMANTICS,
            "dependencies",
            f"tasks wait for each other: {' → '.join(map(str, cycle))}",
            "Remove one of these dependencies.",
            ErrorCode.DEPENDENCY_CYCLE,
        ).model_copy(update={"constraints": [f"{task} waits for {other}" for task, other in pairwise(cycle)]})


def _fillable(plan: ExecutionPlan, _: Surroundings) -> Iterator[Finding]:
    yield from binding_findings(plan.tasks)


def _decidable(plan: ExecutionPlan, _: Surroundings) -> Iterator[Finding]:
    yield from condition_findings(plan.tasks)


def _allowed_tools(plan: ExecutionPlan, around: Surroundings) -> Iterator[Finding]:
    for index, task in enumerate(plan.tasks):
        if task.tool in around.constraints.forbidden_tools:
            yield _finding(
                Level.SEMANTICS,
                f"tasks[{index}].tool",
                f"{task.tool!r} is forbidden by the goal",
                "Use another tool.",
            )
    used = {task.tool for task in plan.tasks}
    for tool in around.constraints.required_tools:
        if tool not in used:
            yield _finding(Level.SEMANTICS, "tasks", f"no task uses {tool!r}, which the goal requires", f"Use {tool}.")


def _allowed_capabilities(plan: ExecutionPlan, around: Surroundings) -> Iterator[Finding]:
    forbidden = set(around.constraints.forbidden_capabilities)
    for index, task in enumerate(plan.tasks):
        if both := forbidden.intersection(task.required_capabilities):
            yield _finding(
                Level.SEMANTICS,
                f"tasks[{index}].required_capabilities",
                f"{sorted(both)} are forbidden by the goal",
                "Do it in a way that needs none of them.",
            )


def _missing_capabilities(plan: ExecutionPlan, around: Surroundings) -> Iterator[Finding]:
    asked = {capability for task in plan.tasks for capability in task.required_capabilities}
    for capability in around.constraints.required_capabilities:
        if capability not in asked:
            yield _finding(
                Level.SEMANTICS,
                "tasks",
                f"no task asks for the capability {capability!r}, which the goal requires",
                f"Name {capability!r} among the required capabilities of the task that needs it.",
            )


def _binding_on_models(plan: ExecutionPlan, around: Surroundings) -> Iterator[Finding]:
    if plan.metadata.strategy == _INVENTIVE:
        yield from unknown_tools(plan, around)
        yield from _missing_capabilities(plan, around)


def unknown_tools(plan: ExecutionPlan, around: Surroundings, but: Collection[str] = ()) -> Iterator[Finding]:
    """A finding for each task whose tool is not registered, `but` for these; none if no tools are registered."""
    for index, task in enumerate(plan.tasks):
        if task.tool and around.tools and task.tool not in around.tools and task.tool not in but:
            yield _finding(
                Level.SEMANTICS,
                f"tasks[{index}].tool",
                f"there is no tool {task.tool!r}",
                f"Use one of: {', '.join(sorted(around.tools)[:20])}; or none.",
            )


def _fitting_arguments(plan: ExecutionPlan, around: Surroundings) -> Iterator[Finding]:
    for index, task in enumerate(plan.tasks):
        tool = around.tools.get(task.tool or "")
        if tool is None or not tool.arguments:
            continue
        for path, message in argument_errors(tool, task.inputs):
            yield _finding(Level.SEMANTICS, f"tasks[{index}].inputs{path}", message, f"See the schema of {tool.name}.")


def _conflict(conflict: Conflict) -> Finding:
    return Finding(
        code=ErrorCode.RESOURCE_EXCEEDED,
        level=Level.FEASIBILITY,
        path=conflict.path,
        message=conflict.message,
        suggestion=conflict.suggestion,
        constraints=list(conflict.constraints),
    )


def _budget(plan: ExecutionPlan, around: Surroundings) -> Iterator[Finding]:
    yield from map(_conflict, budget_conflicts(plan.tasks, around.constraints))


def _enough_at_a_time(plan: ExecutionPlan, around: Surroundings) -> Iterator[Finding]:
    yield from map(_conflict, capacity_conflicts(plan.tasks, around.capacities))


def _deadline(plan: ExecutionPlan, around: Surroundings) -> Iterator[Finding]:
    if not around.standing.has_begun:
        yield from _missed(plan, around)


def _deadline_under_way(plan: ExecutionPlan, around: Surroundings) -> Iterator[Finding]:
    """A plan that is being run and will be late is not helped by having no next version."""
    if around.standing.has_begun:
        yield from _missed(plan, around)


def _missed(plan: ExecutionPlan, around: Surroundings) -> Iterator[Finding]:
    deadline = around.constraints.deadline
    if deadline is None or around.now is None or plan.schedule is None or not _is_orderly(plan):
        return
    left = (as_utc(deadline) - as_utc(around.now)).total_seconds()
    conflict = deadline_conflict(around.standing.of_tasks(plan.tasks), around.capacities, left)
    if conflict is not None:
        yield _conflict(conflict)


def _is_orderly(plan: ExecutionPlan) -> bool:
    """Whether there is an order to speak of: each id once, and only waits for tasks that are there, without a cycle."""
    waits = {task.task_id: task.predecessors for task in plan.tasks}
    known = all(other in waits for others in waits.values() for other in others)
    return known and len(waits) == len(plan.tasks) and not dag.find_cycle(waits)


def _hopeless_timeouts(plan: ExecutionPlan, _: Surroundings) -> Iterator[Finding]:
    yield from map(_conflict, timeout_conflicts(plan.tasks))


def _too_little_by_past_runs(plan: ExecutionPlan, around: Surroundings) -> Iterator[Finding]:
    for conflict in capacity_conflicts(plan.tasks, around.capacities, learned=True):
        suggestion = f"That is what past runs reported. {conflict.suggestion}"
        yield _conflict(conflict).model_copy(update={"suggestion": suggestion})


def _doubtful_otherwise(plan: ExecutionPlan, around: Surroundings) -> Iterator[Finding]:
    if plan.metadata.strategy != _INVENTIVE:
        yield from unknown_tools(plan, around)
        yield from _missing_capabilities(plan, around)


def _doubtful_capabilities(plan: ExecutionPlan, around: Surroundings) -> Iterator[Finding]:
    for index, task in enumerate(plan.tasks):
        wanted = task.required_capabilities and around.agents
        if wanted and not any(agent.can_do(task) for agent in around.agents):
            yield _finding(
                Level.FEASIBILITY,
                f"tasks[{index}].required_capabilities",
                f"no registered agent offers {task.required_capabilities}",
                "Register one before the plan is run.",
                ErrorCode.NO_CAPABLE_AGENT,
            )


def _horizon(plan: ExecutionPlan, around: Surroundings) -> Iterator[Finding]:
    days = around.settings.planning_horizon_days
    if plan.schedule and plan.schedule.finish > days * 86_400:
        yield _finding(
            Level.FEASIBILITY,
            "schedule",
            f"reaches {plan.schedule.finish / 86_400:.0f} days ahead, beyond the horizon of {days:g}",
            "Plan the far part later, or raise planning_horizon_days.",
        )


Check = Callable[[ExecutionPlan, Surroundings], Iterator[Finding]]


def _nobody_to_run_it(plan: ExecutionPlan, around: Surroundings) -> Iterator[Finding]:
    if around.can_run is None:
        return
    missing = [task.task_id for task in plan.tasks if not around.can_run(task)]
    if missing:
        yield _finding(
            Level.FEASIBILITY,
            "tasks",
            f"nobody can run {len(missing)} of {len(plan.tasks)} tasks, the first is {missing[0]!r}",
            "Register a tool, an agent or an executor for them before the plan is run.",
            ErrorCode.NO_EXECUTOR,
        )


ERRORS: tuple[Check, ...] = (
    _size,
    _unique_ids,
    _clean_texts,
    _known_dependencies,
    _no_cycle,
    _fillable,
    _decidable,
    _allowed_tools,
    _allowed_capabilities,
    _binding_on_models,
    _fitting_arguments,
    _budget,
    _enough_at_a_time,
    _deadline,
)
WARNINGS: tuple[Check, ...] = (
    _doubtful_otherwise,
    _doubtful_capabilities,
    _hopeless_timeouts,
    _deadline_under_way,
    _too_little_by_past_runs,
    _horizon,
    _nobody_to_run_it,
)
