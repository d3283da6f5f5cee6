"""Processes that run plans, forked from one that has everything imported; many at once, as most of it is waiting."""

import json
import multiprocessing
import os
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.acceptance.execution.runner import Order, effects_of, main
from tests.postgres_process import PostgresProcess

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.acceptance.execution.warm"])
_PATIENCE = 40.0
_AT_ONCE = 6


class Runner:
    """A process that obeys one order."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self._process = _FORKS.Process(target=main, args=(order,), daemon=True)
        self._process.start()

    def send(self, number: int) -> None:
        os.kill(self._process.pid, number)

    def is_alive(self) -> bool:
        return self._process.is_alive()

    def ended(self) -> int:
        """Wait for its end: its exit code, negative for a signal."""
        self._process.join(_PATIENCE)
        assert self._process.exitcode is not None, "the runner hangs"
        return self._process.exitcode

    def answer(self) -> dict:
        """What it came to."""
        assert self.ended() == 0
        return json.loads((Path(self.order.folder) / f"answer-{self._process.pid}").read_text())

    def kill(self) -> None:
        if self._process.is_alive():
            self.send(signal.SIGCONT)
            self._process.kill()
        self._process.join()


@dataclass
class Trial:
    """One plan and what became of it: a process that is killed, others that go on."""

    case: str
    start: object
    fields: dict = field(default_factory=dict)
    answer: dict = field(default_factory=dict)

    def killed(self, **fields):
        """Run a process that must be killed at its point."""
        assert self.start(**self.fields | fields).ended() == -signal.SIGKILL, self.case

    def goes_on(self, **fields):
        """Run another to its end: its answer."""
        self.answer = self.start(**self.fields | fields).answer()
        return self.answer

    @property
    def effects(self):
        """How often each effect happened."""
        return Counter(name for name, _ in effects_of(Path(self.fields["folder"])))

    @property
    def keys(self):
        """The idempotency keys under which each effect happened."""
        keys = {}
        for name, key in effects_of(Path(self.fields["folder"])):
            keys.setdefault(name, set()).add(key)
        return keys


@pytest.fixture(scope="module")
def server():
    server = PostgresProcess()
    yield server
    server.remove()


@pytest.fixture
def started(server):
    """Starts a runner."""
    runners = []

    def start(**fields):
        runner = Runner(Order(**{"url": server.url} | fields))
        runners.append(runner)
        return runner

    yield start
    for runner in runners:
        runner.kill()


@pytest.fixture
def trials(started, tmp_path):
    """Makes a trial for each case, by the name of the point at which its runner is killed."""

    def make(*cases, **fields):
        made = []
        for number, case in enumerate(cases):
            folder = tmp_path / str(number)
            folder.mkdir()
            name = f"p{abs(hash(str(folder))) % 10**12}"
            made.append(Trial(case, started, {"folder": str(folder), "plan_id": name} | fields))
        return made

    return make


def at_once(does, trials):
    """Do it for each trial, several at once; the first error is raised."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(does, trials))


def kill_each(trials):
    at_once(lambda trial: trial.killed(point=trial.case), trials)


def resume_each(trials, **fields):
    at_once(lambda trial: trial.goes_on(**{"do": "resume"} | fields), trials)


def wait_for(condition, seconds=20.0):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it does not come to pass"
        time.sleep(0.01)
