"""One data folder, several processes: they sign with the same key."""

import multiprocessing
from multiprocessing.queues import Queue
from pathlib import Path

from groundplan.domain.errors import PlanningError
from groundplan.domain.plan import ExecutionPlan
from groundplan.service.signing_keys import load_keyring


def _verifies(home: Path, plan_json: str, results: "Queue[str]") -> None:
    try:
        load_keyring(None, home).verify(ExecutionPlan.model_validate_json(plan_json))
        results.put("fine")
    except PlanningError as error:
        results.put(str(error))


def test_several_processes_agree_on_one_key(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    plan = load_keyring(None, tmp_path).sign(ExecutionPlan())
    results = spawn.Queue()
    workers = [spawn.Process(target=_verifies, args=(tmp_path, plan.model_dump_json(), results)) for _ in range(2)]
    for worker in workers:
        worker.start()
    assert [results.get(timeout=60) for _ in workers] == ["fine", "fine"]
    for worker in workers:
        worker.join()
