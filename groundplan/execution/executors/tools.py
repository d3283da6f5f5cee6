"""LangChain tools as executors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langchain_core.messages import ToolMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool
from pydantic import BaseModel, ValidationError

from groundplan.domain.argument_check import argument_errors
from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.domain.task import Task
from groundplan.domain.tools import ToolSpec
from groundplan.execution.executors.arguments import RESERVED, refused
from groundplan.execution.executors.current_call import context_of
from groundplan.execution.executors.declare import declaration_of
from groundplan.execution.executors.json_output import as_json
from groundplan.execution.executors.limits import ExecutorLimits
from groundplan.execution.executors.token_count import TokenCount
from groundplan.execution.executors.underway import Underway
from groundplan.execution.executors.wire_names import qualified
from groundplan.execution.executors.work import Join, in_loop, in_thread
from groundplan.execution.protocols import Declaration, Produced, TaskCall


class ToolExecutor:
    """Runs one LangChain tool.

    An async tool runs on the event loop, others in threads. A parameter named `idempotency_key` or `connection` is
    filled from the call; such a parameter is annotated with `InjectedToolArg`, so that no model is asked for it.
    A tool that turns its errors into text (`handle_tool_error`) raises them here: a text would look like success.
    """

    def __init__(
        self, tool: BaseTool, *, limits: ExecutorLimits | None = None, underway: Underway | None = None
    ) -> None:
        self._tool = _raising(tool)
        self._limits = limits or ExecutorLimits()
        self._underway = underway or Underway(self._limits.grace_seconds)
        self._schema = tool.args_schema if isinstance(tool.args_schema, dict) else tool.get_input_schema()
        self._filled = RESERVED & _names(self._schema)
        self._declared = declaration_of(tool)
        self._shown = self._underway.guarded(self._declared)
        self._async = _is_async(tool)

    def declaration(self, task: Task) -> Declaration:  # noqa: ARG002  # the tool says it for all tasks
        return self._shown

    async def run(self, call: TaskCall) -> Produced:
        arguments = self._arguments(call)
        count = TokenCount()
        given = await self._underway.result(call, lambda: self._start(call, arguments, count), self._declared)
        return Produced(output=as_json(_content(given, call), self._limits.output_bytes), usage=count.usage)

    def _arguments(self, call: TaskCall) -> dict[str, Any]:
        arguments = dict(call.inputs)
        clash = self._filled & arguments.keys()
        if clash:
            raise refused(call, dict.fromkeys(clash, "is filled by the executor"))
        arguments |= {name: getattr(call, name) for name in self._filled}
        problems = _problems(self._tool, self._schema, arguments)
        if problems:
            raise refused(call, problems)
        return arguments

    def _start(self, call: TaskCall, arguments: dict[str, Any], count: TokenCount) -> Join:
        config = RunnableConfig(callbacks=[count], run_name=self._tool.name)
        context = context_of(call)
        if self._async:
            return in_loop(lambda: self._tool.ainvoke(arguments, config), context)
        return in_thread(lambda: self._tool.invoke(arguments, config), context)


def _raising(tool: BaseTool) -> BaseTool:
    if not (tool.handle_tool_error or tool.handle_validation_error):
        return tool
    return tool.model_copy(update={"handle_tool_error": False, "handle_validation_error": False})


def _is_async(tool: BaseTool) -> bool:
    if hasattr(tool, "coroutine"):
        return tool.coroutine is not None
    return type(tool)._arun is not BaseTool._arun


def _names(schema: Any) -> frozenset[str]:
    fields = schema.get("properties", {}) if isinstance(schema, dict) else schema.model_fields
    return frozenset(fields)


def _problems(tool: BaseTool, schema: Any, arguments: Mapping[str, Any]) -> dict[str, str]:
    """What does not fit, as {argument: why}, without the values: they may be secrets."""
    if isinstance(schema, dict):
        spec = ToolSpec(name=qualified(tool.name), arguments=schema)
        return {path.strip(".") or "inputs": "does not fit the schema" for path, _ in argument_errors(spec, arguments)}
    if not issubclass(schema, BaseModel):
        return {}
    problems = dict.fromkeys(arguments.keys() - _taken(schema), "is not taken") if _is_closed(schema) else {}
    try:
        schema.model_validate(dict(arguments))
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        problems |= {".".join(map(str, one["loc"])) or "inputs": one["type"].replace("_", " ") for one in found}
    return problems


def _taken(schema: type[BaseModel]) -> set[str]:
    aliases = {field.alias for field in schema.model_fields.values() if field.alias}
    return {*schema.model_fields, *aliases}


def _is_closed(schema: type[BaseModel]) -> bool:
    """Whether LangChain would drop what the schema does not name, without a word."""
    has_aliases = any(field.validation_alias for field in schema.model_fields.values())
    return not has_aliases and "kwargs" not in schema.model_fields and schema.model_config.get("extra") != "allow"


def _content(given: Any, call: TaskCall) -> Any:
    """What the tool gave; the content, if it wrote a tool message itself."""
    if not isinstance(given, ToolMessage):
        return given
    if given.status == "error":
        raise PlanningError(
            ErrorCode.TASK_FAILED,
            f"Task {call.task.task_id!r}: its tool answered with an error message: {given.text[:500]}",
            details={"task_id": call.task.task_id, "tool": call.task.tool},
            recovery_suggestion="Look at what the task was given, mend its tool, then resume or replan.",
        )
    return given.content
