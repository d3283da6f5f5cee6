"""What every `Executor` keeps to. A test class inherits it and gives `running`.

`running(work, idempotent=…, limits=…)` is an executor whose task calls `work` with no arguments: a function that
returns a text or raises.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.execution.executors.current_call import current_call
from groundplan.execution.executors.limits import ExecutorLimits
from groundplan.execution.protocols import Executor, InDoubtError, Produced
from tests.task_calls import call

PROMPTLY = 5.0
"""A guard against hanging, in seconds; nothing here takes a tenth of it."""
LIMITS = ExecutorLimits(output_bytes=1_000, grace_seconds=PROMPTLY)
NO_GRACE = ExecutorLimits(output_bytes=1_000, grace_seconds=0.02)

Running = Callable[..., Executor]


def failing() -> str:
    raise LookupError("no such account")


class ExecutorContract:
    wraps_errors = False
    """Whether errors of the work become a `PlanningError` of the executor's own."""

    async def test_the_work_is_done_and_its_output_given_back(self, running: Running) -> None:
        assert (await running(lambda: "done").run(call())).output == "done"

    async def test_an_error_of_the_work_is_an_error_of_the_attempt(self, running: Running) -> None:
        with pytest.raises(PlanningError if self.wraps_errors else LookupError):
            await running(failing).run(call())

    async def test_the_work_knows_its_call(self, running: Running) -> None:
        executor = running(lambda: current_call().idempotency_key)
        assert (await executor.run(call(idempotency_key="mine"))).output == "mine"
        with pytest.raises(LookupError):
            current_call()

    async def test_calls_do_not_mix(self, running: Running) -> None:
        executor = running(lambda: current_call().idempotency_key)
        keys = [f"key-{number}" for number in range(20)]
        given = await asyncio.gather(*(executor.run(call(idempotency_key=key)) for key in keys))
        assert [one.output for one in given] == keys

    async def test_more_than_the_limit_is_refused(self, running: Running) -> None:
        with pytest.raises(PlanningError) as caught:
            await running(lambda: "x" * 1_001).run(call())
        assert caught.value.code is ErrorCode.OUTPUT_TOO_LARGE
        assert not caught.value.retryable

    async def test_a_text_that_no_store_takes_never_gets_through(self, running: Running) -> None:
        try:
            output = (await running(lambda: "a\x00b").run(call())).output
        except PlanningError as error:
            assert error.code is ErrorCode.OUTPUT_INVALID
        else:
            assert "\x00" not in output


class AsyncWork:
    """For executors whose work runs on the event loop: `hanging` is `running` for an async function."""

    async def test_cancelling_stops_work_that_may_be_repeated(self, hanging: Running) -> None:
        started = asyncio.Event()

        async def work() -> str:
            started.set()
            await asyncio.Event().wait()
            return "never"

        attempt = asyncio.create_task(hanging(work, idempotent=True).run(call()))
        await asyncio.wait_for(started.wait(), PROMPTLY)
        attempt.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(attempt, PROMPTLY)

    async def test_other_executors_go_on_meanwhile(self, hanging: Running) -> None:
        barrier = asyncio.Barrier(10)

        async def work() -> str:
            return str(await barrier.wait() >= 0)

        executor = hanging(work, idempotent=True)
        calls = (executor.run(call(idempotency_key=f"k{number}")) for number in range(10))
        given = await asyncio.wait_for(asyncio.gather(*calls), PROMPTLY)
        assert {one.output for one in given} == {"True"}


async def stopped(executor: Executor, begun: asyncio.Event) -> Produced:
    """What comes of an attempt that is cancelled in the middle of its work."""
    attempt = asyncio.create_task(executor.run(call()))
    await asyncio.wait_for(begun.wait(), PROMPTLY)
    attempt.cancel()
    return await attempt


