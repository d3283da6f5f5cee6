"""Which tools and secrets a task may use, by the roles of the agent that does it."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Self

from pydantic import Field, model_validator

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.frozen import Frozen
from groundplan.domain.task import Task


class Grant(Frozen):
    """What a role may use: patterns of tool and secret names (`mail.*`, `mail/*`, `*`)."""

    tools: list[str] = Field(default_factory=list)
    secrets: list[str] = Field(default_factory=list)


class AccessPolicy(Frozen):
    """Roles of agents, and what each role may use. `default_roles` are those of a task that no agent does, or one
    that is not listed.

    Nothing is allowed that no role of the agent allows; `EVERYTHING` is the policy where none is given.
    """

    roles: Mapping[str, Grant] = Field(default_factory=dict)
    agents: Mapping[str, list[str]] = Field(default_factory=dict)
    default_roles: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _known_roles(self) -> Self:
        """A role that is misspelt would take rights away without a word."""
        named = {role for roles in (*self.agents.values(), self.default_roles) for role in roles}
        if unknown := sorted(named - set(self.roles)):
            raise ValueError(f"there is no role {unknown[0]!r}")
        return self

    def check_tool(self, task: Task) -> None:
        """Pass if the task may use its tool. Raises PlanningError E5403."""
        if task.tool is not None and not self._allows(task, task.tool, "tools"):
            raise _denied(task, "tool", task.tool, self._roles_of(task))

    def check_secret(self, task: Task, name: str) -> None:
        """Pass if the task may have this secret. Raises PlanningError E5403."""
        if not self._allows(task, name, "secrets"):
            raise _denied(task, "secret", name, self._roles_of(task))

    def _allows(self, task: Task, name: str, kind: str) -> bool:
        grants = [self.roles[role] for role in self._roles_of(task)]
        return any(fnmatchcase(name, pattern) for grant in grants for pattern in getattr(grant, kind))

    def _roles_of(self, task: Task) -> list[str]:
        if task.assigned_agent is not None and task.assigned_agent in self.agents:
            return list(self.agents[task.assigned_agent])
        return self.default_roles


EVERYTHING = AccessPolicy(roles={"anybody": Grant(tools=["*"], secrets=["*"])}, default_roles=["anybody"])
"""Every task may use every tool and secret."""


def _denied(task: Task, kind: str, name: str, roles: list[str]) -> PlanningError:
    who = f"agent {task.assigned_agent!r}" if task.assigned_agent else "a task that no agent does"
    return PlanningError(
        ErrorCode.ACCESS_DENIED,
        f"Task {task.task_id!r} must not use {kind} {name!r}: {who} has no role that allows it",
        details={"task_id": task.task_id, kind: name, "roles": roles},
        recovery_suggestion="Give the agent a role that allows it, or the task to another agent.",
    )
