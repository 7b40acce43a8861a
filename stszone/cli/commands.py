"""What each command does, from a session to an exit code."""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import click

from stszone.cli.exit_codes import DIFFERENT, DONE, ERROR, UNKNOWN
from stszone.cli.session import NOW, Session
from stszone.errors import InputError, RefusedError, RuleError
from stszone.ledger import allowed
from stszone.planning.applier import Applied, apply_plan, write_minted
from stszone.planning.capabilities import require_classes, unsupported
from stszone.planning.config import ZONEFILE, Config
from stszone.planning.planner import make_plan, select
from stszone.planning.work import Failure, Planned
from stszone.render import as_json, markdown, text
from stszone.report import GUARD, DomainPlan, Finding, Plan, Severity
from stszone.rules import RULES
from stszone.standards.names import to_a_labels
from stszone.standards.rrset import visible
from stszone.store.ledger_file import append_events
from stszone.store.state import State


def run_check(session: Session, patterns: Sequence[str]) -> int:
    """`check`: 0 when no rule of severity error is broken, else 1."""
    config, _, state = session.read()
    require_classes(config)
    names = choose(state, patterns)
    found = list(map(state.repository.located, _about(state, config, names)))
    found.sort(key=lambda one: (one.file or "", one.line or 0, one.column or 0, one.rule))
    _show_findings(session, found)
    return ERROR if any(one.severity is Severity.ERROR for one in found) else DONE


def choose(state: State, patterns: Sequence[str]) -> frozenset[str]:
    """The mail domains that a command is about.

    Raises InputError for a pattern that takes none, unless a file that could not be read may hold it.
    """
    known = {*state.lives, *state.repository.layers}
    wanted = [_a_labels(pattern) for pattern in patterns]
    for given, pattern in zip(patterns, wanted, strict=True):
        if not select(known, [pattern]) and not state.repository.unread:
            raise InputError(f"no mail domain matches {given}")
    return select(known, wanted)


def _a_labels(pattern: str) -> str:
    try:
        return to_a_labels(pattern).removesuffix(".")
    except RuleError as error:
        raise InputError(f"{error.what}; in a pattern with * write A-labels") from None


def _about(state: State, config: Config, names: frozenset[str]) -> list[Finding]:
    """The findings of some domains, and those of no domain."""
    found = dict.fromkeys([*state.findings, *state.lint(names), *unsupported(state, config)])
    return [one for one in found if one.domain is None or one.domain in names]


def _show_findings(session: Session, found: Sequence[Finding], **more: object) -> None:
    if session.format == "json":
        session.say(as_json.document(session.now, findings=[as_json.finding(one) for one in found], **more))
    else:
        session.say(markdown.findings(found) if session.format == "markdown" else text.findings(found))


def run_plan(session: Session, patterns: Sequence[str], *, locked: bool, detailed: bool, full: bool) -> int:
    """`plan`: 0, or 2 with --detailed-exitcode when something is to do; 1 refused, 3 unknown."""
    with nullcontext() if locked else session.writing():
        planned = _plan(session, patterns)
        if planned is None:
            return ERROR
        minted = [name for name in sorted(planned.domains) if planned.state.lives[name].events]
        if not locked:
            note_allowed(session, planned.state, planned.report.domains)
            write_minted(planned.state, planned.domains)
    _show_plan(session, planned, full=full)
    if locked and minted:
        session.note(
            f"refused (--locked): a new policy id is needed for {', '.join(minted)}; "
            "run `stszone plan` and commit zones/ledger"
        )
        return ERROR
    if code := _exit_code(planned, planned.failures):
        return code
    report = planned.report
    to_do = any(
        one.changes or one.claims or any(s.state == "due" for s in one.steps) for one in report.domains
    )
    return DIFFERENT if detailed and to_do else DONE


def _plan(session: Session, patterns: Sequence[str], *, to_apply: bool = False) -> Planned | None:
    """A plan; None, with the findings shown, when the files forbid one."""
    config, settings, state = session.read()
    names = choose(state, patterns)
    if to_apply and session.rehearsal:
        _only_files(config, state.only(names & state.lives.keys()))
    wanted = [_a_labels(pattern) for pattern in patterns]
    planned = make_plan(
        state, config, settings, session.now, wanted, progress=session.progress
    )
    if not planned.refused:
        return planned
    empty = dict(as_json.plan(Plan((), "")))
    del empty["findings"]
    _show_findings(session, planned.refused, **empty)
    count = text.plural(len(planned.refused), "finding")
    session.note(f"No plan: {count} to mend first; nothing was written.")
    return None


def _only_files(config: Config, state: State) -> None:
    """A rehearsed apply stays on this machine.  Raises RefusedError."""
    for zone in state.zones:
        for target in config.targets(zone):
            if config.class_of(target) != ZONEFILE:
                raise RefusedError(
                    f"under {NOW} apply writes to zone files only, and {zone} goes to {target} "
                    f"({config.class_of(target)}), where steps would be done before their time; "
                    f"`stszone plan` rehearses without writing, or unset {NOW}"
                )


def _show_plan(session: Session, planned: Planned, *, full: bool) -> None:
    if session.format == "json":
        session.say(
            as_json.document(
                session.now, **as_json.plan(planned.report), failures=_failures(planned.failures)
            )
        )
        return
    if session.format == "markdown":
        session.say(markdown.plan(planned.report))
    else:
        session.say(text.plan(planned.report, full=full))
    _show_failures(session, planned.failures)


