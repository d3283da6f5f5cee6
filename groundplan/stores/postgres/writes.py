"""What is written in groups, and through what: statements over many rows, and the session that runs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from groundplan.stores.postgres.arrays import Column

Row = tuple[Any, ...]


@dataclass(frozen=True, eq=False)
class Statement:
    """SQL that takes any number of rows, one named array parameter per column.

    If it returns rows, then one for each row given, in their order. `order` says where it stands in a batch:
    statements with smaller numbers run first, so parents have smaller ones than children.
    """

    name: str
    sql: str
    columns: Mapping[str, Column]
    order: int = 0

    def pack(self, rows: Sequence[Row]) -> dict[str, bytes]:
        """The parameters for these rows."""
        by_column = zip(*rows, strict=True)
        return {
            name: column.pack(values) for (name, column), values in zip(self.columns.items(), by_column, strict=True)
        }


@dataclass(frozen=True, slots=True)
class Write:
    """Rows for one statement: tuples with a value per column, at least one."""

    statement: Statement
    rows: Sequence[Row]


class SessionLostError(Exception):
    """The connection broke or fell silent. Whether the last batch was committed is unknown."""


class Session(Protocol):
    """One connection to the database."""

    async def run(self, batch: Sequence[Write]) -> list[list[Row]]:
        """Run the statements in one transaction and commit; what each returned.

        Raises:
            SessionLostError: the session cannot be used any more.
            PlanningError: the database refused; nothing of the batch is committed.
        """
        ...

    async def close(self) -> None:
        """Give the connection back."""
        ...
