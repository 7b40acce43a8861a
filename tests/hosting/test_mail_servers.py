"""OpenDKIM and Postfix take the tables that stszone renders."""

from __future__ import annotations

import base64
import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from stszone.cli.session import Session
from stszone.errors import RefusedError
from stszone.hosting.opendkim import opendkim
from tests.cli.run import Place
from tests.conformance.named import free_port
from tests.hosting.conftest import apply, rendered
from tests.hosting.web import LOOPBACK, WAIT, directory_for_servers, program, unprivileged

Key = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


def public(key: Key) -> str:
    """The `p` of a key's record."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        form = serialization.Encoding.Raw, serialization.PublicFormat.Raw
    else:
        form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    return base64.b64encode(key.public_key().public_bytes(*form)).decode()


@pytest.fixture(scope="module")
def keys() -> dict[str, Key]:
    """Two RSA keys and an Ed25519 key, by selector."""
    made = {name: rsa.generate_private_key(65537, 2048) for name in ("s1", "s2")}
    return {**made, "e1": ed25519.Ed25519PrivateKey.generate()}


def dkim(keys: dict[str, Key], *selectors: str) -> str:
    return "".join(f"  {name}: {{p: {public(keys[name])}}}\n" for name in selectors)


def table(files: dict[str, bytes], name: str) -> list[str]:
    """The lines that count."""
    return [line for line in files[name].decode().splitlines() if not line.startswith("#")]


def test_only_keys_of_our_own_sign(place: Place, keys: dict[str, Key]) -> None:
    """Aliases, revoked selectors and keys for TLS reports alone are in no table."""
    place.write(
        "zones/example.com.yaml",
        f"""
mx: [mail.example.com, mx.provider.example]
hosts: {{mail.example.com: {{ipv4: [192.0.2.1], ipv6: ["2001:db8::1"]}}, www.example.com: {{ipv4: [192.0.2.9]}}}}
spf: {{terms: [mx, "ip4:198.51.100.1"], all: fail}}
dkim:
{dkim(keys, "s1")}
  alias: {{cname: selector1-example-com._domainkey.tenant.example}}
  old: {{revoked: true}}
  reports: {{p: {public(keys["s2"])}, s: tlsrpt}}
