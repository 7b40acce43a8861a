"""`stszone`: options, commands, exit codes.

Imports of the heavier modules stand inside the commands, so that --help answers at once.
"""

from __future__ import annotations

import errno
import logging
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from stszone.cli.exit_codes import ERROR, UNKNOWN
from stszone.errors import InputError, RefusedError, RuleError, StszoneError, UnknownError

if TYPE_CHECKING:
    from stszone.cli.session import Session

F = TypeVar("F", bound=Callable[..., Any])  # Any: click calls commands with what they declare
_SILENT = logging.NullHandler()
"""octoDNS logs whole tracebacks; without any handler Python would print them."""
FORMATS = click.Choice(["text", "markdown", "json"])

_OPTIONS = (
    click.option(
        "--zones", type=click.Path(path_type=Path), help="Directory of the mail domains.  [default: zones]"
    ),
    click.option(
        "--providers",
        type=click.Path(path_type=Path),
        help="Directory of octodns.yaml.  [default: providers]",
    ),
    click.option("--format", "format_", type=FORMATS, help="Form of the output.  [default: text]"),
)


def common(command: F) -> F:
    """The options that every command takes, before or behind its name."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="stszone")
@common
@click.pass_context
def cli(context: click.Context, /, **options: object) -> None:
    """Mail domains as code: seen before they change, changed in an order that loses no mail.

    DOMAIN is a mail domain or a glob such as '*.example'; without one, all are meant.
    """
    context.obj = options


def _session(
    context: click.Context, zones: Path | None, providers: Path | None, format_: str | None
) -> Session:
    from stszone.cli.session import Session

    outer = context.obj
    return Session(
        zones or outer["zones"] or Path("zones"),
        providers or outer["providers"] or Path("providers"),
        format_ or outer["format_"] or "text",
    )


DOMAINS = click.argument("domains", nargs=-1, metavar="[DOMAIN]...")


SARIF = click.option("--sarif", type=click.Path(path_type=Path), help="Write the findings there, as SARIF.")
GITLAB = click.option("--gitlab", type=click.Path(path_type=Path), help="Write counts for GitLab's widget.")


@cli.command()
@common
@DOMAINS
@SARIF
@click.option("--code-quality", type=click.Path(path_type=Path), help="Write the findings there for GitLab.")
@click.pass_context
def check(
    context: click.Context,
    /,
    domains: tuple[str, ...],
    sarif: Path | None,
    code_quality: Path | None,
    **options: Any,
) -> None:
    """Every rule that needs no network.  Exit 1 when one of severity error is broken."""
    from stszone.cli.commands import run_check

    sys.exit(run_check(_session(context, **options), domains, sarif, code_quality))


ALLOW = click.option("--allow", multiple=True, metavar="RULE", help="Override a guard; goes to the ledger.")
REASON = click.option("--reason", default="", metavar="TEXT", help="Why, for --allow.")


@cli.command()
@common
@DOMAINS
@click.option("--base", required=True, metavar="REF", help="A branch, tag or commit, such as origin/main.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 when the branch changes something.")
@click.option("--full", is_flag=True, help="Show long values whole.")
@SARIF
@GITLAB
@ALLOW
@REASON
@click.pass_context
def diff(
    context: click.Context,
    /,
    domains: tuple[str, ...],
    base: str,
    detailed_exitcode: bool,
    full: bool,
    sarif: Path | None,
    gitlab: Path | None,
    allow: tuple[str, ...],
    reason: str,
    **options: Any,
) -> None:
    """What the working tree changes, compared with the commit in which it left REF.

    Needs git, and neither credentials nor the network.  What others merged to REF since then is not
    shown.  Exit 1 where plan would refuse the files, or a guard would hold a mail domain back.
    Zones of octoDNS's own YAML (YamlProvider) are compared too.
    """
    from stszone.cli.diff import DiffOptions, run_diff

    session = _session(context, **options).with_allow(allow, reason)
    sys.exit(run_diff(session, domains, DiffOptions(base, detailed_exitcode, full, sarif, gitlab)))


@cli.command()
@common
@DOMAINS
@click.option("--out", type=click.Path(path_type=Path), help="Save the plan, for `apply FILE`.")
@click.option(
    "--changed-since", metavar="REF", help="Only mail domains whose files changed since HEAD left REF."
)
@click.option("--locked", is_flag=True, help="Refuse to mint a policy id; for CI.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 when something is to do.")
@click.option("--full", is_flag=True, help="Show long values whole.")
@GITLAB
@ALLOW
@REASON
@click.pass_context
def plan(
    context: click.Context,
    /,
    domains: tuple[str, ...],
    out: Path | None,
    changed_since: str | None,
    locked: bool,
    detailed_exitcode: bool,
    full: bool,
    gitlab: Path | None,
    allow: tuple[str, ...],
    reason: str,
    **options: Any,
) -> None:
    """What would happen now, what waits and until when.  Writes nothing but a new policy id."""
    from stszone.cli.plan import PlanOptions, run_plan

    session = _session(context, **options).with_allow(allow, reason)
    wanted = PlanOptions(locked, detailed_exitcode, full, out, changed_since, gitlab)
    sys.exit(run_plan(session, domains, wanted))


@cli.command()
@common
@click.argument("domains", nargs=-1, metavar="[FILE | DOMAIN...]")
@click.option("--full", is_flag=True, help="Show long values whole.")
@ALLOW
@REASON
@click.pass_context
def apply(
    context: click.Context,
    /,
    domains: tuple[str, ...],
    full: bool,
    allow: tuple[str, ...],
    reason: str,
    **options: Any,
) -> None:
    """Plan, show, and do the steps that are due, in their order.

    With FILE, of `plan --out FILE`, exactly those, or nothing where anything moved since.
    """
    from stszone.cli.plan import run_apply

    sys.exit(run_apply(_session(context, **options).with_allow(allow, reason), domains, full=full))


RENDERED = click.Choice(
    ["policy", "zonefile", "octodns",
     "nginx", "caddy", "apache", "openlitespeed", "certbot", "opendkim", "postfix"]
)  # fmt: skip
LAYOUT = click.Choice(["tree", "shared", "inline"])


@cli.command()
@common
@click.argument("kind", metavar="KIND", type=RENDERED)
@DOMAINS
@click.option("--out", type=click.Path(path_type=Path), help="Write files below this directory.")
@click.option("--layout", type=LAYOUT, default="tree", help="Where web servers find a policy.")
@click.option("--webroot", metavar="DIR", help="The web server's directory of policies.")
@click.option("--certificates", metavar="DIR", help="The web server's certificates, NAME/fullchain.pem.")
@click.option("--http-only", is_flag=True, help="What orders the first certificates, and no more.")
@click.pass_context
def render(
    context: click.Context,
    /,
    kind: str,
    domains: tuple[str, ...],
    out: Path | None,
    layout: str,
    webroot: str | None,
    certificates: str | None,
    http_only: bool,
    **options: Any,
) -> None:
    """Files of what should be live now, as KIND.

    \b
    policy, zonefile, octodns             policy files, zone files, octoDNS YAML
    nginx, caddy, apache, openlitespeed   what serves the policies
    certbot                               the certificates to order
    opendkim                              KeyTable, SigningTable, TrustedHosts
    postfix                               mandatory TLS between one's own domains

    Layouts: tree, a directory for each host, as `apply` writes it; shared, a directory for each
    policy, which hosts share; inline, the policy in nginx's own file.
    """
    from stszone.cli.commands import run_render
    from stszone.hosting.serving import Serving

    serving = Serving(layout, webroot, certificates, http_only=http_only)
    sys.exit(run_render(_session(context, **options), kind, domains, out, serving))


@cli.command()
@common
@click.argument("rule", required=False)
@click.pass_context
def explain(context: click.Context, /, rule: str | None, **options: Any) -> None:
    """A rule's statement, why it exists, what follows from breaking it, the way out."""
    from stszone.cli.commands import run_explain

    sys.exit(run_explain(_session(context, **options), rule))


