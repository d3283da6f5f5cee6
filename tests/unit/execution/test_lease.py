"""Holding a run: renewed while it is held, lost once, shared by the nodes of one drive and by nobody else."""

import asyncio

import pytest

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.execution import lease as leases_module
from groundplan.execution.lease import Leases
from groundplan.stores.run_protocol import Asked
from tests.plan_factories import task
from tests.scheduled_runs import ScheduledRun, until


@pytest.fixture
async def runs():
    run = ScheduledRun(task("a"))
    await run.open()
    return run.runs


async def code_of_taking(runs):
    with pytest.raises(PlanningError) as raised:
        async with Leases(runs, 15.0).hold("r1"):
            pass
    return raised.value.code


async def taken_over(runs):
    runs._kept["r1"].leased_until = 0.0
    await runs.take_lease("r1", "another", 15.0)


async def test_it_is_held_for_the_block_and_free_after_it(runs):
    async with Leases(runs, 15.0).hold("r1") as held:
        assert held.is_sure()
        assert await code_of_taking(runs) is ErrorCode.RUN_CONFLICT
    async with Leases(runs, 15.0).hold("r1"):
        pass


async def test_it_is_given_back_after_an_error_too(runs):
    with pytest.raises(RuntimeError):
        async with Leases(runs, 15.0).hold("r1"):
            raise RuntimeError
    assert runs._kept["r1"].owner is None


async def test_it_is_renewed_for_as_long_as_it_is_held(runs):
    async with Leases(runs, 0.04).hold("r1") as held:
        await asyncio.sleep(0.15)
        assert held.is_sure()
        assert await code_of_taking(runs) is ErrorCode.RUN_CONFLICT


async def test_who_was_taken_over_is_told_once_and_never_sure_again(runs):
    lost = []
    async with Leases(runs, 0.04).hold("r1") as held:
        held.on_lost = lost.append
        await taken_over(runs)
        await until(lambda: lost)
        assert not held.is_sure()
        with pytest.raises(PlanningError):
            await held.renew()
    assert [error.code for error in lost] == [ErrorCode.RUN_CONFLICT]
    assert runs._kept["r1"].owner == "another"  # giving back what one does not hold takes nothing away


async def test_while_the_database_is_away_it_is_tried_again_and_unsure_in_the_end(runs):
    renew, tries = runs.renew_lease, []

    async def away(lease):
        tries.append(lease)
        raise PlanningError(ErrorCode.STORE_UNAVAILABLE, "gone")

    async with Leases(runs, 0.04).hold("r1") as held:
        runs.renew_lease = away
        await until(lambda: len(tries) > 6)
        assert not held.is_sure() and held.lost is None
        runs.renew_lease = renew
        await until(held.is_sure)


async def test_time_that_the_machine_slept_counts(runs, monkeypatch):
    now = 1000.0
    monkeypatch.setattr(leases_module, "_now", lambda: now)
    async with Leases(runs, 15.0).hold("r1") as held:
        assert held.is_sure()
        now += 15.0
        assert not held.is_sure()
        await held.renew()
        assert held.is_sure()


async def test_a_request_is_heard_at_once_by_a_runner_of_this_process(runs):
    heard = []
    leases = Leases(runs, 15.0)
    async with leases.hold("r1") as held:
        held.on_asked = heard.append
        await runs.ask("r1", Asked("drain", {}))
        await leases.nudge("r1")
    await leases.nudge("r1")  # nobody there: no error
    assert [asked.request for asked in heard] == ["drain"]


class TestKeptLeases:
    async def test_it_is_held_between_the_nodes_of_a_drive(self, runs):
        async with Leases(runs, 15.0).kept() as leases:
            async with leases.hold("r1") as first:
                pass
            assert await code_of_taking(runs) is ErrorCode.RUN_CONFLICT
            async with leases.kept() as inner, inner.hold("r1") as second:
                assert second is first
            assert await code_of_taking(runs) is ErrorCode.RUN_CONFLICT
        assert runs._kept["r1"].owner is None

    async def test_two_drives_of_one_process_do_not_share_it(self, runs):
        leases = Leases(runs, 15.0)
        async with leases.kept() as one, leases.kept() as other, one.hold("r1"):
            with pytest.raises(PlanningError) as raised:
                async with other.hold("r1"):
                    pass
        assert raised.value.code is ErrorCode.RUN_CONFLICT

    async def test_a_node_does_not_begin_when_the_run_was_taken_over_before_it(self, runs):
        async with Leases(runs, 15.0).kept() as leases:
            async with leases.hold("r1") as held:
                pass
            held._until = 0.0  # frozen for longer than the lease
            await taken_over(runs)
            with pytest.raises(PlanningError) as raised:
                async with leases.hold("r1"):
                    pass
        assert raised.value.code is ErrorCode.RUN_CONFLICT
