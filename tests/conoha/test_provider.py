"""What a provider for ConoHa has to do, on both generations and whatever the open questions' answers are."""

from __future__ import annotations

from collections import Counter

import pytest
from octodns.provider import SupportsException
from octodns.record import Record
from octodns.record.rr import Rrset
from octodns_conoha import ConohaException, ConohaRefused

from tests.conoha.conftest import Start
from tests.conoha.fake import Toggles, drop, meanwhile, refuse
from tests.conoha.provider import ZONE, Sets, Waits, apply, plan, provider, seen

BOTH = pytest.mark.parametrize("generation", ["v2", "v3"])
EVERY = pytest.mark.parametrize(
    ("generation", "toggles"),
    [
        pytest.param(generation, toggles, id=f"{generation}-{toggles}")
        for generation in ("v2", "v3")
        for toggles in Toggles.each(generation)
    ],
)

ADDRESSES = ["192.0.2.1", "192.0.2.2", "192.0.2.3"]

BEFORE: Sets = {
    ("example.com.", "MX"): (3600, ["10 mx1.example.com.", "20 mx2.example.com."]),
    ("example.com.", "TXT"): (3600, ['"site=1"', '"v=spf1 mx -all"']),
    ("mx1.example.com.", "A"): (600, ADDRESSES),
    ("mx1.example.com.", "AAAA"): (600, ["2001:db8::1"]),
    ("_imaps._tcp.example.com.", "SRV"): (3600, ["0 1 993 mx1.example.com."]),
    ("www.example.com.", "CNAME"): (600, ["example.net."]),
    ("sub.example.com.", "NS"): (3600, ["ns1.example.net."]),
    ("s1._domainkey.example.com.", "TXT"): (3600, ['"v=DKIM1; k=ed25519; p=abc+/=="']),
    ("old.example.com.", "A"): (600, ["192.0.2.9"]),
}
AFTER: Sets = {
    **{key: value for key, value in BEFORE.items() if key[0] not in ("old.example.com.", "www.example.com.")},
    ("example.com.", "MX"): (600, ["10 mx1.example.com.", "20 mx2.example.com."]),
    ("mx1.example.com.", "A"): (600, ["192.0.2.1", "192.0.2.2", "192.0.2.4"]),
    ("www.example.com.", "A"): (600, ["192.0.2.7"]),
}


def held(sets: Sets) -> dict[tuple[str, str], tuple[int, frozenset[str]]]:
    return {key: (ttl, frozenset(values)) for key, (ttl, values) in sets.items()}


@EVERY
def test_what_is_applied_is_there_and_plans_empty(generation: str, toggles: Toggles, start: Start) -> None:
    """Creating all types, then changing, deleting and swapping some: each time nothing is left to do."""
    conoha = start(generation, toggles)
    conoha.seed(ZONE)
    for sets in (BEFORE, AFTER):
        target = provider(conoha)
        apply(target, sets)
        assert held(sets) == conoha.held(ZONE)
        assert not conoha.twins(ZONE)
        for _ in range(3):  # lists may lag behind
            left = plan(provider(conoha), sets)
        assert left is None


@BOTH
def test_a_changed_value_is_one_post_and_one_delete(generation: str, start: Start) -> None:
    """Of three values one changes; the others keep their ids."""
    conoha = start(generation)
    conoha.seed(ZONE, {("a.example.com.", "A"): (300, ADDRESSES)})
    before = {one.value: one.id for one in conoha.values(ZONE)}
    apply(provider(conoha), {("a.example.com.", "A"): (300, ["192.0.2.1", "192.0.2.2", "192.0.2.4"])})
    after = {one.value: one.id for one in conoha.values(ZONE)}
    assert [entry.method for entry in conoha.log.writes] == ["POST", "DELETE"]
    assert set(after) == {"192.0.2.1", "192.0.2.2", "192.0.2.4"}
    assert all(before[value] == after[value] for value in ("192.0.2.1", "192.0.2.2"))


