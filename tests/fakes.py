"""A small HTTP server that plays somebody else's part, and remembers what it was asked."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from msgspec import Struct, field


class Asked(Struct):
    """One request: header names as they were sent, the body as JSON or bytes."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any = None


class Reply(Struct):
    """What to answer; ``body`` is sent as it is, or as JSON. ``length`` may lie about it."""

    status: int = 200
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None


class Server(Struct):
    """``answer`` may be replaced by a test at any time."""

    url: str
    answer: Callable[[Asked], Reply]
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0


@contextmanager
def serving(answer: Callable[[Asked], Reply], host: str = "127.0.0.1") -> Iterator[Server]:
    """A server for the length of the block."""
    fake = Server("", answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # so that a connection stays open

        def setup(self) -> None:
            super().setup()
            fake.connections += 1

        def _answer(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked = Asked(self.command, self.path, dict(self.headers), json.loads(data) if data else None)
            fake.asked.append(asked)
            reply = fake.answer(asked)
            raw = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(raw) if reply.length is None else reply.length))
            self.end_headers()
            self.wfile.write(raw)
            self.close_connection |= reply.length is not None or "Connection" in reply.headers

        do_GET = do_POST = do_PATCH = do_CONNECT = _answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer((host, 0), Handler)
    fake.url = f"http://{host}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