""",
    )
    files = rendered(place, "opendkim")
    line = "s1._domainkey.example.com example.com:s1:/etc/opendkim/keys/example.com/s1.private"
    assert table(files, "KeyTable") == [line]
    assert table(files, "SigningTable") == ["*@example.com s1._domainkey.example.com"]
    assert table(files, "TrustedHosts") == ["127.0.0.1", "::1", "localhost", "192.0.2.1", "2001:db8::1"]
    assert not any(b"PRIVATE" in data for data in files.values())


def test_a_new_key_does_not_sign_before_it_is_published(place: Place, keys: dict[str, Key]) -> None:
    """The published key goes on signing, also where the new one stands first; after `apply` the first does."""
    place.write("zones/example.com.yaml", f"dkim:\n{dkim(keys, 's1')}")
    assert table(rendered(place, "opendkim"), "SigningTable") == ["*@example.com s1._domainkey.example.com"]
    assert b"is not known to be in DNS" in rendered(place, "opendkim")["SigningTable"]
    apply(place)
    assert b"is not known to be in DNS" not in rendered(place, "opendkim")["SigningTable"]
    place.write("zones/example.com.yaml", f"dkim:\n{dkim(keys, 's2', 's1')}")
    assert table(rendered(place, "opendkim"), "SigningTable") == ["*@example.com s1._domainkey.example.com"]
    apply(place)
    assert table(rendered(place, "opendkim"), "SigningTable") == ["*@example.com s2._domainkey.example.com"]


def test_ed25519_signs_only_where_nobody_has_rsa(place: Place, keys: dict[str, Key]) -> None:
    """OpenDKIM has one algorithm for all keys."""
    place.write("zones/example.com.yaml", f"dkim:\n{dkim(keys, 'e1', 's1')}")
    assert table(rendered(place, "opendkim"), "SigningTable") == ["*@example.com s1._domainkey.example.com"]
    place.write("zones/example.com.yaml", f"dkim:\n{dkim(keys, 'e1')}")
    files = rendered(place, "opendkim")
    assert table(files, "SigningTable") == ["*@example.com e1._domainkey.example.com"]
    assert b"SignatureAlgorithm ed25519-sha256" in files["SigningTable"]


def test_no_key_of_our_own_is_an_error(place: Place) -> None:
    """Empty tables would switch signing off without a word."""
    place.write("zones/example.com.yaml", "dkim: {old: {revoked: true}}\n")
    with pytest.raises(RefusedError, match="a DKIM key of its own"):
        rendered(place, "opendkim")


class OpenDkim:
    """A signer with rendered tables, and a mail server that asks it."""

    def __init__(self, directory: Path, extra: str = "") -> None:
        self.directory, self.port = directory, free_port()
        configuration = directory / "opendkim.conf"
        configuration.write_text(
            f"Mode s\nSocket inet:{self.port}@{LOOPBACK}\nSyslog no\nRequireSafeKeys no\n{extra}"
            f"KeyTable {directory}/KeyTable\nSigningTable refile:{directory}/SigningTable\n"
            f"InternalHosts {directory}/TrustedHosts\nExternalIgnoreList {directory}/TrustedHosts\n"
        )
        command = [program("opendkim"), "-x", str(configuration)]
        checked = subprocess.run([*command, "-n"], capture_output=True, text=True, timeout=WAIT)
        assert checked.returncode == 0, checked.stderr
        self.process = subprocess.Popen(
            [*command, "-f"], **unprivileged()  # type: ignore[call-overload]  # the pieces of a call
        )  # fmt: skip
        end = time.monotonic() + WAIT
        while not self._listens():
            assert self.process.poll() is None and time.monotonic() < end
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(0.02)  # its end would be the end of waiting

    def _listens(self) -> bool:
        try:
            socket.create_connection((LOOPBACK, self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def stop(self) -> None:
        self.process.kill()  # asked politely it takes five seconds, and it has nothing to lose
        self.process.wait(WAIT)

    def signatures(self, sender: str, client: str = "127.0.0.1") -> str:
        """The signatures that a message gets."""
        script = self.directory / "mail.lua"
        script.write_text(f"""
conn = mt.connect("inet:{self.port}@{LOOPBACK}", 40, 0.05)
mt.negotiate(conn, nil, nil, nil)
mt.conninfo(conn, "client.example.net", "{client}")
mt.macro(conn, SMFIC_MAIL, "i", "test")
mt.mailfrom(conn, "{sender}")
mt.header(conn, "From", "{sender}")
mt.eoh(conn)
if mt.getreply(conn) == SMFIR_CONTINUE then  -- else the signer wants no more of this message
  mt.bodystring(conn, "hello\\r\\n")
  mt.eom(conn)
  for n = 0, 9 do
    local found = mt.getheader(conn, "DKIM-Signature", n)
    if not found then break end
    mt.echo("signature " .. found)
  end