@pytest.mark.parametrize(
    ("generation", "toggles", "writes"),
    [
        ("v2", Toggles(), {"PUT": 1}),  # the TTL is the set's
        ("v2", Toggles(ttl_of="record"), {"PUT": 3}),  # it is not, after all: found out by the last look
        ("v3", Toggles(), {"PUT": 3}),  # each value has one
        ("v3", Toggles(put_ttl="400"), {"PUT": 3, "DELETE": 3, "POST": 3}),
        ("v3", Toggles(put_ttl="ignored"), {"PUT": 3, "DELETE": 3, "POST": 3}),
    ],
)
def test_a_ttl_changes_as_the_generation_allows(
    generation: str, toggles: Toggles, writes: dict[str, int], start: Start
) -> None:
    """v2 takes one PUT for a set, v3 one for each value, or the value has to be made anew."""
    conoha = start(generation, toggles)
    conoha.seed(ZONE, {("a.example.com.", "A"): (300, ADDRESSES)})
    apply(provider(conoha), {("a.example.com.", "A"): (900, ADDRESSES)})
    assert conoha.held(ZONE) == {("a.example.com.", "A"): (900, frozenset(ADDRESSES))}
    assert writes == Counter(entry.method for entry in conoha.log.writes)
    assert not any(
        {"name", "type"} & entry.json.keys() for entry in conoha.log.writes if entry.method == "PUT"
    )


@BOTH
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({("w.example.com.", "CNAME"): (300, ["a.example."])}, {("w.example.com.", "A"): (300, ADDRESSES)}),
        ({("w.example.com.", "A"): (300, ADDRESSES)}, {("w.example.com.", "CNAME"): (300, ["a.example."])}),
        ({("w.example.com.", "CNAME"): (300, ["a.example."])}, {("w.example.com.", "CNAME"): (300, ["b.example."])}),
        (
            {("w.example.com.", "A"): (300, ADDRESSES), ("w.example.com.", "TXT"): (300, ['"x"'])},
            {("w.example.com.", "CNAME"): (300, ["a.example."])},
        ),
    ],
)  # fmt: skip
def test_where_a_cname_comes_or_goes_deletions_are_first(
    generation: str, before: Sets, after: Sets, start: Start
) -> None:
    """Nothing may stand beside a CNAME, not even for a moment."""
    conoha = start(generation)
    conoha.seed(ZONE, before)
    apply(provider(conoha), after)
    methods = [entry.method for entry in conoha.log.writes]
    assert methods == sorted(methods)  # DELETE, POST
    assert all(entry.status and entry.status < 300 for entry in conoha.log.writes)
    assert held(after) == conoha.held(ZONE)


@pytest.mark.parametrize("before", [{("w.example.com.", "A"): (300, ADDRESSES)}, {}])
@BOTH
def test_a_refused_cname_leaves_what_was_there(generation: str, before: Sets, start: Start) -> None:
    """A name that was emptied for a CNAME gets its values back when the CNAME is refused."""
    conoha = start(generation)
    conoha.seed(ZONE, before)
    target = provider(conoha)
    made = plan(target, {("w.example.com.", "CNAME"): (300, ["a.example."])})
    conoha.faults.add(refuse(400), method="POST", path="/records$")
    with pytest.raises(ConohaRefused, match=r"w\.example\.com\. CNAME a\.example\.: .*HTTP 400"):
        target.apply(made)
    assert held(before) == conoha.held(ZONE)


@pytest.mark.parametrize(("generation", "status"), [("v2", "409"), ("v3", "409"), ("v3", "400")])
@pytest.mark.parametrize("other", [None, "192.0.2.99"])
def test_a_duplicate_is_success_only_if_it_is_one(
    generation: str, status: str, other: str | None, start: Start
) -> None:
    """Somebody else made the same value after the plan; or the refusal was about something else."""
    conoha = start(generation, Toggles(duplicate=status) if generation == "v3" else None)
    conoha.seed(ZONE)
    target, sets = provider(conoha), {("a.example.com.", "A"): (300, ["192.0.2.1"])}
    made = plan(target, sets)
    if other:
        conoha.faults.add(refuse(int(status)), method="POST", path="/records$")
        with pytest.raises(ConohaRefused, match=f"HTTP {status}"):
            target.apply(made)
        assert not conoha.held(ZONE)
    else:
        somebody = meanwhile(lambda: conoha.add(ZONE, "a.example.com.", "A", "192.0.2.1", ttl=300))
        conoha.faults.add(somebody, method="POST", path="/records$")
        target.apply(made)
        assert held(sets) == conoha.held(ZONE)
        assert not conoha.twins(ZONE)


