"""Stock octoDNS with nothing but this package: the console scripts, over HTTP, in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conoha.conftest import Start
from tests.conoha.fake import FakeConoha
from tests.conoha.provider import ZONE
from tests.conoha.test_provider import BOTH

PROVIDERS = Path(__file__).parents[2] / "providers"

ZONE_FILE = """\
---
'':
  - {type: MX, ttl: 3600, values: [{preference: 10, exchange: mx.example.com.}]}
  - {type: TXT, ttl: 3600, values: [v=spf1 mx -all, site=1]}
_dmarc: {type: TXT, ttl: 3600, value: "v=DMARC1; p=none; rua=mailto:d@example.com"}
_sip._tcp: {type: SRV, ttl: 3600, value: {priority: 0, weight: 1, port: 5060, target: mx.example.com.}}
mx:
  - {type: A, ttl: 600, values: [192.0.2.1, 192.0.2.2]}
  - {type: AAAA, ttl: 600, value: "2001:db8::1"}
www: {type: CNAME, ttl: 600, value: mx.example.com.}
"""


def config(directory: Path, conoha: FakeConoha, zones: str) -> Path:
    """A configuration that names only octoDNS and this package."""
    user = "username" if conoha.generation == "v2" else "user_id"
    path = directory / "config.yaml"
    path.write_text(f"""\
---
manager: {{max_workers: 2}}
providers:
  files:
    class: octodns.provider.yaml.YamlProvider
    directory: {directory / "zones"}
    escaped_semicolons: false
    enforce_order: false
  conoha:
    class: octodns_conoha.ConohaProvider
    region: {conoha.region}
    tenant_id: env/CONOHA_TENANT_ID
    {user}: env/CONOHA_USER
    password: env/CONOHA_PASSWORD
    identity_endpoint: {conoha.identity_url}
    dns_endpoint: {conoha.dns_url}
    root_ns_warnings: false
zones:
{zones}
""")
    (directory / "zones").mkdir(exist_ok=True)
    (directory / "zones" / f"{ZONE}yaml").write_text(ZONE_FILE)
    return path


FROM_FILES = "  example.com.: {sources: [files], targets: [conoha]}"


def run(script: str, conoha: FakeConoha, *arguments: object) -> subprocess.CompletedProcess[str]:
    """One of octoDNS's console scripts."""
    who = conoha.account
    user = who.user_name if conoha.generation == "v2" else who.user_id
    environment = {
        **os.environ, "PYTHONPATH": str(PROVIDERS),
        "CONOHA_TENANT_ID": who.tenant_id, "CONOHA_USER": user, "CONOHA_PASSWORD": who.password,
    }  # fmt: skip
    command = [str(Path(sys.executable).parent / script), *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


@BOTH
def test_plan_apply_and_an_empty_plan(generation: str, start: Start, tmp_path: Path) -> None:
    """octodns-sync shows what is to come, does it, and has nothing to do then; no secret is printed."""
    conoha = start(generation)
    conoha.seed(ZONE)
    conoha.add(ZONE, "old.example.com.", "A", "192.0.2.9")
    file = config(tmp_path, conoha, FROM_FILES)

    planned = run("octodns-sync", conoha, "--config-file", file, "--debug")
    assert planned.returncode == 0, planned.stderr
    assert "Creates=7, Updates=0, Deletes=1, Existing=1" in planned.stdout + planned.stderr
    assert not conoha.log.writes

    applied = run("octodns-sync", conoha, "--config-file", file, "--doit", "--debug")
    assert applied.returncode == 0, applied.stderr
    assert conoha.held(ZONE) == {
        ("example.com.", "MX"): (3600, frozenset({"10 mx.example.com."})),
        ("example.com.", "TXT"): (3600, frozenset({'"v=spf1 mx -all"', '"site=1"'})),
        ("_dmarc.example.com.", "TXT"): (3600, frozenset({'"v=DMARC1; p=none; rua=mailto:d@example.com"'})),
        ("_sip._tcp.example.com.", "SRV"): (3600, frozenset({"0 1 5060 mx.example.com."})),
        ("mx.example.com.", "A"): (600, frozenset({"192.0.2.1", "192.0.2.2"})),
        ("mx.example.com.", "AAAA"): (600, frozenset({"2001:db8::1"})),
        ("www.example.com.", "CNAME"): (600, frozenset({"mx.example.com."})),
    }

    again = run("octodns-sync", conoha, "--config-file", file, "--debug")
    assert "No changes" in again.stdout + again.stderr
    for one in (planned, applied, again):
        assert not any(secret in one.stdout + one.stderr for secret in conoha.secrets)


@pytest.mark.parametrize("generation", ["v3"])
def test_zones_can_be_dumped(generation: str, start: Start, tmp_path: Path) -> None:
    """octodns-dump reads every zone of the account, as for a move to files."""
    conoha = start(generation)
    conoha.seed(
        ZONE, {("a.example.com.", "TXT"): (300, ['"x; y"']), ("mx.example.com.", "A"): (300, ["192.0.2.1"])}
    )
    file = config(tmp_path, conoha, '  "*": {sources: [conoha], targets: [files]}')
    out = tmp_path / "out"
    dumped = run("octodns-dump", conoha, "--config-file", file, "--output-dir", out, "*", "conoha")
    assert dumped.returncode == 0, dumped.stderr
    assert {"a:", "mx:"} <= set((out / f"{ZONE}yaml").read_text().splitlines())
