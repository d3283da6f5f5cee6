"""LangChain tools as planning sees them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from langchain_core.tools import BaseTool
from pydantic import BaseModel

from groundplan.domain.tools import ToolSpec
from groundplan.execution.executors.arguments import RESERVED
from groundplan.execution.executors.declare import declaration_of, says
from groundplan.execution.executors.wire_names import qualified


def tool_specs(tools: Iterable[BaseTool | ToolSpec]) -> tuple[ToolSpec, ...]:
    """What plans need to know of the tools. A name without a domain gets `local`.

    What a tool may do is what `declare` or its `metadata` says of it (`idempotent`, `irreversible`); its `metadata` may
    also say `uses_secrets`, `cost_per_call`, `capabilities`, `max_parallel` and `calls_per_minute`. Its argument schema
    is the one that it shows to models, without what executors fill in.
    """
    return tuple(tool if isinstance(tool, ToolSpec) else _spec(tool) for tool in tools)


def _spec(tool: BaseTool) -> ToolSpec:
    said = tool.metadata or {}
    declared = declaration_of(tool)
    # Left out where nobody said it: it is judged by name and inputs then.
    undoing = {"irreversible": declared.irreversible} if _says_whether_undone(tool) else {}
    return ToolSpec(
        name=qualified(tool.name),
        description=tool.description,
        arguments=_schema(tool),
        idempotent=declared.idempotent,
        uses_secrets=bool(said.get("uses_secrets", False)),
        cost_per_call=said.get("cost_per_call"),
        capabilities=list(said.get("capabilities", [])),
        max_parallel=said.get("max_parallel"),
        calls_per_minute=said.get("calls_per_minute"),
        **undoing,
    )


def _says_whether_undone(tool: BaseTool) -> bool:
    declared = declaration_of(tool)
    return declared.irreversible or declared.compensate is not None or says(tool, "irreversible")


def _schema(tool: BaseTool) -> dict[str, Any]:
    shown = tool.tool_call_schema
    if isinstance(shown, dict):
        return _without_filled(shown)
    return _without_filled(shown.model_json_schema() if issubclass(shown, BaseModel) else shown.schema())


def _without_filled(schema: dict[str, Any]) -> dict[str, Any]:
    properties = schema.get("properties", {})
    if not RESERVED & properties.keys():
        return schema
    kept = {name: kind for name, kind in properties.items() if name not in RESERVED}
    required = [name for name in schema.get("required", []) if name not in RESERVED]
    return schema | {"properties": kept, "required": required}
