"""The state of a resource service in a file, so that a restart forgets no allocation."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.execution.resources.allocation import AllocationRequest, ResourceKind
from groundplan.execution.resources.pool import LocalPool


class StateFile:
    """Kinds and allocations of a pool as JSON, written whole and renamed into place after every change.

    Leases go on while the service is down: what is kept is the moment of the wall clock at which each ends.
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
                left = held.pop("until") - now
                request = AllocationRequest(**held)
                if left > 0:
                    pool.restore(request, left)
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
        text = json.dumps({"kinds": kinds, "held": held})
        if text == self._written:
            return
        beside = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        beside.write_text(text, encoding="utf-8")
        beside.replace(self._path)
        self._written = text
