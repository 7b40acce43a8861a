"""What is a name, a host, an address: yes or no, the wording is the API's."""

from __future__ import annotations

import ipaddress
import re

_LABELS = r"(?:(?!-)[A-Za-z0-9_-]{1,63}(?<!-)\.)+"
_HOST = re.compile(rf"(?!.{{255,}}){_LABELS}\Z")
_NAME = re.compile(rf"(?!.{{255,}})(?:\*\.)?{_LABELS}\Z")
_SRV_NAME = re.compile(r"(?:_[A-Za-z0-9_-]{1,62}\.){2}")
_SRV_DATA = re.compile(r"(\d{1,5}) (\d{1,5}) (\S+)\Z")
_PTR_NAME = re.compile(r"(?:(?:\d{1,3}\.){4}in-addr|(?:[0-9a-f]\.){32}ip6)\.arpa\.\Z", re.IGNORECASE)


def is_number(value: object, low: int = 0, high: int = 65535) -> bool:
    """An integer of JSON in these bounds; true and false are none."""
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def is_host(text: str) -> bool:
    """A name with a dot at its end."""
    return bool(_HOST.match(text))


def is_zone(text: str) -> bool:
    """… of two labels at least."""
    return is_host(text) and text.count(".") >= 2


def is_name(text: str) -> bool:
    """An owner name: a wildcard may be its first label only."""
    return bool(_NAME.match(text))


def is_srv_name(text: str) -> bool:
    return bool(_SRV_NAME.match(text))


def is_ptr_name(text: str) -> bool:
    return bool(_PTR_NAME.match(text))


def is_srv_data(text: str, *, null: bool) -> bool:
    """`weight port target.`, as v2 has it."""
    if not (match := _SRV_DATA.match(text)):
        return False
    return int(match[1]) <= 65535 and int(match[2]) <= 65535 and is_target(match[3], null=null)


def is_target(text: str, *, null: bool) -> bool:
    """A host, or `.` where that is allowed."""
    return is_host(text) or (null and text == ".")


def is_address(type_: str, text: str) -> bool:
    """A dotted quad but 0.0.0.0, or any text of an IPv6 address."""
    try:
        if type_ == "AAAA":
            return bool(ipaddress.IPv6Address(text))
        return str(ipaddress.IPv4Address(text)) == text != "0.0.0.0"
    except ValueError:
        return False
