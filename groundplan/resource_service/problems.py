"""Errors as problem details (RFC 9457), with their codes."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.resource_service.bodies import Problem

MEDIA_TYPE = "application/problem+json"
_STATUS = {
    ErrorCode.RESOURCE_EXCEEDED: HTTPStatus.CONFLICT,
    ErrorCode.ALLOCATION_CONFLICT: HTTPStatus.CONFLICT,
    ErrorCode.ALLOCATION_NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.RESOURCE_ANSWER_UNUSABLE: HTTPStatus.UNAUTHORIZED,
    ErrorCode.VALIDATION_FAILED: HTTPStatus.UNPROCESSABLE_ENTITY,
}


def documented(*codes: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """The error responses of an operation, for its document."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {int(code): {"description": code.phrase, "content": {MEDIA_TYPE: schema}} for code in codes}


def tell_problems(app: FastAPI) -> None:
    """Let the app answer every error as a problem, and its document say what one is."""
    describe = app.openapi

    def with_problem() -> dict[str, Any]:
        document = describe()
        document["components"]["schemas"]["Problem"] = Problem.model_json_schema()
        return document

    app.openapi = with_problem  # type: ignore[method-assign]  # FastAPI's documented way to extend the document

    @app.exception_handler(PlanningError)
    async def of_ours(request: Request, error: PlanningError) -> JSONResponse:  # noqa: ARG001  # the signature is given
        return _answer(_STATUS.get(error.code, HTTPStatus.INTERNAL_SERVER_ERROR), error)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> JSONResponse:  # noqa: ARG001
        problems = [f"{'.'.join(map(str, found['loc']))}: {found['msg']}" for found in error.errors()]
        told = _malformed(problems[0], errors=problems)
        return _answer(HTTPStatus.UNPROCESSABLE_ENTITY, told)

    @app.exception_handler(HTTPException)
    async def of_http(request: Request, error: HTTPException) -> JSONResponse:
        told = _malformed(str(error.detail))
        allowed = _allowed(app, request) if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED else {}
        return _answer(HTTPStatus(error.status_code), told, {**(error.headers or {}), **allowed})


def _allowed(app: FastAPI, request: Request) -> dict[str, str]:
    """The methods of this path: Starlette names only those of the first route that fits."""
    paths = app.openapi()["paths"]
    fitting = [compile_path(path)[0].match(request.url.path) and methods for path, methods in paths.items()]
    return {"Allow": ", ".join(sorted(method.upper() for methods in fitting if methods for method in methods))}


def _malformed(what: str, **details: Any) -> PlanningError:
    return PlanningError(
        ErrorCode.VALIDATION_FAILED,
        what,
        details=details,
        recovery_suggestion="See /openapi.json for what can be asked.",
    )


def _answer(status: HTTPStatus, error: PlanningError, headers: Any = None) -> JSONResponse:
    problem = Problem(
        title=status.phrase, status=status, code=error.code.value, detail=error.message, data=error.details
    )
    return JSONResponse(problem.model_dump(mode="json"), status, headers, MEDIA_TYPE)
