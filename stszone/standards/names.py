"""Domain names as stszone writes them: absolute, lower case, A-labels, no trailing dot."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

import dns.exception
import dns.name

from stszone.errors import RuleError

MAX_NAME = 253
"""Characters of a name without its trailing dot (RFC 1035 §2.3.4: 255 octets on the wire)."""

_LDH = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_HOST = re.compile(r"(?:(?!-)[a-z0-9-]{1,63}(?<!-)\.)+(?!-)[a-z0-9-]{1,63}(?<!-)")
_OWNER = re.compile(
    r"(?:\*\.)?(?:[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
)


def parse_host(text: str) -> str:
    """A host or mail domain: letters, digits, hyphens, at least two labels.

    U-labels become A-labels by IDNA 2008 (UTS 46, non-transitional), as octoDNS does.
    Raises RuleError (DNS001, DNS002, IDN001, MXX002).

    >>> parse_host("Mail.Example.com")
    'mail.example.com'
    """
    name = to_a_labels(text)
    if _HOST.fullmatch(name) and len(name) <= MAX_NAME:
        if name.rpartition(".")[2].isdigit():
            raise RuleError("MXX002", f"{text} is an address where a host name belongs")
        return name
    raise _reason(text, name, host=True)


def parse_owner(text: str) -> str:
    """An owner name: a host name that may also have underscore labels and a leading `*`."""
    name = to_a_labels(text)
    if _OWNER.fullmatch(name) and len(name) <= MAX_NAME:
        if name.rpartition(".")[2].isdigit():
            raise RuleError("MXX002", f"{text} is an address where a name belongs")
        return name
    raise _reason(text, name, host=False)


@lru_cache(maxsize=4096)
def _encoded(text: str) -> str:
    try:
        name = dns.name.from_text(text, origin=None, idna_codec=dns.name.IDNA_2008_UTS_46)
    except dns.name.LabelTooLong:
        raise RuleError("IDN003", f"{text} has a label of more than 63 octets as A-label") from None
    except (dns.exception.DNSException, UnicodeError) as error:
        raise RuleError("IDN001", f"{text} has no A-label form: {error}") from None
    return name.to_text().lower()


def to_a_labels(text: str) -> str:
    """A name in lower case, its U-labels as A-labels; nothing else about it is judged.

    Raises RuleError (IDN001, IDN003).

    >>> to_a_labels("München.Example.")
    'xn--mnchen-3ya.example.'
    """
    return text.lower() if text.isascii() else _encoded(text)


def _reason(text: str, name: str, *, host: bool) -> RuleError:
    """Which rule a name breaks; called only for names that break one."""
    if name.endswith("."):
        return RuleError("MXX011", f"{text} has a trailing dot", f"write {text.rstrip('.')}")
    if is_address(name.strip("[]")):
        return RuleError("MXX002", f"{text} is an address where a host name belongs")
    labels = name.split(".")
    if any(len(label) > 63 for label in labels):
        return RuleError("DNS001", f"{text} has a label of more than 63 octets")
    if len(name) > MAX_NAME:
        return RuleError("DNS001", f"{text} has {len(name)} characters, {MAX_NAME} are allowed")
    if host and any("_" in label for label in labels):
        return RuleError("DNS002", f"{text} has an underscore, which a host name cannot have")
    if len(labels) < 2:
        return RuleError("MXX011", f"{text} is not absolute", f"write {text}.{{domain}}, if that is meant")
    bad = next((label for label in labels if not _LDH.fullmatch(label)), name)
    return RuleError(
        "DNS002", f"{text}: {bad or 'an empty label'!r} is not a label of a {'host ' * host}name"
    )


def is_address(text: str) -> bool:
    """Whether a text is an IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_within(name: str, parent: str) -> bool:
    """Whether a name is a domain or stands below it.

    >>> is_within("mail.example.com", "example.com"), is_within("badexample.com", "example.com")
    (True, False)
    """
    return name == parent or name.endswith("." + parent)


def longest_zone(name: str, zones: frozenset[str] | set[str]) -> str | None:
    """The zone that holds a name: the longest one that contains it, None if there is none."""
    while name not in zones:
        _, dot, name = name.partition(".")
        if not dot:
            return None
    return name


def reverse_name(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """The owner name of an address's PTR record.

    >>> reverse_name(ipaddress.ip_address("203.0.113.10"))
    '10.113.0.203.in-addr.arpa'
    """
    if isinstance(address, ipaddress.IPv4Address):
        return address.reverse_pointer
    return f"{'.'.join(address.packed.hex()[::-1])}.ip6.arpa"  # reverse_pointer takes ten times as long
