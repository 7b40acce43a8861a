"""Authorisation of DMARC reports from other domains (RFC 9990, Verifying External Destinations).

Whoever receives reports about example.com, and belongs to another organization, publishes
v=DMARC1 at example.com._report._dmarc.<host of the address>.  A wildcard there answers only
for names below which nothing exists: a single entry for customer.com shuts it out of all .com.
Whether two names share an organization is judged without a public suffix list: only where one
is within the other.  An authorisation too many does no harm; a missing one loses all reports.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Annotated

from pydantic import AfterValidator

from stszone.errors import RuleError
from stszone.report import Finding, Key
from stszone.rules import finding
from stszone.standards.dmarc_record import Dmarc
from stszone.standards.dmarc_tags import Uris, mail_host, parse_tags, parse_uris
from stszone.standards.names import MAX_NAME, is_within, parse_host
from stszone.standards.rrset import RRset, txt
from stszone.standards.section import Section

LABELS = "._report._dmarc."

_SUFFIX = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


def parse_reporter(text: str) -> str:
    """A domain whose reports are welcome, or a wildcard over a suffix, or over all names.

    Raises RuleError (DNS001, DNS002, IDN001, MXX002, MXX011).

    >>> parse_reporter("Example.com"), parse_reporter("*.com"), parse_reporter("*")
    ('example.com', '*.com', '*')
    """
    if text == "*":
        return text
    if not text.startswith("*."):
        return parse_host(text)
    suffix = text[2:].lower()
    return "*." + (suffix if _SUFFIX.fullmatch(suffix) else parse_host(suffix))


Reporter = Annotated[str, AfterValidator(parse_reporter)]
"""An entry of `report_authorization`."""


class Authorization(Section):
    """The record; `rua` and `ruf` may redirect the reports to another mailbox at the same host."""

    rua: Uris = ()
    ruf: Uris = ()


def authorization_name(policy_domain: str, destination_host: str) -> str:
    """Where the receiver of reports says that they are welcome.  Raises RuleError (DMX005).

    >>> authorization_name("example.com", "reports.example.net")
    'example.com._report._dmarc.reports.example.net'
    """
    name = policy_domain + LABELS + destination_host
    if len(name) > MAX_NAME:
        raise RuleError("DMX005", f"{name} has {len(name)} characters, {MAX_NAME} are allowed")
    return name


def authorization(policy_domain: str, destination_host: str, ttl: int) -> RRset:
    """The record for one policy domain; a name that is too long for DNS is the lint's to find."""
    rdata = txt(format_record(Authorization()))
    return RRset(policy_domain + LABELS + destination_host, "TXT", ttl, (rdata,))


def rrsets(reporters: Sequence[str], domain: str, ttl: int) -> Iterator[RRset]:
    """One record per reporter, at the domain that receives the reports."""
    for index, reporter in enumerate(reporters):
        if reporter not in reporters[:index]:
            yield authorization(reporter, domain, ttl).at(index)


def check(reporters: Sequence[str], domain: str) -> Iterator[Finding]:
    """Entries whose names are too long, or that shut each other out."""
    for index, reporter in enumerate(reporters):
        try:
            authorization_name(reporter, domain)
        except RuleError as error:
            yield finding(error.rule, error.what, key=(index,))
    names = [reporter + LABELS + domain for reporter in reporters]
    for wildcard, node in shut_out(names, domain):
        yield shut_out_finding(wildcard, node, (names.index(wildcard),))


def shut_out_finding(wildcard: str, node: str, key: Key) -> Finding:
    """What DMX004 says about a wildcard and the name that it does not reach below."""
    what = f"{wildcard} does not answer below {node}, which exists"
    return finding("DMX004", what, key=key, fix=f"keep the wildcard alone, or add *.{node}")