@cli.command()
@common
def schema(**options: Any) -> None:
    """The JSON schema of a mail domain's file, for editors."""
    from stszone.cli.commands import run_schema

    sys.exit(run_schema())


@cli.command()
@common
@click.argument("directory", default=".", metavar="[DIR]", type=click.Path(path_type=Path))
@click.option("--gitlab", is_flag=True, help="A pipeline for GitLab in place of workflows for GitHub.")
@click.option("--saved-plan", is_flag=True, help="An apply that does exactly the plan that was approved.")
@click.pass_context
def init(context: click.Context, /, directory: Path, gitlab: bool, saved_plan: bool, **options: Any) -> None:
    """The files of a new repository in DIR.  Replaces none that is there."""
    from stszone.cli.init import run_init

    sys.exit(run_init(_session(context, **options), directory, gitlab=gitlab, saved_plan=saved_plan))


def main() -> None:
    """Run the command line; every error of ours is one message and an exit code."""
    logging.getLogger().addHandler(_SILENT)
    try:
        cli(standalone_mode=False)
    except UnknownError as error:
        _fail("unknown", str(error), f"could not look: {error}", UNKNOWN)
    except (InputError, RuleError) as error:
        _fail("input", str(error), str(error))
    except RefusedError as error:
        _fail("refused", str(error), f"refused: {error}")
    except (StszoneError, OSError) as error:
        if isinstance(error, OSError) and error.errno == errno.EPIPE:
            sys.exit(ERROR)  # who reads our output has gone
        _fail("error", str(error), f"error: {error}")
    except click.ClickException as error:
        _fail("usage", error.format_message().expandtabs(2), _usage(error).expandtabs(2))
    except click.Abort:
        _fail("error", "interrupted", "interrupted")


def _fail(kind: str, message: str, said: str, code: int = ERROR) -> None:
    """Say what went wrong on stderr, to machines on stdout too, and exit."""
    from stszone.cli.ci import harmless
    from stszone.render.text import lines

    click.echo(harmless(lines(said)), err=True)
    if wants_json(sys.argv[1:]):
        from stszone.cli.session import rehearsed_now
        from stszone.render import as_json

        click.echo(as_json.error(rehearsed_now(), kind, message))
    sys.exit(code)


def _usage(error: click.ClickException) -> str:
    if error.format_message().startswith("Usage: "):
        return error.format_message()  # no word at all is answered by the help
    context = getattr(error, "ctx", None)
    hint = f"{context.get_usage()}\n\n" if context else ""
    return f"{hint}Error: {error.format_message()}"


def wants_json(words: Sequence[str]) -> bool:
    """Whether a command line asks for JSON, also one that click cannot read; the last word counts."""
    form = ""
    for word, following in pairwise((*words, "")):
        if word == "--format":
            form = following
        elif word.startswith("--format="):
            form = word.removeprefix("--format=")
    return form == "json"
