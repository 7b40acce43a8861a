"""The open questions about ConoHa, each as one probe of a scratch zone.

A probe answers questions in words; live_assumed has the words that this package is built on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import quote

from .session import Session
from .transport import Answer
from .txt import chunked

LABEL = "_octodns-probe"
"""Everything that a probe makes is at or below this label of the scratch zone."""

Told: TypeAlias = Iterator[tuple[str, str]]
"""Question, answer."""


@dataclass(slots=True)
class Scratch:
    """A zone that may be filled and emptied at will."""

    session: Session
    version: str
    zone_id: str
    zone: str
    zone_ttl: int
    names: int = field(default=0)
    texts: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The texts that were taken, by name: what each is, and what it says."""

    @property
    def base(self) -> str:
        """The name that all probes are below."""
        return f"{LABEL}.{self.zone}"

    def new_name(self, first: str = "") -> str:
        """A name that no other probe has."""
        self.names += 1
        return f"{first}p{self.names}.{self.base}"

    def post(self, name: str, type_: str, data: str, **more: object) -> Answer:
        """Make a record; a refusal is an answer too."""
        body = {"name": name, "type": type_, "data": data, **more}
        return self.session.ask("POST", self._path(), body=body, again=False)

    def put(self, record: Any, **changes: object) -> Answer:  # Any: JSON
        """Change a record."""
        return self.session.ask("PUT", self._path(record), body=changes)

    def delete(self, record: Any) -> Answer:  # Any: JSON
        """Take a record out."""
        return self.session.ask("DELETE", self._path(record))

    def records(self, **params: str | int) -> list[Any]:  # Any: JSON
        """One page of the zone's list."""
        return list(self.page(**params).get("records", []))

    def page(self, **params: str | int) -> dict[str, Any]:  # Any: JSON
        """One page, with what stands beside it."""
        content = self.session.get(self._path(), params)
        return content if isinstance(content, dict) else {}

    def at(self, name: str) -> list[Any]:  # Any: JSON
        """The records of one name."""
        return [one for one in self.records() if str(one.get("name", "")).lower() == name.lower()]

    def _path(self, record: Any = None) -> str:  # Any: JSON
        path = f"/v1/domains/{quote(self.zone_id, safe='')}/records"
        if record is None:
            return path
        return f"{path}/{quote(str(record.get('uuid') or record['id']), safe='')}"


def shapes(scratch: Scratch) -> Told:
    """Names of fields, statuses, whether lists lag behind."""
    name = scratch.new_name()
    answer = scratch.post(name, "A", "192.0.2.1")
    made: Any = answer.content  # Any: JSON
    yield "creating answers", str(answer.status)
    yield "ids are called", "uuid" if "uuid" in made else "id" if "id" in made else "something else"
    yield "a new record is in a list at once", "yes" if scratch.at(name) else "no"
    ttl = made.get("ttl")
    yield "no TTL", "that of the zone" if ttl in (None, scratch.zone_ttl) else str(ttl)
    yield "deleting answers", str(scratch.delete(made).status)
    yield "a relative name", _outcome(scratch.post("relative", "A", "192.0.2.1"))


def texts(scratch: Scratch) -> Told:
    """What becomes of a TXT."""
    samples = {
        "with spaces": "v=spf1  mx  -all",
        "with a semicolon": "v=DMARC1; p=none; pct=100",
        "with a quote": 'say "hello" once',
        "with a backslash": "a\\b",
        **{f"of {size} octets": ("0123456789" * 40)[:size] for size in (254, 255, 256, 400)},
    }
    sent = {what: (text, text) for what, text in samples.items()}
    sent["of 400 octets in quoted strings"] = samples["of 400 octets"], chunked(samples["of 400 octets"])
    for what, (text, data) in sent.items():
        name = scratch.new_name()
        answer = scratch.post(name, "TXT", data)
        if answer.status < 300:
            scratch.texts[name] = f"text {what}", text
            yield f"text {what}", _back(scratch, name, data)
        else:
            yield f"text {what}", _outcome(answer)


def _back(scratch: Scratch, name: str, text: str) -> str:
    data = [one.get("data") for one in scratch.at(name)]
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    if data == [text]:
        return "back as sent"
    if data in ([f'"{text}"'], [f'"{escaped}"']):
        return "back in quotes"
    if len(data) == 1 and text.startswith(str(data[0])):
        return f"back as its first {len(data[0])} octets"
    return f"back as {data!r}"[:200]


