"""What should be live as files: policies, zone files, octoDNS YAML."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from io import StringIO

from octodns.yaml import safe_dump
from octodns.zone import Zone as OctoZone

from stszone.compiler import Zone
from stszone.planning.config import Config
from stszone.planning.source import to_record
from stszone.policy_host import policy_path
from stszone.store.state import State

Files = dict[str, bytes]


def policy_files(state: State, config: Config, domains: Collection[str], now: datetime) -> Files:
    """The tree of policy hosts."""
    policies = {name: policy for name, policy in state.compiled.policies.items() if name in domains}
    return {str(policy_path(policy)): policy.body for policy in policies.values()}


def zone_files(state: State, config: Config, domains: Collection[str], now: datetime) -> Files:
    """Our records as master file fragments, to be read or included; without SOA and NS."""
    files = {}
    for zone in _zones(state, domains):
        lines = [
            f"{rrset.name}. {rrset.ttl} IN {rrset.type} {rdata}\n"
            for rrset in sorted(zone.rrsets.values(), key=lambda one: (one.name.split(".")[::-1], one.type))
            for rdata in rrset.rdatas
        ]
        files[f"{_file_name(zone)}.zone"] = "".join(lines).encode()
    return files


def octodns_files(state: State, config: Config, domains: Collection[str], now: datetime) -> Files:
    """Our records as zone files of octoDNS's YamlProvider (escaped_semicolons: false)."""
    files = {}
    for zone in _zones(state, domains):
        octo = OctoZone(f"{zone.name}.", [])
        names: dict[str, list[Mapping[str, object]]] = {}
        for rrset in zone.rrsets.values():
            record = to_record(octo, rrset)
            data = {"type": rrset.type, **record.data}
            names.setdefault(record.name, []).append(_unescaped(data) if rrset.type == "TXT" else data)
        out = StringIO()
        safe_dump({name: items[0] if len(items) == 1 else items for name, items in names.items()}, out)
        files[f"{_file_name(zone)}.yaml"] = out.getvalue().encode()
    return files


def _unescaped(data: Mapping[str, object]) -> dict[str, object]:
    """TXT without octoDNS's inner escapes."""
    plain: dict[str, object] = {}
    for key, value in data.items():
        if isinstance(value, str) and key == "value":
            plain[key] = value.replace("\\;", ";")
        elif isinstance(value, list):
            plain[key] = [str(item).replace("\\;", ";") for item in value]
        else:
            plain[key] = value
    return plain


def _zones(state: State, domains: Collection[str]) -> list[Zone]:
    """Zones that hold something of these mail domains."""
    return [
        zone
        for zone in state.compiled.zones.values()
        if zone.rrsets and any(not set(owners).isdisjoint(domains) for owners in zone.owners.values())
    ]


def _file_name(zone: Zone) -> str:
    return zone.name.replace("/", "-")
