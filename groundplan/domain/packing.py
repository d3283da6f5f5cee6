"""Whether tasks that do not wait for each other fit on so many places one after the other (bin packing)."""

from __future__ import annotations

from collections.abc import Sequence

_ROUNDING = 1e-9


def fits_on_places(durations: Sequence[float], places: int, seconds: float) -> bool:
    """Whether all can be done within `seconds`, each whole on one place. Exact, and exponential: for a dozen."""
    left = [seconds * (1 + _ROUNDING)] * min(places, len(durations))
    return _put(sorted(durations, reverse=True), 0, left)


def _put(durations: Sequence[float], first: int, left: list[float]) -> bool:
    """Put the tasks from `first` on; places with equally much left are the same place."""
    if first == len(durations):
        return True
    tried = set[float]()
    for place, room in enumerate(left):
        if room in tried or durations[first] > room:
            continue
        tried.add(room)
        left[place] = room - durations[first]
        if _put(durations, first + 1, left):
            return True
        left[place] = room
    return False
