"""Technical risks: effects that cannot be undone, hostile inputs, secrets, tools, vague aims."""

from __future__ import annotations

from collections.abc import Iterator

from groundplan.domain.irreversible import effect_of, texts_in, vouched_for
from groundplan.domain.mitigation.offers import APPROVAL, CHECK, FALLBACK, RETRY, advice
from groundplan.domain.risk import Impact, Risk, RiskCategory
from groundplan.domain.risk_rules.outlook import Outlook
from groundplan.domain.risk_words import SECRET, mention
from groundplan.domain.sanitizer import Policy, find_refusal
from groundplan.domain.task import Task

UNCHECKED_EFFECT = "irreversible-effect"
HOSTILE_INPUT = "hostile-input"
_PLAIN_IN_INPUTS = frozenset({"empty", "too_long", "sql_query"})
"""What the sanitizer refuses in prose, and what tools are given every day."""


def irreversible_effect(outlook: Outlook) -> Iterator[Risk]:
    """A task's effect cannot be taken back; less likely to do harm where the same thing is checked right before it."""
    for task in outlook.tasks:
        effect = effect_of(task, outlook.tools.get(task.tool or ""))
        if effect is None:
            continue
        checked = vouched_for(task, outlook.by_id, acts=effect.acts)
        yield Risk(
            risk_id=outlook.id_of(UNCHECKED_EFFECT, task.task_id),
            rule="checked-effect" if checked else UNCHECKED_EFFECT,
            category=RiskCategory.TECHNICAL if effect.grave else RiskCategory.EXTERNAL,
            description=f"{task.name!r} cannot be taken back" + (", though checked before" if checked else ""),
            probability=0.3 if checked else 0.7,
            impact=Impact.HIGH if effect.grave else Impact.MEDIUM,
            task_ids=[task.task_id],
            evidence=effect.evidence,
            mitigations=[APPROVAL, CHECK, advice("Give it a compensation.")],
        )


def hostile_input(outlook: Outlook) -> Iterator[Risk]:
    """A text in the inputs breaks the sanitizer's rules for prose, and the goal does not say it."""
    for task in outlook.tasks:
        seen = _refused_input(task, outlook.goal_text)
        if seen:
            yield Risk(
                risk_id=outlook.id_of(HOSTILE_INPUT, task.task_id),
                rule=HOSTILE_INPUT,
                category=RiskCategory.TECHNICAL,
                description=f"An input of {task.name!r} looks like an attack",
                probability=0.7,
                impact=Impact.HIGH,
                task_ids=[task.task_id],
                evidence=f"the rule {seen!r} of the sanitizer, and the goal does not say it",
                mitigations=[APPROVAL, CHECK, advice("Say in the goal what is to be run.")],
            )


def _refused_input(task: Task, goal_text: str) -> str | None:
    for text in texts_in(task.inputs):
        is_harmless = text.isdecimal() or text in goal_text
        refusal = None if is_harmless else find_refusal(text, Policy.PROSE)
        if refusal is not None and refusal.rule not in _PLAIN_IN_INPUTS:
            return refusal.rule
    return None


def secret_in_use(outlook: Outlook) -> Iterator[Risk]:
    """A task handles secrets: by its tool, its inputs, or its words."""
    for task in outlook.tasks:
        tool = outlook.tools.get(task.tool or "")
        bound = "secret://" in repr(task.inputs) or bool(tool and tool.uses_secrets)
        words = mention(SECRET, f"{task.name} {task.description}")
        if not bound and not words:
            continue
        unchecked = 0.7 if bound else 0.5
        yield Risk(
            risk_id=outlook.id_of("secret-in-use", task.task_id),
            rule="secret-in-use",
            category=RiskCategory.TECHNICAL,
            description=f"{task.name!r} handles secrets",
            probability=0.4 if vouched_for(task, outlook.by_id, acts=bound) else unchecked,
            impact=Impact.HIGH,
            task_ids=[task.task_id],
            evidence=f"mentions {words!r}" if words else "its tool or its inputs use secrets",
            mitigations=[CHECK, APPROVAL, advice("Pass secrets as secret:// references only.")],
        )


def unknown_tool(outlook: Outlook) -> Iterator[Risk]:
    """Tasks name a tool that is not registered, where tools are."""
    unknown = [task for task in outlook.tasks if task.tool and task.tool not in outlook.tools]
    if unknown and outlook.tools:
        yield Risk(
            risk_id=outlook.id_of("unknown-tool"),
            rule="unknown-tool",
            category=RiskCategory.TECHNICAL,
            description=f"{len(unknown)} task(s) name a tool that is not registered",
            probability=0.6,
            impact=Impact.MEDIUM,
            task_ids=[task.task_id for task in unknown],
            evidence=", ".join(sorted({task.tool for task in unknown if task.tool})),
            mitigations=[FALLBACK, advice("Register the tool, or name another one.")],
        )


def untested_tool(outlook: Outlook) -> Iterator[Risk]:
    """Tasks use a tool with which no task was ever completed; not where nothing is known of the past."""
    proven = outlook.proven_tools
    new = [task for task in outlook.tasks if task.tool in outlook.tools and task.tool not in proven] if proven else []
    if new:
        yield Risk(
            risk_id=outlook.id_of("untested-tool"),
            rule="untested-tool",
            category=RiskCategory.TECHNICAL,
            description=f"{len(new)} task(s) use a tool that never completed one",
            probability=0.4,
            impact=Impact.MEDIUM,
            task_ids=[task.task_id for task in new],
            evidence=f"no completed task with {', '.join(sorted({task.tool for task in new if task.tool}))}",
            mitigations=[CHECK, RETRY, FALLBACK],
        )


def vague_success(outlook: Outlook) -> Iterator[Risk]:
    """Most tasks, and the goal, do not say when they are done well."""
    vague = [task.task_id for task in outlook.tasks if not task.success_criteria]
    if vague and not outlook.constraints.success_criteria and len(vague) > 0.5 * len(outlook.tasks):
        yield Risk(
            risk_id=outlook.id_of("vague-success"),
            rule="vague-success",
            category=RiskCategory.TECHNICAL,
            description="Most tasks do not say when they are done well",
            probability=0.3,
            impact=Impact.LOW,
            task_ids=vague,
            evidence=f"{len(vague)} of {len(outlook.tasks)} without success criteria",
            mitigations=[advice("Add success criteria to the goal or its tasks.")],
        )
