"""The same value as the API has it and as DNS has it: texts, names, priorities."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from tests.conoha.fake.toggles import Generation, Toggles

HOSTS = frozenset({"CNAME", "MX", "NS", "PTR"})
TEXTS = frozenset({"TXT", "SPF"})
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_STRINGS = re.compile(r'\s*(?:"(?:[^"\\]|\\.)*"\s*)+\Z', re.DOTALL)


def quote(text: str) -> str:
    """One character-string as a zone file has it (RFC 1035 §5.1)."""
    escaped = re.sub(r'(["\\])', r"\\\1", text)
    return '"' + "".join(one if " " <= one <= "~" else f"\\{ord(one):03}" for one in escaped) + '"'


def unescape(text: str) -> str:
    r"""Without `\"`, `\\` and `\065`."""
    return re.sub(r"\\(\d{3}|.)", lambda m: chr(int(m[1])) if len(m[1]) == 3 else m[1], text, flags=re.DOTALL)


def strings_of(presentation: str) -> tuple[str, ...] | None:
    """The character-strings of quoted text; None when it is not all quoted."""
    if not _STRINGS.match(presentation):
        return None
    return tuple(unescape(one) for one in _STRING.findall(presentation))


def chunks(text: str) -> tuple[str, ...]:
    """A text as character-strings of at most 255 octets."""
    return tuple(text[at : at + 255] for at in range(0, len(text), 255)) or ("",)


def served(data: str, toggles: Toggles) -> tuple[str, ...]:
    """The character-strings that a resolver sees of a TXT."""
    if toggles.txt_input == "presentation" and (strings := strings_of(data)) is not None:
        return strings
    return chunks(unescape(data) if toggles.txt_backslash == "escape" else data)


def text_data(text: str, toggles: Toggles) -> str:
    """What has to be sent so that a resolver sees this text: the inverse of `served`."""
    if toggles.txt_input == "presentation" and strings_of(text) is not None:
        return quote(text)
    return text.replace("\\", "\\\\") if toggles.txt_backslash == "escape" else text


def text_answered(data: str, toggles: Toggles) -> str:
    """How the API gives a TXT back."""
    if toggles.txt_style == "raw":
        return data
    strings = served(data, toggles)
    return (
        quote("".join(strings))
        if toggles.txt_style == "quoted"
        else " ".join(map(quote, chunks("".join(strings))))
    )


def fields_of(generation: Generation, type_: str, rdata: str, toggles: Toggles) -> dict[str, Any]:
    """Rdata in presentation form as data, priority, weight and port."""
    words = rdata.split()
    if type_ in TEXTS:
        return {"data": text_data("".join(strings_of(rdata) or (rdata,)), toggles)}
    if type_ == "MX":
        return {"priority": int(words[0]), "data": words[1]}
    if type_ == "SRV" and generation == "v2":
        return {"priority": int(words[0]), "data": " ".join(words[1:])}
    if type_ == "SRV":
        priority, weight, port = map(int, words[:3])
        return {"priority": priority, "weight": weight, "port": port, "data": words[3]}
    return {"data": rdata}


def rdata_of(type_: str, data: str, numbers: tuple[int | None, ...], toggles: Toggles) -> str:
    """The inverse of `fields_of`; `numbers` are priority, weight and port where they are."""
    if type_ in TEXTS:
        return " ".join(map(quote, served(data, toggles)))
    return " ".join((*(str(one) for one in numbers if one is not None), data))


def normalised(type_: str, data: str, toggles: Toggles) -> str:
    """Data as it is kept."""
    if type_ in TEXTS and toggles.long_txt == "truncate":
        return data[:255]
    if type_ == "AAAA" and toggles.compress_aaaa:
        return str(ipaddress.IPv6Address(data))
    return data.lower() if toggles.lowercase_names and type_ in HOSTS | {"SRV"} else data
