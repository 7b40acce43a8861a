"""One file of zones/ as a text: what names stand in it, and where, as far as can be told without parsing it.

YAML can hide a name: behind an anchor, an escape, a key in the long form, a template.  A file that may
do so is odd, and whoever asks has to expect anything of it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from stszone.errors import RuleError
from stszone.standards.names import parse_host, to_a_labels

_TOKEN = re.compile(r"([^\s\x00-,/:-@\[-^`{-\x7f]+)([\"']?\s*:)?")
"""What may be a name, in whatever script, and whether it stands where a key does."""
NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)+")
_COMPLEX = re.compile(r"(?:^|[\n{,\[?-])[ \t]*\?\s")
"""A key in YAML's long form, whose colon may stand anywhere."""
_ZONE_KEY = re.compile(r"zone[\"']?\s*:")
_ZONE = re.compile(_ZONE_KEY.pattern + r"\s*[\"']?([a-z0-9._-]+|\{domain\})[\"']?[ \t]*(?=[,}\r\n#]|$)")
_DOMAINS_KEY = re.compile(r"domains[\"']?\s*:")
_FILE_KEY = re.compile(r"key[\"']?\s*:")
_PARTIAL = re.compile(r"[\w-]\{domain\}|\{domain\}\.?[\w-]")
"""A template of which the mail domain is not simply the end."""
_PARTIAL_KEY = re.compile(rf"(?:{_PARTIAL.pattern})[\w.-]*[\"']?\s*:|[\w-]\{{domain\}}[\"']?\s*:")
_ADDRESS = re.compile(r"(?<![\w.:])(?:[0-9]+(?:\.[0-9]+){3}|[0-9a-f]*:[0-9a-f:]*:[0-9a-f:.]*)(?![\w:])")


@dataclass(frozen=True, slots=True)
class Matter:
    """What a file has to speak of in order to matter."""

    domains: frozenset[str]
    """The mail domains that it is all about; whoever describes one again matters."""
    zones: frozenset[str]
    """Zones of the repository: who belongs to one matters, and who has a name in one as a key."""
    keys: frozenset[str] = frozenset()
    """Names outside the mail domains at which they publish; ledgers may hold the same."""
    hosts: frozenset[str] = frozenset()
    """Hosts that lose their addresses: whoever mentions one may need it."""
    addresses: frozenset[str] = frozenset()
    """Addresses that get or lose a PTR record."""

    def __or__(self, other: Matter) -> Matter:
        return Matter(
            self.domains | other.domains, self.zones | other.zones, self.keys | other.keys,
            self.hosts | other.hosts, self.addresses | other.addresses,
        )  # fmt: skip


def upwards(name: str) -> Iterator[str]:
    """A name and all above it that has two labels at least."""
    while "." in name:
        yield name
        name = name.partition(".")[2]


def names_in(text: str) -> set[str]:
    """Everything in a text that could be a domain name, as A-labels."""
    return set(NAME.findall(_spelled(text)))


def _spelled(text: str) -> str:
    """A text in lower case; what is in another script comes once more behind it, as A-labels."""
    if text.isascii():
        return text.lower()
    more = []
    for token in _TOKEN.finditer(text.removeprefix("\ufeff")):
        if not token[1].isascii():
            try:
                more.append(to_a_labels(token[1].strip(".")) + (token[2] or ""))
            except RuleError:
                continue  # no name, to whoever reads the file either
    return "\n".join([text.lower(), *more])


def octets(path: str) -> bytes:
    """A small file whole; `Path` takes three times as long, and there are thousands."""
    with open(path, "rb", buffering=0) as file:
        return file.read()


class Text:
    """One YAML file that was read and not parsed."""

    def __init__(self, directory: Path, file: str) -> None:
        self.file = file
        self._directory = directory
        try:
            self.text = _spelled(octets(f"{directory}/{file}").decode("utf-8", "replace"))
        except OSError:
            self.text = "\\"  # it says for itself what is wrong
        try:
            self.name = parse_host(file.rpartition(".")[0])
        except RuleError:
            self.name = ""

    @property
    def path(self) -> Path:
        """Where it stands."""
        return self._directory / self.file

    @cached_property
    def odd(self) -> bool:
        """Whether names can hide in it: escapes, anchors, keys in the long form, odd templates."""
        text = self.text
        return (
            "\\" in text
            or "&" in text
            or ("?" in text and _COMPLEX.search(text) is not None)
            or ("{domain}" in text and _PARTIAL_KEY.search(text) is not None)
        )

    @cached_property
    def lists(self) -> bool:
        """Whether it may name its mail domains itself."""
        return self.odd or ("domains" in self.text and _DOMAINS_KEY.search(self.text) is not None)

    @property
    def reads_keys(self) -> bool:
        """Whether it may name key files."""
        return _FILE_KEY.search(self.text) is not None

    @cached_property
    def zones(self) -> frozenset[str]:
        """What it may say under `zone`, but for the mail domain itself."""
        if "zone" not in self.text:
            return frozenset()
        said = set[str](_ZONE.findall(self.text))
        if len(_ZONE.findall(self.text)) < len(_ZONE_KEY.findall(self.text)):
            said = names_in(self.text)
        return frozenset(said) - {"{domain}"}

    def has_key_in(self, zone: str) -> bool:
        """Whether a name in a zone stands where a key does."""
        if zone not in self.text:
            return False
        return re.search(rf"(?<![\w-]){re.escape(zone)}\.?[\"']?\s*:", self.text) is not None

    def matters(self, matter: Matter) -> bool:
        """Whether it matters whatever mail domain it is about."""
        if self.odd or any(upper in matter.zones for zone in self.zones for upper in upwards(zone)):
            return True
        if any(map(self.has_key_in, matter.zones)):
            return True
        if matter.hosts and ("{domain}" in self.text and _PARTIAL.search(self.text)):
            return True
        if any(host in self.text for host in matter.hosts):
            return True
        return bool(matter.addresses) and not matter.addresses.isdisjoint(_addresses_in(self.text))


def _addresses_in(text: str) -> Iterator[str]:
    for word in _ADDRESS.findall(text):
        try:
            yield str(ipaddress.ip_address(word))
        except ValueError:
            continue
