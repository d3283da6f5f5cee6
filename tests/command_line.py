"""The command line as a user has it: a process with arguments, two streams and an exit code."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from groundplan.cli import main

HANG = 120.0
"""A guard against hanging, in seconds."""


def _heeding_ctrl_c() -> None:
    """Tests that a script runs in the background have it ignored, and so would what they start."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout; anything beside it is an error."""
        return json.loads(self.out)


@dataclass(frozen=True)
class InProcess:
    """Runs commands by calling `main` in this process, whose environment it uses."""

    capsys: pytest.CaptureFixture[str]
    patch: pytest.MonkeyPatch

    def run(self, *arguments: str, stdin: bytes = b"") -> Done:
        """Run one to its end."""
        self.patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        self.capsys.readouterr()
        code = main(arguments)
        return Done(code, *self.capsys.readouterr())


@dataclass(frozen=True)
class CommandLine:
    """Runs `groundplan` with a data folder, a database and nothing else of this process's environment."""

    home: Path
    settings: Mapping[str, str]

    def with_settings(self, **settings: str) -> "CommandLine":
        """The same with other environment variables, named without the prefix `GROUNDPLAN_`."""
        return CommandLine(self.home, {**self.settings, **settings})

    def run(self, *arguments: str | bytes, stdin: bytes = b"", cwd: Path | None = None) -> Done:
        """Run it to its end."""
        ended = subprocess.run(
            [*self._command(), *arguments],
            input=stdin,
            capture_output=True,
            env=self.environment(),
            timeout=HANG,
            cwd=cwd or self.home.parent,
        )
        return Done(ended.returncode, ended.stdout.decode(), ended.stderr.decode())

    def start(self, *arguments: str) -> "Running":
        """Start it and leave it running, in a process group of its own."""
        process = subprocess.Popen(
            [*self._command(), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment(),
            cwd=self.home.parent,
            start_new_session=True,
            preexec_fn=_heeding_ctrl_c,
        )
        return Running(process)

    def _command(self) -> list[str]:
        return [str(Path(sys.executable).with_name("groundplan"))]

    def environment(self) -> dict[str, str]:
        """All that a command sees of the outside."""
        kept = {
            name: os.environ[name]
            for name in ("PATH", "PYTHONPATH", "HOME", "LANG", "LC_ALL", "TMPDIR")
            if name in os.environ
        }
        named = {name if name.isupper() and name.startswith("OLLAMA") else f"GROUNDPLAN_{name}": value
                 for name, value in self.settings.items()}  # fmt: skip
        return kept | {"GROUNDPLAN_HOME": str(self.home), "COLUMNS": "120", "PYTHONWARNINGS": "error"} | named


@dataclass(frozen=True)
class Running:
    """A command that is still going on."""

    process: subprocess.Popen[bytes]

    def interrupt(self) -> None:
        """As Ctrl-C does."""
        self.process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        """As `kill -9` does."""
        self.process.kill()

    def ended(self) -> Done:
        """How it ends, once it does."""
        try:
            out, err = self.process.communicate(timeout=HANG)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return Done(self.process.returncode, out.decode(), err.decode())
