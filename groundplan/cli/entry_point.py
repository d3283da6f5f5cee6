"""The edge of the command line: arguments in, exit code out, every failure in words or as a document."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

from groundplan.cli.exit_codes import EXIT_CODES, ExitCode
from groundplan.cli.interrupted import Interrupted
from groundplan.cli.output import OutputLost, print_error, print_failure, print_message
from groundplan.cli.render.plain import plain
from groundplan.domain.errors import PlanningError

_BROKEN_PIPE = 141
"""As if killed by SIGPIPE: whoever read our output has gone."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (see `exit_codes`)."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a terminal's encoding may be small
    as_json = "--json" in (given[: given.index("--")] if "--" in given else given)
    try:
        return int(_run(given, as_json=as_json))
    except OutputLost as lost:
        # what is still in the buffer goes nowhere, so that Python does not try to write it at the very end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if lost.is_broken_pipe:
            return _BROKEN_PIPE
        print_message(f"The output cannot be written: {lost}")
        return ExitCode.UNEXPECTED


def _run(arguments: list[str], *, as_json: bool) -> int:
    try:
        from groundplan.cli.app import app

        code = app(arguments, prog_name="groundplan", standalone_mode=False) or ExitCode.FINE
        if code == ExitCode.INTERRUPTED:
            raise Interrupted
        return int(code)
    except PlanningError as error:
        code = EXIT_CODES[error.code]
        print_error(error, as_json=as_json, exit_code=code)
        return code
    except (Interrupted, KeyboardInterrupt) as stop:
        return _interrupted(stop, as_json=as_json)
    except OutputLost:
        raise
    except Exception as error:  # noqa: BLE001  the edge: whatever nobody expected is said in a sentence
        return _failed(error, as_json=as_json)


def _interrupted(stop: BaseException, *, as_json: bool) -> int:
    words, run_id = "Stopped.", stop.run_id if isinstance(stop, Interrupted) else None
    if run_id is not None:
        command = stop.command if isinstance(stop, Interrupted) else ""
        words += f" What was done so far is kept. To go on: groundplan {command} {run_id}"
    details = {"run_id": run_id} if run_id is not None else {}
    print_failure("interrupted", words, as_json=as_json, exit_code=ExitCode.INTERRUPTED, **details)
    return ExitCode.INTERRUPTED


def _failed(error: Exception, *, as_json: bool) -> int:
    """Wrong usage (typer's own errors know how to say so), or something unexpected."""
    say = getattr(error, "format_message", None)
    if callable(say):
        code = int(getattr(error, "exit_code", ExitCode.REFUSED_INPUT))
        said = "\n".join(map(plain, str(say()).splitlines()))
        words = said if as_json else f"Error: {said}\nSee groundplan --help; a goal that begins with - goes after --"
        print_failure("usage", words, as_json=as_json, exit_code=code)
        return code
    words = f"Unexpected {type(error).__name__}: {error}"
    print_failure("unexpected", words, as_json=as_json, exit_code=ExitCode.UNEXPECTED)
    if os.environ.get("GROUNDPLAN_DEBUG"):
        print_message("".join(traceback.format_exception(error)))
    elif not as_json:
        print_message("Set GROUNDPLAN_DEBUG=1 to see where; please report it.")
    return ExitCode.UNEXPECTED
