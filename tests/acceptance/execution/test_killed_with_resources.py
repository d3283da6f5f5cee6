"""kill -9 of a runner that holds resources of a service: whoever resumes gives back what was left, and takes no more
than there is."""

import asyncio

import pytest

from groundplan.execution.resources.http_client import HttpResources
from tests.acceptance.execution.conftest import kill_each, resume_each, wait_for
from tests.acceptance.execution.test_killed_runners import ALL_DONE, ONCE, came_to, wrong
from tests.resource_process import ResourceProcess

HOLDING = ["before claimed commits", "after claimed commits", "in the middle of the effect", "before completed commits"]
MOST = 12
"""CPUs: two tasks of each run go on at a time."""
GIVEN_BACK = ["after completed commits", "before the run is completed, version None"]


@pytest.fixture
def service():
    process = ResourceProcess(resources=(f"cpu_cores={MOST}",))
    yield process
    process.kill()


def asked(service, ask):
    """What the service answers to this."""

    async def asking():
        client = HttpResources(service.url)
        try:
            return await ask(client)
        finally:
            await client.aclose()

    return asyncio.run(asking())


def held(service, trial):
    return asked(service, lambda client: client.held(f"run-{trial.fields['plan_id']}"))


def test_what_a_killed_runner_held_is_given_back_by_whoever_resumes(service, trials):
    cases = trials(*HOLDING, *GIVEN_BACK, said={"resource_service": service.url})
    kill_each(cases)
    assert wrong(cases[: len(HOLDING)], True, lambda trial: 1 <= len(held(service, trial)) <= 2) == {}
    resume_each(cases)
    assert wrong(cases, ("completed", ALL_DONE, ONCE), came_to) == {}
    assert wrong(cases, [], lambda trial: held(service, trial)) == {}
    there = asked(service, lambda client: client.availability())
    assert there.free("cpu_cores") == MOST


def test_what_nobody_resumes_is_given_back_by_cancelling_the_plan(service, trials):
    [trial] = trials("in the middle of the effect", said={"resource_service": service.url})
    kill_each([trial])
    assert held(service, trial) != []
    trial.goes_on(do="cancel")
    assert held(service, trial) == []


def test_a_service_that_was_restarted_in_mid_run_does_not_stop_it(service, trials):
    [trial] = trials("", said={"resource_service": service.url, "slow": "a", "seconds": 2.0})
    runner = trial.start(**trial.fields)
    wait_for(lambda: held(service, trial))
    service.kill()
    service.start()
    assert runner.answer()["status"] == "completed"
    assert held(service, trial) == []
