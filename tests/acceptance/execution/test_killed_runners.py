"""kill -9 at every point of a run, then another process goes on: nothing lost, nothing silently twice, none stuck."""

from collections import Counter

import psycopg

from tests.acceptance.execution.conftest import kill_each, resume_each

ALL_DONE = {"a": "completed", "b": "completed", "c": "completed", "d": "completed"}
ONCE = {"a": 1, "b": 1, "c": 1, "d": 1}
POINTS = [
    "before claimed commits", "while claimed commits", "after claimed commits", "before the effect",
    "in the middle of the effect", "before completed commits", "while completed commits", "after completed commits",
    "before a checkpoint", "after a checkpoint", "before the run is completed, version None",
    "after the run is completed, version None",
]  # fmt: skip
IN_DOUBT = ["after claimed commits", "in the middle of the effect", "before completed commits"]


def wrong(trials, expected, seen):
    """What is not as it should be, by case."""
    return {trial.case: seen(trial) for trial in trials if seen(trial) != expected}


def came_to(trial):
    return trial.answer.get("status"), trial.answer.get("tasks"), dict(trial.effects)


def test_with_tools_that_can_be_asked_everything_is_done_exactly_once(trials):
    all_points = trials(*POINTS)
    kill_each(all_points)
    resume_each(all_points)
    assert wrong(all_points, ("completed", ALL_DONE, ONCE), came_to) == {}


def test_killed_before_it_was_begun_there_is_nothing_to_resume_and_it_can_be_run(trials):
    [trial] = trials("before the first checkpoint")
    kill_each([trial])
    assert trial.goes_on(do="resume")["code"] == "E5003"
    trial.goes_on()
    assert came_to(trial) == ("completed", ALL_DONE, ONCE)


def test_an_idempotent_effect_is_repeated_under_the_same_key(trials):
    cases = trials(*IN_DOUBT, kind="idempotent")
    kill_each(cases)
    resume_each(cases)
    assert wrong(cases, ALL_DONE, lambda trial: trial.answer["tasks"]) == {}
    assert wrong(cases, {1}, lambda trial: set(map(len, trial.keys.values()))) == {}
    assert [trial.effects["b"] for trial in cases] == [1, 2, 2]


def test_an_effect_of_which_nobody_knows_waits_for_a_person_and_is_never_repeated(trials):
    cases = trials(*IN_DOUBT, kind="plain")
    kill_each(cases)
    resume_each(cases)
    waiting = {"a": "completed", "b": "in_doubt", "c": "pending", "d": "completed"}
    assert wrong(cases, waiting, lambda trial: trial.answer["tasks"]) == {}
    assert wrong(cases, [True], lambda trial: [name.endswith("b") for name in trial.answer["in_doubt"]]) == {}
    for trial in cases:
        trial.goes_on(do="settle", said={"became": "completed" if trial.effects["b"] else "again"})
    assert wrong(cases, ("completed", ALL_DONE, ONCE), came_to) == {}


def test_an_effect_in_the_ledgers_database_happens_exactly_once(server, trials):
    with psycopg.connect(server.url, autocommit=True) as outside:
        outside.execute("create table outside (key text)")
        cases = trials(
            "after claimed commits", "in the middle of the effect", "between effect and outcome",
            "before the transaction commits", "after the transaction commits", kind="joined",
        )  # fmt: skip
        kill_each(cases)
        resume_each(cases)
        assert wrong(cases, ALL_DONE, lambda trial: trial.answer["tasks"]) == {}
        keys = Counter(outside.execute("select key from outside").fetchall())
    assert list(keys.values()) == [1] * len(cases)


def test_killed_while_it_replans_it_makes_one_next_version(trials):
    cases = trials(
        "in the middle of replanning", "before version 2 commits", "after version 2 commits",
        "before the run is running, version 2", "after the run is running, version 2", said={"fails": "b"},
    )  # fmt: skip
    kill_each(cases)
    resume_each(cases)
    done = {"a": "completed", "b2": "completed", "c": "completed", "d": "completed"}
    once = {"a": 1, "b2": 1, "c": 1, "d": 1}
    for trial in cases:
        assert 1 <= trial.effects["proposal"] <= 2
    assert wrong(cases, (done, once), lambda t: (t.answer["tasks"], dict(t.effects - Counter(proposal=2)))) == {}


def test_killed_when_it_waits_for_an_approval_it_still_waits(trials):
    cases = trials("before the run is waiting, version None", "after the run is waiting, version None",
                   said={"fails": "b", "risky": True})  # fmt: skip
    kill_each(cases)
    resume_each(cases)
    assert wrong(cases, "awaiting_approval", lambda trial: trial.answer["status"]) == {}
    resume_each(cases, do="approve")
    assert wrong(cases, ("completed", 1), lambda trial: (trial.answer["status"], trial.effects["b2"])) == {}


def test_killed_while_it_rolls_back_it_goes_on_undoing(trials):
    cases = trials(
        "after the run is rolling_back, version None", "before compensating commits", "after compensating commits",
        "in the middle of undoing", "before compensated commits", "before the run is rolled_back, version None",
    )  # fmt: skip
    resume_each(cases, do="run")
    for trial in cases:
        trial.fields["do"] = "roll back"
    kill_each(cases)
    resume_each(cases)
    assert (
        wrong(cases, ("rolled_back", {"compensated"}), lambda t: (t.answer["status"], {*t.answer["tasks"].values()}))
        == {}
    )
    undone = {"undo:a", "undo:b", "undo:c", "undo:d"}
    assert wrong(cases, undone, lambda trial: {name for name in trial.effects if name.startswith("undo")}) == {}
    assert wrong(cases, {1}, lambda trial: set(map(len, trial.keys.values()))) == {}  # again, but under the same key