@BOTH
def test_soa_and_apex_ns_are_never_touched(generation: str, start: Start) -> None:
    """Neither is shown as something to delete, and the SOA's new ids do not matter."""
    conoha = start(generation)
    conoha.seed(ZONE, BEFORE)
    ns = [one for one in conoha.values(ZONE, managed=True) if one.managed and one.type == "NS"]
    target = provider(conoha)
    assert not {record._type for record in seen(target).records if record.name == ""} & {"SOA", "NS"}
    apply(target, {})
    assert conoha.held(ZONE) == {}
    assert ns == [one for one in conoha.values(ZONE, managed=True) if one.type == "NS"]


@pytest.mark.parametrize("size", [256, 400])
@BOTH
def test_a_long_text_is_refused_before_any_write(generation: str, size: int, start: Start) -> None:
    """Nothing is sent of a plan that has one."""
    conoha = start(generation)
    conoha.seed(ZONE)
    text = '" "'.join(("x" * size)[at : at + 255] for at in range(0, size, 255))
    sets: Sets = {
        ("a.example.com.", "A"): (300, ADDRESSES),
        ("s._domainkey.example.com.", "TXT"): (300, [f'"{text}"']),
    }
    with pytest.raises(SupportsException, match=r"s\._domainkey.* octets; .*Ed25519"):
        plan(provider(conoha), sets)
    assert not conoha.log.writes


@pytest.mark.parametrize("style", ["raw", "chunked"])
@pytest.mark.parametrize("back", ["raw", "quoted", "chunked"])
def test_v3_takes_long_texts_when_told_to(style: str, back: str, start: Start) -> None:
    """However they come back, the next plan is empty."""
    conoha = start("v3", Toggles(txt_style=back, txt_input="presentation" if style == "chunked" else "raw"))
    conoha.seed(ZONE)
    sets: Sets = {("s.example.com.", "TXT"): (300, [f'"{"x" * 255}" "{"y" * 145}"'])}
    apply(provider(conoha, long_txt=style), sets)
    assert plan(provider(conoha, long_txt=style), sets) is None
    assert held(sets) == conoha.held(ZONE)


@pytest.mark.parametrize("put_ttl", ["ok", "400"])
def test_a_long_text_that_is_there_stays(put_ttl: str, start: Start) -> None:
    """It may be wanted as it is; it is never deleted to be made anew, as nobody knows whether that works."""
    conoha = start("v3", Toggles(put_ttl=put_ttl))
    key, text = ("s.example.com.", "TXT"), f'"{"x" * 255}" "{"y" * 145}"'
    conoha.seed(ZONE, {key: (300, [text])})
    assert plan(provider(conoha), {key: (300, [text])}) is None
    apply(provider(conoha), {key: (300, [text, '"short"'])})
    target, changed = provider(conoha, long_txt="raw"), {key: (600, [text, '"short"'])}
    with pytest.raises(SupportsException, match="400 octets"):
        plan(provider(conoha), changed)
    if put_ttl == "ok":
        apply(target, changed)
        assert held(changed) == conoha.held(ZONE)
    else:
        with pytest.raises(ConohaException, match="change it by hand"):
            apply(target, changed)
        assert {one.value for one in conoha.values(ZONE)} == {text, '"short"'}


def test_a_text_that_is_cut_off_is_taken_out_again(start: Start) -> None:
    """ConoHa may keep the first 255 octets only and say nothing."""
    conoha = start("v3", Toggles(long_txt="truncate"))
    conoha.seed(ZONE)
    sets: Sets = {("s.example.com.", "TXT"): (300, [f'"{"x" * 255}" "{"y" * 145}"'])}
    with pytest.raises(ConohaException, match="taken out again"):
        apply(provider(conoha, long_txt="raw"), sets)
    assert not conoha.held(ZONE)


