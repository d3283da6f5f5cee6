"""What runs recorded, what differs, and what came of repeating one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType

from groundplan.cli.render.plain import plain, short_id, shortened
from groundplan.cli.render.tables import group, line, table

if TYPE_CHECKING:
    from groundplan.domain.diff import PlanDiff
    from groundplan.domain.json_changes import Change
    from groundplan.graph.views import RunView
    from groundplan.service.past_runs import Repeated
    from groundplan.stores.retention import Due

_CELL = 200
_PROMPT_LINES = 40


def recorded_view(view: RunView) -> RenderableType:
    """The run, its state, its ledger, and what models were asked."""
    where = f", up to {view.at}" if view.at else ""
    checkpoints = [
        [f"{shown['step']}", shown["checkpoint_id"], ", ".join(shown["wrote"]), ", ".join(shown["next"])]
        for shown in view.checkpoints
    ]
    return group(
        line("Run ", (str(view.run["run_id"]), "bold"), f" ({view.kind}){where}"),
        line("SHA-256 ", view.sha256),
        table(["Step", "Checkpoint", "~Wrote", "~Next"], checkpoints, right=["Step"]) if checkpoints else None,
        table(["Channel", "~Value"], [[name, _short(value)] for name, value in view.state.items()])
        if view.state
        else None,
        ledger_table(view.ledger) if view.ledger else None,
        *[part for answer in view.answers for part in _answer(answer)],
    )


def ledger_table(lines: Sequence[Mapping[str, Any]]) -> RenderableType:
    """The lines of a ledger, by number."""
    rows = [
        [
            f"{entry['entry']}",
            short_id(entry["task_id"]),
            f"{entry['attempt']}",
            entry["kind"].replace("_", " "),
            f"{datetime.fromisoformat(entry['at']):%H:%M:%S.%f}"[:-3],
            _told(entry),
        ]
        for entry in lines
    ]
    return table(["Line", "Task", "Attempt", "Kind", "At (UTC)", "~What"], rows, right=["Line", "Attempt"])


def _told(entry: Mapping[str, Any]) -> str:
    if "error" in entry:
        return shortened(str(entry["error"].get("message", "")), _CELL)
    value = entry.get("output", entry.get("arguments"))
    return "" if value is None else _short(value)


def _answer(answer: Mapping[str, Any]) -> list[RenderableType]:
    asked = [part for message in answer.get("prompt", ()) for part in _said(message["role"], message["content"])]
    return [line(("A model was asked ", "yellow"), answer["model"]), *asked, *_said("answer", answer["text"])]


def _said(role: str, text: str) -> list[RenderableType]:
    lines = text.splitlines()
    shown = [line("    ", plain(part)) for part in lines[:_PROMPT_LINES]]
    more = [line(f"    … and {len(lines) - _PROMPT_LINES} more lines")] if len(lines) > _PROMPT_LINES else []
    return [line((f"  {role}:", "bold")), *shown, *more]


def changes_table(changes: Sequence[Change]) -> RenderableType:
    """Each place that differs, before and after."""
    if not changes:
        return line("Nothing differs.")
    rows = [
        [
            change.path,
            "" if change.kind.value == "added" else _short(change.before),
            "" if change.kind.value == "removed" else _short(change.after),
        ]
        for change in changes
    ]
    return table(["~Where", "~Before", "~After"], rows)


def plan_diff_table(diff: PlanDiff) -> RenderableType:
    """Tasks that came, went, or were planned otherwise."""
    rows = [[task_id, "", "", "new task"] for task_id in diff.added]
    rows += [[task_id, "", "removed", ""] for task_id in diff.removed]
    for task_id, fields in diff.changed.items():
        rows += [[task_id, name, _short(before), _short(after)] for name, (before, after) in fields.items()]
    return table(["Task", "Field", "~Before", "~After"], rows) if rows else line("Nothing differs.")


def repeated_view(done: Repeated) -> RenderableType:
    """The new run, and its plan or what came of the tasks."""
    from groundplan.cli.render.plan_view import plan_view
    from groundplan.cli.render.run_views import result_view

    return group(
        line("Run ", (done.run_id, "bold"), f" repeats {done.forked_from}"),
        plan_view(done.plan, None) if done.plan is not None else None,
        result_view(done.result) if done.result is not None else None,
    )


def pruned_view(gone: Due, *, dry_run: bool) -> RenderableType:
    """How much went, or would."""
    if not gone:
        return line("Nothing is that old.")
    verb = "would go" if dry_run else "went"
    return line(
        f"{len(gone.executions)} runs of plans, {len(gone.plannings)} planning runs, {len(gone.plans)} plans {verb}."
    )


def _short(value: Any) -> str:
    return shortened(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str), _CELL)
