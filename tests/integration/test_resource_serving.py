"""The process of a resource service: what it is started with, and what its state file may be."""

import json
import socket
import subprocess
import sys

import pytest

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.execution.resources.allocation import ResourceKind
from groundplan.execution.resources.pool import LocalPool
from groundplan.resource_service.serving import listening_on
from groundplan.resource_service.state_file import StateFile
from tests.contracts.resource_provider import cpus, free
from tests.resource_values import request


def refused(*arguments):
    """What it says when it does not start."""
    command = [sys.executable, "-m", "groundplan.resource_service", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    return done.stderr


def test_what_it_cannot_start_with_is_said_in_words(tmp_path):
    with listening_on("127.0.0.1", 0) as taken:
        assert "cannot listen" in refused("--port", str(taken.getsockname()[1]))
    (tmp_path / "prices.toml").write_text("[resources]\ncpu = -1")
    assert "resources.cpu" in refused("--prices", str(tmp_path / "prices.toml"))
    assert "invalid" in refused("--resource", "cpu_cores")


def test_an_answer_does_not_wait_for_an_acknowledgement():
    with listening_on("127.0.0.1", 0) as listening:
        assert listening.proto == socket.IPPROTO_TCP


async def test_what_was_granted_is_there_after_a_restart_for_what_is_left_of_its_lease(tmp_path):
    state, before, after = StateFile(tmp_path / "state.json"), LocalPool({"cpu_cores": 4}), LocalPool()
    await before.allocate(request(amounts=cpus(3), lease_seconds=100))
    state.save(before)
    state.save(before)
    state.load(after)
    assert await free(after) == 1
    (held,) = await after.held("r1")
    assert 90 < held.seconds_left <= 101
    assert await after.allocate(request(amounts=cpus(3), lease_seconds=100)) is not None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["state.json"]


async def test_what_was_granted_stays_where_there_is_less_after_a_restart(tmp_path):
    state, before, after = StateFile(tmp_path / "state.json"), LocalPool({"cpu_cores": 4}), LocalPool()
    await before.allocate(request(amounts=cpus(3)))
    state.save(before)
    state.load(after)
    after.set_kind(ResourceKind(name="cpu_cores", capacity=2))
    assert (await free(after), len(await after.held("r1"))) == (0, 1)


async def test_rate_limits_and_released_ids_are_known_after_a_restart(tmp_path):
    state, after = StateFile(tmp_path / "state.json"), LocalPool()
    before = LocalPool([ResourceKind(name="search", capacity=100, per_seconds=60)])
    await before.allocate(request(amounts={"search": 70.0}))
    await before.release("a1")
    state.save(before)
    state.load(after)
    assert await free(after, "search") == 30
    assert 55 < after.book.next_change(after._clock()) - after._clock() <= 60.1
    with pytest.raises(PlanningError, match="released"):
        await after.allocate(request(amounts={"search": 1.0}))


async def test_a_lease_without_an_end_ends_as_the_longest_there_is(tmp_path):
    held = {"allocation_id": "a1", "owner": "r1", "amounts": {"cpu_cores": 1}, "until": 1e99}
    (tmp_path / "state.json").write_text(json.dumps({"kinds": [], "held": [held]}))
    pool = LocalPool({"cpu_cores": 1})
    StateFile(tmp_path / "state.json").load(pool)
    assert [one.seconds_left for one in pool.everything()] == [pytest.approx(86_400, abs=5)]


_BAD = '{"kinds": [], "held": [], %s}'


@pytest.mark.parametrize(
    "text",
    [
        _BAD % '"taken": {"a": [[0, NaN]]}',
        _BAD % '"taken": 3',
        _BAD % '"released": [1]',
        "",
        "[]",
        '{"kinds": 3}',
        '{"kinds": [], "held": [{}]}',
        '{"kinds": [{"name": ""}]}',
    ],
)
def test_a_file_that_is_no_state_is_refused_in_words(tmp_path, text):
    (tmp_path / "state.json").write_text(text)
    with pytest.raises(PlanningError, match="no state") as error:
        StateFile(tmp_path / "state.json").load(LocalPool())
    assert error.value.code is ErrorCode.SETTINGS_INVALID
