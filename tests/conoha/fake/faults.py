"""What goes wrong between a client and a service, on the request that a test names.

A fault stands around a request: it may let it through (`go`) before or after, or not at all.

    conoha.faults.add(refuse(504, after_commit=True), method="POST", path="/records$", nth=2)
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING

from tests.conoha.fake.message import Answer, Request, as_html, as_text

if TYPE_CHECKING:
    from tests.conoha.fake.server import FakeConoha

Go = Callable[[], Answer | None]
"""Let the service do the request; None when the connection is dropped."""

Fault = Callable[["FakeConoha", Request, Go], Answer | None]


@dataclass
class Planned:
    """A fault and the requests it waits for."""

    fault: Fault
    method: str
    path: str
    service: str
    nth: int
    times: int
    seen: int = 0
    """How many requests were of its kind."""
    fired: int = 0
    """How many it spoiled."""

    def takes(self, request: Request) -> bool:
        """Whether it is this request's turn; counts."""
        if self.service not in ("", request.service) or self.method not in ("", request.method):
            return False
        if not re.search(self.path, request.path):
            return False
        self.seen += 1
        turn = self.nth <= self.seen < self.nth + self.times
        self.fired += turn
        return turn


@dataclass
class Faults:
    """The faults to come."""

    planned: list[Planned] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(
        self,
        fault: Fault,
        *,
        method: str = "",
        path: str = "",
        service: str = "dns",
        nth: int = 1,
        times: int = 1,
    ) -> Planned:
        """Spoil `times` requests from the nth of its kind on, counted from now.

        `path` is searched as a regular expression; an empty method, path or service is any.
        """
        planned = Planned(fault, method, path, service, nth, times)
        with self._lock:
            self.planned.append(planned)
        return planned

    def take(self, request: Request) -> list[Fault]:
        """The faults of this request, the outermost first."""
        with self._lock:
            return [one.fault for one in self.planned if one.takes(request)]

    @property
    def waiting(self) -> list[Planned]:
        """The faults that have not all happened: a test that leaves some proves less than it says."""
        return [one for one in self.planned if one.fired < one.times]

    def clear(self) -> None:
        with self._lock:
            self.planned.clear()


def refuse(
    status: int, *, after_commit: bool = False, retry_after: int | datetime | None = None,
    headers: Mapping[str, str] | None = None, body: str = "",
) -> Fault:  # fmt: skip
    """An answer of the gateway; `after_commit` does the request first, and still says this."""
    more = dict(headers or {})
    if retry_after is not None:
        when = retry_after
        more["Retry-After"] = format_datetime(when, usegmt=True) if isinstance(when, datetime) else str(when)

    def around(server: FakeConoha, request: Request, go: Go) -> Answer | None:
        if after_commit:
            go()
        answer = as_text(status, body) if body else as_html(status, f"{status}")
        return replace(answer, headers={**answer.headers, **more})

    return around


def busy(retry_after: int | datetime | None = None) -> Fault:
    """429; the wait in seconds, or until a time (RFC 9110 §10.2.3)."""
    return refuse(429, retry_after=retry_after)


def maintenance() -> Fault:
    """503 as Designate in maintenance has it."""
    return refuse(503, retry_after=60, body='{"code": 503, "type": "maintenance"}')


def drop(*, after_commit: bool = False) -> Fault:
    """The connection ends without an answer."""

    def around(server: FakeConoha, request: Request, go: Go) -> Answer | None:
        if after_commit:
            go()
        return None

    return around


def truncate(*, announced: bool = False) -> Fault:
    """The first half of the body; `announced`: the length was that of the whole, then the connection ends."""

    def around(server: FakeConoha, request: Request, go: Go) -> Answer | None:
        if (answer := go()) is None:
            return None
        half = answer.body[: len(answer.body) // 2]
        return replace(answer, body=half, missing=len(answer.body) - len(half) if announced else 0)

    return around


def html(status: int = 200) -> Fault:
    """A page where JSON is expected; the request is not done."""
    return lambda server, request, go: as_html(status, "Welcome")


def slow(seconds: float, *, after_commit: bool = True) -> Fault:
    """Wait; a client that gives up cannot know whether it was done."""

    def around(server: FakeConoha, request: Request, go: Go) -> Answer | None:
        answer = go() if after_commit else None
        server.stopping.wait(seconds)
        return answer if after_commit else go()

    return around


def meanwhile(action: Callable[[], object]) -> Fault:
    """Somebody else does something just before this request, for example between two pages."""

    def around(server: FakeConoha, request: Request, go: Go) -> Answer | None:
        action()
        return go()

    return around


def expire() -> Fault:
    """All tokens end just before this request, which therefore gets 401."""

    def around(server: FakeConoha, request: Request, go: Go) -> Answer | None:
        server.expire_tokens()
        return go()

    return around


def redirect(status: int = 307) -> Fault:
    """To another host, which remembers whether a token came along."""

    def around(server: FakeConoha, request: Request, go: Go) -> Answer | None:
        return Answer(status, headers={"Location": server.elsewhere.url + request.path})

    return around
