"""One trial of the crash matrix: a random plan of 30 tasks with three kinds of tools, and where its traces are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from crash_fuse import Point
from crash_world import Kind, World
from execution_dags import Dag, laned

TASKS = 30
WIDTH = 8
SECONDS = 0.004


@dataclass(frozen=True, slots=True)
class Trial:
    """What a worker process has to know; it can be pickled.

    Attributes:
        name: the id of run, plan and thread; no other trial has it.
        contestant: `ours` or `langgraph`.
        url: the database.
        folder: where the world's file and our signing key are.
    """

    name: str
    contestant: str
    point: Point
    seed: int
    url: str
    folder: Path

    @property
    def dag(self) -> Dag:
        """The tasks."""
        return laned(TASKS, WIDTH, SECONDS, self.seed)

    @property
    def world(self) -> World:
        """Where the effects are counted."""
        return World(self.folder / f"{self.name}.jsonl")


def kind_of(task: str) -> Kind:
    """The kind of tool that does this task of a trial's DAG: a third each."""
    return tuple(Kind)[int(task.removeprefix("t")) % len(Kind)]