@BOTH
def test_other_zones_types_and_gslb_records_stay(generation: str, start: Start) -> None:
    """A zone is emptied as far as octoDNS sees it; nothing else goes."""
    conoha = start(generation)
    conoha.seed("example.net.", BEFORE_NET)
    conoha.seed(ZONE, {("gone.example.com.", "A"): (300, ADDRESSES)})
    conoha.add(ZONE, "sshfp.example.com.", "SSHFP", "1 1 00", ttl=300)
    gslb = {"gslb_region": "JP", "gslb_weight": 10} if generation == "v2" else {}
    conoha.add(ZONE, "lb.example.com.", "A", "192.0.2.5", ttl=300, **gslb)
    conoha.add(ZONE, "lb.example.com.", "A", "192.0.2.6", ttl=300)
    apply(provider(conoha), {} if gslb else {("lb.example.com.", "A"): (300, ["192.0.2.5", "192.0.2.6"])})
    assert {("sshfp.example.com.", "SSHFP"), ("lb.example.com.", "A")} == conoha.held(ZONE).keys()
    assert held(BEFORE_NET) == conoha.held("example.net.")


BEFORE_NET: Sets = {("www.example.net.", "A"): (300, ["192.0.2.1"])}


def test_a_gslb_set_is_not_written(start: Start) -> None:
    """A wanted record there stops the plan, and one that appears later stops the apply."""
    conoha = start("v2")
    conoha.seed(ZONE)
    target, sets = provider(conoha), {("lb.example.com.", "A"): (300, ["192.0.2.7"])}
    made = plan(target, sets)
    conoha.add(ZONE, "lb.example.com.", "A", "192.0.2.5", ttl=300, gslb_region="JP")
    with pytest.raises(ConohaException, match=r"GSLB.*nothing was written"):
        target.apply(made)
    with pytest.raises(SupportsException, match="GSLB"):
        plan(target, sets)
    assert not conoha.log.writes


@BOTH
def test_what_others_add_after_the_plan_stays(generation: str, start: Start) -> None:
    """Only values that the plan saw are deleted."""
    conoha = start(generation)
    conoha.seed(ZONE, {("a.example.com.", "A"): (300, ADDRESSES)})
    target = provider(conoha)
    made = plan(target, {("a.example.com.", "A"): (300, ["192.0.2.4"])})
    conoha.add(ZONE, "a.example.com.", "A", "192.0.2.99", ttl=300)
    target.apply(made)
    assert {one.value for one in conoha.values(ZONE)} == {"192.0.2.4", "192.0.2.99"}


@BOTH
def test_whether_a_zone_exists_is_told_truly(generation: str, start: Start) -> None:
    """A zone of the account does, one of another tenant does not, and a failure is neither."""
    conoha = start(generation)
    conoha.seed("Example.COM.")
    conoha.seed("example.org.", foreign=True)
    target = provider(conoha)
    assert provider(conoha).plan(seen(target)) is None
    for zone, exists in ((ZONE, True), ("example.org.", False), ("nowhere.example.", False)):
        made = plan(target, {(f"a.{zone}", "A"): (300, ["192.0.2.1"])}, zone)
        assert made is not None
        assert made.exists is exists
    conoha.faults.add(refuse(404), path="/domains$")
    with pytest.raises(ConohaRefused, match="404"):
        plan(target, {}, ZONE)


@BOTH
def test_zones_are_listed(generation: str, start: Start) -> None:
    """All of the account, sorted, and no others."""
    conoha = start(generation, Toggles(default_page=2))
    for zone in ("b.example.", "a.example.", "c.example."):
        conoha.seed(zone)
    conoha.seed("d.example.", foreign=True)
    assert provider(conoha).list_zones() == ["a.example.", "b.example.", "c.example."]


@BOTH
def test_a_zone_is_made_only_when_told_to(generation: str, start: Start) -> None:
    """And never by accident: the region may be the wrong one."""
    conoha = start(generation)
    with pytest.raises(ConohaException, match=r"no zone example\.com\. in this region"):
        apply(provider(conoha), BEFORE)
    assert not conoha.log.writes
    apply(provider(conoha, create_zones=True, email="hostmaster@example.com"), BEFORE)
    assert held(BEFORE) == conoha.held(ZONE)


