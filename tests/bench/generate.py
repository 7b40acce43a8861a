"""The benchmark's repositories: N mail domains of 15 RRsets, as stszone YAML and as octoDNS YAML."""

from __future__ import annotations

import base64
import random
import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]

_DOMAIN = """\
extends: [fleet]
dkim:
  s1: {{p: {key1}}}
  s2: {{p: {key2}}}
spf: {{terms: [mx, "ip4:198.51.{high}.{low}", "include:_spf.google.com"], all: softfail}}
site_verification: [google-site-verification={token}]
"""

_PROFILE = """\
ttl: 3600
hosts:
  "mail.{domain}": {ipv4: [203.0.113.10], ipv6: ["2001:db8::10"], ptr: false}
aliases: {"imap.{domain}": "mail.{domain}", "smtp.{domain}": "mail.{domain}"}
mx: [{host: "mail.{domain}", preference: 10}, {host: mx2.example.net, preference: 20}]
dmarc: {p: quarantine, rua: ["mailto:dmarc@example.net"]}
mta_sts:
  mode: testing
  max_age: 604800
  policy_host: {cname: policies.example.net}
tls_rpt: {rua: ["mailto:tls@example.net"]}
caa: ['0 issue "letsencrypt.org"', '0 issuewild ";"']
services: {imaps: "mail.{domain}", submissions: "mail.{domain}"}
"""

_OCTODNS_CONFIG = """\
manager:
  max_workers: 1
providers:
  config: {{class: octodns.provider.yaml.YamlProvider, directory: octodns, default_ttl: 3600, escaped_semicolons: false}}
  files: {{class: {target}, directory: {directory}{more}}}
zones:
{zones}
"""

STOCK = ("octodns_bind.ZoneFileProvider", "")
OURS = (
    "stszone.planning.zonefile.ZoneFile",
    ", ns: [ns1.example.net], soa: {contact: hostmaster@example.net}",
)


def make_repository(directory: Path, count: int) -> None:
    """zones/ and providers/ of `count` mail domains; the same for the same count."""
    chance = random.Random(count)
    zones = directory / "zones"
    zones.mkdir(parents=True)
    (zones / "_fleet.yaml").write_text(_PROFILE)
    for number in range(count):
        text = _DOMAIN.format(
            key1=_key(chance), key2=_key(chance), high=number // 256 % 256, low=number % 256,
            token=base64.urlsafe_b64encode(chance.randbytes(32)).decode().rstrip("="),
        )  # fmt: skip
        (zones / f"domain{number:05}.example.yaml").write_text(text)
    shutil.copytree(ROOT / "providers", directory / "providers")


def _key(chance: random.Random) -> str:
    """A 2048-bit RSA SubjectPublicKeyInfo with a modulus made of noise; no two are alike."""
    head = bytes.fromhex("30820122300d06092a864886f70d01010105000382010f003082010a0282010100")
    modulus = (
        bytes([chance.randrange(128, 256)]) + chance.randbytes(254) + bytes([chance.randrange(1, 256, 2)])
    )
    return base64.b64encode(head + modulus + bytes.fromhex("0203010001")).decode()


def octodns_config(directory: Path, zones: list[str], provider: tuple[str, str], files: str) -> Path:
    """A configuration for octodns-sync over octodns/*.yaml, to zone files in a directory."""
    lines = "\n".join(f"  {zone}.: {{sources: [config], targets: [files]}}" for zone in zones)
    path = directory / f"{provider[0].rpartition('.')[2]}.yaml"
    path.write_text(
        _OCTODNS_CONFIG.format(target=provider[0], directory=files, more=provider[1], zones=lines)
    )
    return path