def destinations(section: Dmarc) -> tuple[str, ...]:
    """The mail domains that reports go to, each once, in the order of the section."""
    hosts = (mail_host(uri) for uri in (*section.rua, *section.ruf))
    return tuple(dict.fromkeys(host for host in hosts if host is not None))


def needs_authorization(policy_domain: str, destination_host: str) -> bool:
    """Whether a reporter may see two organizations here.

    >>> needs_authorization("example.com", "mail.example.com")
    False
    >>> needs_authorization("example.com", "example.net")
    True
    """
    return not is_within(destination_host, policy_domain) and not is_within(policy_domain, destination_host)


def answering_name(policy_domain: str, destination_host: str, exists: Callable[[str], bool]) -> str | None:
    """The owner name that authorises a policy domain: its own, or the closest wildcard, or None.

    A wildcard that `shut_out` names does not answer after all.

    >>> answering_name("a.com", "example.net", {"*._report._dmarc.example.net"}.__contains__)
    '*._report._dmarc.example.net'
    """
    name = policy_domain + LABELS + destination_host
    if exists(name):
        return name
    above = (f"*.{node}" for node in _upwards(name.partition(".")[2], _base(destination_host)))
    return next((wildcard for wildcard in above if exists(wildcard)), None)


def shut_out(names: Iterable[str], destination_host: str) -> Iterator[tuple[str, str]]:
    """Wildcards that do not reach below a name that exists, each with this name (DMX004).

    >>> list(shut_out(["*._report._dmarc.b.net", "a.com._report._dmarc.b.net"], "b.net"))
    [('*._report._dmarc.b.net', 'com._report._dmarc.b.net')]
    """
    base = _base(destination_host)
    below = {name for name in names if name.endswith("." + base)}
    parents = {node for name in below for node in _upwards(name.partition(".")[2], base)}
    for node in sorted(parents - {base}):
        if f"*.{node}" in below:
            continue
        closest = next((up for up in _upwards(node.partition(".")[2], base) if f"*.{up}" in below), None)
        if closest is not None:
            yield f"*.{closest}", node


def _base(host: str) -> str:
    return f"_report._dmarc.{host}"


def _upwards(name: str, base: str) -> Iterator[str]:
    """A name and all above it, to the base."""
    while name != base:
        yield name
        name = name.partition(".")[2]
    yield base


def format_record(authorization: Authorization) -> str:
    """The text of an authorisation.

    >>> format_record(Authorization())
    'v=DMARC1;'
    """
    parts = ["v=DMARC1;"]
    parts += [f" {name}={','.join(uris)};" for name, uris in authorization if uris]
    return "".join(parts)


def parse_record(text: str) -> Authorization:
    """An authorisation; tags other than `rua` and `ruf` mean nothing in it.

    Raises RuleError (DMX002, DMA010).
    """
    try:
        tags, others = parse_tags(text)
    except RuleError as error:
        raise RuleError("DMX002", error.what, "publish v=DMARC1;") from None
    if others:
        raise RuleError("DMX002", f"{text!r} has {others[0]!r} in place of a tag", "publish v=DMARC1;")
    values = {name: parse_uris(value) for name, value in tags if name in ("rua", "ruf")}
    return Authorization.model_validate(values)


def owns(name: str) -> bool:
    """Whether TXT records at this owner name authorise reports."""
    return LABELS in name


def check_rrset(name: str, texts: Sequence[str]) -> Iterator[Finding]:
    """What reporters make of the TXT records at <policy domain>._report._dmarc.<host>."""
    host = name.partition(LABELS)[2]
    errors = []
    for text in texts:
        try:
            authorization = parse_record(text)
        except RuleError as error:
            errors.append(error)
            continue
        for uri in (*authorization.rua, *authorization.ruf):
            if mail_host(uri) != host:
                yield finding("DMX003", f"{name} redirects reports to {uri}, which is not at {host}")
    if len(errors) == len(texts):
        yield finding(errors[0].rule, f"{name}: {errors[0].what}", fix=errors[0].fix)
