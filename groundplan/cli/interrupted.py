"""That a person stopped a command."""

from __future__ import annotations


class Interrupted(Exception):
    """Ctrl-C, after everything was closed properly. `run_id` names the planning run that can be resumed."""

    def __init__(self, run_id: str | None = None) -> None:
        super().__init__(run_id)
        self.run_id = run_id
