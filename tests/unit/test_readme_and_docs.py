"""The README and the docs say what is there, and their code runs."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def load(script):
    namespace = {"__name__": "loaded", "__file__": str(ROOT / "scripts" / script)}
    exec(compile((ROOT / "scripts" / script).read_text(), script, "exec"), namespace)  # noqa: S102 - our own script
    return namespace


def test_the_picture_of_the_planning_graph_is_current():
    drawing = load("draw_planner.py")
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert drawing["with_drawing"](text) == text, "stale: run python scripts/draw_planner.py"
    assert "sanitize" in drawing["drawing"]()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_inside_the_project_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_root_links_lead_into_the_package():
    for name in ("graph", "nodes", "prompts"):
        assert (ROOT / name).is_symlink()
        assert (ROOT / name).resolve() == ROOT / "groundplan" / name


def test_the_version_is_the_same_everywhere():
    import groundplan

    with (ROOT / "pyproject.toml").open("rb") as file:
        assert tomllib.load(file)["project"]["version"] == groundplan.__version__


def test_every_public_name_can_be_imported():
    import groundplan

    assert len(groundplan.__all__) > 50
    for name in groundplan.__all__:
        assert getattr(groundplan, name) is not None
    with pytest.raises(AttributeError):
        _ = groundplan.nonsense


def test_importing_the_package_imports_nothing_heavy():
    code = (
        "import sys, groundplan; print([m for m in ('langgraph', 'pydantic', 'psycopg', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
