"""Forward-backward improvement, or double justification (Li and Willis 1992; Valls, Ballestín and Quintanilla 2005).

Moving every job as late as the makespan allows, latest finish first, and then as early as possible again, earliest
start first, never makes a schedule longer, and often shorter.
"""

from __future__ import annotations

from groundplan.domain.rcpsp.generation import Generated, serial
from groundplan.domain.rcpsp.network import Network


def turned(schedule: Generated, into: Network) -> Generated:
    """The schedule seen from its other end, each job as early there as those that lay nearer to that end allow.

    Generating over the turned network by descending finish is moving the jobs late: each finds at least the room that
    it had, so that the makespan does not grow.
    """
    return serial(into, order_from_end(schedule, into))


def order_from_end(schedule: Generated, into: Network) -> list[int]:
    """The jobs by descending finish; of equal ones, those that take no time may have an order to keep."""
    finishes = schedule.finishes
    return sorted(into.order, key=[-finish for finish in finishes].__getitem__)


def doubly_justified(schedule: Generated, forward: Network, backward: Network) -> Generated:
    """The schedule after one pass backward and one forward."""
    return turned(turned(schedule, backward), forward)
