"""A request and what is answered, without the socket."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

JSON = "application/json"


@dataclass(frozen=True)
class Request:
    """What a client sent."""

    service: str
    """identity or dns"""
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes

    @property
    def data(self) -> Any:
        """The JSON value, None when there is none or it cannot be read."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass(frozen=True)
class Answer:
    """What the client gets."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    missing: int = 0
    """Octets at the end of the body that are announced and never sent."""

    def having(self, **headers: str) -> Answer:
        """With more headers; an underscore stands for a hyphen."""
        return replace(self, headers={**self.headers, **{k.replace("_", "-"): v for k, v in headers.items()}})


def as_json(status: int, value: object) -> Answer:
    return Answer(status, json.dumps(value).encode(), {"Content-Type": JSON})


def as_text(status: int, text: str, kind: str = "text/plain") -> Answer:
    return Answer(status, text.encode(), {"Content-Type": f"{kind}; charset=utf-8"})


def as_html(status: int, title: str) -> Answer:
    page = f"<html>\r\n<head><title>{title}</title></head>\r\n<body><h1>{title}</h1></body>\r\n</html>\r\n"
    return as_text(status, page, "text/html")


class Refused(Exception):
    """A request that the service does not do; each generation words it in its own way."""

    def __init__(
        self,
        status: int,
        kind: str = "",
        message: str = "",
        *,
        field: str = "",
        errors: list[dict[str, str]] | None = None,
    ) -> None:
        super().__init__(status, kind, message)
        self.status, self.kind, self.message, self.errors = status, kind, message, errors
        self.field = field
        """Which key of the request is to blame, empty when none is."""
