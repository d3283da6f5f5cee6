"""Python callables as executors: async ones on the event loop, others in threads."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.domain.task import Task
from groundplan.execution.executors.arguments import refused
from groundplan.execution.executors.current_call import context_of
from groundplan.execution.executors.declare import declaration_of, is_async
from groundplan.execution.executors.json_output import as_json
from groundplan.execution.executors.limits import ExecutorLimits
from groundplan.execution.executors.underway import Underway
from groundplan.execution.executors.work import Join, in_loop, in_thread
from groundplan.execution.protocols import Declaration, Produced, TaskCall

_FILLED: Mapping[str, Callable[[TaskCall], Any]] = {
    "call": lambda call: call,
    "task": lambda call: call.task,
    "inputs": lambda call: dict(call.inputs),
    "idempotency_key": lambda call: call.idempotency_key,
    "connection": lambda call: call.connection,
}
_KINDS = {"call": TaskCall, "task": Task}
_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


@dataclass(frozen=True, slots=True)
class Taken:
    """Which arguments a function takes.

    Attributes:
        filled: parameters that the executor fills: `call`, `task`, `inputs`, `idempotency_key`, `connection`.
            A `call` or `task` that is annotated as something else is an input like others.
        inputs: names of inputs it takes; `required` are those without a default.
        any_input: it takes inputs of any name (`**kwargs`), or gets them all together.
    """

    filled: frozenset[str]
    inputs: frozenset[str]
    required: frozenset[str]
    any_input: bool
    keywords: bool

    @classmethod
    def of(cls, function: Callable[..., Any]) -> Taken:
        """Read off the signature. Raises TypeError if it has a positional-only parameter, which has no name to fill."""
        parameters = inspect.signature(function).parameters.values()
        nameless = [p.name for p in parameters if p.kind is p.POSITIONAL_ONLY and p.default is p.empty]
        if nameless:
            raise TypeError(f"{function!r} takes {nameless[0]!r} only by its place; a task's inputs have names")
        named = [parameter for parameter in parameters if parameter.kind in _NAMED]
        filled = frozenset(parameter.name for parameter in named if _is_filled(parameter))
        keywords = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)
        return cls(
            filled=filled,
            inputs=frozenset(parameter.name for parameter in named) - filled,
            required=frozenset(p.name for p in named if p.default is p.empty) - filled,
            any_input=keywords or bool(filled & {"call", "task", "inputs"}),
            keywords=keywords,
        )

    def arguments(self, call: TaskCall) -> dict[str, Any]:
        """The arguments for this call. Raises PlanningError E5212 if its inputs are not what the function takes."""
        problems = dict.fromkeys(self.required - call.inputs.keys(), "is missing")
        problems |= {
            name: "is filled by the executor" for name in call.inputs.keys() & self.filled if name not in _KINDS
        }
        if not self.any_input:
            problems |= dict.fromkeys(call.inputs.keys() - self.inputs - self.filled, "is not taken")
        if problems:
            raise refused(call, problems)
        names = call.inputs.keys() - self.filled if self.keywords else self.inputs & call.inputs.keys()
        return {name: call.inputs[name] for name in names} | {name: _FILLED[name](call) for name in self.filled}


class CallableExecutor:
    """Runs one function for its tasks.

    A sync function gets a thread of its own. It cannot be stopped there: see `Underway` for what cancelling means.

    Raises:
        TypeError: it is not callable, or takes arguments only by their place.
    """

    def __init__(
        self, function: Callable[..., Any], *, limits: ExecutorLimits | None = None, underway: Underway | None = None
    ) -> None:
        self._function = function
        self._limits = limits or ExecutorLimits()
        self._underway = underway or Underway(self._limits.grace_seconds)
        self._taken = Taken.of(function)
        self._async = is_async(function)
        self._declared = declaration_of(function)
        self._shown = self._underway.guarded(self._declared)

    def declaration(self, task: Task) -> Declaration:  # noqa: ARG002  # the function says it for all tasks
        return self._shown

    async def run(self, call: TaskCall) -> Produced:
        arguments = self._taken.arguments(call)
        given = await self._underway.result(call, lambda: self._start(call, arguments), self._declared)
        if inspect.isawaitable(given):  # such as a lambda gives
            given = await self._underway.result(call, _awaiting(given, call), self._declared)
        if isinstance(given, Produced):
            return Produced(
                output=as_json(given.output, self._limits.output_bytes), usage=given.usage, record=given.record
            )
        return Produced(output=as_json(given, self._limits.output_bytes))

    def _start(self, call: TaskCall, arguments: dict[str, Any]) -> Join:
        context = context_of(call)
        if self._async:
            return in_loop(lambda: self._function(**arguments), context)
        return in_thread(lambda: self._function(**arguments), context)


def _awaiting(given: Awaitable[Any], call: TaskCall) -> Callable[[], Join]:
    async def awaited() -> Any:
        return await given

    return lambda: in_loop(awaited, context_of(call))


def _is_filled(parameter: inspect.Parameter) -> bool:
    if parameter.name not in _FILLED:
        return False
    kind = _KINDS.get(parameter.name)
    given = parameter.annotation
    return kind is None or given in (parameter.empty, Any, kind) or str(given).split(".")[-1] == kind.__name__
