"""From what is wanted, the ledger and the time to what may be live, step by step."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from stszone.domain import MailDomain
from stszone.errors import RuleError
from stszone.ledger import Event, Ledger, PolicyEvent, format_time, minted
from stszone.lifecycle.expiry import forgotten, safe_to_remove_at
from stszone.lifecycle.mx_change import MxNow, mx_now
from stszone.lifecycle.override import overridden
from stszone.report import Step, StepState
from stszone.standards import mta_sts, records
from stszone.standards.names import is_within
from stszone.standards.rrset import RRset

NONE_MAX_AGE = 86400
"""Seconds; of the policy that withdraws another (LC3 step 2)."""


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """A policy and where it is to be served from."""

    host: str
    """The policy host, mta-sts.<domain>."""
    body: bytes
    id: str
    publish: str
    """A policy host of providers/stszone.yaml, or `external`."""


@dataclass(frozen=True, slots=True)
class Live:
    """One mail domain at one moment."""

    name: str
    wanted: MailDomain | None
    """None: its YAML is gone."""
    stage: str
    """absent, testing, enforce, none, removing, delegated, or external."""
    policy: PolicyFile | None = None
    kept: tuple[RRset, ...] = ()
    """RRsets that the YAML does not want any more and that must stay for now."""
    events: tuple[Event, ...] = ()
    """What a plan has to write to the ledger: a newly minted id."""
    steps: tuple[Step, ...] = ()
    safe_to_remove_at: datetime | None = None
    decided_by: str = ""
    """The id of the policy that `safe_to_remove_at` waits for."""
    mx: tuple[str, ...] | None = None
    """The MX rdata that may be live now, where that is not yet what is wanted."""


def advance(
    name: str, wanted: MailDomain | None, ledger: Ledger, now: datetime, allow: Collection[str] = ()
) -> Live:
    """What should be live for a mail domain now; pure, so `now` may be any moment.

    `allow` names the rules that an operator overrides now; the ledger may hold earlier overrides.
    """
    allow = {*allow, *overridden(wanted, ledger, now)}
    if wanted is None:
        return _leave(name, None, ledger, now, allow)
    change = mx_now(wanted, ledger, now, allow)
    if wanted.mta_sts is None:
        live = _leave(name, wanted, ledger, now, allow)
    else:
        live = _stay(name, wanted, wanted.mta_sts, ledger, now, change)
    return replace(live, mx=change.rdatas, steps=(*live.steps, *change.steps))


def _stay(
    name: str, wanted: MailDomain, section: mta_sts.MtaSts, ledger: Ledger, now: datetime, change: MxNow
) -> Live:
    """MTA-STS is wanted."""
    if not section.has_policy:
        policy_file = None
        if section.id is not None:
            policy_file = PolicyFile(mta_sts.policy_name(name), b"", section.id, mta_sts.EXTERNAL)
        stage = "delegated" if section.delegated else "external"
        return Live(name, wanted, stage, policy_file)
    try:
        body = mta_sts.body(section, [mx.host for mx in wanted.mx or ()], change.also)
    except RuleError as error:  # a policy without MX hosts, or too long; `check` names the line
        kept = tuple(_still_ours(name, wanted, ledger))
        step = Step("publish-policy", StepState.BLOCKED, error.what, error.rule)
        return Live(name, wanted, str(section.mode), kept=kept, steps=(step,))
    policy, events, steps = _current(name, body, ledger, now, section.publish)
    safe, decided_by = safe_to_remove_at(ledger, now)
    return Live(
        name, wanted, str(section.mode), policy, events=events, steps=steps,
        safe_to_remove_at=safe, decided_by=decided_by,
    )  # fmt: skip


def _current(
    name: str, body: bytes, ledger: Ledger, now: datetime, publish: str
) -> tuple[PolicyFile, tuple[Event, ...], tuple[Step, ...]]:
    """The policy with its id, newly minted exactly when the body changed (STS012, STS013)."""
    host = mta_sts.policy_name(name)
    known = _policy_for(body, ledger)
    policy_id = known.id if known else mint_id(now, ledger)
    events = () if known else (minted(now, policy_id, body),)
    steps: tuple[Step, ...] = ()
    if known is None or known.published is None or known is not ledger.last_served:
        what = mta_sts.describe(mta_sts.parse_policy(body))
        reason = f"the policy changes ({what}); its file first, then the record with id {policy_id}"
        steps = (Step("publish-policy", StepState.DUE, reason, "STS090"),)
    return PolicyFile(host, body, policy_id, publish), events, steps


def _policy_for(body: bytes, ledger: Ledger) -> PolicyEvent | None:
    """The id that this body may keep: it is the one last served, or waits to be served."""
    last = ledger.last_served
    if last and last.body == body:
        return last
    newest = ledger.policies[-1] if ledger.policies else None
    if newest and newest.published is None and newest.body == body:
        return newest
    return None


def mint_id(now: datetime, ledger: Ledger) -> str:
    """An id for a new policy: the time of minting, moved on by seconds while it is taken.

    RFC 8461 §3.1: 1 to 32 letters and digits, one policy for each.
    """
    ids, now = ledger.ids, now.astimezone(UTC)
    while (text := now.strftime("%Y%m%dT%H%M%SZ")) in ids:
        now += timedelta(seconds=1)
    return text


def _leave(
    name: str, wanted: MailDomain | None, ledger: Ledger, now: datetime, allow: Collection[str]
) -> Live:
    """MTA-STS is not wanted: gone, or on its way out (LC3)."""
    kept = tuple(_still_ours(name, wanted, ledger))
    if not kept:
        return Live(name, wanted, "absent")
    last = ledger.last_served
    if last is None or _announced_elsewhere(name, ledger):
        if "STS078" in allow:
            return Live(name, wanted, "absent")
        reason = (
            "_mta-sts was served by someone else, so nobody here knows how long senders keep its policy; "
            "have them serve `mode: none` for as long as the longest max_age was, then --allow STS078"
        )
        return Live(name, wanted, "removing", kept=kept, steps=(_step(StepState.BLOCKED, reason, "STS078"),))
    if mta_sts.parse_policy(last.body).mode != "none":
        body = mta_sts.format_policy("none", NONE_MAX_AGE, ())
        policy, events, steps = _current(name, body, ledger, now, _publisher(ledger))
        safe, decided_by = safe_to_remove_at(ledger, now)
        reason = "senders hold the last policy at least until then; record, host and file stay"
        after = (_step(StepState.WAITING, reason, "STS078", safe),) if safe else ()
        return Live(name, wanted, "removing", policy, kept, events, (*steps, *after), safe, decided_by)
    policy_file = PolicyFile(mta_sts.policy_name(name), last.body, last.id, _publisher(ledger))
    safe, decided_by = safe_to_remove_at(ledger, now)
    if safe and "STS078" not in allow:
        reason = f"senders may hold policy {decided_by} until then; record, host and file stay"
        step = _step(StepState.WAITING, reason, "STS078", safe)
        return Live(name, wanted, "removing", policy_file, kept, (), (step,), safe, decided_by)
    return _last_records(name, wanted, ledger, now, kept)


def _last_records(
    name: str,
    wanted: MailDomain | None,
    ledger: Ledger,
    now: datetime,
    kept: tuple[RRset, ...],
) -> Live:
    """The record goes first, and the policy host when no resolver has the record any more (ORD05)."""
    record = mta_sts.record_name(name)
    hosts = tuple(rrset for rrset in kept if rrset.name != record)
    if len(hosts) < len(kept):
        reason = "every copy of every policy has expired; the record goes, then the host"
        step = _step(StepState.DUE, reason, "STS078")
        return Live(name, wanted, "removing", None, hosts, (), (step,))
    gone = max((forgotten(one, now) for one in ledger.announced), default=now)
    if gone > now:
        reason = "resolvers may still hold the record; the host stays"
        step = _step(StepState.WAITING, reason, "STS078", gone)
        return Live(name, wanted, "removing", None, hosts, (), (step,))
    return Live(name, wanted, "absent", steps=(_step(StepState.DUE, "the policy host goes", "STS078"),))


def _step(state: StepState, reason: str, rule: str, at: datetime | None = None) -> Step:
    return Step("remove-mta-sts", state, reason, rule, format_time(at) if at else None)


def _publisher(ledger: Ledger) -> str:
    return ledger.publisher or mta_sts.EXTERNAL


def _announced_elsewhere(name: str, ledger: Ledger) -> bool:
    """Whether the record that is live is an alias, or names a policy that was not minted here."""
    if any((owner, type_) == (mta_sts.record_name(name), "CNAME") for _, _, owner, type_ in ledger.owned):
        return True
    return any(record.until is None and record.id not in ledger.ids for record in ledger.announced)


def _still_ours(name: str, wanted: MailDomain | None, ledger: Ledger) -> Iterator[RRset]:
    """What the ledger says we publish for MTA-STS, but for names that the YAML goes on describing."""
    seen = set()
    described = _described(wanted) if wanted else frozenset()
    for place, rdatas in ledger.owned.items():
        _, _, owner, type_ = place
        ours = owner == mta_sts.record_name(name) or is_within(owner, mta_sts.policy_name(name))
        if ours and owner not in described and (owner, type_) not in seen:
            seen.add((owner, type_))
            # After a crash `owned` has two generations; the one that was surely written is kept.
            yield RRset(owner, type_, ledger.ttls[place], tuple(ledger.settled.get(place) or rdatas))


def _described(wanted: MailDomain) -> frozenset[str]:
    """Names whose records stand in other sections of the YAML."""
    written = (records.owner(relative, wanted.zone) for relative in wanted.records)
    return frozenset({*wanted.hosts, *wanted.aliases, *written})


def without_new_policy(live: Live, ledger: Ledger) -> Live:
    """The same domain as long as its new policy is not in place: the record names the one before.

    For whoever publishes records and no policy files, such as octoDNS alone.
    """
    if live.policy is None or any(one.id == live.policy.id and one.confirmed for one in ledger.policies):
        return live
    last = next((one for one in reversed(ledger.served) if one.confirmed), None)
    before = replace(live.policy, id=last.id, body=last.body) if last else None
    return replace(live, policy=before, events=(), steps=())
