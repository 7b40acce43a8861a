"""DKIM: what a key may look like, wherever it comes from, and what verifiers make of its record."""

from __future__ import annotations

import base64
import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from stszone.errors import RuleError
from stszone.report import Finding, Severity
from stszone.rules import RULES
from stszone.standards import dkim, dkim_key
from stszone.standards.dkim_record import parse_tags
from stszone.standards.rrset import RRset, txt_text

SPKI, PKCS1 = PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1
SELECTORS = TypeAdapter(dict[dkim.SelectorName, dkim.Selector])


def seeded_rsa(bits: int) -> rsa.RSAPrivateKey:
    """The same key in every process, so that parallel workers see the same rows."""
    chance = random.Random(bits)

    def prime() -> int:
        while True:
            number = chance.getrandbits(bits // 2) | 1 | 3 << (bits // 2 - 2)
            if pow(2, number - 1, number) == 1 and number % 65537 != 1:
                return number

    p, q = prime(), prime()
    d = pow(65537, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(65537, p * q)
    numbers = rsa.RSAPrivateNumbers(
        p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q), public
    )
    return numbers.private_key()


RSA_KEYS = {bits: seeded_rsa(bits) for bits in (1024, 2048, 3072)}
ED25519_KEY = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def b64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def of_size(bits: int, exponent: int = 65537) -> str:
    """A `p` of any size: the modulus is odd and no more, which is all that a verifier can see."""
    numbers = rsa.RSAPublicNumbers(exponent, (1 << (bits - 1)) | 1)
    return b64(numbers.public_key().public_bytes(Encoding.DER, SPKI))


P1024, P2048, P3072 = (b64(key.public_key().public_bytes(Encoding.DER, SPKI)) for key in RSA_KEYS.values())
P_PKCS1 = b64(RSA_KEYS[2048].public_key().public_bytes(Encoding.DER, PKCS1))
P_ED25519 = b64(ED25519_KEY.public_key().public_bytes_raw())
P_ED25519_SPKI = b64(ED25519_KEY.public_key().public_bytes(Encoding.DER, SPKI))
P_EC = b64(ec.derive_private_key(1, ec.SECP256R1()).public_key().public_bytes(Encoding.DER, SPKI))


def rule_of(action: Callable[[], object]) -> str:
    """The rule that refuses something."""
    with pytest.raises(RuleError) as caught:
        action()
    return caught.value.rule


def errors_of(section: object) -> list[tuple[tuple[int | str, ...], str]]:
    """Where and by which rules a `dkim:` section is refused."""
    with pytest.raises(ValidationError) as caught:
        SELECTORS.validate_python(section)
    found = []
    for detail in caught.value.errors():
        error = detail.get("ctx", {}).get("error")
        found.append((detail["loc"], error.rule if isinstance(error, RuleError) else detail["type"]))
    return found


def selector(**fields: object) -> dkim.Selector:
    return SELECTORS.validate_python({"s1": fields})["s1"]


def compiled(section: object) -> list[RRset]:
    return list(dkim.rrsets(SELECTORS.validate_python(section), "example.com", 3600))


def text_of(**fields: object) -> str:
    """The text that one selector compiles to."""
    (rrset,) = compiled({"s1": fields})
    return txt_text(rrset.rdatas[0])


def checked(section: object, domain: str = "example.com") -> list[Finding]:
    return list(dkim.check(SELECTORS.validate_python(section), domain, 3600))


def rules(findings: list[Finding]) -> list[str]:
    return [found.rule for found in findings]


# Records ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "k", "bits"), [
    (f"v=DKIM1; k=rsa; p={P2048}", "rsa", 2048),
    (f"v=DKIM1; p={P2048}", "rsa", 2048),                    # rsa is the default
    (f"p={P2048}", "rsa", 2048),                             # v may be absent
    (f"v=DKIM1;k=rsa;p={P2048};", "rsa", 2048),              # no blanks, and a last semicolon
    (f"v=DKIM1; k=rsa; p={P2048}; ", "rsa", 2048),           # and a blank behind it: most read that
    (f"v = DKIM1 ;\tk = rsa ; p = {P2048}", "rsa", 2048),    # white space around = and ;
    (f"v=DKIM1; p={P2048[:100]} {P2048[100:]}", "rsa", 2048),  # and inside base64
    (f"p={P2048}; k=rsa", "rsa", 2048),                      # any order without v
    (f"v=DKIM1; x=1; g=*; p={P2048}", "rsa", 2048),          # unknown and historic tags
    (f"v=DKIM1; t=z; s=future:email; p={P2048}", "rsa", 2048),  # unknown flags and services
    (f"v=DKIM1; h=sha1:sha256; p={P2048}", "rsa", 2048),
    (f"v=DKIM1; n=a=b c; p={P2048}", "rsa", 2048),           # = is allowed in values
    (f"v=DKIM1; k=rsa; p={P1024}", "rsa", 1024),             # small, and must be verified
    (f"v=DKIM1; k=ed25519; p={P_ED25519}", "ed25519", 256),
    ("v=DKIM1; p=", "rsa", 0),
    ("v=DKIM1; h=sha1; p=", "rsa", 0),                       # nothing else matters when revoked
])  # fmt: skip
def test_records_that_verifiers_accept(text: str, k: str, bits: int) -> None:
    """Live records are read as RFC 6376 asks, however they are spaced."""
    record = dkim.parse_record(text)
    assert (record.k, record.bits, record.revoked) == (k, bits, bits == 0)


