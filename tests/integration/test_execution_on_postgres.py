"""Plans run on a real Postgres: what tools give and say, in whatever form, and effects that share its transactions."""

from contextlib import asynccontextmanager

import psycopg
import pytest

from groundplan import ErrorCode, ExecutionPlan, PlanningError, PlanningService, RetryPolicy, Task, TaskDependency
from groundplan.domain.task import Compensation
from groundplan.service import Settings
from tests.postgres import fresh_database
from tests.scheduled_runs import ByTask, Doing


@pytest.fixture(scope="module")
def url(embedded):
    with fresh_database(embedded.database_url) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("create table outside (key text)")
        yield url


@pytest.fixture
def run(url, tmp_path):
    """Runs a plan of these tasks by these executors: the result."""

    @asynccontextmanager
    async def opened(executors):
        settings = Settings.load(home=tmp_path, database_url=url, cache_ttl_seconds=0, pool_size=4)
        async with PlanningService(settings=settings, executors=executors, replanner=None) as service:
            yield service

    async def run(*tasks, executors, prepare=lambda runs: None, **options):
        async with opened(executors) as service:
            prepare(service.run_context.runs)
            plan = ExecutionPlan(tasks=list(tasks))
            result = await service.execute_plan_direct(plan, **{"policy": "continue"} | options)
            assert (await service.get_plan(plan.plan_id)).status == result.status
            return result

    return run


def do(task_id, *after, **fields):
    return Task(task_id=task_id, name=f"Do {task_id}", tool="work.do", **fields,
                dependencies=[TaskDependency(task_id=other) for other in after])  # fmt: skip


def raising(error):
    def fail(call):
        raise error

    return Doing(fail)


def statuses(result):
    return {task_id: task.status.value for task_id, task in result.items()}


@pytest.mark.parametrize(
    "bad",
    [
        raising(OSError("nul \x00, half a pair \ud800")),
        raising(PlanningError(ErrorCode.TASK_FAILED, "nul \x00", details={"\x00": "\ud800", "thing": object()})),
        Doing(lambda call: {"text": "nul \x00"}),
        Doing(lambda call: "half a pair \ud800"),
        Doing(lambda call: object()),
        Doing(lambda call: "x" * 50_000_000),
    ],
    ids=["error", "details", "nul", "surrogate", "no JSON", "50 MB"],
)
async def test_what_postgres_does_not_take_fails_its_task_and_the_run_goes_on(run, bad):
    result = await run(do("bad"), do("other"), do("after", "other"), executors=ByTask(bad=bad))
    assert statuses(result) == {"bad": "failed", "other": "completed", "after": "completed"}
    assert result["bad"].error["message"]


async def test_any_text_that_json_has_comes_through(run):
    text = "".join(map(chr, range(1, 0x250))) + "😀\u2028\ufffe"
    given = {}
    after = do("b", "a", inputs={"text": "${a.output.text}"})
    executors = ByTask(a=Doing(lambda call: {"text": text}), b=Doing(lambda call: given.update(call.inputs)))
    assert (await run(do("a"), after, executors=executors)).status == "completed"
    assert given["text"] == text


async def test_a_large_output_is_kept_and_bound(run):
    seen = []
    after = do("b", "a", inputs={"all": "${a.output}"})
    executors = ByTask(
        a=Doing(lambda call: "x" * 5_000_000), b=Doing(lambda call: seen.append(len(call.inputs["all"])))
    )
    assert (await run(do("a"), after, executors=executors)).status == "completed"
    assert seen == [5_000_000]


async def test_a_thousand_tasks_that_fail_at_once(run):
    result = await run(*(do(f"t{n}") for n in range(1000)), do("end", "t0"), executors=raising(OSError("broke")),
                       max_concurrent_tasks=1000)  # fmt: skip
    assert result.status == "failed"
    assert sum(status == "failed" for status in statuses(result).values()) == 1000
    assert result["end"].status == "blocked"


_PAID = """
select count(*) from outside
where key in (select key from ledger join runs using (run_id) where plan_id = %s)
"""


class Bank:
    """A tool whose effect is a row in the ledger's own database."""

    def __init__(self, url):
        self._url = url
        self.doing = Doing(self._pay, transactional=True)
        self.error = None

    async def _pay(self, call):
        await call.connection.execute("insert into outside (key) values (%s)", [call.idempotency_key])
        if self.error is not None:
            error, self.error = self.error, None
            raise error

    def rows(self, result):
        with psycopg.connect(self._url) as connection:
            return connection.execute(_PAID, [result.plan_id]).fetchone()[0]


@pytest.fixture
def bank(url):
    return Bank(url)


