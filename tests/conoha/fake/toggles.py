"""The open questions about ConoHa, each with the answers it may have.

The first answer is the likeliest and the default; it may be another one on v2 than on v3.
A question that a generation does not raise has no answers there, and setting it does nothing.
`where` names the section of the collected facts; `beyond` marks what those facts do not hold
open, but a tolerant client survives.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

Generation = Literal["v2", "v3"]
GENERATIONS: tuple[Generation, ...] = ("v2", "v3")

UNSET: Any = None
"""Not chosen: what the generation is held to do."""


def _open(
    question: str, where: str, *, v2: tuple[Any, ...] = (), v3: tuple[Any, ...] = (), beyond: bool = False
) -> Any:
    about = {"question": question, "where": where, "v2": v2, "v3": v3, "beyond": beyond}
    return field(default=UNSET, metadata=about)


def _both(question: str, where: str, *answers: object, beyond: bool = False) -> Any:
    return _open(question, where, v2=answers, v3=answers, beyond=beyond)


@dataclass(frozen=True)
class Toggles:
    """One answer to each open question; other numbers than the listed ones may be given as well."""

    # Identity
    token_hours: int = _open("how long a token lives", "§1.1", v2=(24, 12), v3=(24,))
    token_shape: str = _open(
        "whether catalog and user stand beside the token or, as in the printed sample, inside it",
        "§1.1", v2=("stock", "as documented"),
    )  # fmt: skip
    catalog: str = _both("how the catalog gives the DNS endpoint", "§1.2", "plain", "v1", "absent")
    identity_error_style: str = _both(
        "what a refused login looks like", "§1.1 §1.2 §11.8", "keystone", "kind", "text"
    )

    # Shapes
    id_style: str = _open(
        "how ids are called", "§3.3 §6.4 errata 2", v2=("id", "uuid"), v3=("uuid", "id")
    )  # fmt: skip
    error_style: str = _open(
        "what an error looks like; on v2 that is known but for 401", "§2.4 §3.4 §6.4",
        v2=("designate", "keystone", "html"), v3=("keystone", "kind", "text", "html"),
    )  # fmt: skip
    timestamps: str = _open("whether times have a fraction", "§3.2", v3=("seconds", "microseconds"))
    create_status: int = _open("what creating answers", "§3.1 §6.4", v3=(200, 201))
    delete_status: int = _open("what deleting answers", "§3.1 §6.4 §11.2", v3=(204, 200, 202))
    dots: str = _both("whether answered names end in a dot", "§0", "kept", "dropped", beyond=True)
    priority_in_data: bool = _both(
        "whether answers put priority, weight and port into the data", "§2.3 §3.3", False, True, beyond=True
    )

    # Texts
    txt_style: str = _both("how TXT comes back", "§3.3 §6.4 §11.1", "raw", "quoted", "chunked")
    txt_input: str = _both(
        "whether a TXT sent in quotes is character-strings or a text with quotes in it",
        "§2.3 §11.1", "raw", "presentation",
    )  # fmt: skip
    txt_backslash: str = _both(
        "whether a backslash in a TXT is served as such, or escapes what follows",
        "§2.3 §11.1", "literal", "escape",
    )  # fmt: skip
    long_txt: str = _open(
        "what happens to TXT over 255 characters", "§2.3 §6.4 §11.1 errata 8",
        v2=("400", "accept", "truncate"), v3=("accept", "400", "truncate"),
    )  # fmt: skip

    # TTL
    ttl_of: str = _open(
        "whether a TTL belongs to the set or to the value",
        "§2.3 §11.9",
        v2=("set", "record"),
        v3=("record", "set"),
    )
    put_ttl: str = _open("what PUT does with a ttl", "§3.3 §6.4 §11.2", v3=("ok", "400", "ignored"))
    min_ttl: int = _open("the least TTL", "§2.2 §6.4 §11.4", v2=(60, 1, 300), v3=(1, 60, 300))
    min_ttl_mode: str = _both("what happens below it", "§6.4", "reject", "clamp")
    max_ttl: int = _open("the greatest TTL", "§11.4", v3=(2147483647, 86400))
    default_ttl: str = _open(
        "which TTL a record gets that has none", "§3.3 §11.4", v3=("zone", "3600", "null")
    )

    # What is accepted
    duplicate: str = _open("what a second equal value gets", "§3.3 §6.4 §11.2", v3=("409", "400", "accept"))
    strict_keys: bool = _open(
        "whether unknown keys are refused", "§2.3 §6.3", v2=(True, False), v3=(False, True)
    )
    root_ns_editable: bool = _both(
        "whether the NS of the apex can be written", "§2.3 §3.3 §6.3 §11.5", False, True
    )
    put_type: str = _open(
        "what PUT does with another type",
        "§2.3 §3.3 errata 3",
        v2=("400", "moves"),
        v3=("400", "moves", "ignored"),
    )
    placement: str = _open(
        "whether a CNAME may share its name, and names of a child zone may be written",
        "§3.3 §11.5", v3=("400", "accept"),
    )  # fmt: skip
    null_target: str = _open(
        "whether `.` is a target of MX and SRV", "§2.3 §10", v2=("400", "accept"), v3=("accept", "400")
    )
    wildcard: str = _open("whether `*` is a name", "§5 §11.11", v3=("accept", "400"))
    ptr: str = _open("whether PTR can be written", "§4 §11.7", v2=("accept", "400"))
    zone_quota: int = _open("values in a zone, 0 for any number", "§2.3 §11.6", v2=(500, 0), v3=(0, 500))
    set_quota: int = _open("values in a set, 0 for any number", "§2.3 §11.6", v2=(20, 0), v3=(0, 20))
    zones_quota: int = _open("zones of a tenant, 0 for any number", "§2.3 §11.6", v2=(10, 0), v3=(0, 10))
    rate_limit: int = _both("every how many-th request gets 429, 0 for none", "§5 §11.6", 0, 5)

    # What is normalised
    lowercase_names: bool = _both(
        "whether names and targets become lower case", "§5 §6.4 §11.11", False, True
    )
    compress_aaaa: bool = _both(
        "whether IPv6 addresses become the shortest form", "§5 §6.4 §11.11", False, True
    )

    # Lists
    default_page: int = _both(
        "how many a list gives that was asked for no number, 0 for all", "§3.1 §6.4", 0, 2, 50
    )
    limit_cap: str = _open("what a large limit gets", "§3.1 §11.3", v3=("none", "cut", "refuse"))
    total_count: str = _open(
        "whether lists tell their whole length, and truly", "§3.1 §6.4 §11.3",
        v3=("exact", "absent", "domains", "low", "high"),
    )  # fmt: skip
    order: str = _both("in which order lists are", "§2.1", "created", "reversed", "name")
    stale_reads: int = _both("how many lists after a write do not show it", "§6.4 errata 5", 0, 1, 2)

    def of(self, generation: Generation) -> Toggles:
        """With an answer to every question that this generation raises."""
        answers = {one.name: one.metadata[generation][0] for one in fields(self) if one.metadata[generation]}
        return replace(
            self, **{name: value for name, value in answers.items() if getattr(self, name) is UNSET}
        )

    @classmethod
    def each(cls, generation: Generation | None = None, *, beyond: bool = False) -> Iterator[Toggles]:
        """The likeliest service, then one for every other answer, all else alike."""
        yield cls()
        for one in fields(cls):
            if beyond or not one.metadata["beyond"]:
                yield from (cls(**{one.name: value}) for value in others(one.name, generation))

    def __str__(self) -> str:
        chosen = ((one.name, getattr(self, one.name)) for one in fields(self))
        return ",".join(f"{name}={value}" for name, value in chosen if value is not UNSET) or "likeliest"


def others(name: str, generation: Generation | None = None) -> tuple[Any, ...]:
    """The answers to a question besides the likeliest one."""
    about = next(one.metadata for one in fields(Toggles) if one.name == name)
    asked = (generation,) if generation else GENERATIONS
    return tuple(dict.fromkeys(value for each in asked for value in about[each][1:]))
