"""Histories on a real Postgres: the same view in another process, reruns that are killed, effects counted outside."""

import subprocess
import sys
import time
from contextlib import asynccontextmanager
from datetime import timedelta

import psycopg
import pytest

from groundplan import ErrorCode, ExecutionPlan, ExecutorRegistry, PlanningError, PlanningService, declare
from groundplan.stores.retention import Due
from groundplan.testing import ScriptedChatModel
from tests.effects import TOOLS, Effects, chain, do, statuses
from tests.postgres import fresh_database
from tests.saved_histories import ANSWER, settings

LOOK = """
import asyncio, sys
from groundplan import PlanningService
from groundplan.service import Settings

async def main(url, home, *runs):
    async with PlanningService(settings=Settings.load(home=home, database_url=url, cache_ttl_seconds=0)) as service:
        for run in runs:
            print((await service.view(run)).sha256)

asyncio.run(main(*sys.argv[1:]))
"""
RERUN = """
import asyncio, sys
from pathlib import Path
from groundplan import ExecutorRegistry, PlanningService
from groundplan.service import Settings

async def do(what):
    with Path(sys.argv[3]).open("a") as effects:
        effects.write(what + "\\n")
    await asyncio.sleep(60)

async def main(url, home):
    executors = ExecutorRegistry(callables={"work.do": do})
    config = Settings.load(home=home, database_url=url, cache_ttl_seconds=0, lease_seconds=1)
    async with PlanningService(settings=config, executors=executors) as service:
        changes = {"tasks.a.output.what": "X"}
        await service.fork("p", "b", changes, release=["work.do"], new_run_id="again")

asyncio.run(main(*sys.argv[1:3]))
"""


@pytest.fixture
def url(embedded):
    with fresh_database(embedded.database_url) as url:
        yield url


@pytest.fixture
def opened(url, tmp_path):
    """A service on the database, and effects that are counted."""

    @asynccontextmanager
    async def opened(effects=None, **more):
        executors = effects.registry() if effects else None
        async with PlanningService(
            settings=settings(url, tmp_path), executors=executors, tools=TOOLS, **more
        ) as service:
            yield service

    return opened


def said_by_another_process(code, *arguments):
    command = [sys.executable, "-W", "error", "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def killed_once_it_wrote(file, code, *arguments):
    """Run another process, kill it when there is something in the file, and let its lease run out."""
    process = subprocess.Popen([sys.executable, "-c", code, *arguments])
    until = time.monotonic() + 30
    while not file.read_text() and time.monotonic() < until:
        time.sleep(0.05)
    process.kill()
    process.wait()
    time.sleep(1.2)


async def test_another_process_views_the_same(opened, url, tmp_path):
    effects = Effects()
    effects.failures["after a"] = 1
    async with opened(effects) as service:
        plan = await service.create_plan("1. Boil water 2. Make tea")
        await service.execute_plan_direct(chain(alternatives=["work.other"]))
        runs = [plan.metadata.run_id, (await service.get_run("p")).run_id]
        here = [(await service.view(run)).sha256 for run in runs]
    assert said_by_another_process(LOOK, url, str(tmp_path), *runs).split() == here


async def test_a_rerun_repeats_failure_and_replan_and_no_effect(opened):
    effects = Effects()
    effects.failures["after a"] = 1
    async with opened(effects) as service:
        await service.execute_plan_direct(chain(alternatives=["work.other"]))
        before = await service.get_plan("p"), await service.list_versions("p"), await service.ledger("p")
        effects.done.clear()
        again = await service.rerun("p")
        assert (again.result.status, effects.done) == ("completed", [])
        assert (await service.get_plan("p"), await service.list_versions("p"), await service.ledger("p")) == before
        told = [event.run_id for event in await service.context.store.read_events()]
        assert again.run_id not in told


async def test_a_planning_run_is_forked_from_each_of_its_checkpoints(opened):
    async with opened(model=ScriptedChatModel(turns=[ANSWER])) as service:
        plan = await service.create_plan("Chart the prices of the week for Ana")
    async with opened() as service:
        for view in await service.history(plan.metadata.run_id):
            if view.next in ([], ["approve"]):
                continue
            again = await service.rerun(plan.metadata.run_id, view.checkpoint_id)
            assert [task.name for task in again.plan.tasks] == ["Fetch the prices", "Draw a chart"]
            assert (await service.get_plan(again.plan.plan_id)).status == plan.status


async def test_a_rerun_that_was_killed_in_an_effect_leaves_it_in_doubt_and_repeats_nothing(opened, url, tmp_path):
    effects, file = Effects(), tmp_path / "effects.txt"
    file.write_text("")
    async with opened(effects) as service:
        await service.execute_plan_direct(chain())
    killed_once_it_wrote(file, RERUN, url, str(tmp_path), str(file))
    effects.done.clear()
    async with opened(effects) as service:
        result = await service.resume("again")
        assert statuses(result)["b"] == "in_doubt"
        assert (effects.done, file.read_text()) == ([], "after X\n")
        await service.settle_doubt("again", "b", "completed", by="ada", output={"what": "after X"})
        result = await service.resume("again")
    assert statuses(result) == {"a": "completed", "b": "completed", "c": "completed"}
    assert (effects.done, file.read_text()) == ([], "after X\n")


async def test_a_thousand_tasks_are_repeated(opened):
    effects = Effects()
    async with opened(effects) as service:
        await service.execute_plan_direct(ExecutionPlan(plan_id="p", tasks=[do(f"t{n}") for n in range(1000)]))
        effects.done.clear()
        again = await service.rerun("p", 500)
        assert (again.result.status, effects.done) == ("completed", [])
        assert len(await service.ledger(again.run_id)) == 2000


async def test_pruning_takes_everything_of_a_run_and_nothing_else(opened, url):
    effects = Effects()
    async with opened(effects, model=ScriptedChatModel(turns=[ANSWER])) as service:
        plan = await service.create_plan("Chart the prices of the week for Ana")
        await service.execute_plan_direct(chain())
        planned = await service.prune(timedelta(days=-1), dry_run=True)
        gone = await service.prune(timedelta(days=-1))
        assert gone == planned != Due()
        with psycopg.connect(url) as connection:
            for table in ("runs", "ledger", "planning_runs", "model_answers", "checkpoints", "checkpoint_blobs",
                          "checkpoint_writes"):  # fmt: skip
                assert connection.execute(f"select count(*) from {table}").fetchone() == (0,), table  # noqa: S608
        assert (await service.get_plan("p")).tasks[0].outputs == {"what": "a"}
        assert (await service.get_plan(plan.plan_id)).status == "validated"
        with pytest.raises(PlanningError) as raised:
            await service.view("p")
        assert raised.value.code is ErrorCode.GOAL_NOT_FOUND


async def test_a_released_effect_in_the_same_database_joins_the_outcome_of_the_rerun(url, tmp_path):
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create table outside (what text)")

    async def write(what, connection):
        await connection.execute("insert into outside values (%s)", [what])
        return {"what": what}

    executors = ExecutorRegistry(callables={"work.do": declare(write, transactional=True)})
    async with PlanningService(settings=settings(url, tmp_path), executors=executors) as service:
        await service.execute_plan_direct(ExecutionPlan(plan_id="p", tasks=[do("a"), do("b", "a")]))
        forked = await service.fork("p", "b", {"tasks.b.inputs.what": "new"}, release=["work.do"])
        assert forked.result.status == "completed"
    with psycopg.connect(url) as connection:
        assert connection.execute("select what from outside").fetchall() == [("a",), ("b",), ("new",)]
