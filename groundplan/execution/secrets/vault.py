"""Secrets from HashiCorp Vault, or any server with the API of its key-value engine, version 2.

`secret://PATH#FIELD` is `GET {url}/v1/{mount}/data/PATH`, its field FIELD (`value` if none is named). Spoken by httpx
(the extra `vault`): of the API one request is needed, and the official client is not async.
"""

from __future__ import annotations

import ssl
from typing import Any
from urllib.parse import quote

from pydantic import SecretStr

from groundplan.domain.errors import ErrorCode, PlanningError
from groundplan.execution.secrets.providers import is_name

_FIELD = "value"


class VaultSecrets:
    """Reads secrets from Vault with a token.

    Args:
        url: such as `https://vault.example.org:8200`.
        token: a token with the right to read below `mount`.
        mount: where the key-value engine is mounted.
        timeout: seconds for one request.
    """

    def __init__(self, url: str, token: SecretStr | str, *, mount: str = "secret", timeout: float = 5.0) -> None:
        self._url = url.rstrip("/")
        self._token = token if isinstance(token, SecretStr) else SecretStr(token)
        self._mount = mount
        self._timeout = timeout
        self._context: ssl.SSLContext | None = None

    def __repr__(self) -> str:
        return f"VaultSecrets({self._url!r})"

    async def get(self, name: str) -> str | None:
        """See `SecretProvider.get`. E5401 (retryable) if Vault does not answer, E5401 if it refuses the token."""
        import httpx

        path, _, field = name.partition("#")
        if not is_name(path):
            raise _failed(name, "is no name of a secret")
        address = f"{self._url}/v1/{quote(self._mount)}/data/{quote(path)}"
        headers = {"X-Vault-Token": self._token.get_secret_value()}
        try:
            async with httpx.AsyncClient(timeout=self._timeout, verify=self._trusted()) as client:
                answer = await client.get(address, headers=headers)
        except (httpx.InvalidURL, UnicodeError, httpx.LocalProtocolError):
            raise _failed(name, "its address or token cannot be used") from None
        except httpx.HTTPError as error:
            raise _failed(name, f"Vault does not answer ({type(error).__name__})", retryable=True) from None
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        if answer.status_code != httpx.codes.OK:
            raise _failed(name, f"Vault answers {answer.status_code}", retryable=answer.is_server_error)
        return _field_of(answer, name, field or _FIELD)

    def _trusted(self) -> ssl.SSLContext | bool:
        """The certificates that are trusted, read once: that takes longer than the request."""
        if self._context is None and self._url.startswith("https:"):
            import httpx

            self._context = httpx.create_ssl_context()
        return self._context or True


def _field_of(answer: Any, name: str, field: str) -> str | None:
    try:
        found = answer.json()["data"]["data"].get(field)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _failed(name, "Vault's answer is no secret of a key-value engine, version 2") from None
    if isinstance(found, dict | list | bool):
        raise _failed(name, f"the field {field!r} is no text")
    return None if found is None else str(found)


def _failed(name: str, why: str, *, retryable: bool = False) -> PlanningError:
    return PlanningError(
        ErrorCode.SECRET_UNAVAILABLE,
        f"Secret {name!r} cannot be read: {why}",
        details={"secret": name},
        recovery_suggestion="Look at Vault's address, token and policies, then resume the run.",
        retryable=retryable,
    )
