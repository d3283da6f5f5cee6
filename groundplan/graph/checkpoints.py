"""The checkpointer that knows what flows through our graphs."""

from collections.abc import Iterator
from enum import Enum
from types import ModuleType

from pydantic import BaseModel

from groundplan import state
from groundplan.domain import (
    agents,
    approval,
    dependency_graph,
    diff,
    errors,
    events,
    findings,
    goal,
    lifecycle,
    outline,
    patch,
    plan,
    resources,
    results,
    risk,
    runs,
    schedule,
    settings,
    task,
    tools,
)
from groundplan.stores.postgres.database import Database
from groundplan.stores.postgres.saver import GroupCommitSaver
from groundplan.stores.postgres.serializer import ModelSerializer

_MODULES = (
    agents, approval, dependency_graph, diff, errors, events, findings, goal, lifecycle, outline, patch, plan,
    resources, results, risk, runs, schedule, settings, task, tools, state,
)  # fmt: skip
"""Where the classes are that a channel may hold. What is not defined in one of these is not read back."""


def open_checkpointer(database: Database) -> GroupCommitSaver:
    """The checkpointer of an open database, for `graph.compile(checkpointer=…)`.

    It lives as long as the database is open, and encrypts if that was given a key. Call it in the event loop
    that the graph runs in.
    """
    return database.saver(model_serializer())


def model_serializer() -> ModelSerializer:
    """A serializer for every model and enumeration of the domain and of the planner's state."""
    return ModelSerializer(_classes(BaseModel), _classes(Enum))


def _classes(base: type) -> Iterator[type]:
    for module in _MODULES:
        yield from _defined_in(module, base)


def _defined_in(module: ModuleType, base: type) -> Iterator[type]:
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, base) and value.__module__ == module.__name__:
            yield value
