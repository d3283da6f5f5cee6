"""A resource service: grants amounts of resources over HTTP, to runs in any process. Needs the extra `server`.

    python -m groundplan.resource_service --resource cpu_cores=8 --resource memory_mb=16384

It is the reference of docs/openapi/resources.json, which other services may implement as well.
"""

from groundplan.resource_service.app import create_app

__all__ = ["create_app"]
