"""`make bench`: stszone and octodns-sync in turn, in one run, over the same records.

Prints wall time, CPU time and peak memory of each, and the ratios that the project promises:
a plan with nothing to change costs at most a quarter of octodns-sync's, at any size; a check at
most a millisecond a domain; at most 40 kB a domain.  Ratios within one run are what counts: the
absolute times are this machine's, today.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
from pathlib import Path

from tests.bench.axfr import show_axfr
from tests.bench.generate import OURS, STOCK, make_repository, octodns_config
from tests.bench.run import BIN, Run, median, run


def measure(count: int, repeats: int, base: Run) -> None:
    """All figures for one number of domains."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        make_repository(directory, count)
        stszone = str(BIN / "stszone")
        run(directory, stszone, "apply")
        run(directory, stszone, "render", "octodns", "--out", "octodns")
        zones = sorted(path.stem for path in (directory / "octodns").glob("*.yaml"))
        _touch_one(directory)
        commands = {
            "plan": (stszone, "plan"),
            "changed": (stszone, "plan", "--changed-since", "HEAD"),
            "check": (stszone, "check", "--format", "json"),
            "stock": _sync(octodns_config(directory, zones, STOCK, "stock")),
            "ours": _sync(octodns_config(directory, zones, OURS, "build/zones")),
        }
        runs: dict[str, list[Run]] = {name: [] for name in commands}
        for _ in range(repeats):
            for name, command in commands.items():
                runs[name].append(run(directory, *command))
    _show(count, {name: median(many) for name, many in runs.items()}, base)


def _touch_one(directory: Path) -> None:
    """Commit all, and write a comment into the file of one mail domain."""
    git = ("git", "-c", "user.name=bench", "-c", "user.email=bench@example.net", "-c", "gc.auto=0")
    run(directory, *git, "init", "--quiet")
    run(directory, *git, "add", "zones", "providers")
    run(directory, *git, "commit", "--quiet", "--no-gpg-sign", "--message", "as it is")
    with (directory / "zones" / "domain00000.example.yaml").open("a") as file:
        file.write("# changed\n")


def _sync(config: Path) -> tuple[str, ...]:
    return (str(BIN / "octodns-sync"), "--quiet", "--config-file", str(config))


def _show(count: int, got: dict[str, Run], base: Run) -> None:
    plan, check = got["plan"], got["check"]
    rows = (
        ("stszone plan, nothing changed", plan),
        ("stszone plan --changed-since, one file changed", got["changed"]),
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
    changed = got["changed"]
    print(  # noqa: T201
        f"  plan --changed-since / plan: {changed.wall / plan.wall:.3f}; beyond start-up "
        f"{(changed.cpu - base.cpu) / count * 1e6:.0f} µs CPU a domain"
    )
    print(  # noqa: T201
        f"  check: {(check.cpu - base.cpu) / count * 1000:.2f} ms CPU a domain (promised 1.00); "
        f"plan: {(plan.memory - base.memory) / count:.1f} kB a domain (promised 40)"
    )


def main() -> None:
    """Measure the sizes asked for."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--axfr", action="store_true", help="zones at a name server, not in files")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if options.axfr:
        for count in options.sizes or [1000]:
            with tempfile.TemporaryDirectory() as name:
                show_axfr(Path(name), count, options.repeats)
        return
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        make_repository(directory, 1)
        base = median([run(directory, str(BIN / "stszone"), "check") for _ in range(3)])
    print(f"start-up, one domain: {base.wall:.2f} s, {base.memory / 1024:.0f} MB")  # noqa: T201
    for count in options.sizes or [100, 1000, 5000]:
        measure(count, options.repeats, base)


if __name__ == "__main__":
    main()
