"""What goes wrong at ConoHa.  No text here holds a password, a token or an account's ids.

Why errors of `requests` are never chained to these: they carry the request, with its token and,
at sign-in, its password.
"""

from __future__ import annotations

from octodns.provider import ProviderException


class ConohaException(ProviderException):  # type: ignore[misc]  # octoDNS carries no types
    """ConoHa, or what was asked of it, is not as expected."""


class ConohaNoAnswer(ConohaException, ConnectionError):
    """Nobody answered, or nothing that can be read: whether a write happened is not known.

    Servers that are too busy (429, 5xx) after all retries count too.
    """


class ConohaUnauthorized(ConohaException):
    """The credentials are not accepted."""


class ConohaRefused(ConohaException):
    """ConoHa read the request and did not do it."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class ConohaNotFound(ConohaRefused):
    """There is no such zone or record."""
