"""Effects are counted outside of the processes that are killed."""

import os

from crash_trial import TASKS, Trial, kind_of
from crash_world import Decided, Effect, Kind, World


def test_effects_and_decisions_are_kept_in_their_order_by_whoever_writes(tmp_path):
    World(tmp_path / "w").happen("t1", Kind.PLAIN, "key")
    World(tmp_path / "w").decide(Decided("t1", True))
    World(tmp_path / "w").happen("t2", Kind.RECONCILE, "other")
    world = World(tmp_path / "w")
    assert world.effects() == [
        Effect("t1", Kind.PLAIN, "key", os.getpid()),
        Effect("t2", Kind.RECONCILE, "other", os.getpid()),
    ]
    assert world.decisions() == [Decided("t1", True)]


def test_a_world_in_which_nothing_happened_has_no_effects(tmp_path):
    assert World(tmp_path / "w").effects() == []


def test_a_trial_has_each_kind_of_tool_equally_often(tmp_path):
    trial = Trial("t", "ours", "random", 7, "postgresql://", tmp_path)
    kinds = [kind_of(task) for task in trial.dag.seconds]
    assert [kinds.count(kind) for kind in Kind] == [TASKS // 3] * 3
    assert trial.dag == trial.dag
