"""How values of graph channels become bytes: our models as JSON, everything else by LangGraph's serializer.

LangGraph's own way with pydantic models (`model_dump`, msgpack, and on the way back `model_construct` where the
data does not fit) is slow and lets invalid data in. Here a model is written by pydantic in one go and validated
when it is read. Both sides know the same list of classes; a name that is not on it is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Any

from langgraph.checkpoint.serde.base import CipherProtocol, SerializerProtocol
from langgraph.checkpoint.serde.encrypted import EncryptedSerializer
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError

from groundplan.domain.errors import ErrorCode, PlanningError

_KIND = "groundplan"
_ENCRYPTED = "+aes"


class ModelSerializer(JsonPlusSerializer):
    """A LangGraph serializer that writes the given models as `ClassName`, a line break and their JSON.

    Args:
        models: the classes that channels hold; their names must differ.
        enums: enumerations that may stand beside them.

    Raises:
        PlanningError: E5807 for a value that cannot be written, E5801 for stored data that is no such model.
    """

    def __init__(self, models: Iterable[type[BaseModel]], enums: Iterable[type[Enum]] = ()) -> None:
        self._classes = {model.__name__: model for model in models}
        self._names = {model: f"{name}\n".encode() for name, model in self._classes.items()}
        allowed = [*self._classes.values(), *enums]
        super().__init__(allowed_msgpack_modules=allowed)

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """The kind and the bytes of a value."""
        name = self._names.get(type(obj))
        if name is None:
            return super().dumps_typed(obj)
        try:
            return _KIND, name + obj.model_dump_json(exclude_defaults=True, round_trip=True).encode()
        except (PydanticSerializationError, UnicodeEncodeError) as error:
            raise PlanningError(
                ErrorCode.STORE_REJECTED,
                f"A {type(obj).__name__} cannot be written as JSON: {error}",
                recovery_suggestion="Take out what JSON does not have: lone surrogates, bytes, objects.",
            ) from error

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """The value again; equal to the one that was written."""
        kind, content = data
        if kind.endswith(_ENCRYPTED):
            raise _undecipherable("it is encrypted, and no key is configured")
        if kind != _KIND:
            return super().loads_typed(data)
        name, _, text = bytes(content).partition(b"\n")
        model = self._classes.get(name.decode())
        if model is None:
            raise _unreadable(name.decode(), "no class of that name is known")
        try:
            return model.model_validate_json(text)
        except ValidationError as error:
            raise _unreadable(model.__name__, str(error).splitlines()[0]) from error


def encrypted(serializer: SerializerProtocol, key: bytes) -> EncryptedSerializer:
    """The serializer, everything it writes encrypted with AES (EAX mode: an altered byte is noticed).

    Args:
        serializer: what writes the plain bytes.
        key: 16, 24 or 32 bytes.

    Raises:
        PlanningError: E5806 if the extra `encryption` is not installed, or for a key of another length.
    """
    if len(key) not in (16, 24, 32):
        raise PlanningError(
            ErrorCode.SETTINGS_INVALID,
            f"An encryption key has 16, 24 or 32 bytes, not {len(key)}",
            recovery_suggestion="Make one with `openssl rand -base64 32`.",
        )
    try:
        aes = EncryptedSerializer.from_pycryptodome_aes(serializer, key=key)
    except ImportError as error:
        raise PlanningError(
            ErrorCode.SETTINGS_INVALID,
            "Encrypted checkpoints need a package that is not installed",
            recovery_suggestion="Install groundplan[encryption].",
        ) from error
    return EncryptedSerializer(_CheckedCipher(aes.cipher), serializer)


class _CheckedCipher(CipherProtocol):
    """A cipher whose failure to decrypt is said in our words."""

    def __init__(self, cipher: CipherProtocol) -> None:
        self._cipher = cipher

    def encrypt(self, plaintext: bytes) -> tuple[str, bytes]:
        return self._cipher.encrypt(plaintext)

    def decrypt(self, ciphername: str, ciphertext: bytes) -> bytes:
        try:
            return self._cipher.decrypt(ciphername, ciphertext)
        except ValueError as error:
            raise _undecipherable("it was written with another key, or altered") from error


def _undecipherable(why: str) -> PlanningError:
    return PlanningError(
        ErrorCode.SIGNATURE_MISMATCH,
        f"A stored checkpoint cannot be read: {why}",
        recovery_suggestion="Set GROUNDPLAN_ENCRYPTION_KEY to the key that it was written with.",
    )


def _unreadable(name: str, why: str) -> PlanningError:
    return PlanningError(
        ErrorCode.SIGNATURE_MISMATCH,
        f"A stored {name!r} cannot be read: {why}",
        details={"class": name},
        recovery_suggestion="The checkpoint was changed by hand or by another version; plan the goal again.",
    )
