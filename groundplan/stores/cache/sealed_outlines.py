"""An outline as it lies in Redis: sealed with the key that signs plans, as others may be able to write there.

KEY_ID HEX\\nJSON        the seal covers the cache's key too, so that a value that was copied to another key is none
"""

from __future__ import annotations

from groundplan.domain.errors import PlanningError
from groundplan.domain.outline import Outline
from groundplan.domain.plan import Signature
from groundplan.domain.signing import Keyring


class NotSealedError(ValueError):
    """The value was not put there, under this key, by somebody who has a key of the ring."""


def sealed(key: str, outline: Outline, keyring: Keyring) -> bytes:
    """What is to be stored under `key`."""
    content = outline.model_dump_json().encode()
    seal = keyring.seal(_sealed_form(key, content))
    return f"{seal.key_id} {seal.value}\n".encode() + content


def unsealed(key: str, value: bytes, keyring: Keyring) -> Outline:
    """The outline that is stored under `key`.

    Raises:
        NotSealedError: the seal is missing, of an unknown key, or of something else.
        pydantic.ValidationError: what was sealed is no outline any more, as one of another version.
    """
    head, _, content = value.partition(b"\n")
    try:
        key_id, _, mac = head.decode("ascii").rpartition(" ")
        ours = keyring.is_seal_of(_sealed_form(key, content), Signature(key_id=key_id, value=mac))
    except (ValueError, PlanningError) as error:
        raise NotSealedError(f"no seal of ours: {type(error).__name__}") from error
    if not ours:
        raise NotSealedError("sealed was something else")
    return Outline.model_validate_json(content)


def _sealed_form(key: str, content: bytes) -> bytes:
    # The same key signs plans, whose form is a JSON object: no plan begins like this.
    return b"groundplan cached outline\n%b\n%b" % (key.encode(), content)
