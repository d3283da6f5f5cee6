"""What a scheduler has just left behind, for those who would read the same out of the ledger a moment later."""

from __future__ import annotations

from collections import OrderedDict

from groundplan.domain.ledger import TaskState

States = dict[str, TaskState]
_KEPT = 64


class LastStates:
    """The states of runs that this process has driven to their end, until `take` hands them out."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, States] = OrderedDict()

    def put(self, run_id: str, states: States) -> None:
        """Keep what the ledger says of a run that has ended; only its rollback writes to it from now on."""
        self._kept[run_id] = states
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)

    def get(self, run_id: str) -> States | None:
        """The states, which stay."""
        return self._kept.get(run_id)

    def take(self, run_id: str) -> States | None:
        """The states, which go."""
        return self._kept.pop(run_id, None)
