"""How a tool says what may be done with it after a crash or a failure."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial, wraps
from typing import Any, TypeVar, overload

from groundplan.execution.protocols import Compensate, Declaration, Reconcile

T = TypeVar("T")
_SAID = "__groundplan_declaration__"


@overload
def declare(
    thing: None = None,
    /,
    *,
    idempotent: bool | None = None,
    pure: bool | None = None,
    reconcile: Reconcile | None = None,
    compensate: Compensate | None = None,
    irreversible: bool | None = None,
    transactional: bool | None = None,
) -> Callable[[T], T]: ...


@overload
def declare(
    thing: T,
    /,
    *,
    idempotent: bool | None = None,
    pure: bool | None = None,
    reconcile: Reconcile | None = None,
    compensate: Compensate | None = None,
    irreversible: bool | None = None,
    transactional: bool | None = None,
) -> T: ...


def declare(thing: Any = None, /, **said: Any) -> Any:
    """Say of a LangChain tool, Runnable, graph or callable what `Declaration` has; gives it back.

        @declare(idempotent=True)
        @tool
        def look_up(name: str) -> str: ...

        transfer = declare(bank.transfer, reconcile=find_transfer, compensate=transfer_back)

    What is left out is taken from the `metadata` of a LangChain tool (`idempotent`, `irreversible`, `transactional`),
    and from what was declared before; what nobody said means: an effect that must not be repeated. A function or
    method comes back wrapped: the one that was given stays as it is.

    Raises:
        TypeError: for a word that a declaration does not have, or a `reconcile` or `compensate` that is not async.
        ValueError: it is irreversible and has a compensation.
    """
    known = _checked({name: value for name, value in said.items() if value is not None})
    return _marked(thing, known) if thing is not None else lambda later: _marked(later, known)


def declaration_of(thing: Any) -> Declaration:
    """What the thing says of itself: by `declare`, else in its `metadata`.

    Idempotent, pure and transactional it is only by `True` itself, not by what is merely not empty: taking a "no" for a
    yes would repeat effects. Irreversible it is by anything that is not empty.
    """
    metadata = getattr(thing, "metadata", None)
    told: Mapping[str, Any] = metadata if isinstance(metadata, Mapping) else {}
    said = {
        "idempotent": told.get("idempotent") is True,
        "pure": told.get("pure") is True,
        "transactional": told.get("transactional") is True,
        "irreversible": bool(told.get("irreversible", False)),
    }
    return Declaration(**(said | _said(thing)))


def says(thing: Any, word: str) -> bool:
    """Whether the thing says anything, yes or no, of this word of a declaration."""
    return word in _said(thing) or word in (getattr(thing, "metadata", None) or {})


def is_async(function: Any) -> bool:
    """Whether calling it gives a coroutine: an `async def`, a partial of one, or an object whose `__call__` is one."""
    while isinstance(function, partial):
        function = function.func
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)


def _checked(said: dict[str, Any]) -> dict[str, Any]:
    unknown = said.keys() - Declaration.__dataclass_fields__.keys()
    if unknown:
        raise TypeError(f"a declaration has no {min(unknown)!r}")
    for name in ("reconcile", "compensate"):
        if name in said and not is_async(said[name]):
            raise TypeError(f"{name} has to be an async function, it is called on the event loop")
    return said


def _said(thing: Any) -> dict[str, Any]:
    said: dict[str, Any] = getattr(thing, _SAID, {})
    return said


def _marked(thing: Any, said: dict[str, Any]) -> Any:
    together = {**_said(thing), **said}
    if together.get("irreversible") and together.get("compensate"):
        raise ValueError("what is irreversible has no compensation")
    if inspect.isroutine(thing) or (callable(thing) and not hasattr(thing, "__dict__")):
        # One function may be registered under two names, and only one of them be declared harmless.
        thing = _function(thing)
    # Pydantic refuses attributes that are no fields; this is one of the object, not of the model.
    object.__setattr__(thing, _SAID, together)
    return thing


def _function(called: Callable[..., Any]) -> Callable[..., Any]:
    if is_async(called):

        @wraps(called)
        async def wrapped(*args: Any, **kwargs: Any) -> Any:
            return await called(*args, **kwargs)
    else:

        @wraps(called)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            return called(*args, **kwargs)

    return wrapped
