"""Requests for resources, and a clock that is moved by hand."""

from groundplan.execution.resources.allocation import AllocationRequest


def request(allocation_id="a1", owner="r1", **fields):
    """A request for one CPU, unless it says otherwise."""
    amounts = fields.pop("amounts", {"cpu_cores": 1.0})
    return AllocationRequest(allocation_id=allocation_id, owner=owner, amounts=amounts, **fields)


class Clock:
    """Seconds that go on when they are told to."""

    def __init__(self, now=1000.0):
        self.now = now

    def __call__(self):
        return self.now

    def advance(self, seconds):
        self.now += seconds