@pytest.mark.parametrize(("text", "rule"), [
    (f"k=rsa; v=DKIM1; p={P2048}", "DKM002"),           # v is not first
    (f"v=dkim1; p={P2048}", "DKM002"),                  # case counts
    (f"v=DKIM2; p={P2048}", "DKM002"),
    ("v=DKIM1; k=rsa", "DKM002"),                       # no p
    ("", "DKM002"),
    ("v=spf1 -all", "DKM002"),                          # what a wildcard answers
    (f"v=DKIM1; P={P2048}", "DKM003"),                  # an unknown tag, so there is no p
    (f"v=DKIM1; k=rsa; k=rsa; p={P2048}", "DKM003"),
    (f"v=DKIM1; p={P2048}; p={P2048}", "DKM003"),
    (f"v=DKIM1;; p={P2048}", "DKM003"),                 # an empty tag
    (f"v=DKIM1; k:rsa; p={P2048}", "DKM003"),
    (f"v=DKIM1; n=schlüssel; p={P2048}", "DKM003"),     # not ASCII
    (f"v=DKIM1, k=rsa, p={P2048}", "DKM002"),           # commas make it all one value
    (f"v=DKIM1; p={of_size(1023)}", "DKM004"),
    (f"v=DKIM1; p={of_size(768)}", "DKM004"),
    (f"v=DKIM1; p={of_size(4097)}", "DKM004"),
    (f"v=DKIM1; p={of_size(8192)}", "DKM004"),
    (f"v=DKIM1; k=ed25519; p={P_ED25519_SPKI}", "DKM005"),
    (f"v=DKIM1; k=ed25519; p={P2048}", "DKM005"),
    (f"v=DKIM1; k=rsa; p={P_ED25519}", "DKM005"),
    (f"v=DKIM1; p={P_ED25519}", "DKM005"),              # k=ed25519 is missing
    (f"v=DKIM1; k=rsa; p={P_ED25519_SPKI}", "DKM005"),
    (f"v=DKIM1; k=dsa; p={P2048}", "DKM005"),
    (f"v=DKIM1; k=rsa; p={P_EC}", "DKM005"),            # a public key of another kind
    (f"v=DKIM1; p={P_PKCS1}", "DKM007"),
    (f"v=DKIM1; p=-----BEGIN PUBLIC KEY-----{P2048}-----END PUBLIC KEY-----", "DKM007"),
    (f"v=DKIM1; p={P2048[:-4]}", "DKM007"),             # cut short, still base64
    (f"v=DKIM1; p={P2048[:-3]}", "DKM007"),             # cut short, not base64
    (f"v=DKIM1; p={P2048}AAAA", "DKM007"),              # something behind the key
    ("v=DKIM1; p=AAAA", "DKM007"),
    ("v=DKIM1; p=*", "DKM007"),
    (f'v=DKIM1; p={P2048[:200]}" "{P2048[200:]}', "DKM008"),
    (f"v=DKIM1; p={P2048[:200]}\\{P2048[200:]}", "DKM008"),
    (f"v=DKIM1; h=sha1; p={P2048}", "DKM012"),
    (f"v=DKIM1; h=rsa-sha256; p={P2048}", "DKM012"),    # what a manual page suggests
    (f"v=DKIM1; h=; p={P2048}", "DKM012"),
])  # fmt: skip
def test_records_that_verifiers_refuse(text: str, rule: str) -> None:
    """A record that cannot verify anything names the rule that it breaks."""
    assert rule_of(lambda: dkim.parse_record(text)) == rule


NAMES = st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
NOTES = st.from_regex(r"([!#-:<-\[\]-~]+( [!#-:<-\[\]-~]+){0,3})?", fullmatch=True)
KEYS = st.sampled_from([dkim_key.parse_key(p) for p in (P1024, P2048, P3072, P_ED25519)])
RECORDS = st.one_of(
    st.builds(dkim.KeyRecord, p=st.just(""), n=NOTES),
    st.builds(
        lambda key, h, s, t, n: dkim.KeyRecord(key.p, key.k, h, s, t, n, key.bits),
        KEYS,
        st.sampled_from([(), ("sha256",), ("sha1", "sha256")]),
        st.lists(st.one_of(st.just("*"), NAMES), max_size=3).map(tuple),
        st.sampled_from([(), ("y",), ("s",), ("y", "s")]),
        NOTES,
    ),
)


@given(RECORDS)
def test_what_is_written_is_read_back(record: dkim.KeyRecord) -> None:
    """Formatting and parsing are inverse."""
    assert dkim.parse_record(dkim.format_record(record)) == record


@given(st.text(max_size=80))
def test_any_text_is_a_record_or_refused(text: str) -> None:
    """No text makes the parser fail in another way than by a rule."""
    for judge in (dkim.parse_record, dkim_key.parse_key, dkim_key.key_file_record, dkim.parse_adsp):
        try:
            assert judge(text) is not None
        except RuleError as error:
            assert error.rule in RULES


