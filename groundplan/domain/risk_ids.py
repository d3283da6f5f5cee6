"""Ids of risks: the same for the same risk in every version of a plan, so that what was decided on it is found."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

_SAME_RISK = {"checked-effect": "irreversible-effect"}
"""A rule that tells a risk of another rule once a check stands before it."""


def family_of(rule: str) -> str:
    """The rule by which a risk is known, whether a check stands before its task or not."""
    return _SAME_RISK.get(rule, rule)


def risk_id_of(plan_id: str, rule: str, task_ids: Iterable[str] = (), detail: str = "") -> str:
    """The id of the risk that the rule sees in these tasks; `detail` tells several of the same tasks apart."""
    said = "\0".join([family_of(rule), detail, *sorted(task_ids)])
    return f"{plan_id.replace('-', '')[:12]}-r{hashlib.sha256(said.encode()).hexdigest()[:8]}"
