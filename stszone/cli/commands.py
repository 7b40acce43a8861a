"""What each command does, from a session to an exit code."""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Sequence
from pathlib import Path

import click

from stszone import hosting
from stszone.cli import ci
from stszone.cli.exit_codes import DONE, ERROR
from stszone.cli.selection import choose
from stszone.cli.session import Session
from stszone.cli.showing import show_findings
from stszone.errors import InputError
from stszone.hosting.serving import Serving
from stszone.planning.applier import write_minted
from stszone.planning.capabilities import require_classes, unsupported
from stszone.planning.config import Config
from stszone.render import as_json, gitlab, sarif, text
from stszone.report import Finding, Severity
from stszone.rules import RULES
from stszone.store.settings import Settings
from stszone.store.state import State


def run_check(
    session: Session, patterns: Sequence[str], sarif_file: Path | None, code_quality: Path | None
) -> int:
    """`check`: 0 when no rule of severity error is broken, else 1."""
    config, _, state = session.read()
    require_classes(config)
    names = choose(state, patterns)
    found = list(map(state.repository.located, _about(state, config, names)))
    found.sort(key=lambda one: (one.file or "", one.line or 0, one.column or 0, one.rule))
    show_findings(session, found)
    placed, zones = ci.placed(found, session.zones), ci.placed_path(session.zones, session.zones)
    ci.annotate(placed)
    if sarif_file is not None:
        ci.write_report(sarif_file, sarif.document(placed, ci.version_of_stszone(), zones))
    if code_quality is not None:
        ci.write_report(code_quality, gitlab.code_quality(placed, zones))
    return ERROR if any(one.severity is Severity.ERROR for one in found) else DONE


def _about(state: State, config: Config, names: frozenset[str]) -> list[Finding]:
    """The findings of some domains, and those of no domain."""
    found = dict.fromkeys([*state.findings, *state.lint(names), *unsupported(state, config)])
    return [one for one in found if one.domain is None or one.domain in names]


def run_render(
    session: Session, kind: str, patterns: Sequence[str], out: Path | None, serving: Serving
) -> int:
    """`render`: files as text, or written below a directory."""
    from stszone.planning.export import octodns_files, policy_files, zone_files
    from stszone.store.atomic import write_file

    with session.writing():
        config, settings, state = session.read()
        names = choose(state, patterns) & state.lives.keys()
        state = state.only(names)
        if refused := state.forbidding(names):
            show_findings(session, refused, aside=True)
            session.note(f"Nothing rendered: {text.plural(len(refused), 'finding')} to mend first.")
            return ERROR
        if kind in ("zonefile", "octodns"):
            write_minted(state, names)  # whoever publishes these files publishes the ids in them
    if kind in hosting.KINDS:
        files = hosting.render(kind, state, settings.policy_hosts, names, serving)
        if kind in hosting.WEB_SERVERS and serving.layout == "tree" and serving.webroot is None:
            _note_staged(session, settings, {one.publish for one in state.compiled.policies.values()})
    else:
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


def _note_staged(session: Session, settings: Settings, used: Collection[str]) -> None:
    """Policies that apply writes elsewhere than the web server reads them."""
    for name, host in settings.policy_hosts.items():
        if name in used and not host.path.startswith("/"):
            session.note(
                f"note: this reads policies from {hosting.DEFAULT_WEBROOT}, and policy host {name} writes "
                f"them to {host.path}: give it that path in providers/stszone.yaml, or copy after each apply"
            )


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
