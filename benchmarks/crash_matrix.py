"""Kill -9 at chosen points, then go on: what is lost, what happens twice, who has to be asked.

    python benchmarks/crash_matrix.py [--trials N] [--json] [--points P …] [--only CONTESTANT] [--parallel N]

A trial is a random plan of 30 tasks, a third each done by tools that are idempotent, can be asked what became of an
effect (`reconcile`), or neither. Effects are counted outside: lines in a file. A process runs the plan and is killed at
the n-th time that it comes to the point; in one trial of three the process that goes on is killed there as well; then
others go on until the plan is complete. N trials per point and contestant, all on one embedded Postgres:

ours       `resume`; a person decides about tasks in doubt by looking into the file
langgraph  plain LangGraph: a `Send` per ready task, AsyncPostgresSaver, durability `sync`, its thread invoked again

lost_tasks         tasks of complete runs whose effect never happened
silent_duplicates  effects beyond a task's first, of which the run did not say that it is in doubt. What the world
                   unites by key (idempotent tools) is one effect; LangGraph's key is thread and task
in_doubt           tasks about which a person was asked; `needless_doubts` of them have a tool that needs nobody
stuck_runs         runs that were not complete after five processes, or hung
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import partial
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

from crash_fuse import Point
from crash_trial import Trial, kind_of
from crash_verdict import Verdict, judge
from crash_worker import BEGAN, CONTESTANTS, work

from groundplan.stores.embedded import EmbeddedServers

PROCESSES = 5
PATIENCE_S = 60.0
LONGEST_RANDOM_S = {"ours": 0.45, "langgraph": 0.7}
"""Within these seconds of its beginning a process is killed at random: about as long as a whole run takes."""
SECOND_KILLS = 1 / 3
LATEST = 8
"""The most times that a process passes its point before it is killed there."""


@dataclass(frozen=True)
class Ended:
    """How a process ended: killed, or with the answer that it gave."""

    killed: bool
    answer: Any = None


@dataclass
class Matrix:
    """The trials of one contestant at one point."""

    context: ForkServerContext
    url: str
    folder: Path
    problems: list[str] = field(default_factory=list)

    def trial(self, contestant: str, point: Point, number: int) -> Verdict:
        """Run trials with this number until one was killed at all, and judge it."""
        rng = random.Random(f"{contestant} {point} {number}")
        latest = LATEST
        for again in range(10):
            name = f"{contestant}-{point}-{number}-{again}"
            trial = Trial(name, contestant, point, rng.randrange(1_000_000), self.url, self.folder)
            first = self._process(trial, point, rng.randint(1, latest), rng)
            if first.killed:
                return self._judged(trial, *self._gone_on(trial, rng))
            if first.answer is not True:
                self.problems.append(f"{name}: before it was killed: {first.answer}")
            latest = max(1, latest // 2)
        raise RuntimeError(f"{contestant} never comes to {point}")

    def _gone_on(self, trial: Trial, rng: random.Random) -> tuple[bool, int]:
        """Go on with the killed run until it is complete; whether it is, and how many processes were killed."""
        again, kills = rng.random() < SECOND_KILLS, 1
        for process in range(1, PROCESSES):
            point = trial.point if again and process == 1 else None
            ended = self._process(trial, point, rng.randint(1, 3), rng)
            kills += ended.killed
            if ended.answer is True:
                return True, kills
            if not (ended.killed and point):
                self.problems.append(f"{trial.name}: process {process + 1}: {ended.answer}")
        return False, kills

    def _judged(self, trial: Trial, done: bool, kills: int) -> Verdict:
        kinds = {task: kind_of(task) for task in trial.dag.seconds}
        verdict = judge(kinds, trial.world.effects(), trial.world.decisions(), done=done, kills=kills)
        if verdict.lost_tasks or verdict.needless_doubts or (verdict.silent_duplicates and trial.contestant == "ours"):
            self.problems.append(f"{trial.name}: {verdict}")
        return verdict

    def _process(self, trial: Trial, point: Point | None, nth: int, rng: random.Random) -> Ended:
        """Run one process to its end, whatever that is."""
        here, there = self.context.Pipe(duplex=False)
        process = self.context.Process(target=work, args=(trial, point, nth, there))
        process.start()
        there.close()
        answer: Any = None
        until = time.monotonic() + PATIENCE_S
        try:
            while here.poll(max(0.0, until - time.monotonic())):
                answer = here.recv()
                if answer == BEGAN and point is Point.RANDOM:
                    time.sleep(rng.uniform(0, LONGEST_RANDOM_S[trial.contestant]))
                    process.kill()
            hung = True
        except EOFError:
            hung = False
        process.kill()
        process.join()
        here.close()
        if answer not in (None, BEGAN):
            return Ended(killed=False, answer=answer)
        if hung or process.exitcode != -signal.SIGKILL:
            return Ended(killed=False, answer=f"hung after {answer}" if hung else f"exit code {process.exitcode}")
        return Ended(killed=True)


def measure(trials: int, points: Sequence[Point], contestants: Sequence[str], parallel: int) -> dict[str, Any]:
    """The figures of every contestant, summed up and by point."""
    context = _fork_server()
    with tempfile.TemporaryDirectory(prefix="groundplan-crash-") as name, ThreadPoolExecutor(parallel) as threads:
        folder = Path(name)
        servers = EmbeddedServers(folder / "home")
        try:
            url = servers.start_sync().database_url
            figures = {}
            for contestant in contestants:
                matrix = Matrix(context, url, folder)
                matrix.trial(contestant, Point.MID_EFFECT, -1)  # makes tables and keys, alone
                by_point = {
                    point: sum(threads.map(partial(matrix.trial, contestant, point), range(trials)), Verdict())
                    for point in points
                }
                figures[contestant] = _summed(by_point, matrix)
            return figures
        finally:
            servers.stop_sync()


def _summed(by_point: dict[Point, Verdict], matrix: Matrix) -> dict[str, Any]:
    for problem in matrix.problems[:20]:
        print(problem, file=sys.stderr)
    return {
        **asdict(sum(by_point.values(), Verdict())),
        "by_point": {point.value: asdict(verdict) for point, verdict in by_point.items()},
    }


def _fork_server() -> ForkServerContext:
    """Workers are forked from a process that has imported everything: an import takes longer than a run."""
    context = multiprocessing.get_context("forkserver")
    # Python 3.11's fork server does not get this process's path, but its environment.
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(Path(__file__).parent), os.getenv("PYTHONPATH")]))
    context.set_forkserver_preload(["crash_worker"])
    return context


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.add_argument("--trials", type=int, default=45, help="trials per point and contestant")
    parser.add_argument("--points", nargs="+", type=Point, choices=list(Point), default=list(Point))
    parser.add_argument("--only", nargs="+", choices=CONTESTANTS, default=list(CONTESTANTS), help="contestants")
    parser.add_argument(
        "--parallel", type=int, default=3, help="trials at once; most of a trial is waiting for a lease"
    )
    given = parser.parse_args()
    figures = measure(given.trials, given.points, given.only, given.parallel)
    if given.json:
        print(json.dumps(figures))
        return
    for contestant, values in figures.items():
        by_point = values.pop("by_point")
        print(contestant, values)
        for point, verdict in by_point.items():
            print(f"    {point:18}", verdict)


if __name__ == "__main__":
    main()