async def test_more_joined_effects_at_once_than_connections_all_happen_once(run, bank):
    result = await run(*(do(f"t{n}") for n in range(30)), executors=bank.doing, max_concurrent_tasks=30)
    assert (result.status, bank.rows(result)) == ("completed", 30)


@pytest.mark.parametrize("error", [OSError("no such file"), TimeoutError("slow"), RuntimeError("broke")], ids=repr)
async def test_a_joined_effect_that_raises_leaves_nothing_and_its_own_words(run, bank, error):
    bank.error = error
    result = await run(do("a"), executors=bank.doing)
    assert (statuses(result), bank.rows(result)) == ({"a": "failed"}, 0)
    assert str(error) in result["a"].error["message"]


async def test_a_joined_effect_is_tried_again_as_its_policy_says(run, bank):
    bank.error = RuntimeError("broke")
    result = await run(do("a", retry_policy=RetryPolicy(attempts=2, backoff_seconds=0)), executors=bank.doing)
    assert (result["a"].attempts, statuses(result), bank.rows(result)) == (2, {"a": "completed"}, 1)


@pytest.mark.parametrize("committed", [True, False], ids=["committed", "rolled back"])
async def test_a_commit_of_which_nobody_heard_is_looked_up_before_anything_is_done_again(run, bank, committed):
    def unheard(runs):
        joined, failed = runs.joined, []

        @asynccontextmanager
        async def lose_the_answer(lease):
            async with joined(lease) as transaction:
                yield transaction
                if not committed and not failed:
                    failed.append(True)
                    raise PlanningError(ErrorCode.STORE_UNAVAILABLE, "the line went dead")
            if committed and not failed:
                failed.append(True)
                raise PlanningError(ErrorCode.STORE_UNAVAILABLE, "the line went dead")

        runs.joined = lose_the_answer

    result = await run(do("a"), do("b", "a"), executors=ByTask(a=bank.doing), prepare=unheard)
    assert (result.status, bank.rows(result)) == ("completed", 1)
    assert bank.doing.begun["a"] == (1 if committed else 2)
    assert result["a"].attempts == 1


async def test_a_joined_effect_that_takes_too_long_leaves_nothing(run, url, bank):
    async def slow(call):
        await call.connection.execute("insert into outside (key) values (%s)", [call.idempotency_key])
        await call.connection.execute("select pg_sleep(60)")

    result = await run(do("a", timeout_seconds=0.2), executors=Doing(slow, transactional=True))
    assert (statuses(result), result["a"].error["code"], bank.rows(result)) == ({"a": "failed"}, "E5206", 0)


async def test_what_is_undone_in_the_ledgers_database_is_a_transaction_too(url, bank, tmp_path):
    async def undo(call):
        await call.connection.execute(
            "delete from outside where key = %s", [call.idempotency_key.removesuffix(":undo")]
        )

    both = Doing(lambda call: bank._pay(call) if call.task.tool == "work.do" else undo(call), transactional=True)
    settings = Settings.load(home=tmp_path, database_url=url, cache_ttl_seconds=0)
    async with PlanningService(settings=settings, executors=both) as service:
        done = await service.execute_plan_direct(
            ExecutionPlan(tasks=[do("a", compensation=Compensation(description="undo", tool="work.undo"))])
        )
        assert bank.rows(done) == 1
        assert statuses(await service.rollback_plan(done.plan_id)) == {"a": "compensated"}
        assert bank.rows(done) == 0


async def test_what_is_undone_in_a_transaction_is_undone_once_whenever_its_runner_dies(url, bank, tmp_path):
    undone = []

    async def undo(call):
        undone.append(call.idempotency_key)
        await call.connection.execute("insert into outside (key) values (%s)", [call.idempotency_key])

    both = Doing(lambda call: bank._pay(call) if call.task.tool == "work.do" else undo(call), transactional=True)
    settings = Settings.load(home=tmp_path, database_url=url, cache_ttl_seconds=0)
    async with PlanningService(settings=settings, executors=both) as service:
        done = await service.execute_plan_direct(
            ExecutionPlan(tasks=[do("a", compensation=Compensation(description="undo", tool="work.undo"))])
        )
        runs = service.run_context.runs
        append = runs.append

        async def dies_before_the_line(lease, entries, events=()):
            if any(entry.kind == "compensated" for entry in entries):
                raise PlanningError(ErrorCode.STORE_UNAVAILABLE, "the runner is gone")
            await append(lease, entries, events)

        runs.append = dies_before_the_line
        try:
            await service.rollback_plan(done.plan_id)
        finally:
            runs.append = append
        assert statuses(await service.rollback_plan(done.plan_id)) == {"a": "compensated"}
    with psycopg.connect(url) as connection:
        rows = connection.execute("select count(*) from outside where key like '%:undo'").fetchone()[0]
    assert (rows, len(undone)) == (1, 1)
