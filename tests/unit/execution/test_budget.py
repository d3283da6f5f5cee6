"""Tokens and money: reserved before, settled after, the same sums after a crash."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundplan.domain.execution import Usage
from groundplan.domain.ledger import EntryKind, LedgerEntry
from groundplan.domain.resources import ResourceBudget, ResourceEstimate
from groundplan.domain.task import RetryPolicy
from groundplan.execution.budget import Budget
from groundplan.execution.protocols import Produced
from tests.plan_factories import NOW, task
from tests.scheduled_runs import Doing, ScheduledRun


def costing(task_id, *after, tokens=0, cost=0.0, **fields):
    estimate = ResourceEstimate(tokens=(tokens,) * 3, cost=(cost,) * 3)
    return task(task_id, *after, resource_estimate=estimate, **fields)


def using(tokens=0, cost=0.0):
    return Doing(lambda call: Produced(usage=Usage(tokens=tokens, cost=cost)))


async def test_a_task_that_the_budget_does_not_allow_is_not_begun():
    run = ScheduledRun(
        costing("a", tokens=60), costing("b", "a", tokens=60), executors=(doing := using(60)),
        budget=ResourceBudget(max_tokens=100),
    )  # fmt: skip
    assert await run.run() == "failed"
    states = await run.states()
    assert (doing.begun, states["b"].error["code"], states["b"].claims) == ({"a": 1}, "E5500", 0)
    assert states["b"].error["details"]["tokens"] == 60


@pytest.mark.parametrize("policy", ["abort", "replan", "continue"])
async def test_a_budget_that_is_spent_means_what_the_policy_says(policy):
    tasks = [costing(f"t{number}", cost=1.0) for number in range(5)]
    run = ScheduledRun(*tasks, executors=using(cost=1.0), policy=policy, at_once=1, budget=ResourceBudget(max_cost=2.0))
    assert await run.run() == ("replan" if policy == "replan" else "failed")
    statuses = list((await run.statuses()).values())
    assert (statuses.count("completed"), statuses.count("failed")) == (2, 3 if policy == "continue" else 1)


async def test_what_runs_is_counted_as_reserved_so_that_no_two_spend_the_same():
    running, most = 0, 0

    async def count(call):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1

    tasks = [costing(f"t{number}", tokens=40) for number in range(6)]
    run = ScheduledRun(*tasks, executors=Doing(count), budget=ResourceBudget(max_tokens=100))
    assert await run.run() == "completed"  # each used nothing of what was reserved for it
    assert most == 2


async def test_a_failed_attempt_gives_back_what_was_reserved():
    def broke(call):
        if call.attempt == 1:
            raise OSError

    policy = RetryPolicy(attempts=2, backoff_seconds=0)
    run = ScheduledRun(costing("a", tokens=60, retry_policy=policy), executors=Doing(broke),
                       budget=ResourceBudget(max_tokens=100))  # fmt: skip
    assert await run.run() == "completed"


async def test_the_sums_are_the_same_after_a_crash():
    run = ScheduledRun(
        costing("a", tokens=60), costing("b", tokens=30), costing("c", "a", tokens=20),
        executors=(doing := using(0)), budget=ResourceBudget(max_tokens=100),
    )  # fmt: skip
    await run.enter(
        LedgerEntry(task_id="a", attempt=1, kind=EntryKind.CLAIMED, at=NOW, tokens=60),
        LedgerEntry(task_id="b", attempt=1, kind=EntryKind.CLAIMED, at=NOW, tokens=30),
        LedgerEntry(task_id="a", attempt=1, kind=EntryKind.COMPLETED, at=NOW, tokens=75),
    )
    assert await run.run() == "waiting"  # 75 used, 30 reserved by b, which is in doubt
    assert (await run.states())["c"].error["code"] == "E5500"
    assert doing.begun == {}


tokens = st.integers(0, 1000)


@given(limit=tokens, attempts=st.lists(st.tuples(tokens, tokens), max_size=20))
def test_what_is_allowed_never_exceeds_the_limit_by_more_than_was_used_beyond_its_reservation(limit, attempts):
    run = ScheduledRun(task(), budget=ResourceBudget(max_tokens=limit))
    budget, over = Budget(run.plan, []), 0
    for reserved, used in attempts:
        if budget.allows(reserved, 0.0):
            budget.reserve(reserved, 0.0)
            budget.settle((reserved, 0.0), (used, 0.0))
            over += max(0, used - reserved)
    assert budget.tokens <= limit + over


def test_without_a_limit_everything_is_allowed():
    assert Budget(ScheduledRun(task()).plan, []).allows(10**12, 1e12)
