"""A server where Ollama should be, which answers each request as a test says: well, badly or not at all."""

import json
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nConnection: close\r\n"
_TICK = 0.02


@dataclass
class Exchange:
    """The connection that a request came by; it is closed when the behaviour returns."""

    wire: socket.socket
    test_over: threading.Event
    client_gone: threading.Event

    def send(self, content: bytes) -> None:
        """Bytes as they are."""
        self.wire.sendall(content)


Behaviour = Callable[[Exchange], None]


@dataclass
class MisbehavingOllama:
    """`calls` holds the body of each request; the last of `behaviours` answers all that are left."""

    behaviours: list[Behaviour]
    calls: list[dict[str, Any]] = field(default_factory=list)
    test_over: threading.Event = field(default_factory=threading.Event)
    client_gone: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def handle(self, body: dict[str, Any], wire: socket.socket) -> None:
        """Note the request, and behave as is its turn."""
        behave = self.behaviours[min(len(self.calls), len(self.behaviours) - 1)]
        self.calls.append(body)
        try:
            behave(Exchange(wire, self.test_over, self.client_gone))
        except OSError:
            self.client_gone.set()


@contextmanager
def misbehaving_ollama(*behaviours: Behaviour) -> Iterator[MisbehavingOllama]:
    """Serve in a thread until the test is over: the first call gets the first behaviour, and so on."""
    ollama = MisbehavingOllama(list(behaviours))
    with _Server(("127.0.0.1", 0), _handler(ollama)) as server:
        ollama.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": _TICK}, daemon=True)
        thread.start()
        try:
            yield ollama
        finally:
            ollama.test_over.set()
            server.shutdown()
            thread.join(5)


def part(text: str, done_reason: str | None = None, **more: Any) -> bytes:
    """One line of a streamed answer, the last one if it says why it ends."""
    said: dict[str, Any] = {"model": "tiny", "message": {"role": "assistant", "content": text}, "done": False}
    if done_reason:
        said |= {"done": True, "done_reason": done_reason, "prompt_eval_count": 100, "eval_count": 50}
    return json.dumps(said | more).encode() + b"\n"


def says(text: str, done_reason: str = "stop", **more: Any) -> Behaviour:
    """A whole answer, in two parts."""
    half = len(text) // 2
    return raw(part(text[:half]) + part(text[half:], done_reason, **more))


def raw(content: bytes) -> Behaviour:
    """HTTP 200 with these bytes, ended properly."""
    return lambda exchange: exchange.send(_HEAD + b"\r\n" + content)


def refuses(status: int, content: bytes) -> Behaviour:
    """Another status than 200."""
    head = f"HTTP/1.1 {status} No\r\nConnection: close\r\nContent-Length: {len(content)}\r\n\r\n"
    return lambda exchange: exchange.send(head.encode() + content)


def breaks_off(exchange: Exchange) -> None:
    """Announces more than it sends before it is gone."""
    exchange.send(_HEAD + b"Content-Length: 5000\r\n\r\n" + part('{"steps": ['))


def hangs_up(exchange: Exchange) -> None:
    """Takes the question, and closes the connection without a byte."""


def stays_silent(exchange: Exchange) -> None:
    """Takes the question and never says anything; notes when the client has given up."""
    exchange.wire.recv(1)  # an end of file, as a client sends nothing more
    exchange.client_gone.set()


def stops_in_the_middle(exchange: Exchange) -> None:
    """Begins well, then keeps the connection open and says no more."""
    exchange.send(_HEAD + b"\r\n" + part('{"steps": ['))
    stays_silent(exchange)


def never_ends(exchange: Exchange) -> None:
    """Adds a word now and then for ever: each read is answered in time, the whole never is."""
    exchange.send(_HEAD + b"\r\n")
    while not exchange.test_over.wait(_TICK):
        exchange.send(part("and "))


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


def _handler(ollama: MisbehavingOllama) -> type[socketserver.StreamRequestHandler]:
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            length = 0
            while (line := self.rfile.readline()) not in (b"\r\n", b""):
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            body = json.loads(self.rfile.read(length) or b"{}")
            ollama.handle(body, self.connection)

    return Handler