class EffectfulWork(AsyncWork):
    """For executors whose work may have an effect."""

    async def test_work_that_must_not_be_repeated_is_in_doubt_when_stopped(self, hanging: Running) -> None:
        begun = asyncio.Event()

        async def work() -> str:
            begun.set()
            await asyncio.Event().wait()
            return "never"

        with pytest.raises(InDoubtError, match="stopped in the middle"):
            await stopped(hanging(work), begun)

    async def test_work_that_ends_although_it_was_cancelled_has_ended(self, hanging: Running) -> None:
        begun = asyncio.Event()

        async def work() -> str:
            begun.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                return "too late"
            return "never"

        assert (await stopped(hanging(work), begun)).output == "too late"

    async def test_an_error_in_being_stopped_tells_nothing(self, hanging: Running) -> None:
        begun = asyncio.Event()

        async def work() -> str:
            begun.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                raise OSError("connection lost") from None
            return "never"

        with pytest.raises(InDoubtError):
            await stopped(hanging(work), begun)

    async def test_work_that_ignores_being_cancelled_is_left_and_joined_by_the_next_attempt(
        self, hanging: Running
    ) -> None:
        begun, end = [], asyncio.Event()

        async def work() -> str:
            begun.append(1)
            while not end.is_set():
                try:
                    await end.wait()
                except asyncio.CancelledError:
                    continue
            return "at last"

        executor = hanging(work, idempotent=True, limits=NO_GRACE)
        with pytest.raises(InDoubtError, match="goes on"):
            async with asyncio.timeout(0.02):
                await executor.run(call())
        asyncio.get_running_loop().call_later(0.02, end.set)
        assert (await asyncio.wait_for(executor.run(call(attempt=2)), PROMPTLY)).output == "at last"
        assert begun == [1]

    async def test_work_that_cancels_itself_has_failed(self, hanging: Running) -> None:
        async def work() -> str:
            raise asyncio.CancelledError

        with pytest.raises(PlanningError, match="cancelled itself") as caught:
            await hanging(work).run(call())
        assert caught.value.code is ErrorCode.TASK_FAILED


class ThreadedWork:
    """For executors that take sync work: `running` gets it."""

    async def test_it_runs_off_the_event_loop(self, running: Running) -> None:
        thread = (await running(lambda: threading.current_thread().name).run(call())).output
        assert thread != threading.current_thread().name

    async def test_many_run_at_once(self, running: Running) -> None:
        barrier = threading.Barrier(40, timeout=PROMPTLY)
        executor = running(lambda: str(barrier.wait() >= 0))
        given = await asyncio.gather(*(executor.run(call(idempotency_key=f"k{number}")) for number in range(40)))
        assert {one.output for one in given} == {"True"}

    async def test_what_ends_within_the_grace_time_has_ended(self, running: Running) -> None:
        executor = running(lambda: time.sleep(0.04) or "done")
        async with asyncio.timeout(0.01):
            assert (await executor.run(call())).output == "done"

    @pytest.mark.parametrize("idempotent", [True, False])
    async def test_a_thread_cannot_be_stopped_and_is_never_run_twice_at_once(
        self, running: Running, idempotent: bool
    ) -> None:
        begun, end = [], threading.Event()

        def work() -> str:
            begun.append(1)
            end.wait(PROMPTLY)
            return "at last"

        executor = running(work, idempotent=idempotent, limits=NO_GRACE)
        with pytest.raises(InDoubtError, match="cannot be stopped"):
            async with asyncio.timeout(0.02):
                await executor.run(call())
        asyncio.get_running_loop().call_later(0.02, end.set)
        assert (await executor.run(call(attempt=2))).output == "at last"
        assert begun == [1]

    @pytest.mark.parametrize("error", [SystemExit(3), StopIteration(), asyncio.CancelledError()])
    async def test_what_would_stop_the_event_loop_is_a_failure(self, running: Running, error: Any) -> None:
        def work() -> str:
            raise error

        with pytest.raises(PlanningError, match=type(error).__name__):
            await asyncio.wait_for(running(work).run(call()), PROMPTLY)
