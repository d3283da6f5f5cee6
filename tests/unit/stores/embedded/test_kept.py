"""When a server that dies is started again, and when it is given up."""

import signal
import subprocess
from typing import Any

import pytest

from groundplan.stores.embedded.kept import Kept


class FakeProcess:
    """Runs until it is told that it died."""

    def __init__(self) -> None:
        self.code: int | None = None
        self.signals: list[signal.Signals] = []

    def poll(self) -> int | None:
        return self.code

    def send_signal(self, number: signal.Signals) -> None:
        self.signals.append(number)

    def wait(self, seconds: float) -> int:
        if self.signals[-1] is not signal.SIGKILL:
            raise subprocess.TimeoutExpired("server", seconds)
        return -9


class FakeServer:
    """Counts its starts."""

    name = "server"
    ways_to_end = ((signal.SIGINT, 1.0), (signal.SIGQUIT, 1.0), (signal.SIGKILL, 1.0))

    def __init__(self) -> None:
        self.started: list[Any] = []
        self.ready = True
        self.refusal: OSError | None = None

    def launch(self) -> Any:
        if self.refusal:
            raise self.refusal
        self.started.append(FakeProcess())
        return self.started[-1]

    def is_ready(self, process: Any) -> bool:
        return self.ready

    def clear_leftovers(self) -> None:
        """There are none."""


class Kit:
    """A kept server and its clock."""

    def __init__(self) -> None:
        self.server = FakeServer()
        self.now = 100.0
        self.kept = Kept(self.server, self.now)

    def pass_time(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.1)):
            self.now += 0.1
            self.kept.tick(self.now)

    def die(self) -> None:
        self.server.started[-1].code = 1
        self.kept.tick(self.now)

    def start_after(self) -> float:
        """Seconds until it is started again."""
        count, since = len(self.server.started), self.now
        while len(self.server.started) == count and self.now < since + 60:
            self.pass_time(0.1)
        return round(self.now - since, 1)


def test_it_is_started_at_once_and_then_ready() -> None:
    kit = Kit()
    kit.pass_time(0.2)
    assert len(kit.server.started) == 1
    assert kit.kept.is_ready


def test_the_pause_before_a_restart_doubles_up_to_five_seconds() -> None:
    kit = Kit()
    kit.pass_time(0.2)
    pauses = []
    for _ in range(7):
        kit.die()
        assert not kit.kept.is_ready
        pauses.append(kit.start_after())
        kit.pass_time(0.2)
    assert pauses == pytest.approx([0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0], abs=0.15)


def test_a_server_that_was_never_ready_is_given_up_after_four_deaths() -> None:
    kit = Kit()
    kit.server.ready = False
    for _ in range(4):
        kit.start_after()
        kit.die()
    assert kit.kept.has_given_up
    assert kit.kept.last_words == "server ended with exit code 1"
    kit.pass_time(60)
    assert len(kit.server.started) == 4


def test_a_server_that_was_ready_is_given_up_after_ten_deaths() -> None:
    kit = Kit()
    for number in range(10):
        assert not kit.kept.has_given_up, number
        kit.start_after()
        kit.pass_time(0.2)
        kit.die()
    assert kit.kept.has_given_up


def test_thirty_quiet_seconds_and_the_count_begins_anew() -> None:
    kit = Kit()
    for _ in range(12):
        kit.start_after()
        kit.pass_time(31)
        kit.die()
    assert not kit.kept.has_given_up


def test_a_start_that_the_system_refuses_counts_as_a_death() -> None:
    kit = Kit()
    kit.server.refusal = OSError(12, "Cannot allocate memory")
    kit.pass_time(10)
    assert kit.kept.has_given_up
    assert "Cannot allocate memory" in kit.kept.last_words


def test_it_is_settled_when_ready_given_up_or_late() -> None:
    kit = Kit()
    kit.server.ready = False
    kit.pass_time(1)
    assert not kit.kept.is_settled(kit.now, 5)
    assert kit.kept.is_settled(kit.now + 10, 5)
    kit.server.ready = True
    kit.pass_time(20)
    assert kit.kept.is_settled(kit.now, 5)
    kit.die()
    assert not kit.kept.is_settled(kit.now, 5)


def test_it_is_stopped_gently_first() -> None:
    kit = Kit()
    kit.pass_time(0.2)
    kit.kept.stop()
    assert kit.server.started[0].signals == [signal.SIGINT, signal.SIGQUIT, signal.SIGKILL]
    kit.kept.stop()
    assert len(kit.server.started[0].signals) == 3
