"""Plans over AXFR: the same zones at one named, asked by stszone and by octodns-sync in turn."""

from __future__ import annotations

import base64
import re
import secrets
import statistics
from pathlib import Path

from tests.bench.generate import make_repository
from tests.bench.run import BIN, Run, median, run
from tests.conformance.named import ALGORITHM, HOST, KEY, Named, find_named

_ENTRY = "class: {target}, host: {host}, port: {port}, key_name: {key}, key_secret: {secret}, key_algorithm: {algorithm}"

_STOCK = """\
manager: {{max_workers: 1}}
providers:
  config: {{class: octodns.provider.yaml.YamlProvider, directory: octodns, default_ttl: 3600, escaped_semicolons: false}}
  zonefile: {{{entry}}}
zones:
{zones}
"""


def measure_axfr(directory: Path, count: int, repeats: int) -> dict[str, list[Run]]:
    """Wall, CPU and memory of a plan without changes, by command, run by run."""
    program = find_named()
    if program is None:
        raise SystemExit("named (Debian: bind9) is not installed")
    make_repository(directory, count)
    stszone = str(BIN / "stszone")
    run(directory, stszone, "apply")
    run(directory, stszone, "render", "octodns", "--out", "octodns")
    zones = sorted(path.stem for path in (directory / "octodns").glob("*.yaml"))
    (directory / "named").mkdir()
    secret = base64.b64encode(secrets.token_bytes(32)).decode()
    named = Named(directory / "named", program, secret, tuple(zones), directory / "build/zones")
    try:
        named.wait()
        return _measure(directory, named, zones, repeats)
    finally:
        named.stop()


def _measure(directory: Path, named: Named, zones: list[str], repeats: int) -> dict[str, list[Run]]:
    """The target keeps its id, so that the ledger goes on to hold."""
    entry = _ENTRY.format(
        target="octodns_bind.Rfc2136Provider", host=HOST, port=named.port, key=KEY, secret=named.secret,
        algorithm=ALGORITHM,
    )  # fmt: skip
    config = directory / "providers/octodns.yaml"
    shipped = config.read_text()
    config.write_text(re.sub(r"\n  zonefile:\n(    .*\n)+", f"\n  zonefile: {{{entry}}}\n", shipped))
    stock = directory / "stock.yaml"
    lines = "\n".join(f"  {zone}.: {{sources: [config], targets: [zonefile]}}" for zone in zones)
    stock.write_text(_STOCK.format(entry=entry, zones=lines))
    commands = {
        "stszone plan --detailed-exitcode": (str(BIN / "stszone"), "plan", "--detailed-exitcode"),
        "octodns-sync": (str(BIN / "octodns-sync"), "--quiet", "--config-file", str(stock)),
    }
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(repeats):
        for name, command in commands.items():
            runs[name].append(run(directory, *command))
    return runs


def show_axfr(directory: Path, count: int, repeats: int) -> None:
    """Measure and print."""
    runs = measure_axfr(directory, count, repeats)
    print(f"\n{count:,} zones at a named on loopback, AXFR with TSIG, nothing changed")  # noqa: T201 - a report
    for label, many in runs.items():
        one, walls = median(many), [each.wall for each in many]
        print(  # noqa: T201
            f"  {label:<34} {one.wall:7.2f} s wall ({min(walls):.2f} to {max(walls):.2f}) "
            f"{one.cpu:7.2f} s CPU {one.memory / 1024:6.0f} MB"
        )
    ours, stock = ([one.wall for one in many] for many in runs.values())
    print(f"  plan / octodns-sync: {statistics.median(ours) / statistics.median(stock):.3f}")  # noqa: T201
