"""Secrets over HTTP, from a small server with the API of Vault's key-value engine, version 2."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from groundplan import ErrorCode, PlanningError
from groundplan.execution.secrets.vault import VaultSecrets

KNOWN = {"/v1/secret/data/mail/token": {"value": "v4lue", "user": "ada", "scopes": ["a"]}}


class Vault(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/v1/secret/data/broken":
            return self.answer(200, b"<html>")
        if self.path == "/v1/secret/data/moved":
            return self.answer(307, b"", Location="/v1/secret/data/mail/token")
        if self.headers["X-Vault-Token"] != "t0ken":
            return self.answer(403, b"{}")
        found = KNOWN.get(self.path)
        return self.answer(200 if found else 404, json.dumps({"data": {"data": found}}).encode())

    def answer(self, status, body, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def vault():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Vault)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


async def test_a_secret_is_read_by_path_and_field(vault):
    secrets = VaultSecrets(vault, "t0ken")
    assert await secrets.get("mail/token") == "v4lue"
    assert await secrets.get("mail/token#user") == "ada"
    assert await secrets.get("mail/token#none") is None
    assert await secrets.get("mail/other") is None


async def test_a_refused_token_is_said_and_not_shown(vault):
    secrets = VaultSecrets(vault, "wr0ng")
    with pytest.raises(PlanningError, match="403") as raised:
        await secrets.get("mail/token")
    assert (raised.value.code, raised.value.retryable) == (ErrorCode.SECRET_UNAVAILABLE, False)
    assert "wr0ng" not in repr(secrets) + str(raised.value.to_dict())


async def test_an_answer_that_is_none_is_said(vault):
    with pytest.raises(PlanningError, match="no secret"):
        await VaultSecrets(vault, "t0ken").get("broken")


async def test_a_vault_that_is_away_may_be_asked_again():
    with pytest.raises(PlanningError, match="does not answer") as raised:
        await VaultSecrets("http://127.0.0.1:9", "t0ken", timeout=1).get("mail/token")
    assert raised.value.retryable


async def test_a_name_leads_to_nothing_else_of_vaults_api(vault):
    for name in ("../../sys/health", "a/../../../sys/health#value", "mail//token", ""):
        with pytest.raises(PlanningError, match="no name"):
            await VaultSecrets(vault, "t0ken").get(name)


async def test_a_field_that_is_no_text_is_refused(vault):
    with pytest.raises(PlanningError, match="is no text"):
        await VaultSecrets(vault, "t0ken").get("mail/token#scopes")


@pytest.mark.parametrize(("url", "token"), [("http://[::", "t0ken"), ("", "t0ken"), (None, "t0k\u00e9n\n")])
async def test_an_address_or_token_that_cannot_be_used_is_said_and_not_shown(vault, url, token):
    with pytest.raises(PlanningError, match="cannot be") as raised:
        await VaultSecrets(vault if url is None else url, token).get("mail/token")
    assert raised.value.code is ErrorCode.SECRET_UNAVAILABLE
    assert "t0k" not in str(raised.value.to_dict())


async def test_one_that_sends_elsewhere_gets_the_token_once(vault):
    with pytest.raises(PlanningError, match="307"):
        await VaultSecrets(vault, "t0ken").get("moved")
