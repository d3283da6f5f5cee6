"""What an HTTP resource service answers, as what it means or as the error that it is."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.execution.resources import failures
from groundplan.execution.resources.allocation import Allocation, AllocationRequest

Model = TypeVar("Model", bound=BaseModel)
_OURS = frozenset({ErrorCode.RESOURCE_EXCEEDED, ErrorCode.ALLOCATION_CONFLICT, ErrorCode.ALLOCATION_NOT_FOUND})
_SHOWN = 200


class Granted(BaseModel):
    allocation: Allocation | None


class Allocations(BaseModel):
    allocations: list[Allocation]


class Renewed(BaseModel):
    allocation_ids: set[str]


class Released(BaseModel):
    released: int


def read(content: bytes, model: type[Model]) -> Model:
    """The body as this model. Raises PlanningError E5502 if it is none."""
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the body"
        raise failures.unusable(f"{where}: {first['msg']}") from None


def refusal(status: int, told: Any) -> PlanningError:
    """The error that an answer with this status tells of: the service's own, or that it makes no sense."""
    if isinstance(told, dict) and isinstance(told.get("detail"), str) and str(told.get("code")) in _OURS:
        data = told.get("data")
        return PlanningError(
            ErrorCode(told["code"]),
            told["detail"],
            details=data if isinstance(data, dict) else {},
            recovery_suggestion="See what there is: the resource service's /v1/resources.",
        )
    said = told.get("detail") if isinstance(told, dict) else None
    return failures.unusable(f"status {status}{f': {str(said)[:_SHOWN]}' if said else ''}")


def check_granted(granted: Allocation | None, request: AllocationRequest) -> Allocation | None:
    """What was granted, if it is what was asked for. Raises PlanningError E5502."""
    if granted is None:
        return None
    asked, given = request, granted
    if (asked.allocation_id, asked.owner, asked.amounts) != (given.allocation_id, given.owner, given.amounts):
        raise failures.unusable(f"allocation {given.allocation_id!r} is not what was asked for")
    return granted
