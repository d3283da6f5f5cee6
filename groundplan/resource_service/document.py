"""The OpenAPI document of the service, printed by `python -m groundplan.resource_service.document`."""

from __future__ import annotations

import json

from groundplan.execution.resources.pool import LocalPool
from groundplan.resource_service.app import create_app


def document() -> str:
    """The document as JSON text, the same every time."""
    return json.dumps(create_app(LocalPool()).openapi(), indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    print(document(), end="")
