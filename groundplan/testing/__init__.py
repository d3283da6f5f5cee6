"""Doubles for your tests: a scripted chat model, and everything a service works with in memory."""

from groundplan.stores.memory import MemoryModelAnswers, MemoryPlanCache, MemoryPlanStore
from groundplan.stores.memory_past_work import MemoryPastWork
from groundplan.testing.memory_resources import memory_resources
from groundplan.testing.scripted_model import ScriptedChatModel, ScriptExhausted, Turn

__all__ = [
    "MemoryModelAnswers",
    "MemoryPastWork",
    "MemoryPlanCache",
    "MemoryPlanStore",
    "ScriptExhausted",
    "ScriptedChatModel",
    "Turn",
    "memory_resources",
]