@pytest.mark.parametrize(("bits", "exponent"), [
    (1024, 65537), (1025, 65537), (1031, 65537), (2040, 65537), (2041, 65537), (2047, 65537), (2048, 65537),
    (2048, 3), (2048, 17), (2049, 65537), (2056, 65537), (3072, 65537), (3072, 257), (4095, 65537),
    (4096, 65537), (4096, 3),
])  # fmt: skip
def test_size_of_rsa_keys(bits: int, exponent: int) -> None:
    """The size is that of the modulus, in keys of the usual shape and in all others."""
    assert dkim_key.parse_key(of_size(bits, exponent)).bits == bits


@given(st.sampled_from([P2048, of_size(3072), of_size(4096)]), st.data())
def test_damaged_keys_are_judged_alike(p: str, data: st.DataObject) -> None:
    """The short way to size an RSA key accepts nothing that cryptography refuses, and sees no other size."""
    octets = bytearray(base64.b64decode(p))
    where = data.draw(st.one_of(st.integers(0, 40), st.integers(-8, -1)))
    octets[where] = data.draw(st.integers(0, 255))
    if bits := dkim_key._usual_bits(bytes(octets)):
        from cryptography.hazmat.primitives.serialization import load_der_public_key

        key = load_der_public_key(bytes(octets))
        assert isinstance(key, rsa.RSAPublicKey)
        assert key.key_size == bits
        assert key.public_bytes(Encoding.DER, SPKI) == bytes(octets)


@pytest.mark.parametrize(("where", "octet"), [
    (33, 0x01),      # a zero before it that DER does not allow
    (-1, 0x02),      # an even exponent
    (0, 0x31),       # a SET
    (32, 0x80),      # a negative modulus
])  # fmt: skip
def test_octets_that_make_no_key(where: int, octet: int) -> None:
    """One wrong octet outside the modulus is enough."""
    octets = bytearray(base64.b64decode(P2048))
    octets[where] = octet
    assert rule_of(lambda: dkim_key.parse_key(b64(bytes(octets)))) == "DKM007"


BASE = f"v=DKIM1; k=rsa; p={P2048}"


@pytest.mark.parametrize(("other", "same"), [
    (BASE, True),
    (BASE + ";", True),
    (f"p={P2048}", True),                                      # v and k are defaults
    (f"v=DKIM1;k=rsa;p={P2048[:64]} {P2048[64:]}", True),
    (f"v=DKIM1; p={P2048}; k=rsa", True),
    (f"v=DKIM1; k=rsa; s=*; p={P2048}", True),
    (f"v=DKIM1; k=rsa; s=*:email; p={P2048}", True),           # * includes email
    (f"v=DKIM1; k=rsa; x=1; p={P2048}", True),
    (BASE + "; ", False),                                      # known parsers refuse that
    (f"v=DKIM1; k=rsa; s=email; p={P2048}", False),            # TLS reports are not covered
    (f"v=DKIM1; k=rsa; t=y; p={P2048}", False),
    (f"v=DKIM1; k=rsa; t=s; p={P2048}", False),
    (f"v=DKIM1; k=rsa; h=sha256; p={P2048}", False),           # without h, sha1 is allowed
    (f"v=DKIM1; k=rsa; n=note; p={P2048}", False),             # people read notes
    (f"v=DKIM1; k=rsa; p={P3072}", False),
    ("v=DKIM1; p=", False),
    (f"v=DKIM1; k=rsa; k=rsa; p={P2048}", False),              # no key at all
    ("v=spf1 -all", False),
])  # fmt: skip
def test_same_key(other: str, same: bool) -> None:
    """Two texts are the same when no verifier could tell them apart."""
    assert dkim.same_key(BASE, other) is same
    assert dkim.same_key(other, BASE) is same


@pytest.mark.parametrize(("a", "b", "same"), [
    ("v=DKIM1; p=", "v=DKIM1; k=rsa; h=sha256; p=;", True),     # revoked is revoked
    ("v=spf1 -all", "v=spf1 -all", True),
    ("v=spf1 -all", "v=spf1  -all", False),
    (f"h=sha256:sha1; p={P2048}", f"h=sha1 : sha256; p={P2048}", True),
    (f"t=y:s; p={P2048}", f"t=s:y:x; p={P2048}", True),
])  # fmt: skip
def test_same_key_of_other_records(a: str, b: str, same: bool) -> None:
    """Lists have no order, and a revoked key has no details."""
    assert dkim.same_key(a, b) is same


@pytest.mark.parametrize(("text", "words"), [
    (BASE, "RSA 2048"),
    (f"v=DKIM1; t=y:s; p={P1024}", "RSA 1024, testing"),
    (f"v=DKIM1; k=ed25519; p={P_ED25519}", "Ed25519"),
    ("v=DKIM1; p=", "revoked"),
    ("v=DKIM1; t=y; p=", "revoked"),
    ("v=spf1 -all", "not a DKIM key"),
])  # fmt: skip
def test_describe(text: str, words: str) -> None:
    """A record is told in a few words."""
    assert dkim.describe(text) == words


