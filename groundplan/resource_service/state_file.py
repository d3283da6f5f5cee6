"""The state of a resource service in a file, so that a restart forgets no allocation."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from pydantic import FiniteFloat, TypeAdapter

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.resources import Amount, ResourceName
from groundplan.execution.resources.allocation import LONGEST_LEASE, AllocationId, AllocationRequest, ResourceKind
from groundplan.execution.resources.pool import LocalPool

_TAKEN = TypeAdapter(dict[ResourceName, list[tuple[FiniteFloat, Amount]]])
_RELEASED = TypeAdapter(list[AllocationId])
_REMEMBERED = 1000
"""So many released ids, the latest: a request that was under way at the restart is none of the older ones, and all that
a pool knows would take longer to write than the answer to give."""


class StateFile:
    """Kinds, allocations, open windows of rate limits and released ids of a pool as JSON, written whole and renamed
    into place after every change.

    Leases and windows go on while the service is down: what is kept are moments of the wall clock. A lease that would
    end later than any can last, as after the clock was set back, lasts so long.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written = ""

    def load(self, pool: LocalPool) -> None:
        """Put what the file holds into the pool; a file that is not there holds nothing.

        Raises:
            PlanningError: E5806 if it is no state of this service.
        """
        if not self._path.exists():
            return
        try:
            known: dict[str, Any] = json.loads(self._path.read_text(encoding="utf-8"))
            for kind in known["kinds"]:
                pool.set_kind(ResourceKind(**kind))
            now = time.time()
            for held in known["held"]:
                left = min(held.pop("until") - now, LONGEST_LEASE)
                request = AllocationRequest(**held)
                if left > 0:
                    pool.restore(request, left)
            taken = _TAKEN.validate_python(known.get("taken", {}))
            pool.restore_taken({name: [(max(0.0, now - at), much) for at, much in of] for name, of in taken.items()})
            for allocation_id in _RELEASED.validate_python(known.get("released", [])):
                pool.book.release(allocation_id)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise PlanningError(
                ErrorCode.SETTINGS_INVALID,
                f"{self._path} is no state of a resource service: {error}",
                recovery_suggestion="Move it away; every allocation is forgotten then.",
            ) from None

    def save(self, pool: LocalPool) -> None:
        """Write what the pool holds, if that has changed."""
        now = time.time()
        held = [
            one.model_dump(mode="json", exclude={"seconds_left"}) | {"until": round(now + one.seconds_left)}
            for one in pool.everything()
        ]
        kinds = [kind.model_dump(mode="json") for kind in pool.book.kinds.values()]
        taken = {name: [(round(now - ago, 1), much) for ago, much in of] for name, of in pool.taken().items()}
        released = pool.book.released[-_REMEMBERED:]
        text = json.dumps({"kinds": kinds, "held": held, "taken": taken, "released": released})
        if text == self._written:
            return
        beside = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        with beside.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)
        self._written = text
