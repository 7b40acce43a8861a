"""The terms of an SPF record (RFC 7208 §5 to §7): what stands between its spaces.

A term is a mechanism (`~a:mail.example.com/28`) or a modifier (`redirect=_spf.example.com`).
Whatever is wrong with one term anywhere makes the whole record a permerror, even behind a
term that matched (§4.6), so a term that breaks the grammar cannot be built.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import NamedTuple

from stszone.errors import RuleError
from stszone.standards.names import is_address
from stszone.standards.spf_domain_spec import address_term, check_macro_string, domain_spec, not_ascii

MECHANISMS = frozenset({"all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"})
DNS_TERMS = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})
"""The terms that cost a receiver one of its ten lookups (RFC 7208 §4.6.4)."""

_TERM = re.compile(r"([+\-~?]?)([A-Za-z][A-Za-z0-9_.-]*)(?:([:=/])(.*))?", re.DOTALL)

_PREFIXES_AT_END = re.compile(r"(.*?)((?:/[0-9]*)?(?://[0-9]*)?)", re.DOTALL)
_PREFIXES = re.compile(r"(?:/(0|[1-9][0-9]?))?(?://(0|[1-9][0-9]{0,2}))?")
_PREFIX = re.compile(r"0|[1-9][0-9]{0,2}")
_GLUED = re.compile(r"(?<=.)(?:ip4:|ip6:|include:|exists:|redirect=)", re.IGNORECASE)


class Term(NamedTuple):
    """One mechanism or modifier; what may be spelled in several ways is spelled in one."""

    qualifier: str
    """`+`, `-`, `~` or `?`; empty for a modifier."""
    name: str
    """Lower case: `include`, `redirect`."""
    value: str = ""
    """The domain-spec, the address, or the macro-string of an unknown modifier."""
    prefix4: int | None = None
    prefix6: int | None = None

    def __str__(self) -> str:
        if not self.qualifier:
            return f"{self.name}={self.value}"
        text = self.name if self.qualifier == "+" else self.qualifier + self.name
        if self.value:
            text += f":{self.value}"
        if self.prefix4 is not None:
            text += f"/{self.prefix4}"
        if self.prefix6 is not None:
            text += f"/{self.prefix6}" if self.name == "ip6" else f"//{self.prefix6}"
        return text

    def network(self) -> IPv4Network | IPv6Network:
        """The addresses of an `ip4` or `ip6`; bits behind the prefix do not count."""
        if self.name == "ip4":
            return IPv4Network((self.value, 32 if self.prefix4 is None else self.prefix4), strict=False)
        return IPv6Network((self.value, 128 if self.prefix6 is None else self.prefix6), strict=False)


@lru_cache(maxsize=8192)
def spelling(text: str) -> str:
    """A term in the one spelling that stszone writes.  Raises what `parse_term` raises.

    >>> spelling("+IP6:2001:DB8::1")
    'ip6:2001:db8::1'
    """
    return str(parse_term(text))


@lru_cache(maxsize=8192)
def parse_term(text: str) -> Term:
    """One term.  Raises RuleError (SPF003, SPF004, SPF006, SPF015 to SPF019).

    >>> parse_term("~A:Mail.Example.com/28")
    Term(qualifier='~', name='a', value='mail.example.com', prefix4=28, prefix6=None)
    """
    match = _TERM.fullmatch(text)
    if not match or not text.isascii():
        raise _no_term(text)
    qualifier, name, separator, rest = match.groups()
    name = name.lower()
    if separator == "=":
        return _modifier(text, qualifier, name, rest)
    if name not in MECHANISMS:
        raise _unknown_mechanism(text, name, rest)
    if name in ("ip4", "ip6"):
        return _address(text, qualifier or "+", name, rest if separator == ":" else "")
    argument = rest if separator == ":" else None
    tail = f"/{rest}" if separator == "/" else ""
    return _mechanism(text, qualifier or "+", name, argument, tail)


def _mechanism(text: str, qualifier: str, name: str, argument: str | None, tail: str) -> Term:
    if argument is not None and (match := _PREFIXES_AT_END.fullmatch(argument)):
        argument, tail = match.groups()
    if name == "all" and (argument is not None or tail):
        raise RuleError("SPF006", f"{text!r}: all takes no argument", "write -all or ~all")
    prefix4, prefix6 = _prefixes(text, name, tail) if tail else (None, None)
    if argument is not None:
        return Term(qualifier, name, domain_spec(text, argument), prefix4, prefix6)
    if name in ("include", "exists"):
        raise RuleError("SPF017", f"{text!r} names no domain", f"write {name}:<domain>")
    return Term(qualifier, name, "", prefix4, prefix6)


def _prefixes(text: str, name: str, tail: str) -> tuple[int | None, int | None]:
    if name not in ("a", "mx"):
        raise RuleError("SPF015", f"{text!r}: {name} takes no prefix length", f"remove {tail}")
    if not (match := _PREFIXES.fullmatch(tail)):
        raise RuleError("SPF015", f"{text!r}: {tail!r} is no prefix length", "write /24, //64 or /24//64")
    prefix4, prefix6 = (None if length is None else int(length) for length in match.groups())
    if (prefix4 or 0) > 32 or (prefix6 or 0) > 128:
        raise RuleError("SPF015", f"{text!r}: {tail} is longer than an address", "use at most /32 and //128")
    return prefix4, prefix6


def _address(text: str, qualifier: str, name: str, argument: str) -> Term:
    """An `ip4` or `ip6`; `ipaddress` judges the address and the length against it."""
    address, slash, prefix = argument.lower().partition("/")
    if slash and not _PREFIX.fullmatch(prefix):
        if _GLUED.search(prefix):
            raise _glued_error(text)
        fix = f"write /{int(prefix)}" if re.fullmatch("0[0-9]{1,3}", prefix) else ""
        raise RuleError("SPF015", f"{text!r}: {'/' + prefix!r} is no prefix length", fix)
    length = int(prefix) if slash else None
    try:
        if name == "ip4" and (length or 0) <= 32 and IPv4Address(address):
            return Term(qualifier, name, address, length)
        if name == "ip6" and (length or 0) <= 128 and IPv6Address(address).scope_id is None:
            return Term(qualifier, name, address, None, length)
    except ValueError:
        pass
    raise _no_address(text, name, address)


def _no_address(text: str, name: str, address: str) -> RuleError:
    if not address:
        return RuleError("SPF015", f"{text!r} names no address", f"write {name}:<address>")
    if _GLUED.search(address):
        return _glued_error(text)
    if is_address(address):
        other = address_term(address)
        fits = other.startswith(name)
        fix = f"use at most /{32 if name == 'ip4' else 128}" if fits else f"write {other}"
        return RuleError("SPF015", f"{text!r} is no {name} network", fix)
    return RuleError("SPF015", f"{text!r}: {address!r} is no {'IPv4' if name == 'ip4' else 'IPv6'} address")


def _modifier(text: str, qualifier: str, name: str, value: str) -> Term:
    if qualifier:
        raise RuleError("SPF006", f"{text!r}: a modifier takes no {qualifier!r}", f"write {text[1:]}")
    if name in MECHANISMS:
        # By the letter an unknown modifier, which receivers ignore (RFC 7208 §6).  Refused all the
        # same: nobody means that, and the sender it should authorise is not authorised.
        raise RuleError("SPF017", f"{text!r}: {name} is a mechanism", f"write {name}:{value}")
    if name in ("redirect", "exp"):
        return Term("", name, domain_spec(text, value))
    check_macro_string(text, value)
    return Term("", name, value)


def _no_term(text: str) -> RuleError:
    if not text.isascii():
        return not_ascii(text, text.partition(":")[2])
    if " " in text:
        return RuleError("SPF006", f"{text!r} is more than one term", "list its terms one by one")
    if is_address(text):
        return _bare_address(text)
    return RuleError("SPF006", f"{text!r} is neither a mechanism nor a modifier")


def _unknown_mechanism(text: str, name: str, rest: str | None) -> RuleError:
    if name in ("redirect", "exp"):
        return RuleError("SPF017", f"{text!r}: {name} is a modifier", f"write {name}={rest or '<domain>'}")
    if is_address(text):
        return _bare_address(text)
    return RuleError("SPF006", f"{text!r} is no mechanism that receivers know")


def _bare_address(text: str) -> RuleError:
    return RuleError("SPF006", f"{text!r} is an address, not a term", f"write {address_term(text)}")


def _glued_error(text: str) -> RuleError:
    return RuleError("SPF003", f"{text!r} is two terms without a space between them", "put the space back")


def glued(term: Term) -> bool:
    """Whether a value reads like another term stuck to this one; legal, and never meant.

    >>> glued(parse_term("include:a.exampleinclude:b.example"))
    True
    """
    return term.name in DNS_TERMS and bool(_GLUED.search(term.value))
