"""Signed-in requests to the DNS service: a token that is kept, and renewed once when it is refused."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from threading import Lock

from .errors import ConohaNotFound, ConohaRefused, ConohaUnauthorized
from .identity import Token
from .transport import Answer, Request, Transport

_EARLY = 300.0
"""Seconds before its end at which a token is not used any more."""
_AT_LEAST = 60.0
"""Seconds that a new token is used whatever its end: clocks differ, and a 401 tells the truth."""
_EXCERPT = 300


class Session:
    """One account at one DNS service."""

    def __init__(
        self,
        transport: Transport,
        base: str,
        sign_in: Callable[[], Token],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.transport = transport
        self._base = base
        self._sign_in = sign_in
        self._clock = clock
        self._lock = Lock()
        self._token: Token | None = None
        self._until = 0.0

    def get(self, path: str, params: Mapping[str, str | int] | None = None) -> object:
        """The JSON at a path.  Raises ConohaException."""
        return self._call("GET", path, params=params or {}).content

    def post(self, path: str, body: object) -> object:
        """Create something.  Raises ConohaNoAnswer when it may or may not have happened."""
        return self._call("POST", path, body=body, again=False).content

    def put(self, path: str, body: object) -> object:
        """Change something to what it may be already.  Raises ConohaException."""
        return self._call("PUT", path, body=body).content

    def delete(self, path: str) -> None:
        """Have something gone, which it may be already.  Raises ConohaException."""
        try:
            self._call("DELETE", path)
        except ConohaNotFound:
            return

    def ask(
        self,
        method: str,
        path: str,
        params: Mapping[str, str | int] | None = None,
        body: object = None,
        again: bool = True,
    ) -> Answer:
        """The answer, also when it is a refusal.  Raises ConohaNoAnswer, ConohaUnauthorized at sign-in."""

        def send(token: Token) -> Answer:
            headers = {"X-Auth-Token": token.text}
            return self.transport.send(Request(method, self._base, path, headers, params or {}, body, again))

        token = self.token()
        answer = send(token)
        return send(self.token(refused=token)) if answer.status == 401 else answer

    def _call(
        self,
        method: str,
        path: str,
        params: Mapping[str, str | int] | None = None,
        body: object = None,
        again: bool = True,
    ) -> Answer:
        answer = self.ask(method, path, params, body, again)
        self._check(f"{method} {path}", answer)
        return answer

    def token(self, refused: Token | None = None) -> Token:
        """The token; a new one when there is none, it ends soon, or it was refused."""
        with self._lock:  # octoDNS plans zones in threads
            token = self._token
            if token is None or token is refused or self._clock() >= self._until:
                token = self._token = self._sign_in()
                self._until = max(token.expires - _EARLY, self._clock() + _AT_LEAST)
            return token

    def _check(self, request: str, answer: Answer) -> None:
        if 200 <= answer.status < 300:
            return
        # Secrets first: a text that is cut in the middle of one would not be recognised.
        text = self.transport.hider.hide(f"{request}: HTTP {answer.status} {_message(answer)}")
        text = "".join(c if c.isprintable() else " " for c in text)[:_EXCERPT].rstrip()
        if answer.status == 401:
            raise ConohaUnauthorized(f"{text}: a new token is refused too")
        if answer.status == 404:
            raise ConohaNotFound(text, answer.status)
        raise ConohaRefused(text, answer.status)


def _message(answer: Answer) -> str:
    """What an error says.  Five forms of it are in use by clients, and none is documented."""
    told = " ".join(dict.fromkeys(_texts(answer.content))) if answer.content else answer.text
    number = answer.headers.get("X-Openstack-Request-Id", "")
    return f"{told} ({number})" if number else told


def _texts(content: object) -> Iterator[str]:
    """The texts in an error's JSON, without its numbers."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict):
        for key, value in content.items():
            if key not in ("request_id", "title", "code"):
                yield from _texts(value)
    elif isinstance(content, list):
        for value in content:
            yield from _texts(value)
