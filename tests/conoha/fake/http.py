"""The sockets: one address per service, as the real ones have different hosts."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import cast
from urllib.parse import parse_qsl, urlsplit

from tests.conoha.fake.message import Answer, Request, as_json

Serve = Callable[[Request], Answer | None]
"""What answers; None drops the connection."""


class Listener(ThreadingHTTPServer):
    """A free port on 127.0.0.1 until `stop`."""

    daemon_threads = True

    def __init__(self, service: str, serve: Serve) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.service, self.serve = service, serve
        self.connections: set[socket.socket] = set()
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()

    def server_bind(self) -> None:
        TCPServer.server_bind(self)  # HTTPServer's would ask the DNS for the machine's name
        self.server_name, self.server_port = "localhost", int(self.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def stop(self) -> None:
        """Close the port and every connection that is still open."""
        self.shutdown()
        self._thread.join()
        for one in tuple(self.connections):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "openresty/1.7.10.1", ""
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave together

    def setup(self) -> None:
        super().setup()
        cast(Listener, self.server).connections.add(self.connection)

    def handle(self) -> None:
        with suppress(ConnectionError, TimeoutError):  # the client may go at any time
            super().handle()

    def finish(self) -> None:
        with suppress(OSError, ValueError):
            super().finish()
        cast(Listener, self.server).connections.discard(self.connection)

    def log_message(self, format: str, *args: object) -> None:
        """Not to stderr."""

    def _answer(self) -> None:
        listener = cast(Listener, self.server)
        answer = listener.serve(self._request(listener.service))
        if answer is None:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body) + answer.missing))
        self.close_connection = self.close_connection or bool(answer.missing)
        self.end_headers()
        self.wfile.write(answer.body if answer.status != 204 else b"")

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _answer

    def _request(self, service: str) -> Request:
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        return Request(service, self.command, url.path, query, headers, body)


@dataclass(frozen=True)
class Seen:
    """A request that went astray."""

    method: str
    path: str
    token: bool
    password: bool


@dataclass
class Elsewhere:
    """Another host: it answers everything as if nothing were wrong, and remembers what it was told."""

    seen: list[Seen] = field(default_factory=list)
    listener: Listener = field(init=False)

    def __post_init__(self) -> None:
        self.listener = Listener("elsewhere", self._serve)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.listener.server_port}"

    @property
    def saw_secret(self) -> bool:
        """Whether a token or a password ever came here."""
        return any(one.token or one.password for one in self.seen)

    def _serve(self, request: Request) -> Answer:
        token = bool({"x-auth-token", "authorization"} & request.headers.keys())
        password = b'"password"' in request.body and bool(json.loads(request.body))
        self.seen.append(Seen(request.method, request.path, token, password))
        return as_json(200, {"domains": [], "records": [], "total_count": 0})
