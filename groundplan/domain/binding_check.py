"""Whether the bindings of a plan can be filled: well written, to a task of the plan, secrets apart from them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from groundplan.domain.errors import ErrorCode
from groundplan.domain.findings import Finding, Level
from groundplan.domain.outline import BINDING
from groundplan.domain.task import Task

_LOOKS_BOUND = re.compile(r"\$\{([^{}.\[\]\s]{1,200})[.\[][^{}]*\}?")
_PATH = re.compile(r"(?:[A-Za-z0-9_-]+|\[[0-9]+\])(?:\.[A-Za-z0-9_-]+|\[[0-9]+\])*")
_SECRET = "secret://"  # noqa: S105  # the scheme of a reference, no secret
_NAMED_SECRET = re.compile(r"secret://[A-Za-z0-9]")


def binding_findings(tasks: Sequence[Task]) -> Iterator[Finding]:
    """A finding (E5400) for each text in the inputs of a task, or of what undoes it, that cannot be filled."""
    known = {task.task_id for task in tasks}
    for index, task in enumerate(tasks):
        for path, text in texts_in(task.inputs, f"tasks[{index}].inputs"):
            yield from (_finding(path, *wrong) for wrong in _wrong(text, known, but=task.task_id))
        if task.compensation is not None:
            # What undoes a task may need what the task gave.
            for path, text in texts_in(task.compensation.inputs, f"tasks[{index}].compensation.inputs"):
                yield from (_finding(path, *wrong) for wrong in _wrong(text, known))


def texts_in(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every text in a JSON value that has a `${` or a reference to a secret, with its place."""
    pending = [(path, value)]
    while pending:
        place, item = pending.pop()
        if isinstance(item, str):
            if "${" in item or _SECRET in item:
                yield place, item
        elif isinstance(item, Mapping):
            pending += [(f"{place}.{key}", inner) for key, inner in reversed(list(item.items()))]
        elif isinstance(item, list):
            pending += [(f"{place}[{number}]", inner) for number, inner in reversed(list(enumerate(item)))]


def _wrong(text: str, known: Collection[str], but: str | None = None) -> Iterator[tuple[str, str]]:
    """What keeps a text from being filled, each with what to do. It may be bound to those `known`, but not to `but`."""
    for found in _LOOKS_BOUND.finditer(text):
        whole = BINDING.fullmatch(found[0])
        if whole is None or (whole[2] and not _PATH.fullmatch(whole[2])):
            # Any other ${…} is text, such as a variable of a shell.
            if whole is not None or found[1] in known or ".output" in found[0]:
                yield f"has {found[0]!r}, which is no binding", "Write ${TASK.output.path}, as in ${t1.output.rows[0]}."
        elif whole[1] not in known or whole[1] == but:
            yield (
                f"is bound to the output of {whole[1]!r}, which cannot be there",
                "Bind it to a task that comes before.",
            )
    if text.count(_SECRET) > len(_NAMED_SECRET.findall(text)):
        yield "has a secret:// without a name", "Write secret://NAME, as in secret://mail/token."
    elif _SECRET in text and BINDING.search(text):
        yield (
            "has a secret and an output in one text",
            "Put them into inputs of their own: who wrote the output could otherwise shape the secret.",
        )


def _finding(path: str, message: str, suggestion: str) -> Finding:
    return Finding(
        code=ErrorCode.BINDING_INVALID, level=Level.SEMANTICS, path=path, message=message, suggestion=suggestion
    )
