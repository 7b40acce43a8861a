"""What went wrong at a provider: whether anybody answered, and in words that give no secret away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from os import environ

import dns.exception

from stszone.errors import InputError, StszoneError, UnknownError
from stszone.planning.config import Config

_UNANSWERED = frozenset(
    {
        "botocore.exceptions.ConnectionError",
        "botocore.exceptions.HTTPClientError",
        "requests.exceptions.ConnectionError",
        "requests.exceptions.Timeout",
        "urllib3.exceptions.TimeoutError",
    }
)
"""Errors of clients that stszone does not import itself: most targets need neither."""

_TOO_BUSY = frozenset(
    {"PriorRequestNotComplete", "RequestLimitExceeded", "Throttling", "ThrottlingException"}
)
"""How AWS says that it has not looked, beside an HTTP status of 500 and above."""

_ANSWERED = "requests.exceptions.RequestException"
"""An OSError by descent, of which only the two above mean that nobody answered."""

_SECRET = re.compile(r"(key(?!_name|_algorithm)|secret|token|pass|auth|cred)", re.IGNORECASE)
"""Keys of octodns.yaml whose values are not repeated."""

_SHORT = 4
"""Characters of a value that is hidden only where it stands as a word of its own."""

_SIGNATURE = re.compile(r"\w+\(\) (got an unexpected|missing \d+ required|got multiple values)")
"""How Python begins the text about a call with the wrong arguments; it names them and no values."""


def unanswered(error: BaseException) -> bool:
    """Whether an error says that nobody answered, so that nothing is known about the zone.

    Providers wrap what they catch, with `from` and without, so the errors below count as well.
    """
    return any(_is_silence(one, outermost=one is error) for one in _chain(error))


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    while id(error) not in seen:
        yield error
        seen.add(id(error))
        error = error.__cause__ or error.__context__ or error


def _is_silence(error: BaseException, *, outermost: bool) -> bool:
    names = {f"{one.__module__}.{one.__qualname__}" for one in type(error).__mro__}
    if "botocore.exceptions.ClientError" in names:
        return _is_busy(getattr(error, "response", {}))
    if not names.isdisjoint(_UNANSWERED) or isinstance(error, dns.exception.Timeout | EOFError):
        return True
    if _ANSWERED in names or not isinstance(error, OSError):
        return False
    return outermost or error.filename is None  # a file that was missing on the way is no server


def _is_busy(response: Mapping[str, Mapping[str, object]]) -> bool:
    """Whether an error of AWS is about the moment and not about the question."""
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return response.get("Error", {}).get("Code") in _TOO_BUSY or (isinstance(status, int) and status >= 500)


class Secrets:
    """The values of a configuration that no message may repeat."""

    def __init__(self, config: Config) -> None:
        entries = [*config.providers.values(), *config.processors.values(), *config.secret_handlers.values()]
        found = {str(value) for value in _secrets(entries) if value not in (None, "", True, False)}
        spelled = found | {repr(value)[1:-1] for value in found}
        self._values = sorted(spelled, key=len, reverse=True)

    def hide(self, text: str) -> str:
        """The text with every secret value left out."""
        for value in self._values:
            whole = r"\b" if len(value) < _SHORT and value.isalnum() else ""
            text = re.sub(f"{whole}{re.escape(value)}{whole}", "***", text)
        return text

    def told(self, error: BaseException) -> str:
        """An error on one line, with its kind."""
        return self.hide(" ".join(f"{type(error).__name__}: {error}".split()))


def _secrets(values: Iterable[object], secret: bool = False) -> Iterator[object]:
    for value in values:
        if isinstance(value, Mapping):
            for key, inner in value.items():
                yield from _secrets([inner], secret or bool(_SECRET.search(str(key))))
        elif isinstance(value, list):
            yield from _secrets(value, secret)
        elif isinstance(value, str) and value.startswith("env/"):
            name, _, default = value.removeprefix("env/").partition("/")
            yield from (environ.get(name), default)
        elif secret or (isinstance(value, str) and "://" in value and "@" in value):
            yield value


def takes_secrets(config: Config, entry: Mapping[str, object]) -> bool:
    """Whether octoDNS fills in some value of an entry, from the environment or elsewhere."""
    handlers = {"env", *config.secret_handlers}
    return any(
        takes_secrets(config, value) if isinstance(value, Mapping) else str(value).split("/")[0] in handlers
        for value in entry.values()
        if isinstance(value, Mapping) or (isinstance(value, str) and "/" in value)
    )


def require_environment(config: Config, place: str, entry: Mapping[str, object]) -> None:
    """Every `env/NAME` of a provider is set, or has a default.  Raises InputError."""
    for key, value in entry.items():
        if isinstance(value, Mapping):
            require_environment(config, f"{place}.{key}", value)
        elif isinstance(value, str) and value.startswith("env/"):
            name, slash, _ = value.removeprefix("env/").partition("/")
            if not slash and name not in environ:
                raise InputError(f"{config.path}: {place}.{key}: the environment has no {name}; set it")


def not_made(config: Config, place: str, error: Exception) -> StszoneError:
    """What to raise when a provider cannot be made of its entry, in one line."""
    if isinstance(error, StszoneError) and str(error).startswith(f"{config.path}: "):
        return error
    secrets = Secrets(config)
    if unanswered(error):
        return UnknownError(f"{config.path}: {place}: {secrets.told(error)}")
    cause = error.__context__ if type(error).__name__ == "ManagerException" else None
    error = cause if isinstance(cause, Exception) else error
    text = str(error).rpartition(".__init__")[2] if ".__init__() " in str(error) else str(error)
    text = text.removeprefix("() ")
    if isinstance(error, TypeError) and not _SIGNATURE.search(str(error)):
        text = f"TypeError: {text}"
    elif isinstance(error, KeyError):
        text = f"{text} is missing"
    return InputError(f"{config.path}: {place}: {secrets.hide(' '.join(text.split()))}")
