"""How to get a token: Keystone v2 for the older regions, Keystone v3 for c3j1.

Both have odd samples in ConoHa's documentation, so nothing of an answer is used but the token and
when it expires.  The endpoints in the catalog are ignored: the token goes only where the
configuration says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from .errors import ConohaException, ConohaRefused, ConohaUnauthorized
from .transport import Answer, Request, Transport

_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who signs in.  Never printed."""

    password: str = field(repr=False)
    tenant_id: str | None = field(repr=False, default=None)
    tenant_name: str | None = field(repr=False, default=None)
    user_id: str | None = field(repr=False, default=None)
    username: str | None = field(repr=False, default=None)

    def all(self) -> tuple[str, ...]:
        """Every value that no message may repeat."""
        every = (self.password, self.tenant_id, self.tenant_name, self.user_id, self.username)
        return tuple(filter(None, every))


@dataclass(frozen=True, slots=True)
class Token:
    """The right to use the API for a while."""

    text: str = field(repr=False)
    expires: float
    """Seconds since 1970."""


def sign_in_v2(transport: Transport, base: str, who: Credentials, now: float) -> Token:
    """A token of Keystone v2.  Raises ConohaUnauthorized, ConohaException."""
    user = {"username": who.username, "password": who.password}
    body = {"auth": {"tenantId": who.tenant_id, "passwordCredentials": user}}
    answer = _ask(transport, Request("POST", base, "/v2.0/tokens", body=body), "username and tenant_id")
    token = _inner(_inner(answer.content, "access"), "token")
    return _token(transport, token.get("id"), token.get("expires"), now)


def sign_in_v3(transport: Transport, base: str, who: Credentials, now: float) -> Token:
    """A token of Keystone v3, which is in a header.  Raises ConohaUnauthorized, ConohaException."""
    password = {"methods": ["password"], "password": {"user": _user(who)}}
    project = {"id": who.tenant_id} if who.tenant_id else {"name": who.tenant_name}
    body = {"auth": {"identity": password, "scope": {"project": project}}}
    hint = "user_id is the API user's id, username its name, tenant_id and tenant_name likewise;"
    answer = _ask(transport, Request("POST", base, "/v3/auth/tokens", body=body), hint)
    expires = _inner(answer.content, "token").get("expires_at")
    return _token(transport, answer.headers.get("X-Subject-Token"), expires, now)


def _user(who: Credentials) -> dict[str, object]:
    """The three forms that are known to work."""
    if who.user_id:
        return {"id": who.user_id, "password": who.password}
    user: dict[str, object] = {"name": who.username, "password": who.password}
    return user | {"domain": {"id": "default"}} if who.tenant_id else user


def _ask(transport: Transport, request: Request, hint: str) -> Answer:
    answer = transport.send(request)
    if answer.status in (401, 403):
        what = f"HTTP {answer.status}, the credentials are not accepted"
        raise ConohaUnauthorized(f"{request}: {what}; look at {hint} and password".replace(";;", ";"))
    if not 200 <= answer.status < 300:
        what = f"HTTP {answer.status}, no token; look at region and credentials"
        raise ConohaRefused(f"{request}: {what}", answer.status)
    return answer


def _inner(content: object, key: str) -> Mapping[str, object]:
    inner = content.get(key) if isinstance(content, Mapping) else None
    return inner if isinstance(inner, Mapping) else {}


def _token(transport: Transport, text: object, expires: object, now: float) -> Token:
    if not isinstance(text, str) or not text:
        raise ConohaException("ConoHa's answer to the sign-in has no token in it")
    transport.hider.add(text)
    return Token(text, _time(expires) or now + _HOUR)


def _time(text: object) -> float | None:
    """Seconds since 1970 of a time as ConoHa writes it, which is UTC."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
