"""The graphs as `langgraph dev` serves them (see langgraph.json)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from langgraph.graph import StateGraph

from groundplan.graph.executor import build_executor
from groundplan.graph.planner import build_planner
from groundplan.service.planning import PlanningService


@asynccontextmanager
async def planner() -> AsyncIterator[StateGraph[Any, Any, Any, Any]]:
    """The uncompiled planner for one request: the server adds its own checkpointer, plans go to our store."""
    async with await asyncio.to_thread(PlanningService) as service:
        yield build_planner(service.context)


@asynccontextmanager
async def executor() -> AsyncIterator[StateGraph[Any, Any, Any, Any]]:
    """The uncompiled execution graph for one request: runs stored plans by their id."""
    async with await asyncio.to_thread(PlanningService) as service:
        yield build_executor(service.run_context)
