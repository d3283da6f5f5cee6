"""The base of every domain object: immutable, strict about unknown fields."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict


class Frozen(BaseModel):
    """A domain object. Change makes a copy: `task.model_copy(update={…})`."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def as_utc(moment: datetime) -> datetime:
    """The same instant in UTC; a naive time is taken as UTC already."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


UtcDatetime = Annotated[datetime, AfterValidator(as_utc)]
