"""The command line: `groundplan`. Nothing heavy is imported before a command needs it."""

from groundplan.cli.entry_point import main

__all__ = ["main"]
