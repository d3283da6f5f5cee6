"""A resource service in this event loop, on a real socket."""

import asyncio
from contextlib import asynccontextmanager

import uvicorn

from groundplan.resource_service.serving import listening_on


@asynccontextmanager
async def served(app):
    """The address of the app, while the block lasts."""
    with listening_on("127.0.0.1", 0) as listening:
        config = uvicorn.Config(app, log_level="warning", lifespan="off", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving
