"""Everything a `PlanningService` works with, in memory."""

from __future__ import annotations

from langgraph.checkpoint.memory import InMemorySaver

from groundplan.graph.checkpoints import model_serializer
from groundplan.service.resources import Resources
from groundplan.stores.memory import MemoryModelAnswers, MemoryPlanCache, MemoryPlanStore
from groundplan.stores.memory_feedback import MemoryEvaluationStore, MemoryFeedbackStore
from groundplan.stores.memory_past_work import MemoryPastWork
from groundplan.stores.memory_retention import MemoryRetention
from groundplan.stores.memory_runs import MemoryRunStore


def memory_resources() -> Resources:
    """Open stores, cache and checkpointer that need no server and keep nothing.

    async with PlanningService(resources=memory_resources()) as service:
        plan = await service.create_plan("1. Boil water 2. Make tea")
    """
    store = MemoryPlanStore()
    runs, answers = MemoryRunStore(store), MemoryModelAnswers()
    feedback = MemoryFeedbackStore(store, runs)
    saver = InMemorySaver(serde=model_serializer())
    return Resources(
        store=store,
        runs=runs,
        feedback=feedback,
        evaluations=MemoryEvaluationStore(),
        past_work=MemoryPastWork(store, runs, feedback),
        answers=answers,
        retention=MemoryRetention(store, runs, answers, saver),
        cache=MemoryPlanCache(),
        checkpointer=saver,
        ping=_always,
        database="memory",
    )


async def _always() -> None:
    """Memory is always there."""
