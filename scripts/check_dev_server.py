"""Start `langgraph dev` in an environment of its own, and plan one goal through it.

`langgraph validate` calls a graph valid whose module does not exist, so only this shows that langgraph.json works. The
server pins older versions of some of our dependencies; hence `.venv-dev`, made once and kept.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
ENVIRONMENT = ROOT / ".venv-dev"
READY = ENVIRONMENT / ".ready"
GOAL = {"goal_text": "1. Boil water\n2. Warm the pot\n3. Brew the tea, after 1 and 2"}
START_SECONDS, PLAN_SECONDS = 120, 60


def make_environment() -> None:
    """Install groundplan and the LangGraph server, unless that was done for this pyproject already."""
    if READY.exists() and READY.stat().st_mtime >= (ROOT / "pyproject.toml").stat().st_mtime:
        return
    wanted = ["-e", f"{ROOT}[embedded]", "langgraph-cli[inmem]"]
    if uv := shutil.which("uv"):
        subprocess.run([uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, ENVIRONMENT], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", ENVIRONMENT / "bin/python", *wanted], check=True)
    else:
        subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
        pip = [ENVIRONMENT / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *wanted], check=True)
    READY.touch()


@contextlib.contextmanager
def dev_server(home: Path) -> Iterator[str]:
    """`langgraph dev` on a free port; its URL once it answers."""
    port = _free_port()
    command = [ENVIRONMENT / "bin/langgraph", "dev", "--no-browser", "--no-reload", "--port", str(port)]
    environment = os.environ | {"GROUNDPLAN_HOME": str(home / "data"), "LANGSMITH_TRACING": "false"}
    with (home / "server.log").open("wb") as log:
        server = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(url, server, home / "server.log")
            yield url
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGTERM)
            server.wait(timeout=30)


def plan_through(url: str) -> dict[str, Any]:
    """Plan the goal by the server's own API; the state it answers with."""
    body = json.dumps({"assistant_id": "planner", "input": {"goal": GOAL}}).encode()
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{url}/threads", data=b"{}", headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=PLAN_SECONDS) as answer:  # noqa: S310
        thread = json.load(answer)["thread_id"]
    request = urllib.request.Request(  # noqa: S310
        f"{url}/threads/{thread}/runs/wait", data=body, headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=PLAN_SECONDS) as answer:  # noqa: S310
        state: dict[str, Any] = json.load(answer)
    return state


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(f"{url}/ok", timeout=2).close()  # noqa: S310 - our own server
            return
        time.sleep(0.3)
    sys.exit(f"langgraph dev did not start:\n{log.read_text(errors='replace')[-4000:]}")


def main() -> None:
    """Exit with a sentence if the plan that comes back is not the one that was asked for."""
    make_environment()
    with tempfile.TemporaryDirectory(prefix="groundplan-dev-") as folder:
        home = Path(folder)
        with dev_server(home) as url:
            state = plan_through(url)
        plan = state.get("plan")
        if not plan or len(plan["tasks"]) != 3 or plan["status"] != "validated":
            log = (home / "server.log").read_text(errors="replace")[-4000:]
            sys.exit(f"langgraph dev answered without the plan: {json.dumps(state)[:2000]}\n{log}")
    print(f"langgraph dev planned {len(plan['tasks'])} tasks: {plan['plan_id']}")


if __name__ == "__main__":
    main()
