"""The planning examples of docs/cli.md, run by a shell as they stand."""

import re
import subprocess
import sys
from pathlib import Path

from tests.command_line import HANG, CommandLine

PAGE = Path(__file__).parents[3] / "docs" / "cli.md"


def test_the_planning_examples_run(cli: CommandLine, tmp_path: Path) -> None:
    section = PAGE.read_text(encoding="utf-8").split("\n## Planning\n")[1]
    found = re.search(r"^```sh\n(.*?)^```", section, re.M | re.S)
    assert found is not None
    (tmp_path / "goal.txt").write_text("1. Paint the fence\n2. Let it dry\n", encoding="utf-8")
    environment = cli.environment()
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", found[1]],
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
        timeout=HANG,
    )
    assert done.returncode == 0, done.stderr
    for words in ("Fetch the data", "Paint the fence", "Book a room"):
        assert words in done.stdout
