"""What was asked, in order: without secrets, but so that equal tokens are seen to be equal."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.conoha.fake.message import Request

_SECRET = frozenset({"x-auth-token", "authorization"})
_CALLS = (
    (r"/(?:v2\.0|v3/auth)/tokens/?", "tokens"),
    (r"/v1/domains/?", "domains"),
    (r"/v1/domains/[^/]*", "domain"),
    (r"/v1/domains/[^/]*/records/?", "records"),
    (r"/v1/domains/[^/]*/records/[^/]+", "record"),
)


@dataclass
class Entry:
    """One request."""

    service: str
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """By lower-case name; a token is `token 1`, `token 2` … in the order of issue."""
    json: Any
    """The body, passwords blotted out; None when it is not JSON."""
    status: int | None = None
    """What the client was told; None when the connection was dropped or is still waiting."""
    done: int | None = None
    """What the service made of it; None when the request never got there."""

    @property
    def call(self) -> str:
        """The method and what it was about, without ids: `POST records`."""
        found = (word for pattern, word in _CALLS if re.fullmatch(pattern, self.path))
        return f"{self.method} {next(found, self.path)}"

    @property
    def token(self) -> str:
        """Which token was sent, empty when none was."""
        return self.headers.get("x-auth-token", "")

    @property
    def writes(self) -> bool:
        return self.service == "dns" and self.method not in ("GET", "HEAD")


class Log:
    """All requests of a server."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._labels: dict[str, str] = {}

    def issued(self, token: str) -> None:
        """From now on this token is known by its number."""
        self._labels[token] = f"token {len(self._labels) + 1}"

    def write(self, request: Request) -> Entry:
        entry = Entry(
            request.service, request.method, request.path, request.query,
            {name: self._label(one) if name in _SECRET else one for name, one in request.headers.items()},
            _without_passwords(request.data),
        )  # fmt: skip
        self.entries.append(entry)
        return entry

    def clear(self) -> None:
        """Forget the requests, keep the tokens' numbers."""
        self.entries.clear()

    @property
    def calls(self) -> list[str]:
        """Every request as `METHOD what`."""
        return [entry.call for entry in self.entries]

    @property
    def writes(self) -> list[Entry]:
        """The requests that could change a zone, answered or not."""
        return [entry for entry in self.entries if entry.writes]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def _label(self, secret: str) -> str:
        return self._labels.get(secret) or "unknown " + hashlib.sha256(secret.encode()).hexdigest()[:8]


def _without_passwords(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: "<password>" if key == "password" and isinstance(one, str) else _without_passwords(one)
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [_without_passwords(one) for one in value]
    return value


def texts(entries: Iterable[Entry]) -> str:
    """Requests and answers as lines, for a failing assertion."""
    return "\n".join(
        f"{one.method} {one.path} {one.json or ''} -> {one.status} ({one.done})" for one in entries
    )
