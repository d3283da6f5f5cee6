"""`make demo`: the command line at work on real goals, on the embedded Postgres in `.demo/`."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
APP, PLAN = str(ROOT / "scripts/demo/app.py:app"), str(ROOT / "scripts/demo/plan.json")
ENVIRONMENT = os.environ | {"GROUNDPLAN_HOME": str(ROOT / ".demo"), "COLUMNS": "110"}

NUMBERED = """Prepare the quarterly review with:
1. Collect the sales figures of all regions
2. Collect the customer feedback
3. Clean the figures, after 1
4. Write the report, using the result of 3 and after 2
5. Review the report with the team"""
TEMPLATED = "Process all CSV files in data/incoming and write a summary report"
RISKY = """1. Back the customer table up
2. List the accounts that were closed before 2020
3. Delete these accounts from the production database
4. Tell the support team what was removed"""
MODEL = "Organize a small photo exhibition for our local library"


def groundplan(*arguments: str, quiet: bool = False) -> str:
    """Run the command line and show what it prints; give its standard output."""
    print(f"\n\033[1m$ groundplan {shlex.join(arguments)}\033[0m", flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "groundplan.cli", *arguments],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if not quiet:
        print(done.stdout, end="", flush=True)
    if done.returncode:
        sys.exit(f"groundplan ended with exit code {done.returncode}")
    return done.stdout


def chapter(title: str) -> None:
    """Announce what comes."""
    print(f"\n\033[1;34m── {title} \033[0m" + "─" * max(0, 90 - len(title)), flush=True)


def main() -> None:
    """Plan, approve, run, look back."""
    chapter("A goal that lists its own steps: read as written, no model asked")
    groundplan("plan", NUMBERED)
    chapter("A goal that a template fits")
    groundplan("plan", TEMPLATED)
    chapter("A risky goal: the plan is stored, and waits for a person")
    planned = json.loads(groundplan("plan", RISKY, "--json", quiet=True))
    plan_id, run_id = planned["plan_id"], planned["metadata"]["run_id"]
    groundplan("show", plan_id)
    groundplan("approve", plan_id, "--by", "ada", "--why", "the backup was checked")
    chapter("What was kept: every step of that run, and all plans")
    groundplan("history", run_id)
    groundplan("plans")
    chapter("Running a plan: the first task fails on purpose, the rest is replanned, finished work is kept")
    ran = json.loads(groundplan("run", "--file", PLAN, "--app", APP, "--json", quiet=True))
    groundplan("watch", ran["plan_id"], "--once")
    groundplan("show", ran["plan_id"])
    print(f"\nThe report: {ran['tasks']['report']['output']['report']}")
    groundplan("runs")
    groundplan("attend")
    chapter("A goal for a model")
    health = json.loads(groundplan("doctor", "--json", quiet=True))
    if health["components"]["model"]["status"] == "ok":
        groundplan("plan", MODEL)
    else:
        print("No model answers: set GROUNDPLAN_MODEL=ollama:NAME (and OLLAMA_HOST) to see this part.")
    groundplan("doctor")


if __name__ == "__main__":
    main()
