"""The pipelines that `init` writes: right for the services that run them, safe, and run here step by step.

GitHub's `shell: bash` is `bash --noprofile --norc -eo pipefail`; GitLab's runner sets the same options.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from stszone.cli import init
from stszone.cli.main import cli
from tests.cli.run import ROOT

GITHUB = ("github/plan.yml", "github/apply.yml", "github/apply-saved-plan.yml")
GITLAB = "gitlab-ci.yml"
APPLIES = GITHUB[1:]
LEDGER = "zones/ledger/mine.example.jsonl"


class Loader(yaml.SafeLoader):
    """YAML as GitHub reads it, where `on` is a key and no boolean."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(name: str) -> Any:
    return yaml.load(init.template(name), Loader)  # it derives from SafeLoader


def steps(name: str) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """Job name, job, step."""
    for job, content in load(name)["jobs"].items():
        for step in content["steps"]:
            yield job, content, step


def script(name: str, job: str, step: str) -> str:
    (found,) = [one["run"] for in_job, _, one in steps(name) if (in_job, one.get("name")) == (job, step)]
    return str(found)


def gitlab_script(job: str, part: str = "script") -> str:
    return "\n".join(load(GITLAB)[job][part])


def scripts(name: str) -> list[str]:
    if name == GITLAB:
        jobs = [job for job in load(name).values() if isinstance(job, dict)]
        return ["\n".join(job[part]) for job in jobs for part in ("before_script", "script") if part in job]
    return [step["run"] for _, _, step in steps(name) if "run" in step]


# What the services themselves say


@pytest.mark.parametrize(
    ("schema", "names"), [("vendor.github-workflows", GITHUB), ("vendor.gitlab-ci", (GITLAB,))]
)
def test_the_files_follow_the_schemas_of_their_services(schema: str, names: tuple[str, ...]) -> None:
    """The schemas of schemastore.org, as check-jsonschema carries them."""
    pytest.importorskip("check_jsonschema")
    files = [str(ROOT / "stszone/cli/templates" / name) for name in names]
    words = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *files]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", [*GITHUB, GITLAB])
def test_every_script_is_bash(name: str) -> None:
    """`bash -n` reads each of them."""
    for text in scripts(name):
        done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr + text


# Every command line is one that this stszone takes


def command_lines(text: str) -> Iterator[list[str]]:
    """The words behind `stszone`, up to a redirection or the next command."""
    for line in re.findall(r"(?:^|[;&$(] *|run: |- )stszone +([^\n#]*)", text, re.MULTILINE):
        words = re.split(r" *(?:>>?|[|;&]|  )", line)[0]
        yield shlex.split(words)


def parses(words: list[str]) -> None:
    """Take a command line apart as click does, without running it.  Raises click.ClickException."""
    group = cli.make_context("stszone", list(words))
    _, command, rest = cli.resolve_command(
        group, [*group._protected_args, *group.args]
    )  # click 8 has no other
    assert command is not None
    command.make_context(command.name, rest, parent=group)


