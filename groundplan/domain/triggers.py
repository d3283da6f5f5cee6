"""What makes a run plan its rest anew: gauges with two thresholds, and a rest between two answers.

    fires    an armed gauge that is beyond `fires_at`, once the rest since the run's start or last answer is over
    re-arms  one that has fired, when it is back at `rearms_at`
    rest     interval · 2^n after n answers in a row that left the plan as it was

Two thresholds, as a thermostat has (hysteresis): an index that trembles about one of them fires once. A gauge that
`repeats` is always armed: the one of continuous replanning.

What has fired is told by events (`plan.drifted`, `plan.recovered`), and `memory_of` reads it back from them, so that
whoever resumes a run knows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from groundplan.domain.events import Event, EventType


class Trigger(StrEnum):
    """`drift` is continuous replanning: anything late or overspending when the interval is over."""

    SCHEDULE = "schedule"
    COST = "cost"
    FAILED_TASK = "failed_task"
    RISK = "risk"
    RESOURCES = "resources"
    DRIFT = "drift"


TOLD = (
    EventType.PLAN_STARTED,
    EventType.PLAN_DRIFTED,
    EventType.PLAN_RECOVERED,
    EventType.PLAN_REPLANNED,
    EventType.PLAN_KEPT,
)
"""The events that `memory_of` goes by."""
_MOST_DOUBLED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """One reading: of an index, which `falls` towards trouble, or of a count or a probability, which rises.

    `value` is None while there is nothing to read: it then neither fires nor re-arms. `noted` is kept with the event.
    """

    trigger: Trigger
    value: float | None
    fires_at: float
    rearms_at: float
    falls: bool = False
    why: str = ""
    repeats: bool = False
    noted: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_beyond(self) -> bool:
        """Whether it is where it fires."""
        if self.value is None:
            return False
        return self.value < self.fires_at if self.falls else self.value >= self.fires_at

    @property
    def is_back(self) -> bool:
        """Whether it is where it is armed again."""
        if self.value is None:
            return False
        return self.value >= self.rearms_at if self.falls else self.value < self.rearms_at


@dataclass(frozen=True, slots=True)
class Memory:
    """What was told before: the triggers that have fired and are not armed again, when the run was started or last
    replanned, what each trigger noted last, and how often in a row it came to nothing to plan anew."""

    fired: frozenset[str] = frozenset()
    answered_at: datetime | None = None
    noted: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    kept: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What one look came to: the gauges that fire now, and those that are armed again."""

    fires: tuple[Gauge, ...] = ()
    rearms: tuple[Gauge, ...] = ()

    @property
    def why(self) -> str:
        """The reasons of all that fire, in words."""
        return "; ".join(gauge.why or gauge.trigger.value for gauge in self.fires)


def memory_of(events: Iterable[Event]) -> Memory:
    """What is known from the run's events, in their order; events of other types do not matter."""
    fired: set[str] = set()
    noted: dict[str, Mapping[str, Any]] = {}
    answered: datetime | None = None
    kept = 0
    for event in events:
        name = str(event.data.get("trigger", ""))
        if event.type is EventType.PLAN_STARTED:
            fired.clear()
            noted = dict(event.data.get("noted") or {})
        if event.type in (EventType.PLAN_STARTED, EventType.PLAN_REPLANNED):
            kept = 0
        elif event.type is EventType.PLAN_KEPT:
            kept += 1
        if event.type is EventType.PLAN_RECOVERED:
            fired.discard(name)
        elif event.type is EventType.PLAN_DRIFTED:
            fired.add(name)
        if event.type in TOLD and event.type is not EventType.PLAN_RECOVERED:
            answered = event.at
        if name and isinstance(event.data.get("noted"), dict):
            noted[name] = event.data["noted"]
    return Memory(frozenset(fired), answered, noted, kept)


def read_gauges(gauges: Iterable[Gauge], memory: Memory, now: datetime, *, interval: float) -> Reading:
    """Which gauges fire and which are armed again.

    Args:
        interval: seconds from one answer to the next, doubled by each that left the plan as it was.
    """
    gauges = list(gauges)
    spent = [gauge for gauge in gauges if gauge.trigger in memory.fired and not gauge.repeats]
    armed = [gauge for gauge in gauges if gauge not in spent]
    fires = [gauge for gauge in armed if gauge.is_beyond] if is_due(memory, now, interval) else []
    return Reading(tuple(fires), tuple(gauge for gauge in spent if gauge.is_back))


def is_due(memory: Memory, now: datetime, interval: float) -> bool:
    """Whether the rest since the last answer is over, or that answer lies ahead because a clock went back."""
    if memory.answered_at is None or memory.answered_at > now:
        return True
    return (now - memory.answered_at).total_seconds() >= interval * 2.0 ** min(memory.kept, _MOST_DOUBLED)
