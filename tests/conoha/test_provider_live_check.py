"""The check for a real account, against fakes that differ from what is assumed."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Callable

import dns.message
import dns.name
import dns.rrset
import pytest
from octodns_conoha import ConohaException
from octodns_conoha.live_assumed import ASSUMED
from octodns_conoha.live_check import main
from octodns_conoha.live_served import ask, served

from tests.conoha.conftest import Start
from tests.conoha.fake import FakeConoha, Toggles, drop, meanwhile, refuse
from tests.conoha.fake.forms import strings_of
from tests.conoha.provider import Waits
from tests.conoha.test_provider import BOTH

ZONE = "scratch.example."


def check(conoha: FakeConoha, *more: str, password: str = "") -> tuple[int, str]:
    """Run it as an operator would; the exit status and what was printed."""
    who, out = conoha.account, io.StringIO()
    environment = {
        "CONOHA_TENANT_ID": who.tenant_id,
        "CONOHA_USER_ID" if conoha.generation == "v3" else "CONOHA_USERNAME": who.user_id
        if conoha.generation == "v3"
        else who.user_name,
        "CONOHA_PASSWORD": password or who.password,
    }
    endpoints = ["--identity-endpoint", conoha.identity_url, "--dns-endpoint", conoha.dns_url]
    arguments = ["--region", conoha.region, "--zone", "scratch.example", *endpoints, *more]
    return main(arguments, environment, out, Waits().sleep), out.getvalue()


def test_every_question_is_answered(start: Start) -> None:
    """On v2 all is as assumed; on v3 the fake takes long texts, which is not relied on."""
    for generation, status, differs in (("v2", 0, 0), ("v3", 1, 3)):
        conoha = start(generation)
        conoha.seed(ZONE)
        found, said = check(conoha)
        assert (status, differs) == (found, said.count("DIFFERS")), said
        assert all(f"  {question}: " in said for question in ASSUMED[generation])
        assert not conoha.held(ZONE)


@pytest.mark.parametrize(
    ("generation", "toggles", "line"),
    [
        ("v2", Toggles(ttl_of="record"), "a TTL belongs to: the value (assumed: the RRset)"),
        ("v2", Toggles(long_txt="accept"), "text of 400 octets: back as sent (assumed: refused with 400)"),
        ("v2", Toggles(min_ttl=1), "TTL 30: kept (assumed: refused with 400)"),
        ("v2", Toggles(min_ttl=300), "TTL 60: refused with 400 (assumed: kept)"),
        ("v2", Toggles(set_quota=0), "21 values of one name: taken (assumed: refused with 413)"),
        ("v2", Toggles(null_target="accept"), "a null MX: taken (assumed: refused with 400)"),
        ("v2", Toggles(id_style="uuid"), "ids are called: uuid (assumed: id)"),
        ("v2", Toggles(default_page=2), "a list with limit=1: 1 item (assumed: whole)"),
        ("v3", Toggles(long_txt="truncate"), "text of 256 octets: back as its first 255 octets"),
        ("v3", Toggles(ttl_of="set"), "a TTL belongs to: the RRset (assumed: the value)"),
        ("v3", Toggles(wildcard="400"), "a wildcard: refused with 400 (assumed: taken)"),
        ("v3", Toggles(total_count="low"), "total_count of records: 1, which is wrong"),
        ("v3", Toggles(placement="accept"), "a CNAME beside an A: taken (assumed: refused with 400)"),
        ("v3", Toggles(min_ttl=300, min_ttl_mode="clamp"), "TTL 60: made 300 (assumed: kept)"),
        ("v3", Toggles(stale_reads=1), "a new record is in a list at once: no (assumed: yes)"),
    ],
)
def test_what_differs_is_printed(generation: str, toggles: Toggles, line: str, start: Start) -> None:
    """With what was found and what was assumed; and all is taken out again."""
    conoha = start(generation, toggles)
    conoha.seed(ZONE)
    status, said = check(conoha)
    assert status == 1
    assert f"DIFFERS     {line}" in said, said
    assert not conoha.held(ZONE)


@pytest.mark.parametrize("toggles", [Toggles(put_ttl="400"), Toggles(put_ttl="ignored"), Toggles(duplicate="accept"), Toggles(create_status=201), Toggles(delete_status=202), Toggles(txt_style="quoted"), Toggles(lowercase_names=True), Toggles(compress_aaaa=True), Toggles(total_count="absent")], ids=str)  # fmt: skip
def test_what_this_package_copes_with_is_no_difference(toggles: Toggles, start: Start) -> None:
    """Several answers are fine to some questions."""
    conoha = start("v3", toggles)
    conoha.seed(ZONE)
    _, said = check(conoha)
    assert all("text of" in line for line in said.splitlines() if "DIFFERS" in line), said


@pytest.mark.parametrize(
    "fill",
    [
        lambda conoha: conoha.add(ZONE, f"www.{ZONE}", "A", "192.0.2.1"),
        lambda conoha: conoha.add(ZONE, f"sub.{ZONE}", "NS", "ns.example."),  # a delegation is in use
        lambda conoha: conoha.add(
            ZONE, f"x.{ZONE}", "SSHFP", "1 1 00"
        ),  # types that octoDNS does not see, too
        lambda conoha: conoha.add(ZONE, f"p1._octodns-probe.{ZONE}", "A", "192.0.2.1"),  # a killed run
    ],
)
@BOTH
def test_a_zone_in_use_is_refused(
    generation: str, fill: Callable[[FakeConoha], object], start: Start
) -> None:
    """Nothing is written to it."""
    conoha = start(generation)
    conoha.seed(ZONE)
    fill(conoha)
    status, said = check(conoha)
    assert (status, conoha.log.writes) == (2, [])
    assert "is in use" in said


def test_leftovers_of_a_killed_run_can_be_taken_out(start: Start) -> None:
    """Only they."""
    conoha = start("v3")
    conoha.seed(ZONE)
    conoha.add(ZONE, f"p1._octodns-probe.{ZONE}", "A", "192.0.2.1")
    conoha.add(ZONE, f"*.p2._octodns-probe.{ZONE}", "A", "192.0.2.1")
    conoha.add(ZONE, f"x_octodns-probe.{ZONE}", "A", "192.0.2.1")
    assert check(conoha, "--clean-up")[0] == 0
    assert {(f"x_octodns-probe.{ZONE}", "A")} == conoha.held(ZONE).keys()


def test_a_missing_zone_and_wrong_credentials(start: Start) -> None:
    """Nothing can be tried, and the secrets stay secret."""
    conoha = start("v3")
    assert check(conoha) == (2, "nothing was tried: the account has no zone scratch.example. in c3j1\n")
    status, said = check(conoha, password="not-the-password")
    assert status == 2
    assert "not-the-password" not in said


@pytest.mark.parametrize("fault", [refuse(500), drop(), refuse(504, after_commit=True)])
def test_it_cleans_up_after_failures(fault: object, start: Start) -> None:
    """What could not be found out is told."""
    conoha = start("v3")
    conoha.seed(ZONE)
    conoha.faults.add(fault, method="POST", nth=5, times=3)
    status, said = check(conoha)
    assert status == 1
    assert "DIFFERS     ttls: no answer: POST" in said or "DIFFERS     texts: no answer: POST" in said, said
    assert ": not known (assumed: " in said
    assert not conoha.held(ZONE)


def test_it_cleans_up_after_an_interruption(start: Start) -> None:
    """Ctrl-C in the middle."""
    conoha = start("v3")
    conoha.seed(ZONE)

    class Out(io.StringIO):
        def write(self, text: str) -> int:
            if "text with a quote" in text:
                raise KeyboardInterrupt
            return super().write(text)

    who = conoha.account
    environment = {
        "CONOHA_TENANT_ID": who.tenant_id,
        "CONOHA_USER_ID": who.user_id,
        "CONOHA_PASSWORD": who.password,
    }
    endpoints = ["--identity-endpoint", conoha.identity_url, "--dns-endpoint", conoha.dns_url]
    with pytest.raises(KeyboardInterrupt):
        main(["--region", "c3j1", "--zone", ZONE, *endpoints], environment, Out(), Waits().sleep)
    assert len(conoha.log.writes) > 5
    assert not conoha.held(ZONE)


def test_what_stays_is_told(start: Start) -> None:
    """When not even the cleaning works."""
    conoha = start("v3")
    conoha.seed(ZONE)
    first = conoha.faults.add(meanwhile(lambda: None), method="DELETE", nth=1)
    conoha.faults.add(refuse(403), method="DELETE", nth=2, times=999)
    status, said = check(conoha)
    assert first.fired == 1
    assert status == 3
    assert "STILL THERE  perhaps, below _octodns-probe.scratch.example.: DELETE" in said


def test_name_servers_are_asked_too(start: Start) -> None:
    """Until each has answered, or the time is up; without caches in between."""
    conoha, rounds, waits = start("v3"), [], Waits()
    conoha.seed(ZONE)

    def look_up(server: str, name: str) -> tuple[bytes, ...] | None:
        rounds.append((server, name))
        data = next(one.value for one in conoha.values(ZONE) if one.name == name)
        strings = strings_of(data) or ()
        if "backslash" in data or "\\\\" in data:
            return (b"ab",)
        return None if server.startswith("b.") and len(rounds) < 20 else tuple(map(str.encode, strings))

    who, out = conoha.account, io.StringIO()
    environment = {
        "CONOHA_TENANT_ID": who.tenant_id,
        "CONOHA_USER_ID": who.user_id,
        "CONOHA_PASSWORD": who.password,
    }
    endpoints = ["--identity-endpoint", conoha.identity_url, "--dns-endpoint", conoha.dns_url]
    main(
        ["--region", "c3j1", "--zone", ZONE, *endpoints, "--served", "1"],
        environment,
        out,
        waits.sleep,
        look_up,
    )
    said = out.getvalue()
    assert "as assumed  text of 400 octets at a.conoha-dns.com.: served as sent, in 2 strings" in said, said
    assert "as assumed  text with spaces at b.conoha-dns.org.: served as sent, in 1 string" in said
    assert "DIFFERS     text with a backslash at a.conoha-dns.com.: served as (b'ab',)" in said
    assert 15.0 in waits.seconds
    assert not conoha.held(ZONE)


def test_a_name_server_that_does_not_answer_is_no_failure() -> None:
    """It is asked again until the time is up."""
    texts, waits = {"p1.scratch.example.": ("text with spaces", "a b")}, Waits()
    told = list(served(texts, ["ns.example."], 40, waits.sleep, lambda server, name: None))
    assert told == [("text with spaces at ns.example.", "not there in time")]
    assert waits.seconds == [15.0, 15.0, 15.0]


def test_a_name_server_is_asked_over_the_wire() -> None:
    """Strings as they are served; nothing at all is no error."""
    name = dns.name.from_text("p1.scratch.example.")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]

        def answer() -> None:
            for texts in (('"a" "b"',), ()):
                data, client = server.recvfrom(512)
                reply = dns.message.make_response(dns.message.from_wire(data))
                if texts:
                    reply.answer.append(dns.rrset.from_text_list(name, 60, "IN", "TXT", texts))
                server.sendto(reply.to_wire(), client)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        assert ask("127.0.0.1", "p1.scratch.example.", port) == (b"a", b"b")
        assert ask("127.0.0.1", "p1.scratch.example.", port) is None
        thread.join(5)
    assert ask("127.0.0.1", "p1.scratch.example.", 9) is None


def test_a_failure_while_name_servers_are_asked_leaves_nothing(start: Start) -> None:
    """The zone is emptied all the same."""
    conoha, out = start("v3"), io.StringIO()
    conoha.seed(ZONE)

    def look_up(server: str, name: str) -> tuple[bytes, ...] | None:
        raise ConohaException("no more")

    who = conoha.account
    environment = {
        "CONOHA_TENANT_ID": who.tenant_id,
        "CONOHA_USER_ID": who.user_id,
        "CONOHA_PASSWORD": who.password,
    }
    endpoints = ["--identity-endpoint", conoha.identity_url, "--dns-endpoint", conoha.dns_url]
    arguments = ["--region", "c3j1", "--zone", ZONE, "--served", "1", *endpoints]
    assert main(arguments, environment, out, Waits().sleep, look_up) == 1
    assert "the rest is not known: no more" in out.getvalue()
    assert not conoha.held(ZONE)
