"""DKIM key material (RFC 6376 §3.6.1, RFC 8463): what stands in `p`, and the files that keys come in.

No message here repeats what it was given: people paste private keys into both places.
Type and size of a key come from cryptography, but for RSA keys of the usual shape, which are
nearly all: it takes longer to import than the keys of a thousand domains to look at.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from functools import cache, lru_cache

from stszone.errors import RuleError
from stszone.standards.rrset import txt_text

RSA = "rsa"
ED25519 = "ed25519"
RSA_BITS = range(1024, 4097)
"""Sizes that every verifier must take (RFC 8301 §3.2)."""
ED25519_OCTETS = 32

_RSA_ENCRYPTION = bytes.fromhex("300d06092a864886f70d0101010500")
_EXPONENT = bytes.fromhex("0203010001")
_SPKI_BESIDE = 38
_USUAL_OCTETS = range(256, 513)

_KEYS_KEPT = 32768
ECHO = 30
"""Characters of a stray text that a message may repeat; the shortest private key has more."""

_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----")
_STRING_OR_COMMENT = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"|;[^\n]*')
_QUOTED_NOTE = re.compile(r'(\bn=)"([^";]*)"')
"""What opendkim-genkey -n writes: the quotes would be part of the note."""
_FIRST_TAG = re.compile(r"[A-Za-z]\s*=")
_PRIVATE = re.compile(r"PRIVATE[ -]*(KEY|LINES)", re.IGNORECASE)

_TO_PUBLIC = "use the public half, which `openssl pkey -pubout` prints, and keep this one out of git"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key as `k` and `p` of a key record hold it."""

    k: str
    p: str
    """Base64 of SubjectPublicKeyInfo for RSA, of the raw 32 octets for Ed25519."""
    bits: int


def shown(text: str) -> str:
    """A text for a message; its length only, when it could be key material."""
    stripped = text.strip()
    return repr(stripped) if len(stripped) <= ECHO else f"a text of {len(stripped)} characters"


@lru_cache(maxsize=_KEYS_KEPT)
def parse_key(p: str, k: str | None = None) -> PublicKey:
    """The key in a `p` tag, of the type `k` or, without one, of the type that it evidently has.

    Raises RuleError (DKM004, DKM005, DKM007, DKM008).
    """
    if k not in (None, RSA, ED25519):
        raise RuleError("DKM005", f"k is {shown(k or '')}", f"the types of key are {RSA} and {ED25519}")
    octets = _octets(p, "p")
    if len(octets) == ED25519_OCTETS:
        if k == RSA:
            raise RuleError("DKM005", "p has 32 octets, an Ed25519 key, under k=rsa", "write k=ed25519")
        return PublicKey(ED25519, p, 8 * ED25519_OCTETS)
    key = public_key(octets, "p")
    if ED25519 in (k, key.k):
        fix = f"write {key.p}" if key.k == ED25519 else "write k=rsa"
        raise RuleError("DKM005", f"p has {len(octets)} octets, not the 32 of a raw Ed25519 key", fix)
    if key.p != p:
        raise RuleError("DKM007", "p is not SubjectPublicKeyInfo in DER, but another form, such as PKCS #1")
    return key


def _octets(base64: str, where: str) -> bytes:
    if '"' in base64 or "\\" in base64:
        raise RuleError("DKM008", f"{where} has a quote in its base64")
    if "-----" in base64:
        raise RuleError("DKM007", f"{where} has PEM lines in it", "leave the BEGIN and END lines out")
    try:
        return binascii.a2b_base64(base64, strict_mode=True)
    except ValueError:  # of binascii, and of characters outside ASCII
        raise RuleError("DKM007", f"{where} is not base64, or not all of it") from None


def public_key(der: bytes, where: str) -> PublicKey:
    """The key in a SubjectPublicKeyInfo or in an RSAPublicKey of PKCS #1.

    Raises RuleError (DKM004, DKM005, DKM007).
    """
    if bits := _usual_bits(der):
        return PublicKey(RSA, _base64(der), bits)
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    try:
        key = serialization.load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        raise _why_not(der, where) from None
    if isinstance(key, Ed25519PublicKey):
        return PublicKey(ED25519, _base64(key.public_bytes_raw()), 8 * ED25519_OCTETS)
    if not isinstance(key, RSAPublicKey):
        raise RuleError("DKM005", f"{where} is a public key, but neither of RSA nor of Ed25519")
    if key.key_size not in RSA_BITS:
        raise RuleError("DKM004", f"{where} is an RSA key of {key.key_size} bits")
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    return PublicKey(RSA, _base64(key.public_bytes(serialization.Encoding.DER, spki)), key.key_size)


