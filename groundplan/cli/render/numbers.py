"""The numbers by which people speak of the tasks of one plan."""

from __future__ import annotations

from collections.abc import Iterable

from groundplan.domain.plan import ExecutionPlan

_MOST_SHOWN = 12


def task_numbers(plan: ExecutionPlan) -> dict[str, int]:
    """1, 2, 3 … by task id, in the plan's own order."""
    return {task.task_id: number for number, task in enumerate(plan.tasks, start=1)}


def number_list(numbers: Iterable[int]) -> str:
    """`1, 2, 5`, with runs of three and more as `3–7`."""
    parts: list[list[int]] = []
    for number in sorted(numbers):
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ", ".join(_run(part) for part in parts)


def path_text(numbers: list[int]) -> str:
    """`1 → 2 → 5`; the middle of a long path is counted, not shown."""
    if len(numbers) <= _MOST_SHOWN:
        return " → ".join(map(str, numbers))
    half = _MOST_SHOWN // 2
    left_out = f"({len(numbers) - 2 * half:,} more)"
    return " → ".join([*map(str, numbers[:half]), left_out, *map(str, numbers[-half:])])


def _run(part: list[int]) -> str:
    return f"{part[0]}–{part[-1]}" if len(part) > 2 else ", ".join(map(str, part))
