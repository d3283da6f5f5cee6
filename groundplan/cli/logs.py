"""Logs of a command: on stderr, warnings and worse, values quoted so that a terminal acts on none of them."""

from __future__ import annotations

import logging
import os
import sys

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def configure_logs() -> None:
    """Send the logs of groundplan and of what it stands on to stderr, from `GROUNDPLAN_LOG_LEVEL` upwards."""
    import structlog

    level = _LEVELS.get(os.environ.get("GROUNDPLAN_LOG_LEVEL", "warning").lower(), logging.WARNING)
    logging.basicConfig(stream=sys.stderr, level=level, format="%(levelname)s %(name)s: %(message)s")
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
    )
