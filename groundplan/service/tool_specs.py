"""LangChain tools as planning sees them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from langchain_core.tools import BaseTool
from pydantic import BaseModel

from groundplan.domain.tools import ToolSpec

_DISALLOWED = re.compile(r"[^A-Za-z0-9_.-]+")


def tool_specs(tools: Iterable[BaseTool | ToolSpec]) -> tuple[ToolSpec, ...]:
    """What plans need to know of the tools. A name without a domain gets `local`.

    A tool's `metadata` may say `irreversible`, `uses_secrets` and `capabilities`; its argument schema is the
    one that it shows to models.
    """
    return tuple(tool if isinstance(tool, ToolSpec) else _spec(tool) for tool in tools)


def _spec(tool: BaseTool) -> ToolSpec:
    said = tool.metadata or {}
    name = _DISALLOWED.sub("_", tool.name)
    return ToolSpec(
        name=name if "." in name else f"local.{name}",
        description=tool.description,
        arguments=_schema(tool),
        irreversible=bool(said.get("irreversible", False)),
        uses_secrets=bool(said.get("uses_secrets", False)),
        capabilities=list(said.get("capabilities", [])),
    )


def _schema(tool: BaseTool) -> dict[str, Any]:
    schema = tool.tool_call_schema
    if isinstance(schema, dict):
        return schema
    return schema.model_json_schema() if issubclass(schema, BaseModel) else schema.schema()
