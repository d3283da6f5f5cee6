"""Risks that are given by a part of their id."""

from __future__ import annotations

from collections.abc import Sequence

import typer


def short_risk_id(risk_id: str) -> str:
    """What the table shows of a risk's id, and commands take: what follows the plan's part."""
    return risk_id.rpartition("-")[2]


def whole_risk_id(given: str, known: Sequence[str]) -> str:
    """The one of the ids that is `given`, or of which `given` begins the whole or the last part; `given` itself if none
    does.

    Raises:
        typer.BadParameter: if several do.
    """
    if given in known:
        return given
    found = [one for one in known if given and (one.startswith(given) or short_risk_id(one).startswith(given))]
    if len(found) > 1:
        shown = ", ".join(short_risk_id(one) for one in found[:5])
        raise typer.BadParameter(f"{len(found)} risks begin with {given!r}: {shown}")
    return found[0] if found else given
