"""What became of a run that was killed, judged by the world outside alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from crash_world import Decided, Effect, Kind


@dataclass(frozen=True, slots=True)
class Verdict:
    """One or more trials.

    Attributes:
        lost_tasks: tasks of completed runs whose effect never happened.
        silent_duplicates: effects beyond the first of a task, of which the run did not say that it is in doubt.
        in_doubt: tasks about which a person was asked.
        needless_doubts: of these, the ones whose tool is idempotent or can be asked.
        stuck_runs: runs that did not complete.
        kills: processes that were killed.
    """

    trials: int = 0
    lost_tasks: int = 0
    silent_duplicates: int = 0
    in_doubt: int = 0
    needless_doubts: int = 0
    stuck_runs: int = 0
    kills: int = 0

    def __add__(self, other: Verdict) -> Verdict:
        return Verdict(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


def judge(
    kinds: Mapping[str, Kind], effects: Sequence[Effect], decisions: Iterable[Decided], *, done: bool, kills: int
) -> Verdict:
    """The verdict on one trial of these tasks. `done`: the run said in the end that it is complete."""
    doubtful = {decided.task for decided in decisions}
    happened = {effect.task for effect in effects}
    times = repeated(effects)
    return Verdict(
        trials=1,
        lost_tasks=len(kinds.keys() - happened) if done else 0,
        silent_duplicates=sum(count for task, count in times.items() if task not in doubtful),
        in_doubt=len(doubtful),
        needless_doubts=sum(kinds[task] is not Kind.PLAIN for task in doubtful),
        stuck_runs=0 if done else 1,
        kills=kills,
    )


def repeated(effects: Iterable[Effect]) -> Counter[str]:
    """How often each task had its effect beyond the first time. The world itself unites those of one key, if it can."""
    had = Counter[str]()
    united: set[tuple[str, str]] = set()
    for effect in effects:
        if effect.kind is Kind.IDEMPOTENT and (effect.task, effect.key) in united:
            continue
        united.add((effect.task, effect.key))
        had[effect.task] += 1
    return Counter({task: count - 1 for task, count in had.items() if count > 1})
