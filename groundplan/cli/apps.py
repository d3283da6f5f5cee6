"""What a command line cannot say: the tools, agents and executors of an application, named by where they are.

    groundplan run ID --app plans.py:app        or  GROUNDPLAN_APP=my_package.plans:app

`app` is a dictionary of arguments for `PlanningService` (`tools`, `agents`, `executors`, `secrets` …), or a function
that returns one. The file is Python of yours and is run as such.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import typer

_DEFAULT_NAME = "app"


def load_app(spec: str | None) -> dict[str, Any]:
    """The arguments that `FILE.py:NAME` or `MODULE:NAME` names; those of `GROUNDPLAN_APP` by default, else none.

    Raises:
        typer.BadParameter: if there is nothing there, or it is no such thing.
    """
    spec = spec or os.environ.get("GROUNDPLAN_APP") or ""
    if not spec:
        return {}
    where, _, name = spec.rpartition(":") if ":" in spec else (spec, "", _DEFAULT_NAME)
    found = getattr(_module(where), name, None)
    given = found() if callable(found) else found
    if not isinstance(given, dict):
        raise typer.BadParameter(f"{spec!r} names no dictionary of arguments, and no function that returns one")
    return dict(given)


def _module(where: str) -> ModuleType:
    try:
        if not where.endswith(".py"):
            sys.path.insert(0, str(Path.cwd()))
            return importlib.import_module(where)
        path = Path(where).resolve(strict=True)
        found = importlib.util.spec_from_file_location(path.stem, path)
        if found is None or found.loader is None:
            raise ImportError(f"{where} is no Python file")
        module = importlib.util.module_from_spec(found)
        sys.modules[path.stem] = module
        found.loader.exec_module(module)
    except (OSError, ImportError) as error:
        raise typer.BadParameter(f"the app {where!r} cannot be loaded: {error}") from error
    return module
