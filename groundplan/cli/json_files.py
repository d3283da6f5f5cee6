"""Domain objects that are given to a command as JSON files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import typer

if TYPE_CHECKING:
    from pydantic import BaseModel

    Model = TypeVar("Model", bound=BaseModel)

_MOST_BYTES = 10_000_000


def read_model(kind: type[Model], name: str, what: str) -> Model:
    """The object in the file.

    Raises:
        typer.BadParameter: for a file that cannot be read or holds no such thing, with the first thing that is wrong.
    """
    from pydantic import ValidationError

    try:
        with Path(name).open("rb") as file:
            content = file.read(_MOST_BYTES)
        return kind.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise typer.BadParameter(f"{name!r} is no {what}: {where}: {first['msg']}") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL byte in the name
        raise typer.BadParameter(f"{name!r} cannot be read: {getattr(error, 'strerror', error)}") from error
