"""That a person stopped a command."""

from __future__ import annotations


class Interrupted(Exception):
    """Ctrl-C, after everything was closed properly. `run_id` names the run that `command` goes on with."""

    def __init__(self, run_id: str | None = None, *, command: str = "plan --resume") -> None:
        super().__init__(run_id)
        self.run_id = run_id
        self.command = command