def _usual_bits(der: bytes) -> int:
    """The bits of a SubjectPublicKeyInfo as every tool writes it for 2048 to 4096 bits; 0 for all else.

    All octets but those of the modulus follow from its length when the exponent is 65537.
    """
    octets = len(der) - _SPKI_BESIDE
    if octets not in _USUAL_OCTETS or der[33] < 0x80:
        return 0
    return 8 * octets if der[:33] == _spki_head(octets) and der[-5:] == _EXPONENT else 0


@cache
def _spki_head(octets: int) -> bytes:
    """What stands before a modulus of so many octets (RFC 5280 §4.1, RFC 8017 §A.1.1)."""
    outer, bits, inner, modulus = ((octets + more).to_bytes(2, "big") for more in (34, 15, 10, 1))
    return b"\x30\x82%b%b\x03\x82%b\0\x30\x82%b\x02\x82%b\0" % (outer, _RSA_ENCRYPTION, bits, inner, modulus)


def _base64(octets: bytes) -> str:
    return binascii.b2a_base64(octets, newline=False).decode("ascii")


def _why_not(der: bytes, where: str) -> RuleError:
    """What is wrong with octets that are no public key; a private one gets its own warning."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    try:
        load_der_private_key(der, password=None)
    except TypeError:  # encrypted, and still private
        return _refusal(where)
    except (ValueError, UnsupportedAlgorithm):
        return RuleError("DKM007", f"{where} is base64 of {len(der)} octets that are no public key")
    return _refusal(where)


def _refusal(where: str) -> RuleError:
    return RuleError("DKM007", f"{where} is a private key", _TO_PUBLIC)


def key_file_record(text: str) -> str:
    """The record text that a key file stands for, judged by content and not by file name.

    Takes PEM of SubjectPublicKeyInfo or PKCS #1, base64 of either, base64 of a raw Ed25519 key,
    the zone file line of opendkim-genkey, and the bare text of a record.
    Raises RuleError (DKM001, DKM002, DKM004, DKM005, DKM007).
    """
    text = text.lstrip("\ufeff").strip()
    if "PRIVATE" in text.upper() and _PRIVATE.search(text):
        raise _refusal("the file")
    if not text:
        raise RuleError("DKM002", "the file is empty")
    if "-----BEGIN " in text:
        return _record(_from_pem(text))
    if _FIRST_TAG.match(text):
        return _QUOTED_NOTE.sub(r"\1\2", " ".join(text.split()))
    if '"' in text:
        return _from_zone_line(text)
    octets = _octets("".join(text.split()), "the file")
    if len(octets) == ED25519_OCTETS:
        return f"k={ED25519}; p={_base64(octets)}"
    return _record(public_key(octets, "the file"))


def _record(key: PublicKey) -> str:
    return f"k={key.k}; p={key.p}"


def _from_pem(text: str) -> PublicKey:
    blocks = _PEM.findall(text)
    if len(blocks) != 1:
        raise RuleError("DKM001", f"the file has {len(blocks)} complete PEM blocks, not one")
    label, body = blocks[0]
    if label not in ("PUBLIC KEY", "RSA PUBLIC KEY"):
        raise RuleError("DKM007", f"the file has a PEM block of another kind, {label.strip()[:ECHO]}")
    return public_key(_octets("".join(body.split()), "the file"), "the file")


def _from_zone_line(text: str) -> str:
    """What opendkim-genkey writes: quoted strings in parentheses, and a comment behind them."""
    bare = _STRING_OR_COMMENT.sub(" ", text) if text.upper().count("TXT") > 1 else ""
    if len(re.findall(r"\bTXT\b", bare, re.IGNORECASE)) > 1:
        raise RuleError("DKM001", "the file has more than one TXT record")
    record = "".join(_STRING_OR_COMMENT.findall(text))
    if "\\" in record:
        record = txt_text(f'"{record}"')
    return _QUOTED_NOTE.sub(r"\1\2", record) if '"' in record else record