# Key files ----------------------------------------------------------------------------------


def pem(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey, form: PublicFormat = SPKI) -> str:
    return key.public_key().public_bytes(Encoding.PEM, form).decode()


def wrapped(text: str, width: int = 64) -> str:
    return "\n".join(text[start : start + width] for start in range(0, len(text), width)) + "\n"


def zone_line(tags: str, p: str) -> str:
    return (
        f's1._domainkey\tIN\tTXT\t( "v=DKIM1; {tags}"\n\t  "p={p[:250]}"\n\t  "{p[250:]}" )  '
        "; ----- DKIM key s1 for example.com\n"
    )


@pytest.mark.parametrize(("content", "text"), [
    (pem(RSA_KEYS[2048]), f"v=DKIM1; k=rsa; p={P2048}"),                     # openssl rsa -pubout
    ("Bag\n" + pem(RSA_KEYS[2048]).replace("\n", "\r\n"), f"v=DKIM1; k=rsa; p={P2048}"),  # Windows
    ("\ufeff" + pem(RSA_KEYS[1024]), f"v=DKIM1; k=rsa; p={P1024}"),          # with a byte order mark
    (pem(RSA_KEYS[2048], PKCS1), f"v=DKIM1; k=rsa; p={P2048}"),              # BEGIN RSA PUBLIC KEY
    (pem(ED25519_KEY), f"v=DKIM1; k=ed25519; p={P_ED25519}"),
    (P2048, f"v=DKIM1; k=rsa; p={P2048}"),
    (wrapped(P2048), f"v=DKIM1; k=rsa; p={P2048}"),
    (P_PKCS1, f"v=DKIM1; k=rsa; p={P2048}"),
    (P_ED25519_SPKI, f"v=DKIM1; k=ed25519; p={P_ED25519}"),
    (P_ED25519 + "\n", f"v=DKIM1; k=ed25519; p={P_ED25519}"),
    (zone_line("h=sha256; k=rsa; ", P2048), f"v=DKIM1; k=rsa; h=sha256; p={P2048}"),
    (zone_line("h=sha256; k=rsa; s=email; t=y:s; ", P2048),
     f"v=DKIM1; k=rsa; h=sha256; s=email; t=y:s; p={P2048}"),
    (zone_line('n=\\"my key\\"; k=rsa; ', P2048), f"v=DKIM1; k=rsa; n=my key; p={P2048}"),  # as -n writes it
    (zone_line("k=rsa; n=TXT; ", P2048), f"v=DKIM1; k=rsa; n=TXT; p={P2048}"),
    (f"v=DKIM1; k=rsa; p={P2048}\n", f"v=DKIM1; k=rsa; p={P2048}"),          # a bare record
    (f"v=DKIM1; t=s;\n p={wrapped(P2048)}", f"v=DKIM1; k=rsa; t=s; p={P2048}"),
    (f'"v=DKIM1; k=rsa; p={P2048[:200]}" "{P2048[200:]}"', f"v=DKIM1; k=rsa; p={P2048}"),  # as dig prints it
    (f"p={P2048}", f"v=DKIM1; k=rsa; p={P2048}"),
])  # fmt: skip
def test_key_files_are_judged_by_content(content: str, text: str) -> None:
    """Every form that tools write becomes the one record."""
    assert text_of(key={"file": "keys/s1.txt", "text": content}) == text


LOCKED = BestAvailableEncryption(b"secret")
PRIVATE = [
    RSA_KEYS[2048].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
    RSA_KEYS[2048].private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode(),
    RSA_KEYS[2048].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, LOCKED).decode(),
    ED25519_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
    ED25519_KEY.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode(),
]
PRIVATE_DER = [
    RSA_KEYS[2048].private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
    RSA_KEYS[2048].private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
    RSA_KEYS[2048].private_bytes(Encoding.DER, PrivateFormat.PKCS8, LOCKED),
    ED25519_KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
]


def assert_no_echo(error: RuleError, secret: str) -> None:
    said = f"{error} {error.what} {error.fix}"
    body = "".join(line for line in secret.split() if "-----" not in line)
    assert not any(body[start : start + 8] in said for start in range(len(body) - 8))
    assert error.__cause__ is None


@pytest.mark.parametrize("content", [
    *PRIVATE,
    PRIVATE[0] + pem(RSA_KEYS[2048]),               # beside the public half, too
    pem(RSA_KEYS[2048]) + PRIVATE[0],
    PRIVATE[0].replace("-----", "----"),            # with broken lines, still private
    *(b64(der) for der in PRIVATE_DER),             # without any lines
    "PuTTY-User-Key-File-3: ssh-rsa\nPrivate-Lines: 14\n" + b64(PRIVATE_DER[0]),
])  # fmt: skip
def test_private_keys_are_refused_in_silence(content: str) -> None:
    """A private key is refused, and no part of it is repeated."""
    with pytest.raises(RuleError) as caught:
        dkim_key.key_file_record(content)
    assert (caught.value.rule, caught.value.what) == ("DKM007", "the file is a private key")
    assert_no_echo(caught.value, content)


