"""`make bench`: stszone and octodns-sync in turn, in one run, over the same records.

Prints wall time, CPU time and peak memory of each, and the ratios that the project promises:
a plan with nothing to change costs at most a quarter of octodns-sync's, at any size; a check at
most a millisecond a domain; at most 40 kB a domain.  Ratios within one run are what counts: the
absolute times are this machine's, today.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.bench.generate import OURS, STOCK, make_repository, octodns_config

BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Run:
    """One finished process."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds, user and system."""
    memory: int
    """Peak resident set, in kB."""


def run(directory: Path, *command: str) -> Run:
    """Run a command to its end; its output is thrown away.  Raises on failure."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} in {directory}: exit {process.returncode}")
    return Run(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)


def median(runs: list[Run]) -> Run:
    """The median of each figure."""
    return Run(
        *(statistics.median(getattr(one, field) for one in runs) for field in ("wall", "cpu", "memory"))
    )


def measure(count: int, repeats: int, base: Run) -> None:
    """All figures for one number of domains."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        make_repository(directory, count)
        stszone = str(BIN / "stszone")
        run(directory, stszone, "apply")
        run(directory, stszone, "render", "octodns", "--out", "octodns")
        zones = sorted(path.stem for path in (directory / "octodns").glob("*.yaml"))
        commands = {
            "plan": (stszone, "plan"),
            "check": (stszone, "check", "--format", "json"),
            "stock": _sync(octodns_config(directory, zones, STOCK, "stock")),
            "ours": _sync(octodns_config(directory, zones, OURS, "build/zones")),
        }
        runs: dict[str, list[Run]] = {name: [] for name in commands}
        for _ in range(repeats):
            for name, command in commands.items():
                runs[name].append(run(directory, *command))
    _show(count, {name: median(many) for name, many in runs.items()}, base)


def _sync(config: Path) -> tuple[str, ...]:
    return (str(BIN / "octodns-sync"), "--quiet", "--config-file", str(config))


def _show(count: int, got: dict[str, Run], base: Run) -> None:
    plan, check = got["plan"], got["check"]
    rows = (
        ("stszone plan, nothing changed", plan),
        ("octodns-sync, octodns_bind.ZoneFileProvider (never reads back)", got["stock"]),
        ("octodns-sync, stszone's zone files (read back, nothing changed)", got["ours"]),
        ("stszone check", check),
    )
    print(f"\n{count:,} mail domains, 15 RRsets each")  # noqa: T201 - a report on a terminal
    for label, one in rows:
        print(f"  {label:<66} {one.wall:7.2f} s wall {one.cpu:7.2f} s CPU {one.memory / 1024:6.0f} MB")  # noqa: T201
    print(  # noqa: T201
        f"  plan / octodns-sync: {plan.wall / got['stock'].wall:.3f} (zone files never read back), "
        f"{plan.wall / got['ours'].wall:.3f} (read back); promised 0.250"
    )
    print(  # noqa: T201
        f"  check: {(check.cpu - base.cpu) / count * 1000:.2f} ms CPU a domain (promised 1.00); "
        f"plan: {(plan.memory - base.memory) / count:.1f} kB a domain (promised 40)"
    )


def main() -> None:
    """Measure the sizes asked for."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[100, 1000, 5000])
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        make_repository(directory, 1)
        base = median([run(directory, str(BIN / "stszone"), "check") for _ in range(3)])
    print(f"start-up, one domain: {base.wall:.2f} s, {base.memory / 1024:.0f} MB")  # noqa: T201
    for count in options.sizes:
        measure(count, options.repeats, base)


if __name__ == "__main__":
    main()
