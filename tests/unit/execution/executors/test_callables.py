import asyncio
import functools
import threading

import pytest

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.execution import Usage
from groundplan.execution.executors.callables import CallableExecutor
from groundplan.execution.executors.declare import declare
from groundplan.execution.protocols import InDoubtError, Produced, Reconciled, ReconcileVerdict, TaskCall
from tests.contracts.executor import LIMITS, NO_GRACE, EffectfulWork, ExecutorContract, ThreadedWork
from tests.plan_factories import task
from tests.task_calls import call


async def leave():
    raise SystemExit(3)


class TestSyncCallables(ExecutorContract, ThreadedWork):
    @pytest.fixture
    def running(self):
        def executor(work, idempotent=False, limits=LIMITS):
            return CallableExecutor(declare(lambda: work(), idempotent=idempotent), limits=limits)

        return executor


class TestAsyncCallables(ExecutorContract, EffectfulWork):
    @pytest.fixture
    def running(self):
        def executor(work, idempotent=False, limits=LIMITS):
            async def awaited():
                return work()

            return CallableExecutor(declare(awaited, idempotent=idempotent), limits=limits)

        return executor

    @pytest.fixture
    def hanging(self):
        def executor(work, idempotent=False, limits=LIMITS):
            return CallableExecutor(declare(work, idempotent=idempotent), limits=limits)

        return executor


class TestCallablesThatGiveACoroutine(EffectfulWork):
    @pytest.fixture
    def hanging(self):
        def executor(work, idempotent=False, limits=LIMITS):
            return CallableExecutor(declare(lambda: work(), idempotent=idempotent), limits=limits)

        return executor


@pytest.mark.parametrize("function", [lambda: leave(), functools.partial(leave)])
async def test_a_coroutine_cannot_end_the_process(function):
    with pytest.raises(PlanningError, match="SystemExit"):
        await CallableExecutor(function).run(call())


async def output_of(function, inputs=None, **fields):
    return (await CallableExecutor(function).run(call(inputs, **fields))).output


async def test_inputs_go_to_the_parameters_of_their_names():
    assert await output_of(lambda a, b=2: [a, b], {"a": 1}) == [1, 2]
    assert await output_of(lambda **given: given, {"a": 1, "b": 2}) == {"a": 1, "b": 2}
    assert await output_of(lambda a, **given: [a, given], {"a": 1, "b": 2}) == [1, {"b": 2}]


async def test_what_belongs_to_the_call_is_filled_in():
    def work(to, *, idempotency_key, connection=None):
        return [to, idempotency_key, connection]

    assert await output_of(work, {"to": "Ana"}, connection="open") == ["Ana", "key-1", "open"]
    assert await output_of(lambda call: call.run_id, {"other": 1}) == "run-1"
    assert await output_of(lambda task: task.task_id) == "t1"
    assert await output_of(lambda inputs: inputs, {"a": 1}) == {"a": 1}


async def test_a_parameter_named_task_or_call_may_be_an_input_if_it_says_so():
    def work(task: str, call: int = 0):
        return [task, call]

    assert await output_of(work, {"task": "sweep", "call": 3}) == ["sweep", 3]

    def typed(call: TaskCall, task: "str"):
        return [call.attempt, task]

    assert await output_of(typed, {"task": "sweep"}) == [1, "sweep"]


@pytest.mark.parametrize(
    ("function", "inputs", "problems"),
    [
        (lambda a: a, {}, {"a": "is missing"}),
        (lambda a: a, {"a": 1, "b": 2}, {"b": "is not taken"}),
        (lambda: 1, {"b": 2}, {"b": "is not taken"}),
        (lambda idempotency_key: 1, {"idempotency_key": "forged"}, {"idempotency_key": "is filled by the executor"}),
    ],
)
async def test_inputs_that_do_not_fit_are_refused_before_anything_happens(function, inputs, problems):
    with pytest.raises(PlanningError) as caught:
        await output_of(function, inputs)
    assert caught.value.code is ErrorCode.ARGUMENTS_INVALID
    assert caught.value.details["problems"] == problems
    assert not caught.value.retryable


async def test_a_type_error_inside_the_function_is_its_own():
    def work():
        return len(3)

    with pytest.raises(TypeError, match="has no len"):
        await output_of(work)


async def test_methods_partials_and_objects_are_callables_too():
    class Desk:
        async def write(self, text):
            return f"wrote {text}"

        async def __call__(self, text):
            return f"called {text}"

    assert await output_of(Desk().write, {"text": "x"}) == "wrote x"
    assert await output_of(Desk(), {"text": "x"}) == "called x"
    assert await output_of(functools.partial(Desk().write, text="x")) == "wrote x"


def test_arguments_without_a_name_are_refused_at_registration():
    with pytest.raises(TypeError, match="only by its place"):
        CallableExecutor(lambda a, /: a)


async def test_a_function_may_say_what_it_used():
    def work():
        return Produced(output={"n": (1, 2)}, usage=Usage(tokens=5, cost=0.25), record={"page": 3})

    produced = await CallableExecutor(work).run(call())
    assert produced == Produced(output={"n": [1, 2]}, usage=Usage(tokens=5, cost=0.25), record={"page": 3})


async def test_it_says_what_was_declared():
    executor = CallableExecutor(declare(lambda: 1, idempotent=True, irreversible=True))
    assert executor.declaration(task()).idempotent
    assert executor.declaration(task()).irreversible
    assert not CallableExecutor(lambda: 1).declaration(task()).idempotent


async def test_reconcile_is_not_asked_while_the_work_still_goes_on():
    end, asked, threads = threading.Event(), [], []

    async def reconcile(call):
        asked.append(call.idempotency_key)
        return Reconciled(verdict=ReconcileVerdict.DONE, output=7)

    def work():
        threads.append(threading.current_thread())
        end.wait(5)

    executor = CallableExecutor(declare(work, reconcile=reconcile), limits=NO_GRACE)
    ask = executor.declaration(task()).reconcile
    with pytest.raises(InDoubtError):
        async with asyncio.timeout(0.01):
            await executor.run(call())
    assert (await ask(call())).verdict is ReconcileVerdict.UNKNOWN
    assert asked == []
    end.set()
    threads[0].join()
    assert (await ask(call())).output == 7
    assert asked == ["key-1"]


async def test_a_transactional_function_never_joins_what_belonged_to_another_transaction():
    begun, end = [], asyncio.Event()

    async def work(connection):
        begun.append(connection)
        while not end.is_set():
            try:
                await end.wait()
            except asyncio.CancelledError:
                continue
        return connection

    executor = CallableExecutor(declare(work, transactional=True), limits=NO_GRACE)
    with pytest.raises(InDoubtError):
        async with asyncio.timeout(0.01):
            await executor.run(call(connection="first"))
    end.set()
    assert (await executor.run(call(connection="second"))).output == "second"
    assert begun == ["first", "second"]
