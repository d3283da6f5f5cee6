"""From a model's operations on numbered steps to a patch by task ids, or to errors that the model can mend.

What the model may not do, whatever it answers: touch a step that is over, leave out a required one (unless a person
asked for another plan), take waits, conditions, capabilities or success criteria from a step, call what a tool does by
another name (risks are read off names), or hand a secret to a tool that it was not declared for.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from groundplan.decomposition.quoting import as_shown, one_line
from groundplan.decomposition.replan_answer import Action, AnsweredChange
from groundplan.decomposition.replan_material import PlanView
from groundplan.domain.ids import TaskId
from groundplan.domain.outline import rebind
from groundplan.domain.patch import PlanPatch, apply_patch
from groundplan.domain.replan_rules import retargeted
from groundplan.domain.resources import GIVEN, ResourceEstimate, ThreePoint
from groundplan.domain.task import Task, TaskDependency, TaskType
from groundplan.domain.tools import ToolSpec

_SECRET = "secret://"  # noqa: S105  # the scheme of a reference, no secret


@dataclass(frozen=True)
class Offer:
    """What changes may use: tools by name, capabilities, and whether a required step may be left out."""

    tools: Mapping[str, ToolSpec]
    capabilities: Collection[str] = ()
    may_drop_required: bool = False


@dataclass
class PatchReading:
    """The patch that came of the operations, what was passed over, and what is wrong with them."""

    patch: PlanPatch = field(default_factory=PlanPatch)
    mended: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def patch_from(changes: Sequence[AnsweredChange], view: PlanView, offer: Offer) -> PatchReading:
    """What the operations make of the plan; they are judged together, so that all errors are told at once."""
    reading = PatchReading()
    sorted_out = _Sorted.of(changes, view, reading)
    ids = {number: TaskId(task.task_id) for task, number in _numbered(view)} | sorted_out.new_ids(view)
    remove = _removed(sorted_out.drop, view, offer, reading)
    gone = set(remove)
    waits = {task.task_id: task.dependencies for task in apply_patch(view.plan.tasks, PlanPatch(remove=remove))}
    change: dict[str, dict[str, Any]] = {}
    rewire: dict[str, list[TaskDependency]] = {}
    for number, answered in sorted_out.replace.items():
        task = view.tasks[number - 1]
        fields = _changed(task, answered, ids, offer, reading)
        more = [wait for wait in _waits(answered, ids, gone) if wait.task_id not in {*task.predecessors, task.task_id}]
        if fields:
            change[task.task_id] = fields
        if more:
            rewire[task.task_id] = [*waits[task.task_id], *more]
        if not fields and not more:
            reading.mended.append(f"step {number} was said again as it is")
    add = [
        _added(answered, ids[number], ids, gone, view, offer, reading) for number, answered in sorted_out.add.items()
    ]
    reading.patch = PlanPatch(remove=remove, change=change, add=add, rewire=rewire)
    _check_whole(reading, view, offer)
    return reading


@dataclass
class _Sorted:
    """The operations by what they are about: numbers of steps of the plan, and of new ones."""

    replace: dict[int, AnsweredChange] = field(default_factory=dict)
    drop: list[int] = field(default_factory=list)
    add: dict[int, AnsweredChange] = field(default_factory=dict)

    @classmethod
    def of(cls, changes: Iterable[AnsweredChange], view: PlanView, reading: PatchReading) -> _Sorted:
        made, last = cls(), len(view.tasks)
        failed = {view.number[task.task_id] for task in view.failed}
        for answered in changes:
            number, exists = answered.number, 1 <= answered.number <= last
            if exists and view.is_over(view.tasks[number - 1]) and answered.action is not Action.ADD:
                reading.mended.append(f"step {number} is over and stays as it is")
            elif exists and (answered.action is Action.REPLACE or (answered.action is Action.ADD and number in failed)):
                made.replace.setdefault(number, answered)
            elif answered.action is Action.DROP and exists:
                made.drop.append(number)
            elif answered.action in (Action.ADD, Action.REPLACE):
                made._add(answered, last)
        for number in made.drop:
            made.replace.pop(number, None)
        return made

    def _add(self, answered: AnsweredChange, last: int) -> None:
        number = answered.number
        if number <= last or number in self.add:
            number = max([last, *self.add]) + 1
        self.add[number] = answered

    def new_ids(self, view: PlanView) -> dict[int, TaskId]:
        """Ids for the new steps that no version of the plan has used."""
        prefix = f"{view.plan.plan_id.replace('-', '')[:12]}-v{view.plan.version + 1}"
        return {number: TaskId(f"{prefix}-{place}") for place, number in enumerate(self.add, start=1)}


def _numbered(view: PlanView) -> list[tuple[Task, int]]:
    return [(task, number) for number, task in enumerate(view.tasks, start=1)]


def _removed(numbers: Iterable[int], view: PlanView, offer: Offer, reading: PatchReading) -> list[str]:
    remove = []
    for number in dict.fromkeys(numbers):
        task = view.tasks[number - 1]
        if task.optional or offer.may_drop_required:
            remove.append(task.task_id)
        else:
            reading.errors.append(f"Step {number} is required and cannot be dropped. Replace it, or leave it out here.")
    return remove


def _changed(
    task: Task, answered: AnsweredChange, ids: Mapping[int, TaskId], offer: Offer, reading: PatchReading
) -> dict[str, Any]:
    """The fields in which the step is to be another one."""
    fields: dict[str, Any] = {}
    name, inputs = one_line(answered.name), _bound(_unmasked(answered.inputs, task), ids)
    if answered.tool is not None and answered.tool != task.tool:
        tool = offer.tools.get(answered.tool)
        if tool is None:
            reading.errors.append(_no_tool(answered, offer))
            return {}
        fields |= retargeted(task, tool, [other for other in task.alternatives if other != tool.name])
        fields["task_type"] = TaskType.TOOL_CALL.value
    if name and name != task.name and (task.tool is None or "tool" in fields):
        fields |= {"name": name, "description": one_line(answered.description)}
    if inputs and inputs != task.inputs:
        fields["inputs"] = inputs
    _check_secrets(task, fields, answered.number, reading)
    return fields


def _unmasked(inputs: dict[str, Any], task: Task) -> dict[str, Any]:
    """The inputs; of those that the model said again just as it was shown them, what they are."""
    shown: dict[str, Any] = {name: as_shown({name: value}).get(name) for name, value in task.inputs.items()}
    said_again = {name for name, value in inputs.items() if name in shown and value == shown[name]}
    return inputs | {name: task.inputs[name] for name in said_again}


def _check_secrets(task: Task, fields: Mapping[str, Any], number: int, reading: PatchReading) -> None:
    """A secret goes only to the tool that it was planned for, or one that the step's author named as its like."""
    used = fields.get("inputs", task.inputs)
    retargets = "tool" in fields and fields["tool"] not in task.alternatives
    if _secrets(used) and (retargets or not _secrets(used) <= _secrets(task.inputs)):
        reading.errors.append(f"Step {number} would use a secret in a way that was not planned. Do it without.")


