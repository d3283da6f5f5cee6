"""Reports on the command line, of plans in a real Postgres."""

import json
from pathlib import Path

import pytest

from tests.command_line import InProcess
from tests.sample_reports import Page, drawings

LISTED = "1. Collect the figures 2. Clean the figures 3. Write the report, using the result of 2"


@pytest.fixture
def plan_id(cli: InProcess) -> str:
    """The id of a plan of three tasks."""
    made = cli.run("plan", LISTED, "--deadline", "+3d", "--json")
    return str(made.document["plan_id"])


def test_markdown_is_what_is_printed(cli: InProcess, plan_id: str) -> None:
    done = cli.run("report", plan_id[:13])
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("# 1\\. Collect the figures")
    assert "Critical path 1 → 2 → 3" in done.out


def test_a_page_is_written(cli: InProcess, plan_id: str, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    done = cli.run("report", plan_id, "-o", str(file))
    assert (done.code, done.out) == (0, "")
    assert str(file) in done.err
    page = file.read_text(encoding="utf-8")
    assert "Write the report" in Page(page).shown
    assert len(drawings(page)) >= 3


def test_json_is_the_report_itself(cli: InProcess, plan_id: str, tmp_path: Path) -> None:
    document = cli.run("report", plan_id, "--json").document
    assert document["plan_id"] == plan_id
    assert document["tasks"][0]["name"] == "Collect the figures"
    file = tmp_path / "report.json"
    said = cli.run("report", plan_id, "-o", str(file), "--json").document
    assert said == {"plan_id": plan_id, "file": str(file), "format": "json"}
    assert json.loads(file.read_text(encoding="utf-8"))["plan_id"] == plan_id
    assert cli.run("report", plan_id, "--format", "json").document["plan_id"] == plan_id


def test_a_run_is_reported_on(cli: InProcess, plan_id: str, tmp_path: Path) -> None:
    app = tmp_path / "tools.py"
    app.write_text(
        "from groundplan import ExecutorRegistry\n"
        "async def everything(call):\n    return {'did': call.task.name}\n"
        "app = {'executors': ExecutorRegistry(default=everything)}\n",
        encoding="utf-8",
    )
    ran = cli.run("run", plan_id, "--app", f"{app}:app", "--json")
    assert ran.code == 0, ran
    document = cli.run("report", plan_id, "--json").document
    assert document["status"] == "completed"
    assert document["percent"] == 100
    assert document["earned"]["ev"] == document["earned"]["bac"] > 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-o", "report.pdf"], "say --format"),
        (["-o", "/nowhere/report.md"], "cannot be written"),
        (["--json", "--format", "html"], "choose one of"),
    ],
)
def test_what_cannot_be_written_is_refused(cli: InProcess, plan_id: str, arguments: list[str], words: str) -> None:
    done = cli.run("report", plan_id, *arguments)
    assert done.code == 2
    assert words in done.err + done.out
