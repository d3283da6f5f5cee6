"""A database that does as it is told, for tests of the writer."""

import asyncio
from collections.abc import Callable, Sequence

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.stores.postgres.arrays import TEXT
from groundplan.stores.postgres.writes import Row, Statement, Write

PARENTS = Statement("parents", "…", {"name": TEXT}, order=1)


class ScriptedDatabase:
    """Remembers what was committed. `before` is called with each batch and may raise; `gate` holds batches up."""

    def __init__(self) -> None:
        self.committed: list[list[tuple[str, list[str]]]] = []
        self.before: Callable[[list[str]], None] = lambda names: None
        self.gate = asyncio.Event()
        self.gate.set()
        self.started = asyncio.Event()
        self.sessions = 0
        self.closed = 0
        self.away = False

    async def open(self) -> "ScriptedSession":
        if self.away:
            raise PlanningError(ErrorCode.STORE_UNAVAILABLE, "away")
        self.sessions += 1
        return ScriptedSession(self)

    @property
    def names(self) -> list[str]:
        """Every row that was committed, in order."""
        return [name for batch in self.committed for _, names in batch for name in names]


class ScriptedSession:
    def __init__(self, database: ScriptedDatabase) -> None:
        self._database = database

    async def run(self, batch: Sequence[Write]) -> list[list[Row]]:
        database = self._database
        database.started.set()
        await database.gate.wait()
        written = [(write.statement.name, [row[0] for row in write.rows]) for write in batch]
        database.before([name for _, names in written for name in names])
        database.committed.append(written)
        return [
            [(number, f"echo {name}") for number, name in enumerate(names, 1)] if statement == "echo" else []
            for statement, names in written
        ]

    async def close(self) -> None:
        self._database.closed += 1


def unit(*names: str, statement: Statement = PARENTS) -> list[Write]:
    return [Write(statement, [(name,) for name in names])]
