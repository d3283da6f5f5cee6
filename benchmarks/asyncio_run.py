"""A DAG run by asyncio alone: the scheduler's rule with nothing written down, as the lower end of what can be had."""

from __future__ import annotations

import asyncio

from execution_dags import Dag
from list_schedule import ReadyTasks


async def run_by_asyncio(dag: Dag, workers: int) -> None:
    """Sleep every task's seconds, at most `workers` at once, the longest remaining path first."""
    ready, running = ReadyTasks(dag), dict[asyncio.Task[None], str]()
    while ready or running:
        while ready and len(running) < workers:
            task = ready.pop()
            running[asyncio.create_task(asyncio.sleep(dag.seconds[task]))] = task
        ended, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for sleep in ended:
            ready.settle(running.pop(sleep))
