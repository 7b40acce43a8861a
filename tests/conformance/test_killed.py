"""apply is killed, at any moment; the next one does the rest and nothing else."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys

import pytest

from tests.cli.run import Place
from tests.conformance.target import REMOVE, Held, Target

ROUNDS = 20
OTHERS = """\
@ IN NS ns.example.net.
@ IN A 192.0.2.80
@ IN TXT "theirs" "too"
www IN CNAME @
_acme-challenge IN TXT "token"
odd IN TXT "back\\\\slash" "\\"quoted\\""
*.wild IN A 192.0.2.84
"""
DOMAINS = ("example.com", "news.example.com", "shop.example.com", "example.org", "news.example.org")
YAML = """\
{zone}hosts: {{mail.{{domain}}: {{ipv4: [203.0.113.{number}], ptr: true}}}}
mx: [{{host: "mail.{{domain}}", preference: 10}}]
spf: {{terms: [mx], all: {spf}}}
dmarc: {{p: none, rua: ["mailto:dmarc@{rua}"]}}
mta_sts: {{mode: testing, max_age: {age}, policy_host: {{cname: web.example.net}}}}
{only}"""
ONLY = (
    "aliases: {imap.{domain}: mail.{domain}}\nservices: {imaps: mail.{domain}}\n",
    "tls_rpt: {rua: ['mailto:tls@{domain}']}\nrecords: {imap: {type: TXT, value: no cname any more}}\n",
)


def write(place: Place, number: int) -> None:
    """What is wanted changes in every domain: records come, change and go, and the policy is another."""
    for index, name in enumerate(DOMAINS):
        zone = ".".join(name.split(".")[-2:])
        text = YAML.format(
            zone=f"zone: {zone}\n" if zone != name else "", number=index + 10,
            spf=("softfail", "neutral")[number % 2], age=604800 + number % 2,
            rua=("example.org", "example.com")[number % 2], only=ONLY[number % 2],
        )  # fmt: skip
        place.write(f"zones/{name}.yaml", text)


PROGRAM = """
import os, signal, sys, time
import stszone.cli.plan, stszone.planning.applier, stszone.planning.bind, stszone.planning.route53
from stszone.cli import main
signal.signal(signal.SIGPROF, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
print(time.process_time(), flush=True)
signal.setitimer(signal.ITIMER_PROF, float(sys.stdin.readline()))
main()
"""
"""A timer of computing time: on a busy machine it goes off at the same place as on an idle one."""


def ready(place: Place) -> subprocess.Popen[str]:
    """apply in a process of its own, which has loaded its code and waits for the word."""
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "apply", *REMOVE], cwd=place.root, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def run(process: subprocess.Popen[str], moment: float = 0) -> float | None:
    """Seconds of computing that it took to its end; None: it was killed at the moment."""
    assert process.stdin is not None and process.stdout is not None
    before = float(process.stdout.readline())
    process.stdin.write(f"{moment}\n")
    process.stdin.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.stdout.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    # Python puts its handlers away before it ends; then the timer's signal itself kills.
    assert process.returncode in (0, -signal.SIGKILL, -signal.SIGPROF)
    return None if process.returncode else usage.ru_utime + usage.ru_stime - before


def ids(place: Place) -> dict[tuple[str, str], str]:
    """Which policy each id of each domain stands for; never two."""
    found: dict[tuple[str, str], str] = {}
    for path in (place.root / "zones/ledger").glob("*.jsonl"):
        for line in path.read_text().splitlines():
            event = json.loads(line)
            if event["event"] == "minted":
                assert (path.stem, event["id"]) not in found, "an id came twice"
                found[path.stem, event["id"]] = event["policy"]
    return found


@pytest.mark.parametrize(
    ("kind", "rounds"),
    [pytest.param("bind", ROUNDS, marks=pytest.mark.server), ("amazon", 5)],
)
def test_a_killed_apply_converges(
    place: Place, request: pytest.FixtureRequest, kind: str, rounds: int
) -> None:
    """The ledger stays readable, foreign records stay, ids stay what they are, nothing is left to do."""
    target: Target = request.getfixturevalue(kind)
    zones = ("example.com", "example.org")
    for zone in zones:
        target.hold(zone, OTHERS)
    others: dict[str, Held] = {zone: target.held(zone) for zone in zones}
    known: dict[tuple[str, str], str] = {}
    whole = 0.0
    for number in range(2):  # the first one also warms caches; both change every domain
        write(place, number)
        whole = run(ready(place)) or 0

    chance = random.Random(53)
    # Over the whole of it, and more closely towards the end, where it writes.
    moments = [((n + chance.random()) / rounds) ** 0.5 for n in range(rounds)]
    chance.shuffle(moments)
    amid, process = 0, ready(place)
    while moments or amid < rounds // 5:
        number += 1
        assert number < 5 * rounds, f"apply always ends before it can be killed, within {whole:.2f} s"
        if not moments:  # too few of them after it had begun to write
            moments.append(chance.uniform(0.6, 1))
        write(place, number)
        before, files = target.writes(), place.files()
        took = run(process, moments[-1] * whole)
        if took is None:
            moments.pop()
            amid += (target.writes(), place.files()) != (before, files)
        else:
            whole = took
        process = ready(place)
        again = place.run("apply", *REMOVE)
        assert again.code == 0, (number, again.out, again.err)
        settled = place.run("plan", "--detailed-exitcode")
        assert settled.code == 0, (number, settled.out, settled.err)
        for zone in zones:
            held = target.held(zone)
            for key, (ttl, values) in others[zone].items():
                assert held[key][0] == ttl, (number, key)
                assert values <= held[key][1] if key == (f"{zone}.", "TXT") else values == held[key][1]
            wanted = "neutral" if number % 2 else "softfail"
            qualifier = {"neutral": "?", "softfail": "~"}[wanted]
            assert held[f"{zone}.", "TXT"][1] == {'"theirs" "too"', f'"v=spf1 mx {qualifier}all"'}
            assert {type_ for name, type_ in held if name == f"imap.{zone}."} == {
                ("CNAME", "TXT")[number % 2]
            }
        now = ids(place)
        assert known.items() <= now.items()
        known = now
    process.kill()
    process.communicate()