def _failures(failures: Sequence[Failure]) -> list[dict[str, object]]:
    return [
        {"zone": one.zone, "target": one.target, "reason": one.reason, "unknown": one.unknown}
        for one in failures
    ]


def _show_failures(session: Session, failures: Sequence[Failure]) -> None:
    for one in failures:
        what = "could not look" if one.unknown else "refused"
        session.note(visible(f"{what}: {one.zone} at {one.target}: {one.reason}"))


def _exit_code(planned: Planned, failures: Sequence[Failure]) -> int:
    """What failures and blocked steps make of a run that did all else."""
    if planned.blocked or any(not one.unknown for one in failures):
        return ERROR
    return UNKNOWN if failures else DONE


def run_apply(session: Session, patterns: Sequence[str], *, full: bool) -> int:
    """`apply`: plan, show, do.  0 when all that was due is done."""
    with session.writing():
        planned = _plan(session, patterns, to_apply=True)
        if planned is None:
            return ERROR
        if session.format != "json":
            _show_plan(session, planned, full=full)
        note_allowed(session, planned.state, planned.report.domains)
        result = apply_plan(planned, session.clock, session.progress)
    _show_applied(session, planned, result)
    return _exit_code(planned, result.failures)


def note_allowed(session: Session, state: State, plans: Sequence[DomainPlan]) -> None:
    """What this run's overrides let happen goes to the ledgers, once; later runs honour it for a time."""
    guarded = (
        (one.domain, found.rule, found.message)
        for one in plans
        for found in one.findings
        if found.rule.startswith(GUARD) and found.rule in session.allow
    )
    tripped = dict.fromkeys([*state.overrides({one.domain for one in plans}), *guarded])
    for name, rule, what in tripped:
        ledger = state.repository.ledgers.get(name)
        if ledger is None or not ledger.allowance(rule, what, session.now):
            append_events(session.zones, name, [allowed(session.clock(), rule, what, session.reason)])
    for rule in sorted({*session.allow} - {rule for _, rule, _ in tripped}):
        session.note(f"--allow {rule}: nothing here needs it")


def _show_applied(session: Session, planned: Planned, result: Applied) -> None:
    if session.format == "json":
        done = [{"zone": zone, "target": target, "changes": count} for zone, target, count in result.zones]
        session.say(
            as_json.document(
                session.now, **as_json.plan(planned.report), applied=done, policies=result.policies,
                failures=_failures(result.failures),
            )
        )  # fmt: skip
        return
    changes = sum(count for _, _, count in result.zones)
    said = f"Applied: {text.plural(changes, 'record set')} in {text.plural(len(result.zones), 'zone')}"
    if result.policies:
        said += f", {text.plural(len(result.policies), 'policy file')}"
    fresh = [one for one in result.failures if one not in planned.failures]
    nothing = "Nothing was applied." if result.failures else "Nothing to apply."
    click.echo(f"{said}." if changes or result.policies else nothing)
    _show_failures(session, fresh)
    if result.failures:
        session.note(f"{text.plural(len(result.failures), 'failure')}; run apply again to do what is left.")


def run_render(session: Session, kind: str, patterns: Sequence[str], out: Path | None) -> int:
    """`render`: files as text, or written below a directory."""
    from stszone.planning.export import octodns_files, policy_files, zone_files
    from stszone.store.atomic import write_file

    with session.writing():
        config, _, state = session.read()
        names = choose(state, patterns) & state.lives.keys()
        state = state.only(names)
        if refused := state.forbidding(names):
            _show_findings(session, refused)
            return ERROR
        if kind != "policy":
            write_minted(state, names)  # whoever publishes these files publishes the ids in them
    make = {"policy": policy_files, "zonefile": zone_files, "octodns": octodns_files}[kind]
    files = make(state, config, names, session.now)
    if out is not None:
        for name, data in files.items():
            write_file(out / name, data)
        session.note(f"{text.plural(len(files), 'file')} in {out}")
        if session.format == "json":
            session.say(as_json.document(session.now, out=str(out), written=list(files)))
    elif session.format == "json":
        session.say(
            as_json.document(session.now, files={name: data.decode() for name, data in files.items()})
        )
    elif len(files) == 1:
        click.echo(next(iter(files.values())), nl=False)
    else:
        for name, data in files.items():
            click.echo(f"==> {name} <==\n{data.decode()}")
    return DONE


def run_explain(session: Session, rule: str | None) -> int:
    """`explain`: one rule, or the list of all."""
    if rule is None:
        if session.format == "json":
            session.say(as_json.document(session.now, rules=list(map(as_json.rule, RULES.values()))))
        else:
            session.say(text.rule_list(RULES.values()))
        return DONE
    entry = RULES.get(rule.upper())
    if entry is None:
        near = difflib.get_close_matches(rule.upper(), RULES, n=3, cutoff=0.5)
        raise InputError(
            f"no rule {rule}; {'near are ' + ', '.join(near) if near else '`stszone explain` lists all'}"
        )
    if session.format == "json":
        session.say(as_json.document(session.now, **as_json.rule(entry)))
    else:
        session.say(text.rule(entry))
    return DONE


def run_schema() -> int:
    """`schema`: what editors need to complete and check a file."""
    from stszone.store.schema import file_schema

    click.echo(json.dumps(file_schema(), indent=2))
    return DONE
