"""Which risks a plan carries, by rules over its structure, schedule and words.

Each rule is one function from the plan's `Outlook` to risks; `RULES` lists them all. The score of a risk is
probability times impact; the probabilities are judgements, said with what was seen as evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from groundplan.domain.agents import AgentCapability
from groundplan.domain.dependency_graph import DependencyGraph
from groundplan.domain.goal import GoalConstraints
from groundplan.domain.irreversible import effect_of, texts_in, vouched_for
from groundplan.domain.resources import ResourceEstimate
from groundplan.domain.risk import Impact, Risk, RiskCategory
from groundplan.domain.risk_words import OUTSIDE, SECRET, mention
from groundplan.domain.sanitizer import Policy, find_refusal
from groundplan.domain.schedule import Schedule
from groundplan.domain.scheduling import probability_of_lateness
from groundplan.domain.settings import PlannerSettings
from groundplan.domain.task import Task
from groundplan.domain.tools import ToolSpec


@dataclass(frozen=True)
class Outlook:
    """What the rules look at. `seconds_left` is the time until the deadline, if there is one.

    What stands in `goal_text` was judged with the goal, under the policy chosen for it.
    """

    plan_id: str
    tasks: Sequence[Task]
    graph: DependencyGraph
    estimates: Mapping[str, ResourceEstimate]
    schedule: Schedule
    constraints: GoalConstraints
    tools: Mapping[str, ToolSpec]
    agents: Sequence[AgentCapability]
    seconds_left: float | None = None
    goal_text: str = ""

    @cached_property
    def by_id(self) -> Mapping[str, Task]:
        return {task.task_id: task for task in self.tasks}


UNCHECKED_EFFECT = "irreversible-effect"
HOSTILE_INPUT = "hostile-input"
_DECIDED_BY_PEOPLE = frozenset({UNCHECKED_EFFECT, HOSTILE_INPUT})
"""The rules whose risks a person decides on however likely they are."""
_PLAIN_IN_INPUTS = frozenset({"empty", "too_long", "sql_query"})
"""What the sanitizer refuses in prose, and what tools are given every day."""
_FAN_IN = 4
_LONG_SHARE = 0.5
_NEARLY = 0.8
_WIDE = 30.0
"""An estimate is wide when the pessimistic value is over so many times the optimistic one."""


def assess_risks(outlook: Outlook) -> list[Risk]:
    """Every risk that the rules see, the gravest first."""
    found = [risk for rule in RULES for risk in rule(outlook)]
    numbered = [
        risk.model_copy(update={"risk_id": f"{outlook.plan_id.replace('-', '')[:12]}-r{number}"})
        for number, risk in enumerate(found, start=1)
    ]
    return sorted(numbered, key=lambda risk: -risk.score)


def approval_reasons(risks: Sequence[Risk], expected_cost: float, settings: PlannerSettings) -> list[str]:
    """Why a person should decide on the plan; empty if it may pass by itself."""
    over = [
        f"{risk.description} (probability {risk.probability:.2f}, impact {risk.impact.value})"
        for risk in risks
        if _needs_a_person(risk, settings)
    ]
    limit = settings.approval_cost_limit
    if limit is not None and expected_cost > limit:
        over.append(f"expected cost {expected_cost:.2f} is over the limit of {limit:.2f}")
    if not over and not settings.auto_approve_low_risk_plans:
        over.append("every plan is decided on by a person")
    return over


def unknown_cost_reasons(unknown: int, *limits: float | None) -> list[str]:
    """Why a person should decide on a plan of whose tasks `unknown` have no known cost, if money is limited at all."""
    given = [limit for limit in limits if limit is not None]
    if not unknown or not given:
        return []
    return [f"the cost of {unknown} task(s) is not known, and the limit is {min(given):.2f}"]


def _needs_a_person(risk: Risk, settings: PlannerSettings) -> bool:
    # How likely harm is was guessed; that nobody looked before what cannot be undone was not.
    least = 0.0 if risk.rule in _DECIDED_BY_PEOPLE else settings.risk_threshold_probability
    return risk.over(least, settings.risk_threshold_impact)


def _irreversible(outlook: Outlook) -> Iterator[Risk]:
    for task in outlook.tasks:
        effect = effect_of(task, outlook.tools.get(task.tool or ""))
        if effect is None:
            continue
        checked = vouched_for(task, outlook.by_id, acts=effect.acts)
        yield Risk(
            rule="checked-effect" if checked else UNCHECKED_EFFECT,
            category=RiskCategory.TECHNICAL if effect.grave else RiskCategory.EXTERNAL,
            description=f"{task.name!r} cannot be taken back" + (", though checked before" if checked else ""),
            probability=0.3 if checked else 0.7,
            impact=Impact.HIGH if effect.grave else Impact.MEDIUM,
            task_ids=[task.task_id],
            evidence=effect.evidence,
            mitigations=["Add a check or an approval of the same thing right before it.", "Give it a compensation."],
        )


def _hostile_inputs(outlook: Outlook) -> Iterator[Risk]:
    for task in outlook.tasks:
        seen = _refused_input(task, outlook.goal_text)
        if seen:
            yield Risk(
                rule=HOSTILE_INPUT,
                category=RiskCategory.TECHNICAL,
                description=f"An input of {task.name!r} looks like an attack",
                probability=0.7,
                impact=Impact.HIGH,
                task_ids=[task.task_id],
                evidence=f"the rule {seen!r} of the sanitizer, and the goal does not say it",
                mitigations=["Look at the inputs before the task runs.", "Say in the goal what is to be run."],
            )


def _refused_input(task: Task, goal_text: str) -> str | None:
    for text in texts_in(task.inputs):
        refusal = find_refusal(text, Policy.PROSE) if text not in goal_text else None
        if refusal is not None and refusal.rule not in _PLAIN_IN_INPUTS:
            return refusal.rule
    return None


def _secrets(outlook: Outlook) -> Iterator[Risk]:
    for task in outlook.tasks:
        tool = outlook.tools.get(task.tool or "")
        bound = "secret://" in repr(task.inputs) or bool(tool and tool.uses_secrets)
        words = mention(SECRET, f"{task.name} {task.description}")
        if not bound and not words:
            continue
        unchecked = 0.7 if bound else 0.5
        yield Risk(
            rule="secret-in-use",
            category=RiskCategory.TECHNICAL,
            description=f"{task.name!r} handles secrets",
            probability=0.4 if vouched_for(task, outlook.by_id, acts=bound) else unchecked,
            impact=Impact.HIGH,
            task_ids=[task.task_id],
            evidence=f"mentions {words!r}" if words else "its tool or its inputs use secrets",
            mitigations=["Pass secrets as secret:// references only.", "Check or approve it before it runs."],
        )


def _outside(outlook: Outlook) -> Iterator[Risk]:
    hits = [(task, words) for task in outlook.tasks if (words := mention(OUTSIDE, task.name))]
    if hits:
        yield Risk(
            rule="outside-dependency",
            category=RiskCategory.EXTERNAL,
            description=f"{len(hits)} task(s) depend on somebody or something outside",
            probability=min(0.3 + 0.1 * (len(hits) - 1), 0.6),
            impact=Impact.MEDIUM,
            task_ids=[task.task_id for task, _ in hits],
            evidence=", ".join(dict.fromkeys(words for _, words in hits)),
            mitigations=["Agree on a date and a fallback.", "Start these tasks as early as their order allows."],
        )


def _integration(outlook: Outlook) -> Iterator[Risk]:
    for task in outlook.tasks:
        before = len(task.predecessors)
        if before >= _FAN_IN:
            yield Risk(
                rule="fan-in",
                category=RiskCategory.INTEGRATION,
                description=f"{task.name!r} brings {before} results together",
                probability=min(0.2 + 0.05 * before, 0.65),
                impact=Impact.MEDIUM,
                task_ids=[task.task_id],
                evidence=f"{before} predecessors",
                mitigations=["Integrate in smaller steps.", "Check each result before they meet."],
            )


def _deadline(outlook: Outlook) -> Iterator[Risk]:
    if outlook.seconds_left is None:
        return
    late = probability_of_lateness(outlook.schedule, outlook.seconds_left)
    if late >= 0.05:
        yield Risk(
            rule="deadline",
            category=RiskCategory.TIMELINE,
            description="The deadline may be missed",
            probability=round(min(late, 1.0), 2),
            impact=Impact.HIGH,
            task_ids=list(outlook.schedule.critical_path),
            evidence=f"{outlook.seconds_left:.0f} s left, mean {outlook.schedule.makespan:.0f} s, "
            f"standard deviation {outlook.schedule.std:.0f} s",
            mitigations=[
                "Shorten or split tasks of the critical path.",
                "Drop optional tasks.",
                "Move the deadline.",
            ],
        )


def _no_slack(outlook: Outlook) -> Iterator[Risk]:
    critical = len(outlook.schedule.critical_path)
    if critical >= 6 and critical >= 0.8 * len(outlook.tasks):
        yield Risk(
            rule="no-slack",
            category=RiskCategory.TIMELINE,
            description="Nearly every task is on the critical path: any delay delays the plan",
            probability=0.4,
            impact=Impact.LOW,
            task_ids=list(outlook.schedule.critical_path),
            evidence=f"{critical} of {len(outlook.tasks)} tasks without slack",
            mitigations=["See which tasks need not wait for each other.", "Plan a buffer."],
        )


def _long_task(outlook: Outlook) -> Iterator[Risk]:
    if len(outlook.tasks) < 4:
        return
    for task_id in outlook.schedule.critical_path:
        mean = outlook.estimates[task_id].duration.mean
        if mean > _LONG_SHARE * outlook.schedule.makespan:
            yield Risk(
                rule="long-task",
                category=RiskCategory.TIMELINE,
                description="One task takes more than half of the plan's time",
                probability=0.4,
                impact=Impact.MEDIUM,
                task_ids=[task_id],
                evidence=f"{mean:.0f} s of {outlook.schedule.makespan:.0f} s",
                mitigations=["Split it, so that progress shows earlier."],
            )


def _uncertain(outlook: Outlook) -> Iterator[Risk]:
    wide = [
        task_id
        for task_id in outlook.schedule.critical_path
        if outlook.estimates[task_id].duration.optimistic > 0
        and outlook.estimates[task_id].duration.pessimistic > _WIDE * outlook.estimates[task_id].duration.optimistic
    ]
    if wide:
        yield Risk(
            rule="uncertain-estimate",
            category=RiskCategory.TIMELINE,
            description=f"The length of {len(wide)} critical task(s) is hardly known",
            probability=0.4,
            impact=Impact.LOW,
            task_ids=wide,
            evidence=f"pessimistic over {_WIDE:.0f} times optimistic",
            mitigations=["Ask somebody who did it before.", "Do a small part of it first."],
        )


def _single_agent(outlook: Outlook) -> Iterator[Risk]:
    alone: dict[str, list[str]] = {}
    for task in outlook.tasks if outlook.agents else ():
        capable = [agent.agent_id for agent in outlook.agents if agent.can_do(task)]
        if task.required_capabilities and len(capable) <= 1:
            alone.setdefault(capable[0] if capable else "", []).append(task.task_id)
    for who, task_ids in alone.items():
        nobody = who == ""
        yield Risk(
            rule="single-agent",
            category=RiskCategory.RESOURCE,
            description=f"{'Nobody' if nobody else f'Only {who!r}'} can do {len(task_ids)} task(s)",
            probability=0.8 if nobody else 0.3,
            impact=Impact.HIGH if nobody else Impact.MEDIUM,
            task_ids=task_ids,
            evidence="capabilities of the registered agents",
            mitigations=["Register another agent with these capabilities."],
        )


def _unknown_tool(outlook: Outlook) -> Iterator[Risk]:
    unknown = [task for task in outlook.tasks if task.tool and task.tool not in outlook.tools]
    if unknown and outlook.tools:
        yield Risk(
            rule="unknown-tool",
            category=RiskCategory.TECHNICAL,
            description=f"{len(unknown)} task(s) name a tool that is not registered",
            probability=0.6,
            impact=Impact.MEDIUM,
            task_ids=[task.task_id for task in unknown],
            evidence=", ".join(sorted({task.tool for task in unknown if task.tool})),
            mitigations=["Register the tool, or name another one."],
        )


def _budget(outlook: Outlook) -> Iterator[Risk]:
    for what, limit in (("cost", outlook.constraints.max_cost), ("tokens", outlook.constraints.max_tokens)):
        needs = {task_id: getattr(estimate, what).mean for task_id, estimate in outlook.estimates.items()}
        expected = sum(needs.values())
        if limit is None or expected <= _NEARLY * limit:
            continue
        fits = expected <= limit
        yield Risk(
            rule="budget",
            category=RiskCategory.RESOURCE,
            description=f"Expected {what} {'come close to' if fits else 'go beyond'} the goal's limit",
            probability=0.5 if fits else 0.9,
            impact=Impact.HIGH,
            task_ids=[task_id for task_id, need in needs.items() if need > 0],
            evidence=f"expected {expected:.2f} of {limit:.2f} {what}",
            mitigations=["Use a cheaper model or tool.", "Raise the budget."],
        )


def _vague(outlook: Outlook) -> Iterator[Risk]:
    vague = [task.task_id for task in outlook.tasks if not task.success_criteria]
    if vague and not outlook.constraints.success_criteria and len(vague) > 0.5 * len(outlook.tasks):
        yield Risk(
            rule="vague-success",
            category=RiskCategory.TECHNICAL,
            description="Most tasks do not say when they are done well",
            probability=0.3,
            impact=Impact.LOW,
            task_ids=vague,
            evidence=f"{len(vague)} of {len(outlook.tasks)} without success criteria",
            mitigations=["Add success criteria to the goal or its tasks."],
        )


RULES: tuple[Callable[[Outlook], Iterator[Risk]], ...] = (
    _irreversible,
    _hostile_inputs,
    _secrets,
    _outside,
    _integration,
    _deadline,
    _no_slack,
    _long_task,
    _uncertain,
    _single_agent,
    _unknown_tool,
    _budget,
    _vague,
)
