"""DMARC policies that ask for less than before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stszone.errors import RuleError
from stszone.guards.zone import Values
from stszone.lint.dmarc import organizational
from stszone.report import Change, Finding
from stszone.rules import finding
from stszone.standards import dmarc
from stszone.standards.dmarc_tags import is_policy_record
from stszone.standards.rrset import points_to


def policy_weaker(change: Change, after: Values) -> Iterator[Finding]:
    """A DMARC policy that asks for less than before; one that cannot be read asked for nothing.

    What a CNAME leads to is not known here: before it may be as strict as can be, after it asks for nothing.
    """
    name = change.name
    alias = after.get((name, "CNAME"))
    now = None if alias else _applying(name, after)
    if change.type == "TXT":
        was = [one for one in map(_read, change.before) if one]
    else:
        same = alias and points_to(alias[0]) == points_to(change.before[0])
        was = [] if same else [dmarc.Dmarc(p="reject")]
    if any(dmarc.weaker(one, now) for one in was):
        doubt = "nobody can tell whether " if alias or change.type == "CNAME" else ""
        left = _described("CNAME", alias) if alias else _described("TXT", after.get((name, "TXT"), ()))
        what = f"{name.removeprefix(dmarc.PREFIX)}: {doubt}the DMARC policy gets weaker: "
        yield finding("GRD005", f"{what}{_described(change.type, change.before)} → {left}")


def _read(text: str) -> dmarc.Dmarc | None:
    """The policy of a text; None: receivers find none in it."""
    try:
        return dmarc.parse_record(text) if is_policy_record(text) else None
    except RuleError:
        return None


def _described(type_: str, values: Iterable[str]) -> str:
    """The policies of an RRset, or the name that an alias leads to; others' texts are left out."""
    if type_ == "CNAME":
        return f"CNAME {', '.join(map(points_to, values))}"
    records = filter(is_policy_record, values)
    return ", ".join(dmarc.describe(one) if (one := _read(text)) else text for text in records) or "gone"


def _applying(record: str, after: Values) -> dmarc.Dmarc | None:
    """The policy that counts: the domain's own, or what the organizational domain's says of subdomains."""
    if own := _policies(record, after):
        return _single(own)
    parent = _organizational(record.removeprefix(dmarc.PREFIX), after)
    return parent and dmarc.Dmarc(p=parent.subdomains, t=parent.t, pct=parent.pct)


def _policies(record: str, values: Values) -> list[str]:
    """The DMARC records at an owner name, or its alias."""
    texts = values.get((record, "TXT"), ())
    return [*filter(is_policy_record, texts), *values.get((record, "CNAME"), ())]


def _single(records: list[str]) -> dmarc.Dmarc | None:
    """Of several records receivers discard all (RFC 9989 §4.10)."""
    return _read(records[0]) if len(records) == 1 else None


def _organizational(name: str, values: Values) -> dmarc.Dmarc | None:
    """The policy of the organizational domain above a name, by the tree walk (RFC 9989 §4.10.2).

    None: there is no record, or none to read.  Only records of this zone are seen.
    """
    labels = name.split(".")
    labels = labels[1:] if len(labels) < 8 else labels[-7:]
    walk = (".".join(labels[index:]) for index in range(len(labels)))
    found = [(one, _single(records)) for one in walk if (records := _policies(dmarc.PREFIX + one, values))]
    return dict(found)[organizational(found)] if found else None