@pytest.mark.parametrize(
    ("fault", "made"),
    [
        (refuse(504, after_commit=True), True),  # done, though the answer was lost
        (drop(after_commit=True), True),
        (refuse(504), False),  # not done, and not asked for again
        (refuse(403), False),
        (refuse(409), False),  # another tenant has it
    ],
)
@BOTH
def test_a_zone_is_made_once(generation: str, fault: object, made: bool, start: Start) -> None:
    """After a lost answer the account's zones tell whether it is there."""
    conoha = start(generation)
    conoha.faults.add(fault, method="POST", path="/domains$")
    target = provider(conoha, create_zones=True, email="hostmaster@example.com")
    if made:
        apply(target, BEFORE)
        assert held(BEFORE) == conoha.held(ZONE)
    else:
        with pytest.raises(ConohaException):
            apply(target, BEFORE)
    assert [ZONE] * made == conoha.zones()
    assert sum(entry.call == "POST domains" for entry in conoha.log) == 1


@pytest.mark.parametrize("answer", ["accept", "400"])
def test_a_reverse_zone_of_v2(answer: str, start: Start) -> None:
    """ConoHa makes one for an address; its PTR is at the apex, and may not be for clients to write."""
    conoha = start("v2", Toggles(ptr=answer))
    zone = "7.2.0.192.in-addr.arpa."
    conoha.seed(zone, {(zone, "PTR"): (3600, ["old.example."])})
    sets: Sets = {(zone, "PTR"): (3600, ["mx.example.com."])}
    if answer == "accept":
        apply(provider(conoha), sets, zone)
        assert plan(provider(conoha), sets, zone) is None
    else:
        with pytest.raises(ConohaRefused, match=r"PTR mx\.example\.com\.: .*HTTP 400"):
            apply(provider(conoha), sets, zone)
    assert (held(sets) if answer == "accept" else {(zone, "PTR"): (3600, {"old.example."})}) == conoha.held(
        zone
    )


@BOTH
def test_foreign_texts_beside_ours_stay_to_the_octet(generation: str, start: Start) -> None:
    """Texts that octoDNS mangles are neither written again nor deleted when their RRset changes."""
    conoha = start(generation)
    odd = ['""x""', '"half', "a\\b", 'say "hi" "there"', "ä", "semi;colon", '"a" and "b"', " "]
    conoha.seed(ZONE, {("example.com.", "TXT"): (300, ['"v=spf1 mx -all"'])})
    for data in odd:
        conoha.add(ZONE, "example.com.", "TXT", "", ttl=300, data=data)
    before = {one.id: one.value for one in conoha.values(ZONE)}
    target = provider(conoha)
    wanted_ = seen(target)
    (record,) = wanted_.records
    values = [value for value in record.to_rrset().rdatas if "spf1" not in value]
    changed = Record.from_rrset(wanted_, Rrset(ZONE, "TXT", 300, [*values, '"v=spf1 -all"']), lenient=True)
    wanted_.add_record(changed, replace=True, lenient=True)
    target.apply(target.plan(wanted_))
    after = {one.id: one.value for one in conoha.values(ZONE)}
    assert [entry.method for entry in conoha.log.writes] == ["POST", "DELETE"]
    assert {value for id_, value in after.items() if id_ not in before} == {'"v=spf1 -all"'}
    assert {value for id_, value in before.items() if id_ not in after} == {'"v=spf1 mx -all"'}


@BOTH
def test_a_list_over_several_pages_is_whole(generation: str, start: Start) -> None:
    """250 records come whole, each once."""
    conoha = start(generation, Toggles(default_page=50))
    sets: Sets = {(f"h{number}.example.com.", "A"): (300, ["192.0.2.1"]) for number in range(250)}
    conoha.seed(ZONE, sets)
    assert len(seen(provider(conoha)).records) == 250


@BOTH
def test_a_list_that_moves_between_pages_is_read_again(generation: str, start: Start) -> None:
    """A record deleted meanwhile moves the others up; none of them is lost for that."""
    conoha = start(generation, Toggles(default_page=50, total_count="absent" if generation == "v3" else None))
    sets: Sets = {(f"h{number}.example.com.", "A"): (300, ["192.0.2.1"]) for number in range(120)}
    conoha.seed(ZONE, sets)
    somebody = meanwhile(lambda: conoha.remove(ZONE, "h3.example.com.", "A"))
    conoha.faults.add(somebody, method="GET", path="/records$", nth=2)
    assert {record.name for record in seen(provider(conoha)).records} == {
        f"h{number}" for number in range(120) if number != 3
    }
    assert not conoha.faults.waiting


