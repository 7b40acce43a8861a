"""The domain-spec of an SPF term (RFC 7208 §7): a domain name in which macros may stand.

Receivers fill the macros in with the sender and the address of each message, so a domain-spec is
a name for us only where nothing but the domain itself enters it.
"""

from __future__ import annotations

import re

from stszone.errors import RuleError
from stszone.standards.names import MAX_NAME, is_address, parse_owner

_TOPLABEL = r"(?![0-9]+\.?$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_PLAIN_NAME = re.compile(rf"(?:[A-Za-z0-9_-]{{1,63}}\.)+{_TOPLABEL}\.?")
_NAME_END = re.compile(rf"\.{_TOPLABEL}\.?$")

_TRANSFORM = r"(?:0*[1-9][0-9]*)?r?[.\-+,/_=]*"
_MACRO = re.compile(rf"%(?:\{{([slodiphvcrt]){_TRANSFORM}\}}|[%_-])", re.IGNORECASE)
_MACRO_STRING = re.compile(rf"(?:%(?:\{{[slodiphvcrt]{_TRANSFORM}\}}|[%_-])|[!-$&-~])*", re.IGNORECASE)
_D_MACRO = re.compile(r"%\{[dD]([0-9]{0,3})([rR]?)\}")


def parse_domain_spec(text: str) -> str:
    """A domain name, possibly with macros.  Raises RuleError (SPF004, SPF016, SPF017, SPF019).

    >>> parse_domain_spec("%{i}._spf.Example.com"), parse_domain_spec("_spf.Example.com.")
    ('%{i}._spf.Example.com', '_spf.example.com')
    """
    if not text.isascii():
        raise not_ascii(text, text)
    return domain_spec(text, text)


def domain_spec(term: str, spec: str) -> str:
    """The domain-spec of a term in one spelling; `term` is what errors name."""
    if len(spec) <= MAX_NAME and _PLAIN_NAME.fullmatch(spec):
        return spec.lower().removesuffix(".")
    if not spec:
        raise RuleError("SPF017", f"{term!r} names no domain")
    check_macro_string(term, spec)
    macros = list(_MACRO.finditer(spec))
    for macro in macros:
        if macro[1] and macro[1] in "crtCRT":
            raise RuleError("SPF019", f"{term!r}: {macro[0]} may stand only in the text that exp= points to")
    tail = spec[macros[-1].end() :] if macros else spec
    if (tail or not macros) and not _NAME_END.search(tail):
        raise _no_top_label(term, spec, tail)
    labels = spec.removesuffix(".").split(".")
    if not macros and (len(spec) > MAX_NAME or not all(0 < len(label) < 64 for label in labels)):
        raise RuleError("SPF017", f"{term!r} has an empty label, one above 63 octets, or 253 in all")
    return spec


def _no_top_label(term: str, spec: str, tail: str) -> RuleError:
    if is_address(spec):
        return RuleError("SPF016", f"{term!r} has an address for a domain", f"write {address_term(spec)}")
    label = tail.removesuffix(".").rpartition(".")[2]
    if "." in tail and label.isdigit():
        return RuleError("SPF016", f"{term!r}: {label} is all digits, so {spec} is no domain")
    if re.search(r"[A-Za-z0-9]/[^/]*$", spec):
        return RuleError("SPF015", f"{term!r} takes no such prefix length", "write the domain alone")
    return RuleError("SPF017", f"{term!r}: {spec!r} does not end in a dot and a top-level label")


def check_macro_string(term: str, text: str) -> None:
    """Raises RuleError (SPF006, SPF019) unless the text is a macro-string (RFC 7208 §7.1)."""
    if _MACRO_STRING.fullmatch(text):
        return
    rest = _MACRO.sub("", text)
    if "%" in rest:
        found = rest[rest.index("%") :].split("}")[0][:12]
        raise RuleError("SPF019", f"{term!r}: {found!r} begins no macro", "for a percent sign write %%")
    raise RuleError("SPF006", f"{term!r} has a space or control character in it", "list terms one by one")


def not_ascii(text: str, name: str) -> RuleError:
    """What to say about a text that is not ASCII: its name as A-labels, if it has such a form."""
    try:
        fix = f"write {text.replace(name, parse_owner(name))}" if name else ""
    except RuleError:
        fix = ""
    return RuleError("SPF004", f"{text!r} has characters outside ASCII", fix)


def address_term(address: str) -> str:
    """The term that authorises an address."""
    return f"ip6:{address}" if ":" in address else f"ip4:{address}"


def expand(spec: str, domain: str) -> str | None:
    """The name that a domain-spec stands for, None when that depends on the message.

    >>> expand("_spf.%{d2}", "mail.example.com"), expand("%{i}.example.com", "example.com")
    ('_spf.example.com', None)
    """
    if "%" not in spec:
        return spec or domain

    def of_domain(match: re.Match[str]) -> str:
        labels = domain.split(".")
        labels = labels[::-1] if match[2] else labels
        return ".".join(labels[-int(match[1]) :] if match[1] else labels)

    name = _D_MACRO.sub(of_domain, spec).lower().removesuffix(".")
    return None if "%" in name else name
