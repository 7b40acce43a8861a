"""HTTP as this provider needs it: a timeout on everything, retries with growing waits, no redirects.

A redirect is never followed: the token would go along.  A failure of `requests` never leaves this
module as itself, since it holds the request and with it the secrets.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import requests
import urllib3
from octodns import __version__ as octodns_version

from .errors import ConohaException, ConohaNoAnswer
from .hiding import Hider
from .version import VERSION

_TRIES = 4
_BUSY = frozenset({408, 429})
"""Statuses that may be others in a moment, besides those of 500 and above."""
_LONGEST_WAIT = 120.0
"""Seconds that are waited when a server asks for it; more is the operator's decision."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    text: str = field(repr=False)
    content: object = field(repr=False)
    """The JSON in it; None, if there is none."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a server."""

    method: str
    base: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: Mapping[str, str | int] = field(default_factory=dict, repr=False)
    body: object = field(default=None, repr=False)
    again: bool = True
    """Whether it may be sent again when its fate is not known."""

    def __str__(self) -> str:
        return f"{self.method} {urlsplit(self.base).hostname} {self.path}"


class Transport:
    """Sends requests and gets answers, or says that there was none."""

    def __init__(
        self,
        timeout: float,
        hider: Hider,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._timeout = timeout
        self._sleep = sleep
        self._clock = clock
        self._session = requests.Session()
        self._session.auth = lambda request: request  # no password out of a .netrc
        self._session.headers["User-Agent"] = f"octodns/{octodns_version} octodns-conoha/{VERSION}"
        self.hider = hider

    def pause(self, attempt: int) -> None:
        """Wait before another attempt: 1, 2, 4 seconds."""
        self._sleep(float(2**attempt))

    def send(self, request: Request) -> Answer:
        """The answer, whatever its status, save that a busy server is asked again.

        Raises ConohaNoAnswer, also for an answer that cannot be read; ConohaException for a redirect.
        """
        for attempt in range(_TRIES):
            answer = self._once(request)
            if isinstance(answer, Answer) and answer.status < 500 and answer.status not in _BUSY:
                return self._unless_redirect(request, answer)
            trouble = answer if isinstance(answer, str) else f"HTTP {answer.status}"
            refused = isinstance(answer, Answer) and answer.status == 429
            if attempt == _TRIES - 1 or not (request.again or refused):
                break
            self._wait(request, attempt, answer if isinstance(answer, Answer) else None)
        raise ConohaNoAnswer(self.hider.hide(f"{request}: {trouble}"))

    def _once(self, request: Request) -> Answer | str:
        """One attempt: the answer, or what went wrong, in words without secrets."""
        body = None if request.body is None else json.dumps(request.body)
        headers = {"Accept": "application/json", **request.headers}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            response = self._session.request(
                request.method,
                request.base + request.path,
                params=dict(request.params),
                headers=headers,
                data=body,
                timeout=self._timeout,
                allow_redirects=False,
            )
            self._session.cookies.clear()
            text = response.content.decode("utf-8", "replace")
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            return self._reason(error)
        content = _json(text)
        empty = request.method == "DELETE" and not text.strip()
        if 200 <= response.status_code < 300 and content is None and not empty:
            return f"HTTP {response.status_code}, but the answer is not JSON"
        return Answer(response.status_code, response.headers, text, content)

    def _reason(self, error: BaseException) -> str:
        """What a failure of `requests` comes from.  Its own text may quote URLs of proxies, or a token."""
        if isinstance(error, requests.Timeout):
            return f"no answer within {self._timeout:g} s"
        root = error
        for _ in range(10):
            inner = getattr(root, "reason", None) or root.__cause__ or root.__context__
            if not isinstance(inner, BaseException):
                break
            root = inner
        detail = root.strerror if isinstance(root, OSError) else None
        return " ".join(filter(None, (type(root).__name__, self.hider.hide(detail or ""))))

    def _wait(self, request: Request, attempt: int, answer: Answer | None) -> None:
        asked = self._asked_to_wait(answer) if answer else 0.0
        if asked > _LONGEST_WAIT:
            raise ConohaNoAnswer(f"{request}: the server asks to wait {asked:.0f} s; try again then")
        if asked > 2**attempt:
            self._sleep(asked)
        else:
            self.pause(attempt)

    def _asked_to_wait(self, answer: Answer) -> float:
        """Seconds in Retry-After, which has a number or a date (RFC 9110 §10.2.3)."""
        text = answer.headers.get("Retry-After", "").strip()
        if text.isascii() and text.isdigit():
            return float(text)
        try:
            return parsedate_to_datetime(text).timestamp() - self._clock()
        except ValueError:
            return 0.0

    def _unless_redirect(self, request: Request, answer: Answer) -> Answer:
        if not 300 <= answer.status < 400:
            return answer
        host = urlsplit(answer.headers.get("Location", "")).hostname or "an unnamed place"
        what = f"HTTP {answer.status} to {host}; redirects are not followed"
        raise ConohaException(self.hider.hide(f"{request}: {what}"))


def _json(text: str) -> object:
    """The JSON object in a text; None for anything else."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None
