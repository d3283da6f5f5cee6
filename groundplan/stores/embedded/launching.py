"""Starting a server as the right user, so that it does not outlive its supervisor."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from groundplan.stores.embedded.layout import Layout
from groundplan.stores.embedded.processes import dies_with_parent


def identity(layout: Layout) -> dict[str, Any]:
    """The arguments of `subprocess` for a program of this data folder: user, working directory, environment."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    common: dict[str, Any] = {"env": environment | {"TZ": "UTC"}, "cwd": str(layout.data)}
    if layout.user.uid is None:
        return common
    return common | {"user": layout.user.uid, "group": layout.user.gid, "extra_groups": []}


def launch(
    layout: Layout, command: Sequence[str | Path], log: IO[bytes], *, on_our_death: signal.Signals
) -> subprocess.Popen[bytes]:
    """Start a server that prints into `log` and gets the signal `on_our_death` when this process dies (Linux)."""
    server: subprocess.Popen[bytes] = subprocess.Popen(
        command,
        stdout=log,
        stderr=log,
        stdin=subprocess.DEVNULL,
        preexec_fn=dies_with_parent(on_our_death),
        **identity(layout),
    )
    return server
