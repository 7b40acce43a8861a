"""What changed since a commit, by what it changes; and which files can matter to it."""

from __future__ import annotations

import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from stszone.errors import InputError
from stszone.ledger import claimed
from stszone.standards.rrset import RRset
from stszone.store.changed import Reading, read_changed
from stszone.store.ledger_file import append_events
from stszone.store.relevant import Texts
from stszone.store.repository import Hosting, Repository
from stszone.store.state import State, state_at
from stszone.store.text import Matter, Text, names_in

NOW = datetime(2026, 7, 1, tzinfo=UTC)
HOSTING = Hosting(frozenset({"113.0.203.in-addr.arpa", "8.b.d.0.1.0.0.2.ip6.arpa"}))
KEY = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n"


def git(root: Path, *words: str) -> None:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(root), *who, *words], check=True, capture_output=True)


def write(root: Path, files: dict[str, str | None]) -> None:
    """Files below a directory; None takes one away."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            path.unlink()
        else:
            path.write_text(text)


def commit(root: Path, files: dict[str, str | None]) -> None:
    write(root, {"providers/octodns.yaml": "a", "providers/stszone.yaml": "b", **files})
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "as it is")


def look(repository: Repository) -> State:
    return state_at(repository, NOW)


def read(root: Path, ref: str = "HEAD") -> Reading:
    return read_changed(root / "zones", root / "providers", ref, HOSTING, look)


def ledger(
    root: Path, name: str, owner: str, type_: str = "A", value: str = "203.0.113.1", zone: str = ""
) -> None:
    """Write a ledger that holds one RRset."""
    (root / "zones/ledger").mkdir(parents=True, exist_ok=True)
    rrset = RRset(owner, type_, 3600, (value,))
    append_events(root / "zones", name, [claimed(NOW, "target", zone or name, [rrset])])


FLEET: dict[str, str | None] = {f"zones/f{number}.example.yaml": "mx: none\n" for number in range(20)}
"""Mail domains that have nothing to do with any other."""

BEFORE: dict[str, str | None] = {
    **FLEET,
    "zones/_defaults.yaml": "ttl: 3600\n",
    "zones/_one.yaml": "extends: [two]\n",
    "zones/_two.yaml": "{}\n",
    "zones/_other.yaml": "{}\n",
    "zones/a.example.yaml": "extends: [one]\nmx: none\n",
    "zones/b.example.yaml": "extends: [other]  # not one\nmx: none\n",
    "zones/many.yaml": "domains: [m1.example, m2.example, m3.example]\nmx: none\n",
    "zones/k.example.yaml": "dkim: {s1: {key: keys/s1.pem}}\nmx: none\n",
    "zones/_keys.yaml": "dkim: {s2: {key: '../pub/{domain}/s2.pem'}}\n",
    "zones/l.example.yaml": "extends: [keys]\nmx: none\n",
    "zones/keys/s1.pem": KEY,
    "zones/keys/s9.pem": KEY,
    "pub/l.example/s2.pem": KEY,
    "README": "text\n",
}


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({}, ""),
        ({"README": "other\n"}, ""),
        ({"zones/a.example.yaml": "mx: [mail.a.example]\n"}, "a.example"),
        ({"zones/new.example.yaml": "mx: none\n"}, "new.example"),  # untracked
        ({"zones/new.example.yml": "mx: none\n"}, "new.example"),
        ({"zones/münchen.example.yaml": "mx: none\n"}, "xn--mnchen-3ya.example"),
        ({"zones/.hidden.yaml": "mx: none\n"}, ""),
        ({"zones/a.example.yaml": None}, ""),  # and no ledger holds anything of it
        ({"zones/many.yaml": "domains: [m1.example, m4.example]\nmx: [x.example]\n"}, "m1.example m4.example"),
        # The others of a list are as they were.
        ({"zones/many.yaml": "domains: [m1.example, m2.example, m3.example, m4.example]\nmx: none\n"}, "m4.example"),
        ({"zones/many.yaml": "domains: [m2.example, m3.example]\nmx: none\n"}, ""),
        ({"zones/_two.yaml": "ttl: 600\n"}, "a.example"),  # by way of _one
        ({"zones/_other.yaml": None}, "b.example"),  # whose file cannot be understood any more
        ({"zones/_unused.yaml": "ttl: 600\n"}, ""),
        ({"zones/keys/s1.pem": KEY + "\n"}, "k.example"),
        ({"zones/keys/s9.pem": None}, ""),
        ({"pub/l.example/s2.pem": None}, "l.example"),
        ({"zones/ledger/a.example.jsonl": "\n"}, "a.example"),
        ({"zones/ledger/gone.example.jsonl": "\n"}, "gone.example"),
    ],
)  # fmt: skip
def test_what_is_changed_by_what(change: dict[str, str | None], names: str, tmp_path: Path) -> None:
    """Each kind of file changes the mail domains that it speaks of, and no others."""
    commit(tmp_path, BEFORE)
    write(tmp_path, change)
    reading = read(tmp_path)
    expected = set(names.split())
    if "zones/_other.yaml" in change:
        assert reading.state.repository.unread  # nobody knows what it says; a plan is refused
        expected = set()
    assert reading.names == expected


@pytest.mark.parametrize("file", ["providers/octodns.yaml", "providers/stszone.yaml", "zones/_defaults.yaml"])
def test_what_is_about_every_mail_domain(file: str, tmp_path: Path) -> None:
    """Where zones go, and what every file extends, is about all of them."""
    commit(tmp_path, BEFORE)
    write(tmp_path, {file: "ttl: 600\n"})
    reading = read(tmp_path)
    assert reading.names == {*reading.state.repository.layers} and len(reading.names) == 27


def test_a_mail_domain_that_a_file_gave_up_is_still_planned(tmp_path: Path) -> None:
    """What it published is in its ledger; the file of REF tells its name."""
    commit(tmp_path, BEFORE)
    for name in ("m3.example", "a.example"):
        ledger(tmp_path, name, f"mail.{name}")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "published")
    write(
        tmp_path,
        {"zones/many.yaml": "domains: [m1.example, m2.example]\nmx: none\n", "zones/a.example.yaml": None},
    )
    assert read(tmp_path).names == {"m3.example", "a.example"}


def test_it_counts_from_where_the_branch_began(tmp_path: Path) -> None:
    """What others merged to the branch since then is not ours; what is committed and what is not both are."""
    commit(tmp_path, BEFORE)
    git(tmp_path, "checkout", "-qb", "ours")
    write(tmp_path, {"zones/f1.example.yaml": "mx: [mail.f1.example]\n"})
    git(tmp_path, "commit", "-qam", "ours")
    git(tmp_path, "checkout", "-q", "main")
    write(tmp_path, {"zones/f2.example.yaml": "mx: [mail.f2.example]\n"})
    git(tmp_path, "commit", "-qam", "theirs")
    git(tmp_path, "checkout", "-q", "ours")
    write(tmp_path, {"zones/f3.example.yaml": "mx: [mail.f3.example]\n"})
    git(tmp_path, "add", "-A")
    write(tmp_path, {"zones/f4.example.yaml": "mx: [mail.f4.example]\n"})
    assert read(tmp_path, "main").names == {f"f{number}.example" for number in (1, 3, 4)}


def test_a_link_changes_with_what_it_leads_to(tmp_path: Path) -> None:
    """A file of zones/ may be a link into another directory, and a key file too."""
    write(tmp_path, {**BEFORE, "lib/x.yaml": "mx: none\n", "lib/key.pem": KEY})
    (tmp_path / "zones/x.example.yaml").symlink_to("../lib/x.yaml")
    (tmp_path / "zones/linked").symlink_to("../lib")
    commit(tmp_path, {"zones/y.example.yaml": "dkim: {s: {key: linked/key.pem}}\n"})
    write(tmp_path, {"lib/x.yaml": "mx: [mail.x.example]\n"})
    assert read(tmp_path).names == {"x.example"}
    write(tmp_path, {"lib/key.pem": KEY + "\n"})
    assert read(tmp_path).names == {"x.example", "y.example"}


def test_a_file_that_git_is_told_to_pass_over_counts_as_changed(tmp_path: Path) -> None:
    """Nobody can tell since when it is as it is."""
    commit(tmp_path, {**BEFORE, ".gitignore": "zones/secret.example.yaml\n__pycache__/\n"})
    write(tmp_path, {"zones/secret.example.yaml": "mx: none\n", "providers/__pycache__/x.pyc": ""})
    assert read(tmp_path).names == {"secret.example"}


def test_a_file_that_was_only_touched_did_not_change(tmp_path: Path) -> None:
    """A fresh copy of a working tree has new times everywhere."""
    commit(tmp_path, BEFORE)
    for path in (tmp_path / "zones").glob("*.yaml"):
        path.write_bytes(path.read_bytes())
        path.touch()
    assert read(tmp_path).names == set()


@pytest.mark.parametrize(
    ("ref", "said"),
    [
        ("nowhere", "--changed-since nowhere: no such branch, tag or commit"),
        ("--output=x", "--changed-since '--output=x': not the name"),
        ("", "--changed-since '': not the name"),
    ],
)
def test_what_git_does_not_know(ref: str, said: str, tmp_path: Path) -> None:
    """A name that means nothing is refused, with the option that it came by."""
    commit(tmp_path, BEFORE)
    with pytest.raises(InputError, match=re.escape(said)):
        read(tmp_path, ref)


def test_a_shallow_clone_has_no_beginning(tmp_path: Path) -> None:
    """It is told how to get the history."""
    commit(tmp_path / "full", BEFORE)
    git(tmp_path / "full", "checkout", "-qb", "ours")
    for text in ("mx: none\n# 1\n", "mx: none\n# 2\n"):
        write(tmp_path / "full", {"zones/f1.example.yaml": text})
        git(tmp_path / "full", "commit", "-qam", text)
    url = f"file://{tmp_path / 'full'}"
    git(tmp_path, "clone", "-q", "--depth", "1", "--no-single-branch", "--branch", "ours", url, "part")
    with pytest.raises(InputError, match=r"shallow.*unshallow"):
        read(tmp_path / "part", "origin/main")


def test_outside_of_git_nothing_can_be_told(tmp_path: Path) -> None:
    """zones/ and providers/ both have to be in the same repository."""
    write(tmp_path, {"zones/a.example.yaml": "mx: none\n", "providers/octodns.yaml": "a"})
    with pytest.raises(InputError, match="in no git repository"):
        read(tmp_path)
    git(tmp_path / "zones", "init", "-q")
    with pytest.raises(InputError, match="is not in the git repository"):
        read(tmp_path)


# --- what is read beside it ----------------------------------------------------------------------

AROUND: dict[str, str | None] = {
    **FLEET,
    "zones/_pointing.yaml": "mx: [mail.d.example]\n",
    "zones/d.example.yaml": "hosts: {mail.d.example: {ipv4: [203.0.113.5]}}\nmx: [mail.d.example]\n",
}


@pytest.mark.parametrize(
    ("file", "text", "matters"),
    [
        ("d.example.yml", "mx: none\n", True),  # describes it again
        ("list.yaml", "domains:\n- x.example\n- D.example\n", True),
        ("list.yaml", "domains:\n- x.example\n- dd.example\n", False),
        ("e.example.yaml", "mx: [mail.d.example]\n", False),  # d.example keeps that host
        ("e.example.yaml", "hosts: {other.d.example: {ipv4: [192.0.2.1]}}\n", True),
        ("e.example.yaml", "hosts:\n  'other.D.example' : {ipv4: [192.0.2.1]}\n", True),
        ("e.example.yaml", "hosts: {other.ｄ.example: {ipv4: [192.0.2.1]}}\n", True),  # a full-width d
        ("e.example.yaml", "hosts: {other.d.example.org: {ipv4: [192.0.2.1]}}\n", False),
        ("e.example.yaml", "hosts: {otherd.example: {ipv4: [192.0.2.1]}}\n", False),
        ("e.example.yaml", "hosts:\n  ? other.d.example # a long key\n  : {ipv4: [192.0.2.1]}\n", True),
        ("e.example.yaml", 'hosts: {"other.\\x64.example": {ipv4: [192.0.2.1]}}\n', True),
        ("e.example.yaml", "mx: [&a other.d.example]\nhosts: {*a : {ipv4: [192.0.2.1]}}\n", True),
        ("e.example.yaml", "extends: [consts]\n", True),
        ("e.example.yaml", "extends: [pointing]\n", False),
        ("e.example.yaml", "aliases: {'x-{domain}': a.example}\n", True),  # might make up any name
        ("e.example.yaml", "aliases: {'x.{domain}': a.example}\n", False),
        ("example.yaml", "domains: [a.d.example]\n", True),  # a mail domain below it
        ("a.d.example.yaml", "mx: none\n", True),
        ("e.example.yaml", "zone: d.example\n", True),
        ("e.example.yaml", "zone:\n  d.example\n", True),
        ("e.example.yaml", "zone: !!str d.example\n", True),
        ("e.example.yaml", "zone: e.example\nmx: [mail.d.example]\n", False),
        ("e.example.yaml", "hosts: {a.e.example: {ipv4: [203.0.113.5]}}\n", True),  # the same PTR
        ("e.example.yaml", "hosts: {a.e.example: {ipv4: [203.0.113.50]}}\n", False),
        ("e.example.yaml", "spf: [\n", False),  # broken, and nothing to do with it
        ("e.example.yaml", "hosts: {a.d.example: [\n", True),
    ],
)
def test_which_files_matter(file: str, text: str, matters: bool, tmp_path: Path) -> None:
    """Whoever may have a name in its zones is read beside it; who only points there is not."""
    commit(tmp_path, {**AROUND, f"zones/{file}": text})
    if "consts" in text:
        write(tmp_path, {"zones/_consts.yaml": "hosts: {x.d.example: {ipv4: [203.0.113.9], ptr: false}}\n"})
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-qm", "a profile")
    write(tmp_path, {"zones/d.example.yaml": AROUND["zones/d.example.yaml"] + "ttl: 600\n"})
    reading = read(tmp_path)
    assert (reading.files, reading.names) == (1 + matters, {"d.example"})


@pytest.mark.parametrize(
    ("text", "others", "count"),
    [
        # Another's zone that it points into.
        ("mx: [mx.p.example]\n", {"p.example.yaml": "hosts: {mx.p.example: {ipv4: [192.0.2.1]}}\n"}, 2),
        ("mx: [mx.p.example]\n", {"q.example.yaml": "mx: [mx.p.example]\n"}, 1),
        # By way of an alias, and of an SPF record.
        ("mx: [mx.p.example]\n", {"p.example.yaml": "aliases: {mx.p.example: mx.q.example}\n",
                                  "q.example.yaml": "aliases: {mx.q.example: a.example}\n"}, 3),
        ("spf: {terms: ['include:p.example'], all: fail}\n",
         {"p.example.yaml": "spf: {terms: ['include:q.example'], all: fail}\n", "q.example.yaml": "mx: none\n"}, 3),
        # A zone that nobody but a profile names.
        ("dmarc: {p: none, rua: ['mailto:a@x.z.example']}\n",
         {"_z.yaml": "zone: z.example\n", "a.z.example.yaml": "extends: [z]\n"}, 2),
        # IPv6 in two spellings.
        ("hosts: {mail.d.example: {ipv6: ['2001:db8::5']}}\n",
         {"e.example.yaml": "hosts: {a.e.example: {ipv6: ['2001:0DB8:0:0::0005'], ptr: mail.d.example}}\n"}, 2),
        # The host goes, so whoever points there needs it.
        ("mx: none\n", {"e.example.yaml": "mx: [mail.d.example]\n"}, 2),
        ("mx: none\n", {"e.example.yaml": "extends: [pointing]\n"}, 2),
    ],
)  # fmt: skip
def test_what_it_needs_to_know(text: str, others: dict[str, str], count: int, tmp_path: Path) -> None:
    """What it points to is read as well, and whoever needs what it takes away."""
    commit(tmp_path, {**AROUND, **{f"zones/{name}": one for name, one in others.items()}})
    ledger(tmp_path, "d.example", "mail.d.example")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "published")
    write(tmp_path, {"zones/d.example.yaml": text})
    assert read(tmp_path).files == count


@pytest.mark.parametrize(
    ("owner", "zone", "matters"),
    [
        ("x.d.example", "d.example", True),  # something in its names
        ("x.f1.example", "f1.example", False),
        ("xd.example", "xd.example", False),
        ("5.113.0.203.in-addr.arpa", "113.0.203.in-addr.arpa", True),  # the PTR that it wants too
        ("6.113.0.203.in-addr.arpa", "113.0.203.in-addr.arpa", False),
    ],
)
def test_which_ledgers_matter(owner: str, zone: str, matters: bool, tmp_path: Path) -> None:
    """A ledger that holds one of its records is read, and the file of that mail domain."""
    commit(tmp_path, AROUND)
    ledger(tmp_path, "f7.example", owner, zone=zone)
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "published")
    write(tmp_path, {"zones/d.example.yaml": AROUND["zones/d.example.yaml"] + "ttl: 600\n"})
    state = read(tmp_path).state
    assert ("f7.example" in state.repository.ledgers, "f7.example" in state.repository.domains) == (
        matters,
        matters,
    )


def test_many_names_are_looked_for_as_well_as_few(tmp_path: Path) -> None:
    """Two ways to search ledgers find the same."""
    (tmp_path / "ledger").mkdir()
    for name, owner in (
        ("a.example", "x.d3.example"),
        ("b.example", "d3.example.org"),
        ("c.example", "out.example"),
    ):
        rrset = RRset(owner, "A", 3600, ("192.0.2.1",))
        append_events(tmp_path, name, [claimed(NOW, "target", name, [rrset])])
    for count in (4, 400):
        names = frozenset(f"d{number}.example" for number in range(count))
        part = Texts(tmp_path).part(Matter(names, frozenset({"d3.example"}), frozenset({"out.example"})))
        assert part.domains - names == {"a.example", "c.example"}


def test_only_what_matters_of_a_long_list_is_read(tmp_path: Path) -> None:
    """A file may describe thousands of mail domains."""
    names = ", ".join(f"m{number}.example" for number in range(50))
    commit(tmp_path, {"zones/many.yaml": f"domains: [{names}]\nmx: ['mail.{{domain}}']\n"})
    write(tmp_path, {"zones/many.yaml": f"domains: [{names}, new.example]\nmx: ['mail.{{domain}}']\n"})
    reading = read(tmp_path)
    assert {*reading.state.lives} == reading.names == {"new.example"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("mailto:a@B.example!10m", {"b.example"}),
        (
            "v=spf1 include:%{i}._spf.x.example a:münchen.example/24 -all",
            {"_spf.x.example", "xn--mnchen-3ya.example"},
        ),
        ("*.für。example", {"xn--fr-xka.example"}),
        ("für … – ja", set()),
        ("https://www.example/a", {"www.example"}),
    ],
)
def test_names_in_a_text(text: str, names: set[str]) -> None:
    """Names are found wherever they stand, in their A-label form."""
    assert names_in(text) - {"_spf.x", "i._spf"} >= names


def test_a_file_that_cannot_be_read_matters(tmp_path: Path) -> None:
    """The repository says what is wrong with it."""
    (tmp_path / "a.example.yaml").mkdir()
    assert Text(tmp_path, "a.example.yaml").odd
