"""Reports as they come out of real branches, and as nobody would wish for them."""

from __future__ import annotations

import random
import string
from collections.abc import Iterable
from dataclasses import replace

from hypothesis import strategies as st

from stszone.meaning import meaning
from stszone.report import (
    Action,
    Change,
    Difference,
    DomainDiff,
    DomainPlan,
    Finding,
    Plan,
    PolicyChange,
    Severity,
    Step,
    StepState,
    Summary,
)
from stszone.rules import finding

HOSTILE = (
    "a | b", "<script>alert(1)</script>", "@everyone", "`x`", "``` \n x", "-->", "</details>", "</pre>", "a\nb", "\n\n# x",
    "\u202eevil", "| --- |", "[x](javascript:1)", "![x](y)", "#123", "https://evil.example/", "www.evil.example",
    "someone@evil.example", "&lt;b&gt;", "\\", "\\|", "*x*", "~~x~~", "$x$", "##[add-mask]x", "::error::x", "x" * 400, "\ud800",
    "<!--", "<details>", "]]>", "<a href=x>", "\x1b[31m", "\x00", "    x", "- x", "> x", "1. x", "é" * 50, "😀",
)  # fmt: skip
"""What people could write where it ends up in a report."""

ANY = st.sampled_from(HOSTILE) | st.text(st.characters(), max_size=30)
NAMES = st.sampled_from(["a.example", "b.example", "c.example"]) | ANY
RULES_ = st.sampled_from(["GRD002", "STS077", "STS070", "MXX001"]) | ANY
PLACES = st.none() | st.integers(1, 99)
FINDINGS = st.builds(
    Finding, RULES_, st.sampled_from(Severity), ANY, ANY, ANY, ANY, st.lists(ANY | st.integers(0, 9), max_size=3).map(tuple),
    st.none() | NAMES, st.none() | ANY, PLACES, PLACES,
)  # fmt: skip
VALUES = st.lists(ANY, max_size=3).map(tuple)
CHANGES = st.builds(
    Change, st.sampled_from(Action), ANY, ANY, st.integers(0, 9), VALUES, VALUES, st.booleans(), ANY, st.none() | st.integers(0, 9)
)  # fmt: skip
STEPS = st.builds(
    Step, ANY, st.sampled_from(StepState), ANY, RULES_, st.none() | ANY | st.just("2026-12-24T00:00:00Z")
)
DOMAINS = st.builds(
    DomainPlan, NAMES, NAMES, ANY, ANY, st.lists(CHANGES, max_size=3).map(tuple), st.lists(STEPS, max_size=2).map(tuple),
    st.lists(FINDINGS, max_size=2).map(tuple), st.integers(0, 3),
)  # fmt: skip
POLICIES = st.builds(PolicyChange, ANY, ANY, ANY, ANY, ANY)
DIFFS = st.builds(DomainDiff, DOMAINS, ANY, st.none() | POLICIES, st.lists(FINDINGS, max_size=2).map(tuple))
COUNTS = st.builds(Summary, *[st.integers(0, 9)] * 5)
DIFFERENCES = st.builds(
    Difference, ANY, ANY, st.lists(DIFFS, max_size=6).map(tuple), ANY, st.lists(FINDINGS, max_size=2).map(tuple),
    st.lists(FINDINGS, max_size=2).map(tuple), st.integers(0, 3), st.integers(0, 3), COUNTS,
)  # fmt: skip
PLANS = st.builds(
    Plan, st.lists(DOMAINS, max_size=6).map(tuple), ANY, st.lists(FINDINGS, max_size=2).map(tuple),
    st.integers(0, 3), st.integers(0, 2), st.integers(0, 2), COUNTS,
)  # fmt: skip

OLD, NEW = "20261101T080000Z", "20261121T223230Z"
POLICY = "version: STSv1\r\nmode: {mode}\r\nmx: mx1.example.com\r\nmax_age: {age}\r\n"


def change(
    action: str, name: str, type_: str, before: Iterable[str] = (), after: Iterable[str] = ()
) -> Change:
    """A change with its meaning."""
    one = Change(
        Action(action), name, type_, 3600, tuple(before), tuple(after), ttl_before=3600 if before else None
    )
    return replace(one, meaning=meaning(one))


def branch(*diffs: DomainDiff, **more: object) -> Difference:
    """What a branch changes."""
    counts = Summary.of(one.plan for one in diffs)
    return Difference(
        "origin/main", "88abd8626564a2ee", diffs, "d" * 64, unchanged=41, summary=counts, **more
    )  # type: ignore[arg-type]


def diff(
    name: str,
    *changes: Change,
    stage: str = "absent",
    before: str = "",
    steps: tuple[Step, ...] = (),
    findings: tuple[Finding, ...] = (),
    policy: PolicyChange | None = None,
    gone: tuple[Finding, ...] = (),
) -> DomainDiff:
    """One mail domain of a branch."""
    return DomainDiff(
        DomainPlan(name, name, "bind", stage, changes, steps, findings), before or stage, policy, gone
    )


def rotation(name: str = "example.com", mode: str = "enforce") -> DomainDiff:
    """A new policy id; from testing to another mode where one is given."""
    before, after = POLICY.format(mode="testing", age=86400), POLICY.format(mode=mode, age=604800)
    if mode == "enforce":
        said = "mode testing → enforce, max_age 86400 → 604800"
    else:
        before, said = after, ""
    record = change("update", f"_mta-sts.{name}", "TXT", [f"v=STSv1; id={OLD}"], [f"v=STSv1; id={NEW}"])
    step = Step("publish-policy", StepState.DUE, f"its file first, then the record with id {NEW}", "STS090")
    stages = {"stage": mode, "before": "testing"}
    return diff(name, record, steps=(step,), policy=PolicyChange(OLD, NEW, before, after, said), **stages)  # type: ignore[arg-type]


def lost_mx(name: str = "example.com", allowed: str = "") -> DomainDiff:
    """A mail domain that loses its MX: held back, unless it is allowed."""
    found = finding(
        "GRD002", f"{name} loses its MX 10 mx1.example.net.", severity=Severity.ERROR, domain=name
    )
    if allowed:
        found = replace(found, severity=Severity.WARNING, fix=f"allowed: {allowed}")
    step = Step("guard", StepState.BLOCKED, f"{found.message}. {found.consequence} {found.fix}", "GRD002")
    gone = change("delete", name, "MX", ["10 mx1.example.net."])
    return diff(name, gone, findings=(found,), steps=() if allowed else (step,))


def parked(name: str) -> DomainDiff:
    """A parked domain with a stricter DMARC policy."""
    before, after = ["v=DMARC1; p=none"], ["v=DMARC1; p=reject; rua=mailto:dmarc@example.com"]
    return diff(name, change("update", f"_dmarc.{name}", "TXT", before, after))


def new_host(number: int, *, risky: bool = False) -> DomainDiff:
    """A mail domain that changes as no other does."""
    name = f"d{number}.example"
    found = (finding("GRD005", f"{name}: the DMARC policy gets weaker ({number})"),) if risky else ()
    hosts = [f"10 mx{number}.old.example."], [f"10 mx{number}.new.example."]
    return diff(name, change("update", name, "MX", *hosts), findings=found)


def new_key(number: int) -> DomainDiff:
    """A mail domain with a new DKIM key of 4096 bits, or what is as long."""
    name, chance = f"d{number}.example", random.Random(number)
    key = "".join(chance.choices(string.ascii_letters + string.digits + "+/", k=736))
    return diff(name, change("create", f"s1._domainkey.{name}", "TXT", (), [f"v=DKIM1; k=rsa; p={key}"]))