@pytest.mark.parametrize("secret", [*PRIVATE, *(b64(der) for der in PRIVATE_DER)])
@pytest.mark.parametrize("place", [
    "p: {}", "key: {}", "n: {}", "k: {}", "h: {}", "s: {}", "t: {}",
    "v=DKIM1; p={}", "v=DKIM1; k={}; p=AAAA", "v=DKIM1; {}", "v={}",
])  # fmt: skip
def test_private_keys_in_other_places_are_not_repeated(secret: str, place: str) -> None:
    """Pasted where a public key belongs, a private key does not get into a message either."""
    field = place.removesuffix(": {}")
    with pytest.raises((RuleError, ValidationError)) as caught:
        _ = selector(**{field: secret}) if field != place else dkim.parse_record(place.format(secret))
    error = caught.value
    if isinstance(error, ValidationError):
        error = error.errors()[0]["ctx"]["error"]
    assert isinstance(error, RuleError)
    assert_no_echo(error, secret)


@pytest.mark.parametrize(("content", "rule"), [
    ("", "DKM002"),
    ("\n \n", "DKM002"),
    ("hello", "DKM007"),
    ("<html>404 not found</html>", "DKM007"),
    (pem(RSA_KEYS[2048]) + pem(RSA_KEYS[1024]), "DKM001"),            # two keys
    (pem(RSA_KEYS[2048])[:-20], "DKM001"),                            # cut off
    (zone_line("k=rsa; ", P2048) + zone_line("k=rsa; ", P1024), "DKM001"),
    (zone_line("k=rsa; ", P2048[:-8]), "DKM007"),
    (zone_line("h=rsa-sha256; k=rsa; ", P2048), "DKM012"),            # opendkim-genkey -h rsa-sha256
    ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "DKM007"),
    ("-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----\n", "DKM007"),
    (P_EC, "DKM005"),
    (of_size(512), "DKM004"),
    (of_size(8192), "DKM004"),
    ("k=rsa", "DKM002"),
    ("v=DKIM1; n=\"; p=" + P2048, "OCT002"),                          # cannot be published
])  # fmt: skip
def test_files_that_are_no_keys(content: str, rule: str) -> None:
    """A file without one usable public key is refused at `key`, with its name."""
    section = {"s1": {"key": {"file": "keys/s1.txt", "text": content}}}
    assert errors_of(section) == [(("s1", "key"), rule)]
    with pytest.raises(ValidationError, match=r"keys/s1\.txt"):
        SELECTORS.validate_python(section)


def test_a_path_that_nobody_read_is_refused() -> None:
    """Without its content, a key file is no key."""
    assert errors_of({"s1": {"key": "keys/s1.txt"}}) == [(("s1", "key"), "DKM002")]


def test_yaml_wins_over_the_file() -> None:
    """What the selector says counts, what it leaves out comes from the file."""
    content = zone_line("h=sha256; k=rsa; t=y; s=email; ", P2048)
    assert text_of(key={"file": "k", "text": content}, t=[], n="ours") == (
        f"v=DKIM1; k=rsa; h=sha256; s=email; n=ours; p={P2048}"
    )


def run(*command: str, cwd: Path, stdin: bytes = b"") -> str:
    return subprocess.run(command, cwd=cwd, input=stdin, capture_output=True, check=True).stdout.decode()


@pytest.mark.skipif(not shutil.which("opendkim-genkey"), reason="opendkim-genkey is not installed")
@pytest.mark.parametrize(("options", "tags"), [
    ([], "k=rsa; h=sha256"),
    (["-b", "1024"], "k=rsa; h=sha256"),
    (["-t", "-S"], "k=rsa; h=sha256; t=y:s"),
    (["-r"], "k=rsa; h=sha256; s=email"),
    (["-a"], "k=rsa; h=sha256"),
    (["-n", "made by hand"], "k=rsa; h=sha256; n=made by hand"),
])  # fmt: skip
def test_files_of_opendkim_genkey(options: list[str], tags: str, tmp_path: Path) -> None:
    """What opendkim-genkey writes is read with its flags, and its private file is refused."""
    run("opendkim-genkey", "-d", "example.com", "-s", "s1", *options, cwd=tmp_path)
    text = text_of(key={"file": "s1.txt", "text": (tmp_path / "s1.txt").read_text()})
    assert text.startswith(f"v=DKIM1; {tags}; p=MI")
    private = (tmp_path / "s1.private").read_text()
    assert rule_of(lambda: dkim_key.key_file_record(private)) == "DKM007"


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
@pytest.mark.parametrize(("make", "options", "words"), [
    (["genrsa", "2048"], ["rsa", "-pubout"], "RSA 2048"),
    (["genrsa", "2048"], ["rsa", "-RSAPublicKey_out"], "RSA 2048"),
    (["genrsa", "2048"], ["rsa", "-pubout", "-outform", "DER"], "RSA 2048"),
    (["genpkey", "-algorithm", "ed25519"], ["pkey", "-pubout"], "Ed25519"),
    (["genpkey", "-algorithm", "ed25519"], ["pkey", "-pubout", "-outform", "DER"], "Ed25519"),
])  # fmt: skip
def test_files_of_openssl(make: list[str], options: list[str], words: str, tmp_path: Path) -> None:
    """What openssl prints is read, DER after base64."""
    private = run("openssl", *make, cwd=tmp_path)
    command = ["openssl", *options]
    public = subprocess.run(command, input=private.encode(), capture_output=True, check=True).stdout
    content = b64(public) if "DER" in options else public.decode()
    assert dkim.describe(text_of(key={"file": "k", "text": content})) == words
    assert rule_of(lambda: dkim_key.key_file_record(private)) == "DKM007"


