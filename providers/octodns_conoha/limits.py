"""What ConoHa cannot hold, told from the configuration alone and before anything is written.

Sources: ConoHa's lists of types; for v2 Designate's schemas as of Juno, which it runs.  What only a
real account can settle is not refused here: ConoHa's own refusal is then reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .txt import STRING_BYTES, read_txt

_BOTH = frozenset({"A", "AAAA", "CNAME", "MX", "NS", "SRV", "TXT"})
TYPES = {"v2": _BOTH | {"PTR"}, "v3": _BOTH}
"""Types of record by generation, as ConoHa's documentation lists them."""
EITHER = TYPES["v2"] | TYPES["v3"]
MAX_TTL = 2**31 - 1

_OWNER = re.compile(r"(?:\*\.)?(?:(?!-)[A-Za-z0-9_-]{1,63}(?<!-)\.)+")
_HOST = re.compile(r"(?:(?!-)[A-Za-z0-9_-]{1,63}(?<!-)\.)+")
_SRV_OWNER = re.compile(r"(?:_[A-Za-z0-9_-]{1,62}\.){2}")
_PTR_OWNER = re.compile(r"(?:\d{1,3}\.){4}in-addr\.arpa\.|(?:[0-9a-f]\.){32}ip6\.arpa\.", re.IGNORECASE)

_CNAME = "make the name a CNAME to one in a zone elsewhere"
_KEY = "an Ed25519 key (RFC 8463) or an RSA key of 1024 bits fits"


def unsupported(
    generation: str | None, long_txt: str, name: str, type_: str, rdatas: Sequence[str]
) -> str | None:
    """Why ConoHa cannot hold an RRset, and the way out; None, if nothing is known against it.

    `name` is absolute, with or without its dot; `rdatas` are as in a zone file.

    >>> unsupported("v3", "error", "example.com", "CAA", ['0 issue "ca.example"'])
    'CAA records are not among those of ConoHa; host the zone elsewhere if it needs them'
    """
    if type_ not in (TYPES[generation] if generation else EITHER):
        return f"{type_} records are not among those of ConoHa{_types_way_out(generation, type_)}"
    reasons = _of_texts(generation, long_txt, name, rdatas) if type_ == "TXT" else iter(())
    owner = name.removesuffix(".") + "."
    found = next(reasons, None)
    return found or (next(_of_v2(owner, type_, rdatas), None) if generation == "v2" else None)


def _types_way_out(generation: str | None, type_: str) -> str:
    if type_ == "TLSA":
        return "; its zones are not signed (DNSSEC), so nobody would trust them; host the zone elsewhere"
    if type_ == "PTR" and generation == "v3":
        return "'s v3; set the reverse name in the control panel"
    return "; host the zone elsewhere if it needs them"


def _of_texts(generation: str | None, long_txt: str, name: str, rdatas: Sequence[str]) -> Iterator[str]:
    for rdata in rdatas:
        text = read_txt(rdata)
        size = len(text.encode())
        if size > STRING_BYTES and (generation == "v2" or (generation == "v3" and long_txt == "error")):
            yield _too_long(generation, name, size)
        if read_txt(text) != text:
            yield f"a text that is in quotes itself, {text[:40]}, would read back without them"
        if generation == "v2" and "\\" in text:
            yield "a text with a backslash would be served without it on v2; leave the backslash out"


def _too_long(generation: str, name: str, size: int) -> str:
    what = f"a text of {size} octets; ConoHa's {generation} "
    if generation == "v2":
        what += f"holds {STRING_BYTES}: "
    else:
        what += f"may not hold more than {STRING_BYTES}: set long_txt to raw or chunked if it does, or "
    if "._domainkey." in f"{name}.":
        return f"{what}{_KEY}, or {_CNAME}"
    return f"{what}make it shorter, or {_CNAME}"


def _of_v2(owner: str, type_: str, rdatas: Sequence[str]) -> Iterator[str]:
    """What Designate's schemas of Juno refuse."""
    if not _OWNER.fullmatch(owner):
        yield (
            "v2 takes names of letters, digits, - and _ that do not begin or end with -, "
            "and * as the leftmost label only"
        )
    if type_ == "SRV" and not _SRV_OWNER.match(owner):
        yield "v2 takes a SRV only at _service._protocol"
    if type_ == "PTR" and not _PTR_OWNER.fullmatch(owner):
        yield "v2 takes a PTR only at the reverse name of a whole address"
    for rdata in rdatas:
        host = rdata.split()[-1] if rdata.split() else ""
        if type_ == "MX" and host == ".":
            yield "v2 takes no null MX (RFC 7505); leave the MX out and publish v=spf1 -all and p=reject"
        elif type_ == "SRV" and host == ".":
            yield "v2 takes no SRV without a host; leave it out"
        elif type_ in ("CNAME", "MX", "NS", "PTR", "SRV") and not _HOST.fullmatch(host):
            yield f"v2 does not take the host {host}: letters, digits, - and _, and a dot at the end"
        elif type_ == "A" and rdata == "0.0.0.0":  # noqa: S104 -- a value that is refused, nothing binds
            yield "v2 does not take the address 0.0.0.0"