end
mt.disconnect(conn)
""")
        done = subprocess.run(
            [program("miltertest"), "-s", str(script)], capture_output=True, text=True, timeout=WAIT
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def directory() -> Iterator[Path]:
    """A directory that servers can read."""
    made = directory_for_servers()
    yield made
    shutil.rmtree(made)


def install(place: Place, directory: Path, keys: dict[str, Key]) -> None:
    """Rendered tables, and the private keys where these look for them."""
    _, _, state = Session(place.root / "zones", place.root / "providers", "text").read()
    files = opendkim(state, state.lives.keys(), keys=str(directory / "keys"))
    for name, data in files.items():
        (directory / name).write_bytes(data)
    for line in table(files, "KeyTable"):
        path = Path(line.rpartition(":")[2])
        path.parent.mkdir(parents=True, exist_ok=True)
        form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        path.write_bytes(keys[path.stem].private_bytes(*form))


@pytest.mark.server
@pytest.mark.parametrize(
    ("selectors", "extra", "said"),
    [
        (("s1",), "", "a=rsa-sha256; c=simple/simple; d=example.com; s=s1;"),
        (("e1", "s1"), "", "a=rsa-sha256; c=simple/simple; d=example.com; s=s1;"),
        (("s1", "e1"), "MultipleSignatures yes\n", "a=rsa-sha256; c=simple/simple; d=example.com; s=s1;"),
        (("e1",), "SignatureAlgorithm ed25519-sha256\n", "a=ed25519-sha256; c=simple/simple; d=example.com; s=e1;"),
    ],
)  # fmt: skip
def test_opendkim_signs_with_the_tables(
    place: Place, directory: Path, keys: dict[str, Key], selectors: tuple[str, ...], extra: str, said: str
) -> None:
    """Mail of the domain from a trusted host gets one signature, by the key that is to sign."""
    program("opendkim"), program("miltertest")
    place.write("zones/example.com.yaml", f"dkim:\n{dkim(keys, *selectors)}")
    install(place, directory, keys)
    signer = OpenDkim(directory, extra)
    try:
        signed = signer.signatures("user@example.com")
        assert said in signed
        assert signed.count("signature ") == 1
        assert signer.signatures("user@elsewhere.example") == ""
        assert signer.signatures("user@example.com", client="198.51.100.7") == ""
    finally:
        signer.stop()


POLICIES = {
    "enforce.example": """
mx: [mx1.enforce.example, mx2.enforce.example]
hosts: {mx1.enforce.example: {ipv4: [192.0.2.1]}, mx2.enforce.example: {ipv4: [192.0.2.2]}}
mta_sts: {mode: enforce, max_age: 604800, policy_host: {ipv4: [192.0.2.1]}}
""",
    "wild.example": """
mx: [a.mx.wild.example]
hosts: {a.mx.wild.example: {ipv4: [192.0.2.1]}}
mta_sts: {mode: enforce, mx: ["*.mx.wild.example"], policy_host: {ipv4: [192.0.2.1]}}
""",
    "testing.example": """
mx: [mx.provider.example]
mta_sts: {mode: testing, policy_host: {ipv4: [192.0.2.1]}}
""",
    "none.example": """
mx: [mx.provider.example]
mta_sts: {mode: none, policy_host: {ipv4: [192.0.2.1]}}
""",
    "delegated.example": """
mx: [mx.provider.example]
mta_sts: {cname: _mta-sts.provider.example, policy_host: {cname: mta-sts.provider.example}}
""",
    "without.example": "mx: [mx.provider.example]\n",
}


@pytest.mark.server
@pytest.mark.parametrize("kind", ["texthash", "hash"])
def test_postfix_finds_the_policies(place: Place, directory: Path, kind: str) -> None:
    """Mode enforce is `secure` with the names of the policy; no other mode stops or weakens mail."""
    postmap = program("postmap")
    for name, text in POLICIES.items():
        place.write(f"zones/{name}.yaml", text)
    path = directory / "tls_policy"
    path.write_bytes(rendered(place, "postfix")["tls_policy"])
    (directory / "main.cf").write_text(f"compatibility_level = 3.6\nqueue_directory = {directory}\n")
    environment = {**os.environ, "MAIL_CONFIG": str(directory)}

    def run(*words: str) -> str:
        done = subprocess.run(
            [postmap, *words], capture_output=True, text=True, env=environment, timeout=WAIT
        )
        assert done.stderr == ""
        return done.stdout.strip()

    if kind == "hash":
        run(f"hash:{path}")
    found = {name: run("-q", name, f"{kind}:{path}") for name in POLICIES}
    assert found == {
        "enforce.example": "secure match=mx1.enforce.example:mx2.enforce.example servername=hostname",
        "wild.example": "secure match=.mx.wild.example servername=hostname",
        "testing.example": "", "none.example": "", "delegated.example": "", "without.example": "",
    }  # fmt: skip
    why = path.read_text()
    assert "testing.example: no entry; its policy has mode testing" in why
    assert "delegated.example: no entry; its policy is not decided here" in why
    assert "without.example" not in why
