"""The HTTP face of a pool of resources."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from importlib.resources import files
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Path, Query, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.ids import Id
from groundplan.domain.resources import ResourceName
from groundplan.execution.resources.allocation import AllocationId, Availability, Cost
from groundplan.execution.resources.pool import LocalPool
from groundplan.resource_service.bodies import (
    AllocationBody,
    Allocations,
    AmountsBody,
    CapacityBody,
    CostBody,
    Granted,
    Health,
    Released,
    RenewalBody,
    Renewed,
)
from groundplan.resource_service.problems import documented, tell_problems
from groundplan.resource_service.state_file import StateFile

VERSION = "1.0.0"
_ALWAYS = documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.BAD_REQUEST)
_CONFLICT = documented(HTTPStatus.CONFLICT)
_NOT_HELD = documented(HTTPStatus.NOT_FOUND)

Key = Annotated[AllocationId, Path(description="The idempotency key of the allocation.")]
Owner = Annotated[Id, Query(description="Whose allocations, such as a run's id.")]
Name = Annotated[ResourceName, Path(description="The resource.")]


def create_app(pool: LocalPool, *, token: str | None = None, state: StateFile | None = None) -> FastAPI:
    """The service for this pool.

    Args:
        token: what callers have to show as a bearer token; None lets everybody in.
        state: keeps allocations over a restart.
    """
    app = FastAPI(
        title="groundplan resource service",
        version=VERSION,
        summary="Grants amounts of resources to the runs of plans.",
        description=files("groundplan.resource_service").joinpath("description.md").read_text(encoding="utf-8"),
        docs_url=None,
        redoc_url=None,
        responses=_ALWAYS,
        generate_unique_id_function=lambda route: route.name,
    )
    tell_problems(app)
    guarded = [Depends(_guard(token)), Depends(_known_query)]
    for router in (_resources(pool), _allocations(pool), _money(pool)):
        app.include_router(router, prefix="/v1", dependencies=guarded)
    if state is not None:
        app.middleware("http")(_saving(pool, state))

    @app.get("/health", tags=["health"])
    async def health() -> Health:
        """Whether it works. Needs no token."""
        return Health()

    return app


def _resources(pool: LocalPool) -> APIRouter:
    router = APIRouter(tags=["resources"])

    @router.get("/resources")
    async def availability() -> Availability:
        """What there is, how much of it is free, and what it costs."""
        return await pool.availability()

    @router.put("/resources/{name}")
    async def set_capacity(name: Name, body: CapacityBody) -> Availability:
        """Add a resource or change how much there is. What is granted stays granted."""
        pool.set_kind(body.kind(name))
        return await pool.availability()

    @router.delete("/resources/{name}")
    async def remove_resource(name: Name) -> Availability:
        """There is no such resource any more. What is granted stays granted; who waits for it is refused."""
        pool.remove_kind(name)
        return await pool.availability()

    return router


def _allocations(pool: LocalPool) -> APIRouter:
    router = APIRouter(tags=["allocations"])

    @router.put("/allocations/{allocation_id}", responses=_CONFLICT)
    async def allocate(allocation_id: Key, body: AllocationBody) -> Granted:
        """Allocate; the same request again is the same allocation. `allocation` is null if there was not enough."""
        return Granted(allocation=await pool.allocate(body.request(allocation_id), wait=body.wait_seconds))

    @router.patch("/allocations/{allocation_id}", responses=_CONFLICT | _NOT_HELD)
    async def reallocate(allocation_id: Key, body: AmountsBody) -> Granted:
        """Change the amounts; `allocation` is null if they do not fit now, and it stays as it was."""
        return Granted(allocation=await pool.reallocate(allocation_id, body.amounts))

    @router.delete("/allocations/{allocation_id}")
    async def release(allocation_id: Key) -> Released:
        """Give it back; no error if it is not held."""
        return Released(released=int(await pool.release(allocation_id)))

    @router.get("/allocations")
    async def held(owner: Owner) -> Allocations:
        """What the owner has."""
        return Allocations(allocations=await pool.held(owner))

    @router.delete("/allocations")
    async def release_all(owner: Owner) -> Released:
        """Give back everything that the owner has or waits for."""
        return Released(released=await pool.release_all(owner))

    @router.post("/renewals")
    async def renew(body: RenewalBody) -> Renewed:
        """Let allocations last; the answer names those that are still held."""
        return Renewed(allocation_ids=sorted(await pool.renew(body.allocation_ids, body.lease_seconds)))

    return router


def _money(pool: LocalPool) -> APIRouter:
    router = APIRouter(tags=["costs"])

    @router.post("/costs")
    async def cost(body: CostBody) -> Cost:
        """What amounts of resources cost for so long."""
        return await pool.cost(body.amounts, body.seconds)

    return router


def _guard(token: str | None) -> Callable[..., Any]:
    async def guard(
        shown: Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))],
    ) -> None:
        if token is not None and (
            shown is None or not secrets.compare_digest(shown.credentials.encode(), token.encode())
        ):
            raise PlanningError(
                ErrorCode.RESOURCE_ANSWER_UNUSABLE,
                "No token was shown, or a wrong one",
                recovery_suggestion="Set GROUNDPLAN_RESOURCE_SERVICE_TOKEN to the service's token.",
            )

    return guard


async def _known_query(request: Request) -> None:
    """Refuse a query with a name that is none: `ower=` must not be read as nothing."""
    known = {"owner"} if request.url.path.endswith("/allocations") else set()
    for name in request.query_params:
        if name not in known:
            raise PlanningError(
                ErrorCode.VALIDATION_FAILED,
                f"There is no query parameter {name!r} here",
                recovery_suggestion="See /openapi.json for what can be asked.",
            )


def _saving(pool: LocalPool, state: StateFile) -> Callable[..., Awaitable[Response]]:
    async def saving(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        """Nobody is told of an allocation before it is in the file."""
        response = await call_next(request)
        if request.method != "GET":
            state.save(pool)
        return response

    return saving
