"""The base of every domain object: immutable, strict about unknown fields, free of numbers that JSON has not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict


class Frozen(BaseModel):
    """A domain object. Change makes a copy: `task.model_copy(update={…})`."""

    # In free values, such as inputs, NaN would be written as null: nothing is turned into something else silently.
    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False, ser_json_inf_nan="constants"
    )


def as_utc(moment: datetime) -> datetime:
    """The same instant in UTC; a naive time is taken as UTC already."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _checked(moment: datetime) -> datetime:
    try:
        return as_utc(moment)
    except OverflowError as error:
        raise ValueError("is beyond the years 1 to 9999 in UTC") from error


UtcDatetime = Annotated[datetime, AfterValidator(_checked)]