# The section --------------------------------------------------------------------------------


@pytest.mark.parametrize(("fields", "text"), [
    ({"p": P2048}, f"v=DKIM1; k=rsa; p={P2048}"),
    ({"p": wrapped(P2048)}, f"v=DKIM1; k=rsa; p={P2048}"),                # a folded scalar
    ({"p": P2048, "k": "rsa"}, f"v=DKIM1; k=rsa; p={P2048}"),
    ({"p": P_ED25519}, f"v=DKIM1; k=ed25519; p={P_ED25519}"),             # k is found out
    ({"p": P2048, "t": "y:s"}, f"v=DKIM1; k=rsa; t=y:s; p={P2048}"),
    ({"p": P2048, "t": ["y", "s"]}, f"v=DKIM1; k=rsa; t=y:s; p={P2048}"),
    ({"p": P2048, "h": "sha256", "s": "email:x"}, f"v=DKIM1; k=rsa; h=sha256; s=email:x; p={P2048}"),
    ({"p": P2048, "n": "for the shop"}, f"v=DKIM1; k=rsa; n=for the shop; p={P2048}"),
    ({"revoked": True}, "v=DKIM1; p="),
    ({"revoked": True, "n": "leaked"}, "v=DKIM1; n=leaked; p="),
])  # fmt: skip
def test_records_of_selectors(fields: dict[str, object], text: str) -> None:
    """A selector becomes one record in the canonical form."""
    assert text_of(**fields) == text


def test_names_types_and_times_of_the_records() -> None:
    """Owner names are in lower case; an alias is a CNAME; a selector may have its own TTL."""
    section = {
        "S1.Mail": {"p": P_ED25519, "ttl": "1d"},
        "s2": {"cname": "s2._domainkey.esp.example"},
        "*": {"revoked": True},
    }
    assert compiled(section) == [
        RRset("s1.mail._domainkey.example.com", "TXT", 86400, (f'"v=DKIM1; k=ed25519; p={P_ED25519}"',)),
        RRset("s2._domainkey.example.com", "CNAME", 3600, ("s2._domainkey.esp.example.",)),
        RRset("*._domainkey.example.com", "TXT", 3600, ('"v=DKIM1; p="',)),
    ]
    assert [rrset.key for rrset in compiled(section)] == [("S1.Mail",), ("s2",), ("*",)]


@pytest.mark.parametrize(("name", "ok"), [
    ("s1", True),
    ("S2026Q3", True),
    ("2026-11", True),
    ("a.b.c", True),
    ("a" * 63, True),
    ("*", True),
    ("my_key", False),            # no underscore in s=
    ("-a", False),
    ("a-", False),
    ("a..b", False),
    (".a", False),
    ("a.", False),
    ("", False),
    ("a" * 64, False),
    ("*.a", False),
    ("schlüssel", False),
    ("s1._domainkey", False),     # not the whole name
    ("s1\n", False),
])  # fmt: skip
def test_selector_names(name: str, ok: bool) -> None:
    """A selector is what may stand in s= of a signature."""
    if ok:
        assert list(SELECTORS.validate_python({name: {"revoked": True}})) == [name]
    else:
        assert errors_of({name: {"revoked": True}}) == [((name, "[key]"), "DKM014")]


