"""Putting values in the place of references, for one call."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.masking import Masker
from groundplan.domain.outline import BINDING
from groundplan.domain.task import Task
from groundplan.execution.access import EVERYTHING, AccessPolicy
from groundplan.execution.secrets.providers import SecretProvider, is_name

REFERENCE = re.compile(r"secret://([A-Za-z0-9][A-Za-z0-9_./-]*[A-Za-z0-9](?:#[A-Za-z0-9_.-]+)?|[A-Za-z0-9])")
"""`secret://NAME`, alone or inside of other text (`Bearer secret://mail/token`)."""


class RevealedSecrets:
    """The `Secrets` of a service: values from a provider, for tasks that the policy lets have them.

    Only references that the plan itself has are resolved: one that comes in through a binding, from the output of a
    task, stays text, because whoever wrote that output must not choose which secrets are read.
    """

    def __init__(self, provider: SecretProvider, access: AccessPolicy = EVERYTHING) -> None:
        self._provider = provider
        self._access = access

    async def reveal(self, task: Task, inputs: Mapping[str, Any]) -> tuple[Mapping[str, Any], Masker]:
        """The inputs with every reference replaced, and what masks those values from then on.

        Raises:
            PlanningError: E5401 for a secret that no provider knows, E5403 for one that the task must not have.
        """
        planned = set(REFERENCE.findall(_text_of(task.inputs)))
        values: dict[str, str] = {}
        for name in sorted(planned):
            self._access.check_secret(task, name)
            value = await self._value(task, name)
            if not value:
                raise _missing(task, name)
            values[name] = value
        revealed = {name: _revealed(task, task.inputs.get(name), value, values) for name, value in inputs.items()}
        return revealed, Masker(values.values())

    async def _value(self, task: Task, name: str) -> str | None:
        if not is_name(name.partition("#")[0]):
            raise _no_name(task, name)
        try:
            return await self._provider.get(name)
        except PlanningError:
            raise
        except Exception as error:  # noqa: BLE001  # what a provider's client says may hold the value, or the key to it
            raise _unavailable(task, name, type(error).__name__) from None


def _text_of(value: Any) -> str:
    """Every text in a JSON value, one after the other."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return "\n".join(_text_of(item) for item in value.values())
    if isinstance(value, list | tuple):
        return "\n".join(_text_of(item) for item in value)
    return ""


def _revealed(task: Task, planned: Any, bound: Any, values: Mapping[str, str]) -> Any:
    """The bound value with the references replaced that the plan has at the same place."""
    if isinstance(planned, str):
        if not REFERENCE.search(planned):
            return bound
        if BINDING.search(planned):
            raise _mixed(task, planned)
        return REFERENCE.sub(lambda found: values[found[1]], planned)
    if isinstance(planned, Mapping) and isinstance(bound, Mapping):
        return {key: _revealed(task, planned.get(key), item, values) for key, item in bound.items()}
    if isinstance(planned, list) and isinstance(bound, list):
        return [_revealed(task, before, item, values) for before, item in zip(planned, bound, strict=True)]
    return bound


def _mixed(task: Task, text: str) -> PlanningError:
    return PlanningError(
        ErrorCode.BINDING_INVALID,
        f"Task {task.task_id!r} has a secret and an output in one text, {text!r}",
        details={"task_id": task.task_id},
        recovery_suggestion="Put them into inputs of their own: who wrote the output could otherwise shape the secret.",
    )


def _no_name(task: Task, name: str) -> PlanningError:
    return PlanningError(
        ErrorCode.SECRET_UNAVAILABLE,
        f"Task {task.task_id!r} needs secret {name!r}, which is no name of a secret",
        details={"task_id": task.task_id, "secret": name},
        recovery_suggestion="Name it by letters, digits, '_', '-', '.', in parts with '/' between them.",
    )


def _unavailable(task: Task, name: str, why: str) -> PlanningError:
    return PlanningError(
        ErrorCode.SECRET_UNAVAILABLE,
        f"Task {task.task_id!r} needs secret {name!r}, and its provider failed ({why})",
        details={"task_id": task.task_id, "secret": name},
        recovery_suggestion="Look at the provider of secrets, then resume the run.",
        retryable=True,
    )


def _missing(task: Task, name: str) -> PlanningError:
    return PlanningError(
        ErrorCode.SECRET_UNAVAILABLE,
        f"Task {task.task_id!r} needs secret {name!r}, and no provider knows it (or it is empty)",
        details={"task_id": task.task_id, "secret": name},
        recovery_suggestion="Set it (GROUNDPLAN_SECRET_… or a file of the secrets' folder), then resume the run.",
    )
