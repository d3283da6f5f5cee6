"""As much of Ollama's HTTP API as a chat model needs, with answers that a test decides on."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "tiny"

_STEPS = [
    {"number": 1, "name": "Choose the pictures", "depends_on": [], "minutes": 60},
    {"number": 2, "name": "Print the pictures", "depends_on": [1], "minutes": 120},
    {"number": 3, "name": "Invite the guests", "depends_on": [], "minutes": 30},
    {"number": 4, "name": "Hang the pictures", "depends_on": [2], "minutes": 90},
]
ANSWER = json.dumps({"steps": _STEPS})
"""A good plan for an exhibition."""


@dataclass
class Reply:
    """What the model says, why it stopped, and how long it takes to."""

    text: str
    done_reason: str = "stop"
    seconds: float = 0.0


@dataclass
class FakeOllama:
    """A server on a port of its own. `calls` holds the body of each request for a chat, in order."""

    answer: Callable[[dict[str, Any]], Reply]
    calls: list[dict[str, Any]] = field(default_factory=list)
    asked: threading.Event = field(default_factory=threading.Event)
    stopped: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def chat(self, body: dict[str, Any]) -> Reply:
        """Note the call, and wait as long as the reply takes (or until the test is over)."""
        self.calls.append(body)
        self.asked.set()
        reply = self.answer(body)
        self.stopped.wait(reply.seconds)
        return reply


@contextmanager
def fake_ollama(answer: Callable[[dict[str, Any]], Reply]) -> Iterator[FakeOllama]:
    """Serve in a thread until the test is over."""
    model = FakeOllama(answer)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(model))
    server.daemon_threads = True
    model.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield model
    finally:
        model.stopped.set()
        server.shutdown()
        thread.join(5)
        server.server_close()


def _handler(model: FakeOllama) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            documents = {"/api/version": {"version": "0.12.6"}, "/api/tags": {"models": [_model()]}}
            self._send(documents.get(self.path, {}))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path == "/api/show":
                self._send({"details": {}, "model_info": {}, "capabilities": ["completion"]})
                return
            name = body.get("model", "")
            if name.removesuffix(":latest") != MODEL:
                self._send({"error": f"model '{name}' not found"}, status=404)
                return
            self._send(_message(name, model.chat(body)))

        def _send(self, document: dict[str, Any], status: int = 200) -> None:
            content = json.dumps(document).encode() + b"\n"
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/x-ndjson")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except OSError:
                self.close_connection = True  # the client was killed while it waited

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


def _model() -> dict[str, Any]:
    return {"name": f"{MODEL}:latest", "model": f"{MODEL}:latest", "size": 1, "digest": "0" * 64, "details": {}}


def _message(name: str, reply: Reply) -> dict[str, Any]:
    return {
        "model": name,
        "created_at": "2026-11-21T07:30:00Z",
        "message": {"role": "assistant", "content": reply.text},
        "done": True,
        "done_reason": reply.done_reason,
        "prompt_eval_count": 100,
        "eval_count": 50,
        "total_duration": 1,
        "load_duration": 1,
        "prompt_eval_duration": 1,
        "eval_duration": 1,
    }
