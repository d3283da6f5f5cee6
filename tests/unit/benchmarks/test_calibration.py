"""Calibration on workflows whose runtimes are known to scatter in a certain way."""

import json
import random

from calibration import measure, recorded


def workflow(folder, name, *, kinds=8, each=40, spread=0.5, seed=0):
    rng = random.Random(seed)
    tasks = [
        {"name": f"{word}_ID{number:05}", "runtimeInSeconds": round(rng.lognormvariate(kind, spread), 3)}
        for kind, word in enumerate(["align", "sort", "merge", "index", "split", "filter", "map", "count"][:kinds])
        for number in range(each)
    ]
    (folder / f"{name}.json").write_text(json.dumps({"tasks": [*tasks, {"name": "untimed"}]}))


def test_four_of_five_held_out_tasks_lie_in_the_learned_interval(tmp_path):
    workflow(tmp_path, "one")
    workflow(tmp_path, "two", seed=1)
    figures = measure(tmp_path, seed=0)
    assert figures["before"] < 0.2
    assert 0.74 < figures["after"] < 0.86
    assert figures["n"] + figures["learned_from"] == 640
    assert set(figures["by_workflow"]) == {"one", "two"}


def test_half_is_held_out_and_another_seed_holds_out_others(tmp_path):
    workflow(tmp_path, "one", kinds=2, each=5)
    first, again, other = (measure(tmp_path, seed=seed) for seed in (0, 0, 1))
    assert first == again
    assert first["n"] == other["n"] == 5


def test_tasks_without_a_runtime_are_left_out(tmp_path):
    workflow(tmp_path, "one", kinds=1, each=3)
    ((name, runs),) = recorded(tmp_path)
    assert (name, len(runs)) == ("one", 3)
