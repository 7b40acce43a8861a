"""The options of the provider, checked before anything is asked of ConoHa.

Why every secret goes through `text`: octoDNS makes a number of whatever `env/NAME` finds that looks
like one, so a password of digits arrives as an int.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .errors import ConohaException
from .identity import Credentials

OPTIONS = (
    "region",
    "api_version",
    "password",
    "tenant_id",
    "tenant_name",
    "user_id",
    "username",
    "identity_endpoint",
    "dns_endpoint",
    "timeout",
    "long_txt",
    "min_ttl",
    "create_zones",
    "email",
)
"""What the provider's entry in the configuration may have, besides octoDNS's own options."""

V2_REGIONS = frozenset({"tyo1", "tyo2", "sin1", "sjc1"})
V3_REGIONS = frozenset({"c3j1", "c3j2"})
LONG_TXT = ("error", "raw", "chunked")
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Settings:
    """One account at one region."""

    api_version: str
    """v2 or v3."""
    identity: str
    """URL without a path."""
    dns: str
    """URL without a path."""
    credentials: Credentials = field(repr=False)
    timeout: float
    long_txt: str
    min_ttl: int
    """Seconds; 0 where nothing is known."""
    create_zones: bool
    email: str


def read_settings(options: Mapping[str, object]) -> Settings:
    """The options of the configuration, with what follows from them.  Raises ConohaException."""
    region = text(options, "region")
    version = generation(options)
    if not version:
        known = ", ".join(sorted(V2_REGIONS | V3_REGIONS))
        raise ConohaException(f"region {region}: known are {known}; for another one set api_version too")
    who = Credentials(
        text(options, "password") or "",
        **{key: text(options, key) for key in ("tenant_id", "tenant_name", "user_id", "username")},
    )
    _require(version, who)
    email, create_zones = text(options, "email") or "", _flag(options, "create_zones")
    if create_zones and not email:
        raise ConohaException("create_zones needs email, the address for the SOA of new zones")
    return Settings(
        api_version=version,
        identity=_endpoint(options, "identity_endpoint", f"https://identity.{region}.conoha.io"),
        dns=_endpoint(options, "dns_endpoint", f"https://dns-service.{region}.conoha.io"),
        credentials=who,
        timeout=_number(options, "timeout", 30.0),
        long_txt=long_txt(options),
        min_ttl=int(_number(options, "min_ttl", 60.0 if version == "v2" else 0.0)),
        create_zones=create_zones,
        email=email,
    )


def generation(options: Mapping[str, object]) -> str | None:
    """v2 or v3; None, if the options do not tell, as with a region that comes from elsewhere.

    >>> generation({"region": "tyo2"}), generation({"region": "env/REGION"})
    ('v2', None)
    """
    version, region = options.get("api_version"), options.get("region")
    if version is not None:
        if version not in ("v2", "v3"):
            raise ConohaException(f"api_version {version}: it is v2 or v3")
        return str(version)
    return "v2" if region in V2_REGIONS else "v3" if region in V3_REGIONS else None


def long_txt(options: Mapping[str, object]) -> str:
    """What to do with a TXT of more than 255 octets on v3.  Raises ConohaException."""
    chosen = str(options.get("long_txt") or LONG_TXT[0])
    if chosen not in LONG_TXT:
        raise ConohaException(f"long_txt {chosen}: it is {', '.join(LONG_TXT[:-1])} or {LONG_TXT[-1]}")
    return chosen


def text(options: Mapping[str, object], key: str) -> str | None:
    """An option as a text, also where octoDNS made a number of it.

    Quotes around digits, which keep octoDNS from that, are taken away.

    >>> text({"password": 1234}, "password"), text({"password": '"0123"'}, "password")
    ('1234', '0123')
    """
    value = options.get(key)
    if value is None:
        return None
    found = str(value)
    inner = found[1:-1]
    return inner if found == f'"{inner}"' and _is_number(inner) else found


def _is_number(found: str) -> bool:
    try:
        float(found)
    except ValueError:
        return False
    return True


def _require(version: str, who: Credentials) -> None:
    if not who.password:
        raise ConohaException("password is missing; it is that of the API user")
    if version == "v2":
        if not (who.tenant_id and who.username):
            raise ConohaException("v2 needs tenant_id and username, the API user's name")
    elif not ((who.tenant_id and (who.user_id or who.username)) or (who.tenant_name and who.username)):
        raise ConohaException("v3 needs tenant_id and user_id, or username with tenant_id or tenant_name")


def _flag(options: Mapping[str, object], key: str) -> bool:
    value = options.get(key)
    if value is not None and not isinstance(value, bool):
        raise ConohaException(f"{key} is true or false")
    return bool(value)


def _number(options: Mapping[str, object], key: str, otherwise: float) -> float:
    value = options.get(key)
    try:
        number = otherwise if value is None else float(str(value))
    except ValueError:
        number = -1.0
    if not 0 <= number <= 86400 or (key == "timeout" and not number):
        raise ConohaException(f"{key} is a number of seconds, at most 86400")
    return number


def _endpoint(options: Mapping[str, object], key: str, otherwise: str) -> str:
    """The URL of a service.  Not repeated in errors: somebody may have put a password into it."""
    url = (text(options, key) or otherwise).rstrip("/")
    parts = urlsplit(url)
    if not parts.hostname or parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        raise ConohaException(f"{key} is a URL of a scheme and a host only, like {otherwise}")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ConohaException(f"{key} has to be https; the password and the token go there")
    return url
