"""The checkpointer that we open against LangGraph's own conformance suite, plain and encrypted."""

from collections.abc import AsyncIterator

import pytest
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.conformance import checkpointer_test, validate
from langgraph.checkpoint.conformance.capabilities import BASE_CAPABILITIES

from groundplan.graph.checkpoints import open_checkpointer
from groundplan.stores.postgres.database import Database


@pytest.mark.parametrize("key", [None, b"0123456789abcdef"], ids=["plain", "encrypted"])
async def test_every_base_capability_and_pruning_conform(database_url: str, key: bytes | None) -> None:
    @checkpointer_test(name=f"groundplan-{key!r}")
    async def ours() -> AsyncIterator[BaseCheckpointSaver[str]]:
        async with Database(database_url, encryption_key=key) as database:
            yield open_checkpointer(database)

    report = await validate(ours)
    told = {name: (result.passed, result.failures) for name, result in report.results.items()}
    for capability in BASE_CAPABILITIES:
        assert told[capability.value] == (True, []), capability
    assert told["prune"] == (True, [])
