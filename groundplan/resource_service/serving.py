"""The process of a resource service: its arguments, its socket, its end."""

from __future__ import annotations

import argparse
import os
import socket
import tomllib
from pathlib import Path

import uvicorn

from groundplan.domain.errors import PlanningError
from groundplan.domain.pricing_list import NO_PRICES, PriceList
from groundplan.execution.resources.allocation import ResourceKind
from groundplan.execution.resources.pool import LocalPool
from groundplan.resource_service.app import create_app
from groundplan.resource_service.state_file import StateFile

TOKEN = "GROUNDPLAN_RESOURCE_SERVICE_TOKEN"  # noqa: S105  # the name of the variable


def main() -> None:
    """Serve until the process is told to stop; the first line printed is `listening on URL`."""
    options = _parser().parse_args()
    state = StateFile(options.state) if options.state else None
    try:
        pool = _pool(options.resource, options.prices, state)
    except (PlanningError, OSError, tomllib.TOMLDecodeError) as error:
        raise SystemExit(str(error)) from None
    app = create_app(pool, token=os.environ.get(TOKEN) or None, state=state)
    try:
        listening = listening_on(options.host, options.port)
    except OSError as error:
        raise SystemExit(f"cannot listen on {options.host}:{options.port}: {error}") from None
    with listening:
        print(f"listening on http://{options.host}:{listening.getsockname()[1]}", flush=True)
        config = uvicorn.Config(app, log_level="warning", lifespan="off", timeout_graceful_shutdown=2)
        uvicorn.Server(config).run(sockets=[listening])


def listening_on(host: str, port: int) -> socket.socket:
    """A socket that listens there. It says that it is TCP, or asyncio would not switch Nagle's algorithm off: an answer
    in two writes then waits 40 ms for an acknowledgement."""
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(1024)
    except OSError:
        listening.close()
        raise
    return listening


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m groundplan.resource_service", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8900, help="0 takes any that is free")
    parser.add_argument(
        "--resource",
        type=_kind,
        action="append",
        default=[],
        metavar="NAME=CAPACITY[/SECONDS]",
        help="such as cpu_cores=8, or search=100/60 for a rate limit",
    )
    parser.add_argument("--prices", type=Path, help="a price file (docs/resources.md)")
    parser.add_argument("--state", type=Path, help="a file that keeps allocations over a restart")
    return parser


def _kind(text: str) -> ResourceKind:
    name, _, amount = text.partition("=")
    capacity, _, seconds = amount.partition("/")
    return ResourceKind(name=name, capacity=float(capacity), per_seconds=float(seconds) if seconds else None)


def _pool(kinds: list[ResourceKind], prices: Path | None, state: StateFile | None) -> LocalPool:
    """What the state file holds, with the resources that are given in the place of those of their names."""
    pool = LocalPool(prices=_prices(prices))
    if state is not None:
        state.load(pool)
    for kind in kinds:
        pool.set_kind(kind)
    return pool


def _prices(path: Path | None) -> PriceList:
    if path is None:
        return NO_PRICES
    with path.open("rb") as file:
        return PriceList.read(tomllib.load(file))
