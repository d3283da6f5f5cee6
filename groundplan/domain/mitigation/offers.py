"""The mitigations that rules offer: edits in the words in which a person is shown them, and advice."""

from __future__ import annotations

from groundplan.domain.mitigation.kinds import Mitigation, MitigationKind

CHECK = Mitigation(kind=MitigationKind.ADD_CHECK, description="Have it checked by somebody before it counts.")
RETRY = Mitigation(kind=MitigationKind.ADD_RETRY, description="Try it again when it fails.")
FALLBACK = Mitigation(kind=MitigationKind.ADD_FALLBACK, description="Have another tool or a person ready if it fails.")
BUFFER = Mitigation(kind=MitigationKind.ADD_BUFFER, description="Plan more time for it.")
APPROVAL = Mitigation(kind=MitigationKind.ADD_APPROVAL, description="Let a person approve it right before it runs.")


def advice(text: str) -> Mitigation:
    """Words for people, which no edit stands behind."""
    return Mitigation(description=text)
