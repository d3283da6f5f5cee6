"""How long a task takes and what it costs, from its type and its words.

A first prior by kind of work; forecasts learned from past runs replace it where there are any. The kinds and
their three points (Malcolm et al. 1959) are for work done by agents with a person looking on now and then.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from groundplan.domain.durations import find_duration
from groundplan.domain.resources import GIVEN, NOTHING, ResourceEstimate, ThreePoint
from groundplan.domain.task import Task, TaskType

_MINUTE = 60.0
_UNCERTAINTY = (0.8, 1.0, 1.5)
"""A duration that the text names is the likely value; work overruns more often than it is early."""


@dataclass(frozen=True, slots=True)
class KindOfWork:
    """A prior: the words that tell this kind of work, its duration in minutes, its tokens, what it takes up meanwhile.

    `cores` and `megabytes` count where a tool does the work: people and models take up nothing here.
    """

    name: str
    words: str
    minutes: tuple[float, float, float]
    tokens: tuple[float, float, float] = (0.0, 0.0, 0.0)
    cores: float = 0.0
    megabytes: float = 0.0


@dataclass(frozen=True, slots=True)
class Prior:
    """What is expected of a task before anything was learned: its kind of work, and a duration that its text names.

    `said` is the likely one of that duration in seconds; None if the text names none.
    """

    kind: str
    said: float | None
    estimate: ResourceEstimate


KINDS: tuple[KindOfWork, ...] = (
    KindOfWork("approval", "approve|approval|sign off|confirm|decide|agree", (5, 30, 240)),
    KindOfWork("test", "test|verify|validate|check|audit|inspect|review|proofread",
               (5, 20, 90), (500, 2000, 8000), 0.5, 512),
    KindOfWork("build", "build|implement|develop|code|program|refactor|create|set up|install|configure|integrate",
               (20, 60, 240), (2000, 8000, 30000), 1, 1024),
    KindOfWork("deploy", "deploy|release|roll out|migrate|publish|launch|switch", (5, 20, 90)),
    KindOfWork("research",
               "research|investigate|find out|search|explore|compare|analy[sz]e|study|evaluate|interview",
               (10, 40, 180), (2000, 6000, 25000)),
    KindOfWork("write", "write|draft|summari[sz]e|document|report|design|outline|plan|describe|prepare|translate",
               (10, 30, 120), (1000, 4000, 15000)),
    KindOfWork("transform",
               "transform|clean|convert|parse|process|merge|aggregate|train|compute|calculate|render|sort",
               (2, 10, 60), cores=1, megabytes=512),
    KindOfWork("transfer",
               "fetch|load|read|download|upload|import|export|copy|collect|gather|extract|store|save|backup",
               (1, 5, 30), cores=0.25, megabytes=128),
    KindOfWork("message", "send|notify|announce|e-?mail|post|call|inform|share|invite|ask", (1, 3, 15)),
)  # fmt: skip

_WORDS = "|".join(f"(?P<k{number}>{kind.words})" for number, kind in enumerate(KINDS))
_ANY = re.compile(rf"\b(?:{_WORDS})(?:\b|s\b|ing\b|e?d\b)")  # lower case only: faster than to ignore case
_OTHER = KindOfWork("other work", "", (5, 20, 90))
_CALL = KindOfWork("model call", "", (0.05, 0.3, 2), (500, 2000, 8000))


def estimate_task(task: Task) -> ResourceEstimate:
    """What the task is expected to need; what it says itself (a given estimate, "for 30 minutes") goes first."""
    given = task.resource_estimate
    if given is not None and given.duration != NOTHING:
        return given
    prior = prior_of(task).estimate
    if given is None:
        return prior
    basis = f"{given.basis or GIVEN}; {prior.basis}"
    return given.model_copy(update={"duration": prior.duration, "basis": basis})


def prior_of(task: Task) -> Prior:
    """What is expected of the task by its words and type alone."""
    return _prior(task.name, task.description, task.task_type, task.tool is not None)


def estimate(tasks: Sequence[Task]) -> dict[str, ResourceEstimate]:
    """An estimate for each task, by id."""
    return {task.task_id: estimate_task(task) for task in tasks}


def estimated(tasks: Sequence[Task], estimates: Mapping[str, ResourceEstimate]) -> list[Task]:
    """The tasks with their estimates; one that has none stays as it is."""
    return [
        task.model_copy(update={"resource_estimate": estimates[task.task_id]}) if task.task_id in estimates else task
        for task in tasks
    ]


@lru_cache(maxsize=4096)
def _prior(name: str, description: str, task_type: TaskType, by_tool: bool) -> Prior:
    found = find_duration(name) or find_duration(description)
    kind = _CALL if task_type is TaskType.LLM_CALL else _kind(name) or _kind(description) or _OTHER
    if found is None:
        duration = ThreePoint(*(minutes * _MINUTE for minutes in kind.minutes))
        basis = f"prior for {kind.name}"
    else:
        early, _, late = _UNCERTAINTY
        duration = ThreePoint(found.low * early, (found.low + found.high) / 2, found.high * late)
        basis = "the text says how long"
    machine = {"cpu_cores": kind.cores, "memory_mb": kind.megabytes} if by_tool else {}
    estimate = ResourceEstimate(duration=duration, tokens=ThreePoint(*kind.tokens), basis=basis, **machine)
    return Prior(kind.name, duration.likely if found else None, estimate)


def _kind(text: str) -> KindOfWork | None:
    found = _ANY.search(text[:2000].lower())
    return KINDS[int(found.lastgroup[1:])] if found and found.lastgroup else None