def _added(
    answered: AnsweredChange,
    task_id: str,
    ids: Mapping[int, TaskId],
    gone: Collection[str],
    view: PlanView,
    offer: Offer,
    reading: PatchReading,
) -> Task:
    number = answered.number
    if answered.tool is not None and answered.tool not in offer.tools:
        reading.errors.append(_no_tool(answered, offer))
    if not one_line(answered.name):
        reading.errors.append(f"Step {number} is new and has no name.")
    inputs = _bound(answered.inputs, ids)
    if _secrets(inputs):
        reading.errors.append(f"Step {number} is new and cannot use a secret. Do it without.")
    tool = offer.tools.get(answered.tool or "")
    return Task(
        task_id=task_id,
        name=one_line(answered.name) or f"Step {number}",
        description=one_line(answered.description),
        phase=one_line(answered.phase),
        task_type=TaskType.TOOL_CALL if tool else TaskType.ATOMIC,
        tool=tool.name if tool else None,
        inputs=inputs,
        dependencies=[wait for wait in _waits(answered, ids, gone) if wait.task_id != task_id],
        resource_estimate=_estimate(answered.minutes * 60),
        success_criteria=[one_line(answered.success)] if answered.success.strip() else [],
        required_capabilities=[one for one in dict.fromkeys(answered.capabilities) if one in offer.capabilities],
        irreversible=bool(tool and tool.irreversible),
        created_at=view.plan.created_at,
    )


def _check_whole(reading: PatchReading, view: PlanView, offer: Offer) -> None:
    """What the operations as a whole lack: another way for each required step that failed, and something to do."""
    patch, added = reading.patch, {task.task_id for task in reading.patch.add}
    for task in view.failed:
        if task.task_id in patch.remove or task.optional:
            continue
        if not _is_another_way(task, patch, added):
            number = view.number[task.task_id]
            reading.errors.append(
                f"Step {number} failed and would be done the same way again. Replace it: another tool, other inputs, "
                f"or after a new step that removes the cause."
            )
    required = {task.task_id for task in view.plan.tasks if not task.optional}
    if offer.may_drop_required and required & set(patch.remove) and not patch.add:
        reading.errors.append("It drops required steps and adds none that take their place.")
    if patch.is_empty and not reading.errors:
        reading.errors.append("It changes nothing.")


def _is_another_way(task: Task, patch: PlanPatch, added: Collection[str]) -> bool:
    fields = patch.change.get(task.task_id, {})
    if fields.keys() & {"tool", "inputs"} or (task.tool is None and "name" in fields):
        return True
    return any(wait.task_id in added for wait in patch.rewire.get(task.task_id, ()))


def _waits(answered: AnsweredChange, ids: Mapping[int, TaskId], gone: Collection[str]) -> list[TaskDependency]:
    """Waits for the steps of these numbers that there are and stay; others are passed over."""
    known = [ids[number] for number in dict.fromkeys(answered.depends_on) if number in ids]
    return [TaskDependency(task_id=task_id) for task_id in known if task_id not in gone]


def _bound(inputs: dict[str, Any], ids: Mapping[int, TaskId]) -> dict[str, Any]:
    bound: dict[str, Any] = rebind(inputs, {str(number): task_id for number, task_id in ids.items()})
    return bound


def _secrets(inputs: Mapping[str, Any]) -> set[str]:
    """The parts of a text after which a secret is named, wherever in the inputs."""
    text = json.dumps(inputs, ensure_ascii=False, default=str).lower()
    return {part.split('"')[0] for part in text.split(_SECRET)[1:]}


def _estimate(likely: float) -> ResourceEstimate | None:
    if likely <= 0:
        return None
    return ResourceEstimate(duration=ThreePoint(likely * 0.5, likely, likely * 2), basis=GIVEN)


def _no_tool(answered: AnsweredChange, offer: Offer) -> str:
    offered = ", ".join(sorted(offer.tools)) or "there are none, use null"
    return f"Step {answered.number}: there is no tool {one_line(answered.tool or '')[:80]!r}. Tools: {offered}."