@BOTH
def test_order_is_kept_safe(generation: str, start: Start) -> None:
    """What others point to is there first, and goes last; nothing is deleted before all is created."""
    conoha = start(generation)
    conoha.seed(
        ZONE,
        {
            ("old.example.com.", "A"): (300, ["192.0.2.1"]),
            ("example.com.", "MX"): (300, ["1 old.example.com."]),
        },
    )
    apply(
        provider(conoha),
        {
            ("new.example.com.", "A"): (300, ["192.0.2.2"]),
            ("example.com.", "MX"): (300, ["1 new.example.com."]),
        },
    )
    done = [(entry.method, entry.json["type"] if entry.json else "") for entry in conoha.log.writes]
    assert done == [("POST", "A"), ("POST", "MX"), ("DELETE", ""), ("DELETE", "")]


@BOTH
def test_hosts_come_before_what_names_them_and_go_after(generation: str, start: Start) -> None:
    """Also where octoDNS would have the apex first."""
    conoha = start(generation)
    conoha.seed(ZONE)
    sets: Sets = {
        ("example.com.", "MX"): (300, ["1 mx.example.com."]),
        ("mx.example.com.", "A"): (300, ["192.0.2.2"]),
    }
    apply(provider(conoha), sets)
    assert [entry.json["type"] for entry in conoha.log.writes] == ["A", "MX"]
    ids = {one.id: one.type for one in conoha.values(ZONE)}
    conoha.log.clear()
    apply(provider(conoha), {})
    assert [ids[entry.path.rpartition("/")[2]] for entry in conoha.log.writes] == ["MX", "A"]


def test_a_full_quota_takes_nothing_away(start: Start) -> None:
    """Creating comes first, so a refusal for want of room leaves the old values."""
    conoha = start("v2", Toggles(set_quota=3))
    conoha.seed(ZONE, {("a.example.com.", "A"): (300, ADDRESSES)})
    with pytest.raises(ConohaRefused, match="HTTP 413 over_quota"):
        apply(provider(conoha), {("a.example.com.", "A"): (300, ["192.0.2.4"])})
    assert conoha.held(ZONE) == {("a.example.com.", "A"): (300, frozenset(ADDRESSES))}


def test_several_ttls_in_one_set_become_one(start: Start) -> None:
    """v3 allows what DNS does not (RFC 2181 §5.2); a wanted record puts it right."""
    conoha = start("v3")
    conoha.seed(ZONE)
    for address, ttl in (("192.0.2.1", 300), ("192.0.2.2", 600)):
        conoha.add(ZONE, "a.example.com.", "A", address, ttl=ttl)
    sets: Sets = {("a.example.com.", "A"): (300, ["192.0.2.1", "192.0.2.2"])}
    assert apply(provider(conoha), sets) == 1
    assert held(sets) == conoha.held(ZONE)
    assert plan(provider(conoha), sets) is None


def test_equal_values_are_shown_once_and_go_together(start: Start) -> None:
    """Twins that v3 may allow are one value to octoDNS."""
    conoha = start("v3", Toggles(duplicate="accept"))
    conoha.seed(ZONE)
    for _ in range(2):
        conoha.add(ZONE, "a.example.com.", "A", "192.0.2.1", ttl=300)
    assert plan(provider(conoha), {("a.example.com.", "A"): (300, ["192.0.2.1"])}) is None
    apply(provider(conoha), {})
    assert not conoha.held(ZONE)


def test_a_ttl_that_is_not_kept_is_told(start: Start) -> None:
    """ConoHa may raise a TTL silently; then every plan would show it again."""
    conoha = start("v3", Toggles(min_ttl=300, min_ttl_mode="clamp"))
    conoha.seed(ZONE)
    with pytest.raises(ConohaException, match="its TTL is 300 instead of 60"):
        apply(provider(conoha), {("a.example.com.", "A"): (60, ["192.0.2.1"])})


@BOTH
def test_unchanged_zones_are_only_read(generation: str, start: Start) -> None:
    """A plan writes nothing."""
    conoha = start(generation)
    conoha.seed(ZONE, BEFORE)
    waits = Waits()
    assert plan(provider(conoha, waits), BEFORE) is None
    assert not conoha.log.writes
    assert not waits.seconds
