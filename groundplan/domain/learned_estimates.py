"""Estimates learned from what finished tasks took.

From the general to the particular, each the prior of the next (see `log_normal` for the formula):

    what the task's words say   the estimate without learning; a prior by kind of work is within a factor 7 two times
                                out of three, a duration that the text names within 1.6, one by a template within 2.7
    all work of its type        how far the priors of kinds of work are off here
    its kind of work            what the different tools and texts of this kind take
    its tool                    what its runs took
    its text                    with the tool, or alone where there is none

A kind or a type counts once five different tools or texts are known of it. The three points are those whose 80 %
interval is the forecast's (`pert.with_interval`).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, quantiles
from typing import Any

from groundplan.domain.estimation import Prior, prior_of
from groundplan.domain.feedback import LONGEST_SECONDS
from groundplan.domain.log_normal import Belief, Quantiles, next_value, updated, variance
from groundplan.domain.past_task import PastTask, text_key
from groundplan.domain.pert import quantile, with_interval
from groundplan.domain.pricing_list import NO_PRICES, PriceList
from groundplan.domain.resources import NOTHING, ResourceEstimate, ThreePoint
from groundplan.domain.task import Task

LEARNED = "learned from"
"""How the basis of a learned estimate begins."""
_OFF, _OFF_SAID, _OFF_GIVEN = 4.0, 0.25, 1.0
"""How far an estimate without learning is off, as the variance of the logarithm."""
_WITHIN, _LEAST_WITHIN, _MOST_WITHIN = 0.25, 0.01, 4.0
"""How far the same work differs from time to time, likewise: where little is known, and what is believed at all."""
_APART = 1.0
"""How far different work of one kind is apart, likewise."""
_FEWEST_KEYS, _FEWEST_OF_TEXT, _FEWEST_REPORTS = 5, 3, 3
_MOST_ANSWERS = 10_000
_SHORTEST, _LONGEST = 1e-4, LONGEST_SECONDS
"""Seconds; no clock here tells less, and no task takes thirty years."""
_LEAST, _MOST = 1e-9, 1e12
"""Tokens and money; what is beyond was no report of either."""
_USUAL_MACHINE = {"cpu_cores": 1.0, "memory_mb": 1024.0}
_FAR_OFF = 1000.0
"""So many times what a tool takes up without learning, or usual work: a report of more was in another unit."""

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What past runs say of a task: how many there were, of what, and P10, P50 and P90 of the next one, in seconds."""

    runs: int
    of: str
    seconds: Quantiles


