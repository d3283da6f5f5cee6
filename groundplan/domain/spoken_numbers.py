"""Durations and amounts as people say them, exactly enough that a limit and what breaks it read differently."""

from __future__ import annotations

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def spoken_duration(seconds: float) -> str:
    """The two largest units that it takes: `2 h`, `1 h 59 min`, `1 min 30 s`; below ten seconds `2.5 s`."""
    if seconds < 0:
        return f"-{spoken_duration(-seconds)}"
    if seconds < 10:
        return f"{seconds:.3g} s"
    for place, (size, unit) in enumerate(_UNITS[:-1]):
        smaller, name = _UNITS[place + 1]
        whole, rest = divmod(round(seconds / smaller), size // smaller)
        if whole:
            return f"{whole} {unit}" + (f" {rest} {name}" if rest else "")
    return f"{round(seconds)} s"


def spoken_amount(amount: float) -> str:
    """Six digits at most, thousands apart: `1,500`, `0.1`."""
    return f"{amount:,.6g}" if abs(amount) < 1e6 else f"{amount:,.0f}"