@pytest.mark.parametrize(("fields", "where", "rule"), [
    ({}, (), "DKM002"),                                               # no key at all
    ({"revoked": False}, (), "DKM002"),
    ({"t": "y"}, (), "DKM002"),
    ({"p": P2048, "cname": "a.example.net"}, (), "DKM001"),
    ({"p": P2048, "key": {"file": "k", "text": P2048}}, (), "DKM001"),
    ({"p": P2048, "revoked": True}, (), "DKM009"),
    ({"cname": "a.example.net", "revoked": True}, (), "DKM009"),
    ({"revoked": True, "t": "y"}, (), "DKM009"),                      # would not be published
    ({"cname": "a.example.net", "n": "x"}, (), "DKM019"),
    ({"cname": "a.example.net", "t": "s"}, (), "DKM019"),
    ({"p": ""}, ("p",), "DKM009"),                                    # say revoked
    ({"p": "v=DKIM1; p=" + P2048}, ("p",), "DKM002"),                 # the whole record
    ({"p": P_PKCS1}, ("p",), "DKM007"),
    ({"p": pem(RSA_KEYS[2048])}, ("p",), "DKM007"),
    ({"p": P2048[:99] + '" "' + P2048[99:]}, ("p",), "DKM008"),
    ({"p": of_size(768)}, ("p",), "DKM004"),
    ({"p": of_size(8192)}, ("p",), "DKM004"),
    ({"p": P_ED25519_SPKI}, ("p",), "DKM005"),
    ({"p": P_ED25519, "k": "rsa"}, ("p",), "DKM005"),
    ({"p": P2048, "k": "ed25519"}, ("p",), "DKM005"),
    ({"key": {"file": "k", "text": P2048}, "k": "ed25519"}, ("key",), "DKM005"),
    ({"p": P2048, "t": "z"}, ("t",), "DKM010"),
    ({"p": P2048, "t": ["yes"]}, ("t",), "DKM010"),
    ({"p": P2048, "s": "e mail"}, ("s",), "DKM011"),
    ({"p": P2048, "h": "sha1"}, ("h",), "DKM012"),
    ({"p": P2048, "h": ["rsa-sha256"]}, ("h",), "DKM012"),
    ({"p": P2048, "h": "sha256:"}, ("h",), "DKM012"),
    ({"p": P2048, "n": "a;b"}, ("n",), "DKM003"),
    ({"p": P2048, "n": 'a"b'}, ("n",), "DKM003"),
    ({"p": P2048, "n": "straße"}, ("n",), "DKM003"),
    ({"cname": "a.example.net."}, ("cname",), "MXX011"),              # no trailing dot
    ({"p": P2048, "ttl": -1}, ("ttl",), "DNS006"),
    ({"p": P2048, "k": "dsa"}, ("k",), "DKM005"),
    ({"p": P2048, "v": "DKIM1"}, ("v",), "extra_forbidden"),
    ({"p": 5}, ("p",), "string_type"),
])  # fmt: skip
def test_selectors_that_cannot_be_built(fields: dict[str, object], where: tuple[str, ...], rule: str) -> None:
    """What must not be published is refused at its place in the YAML."""
    assert errors_of({"s1": fields}) == [(("s1", *where), rule)]


def test_the_raw_form_of_an_ed25519_key_is_offered() -> None:
    """Who pasted the longer form is told the one to write."""
    with pytest.raises(RuleError) as caught:
        dkim_key.parse_key(P_ED25519_SPKI)
    assert P_ED25519 in caught.value.fix


# Findings -----------------------------------------------------------------------------------

GOOD = {"p": P2048}


@pytest.mark.parametrize(("section", "expected"), [
    ({"s1": GOOD}, []),
    ({"s1": GOOD, "s2": {"p": P_ED25519}}, []),                          # signed twice
    ({"s1": GOOD, "s0": {"revoked": True}}, []),
    ({"s1": {"cname": "s1.esp.example"}}, []),
    ({"*": {"revoked": True}}, []),                                      # a parked domain
    ({"*": {"revoked": True}, "s1": {"revoked": True}}, []),
    ({"s1": GOOD, "s2": {"p": P3072, "s": "tlsrpt"}}, ["DKM004", "DKM017"]),  # a key for reports only is fine
    ({"s1": {"p": P1024}}, ["DKM004"]),
    ({"s1": {"p": of_size(4096)}}, ["DKM004", "DKM017"]),
    ({"s1": {"p": P_ED25519}}, ["DKM006"]),
    ({"s1": {"p": P_ED25519}, "s2": {"revoked": True}}, ["DKM006"]),
    ({"s1": {"p": P_ED25519}, "s2": {"cname": "s2.esp.example"}}, []),   # who knows what is there
    ({"s1": {"p": P2048, "t": "y"}}, ["DKM010"]),
    ({"s1": {"p": P2048, "t": "s"}}, []),
    ({"s1": {"p": P2048, "s": "email"}}, []),
    ({"s1": {"p": P2048, "s": "*"}}, []),
    ({"s1": {"p": P2048, "s": "tlsrpt"}}, ["DKM011"]),                   # none for mail
    ({"s1": GOOD, "s2": {"p": P2048, "s": "fax"}}, ["DKM011"]),          # a service nobody has
    ({"s1": {"p": P2048, "h": "sha1:sha256"}}, ["DKM012"]),
    ({"s1": {"p": P2048, "h": "sha256"}}, []),
    ({"s1": GOOD, "S1": {"p": P2048}}, ["DKM001"]),                      # one name in DNS
    ({"*": GOOD}, ["DKM020"]),
    ({"*": {"cname": "x.esp.example"}}, ["DKM020"]),
    ({"*": {"revoked": True}, "s1": GOOD}, ["DKM020"]),
])  # fmt: skip
def test_findings_about_selectors(section: dict[str, object], expected: list[str]) -> None:
    """What is legal and unwise is found, and nothing else."""
    assert rules(checked(section)) == expected


def test_findings_point_at_the_tag() -> None:
    """A finding about a tag has the selector's key and the tag's."""
    (found,) = checked({"s1": {"p": P2048, "t": "y"}})
    assert (found.key, found.severity) == (("s1", "t"), Severity.WARNING)


def test_names_that_do_not_fit() -> None:
    """The name with selector and domain is limited, though each may be legal."""
    domain = ".".join(["d" * 60] * 4)[:233]
    assert checked({"s1": GOOD, "s" * 50: {"revoked": True}}, domain)[0].rule == "DKM014"
    assert "DKM014" not in rules(checked({"s" * 8: {"revoked": True}}, domain))


