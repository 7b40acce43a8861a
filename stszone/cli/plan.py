"""`plan` and `apply`: from a session to an exit code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import click

from stszone.cli import ci, saved, showing
from stszone.cli.exit_codes import DIFFERENT, DONE, ERROR
from stszone.cli.selection import choose, matching
from stszone.cli.session import NOW, Session
from stszone.errors import InputError, RefusedError
from stszone.ledger import allowed
from stszone.planning.applier import Applied, apply_plan, write_minted
from stszone.planning.config import ZONEFILE, Config
from stszone.planning.planner import make_plan
from stszone.planning.work import Planned
from stszone.render import as_json, gitlab, text
from stszone.report import GUARD, DomainPlan
from stszone.store.ledger_file import append_events, ledger_path
from stszone.store.settings import Settings
from stszone.store.state import State

Input = tuple[Config, Settings, State, frozenset[str]]
"""What was read, and the mail domains that a plan is about."""


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """How `plan` ends, and what it leaves behind."""

    locked: bool = False
    detailed: bool = False
    full: bool = False
    out: Path | None = None
    changed_since: str | None = None
    """A branch, tag or commit; only what changed since HEAD left it is planned."""
    gitlab: Path | None = None


def run_plan(session: Session, patterns: Sequence[str], options: PlanOptions) -> int:
    """`plan`: 0, or 2 with --detailed-exitcode when something is to do; 1 refused, 3 unknown."""
    with nullcontext() if options.locked else session.writing():
        planned = _plan(session, lambda: _chosen(session, patterns, options.changed_since))
        if planned is None:
            return ERROR
        minted = [name for name in sorted(planned.domains) if planned.state.lives[name].events]
        if not options.locked:
            note_allowed(session, planned.state, planned.report.domains)
            write_minted(planned.state, planned.domains)
    # Files first: where one cannot be written, the error is all that is said.
    if options.gitlab is not None:
        ci.write_report(options.gitlab, gitlab.plan(planned.report.summary))
    said = _save(session, planned, options.out) if options.out and not (options.locked and minted) else ""
    showing.show_plan(session, planned, full=options.full)
    ci.write_counts(planned.report.summary, has_changes=planned.report.has_changes)
    if said:
        session.note(said)
    if options.locked and minted:
        session.note(
            f"refused (--locked): a new policy id is needed for {', '.join(minted)}; "
            "run `stszone plan` and commit zones/ledger"
        )
        return ERROR
    if code := showing.exit_code(planned, planned.failures):
        return code
    return DIFFERENT if options.detailed and planned.report.has_changes else DONE


def _save(session: Session, planned: Planned, path: Path) -> str:
    """Write the plan's file, unless some zone could not be planned: what is missing would not be seen."""
    if planned.failures:
        return f"{path} was not written: the plan lacks the zones above; plan again, or name DOMAINs"
    saved.write(path, saved.save(session, planned))
    where = path if path.suffix == ".json" or len(path.parts) > 1 else f"./{path}"
    return f"{path} holds this plan; `stszone apply {where}` does exactly this, or says what moved"


def _chosen(session: Session, patterns: Sequence[str], since: str | None = None) -> Input:
    if since is not None:
        config, settings, state, changed = session.read_changed(since)
        return config, settings, state, matching(changed, patterns)
    config, settings, state = session.read()
    return config, settings, state, choose(state, patterns)


def _plan(session: Session, read: Callable[[], Input], *, to_apply: bool = False) -> Planned | None:
    """A plan; None, with the findings shown, when the files forbid one."""
    config, settings, state, names = read()
    if to_apply and session.rehearsal:
        _only_files(config, state.only(names & state.lives.keys()))
    planned = make_plan(state, config, settings, session.now, names, progress=session.progress)
    if not planned.refused:
        return planned
    showing.show_refusal(session, planned.refused)
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


def run_apply(session: Session, words: Sequence[str], *, full: bool) -> int:
    """`apply`: plan, show, do.  0 when all that was due is done.

    With a saved plan, exactly what it says; raises RefusedError when anything moved since.
    """
    path = _saved_plan(words)
    plan = saved.read(path) if path else None
    if plan:
        if session.allow:
            raise InputError("a saved plan holds what was allowed with it; give --allow to `plan --out`")
        session = session.with_allow(tuple(plan.allow), plan.reason)
    with session.writing():
        planned = _plan(session, lambda: _planned_again(session, plan, words), to_apply=True)
        if planned is None:
            return ERROR
        if path and plan and planned.failures:
            showing.show_plan(session, planned, full=full)
            session.note(f"Nothing was applied: {path} cannot be compared with what is there.")
            return showing.exit_code(planned, planned.failures)
        if path and plan:
            now = saved.save(session, planned)
            if found := saved.moved(plan, now):
                raise RefusedError(saved.told(path, plan, now, found))
        if session.format != "json":
            showing.show_plan(session, planned, full=full)
        note_allowed(session, planned.state, planned.report.domains)
        result = apply_plan(planned, session.clock, session.progress)
    _show_applied(session, planned, result)
    return showing.exit_code(planned, result.failures)


def _saved_plan(words: Sequence[str]) -> Path | None:
    """The file of a saved plan, where the arguments name one.  Raises InputError for more than one."""
    files = [word for word in words if word.endswith(".json") or "/" in word or saved.is_saved(Path(word))]
    if files and len(words) > 1:
        raise InputError(f"{files[0]} says which mail domains it is about; give it alone")
    return Path(files[0]) if files else None


def _planned_again(session: Session, plan: saved.SavedPlan | None, words: Sequence[str]) -> Input:
    if plan is None:
        return _chosen(session, words)
    config, settings, state = session.read()
    return config, settings, state, frozenset(plan.chosen)


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
            session.note(f"--allow {rule}: {what}; written to {ledger_path(session.zones, name)}, commit it")
    for rule in sorted({*session.allow} - {rule for _, rule, _ in tripped}):
        session.note(f"--allow {rule}: nothing here needs it")


def _show_applied(session: Session, planned: Planned, result: Applied) -> None:
    if session.format == "json":
        done = [{"zone": zone, "target": target, "changes": count} for zone, target, count in result.zones]
        session.say(
            as_json.document(
                session.now, **as_json.plan(planned.report), applied=done, policies=result.policies,
                failures=showing.as_failures(result.failures),
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
    if not result.failures:
        return
    for zone, target, count in result.zones:
        session.note(f"done: {zone} at {target}: {text.plural(count, 'record set')}")
    showing.show_failures(session, fresh)
    session.note(f"{text.plural(len(result.failures), 'failure')}; run apply again to do what is left.")
