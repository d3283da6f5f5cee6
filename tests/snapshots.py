"""What people look at, compared with a file that somebody has looked at.

`GROUNDPLAN_UPDATE_SNAPSHOTS=1 pytest …` writes the files anew; look at the difference before you commit it.
"""

import difflib
import os
from pathlib import Path

FOLDER = Path(__file__).parent / "data" / "snapshots"
UPDATE = bool(os.environ.get("GROUNDPLAN_UPDATE_SNAPSHOTS"))  # read now: the tests clean the environment


def assert_snapshot(name: str, text: str) -> None:
    """The text is what is in `tests/data/snapshots/<name>`."""
    file = FOLDER / name
    if UPDATE:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert file.is_file(), f"no snapshot {name}: write it with GROUNDPLAN_UPDATE_SNAPSHOTS=1"
    saved = file.read_text(encoding="utf-8")
    changes = difflib.unified_diff(saved.splitlines(), text.splitlines(), f"saved {name}", "now", lineterm="")
    assert text == saved, "\n".join(changes)