@pytest.mark.parametrize(("p", "texts", "octets"), [
    (P1024, 234, 306),
    (P2048, 410, 483),
    (of_size(4096), 754, 828),
    (P_ED25519, 66, 132),
])  # fmt: skip
def test_size_of_answers(p: str, texts: int, octets: int) -> None:
    """The estimate is close to what was measured with named."""
    text = text_of(p=p)
    size = dkim.answer_octets("s1._domainkey.example.com", text)
    assert abs(len(text) - texts) <= 10
    assert abs(size - octets) <= 15


NAME = "s1._domainkey.example.com"


@pytest.mark.parametrize(("name", "texts", "expected"), [
    (NAME, [BASE], []),
    (NAME, [BASE + ";"], []),
    (NAME, ["v=DKIM1; p="], []),
    (NAME, [f"v=DKIM1; k=rsa; s=tlsrpt; p={P2048}"], []),              # what others say is not known here
    (NAME, [BASE, f"v=DKIM1; p={P1024}"], ["DKM001", "DKM004"]),
    (NAME, ["v=spf1 -all"], ["DKM002"]),
    (NAME, ["k=rsa; v=DKIM1; p="], ["DKM002"]),
    (NAME, [f"v=DKIM1; K=rsa; p={P2048}"], ["DKM003"]),                # ignored, so the default counts
    (NAME, [f"v=DKIM1; k=rsa; k=rsa; p={P2048}"], ["DKM003"]),
    (NAME, [f"v=DKIM1; p={of_size(512)}"], ["DKM004"]),
    (NAME, [f"v=DKIM1; k=ed25519; p={P_ED25519_SPKI}"], ["DKM005"]),
    (NAME, [f"v=DKIM1; p={P_PKCS1}"], ["DKM007"]),
    (NAME, [f'v=DKIM1; p={P2048[:9]}" "{P2048[9:]}'], ["DKM008"]),
    (NAME, [f"v=DKIM1; t=y; p={P2048}"], ["DKM010"]),
    (NAME, [f"v=DKIM1; s=fax; p={P2048}"], ["DKM011"]),
    (NAME, [f"v=DKIM1; h=sha1; p={P2048}"], ["DKM012"]),
    (NAME, [BASE + "; "], ["DKM013"]),
    ("my_key._domainkey.example.com", [BASE], ["DKM014"]),
    ("*._domainkey.example.com", ["v=DKIM1; p="], []),
    ("*._domainkey.example.com", [BASE], ["DKM020"]),
    ("*.a._domainkey.example.com", [BASE], ["DKM020"]),
    ("_adsp._domainkey.example.com", ["dkim=all"], ["ADS001"]),
])  # fmt: skip
def test_findings_about_live_records(name: str, texts: list[str], expected: list[str]) -> None:
    """Records that stand in a zone are judged as verifiers read them."""
    assert rules(list(dkim.check_rrset(name, texts))) == expected


@pytest.mark.parametrize(("name", "owned"), [
    (NAME, True),
    ("*._domainkey.example.com", True),
    ("_adsp._domainkey.example.com", True),
    ("a.b._domainkey.mail.example.com", True),
    ("example.com", False),
    ("_dmarc.example.com", False),
    ("_domainkey.example.com", False),     # DomainKeys, the predecessor
])  # fmt: skip
def test_owns(name: str, owned: bool) -> None:
    """DKIM's names have _domainkey behind a selector."""
    assert dkim.owns(name) is owned


# ADSP ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "practice"), [
    ("dkim=unknown", "unknown"),
    ("dkim=all", "all"),
    ("dkim = discardable ; x=1", "discardable"),
    ("dkim=strict", "unknown"),              # not defined
])  # fmt: skip
def test_adsp_records(text: str, practice: str) -> None:
    """An ADSP record is read by RFC 5617 §4.2.1."""
    assert dkim.parse_adsp(text) == practice


@pytest.mark.parametrize("text", ["", "all", "x=1; dkim=all", "dkim=all; dkim=all", "DKIM=all"])
def test_adsp_records_that_are_none(text: str) -> None:
    """What does not begin with dkim= is no ADSP record."""
    assert rule_of(lambda: dkim.parse_adsp(text)) == "ADS001"


@pytest.mark.parametrize("practice", ["unknown", "all", "discardable"])
def test_adsp_is_published_and_warned_about(practice: dkim.Adsp) -> None:
    """The record is made as asked, with a warning."""
    (rrset,) = dkim.adsp_rrsets(practice, "example.com", 60)
    assert rrset == RRset("_adsp._domainkey.example.com", "TXT", 60, (f'"dkim={practice}"',))
    assert dkim.parse_adsp(txt_text(rrset.rdatas[0])) == practice
    (found,) = dkim.check_adsp(practice, "example.com")
    assert (found.rule, found.severity, found.key) == ("ADS001", Severity.WARNING, ("adsp",))


@given(st.dictionaries(st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,5}", fullmatch=True), NOTES, max_size=5))
def test_tag_lists(tags: dict[str, str]) -> None:
    """A tag list is read back in its order, with and without white space."""
    assert parse_tags("; ".join(f"{name}={value}" for name, value in tags.items())) == tags
    assert list(parse_tags("".join(f" {name} = {value}\t;" for name, value in tags.items()))) == list(tags)