COMMANDS = {
    name: [words for text in scripts(name) for words in command_lines(text)] for name in [*GITHUB, GITLAB]
}
COMMANDS["zones/README.md"] = list(command_lines(init.template("zones/README.md")))
COMMANDS["README.md"] = list(
    command_lines(
        "\n".join(
            re.findall(r"```(?:console|sh|yaml)\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
        )
    )
)


@pytest.mark.parametrize(
    ("name", "words"), [(name, words) for name, found in COMMANDS.items() for words in found]
)
def test_every_command_line_is_understood(name: str, words: list[str]) -> None:
    """Options that a workflow or a README uses exist."""
    try:
        parses(words)
    except click.ClickException as error:
        pytest.fail(f"{name}: stszone {shlex.join(words)}: {error.format_message()}")


def test_command_lines_are_found() -> None:
    """The search above sees what it is to see."""
    verbs = {"check", "diff", "plan", "apply"}
    found = {
        name: [next((word for word in words if word in verbs), "") for words in lines]
        for name, lines in COMMANDS.items()
    }
    assert {"check", "plan", "apply"} <= set(found.pop("README.md"))
    assert found == {
        "github/plan.yml": ["check", "diff", "plan"],
        "github/apply.yml": ["apply"],
        "github/apply-saved-plan.yml": ["plan", "apply"],
        GITLAB: ["check", "diff", "plan", "apply"],
        "zones/README.md": ["check", "plan", "apply"],
    }


# Safety


@pytest.mark.parametrize("name", GITHUB)
def test_no_script_is_put_together_from_outside(name: str) -> None:
    """Names of branches and the like reach a script as variables; `${{ }}` in it would be code."""
    assert [text for text in scripts(name) if "${{" in text] == []
    assert "pull_request_target" not in load(name)["on"]


@pytest.mark.parametrize("name", GITHUB)
def test_permissions_are_given_job_by_job(name: str) -> None:
    """Nothing by default, and only what the job is there for."""
    workflow = load(name)
    allowed = {
        "diff": {"contents": "read"}, "comment": {"pull-requests": "write"}, "apply": {"contents": "write"},
        "sarif": {"contents": "read", "security-events": "write"},
        "plan": {"contents": "read" if "plan.yml" in name.split("/")[-1] and "apply" not in name else "write"},
    }  # fmt: skip
    assert workflow["permissions"] == {}
    assert {job: one["permissions"] for job, one in workflow["jobs"].items()} == {
        job: allowed[job] for job in workflow["jobs"]
    }


def test_a_pull_request_meets_no_secret() -> None:
    """Jobs that have secrets or may write do not run for forks; where secrets are, only zones/ is the branch's."""
    workflow = load("github/plan.yml")
    for job in workflow["jobs"].values():
        trusted = "secrets." in json.dumps(job) or "write" in job["permissions"].values()
        assert trusted == ("head.repo.full_name == github.repository" in job.get("if", ""))
    assert "secrets." not in json.dumps(workflow["jobs"]["diff"])
    assert workflow["jobs"]["plan"]["environment"] == "plan"
    plan = shlex.split(script("github/plan.yml", "plan", "Plan"))
    assert plan[:3] == ["stszone", "--zones", "../pr/zones"] and "--providers" not in plan
    at = {
        step["name"]: step.get("working-directory")
        for _, _, step in steps("github/plan.yml")
        if "name" in step
    }
    assert (at["Plan"], at["Install stszone"]) == ("base", "base")
    checkouts = [
        s["with"] for _, _, s in steps("github/plan.yml") if s.get("uses", "").startswith("actions/checkout@")
    ]
    assert {one.get("ref") for one in checkouts if one["path"] == "base"} == {"${{ github.base_ref }}"}
    assert {one["persist-credentials"] for one in checkouts} == {"false"}


def test_the_job_that_comments_runs_nothing_of_the_branch() -> None:
    """It has the report, and neither a checkout nor stszone."""
    (download, comment) = load("github/plan.yml")["jobs"]["comment"]["steps"]
    assert download["uses"].startswith("actions/download-artifact@")
    assert set(comment) == {"name", "env", "run"}


@pytest.mark.parametrize("name", APPLIES)
def test_an_apply_works_on_the_tip_of_main_alone_and_keeps_the_ledger(name: str) -> None:
    """One at a time, switched on by a variable, and the ledger is committed whatever happened before."""
    workflow = load(name)
    assert workflow["concurrency"] == {"group": "stszone-apply", "cancel-in-progress": "false"}
    for job in workflow["jobs"].values():
        (checkout,) = [s for s in job["steps"] if s.get("uses", "").startswith("actions/checkout@")]
        assert checkout["with"]["ref"] == "main"
        assert "timeout-minutes" not in job  # it would end the job without the ledger
        (commit,) = [step for step in job["steps"] if step.get("id") == "ledger"]
        assert commit["if"] == "${{ always() }}"
    first = next(iter(workflow["jobs"].values()))
    assert "vars.STSZONE_APPLY == 'yes' && github.ref == 'refs/heads/main'" in first["if"]


def test_both_ways_to_apply_commit_the_ledger_alike() -> None:
    """The same step, word by word."""
    found = [step for name in APPLIES for _, _, step in steps(name) if step.get("id") == "ledger"]
    assert len(found) == 3 and all(step == found[0] for step in found)


@pytest.mark.parametrize("name", GITHUB)
def test_secrets_that_the_shipped_providers_ask_for_are_handed_over(name: str) -> None:
    """Every env/NAME of providers/octodns.yaml, switched on or not, has a line in the workflow."""
    asked = set(re.findall(r"\benv/(\w+)", init.template("providers/octodns.yaml")))
    assert asked and asked <= set(re.findall(r"(\w+): \$\{\{ secrets\.\1 \}\}", init.template(name)))


def test_actions_are_few_and_of_github_itself() -> None:
    """Nobody else's code runs beside secrets."""
    used = {step["uses"] for name in GITHUB for _, _, step in steps(name) if "uses" in step}
    assert {one.split("/")[0] for one in used} == {"actions", "github"}
    assert all(re.fullmatch(r".+@(v\d+|[0-9a-f]{40})", one) for one in used)


# The steps, run


@dataclass
class Runner:
    """A machine that runs one job: its workspace, its files for summaries and outputs, its program stszone."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, text: str, directory: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = self.environment | variables
        words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", text]
        return subprocess.run(
            words, cwd=directory, env=environment, capture_output=True, text=True, check=False
        )

    def git(self, directory: Path, *words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=directory, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def read(self, name: str) -> str:
        path = self.root / name
        return path.read_text() if path.exists() else ""


def make_runner(root: Path) -> Runner:
    programs = root / "bin"
    programs.mkdir()
    (programs / "python").symlink_to(sys.executable)
    program = programs / "stszone"
    program.write_text(f"#!{sys.executable} -P\nfrom stszone.cli.main import main\nmain()\n")
    program.chmod(0o755)
    return Runner(
        root,
        {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "HOME": str(root),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GITHUB_ACTIONS": "true",
            "GITHUB_STEP_SUMMARY": str(root / "summary.md"),
            "GITHUB_OUTPUT": str(root / "output"),
        },
    )


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """A machine with nothing on it."""
    return make_runner(tmp_path)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare repository whose main was made by `init`, with one mail domain that was applied once; and a clone."""
    runner = make_runner(tmp_path_factory.mktemp("made"))
    origin, work = runner.root / "origin.git", runner.root / "work"
    runner.git(runner.root, "init", "--quiet", "--bare", "--initial-branch=main", str(origin))
    runner.git(runner.root, "clone", "--quiet", str(origin), str(work))
    runner.git(work, "checkout", "--quiet", "-b", "main")
    init.write_repository(work, gitlab=False, saved_plan=False)
    (work / "zones/mine.example.yaml").write_text(init.template("zones/_example.yaml"))
    done = runner.run("stszone apply", work)
    assert done.returncode == 0, done.stderr
    publish(runner, work, "a mail domain")
    return runner.root


@pytest.fixture
def origin(runner: Runner, made: Path) -> Path:
    """A copy of it, at origin.git and work."""
    for name in ("origin.git", "work"):
        shutil.copytree(made / name, runner.root / name, symlinks=True)
    runner.git(runner.root / "work", "remote", "set-url", "origin", str(runner.root / "origin.git"))
    return runner.root / "origin.git"


def publish(runner: Runner, work: Path, message: str, branch: str = "main") -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    runner.git(work, "add", "--all")
    runner.git(work, *identity, "commit", "--quiet", "--message", message)
    runner.git(work, "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")


def clone(runner: Runner, origin: Path, name: str, *words: str) -> Path:
    """What actions/checkout leaves: one commit deep, on the branch."""
    runner.git(runner.root, "clone", "--quiet", *words, f"file://{origin}", name)
    return runner.root / name


def append(directory: Path, word: str) -> str:
    line = json.dumps(
        {"v": 1, "at": "2026-11-21T10:00:00Z", "event": "allowed", "rule": "GRD001", "reason": word}
    )
    with (directory / LEDGER).open("a") as file:
        file.write(line + "\n")
    return line


@dataclass
class Committer:
    """The script that commits the ledger, of one service."""

    text: str
    variables: Mapping[str, str]


@pytest.fixture(params=["github", "gitlab"])
def commit(request: pytest.FixtureRequest, origin: Path) -> Committer:
    if request.param == "github":
        return Committer(
            script("github/apply.yml", "apply", "Commit the ledger"), {"BRANCH": "main", "PAUSE": "0"}
        )
    first, text, last = load(GITLAB)["apply"]["script"]
    assert "stszone apply" in first and last == 'exit "$code"'
    there = {"CI_DEFAULT_BRANCH": "main", "PAUSE": "0", "LEDGER_REMOTE": f"file://{origin}",
             "CI_SERVER_HOST": "gitlab.example", "CI_PROJECT_URL": "", "LEDGER_TOKEN": "token", "code": "0"}  # fmt: skip
    return Committer(f"{text}\n{last}", there)


def ledger_at(runner: Runner, origin: Path) -> list[str]:
    return runner.git(origin, "show", f"main:{LEDGER}").splitlines()


def test_the_ledger_is_committed(runner: Runner, origin: Path, commit: Committer) -> None:
    """One commit by the bot that says so, with the ledger and nothing else."""
    job = clone(runner, origin, "job", "--depth", "1")
    line = append(job, "one")
    (job / "build").mkdir()
    (job / "providers/octodns.yaml").write_text("changed by nobody\n")
    runner.git(job, "checkout", "--quiet", "providers")
    done = runner.run(commit.text, job, **commit.variables)
    assert done.returncode == 0, done.stderr
    assert ledger_at(runner, origin)[-1] == line
    assert "[skip ci]" in runner.git(origin, "log", "-1", "--format=%s", "main")
    assert runner.git(origin, "show", "--format=", "--name-only", "main").split() == [LEDGER]


def test_a_run_that_did_nothing_commits_nothing(runner: Runner, origin: Path, commit: Committer) -> None:
    """No empty commits, also where there is no ledger yet."""
    before = runner.git(origin, "rev-parse", "main")
    job = clone(runner, origin, "job", "--depth", "1")
    assert runner.run(commit.text, job, **commit.variables).returncode == 0
    assert runner.git(origin, "rev-parse", "main") == before


def test_a_first_ledger_is_committed(runner: Runner, origin: Path, commit: Committer) -> None:
    """The file and its directory are new."""
    work = runner.root / "work"
    runner.git(work, "rm", "-r", "--quiet", "zones/ledger")
    publish(runner, work, "no ledger yet")
    job = clone(runner, origin, "job", "--depth", "1")
    (job / "zones/ledger").mkdir()
    line = append(job, "first")
    assert runner.run(commit.text, job, **commit.variables).returncode == 0
    assert ledger_at(runner, origin) == [line]


@pytest.mark.parametrize("same_ledger", [False, True])
def test_a_merge_meanwhile_is_kept(
    runner: Runner, origin: Path, commit: Committer, same_ledger: bool
) -> None:
    """main moved while the job ran: its commit goes on top, and lines of both sides stay in one ledger."""
    job = clone(runner, origin, "job", "--depth", "1")
    ours = append(job, "ours")
    work = runner.root / "work"
    (work / "zones/other.example.yaml").write_text("extends: [parked]\n")
    theirs = [append(work, "theirs")] if same_ledger else []
    before = ledger_at(runner, origin)
    publish(runner, work, "merged meanwhile")
    done = runner.run(commit.text, job, **commit.variables)
    assert done.returncode == 0, done.stderr
    assert ledger_at(runner, origin) == [*before, *theirs, ours]
    assert "other.example.yaml" in runner.git(origin, "ls-tree", "-r", "--name-only", "main")
    assert (runner.run("stszone check", job).returncode) == 0  # the joined ledger can be read


def refuse_pushes(origin: Path) -> None:
    hook = origin / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho protected branch >&2\nexit 1\n")
    hook.chmod(0o755)


def test_a_ledger_that_cannot_be_pushed_is_not_lost(runner: Runner, origin: Path, commit: Committer) -> None:
    """The job is red and says how; the patch it leaves goes onto a main that has moved on."""
    job = clone(runner, origin, "job", "--depth", "1")
    ours = append(job, "ours")
    work = runner.root / "work"
    theirs = append(work, "theirs")
    before = ledger_at(runner, origin)
    publish(runner, work, "merged meanwhile")
    refuse_pushes(origin)
    done = runner.run(commit.text, job, **commit.variables)
    assert done.returncode == 1 and "git am -3 ledger.patch" in done.stdout
    (origin / "hooks/pre-receive").unlink()
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    runner.git(work, *identity, "am", "--quiet", "-3", str(job / "ledger.patch"))
    runner.git(work, "push", "--quiet", "origin", "main")
    assert ledger_at(runner, origin) == [*before, theirs, ours]


def test_the_exit_code_of_an_apply_outlives_the_commit(runner: Runner, origin: Path) -> None:
    """GitLab has one script for both: a failed apply is red although its ledger was pushed."""
    job = clone(runner, origin, "job", "--depth", "1")
    (job / "zones/mine.example.yaml").write_text("mx: [\n")
    line = append(job, "before the failure")
    done = runner.run(
        gitlab_script("apply"), job, CI_DEFAULT_BRANCH="main", PAUSE="0", LEDGER_REMOTE=f"file://{origin}",
        CI_SERVER_HOST="gitlab.example", LEDGER_TOKEN="token",
    )  # fmt: skip
    assert done.returncode == 1
    assert ledger_at(runner, origin)[-1] == line


# The checks around it


def branch(runner: Runner, origin: Path, change: Mapping[str, str | None]) -> Path:
    """A workspace as in a pull request: base/ and pr/, which holds the merge of a branch with changes."""
    clone(runner, origin, "base", "--depth", "1")
    pr = clone(runner, origin, "pr")
    for name, text in change.items():
        (pr / name).unlink(missing_ok=True) if text is None else (pr / name).write_text(text)
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    runner.git(pr, "add", "--all")
    runner.git(pr, *identity, "commit", "--quiet", "--allow-empty", "--message", "a branch")
    return pr


@pytest.mark.parametrize(
    ("how", "code"), [("as it was", 0), ("appended", 0), ("shortened", 1), ("deleted", 1)]
)
def test_a_branch_may_append_to_a_ledger_only(runner: Runner, origin: Path, how: str, code: int) -> None:
    """What is ours and how long a policy stays is not for a pull request to forget."""
    lines = runner.git(origin, "show", f"main:{LEDGER}").splitlines(keepends=True)
    texts = {"as it was": lines, "appended": [*lines, lines[-1]], "shortened": lines[1:]}
    pr = branch(runner, origin, {LEDGER: "".join(texts[how]) if how in texts else None})
    done = runner.run(script("github/plan.yml", "diff", "The ledger only grows"), pr, BASE="main")
    assert (done.returncode, LEDGER in done.stdout) == (code, bool(code))
    first = load(GITLAB)["diff"]["script"][0]
    base = runner.git(pr, "rev-parse", "origin/main").strip()
    assert runner.run(first, pr, CI_MERGE_REQUEST_DIFF_BASE_SHA=base).returncode == code


def test_a_branch_that_claims_records_is_told(runner: Runner, origin: Path) -> None:
    """An allowance is an author's to add; that a record is ours makes it one that may be deleted."""
    text = script("github/plan.yml", "diff", "The ledger only grows")
    pr = branch(runner, origin, {})
    for event, told in (("allowed", False), ("claimed", True)):
        append(pr, "by hand")
        (pr / LEDGER).write_text((pr / LEDGER).read_text().replace("allowed", event))
        runner.git(
            pr, "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "-am", event
        )
        (pr / "json.py").write_text("raise SystemExit('code of the branch')")
        done = runner.run(text, pr, BASE="main")
        assert (done.returncode, "::warning::" in done.stdout) == (0, told), done.stderr


@pytest.mark.parametrize("name", ["zones/link.example.yaml", "zones/keys"])
def test_links_in_zones_are_refused_where_secrets_are(runner: Runner, origin: Path, name: str) -> None:
    """A link could make a plan read what is no part of the branch."""
    pr = branch(runner, origin, {})
    text = script("github/plan.yml", "plan", "zones/ holds files and no links")
    assert runner.run(text, runner.root).returncode == 0
    (pr / name).symlink_to("/proc/self/environ")
    assert runner.run(text, runner.root).returncode == 1
    assert runner.run(load(GITLAB)["plan"]["script"][0], pr).returncode == 1


def test_staging_on_a_runner_is_refused(runner: Runner, origin: Path) -> None:
    """The shipped providers/ write to build/, which is gone after the job; a comment is no provider."""
    job = clone(runner, origin, "job")
    texts = [
        script("github/apply.yml", "apply", "Nothing is published to a disk that goes away"),
        load(GITLAB)["apply"]["before_script"][-2],
    ]
    for text in texts:
        done = runner.run(text, job)
        assert done.returncode == 1 and "webroot" in done.stdout and "ZoneFile" in done.stdout
    assert runner.run(texts[1], job, STSZONE_DISK_STAYS="yes").returncode == 0
    for name in ("octodns.yaml", "stszone.yaml"):
        path = job / "providers" / name
        path.write_text(
            re.sub(
                r"(?m)^(.*class: (?:webroot|.*ZoneFile).*|.*\{class: webroot.*)$", r"# \1", path.read_text()
            )
        )
    assert [runner.run(text, job).returncode for text in texts] == [0, 0]


GH = """#!/bin/sh
case "$*" in *PATCH*|*POST*) echo "$*" >> "$CALLS";; *) cat "$IDS";; esac
"""


@pytest.mark.parametrize(
    ("there", "has_changes", "result", "call"),
    [
        ("", "true", "success", "--method POST repos/o/r/issues/7/comments"),
        ("", "false", "success", ""),  # nothing to tell, and nothing was told
        ("", "", "failure", "--method POST repos/o/r/issues/7/comments"),  # why there is no diff
        ("11\n12\n", "true", "success", "--method PATCH repos/o/r/issues/comments/11"),
        ("11\n", "false", "success", "--method PATCH repos/o/r/issues/comments/11"),  # what it said is over
    ],
)
def test_there_is_one_comment(runner: Runner, there: str, has_changes: str, result: str, call: str) -> None:
    """Edited in place; none for a branch that changes nothing."""
    program = runner.root / "bin/gh"
    program.write_text(GH)
    program.chmod(0o755)
    (runner.root / "ids").write_text(there)
    done = runner.run(
        script("github/plan.yml", "comment", "Comment"), runner.root, CALLS=str(runner.root / "calls"),
        IDS=str(runner.root / "ids"), COMMENTS="repos/o/r/issues/7/comments", COMMENT="repos/o/r/issues/comments",
        HAS_CHANGES=has_changes, RESULT=result,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = runner.read("calls")
    assert said == (f"api --silent {call} --field body=@diff.md\n" if call else "")


# A pull request from end to end


def run_step(runner: Runner, name: str, job: str, step: str, **variables: str) -> int:
    (found,) = [one for in_job, _, one in steps(name) if (in_job, one.get("name")) == (job, step)]
    done = runner.run(found["run"], runner.root / found.get("working-directory", "."), **variables)
    (runner.root / "log").write_text(done.stdout + done.stderr)
    return done.returncode


def outputs(runner: Runner) -> dict[str, str]:
    return dict(line.split("=", 1) for line in runner.read("output").splitlines())


DIFF = "Records, policies and steps that change"


def test_a_pull_request_that_changes_a_record(runner: Runner, origin: Path) -> None:
    """Rules, diff and plan are in the summary; the diff is there to be posted, with its marker first."""
    text = init.template("zones/_example.yaml").replace("preference: 10", "preference: 20")
    branch(runner, origin, {"zones/mine.example.yaml": text})
    assert run_step(runner, "github/plan.yml", "diff", "Rules") == 0, runner.read("log")
    assert run_step(runner, "github/plan.yml", "diff", DIFF, BASE="main") == 0, runner.read("log")
    assert run_step(runner, "github/plan.yml", "plan", "Plan") == 0, runner.read("log")
    assert outputs(runner)["written"] == "true" and outputs(runner)["has_changes"] == "true"
    assert runner.read("diff.md").startswith("<!-- stszone:diff")
    assert "20 mail" in runner.read("diff.md") and runner.read("diff.md") in runner.read("summary.md")
    assert json.loads(runner.read("check.sarif"))["version"] == "2.1.0"


def test_a_pull_request_that_changes_no_record(runner: Runner, origin: Path) -> None:
    """It needs no comment."""
    branch(runner, origin, {"README.md": "# hello\n"})
    assert run_step(runner, "github/plan.yml", "diff", DIFF, BASE="main") == 0, runner.read("log")
    assert outputs(runner)["has_changes"] == "false"


def test_a_pull_request_that_cannot_be_read(runner: Runner, origin: Path) -> None:
    """Red, and the comment says why instead of staying what it was."""
    branch(runner, origin, {"zones/mine.example.yaml": "mx: [\n"})
    assert run_step(runner, "github/plan.yml", "diff", "Rules") == 1
    assert run_step(runner, "github/plan.yml", "diff", DIFF, BASE="main") == 1
    assert runner.read("diff.md").startswith("<!-- stszone:diff")
    assert "mine.example.yaml" in runner.read("diff.md")


def test_the_log_is_no_place_for_values(runner: Runner, origin: Path) -> None:
    """A text that looks like a workflow command is in the summary, and not in what the runner reads."""
    text = init.template("zones/_example.yaml").replace(
        "records: ", "site_verification: ['::add-mask::mine']\nrecords: "
    )
    branch(runner, origin, {"zones/mine.example.yaml": text})
    log = ""
    for job, step in (("diff", "Rules"), ("diff", DIFF), ("plan", "Plan")):
        run_step(runner, "github/plan.yml", job, step, BASE="main")
        log += runner.read("log")
    assert "add-mask" in runner.read("summary.md")
    assert not [line for line in log.splitlines() if line.lstrip().startswith("::add-mask")]


MTA_STS = "mta_sts: {mode: %s, max_age: 7d, policy_host: {ipv4: [203.0.113.10]}}\n"


def test_nobody_has_to_plan_before_a_merge(runner: Runner, origin: Path) -> None:
    """A policy changes: the pull request is green and says so; the apply on main gives the id and commits it."""
    work = runner.root / "work"
    texts = [init.template("zones/_example.yaml") + MTA_STS % mode for mode in ("testing", "enforce")]
    (work / "zones/mine.example.yaml").write_text(texts[0])
    assert runner.run("stszone apply", work).returncode == 0
    publish(runner, work, "a policy")
    pr = branch(runner, origin, {"zones/mine.example.yaml": texts[1]})
    for step in ("The ledger only grows", DIFF):
        assert run_step(runner, "github/plan.yml", "diff", step, BASE="main") == 0, runner.read("log")
    assert "testing → enforce" in runner.read("diff.md") and not runner.git(pr, "status", "--porcelain")
    runner.git(pr, "push", "--quiet", "origin", "HEAD:main")
    job = clone(runner, origin, "job", "--depth", "1")
    for step in ("Apply", "Commit the ledger"):
        done = runner.run(script("github/apply.yml", "apply", step), job, BRANCH="main", PAUSE="0")
        assert done.returncode == 0, done.stdout + done.stderr
    minted = [one for one in map(json.loads, ledger_at(runner, origin)) if one["event"] == "minted"]
    assert ["mode: enforce" in one["policy"] for one in minted] == [False, True]
    assert minted[-1]["id"] in (job / "build/zones/mine.example.zone").read_text()


def test_a_plan_is_saved_approved_and_done(runner: Runner, origin: Path) -> None:
    """Two jobs on two machines: the second has the tip of main and the file that was approved."""
    name = "github/apply-saved-plan.yml"
    work = runner.root / "work"
    text = init.template("zones/_example.yaml").replace("preference: 10", "preference: 20")
    (work / "zones/mine.example.yaml").write_text(text)
    publish(runner, work, "merged")
    machines = {}
    for job in ("plan", "apply"):
        machines[job] = clone(runner, origin, job, "--depth", "1")
        runner.run(f"cp -r {work}/build {machines[job]}/", runner.root)
        if job == "apply":
            (machines[job] / "plan.json").write_bytes((machines["plan"] / "plan.json").read_bytes())
        for step in (job.capitalize(), "Commit the ledger"):
            done = runner.run(script(name, job, step), machines[job], BRANCH="main", PAUSE="0")
            assert done.returncode == 0, done.stdout + done.stderr
    assert outputs(runner)["has_changes"] == "true"
    assert json.loads(ledger_at(runner, origin)[-1])["event"] == "applied"
    done = runner.run("stszone apply plan.json", machines["apply"])
    assert done.returncode == 1  # it was done, and is not done twice


def test_a_gitlab_merge_request(runner: Runner, origin: Path) -> None:
    """check, diff and plan in one clone; the counts are there for the widget."""
    text = init.template("zones/_example.yaml").replace("preference: 10", "preference: 20")
    pr = branch(runner, origin, {"zones/mine.example.yaml": text})
    base = runner.git(pr, "rev-parse", "origin/main").strip()
    for job in ("check", "diff", "plan"):
        done = runner.run(gitlab_script(job), pr, CI_MERGE_REQUEST_DIFF_BASE_SHA=base, CI_PROJECT_DIR=str(pr))
        assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((pr / "changes.json").read_text()) == {"create": 0, "update": 1, "delete": 0}
