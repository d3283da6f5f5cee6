"""The answers of models in Postgres."""

from __future__ import annotations

from groundplan.domain.runs import ModelAnswer, in_order
from groundplan.stores.postgres.group_commit import GroupCommit
from groundplan.stores.postgres.plan_rows import as_json
from groundplan.stores.postgres.reader import Reader
from groundplan.stores.postgres.statements import PUT_ANSWERS
from groundplan.stores.postgres.writes import Write


class PostgresModelAnswers:
    """`ModelAnswers` in Postgres."""

    def __init__(self, writer: GroupCommit, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader

    async def get(self, run_id: str, key: str) -> ModelAnswer | None:
        """See `ModelAnswers.get`."""
        row = await self._reader.row("get_answer", run_id=run_id, key=key)
        return ModelAnswer.model_validate(row["answer"]) if row else None

    async def put(self, run_id: str, key: str, answer: ModelAnswer) -> None:
        """See `ModelAnswers.put`."""
        await self._writer.commit([Write(PUT_ANSWERS, [(run_id, key, as_json(answer))])])

    async def of_run(self, run_id: str) -> list[ModelAnswer]:
        """See `ModelAnswers.of_run`."""
        rows = await self._reader.rows("answers_of_run", run_id=run_id)
        return in_order([ModelAnswer.model_validate(row["answer"]) for row in rows])
