"""How fast the risks of a plan are assessed, at 10, 100 and 1,000 tasks.

    python benchmarks/risk.py [--seconds S] [--seed N] [--json]

A full assessment is all rules over tasks, graph, estimates, schedule, tools, agents, deadline and budget, ranked, with
the question whether a person has to decide. The plans are made here, so that every rule has something to look at: forks
and joins, tools that act, inputs with text, secrets, outside work. Making them is not timed. Nothing is remembered from
one assessment to the next but what a process remembers anyway; each run takes another one of 20 plans.

Prints per size assessments a second and the 95th percentile of one in milliseconds (wanted: 200/s or more at 10 tasks,
under 500 ms at 1,000).
"""

from __future__ import annotations

import argparse
import json
import random
import time
from datetime import UTC, datetime
from typing import Any

from groundplan.domain.agents import AgentCapability
from groundplan.domain.capacities import Capacities
from groundplan.domain.dependency_graph import resolve
from groundplan.domain.estimation import estimate
from groundplan.domain.goal import GoalConstraints
from groundplan.domain.risk_rules import Outlook, approval_reasons, assess_risks
from groundplan.domain.scheduling import make_schedule
from groundplan.domain.settings import PlannerSettings
from groundplan.domain.task import Task, TaskDependency
from groundplan.domain.tools import ToolSpec

SIZES = (10, 100, 1000)
PLANS = 20
NOW = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = (
    "Fetch the figures of week {n}",
    "Clean table {n}",
    "Review the accounts of region {n}",
    "Delete the old accounts of region {n}",
    "Ask the supplier for part {n}",
    "Deploy service {n} to production",
    "Store the api keys of client {n}",
    "Write chapter {n}, about 2 hours",
    "Merge the results of group {n}",
    "Test module {n}",
)
TOOLS = tuple(
    ToolSpec(name=name, uses_secrets=name == "vault.read", arguments={"type": "object", "properties": {}})
    for name in ("table.clean", "mail.send", "bank.transfer", "vault.read", "web.fetch")
)
AGENTS = (
    AgentCapability(agent_id="ada", capabilities=["write", "test"]),
    AgentCapability(agent_id="bo", capabilities=["test"]),
)


def make_outlook(size: int, rng: random.Random) -> Outlook:
    """A plan of so many tasks, each of which waits for up to five of the twenty before it."""
    tasks, graph = resolve([make_task(number, rng) for number in range(size)])
    estimates = estimate(tasks)
    schedule = make_schedule(tasks, graph, estimates, buffer_share=0.1, now=NOW, within=Capacities(at_once=10))
    return Outlook(
        plan_id=f"{rng.getrandbits(48):012x}",
        tasks=tasks,
        graph=graph,
        estimates=estimates,
        schedule=schedule,
        constraints=GoalConstraints(max_cost=100, max_tokens=1_000_000),
        tools={tool.name: tool for tool in TOOLS},
        agents=AGENTS,
        seconds_left=schedule.makespan,
        goal_text="Bring the shop to the cloud",
        proven_tools={"table.clean", "mail.send"},
    )


def make_task(number: int, rng: random.Random) -> Task:
    """Task `t<number>`."""
    before = range(max(0, number - 20), number)
    waits = rng.sample(before, k=min(len(before), rng.choice((0, 1, 1, 2, 5))))
    tool = rng.choice((None, None, rng.choice(TOOLS).name, "disk.scan"))
    return Task(
        task_id=f"t{number}",
        name=rng.choice(NAMES).format(n=rng.randrange(100_000)),
        description=f"See that part {number} is done as agreed, and tell whoever waits for it.",
        category=rng.choice(("", "", "review", "external")),
        tool=tool,
        inputs={"text": f"all rows of {rng.randrange(100_000)}", "limit": number} if tool else {},
        dependencies=[TaskDependency(task_id=f"t{other}") for other in sorted(waits)],
        required_capabilities=rng.choice(([], [], ["test"], ["write"])),
        success_criteria=rng.choice(([], ["it works"])),
        created_at=NOW,
    )


def assess(outlook: Outlook) -> int:
    """One full assessment; how many risks it found."""
    risks = assess_risks(outlook)
    approval_reasons(risks, 10.0, PlannerSettings())
    return len(risks)


def measure(size: int, seconds: float, rng: random.Random) -> dict[str, Any]:
    """`per_s`, `p95_ms`, and how many assessments and risks there were."""
    outlooks = [make_outlook(size, rng) for _ in range(PLANS)]
    took: list[float] = []
    risks = 0
    until = time.perf_counter() + seconds
    while time.perf_counter() < until or len(took) < PLANS:
        start = time.perf_counter()
        risks += assess(outlooks[len(took) % PLANS])
        took.append(time.perf_counter() - start)
    ranked = sorted(took)
    return {
        "per_s": round(len(took) / sum(took), 1),
        "p95_ms": round(1000 * ranked[int(0.95 * (len(ranked) - 1))], 3),
        "n": len(took),
        "mean_risks": round(risks / len(took), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0, help="for each size (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = {str(size): measure(size, options.seconds, random.Random(options.seed)) for size in SIZES}
    if options.json:
        print(json.dumps(figures))
        return
    print(f"{'tasks':<8}{'per s':>10}{'p95 ms':>10}{'n':>8}{'risks':>8}")
    for size, found in figures.items():
        print(f"{size:<8}{found['per_s']:>10}{found['p95_ms']:>10}{found['n']:>8}{found['mean_risks']:>8}")


if __name__ == "__main__":
    main()