class LearnedEstimates:
    """Forecasts by what finished tasks took. Made once for many plans; nothing in it changes.

    Args:
        past: finished tasks, in any order; a hundred of each tool or text are plenty.
    """

    def __init__(self, past: Iterable[PastTask] = ()) -> None:
        self._past: dict[Key, list[PastTask]] = defaultdict(list)
        for one in past:
            for key in _keys(one.tool, one.text, one.said):
                self._past[key].append(one)
        self._tools = frozenset(one.tool for found in self._past.values() for one in found if one.tool)
        self._logs = {key: [_log(one) for one in found] for key, found in self._past.items()}
        self._within = self._usual_variance()
        self._by_kind, self._by_type = self._general_levels()
        self._answers: dict[Hashable, Any] = {}

    @property
    def tools(self) -> frozenset[str]:
        """The tools with which a task was completed."""
        return self._tools

    def __len__(self) -> int:
        """How many tools and texts are known."""
        return len(self._past)

    def estimate(self, task: Task, before: ResourceEstimate, *, is_given: bool = False) -> ResourceEstimate:
        """The estimate with what was learned put in place of what is believed without; the same if nothing was.

        Args:
            before: the estimate without learning.
            is_given: its duration comes of a template or a model, not of the task's words.
        """
        if not self._past:
            return before
        prior = prior_of(task)
        work = (task.tool, text_key(task.name), task.task_type, prior.kind, prior.said)
        key = (*work, before.duration, before.tokens, before.cpu_cores, before.memory_mb, is_given)
        update = self._kept(key, lambda: self._update(task, before, is_given=is_given))
        return before.model_copy(update=update) if update else before

    def cost(self, task: Task, prices: PriceList = NO_PRICES) -> ThreePoint:
        """What the task's tool, or work of its name, costs, in the list's currency; `NOTHING` where nobody paid yet.

        What was paid in a currency without a rate counts as if nobody had said it.
        """
        if not self._past:
            return NOTHING

        def paid(one: PastTask) -> float:
            return prices.converted(one.cost, one.currency) if prices.has_rate(one.currency) else 0.0

        key = (task.tool, text_key(task.name), prior_of(task).said, prices.currency, *sorted(prices.rates.items()))
        found: ThreePoint = self._kept(key, lambda: self._amount(task, paid, NOTHING))
        return found

    def known(self, task: Task, before: ThreePoint, *, is_given: bool = False) -> Known | None:
        """What past runs say of how long the task takes, `before` being believed without; None if they say nothing."""
        prior = prior_of(task)
        return self._looked_up(task, prior, None if is_given else prior.said, before, is_given=is_given)

    def _kept(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """The answer for work that was asked about before: a plan of thousands of tasks has few kinds of them."""
        if key not in self._answers:
            if len(self._answers) >= _MOST_ANSWERS:
                self._answers.clear()
            self._answers[key] = make()
        return self._answers[key]

    def _update(self, task: Task, before: ResourceEstimate, *, is_given: bool) -> dict[str, Any]:
        known = self.known(task, before.duration, is_given=is_given)
        if known is None:
            return {}
        return {
            "duration": with_interval(*known.seconds),
            "basis": f"{LEARNED} {known.runs:,} {'run' if known.runs == 1 else 'runs'} of {known.of}",
            "tokens": self._amount(task, lambda one: one.tokens, before.tokens),
            **self._machine(task, before),
        }

    def _looked_up(
        self, task: Task, prior: Prior, said: float | None, before: ThreePoint, *, is_given: bool
    ) -> Known | None:
        likely = math.log(max(quantile(before, 0.5), _SHORTEST))
        if is_given or said is not None:
            off, unit = (_OFF_GIVEN, 0.0) if said is None else (_OFF_SAID, math.log(said or 1.0))
            belief, runs, of = Belief(likely - unit, off, self._within), 0, ""
        else:
            belief, runs, of = self._of_kind(task, prior, likely)
            unit = 0.0
        keys = self._telling(task, said)
        for key in keys[:-1]:
            belief = self._for_part(updated(self._logs[key], belief))
        values: Sequence[float] = ()
        if keys:
            values = self._logs[keys[-1]]
            runs, of = len(values), _named(keys[-1])
        if not runs:
            return None
        return Known(runs, of, _exp([at + unit for at in next_value(values, belief)], _SHORTEST, _LONGEST))

    def _telling(self, task: Task, said: float | None) -> list[Key]:
        """What is known of the same work, the general first; a text of a tool counts once it was run a few times."""
        keys = [key for key in _keys(task.tool, text_key(task.name), said) if key in self._logs]
        if len(keys) < 2:
            return keys
        whole, part = (len(self._logs[key]) for key in keys)
        return keys if _FEWEST_OF_TEXT <= part < whole else keys[:1]

    def _for_part(self, whole: Belief) -> Belief:
        """What is believed of a part by what is known of the whole: its mean lies anywhere among the whole's values."""
        return Belief(whole.mean, whole.between + whole.within, min(self._within, whole.within))

    def _of_kind(self, task: Task, prior: Prior, likely: float) -> tuple[Belief, int, str]:
        """What other work says of this: its mean, from how many runs, of what."""
        runs, of = 0, ""
        belief = Belief(0.0, _OFF, _APART)
        of_type = self._by_type.get(task.task_type.value)
        if of_type is not None:
            belief = updated(of_type.values, belief)
            runs, of = of_type.runs, f"{task.task_type.value.replace('_', ' ')} tasks"
            belief = Belief(belief.mean, belief.between + belief.within, _APART)
        belief = Belief(belief.mean + likely, belief.between, belief.within)
        of_kind = self._by_kind.get(prior.kind)
        if of_kind is not None:
            belief = updated(of_kind.values, belief)
            runs, of = of_kind.runs, _kind_in_words(prior.kind)
            belief = Belief(belief.mean, belief.between + belief.within, _APART)
        return Belief(belief.mean, belief.between, self._within), runs, of

    def _usual_variance(self) -> float:
        """How far the same work differs, where enough is known to tell: the upper quartile of the variances.

        Not the median: of few values the variance is mostly found too small, and intervals would be too narrow.
        """
        found = [variance(values) for values in self._logs.values() if len(values) > 2]
        usual = quantiles(found, n=4)[2] if len(found) >= _FEWEST_KEYS else _WITHIN
        return min(max(usual, _LEAST_WITHIN), _MOST_WITHIN)

    def _general_levels(self) -> tuple[dict[str, _Level], dict[str, _Level]]:
        """The means of each tool and text by kind of work; by type, how far they are from what their kinds are."""
        kinds: dict[str, _Level] = defaultdict(_Level)
        types: dict[str, _Level] = defaultdict(_Level)
        for key, found in self._past.items():
            if len(key) > 2:
                continue
            one = found[0]
            mean = fmean(self._logs[key])
            kinds[one.kind].add(mean, len(found))
            types[one.task_type.value].add(mean - _bounded_log(one.expected, _SHORTEST, _LONGEST), len(found))
        enough = [
            {name: level for name, level in levels.items() if len(level.values) >= _FEWEST_KEYS}
            for levels in (kinds, types)
        ]
        return enough[0], enough[1]

    def _same_work(self, task: Task) -> list[PastTask]:
        return self._past.get(_keys(task.tool, text_key(task.name), prior_of(task).said)[0], [])

    def _amount(self, task: Task, of: Callable[[PastTask], float], before: ThreePoint) -> ThreePoint:
        """What the same work takes of tokens or money; who reports none is not believed to have taken none."""
        same = self._same_work(task)
        values = [_bounded_log(of(one), _LEAST, _MOST) for one in same if of(one) > 0]
        if 2 * len(values) <= len(same):
            return before
        believed = quantile(before, 0.5)
        prior = Belief(math.log(believed) if believed > 0 else fmean(values), _OFF, _WITHIN)
        return with_interval(*_exp(next_value(values, prior), _LEAST, _MOST))

    def _machine(self, task: Task, before: ResourceEstimate) -> dict[str, float]:
        """Cores and memory by reports: what nine out of ten stay within, where most runs were reported."""
        update, same = {}, self._same_work(task)
        for name, usual in _USUAL_MACHINE.items():
            most = _FAR_OFF * max(usual, getattr(before, name))
            reports = [value for one in same if (value := getattr(one, name)) is not None]
            told = sorted(value for value in reports if value <= most)
            if len(told) >= _FEWEST_REPORTS and 2 * len(told) > len(same):
                update[name] = told[math.ceil(0.9 * len(told)) - 1]
        return update


class _Level:
    """The means of different work, as logarithms, and how many runs there were of it."""

    def __init__(self) -> None:
        self.values: list[float] = []
        self.runs = 0

    def add(self, mean: float, runs: int) -> None:
        self.values.append(mean)
        self.runs += runs


NOTHING_LEARNED = LearnedEstimates()


def _keys(tool: str | None, text: str, said: float | None) -> list[Key]:
    """What a task is known by, the general first; a text that names its duration is known by how far that is off."""
    if said is not None:
        return [("said", tool or "", text)]
    return [("tool", tool), ("tool", tool, text)] if tool else [("text", text)]


def _named(key: Key) -> str:
    return key[1] if key[0] == "tool" and len(key) == 2 else repr(key[-1])


def _kind_in_words(kind: str) -> str:
    return f"{kind}s" if kind == "model call" else kind if kind.endswith("work") else f"{kind} work"


def _log(one: PastTask) -> float:
    return _bounded_log(one.seconds, _SHORTEST, _LONGEST) - math.log(one.said or 1.0)


def _bounded_log(value: float, least: float, most: float) -> float:
    return math.log(min(max(value, least), most))


def _exp(logarithms: Iterable[float], least: float, most: float) -> Quantiles:
    """The values of these logarithms, none beyond the bounds: a wide spread would be no number any more."""
    low, high = math.log(least), math.log(most)
    return Quantiles(*(math.exp(min(max(at, low), high)) for at in logarithms))
