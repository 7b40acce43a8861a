"""Plans, findings and failures on the terminal, in the form that was asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stszone.cli import ci
from stszone.cli.exit_codes import DONE, ERROR, UNKNOWN
from stszone.cli.session import Session
from stszone.planning.work import Failure, Planned
from stszone.render import as_json, markdown, text
from stszone.report import Finding, Plan
from stszone.standards.rrset import visible


def show_findings(
    session: Session,
    found: Sequence[Finding],
    more: Mapping[str, object] | None = None,
    *,
    aside: bool = False,
) -> None:
    """Findings as the whole of a report; `more` are keys of it as JSON.

    `aside`: in place of a file, so that stdout, which may be the file of a server, gets JSON or nothing.
    """
    if session.format == "json":
        session.say(
            as_json.document(session.now, findings=[as_json.finding(one) for one in found], **more or {})
        )
    else:
        as_text = session.format == "text"
        said = ci.harmless(text.findings(found)) if as_text else markdown.findings(found)
        session.say(said, aside=aside)


def show_refusal(session: Session, found: Sequence[Finding]) -> None:
    """What keeps a plan from being made."""
    empty = dict(as_json.plan(Plan((), "")))
    del empty["findings"]
    show_findings(session, found, empty)
    session.note(f"No plan: {text.plural(len(found), 'finding')} to mend first; nothing was written.")


def show_plan(session: Session, planned: Planned, *, full: bool) -> None:
    """A plan, and what could not be planned."""
    if session.format == "json":
        plan = as_json.plan(planned.report)
        session.say(as_json.document(session.now, **plan, failures=as_failures(planned.failures)))
        return
    if session.format == "markdown":
        session.say(markdown.plan(planned.report, more=ci.run_address()))
    else:
        session.say(ci.harmless(text.plan(planned.report, full=full)))
    show_failures(session, planned.failures)


def as_failures(failures: Sequence[Failure]) -> list[dict[str, object]]:
    """Failures as JSON has them."""
    return [
        {
            "zone": one.zone,
            "target": one.target,
            "reason": one.reason,
            "unknown": one.unknown,
            "left": one.left,
        }
        for one in failures
    ]


def show_failures(session: Session, failures: Sequence[Failure]) -> None:
    """Failures beside a report."""
    for one in failures:
        what = "left" if one.left else "could not look" if one.unknown else "refused"
        session.note(visible(f"{what}: {one.zone} at {one.target}: {one.reason}"))


def exit_code(planned: Planned, failures: Sequence[Failure]) -> int:
    """What failures and blocked steps make of a run that did all else."""
    if planned.blocked or any(not one.unknown for one in failures):
        return ERROR
    return UNKNOWN if failures else DONE
