"""How a plan may turn out, in a terminal: quantiles, chances, a histogram, the tasks that decide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.text import Text

from groundplan.cli.render.numbers import task_numbers
from groundplan.cli.render.tables import group, line, table
from groundplan.cli.render.times import duration, moment

if TYPE_CHECKING:
    from groundplan.domain.plan import ExecutionPlan
    from groundplan.domain.simulation import Simulation, Spread

_WIDTH = 40
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_SHOWN = 10


def simulation_view(plan: ExecutionPlan, simulation: Simulation) -> RenderableType:
    """The whole answer, below each other."""
    head = f"Simulated {simulation.samples:,} times from now on (seed {simulation.seed})"
    return group(
        line(head), Text(""), _quantiles(simulation), *_chances(simulation), Text(""), *_histogram(simulation),
        Text(""), _deciding(plan, simulation),
    )  # fmt: skip


def _quantiles(simulation: Simulation) -> RenderableType:
    rows = [["Done in", *(duration(value) for value in _values(simulation.finish))]]
    if simulation.cost.mean:
        rows.append([f"Cost, {simulation.currency}", *(f"{value:,.2f}" for value in _values(simulation.cost))])
    if simulation.tokens.mean:
        rows.append(["Tokens", *(f"{value:,.0f}" for value in _values(simulation.tokens))])
    titles = ["Mean", "P50", "P80", "P95"]
    return table(["", *titles], rows, right=titles)


def _values(spread: Spread) -> tuple[float, ...]:
    return spread.mean, spread.p50, spread.p80, spread.p95


def _chances(simulation: Simulation) -> Iterator[RenderableType]:
    if simulation.probability_of_deadline is not None and simulation.deadline is not None:
        yield _chance(f"done by {moment(simulation.deadline)} UTC", simulation.probability_of_deadline)
    if simulation.probability_of_cost is not None:
        yield _chance("within the limit of cost", simulation.probability_of_cost)
    if simulation.probability_of_tokens is not None:
        yield _chance("within the limit of tokens", simulation.probability_of_tokens)


def _chance(of: str, share: float) -> Text:
    style = "green" if share >= 0.8 else "yellow" if share >= 0.5 else "red"
    return line("Chance of being ", f"{of}: ", (_percent(share), style))


def _percent(share: float) -> str:
    """Never certain by rounding: a chance of 0.9999 is not 100 %."""
    if 0 < share < 0.01:
        return "below 1 %"
    return "over 99 %" if 0.99 < share < 1 else f"{100 * share:.0f} %"


def _histogram(simulation: Simulation) -> Iterator[Text]:
    bars = simulation.histogram
    most = max(bars.counts, default=0)
    if not bars.width:
        return
    for number, count in enumerate(bars.counts):
        share = f"{100 * count / simulation.samples:4.1f} %"
        at = duration(bars.low + number * bars.width)
        yield Text.assemble(f"{at:>9} ", (_bar(count / most), "cyan"), f" {share}")


def _bar(share: float) -> str:
    eighths = round(share * _WIDTH * 8)
    return ("█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()).ljust(_WIDTH)


def _deciding(plan: ExecutionPlan, simulation: Simulation) -> RenderableType:
    numbers, names = task_numbers(plan), {task.task_id: task.name for task in plan.tasks}
    rows = [
        [str(numbers[task_id]), names[task_id], _percent(share)]
        for task_id, share in simulation.most_critical(_SHOWN)
    ]  # fmt: skip
    return table(["#", "…Decides when it is done", "Of samples"], rows, right=["#", "Of samples"])
