"""A resource service that does not do as it should: it answers what it is told to, or nothing."""

import asyncio
import json
from contextlib import asynccontextmanager


class Misbehaving:
    """Answers each request with the next of `answers`, (status, body); the last one again and again. `None` closes the
    connection, a number waits for so many seconds first."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []

    async def answer(self, reader, writer):
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.requests.append(head.split(b" HTTP", 1)[0].decode())
                length = next(
                    (int(line[15:]) for line in head.lower().split(b"\r\n") if line[:14] == b"content-length"), 0
                )
                await reader.readexactly(length)
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                if isinstance(answer, int | float):
                    await asyncio.sleep(answer)
                    answer = None
                if answer is None:
                    return
                status, body = answer
                content = body if isinstance(body, bytes) else json.dumps(body).encode()
                writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (status, len(content)) + content)
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()

    @asynccontextmanager
    async def served(self):
        """Its address."""
        server = await asyncio.start_server(self.answer, "127.0.0.1", 0)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()
