"""Every Python block of README and docs runs as it stands, in a process of its own, on the embedded servers."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCKS = [
    pytest.param(block, id=f"{page.relative_to(ROOT)}:{number}")
    for page in PAGES
    for number, block in enumerate(
        re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S), 1
    )
]


@pytest.mark.parametrize("block", BLOCKS)
def test_the_block_runs(block, groundplan_home, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", block],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=tmp_path,
        env=groundplan_home,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def test_there_are_blocks_to_run():
    assert len(BLOCKS) >= 4
