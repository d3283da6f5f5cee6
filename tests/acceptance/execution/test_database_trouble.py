"""The database restarts, stays away for a while, or has no room, in the middle of a run: the run goes on by itself."""

import time

import psycopg
import pytest

from tests.acceptance.execution.conftest import wait_for

DONE = {"a": "completed", "b": "completed", "c": "completed", "d": "completed"}
ONCE = {"a": 1, "b": 1, "begun:b": 1, "c": 1, "d": 1}
SLOW = {"slow": "b", "seconds": 0.5}


def begun(trial):
    wait_for(lambda: trial.effects["begun:b"])


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_restart_in_the_middle_of_an_effect(server, trials, mode):
    [trial] = trials(mode, said=SLOW)
    runner = trial.start(**trial.fields)
    begun(trial)
    server.stop(mode)
    time.sleep(0.5)
    server.start()
    assert runner.answer()["tasks"] == DONE
    assert trial.effects == ONCE


def test_away_for_a_while_it_is_waited_for_by_who_has_the_patience(server, trials):
    patient, hasty = trials("patient", "hasty", said=SLOW)
    waiting = patient.start(**patient.fields)
    giving_up = hasty.start(**hasty.fields | {"said": SLOW | {"patience": 0}})
    begun(patient)
    begun(hasty)
    server.stop("immediate")
    told = (
        giving_up.answer()
    )  # this takes ten seconds and more: commit, lease and checkpoint are each tried for a while
    server.start()
    assert told["code"] == "E5800"
    assert waiting.answer()["tasks"] == DONE
    assert hasty.goes_on(do="resume", said={})["tasks"] == DONE
    assert dict(patient.effects) == dict(hasty.effects) == ONCE


def test_a_shared_transaction_that_the_database_lost_is_made_again(server, trials):
    with psycopg.connect(server.url, autocommit=True) as outside:
        outside.execute("create table if not exists outside (key text)")
    [trial] = trials("joined", kind="joined", said={"holds": 1.0})
    runner = trial.start(**trial.fields)
    wait_for(lambda: trial.effects["joining"])
    server.stop("immediate")
    server.start()
    assert runner.answer()["tasks"] == DONE
    with psycopg.connect(server.url, autocommit=True) as outside:
        assert len(outside.execute("select key from outside").fetchall()) == 1


def test_a_disk_without_room_is_waited_for(server, trials):
    [trial] = trials("full", said=SLOW)
    runner = trial.start(**trial.fields)
    begun(trial)
    with psycopg.connect(server.url, autocommit=True) as database:
        database.execute(_NO_ROOM)
        time.sleep(1.0)
        assert runner.is_alive()
        database.execute("drop trigger no_room on ledger")
    assert runner.answer()["tasks"] == DONE
    assert trial.effects == ONCE


def test_a_redis_that_is_gone_is_of_no_concern_to_a_run(trials):
    [trial] = trials("redis")
    trial.goes_on(said={"redis": "redis://127.0.0.1:1/0"})
    assert trial.answer["tasks"] == DONE


def test_a_plan_that_was_altered_between_crash_and_resume_is_not_run(server, trials):
    [trial] = trials("in the middle of the effect")
    trial.killed(point=trial.case)
    plan = [trial.fields["plan_id"]]
    change = "update tasks set spec = replace(spec::text, 'work.asked', 'work.plain')::json where plan_id = %s"
    back = change.replace("'work.asked', 'work.plain'", "'work.plain', 'work.asked'")
    with psycopg.connect(server.url, autocommit=True) as database:
        database.execute(change, plan)
        assert trial.goes_on(do="resume")["code"] == "E5801"
        assert trial.effects["c"] == 0
        database.execute(back, plan)
    assert trial.goes_on(do="resume")["tasks"] == DONE


_NO_ROOM = """
create function no_room() returns trigger language plpgsql as $$
begin
    raise exception 'could not extend file "base/1/2": No space left on device' using errcode = 'disk_full';
end
$$;
create trigger no_room before insert on ledger for each statement execute function no_room();
"""