def ttls(scratch: Scratch) -> Told:
    """Limits of a TTL, its change, and whose it is."""
    for ttl in (30, 60):
        answer = scratch.post(scratch.new_name(), "A", "192.0.2.1", ttl=ttl)
        content: Any = answer.content  # Any: JSON
        kept = "kept" if answer.status < 300 and content.get("ttl") == ttl else ""
        yield (
            f"TTL {ttl}",
            kept or (f"made {content.get('ttl')}" if answer.status < 300 else _outcome(answer)),
        )
    name = scratch.new_name()
    first: Any = scratch.post(name, "A", "192.0.2.1", ttl=300).content  # Any: JSON
    scratch.post(name, "A", "192.0.2.2", ttl=600)
    found = {one.get("ttl") for one in scratch.at(name)}
    yield "a TTL belongs to", "the value" if found == {300, 600} else "the RRset"
    changes: dict[str, object] = {} if scratch.version == "v2" else {"data": "192.0.2.1"}
    answer = scratch.put(first, **changes, ttl=900)  # as the clients do it
    now = next((one.get("ttl") for one in scratch.at(name) if one.get("data") == "192.0.2.1"), None)
    taken = "taken" if now == 900 else "ignored"
    yield "a PUT of a TTL", taken if answer.status < 300 else _outcome(answer)


def rules(scratch: Scratch) -> Told:
    """What may stand where."""
    name = scratch.new_name()
    scratch.post(name, "A", "192.0.2.1")
    yield "a second equal value", _outcome(scratch.post(name, "A", "192.0.2.1"))
    yield "a CNAME beside an A", _outcome(scratch.post(name, "CNAME", scratch.zone))
    yield "a wildcard", _outcome(scratch.post(scratch.new_name("*."), "A", "192.0.2.1"))
    capitals, zeros = scratch.new_name("UPPER-"), "2001:0db8:0000:0000:0000:0000:0000:0001"
    scratch.post(capitals, "AAAA", zeros)
    for one in scratch.at(capitals)[:1]:
        yield "a name in capitals", "kept" if one.get("name") == capitals else "made lower case"
        yield "an AAAA with zeros", "kept" if one.get("data") == zeros else "made short"
    many = scratch.new_name()
    answers = [scratch.post(many, "TXT", f"value {number}") for number in range(21)]
    yield "21 values of one name", _outcome(answers[-1])
    ns = [one for one in scratch.at(scratch.zone) if one.get("type") == "NS"]
    for one in ns[:1]:
        yield "changing an apex NS", _outcome(scratch.put(one, data=one.get("data")))  # to what it is


def hosts(scratch: Scratch) -> Told:
    """MX and SRV there and back."""
    target = f"mx.{scratch.zone}"
    mx = scratch.new_name()
    scratch.post(mx, "MX", target, priority=10)
    found = [(one.get("priority"), one.get("data")) for one in scratch.at(mx)]
    yield "MX", "back as sent" if found == [(10, target)] else f"back as {found!r}"
    yield "a null MX", _outcome(scratch.post(scratch.new_name(), "MX", ".", priority=0))
    srv = scratch.new_name("_sip._tcp.")
    sent: dict[str, object] = {"data": target, "priority": 1, "weight": 2, "port": 5060}
    if scratch.version == "v2":
        sent = {"data": f"2 5060 {target}", "priority": 1}
    scratch.post(srv, "SRV", str(sent["data"]), **{key: sent[key] for key in sent if key != "data"})
    told = [{key: one.get(key) for key in sent} for one in scratch.at(srv)]
    yield "SRV", "back as sent" if told == [sent] else f"back as {told!r}"


def lists(scratch: Scratch) -> Told:
    """Pages and counts."""
    for _ in range(2):
        scratch.post(scratch.new_name(), "A", "192.0.2.1")
    whole, page = scratch.page(), scratch.page(limit=1, offset=0)
    count = len(page.get("records", []))
    same = count == len(whole.get("records", []))
    yield "a list with limit=1", "whole" if same else f"{count} item{'s' * (count != 1)}"
    total = whole.get("total_count")
    right = "right" if total == len(whole.get("records", [])) else f"{total}, which is wrong"
    yield "total_count of records", "not there" if total is None else right


def _outcome(answer: Answer) -> str:
    return "taken" if answer.status < 300 else f"refused with {answer.status}"


PROBES: tuple[Callable[[Scratch], Told], ...] = (shapes, texts, ttls, rules, hosts, lists)
