"""A Route 53 of one's own on loopback: moto's server, put right where AWS behaves otherwise.

moto answers for hosted zones, changes and health checks.  It does not check keys, and its record sets are
wrong in most ways that matter to a client, so these are answered here, as the API reference and the developer
guide have it:

- signatures (SigV4) are checked, against the key's secret and what the key may do;
- a change batch is done as a whole or not at all, change by change in its order;
- CREATE of what is there, DELETE of what is not there or has another TTL or other values, a set deleted twice,
  a CNAME beside other data or at the apex, a plain set beside weighted ones, the apex SOA and NS deleted,
  values without quotes, too long, doubled or of the wrong form, names outside the zone: InvalidChangeBatch;
- 1,000 values and 32,000 characters a batch, with UPSERT counted twice; 4,000 characters a value;
- names come back in lower case, all but letters, digits, `-` and `_` as octal escapes; sets come back in the
  order of AWS, 300 a page; zones by name from the given name on;
- `throttle` requests are answered with Throttling.

What it is not sure of, or does not do: whether AWS keeps the very characters of a value or writes escapes and
blanks in a form of its own (it keeps them; an addition to the client's duty would be a comparison by meaning, on
AWS's side); the wording of messages other than those for CREATE and DELETE; which routing policies may stand
together, alias targets and health checks that exist; PriorRequestNotComplete; delegation sets, VPCs, DNSSEC,
tags, traffic policies, protected record sets; a change is in place at once and never PENDING.
"""

from __future__ import annotations

import io
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import botocore.session
import dns.exception
import dns.name
import dns.rdata
import dns.rdataset
import dns.zone
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.client import BaseClient
from botocore.credentials import Credentials
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

HOST = "127.0.0.1"
XMLNS = "https://route53.amazonaws.com/doc/2013-04-01/"
PAGE = 300
ACCESS_KEY, SECRET = "0123456789", "01234567890123456789"
"""Digits only, and a zero first: what octoDNS makes a number of."""
MAY_NOT = "AKIAMAYNOTHING"
"""A key that is known and may do nothing; its secret is SECRET too."""

TYPES = frozenset(
    ["SOA", "A", "TXT", "NS", "CNAME", "MX", "NAPTR", "PTR", "SRV", "SPF", "AAAA", "CAA", "DS", "TLSA", "SSHFP", "SVCB", "HTTPS"]
)  # fmt: skip
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_")
_ESCAPE = re.compile(r"\\([0-3][0-7]{2}|.)", re.DOTALL)
_STRINGS = re.compile(r'"((?:[^"\\]|\\.)*)"(?: +|$)')
_ROUTING = ("Weight", "Region", "GeoLocation", "GeoProximityLocation", "Failover", "MultiValueAnswer",
            "HealthCheckId", "CidrRoutingConfig", "TrafficPolicyInstanceId", "AliasTarget")  # fmt: skip


class Refused(Exception):
    """What is answered instead of a success."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.status = code, status


@dataclass(frozen=True)
class RecordSet:
    """One record set as the API has it."""

    name: str
    """With its final dot, escaped."""
    type: str
    id: str = ""
    """SetIdentifier."""
    ttl: int | None = None
    values: tuple[str, ...] = ()
    routing: str = ""
    """XML of whatever else it has."""

    @property
    def key(self) -> tuple[str, str, str]:
        return self.name, self.type, self.id

    @property
    def place(self) -> tuple[list[str], str, str]:
        """Its place in a listing."""
        return self.name.split(".")[::-1], self.type, self.id

    def xml(self) -> str:
        values = "".join(f"<ResourceRecord><Value>{escape(v)}</Value></ResourceRecord>" for v in self.values)
        return (
            f"<ResourceRecordSet><Name>{escape(self.name)}</Name><Type>{self.type}</Type>"
            + (f"<SetIdentifier>{escape(self.id)}</SetIdentifier>" if self.id else "")
            + self.routing
            + (f"<TTL>{self.ttl}</TTL>" if self.ttl is not None else "")
            + (f"<ResourceRecords>{values}</ResourceRecords>" if values else "")
            + "</ResourceRecordSet>"
        )

    def same(self, other: RecordSet) -> bool:
        """Whether a DELETE with the one takes the other away."""
        return sorted(self.values) == sorted(other.values) and replace(self, values=other.values) == other


Sets = dict[tuple[str, str, str], RecordSet]


def api_name(name: dns.name.Name) -> str:
    """A name as the API writes it."""
    labels = [
        "".join(chr(octet) if octet in _PLAIN else rf"\{octet:03o}" for octet in label.lower())
        for label in name.labels
    ]
    return ".".join(labels) or "."


def decimal(text: str) -> str:
    """Octal escapes as zone files have them."""
    return _ESCAPE.sub(lambda one: rf"\{int(one[1], 8):03}" if len(one[1]) == 3 else one[0], text)


def octal(text: str) -> str:
    """Zone files' escapes in octal."""
    digits = re.compile(r"\\([0-9]{3}|.)", re.DOTALL)
    return digits.sub(lambda one: rf"\{int(one[1]):03o}" if len(one[1]) == 3 else one[0], text)


def rdata(type_: str, value: str) -> dns.rdata.Rdata:
    """A value as dnspython has it."""
    return dns.rdata.from_text("IN", type_, decimal(value), dns.name.root, relativize=False)


def sets_of(zone: str, text: str) -> Sets:
    """The record sets of a zone file; types that Route 53 does not have are left out."""
    read = dns.zone.from_text(
        f"$ORIGIN {zone}.\n$TTL 3600\n{text}", zone, relativize=False, check_origin=False
    )
    made = [
        RecordSet(
            api_name(name),
            one.rdtype.name,
            ttl=one.ttl,
            values=tuple(octal(r.to_text(chunksize=0)) for r in one),
        )
        for name, one in read.iterate_rdatasets()
        if one.rdtype.name in TYPES
    ]
    return {one.key: one for one in made}


@dataclass
class HostedZone:
    """The record sets of one hosted zone."""

    name: str
    """As the API has it."""
    private: bool = False
    sets: Sets = field(default_factory=dict)

    def reset(self, text: str = "") -> None:
        """What a new zone has, and the records of a zone file."""
        servers = tuple(
            f"ns-{n}.awsdns-{n:02}.{tld}." for n, tld in enumerate(("com", "net", "org", "co.uk"))
        )
        soa = f"{servers[0]} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
        own = [
            RecordSet(self.name, "NS", ttl=172800, values=servers),
            RecordSet(self.name, "SOA", ttl=900, values=(soa,)),
        ]
        zone = dns.name.from_text(decimal(self.name)).to_text(omit_final_dot=True)
        self.sets = {one.key: one for one in own} | sets_of(zone, text)

    def change(self, changes: list[tuple[str, RecordSet]]) -> None:
        """A change batch.  Raises Refused, and then nothing was changed."""
        _within_limits(changes)
        after, deleted = dict(self.sets), set()
        for action, one in changes:
            what = f"[name='{one.name}', type='{one.type}'{f', set identifier={one.id!r}' if one.id else ''}]"
            there = after.get(one.key)
            if action == "DELETE":
                if one.key in deleted or there is None:
                    raise _bad(f"Tried to delete resource record set {what} but it was not found")
                if not one.same(there):
                    raise _bad(
                        f"Tried to delete resource record set {what} "
                        "but the values provided do not match the current values"
                    )
                del after[one.key]
                deleted.add(one.key)
                continue
            if action == "CREATE" and there is not None:
                raise _bad(f"Tried to create resource record set {what} but it already exists")
            _check(one, self.name)
            after[one.key] = one
        self._check_zone(after, {one.name for _, one in changes})
        self.sets = after

    def _check_zone(self, after: Sets, names: set[str]) -> None:
        for type_ in ("SOA", "NS"):
            if (self.name, type_, "") not in after:
                raise _bad(f"A HostedZone must contain at least one {type_} record for the zone itself.")
        by_type: dict[tuple[str, str], list[str]] = {}
        for name, type_, id_ in after:
            if name in names:
                by_type.setdefault((name, type_), []).append(id_)
        for (name, type_), ids in by_type.items():
            others = [other for other in by_type if other[0] == name and other[1] != type_]
            clash = (
                f"with DNS name {name} is not permitted because a conflicting RRSet with the same DNS name"
            )
            if type_ == "CNAME" and name == self.name:
                raise _bad(
                    f"RRSet of type CNAME with DNS name {name} is not permitted at apex in zone {self.name}"
                )
            if (type_ == "CNAME" and others) or (len(ids) > 1 and "" in ids):
                raise _bad(f"RRSet of type {type_} {clash} already exists in zone {self.name}")


def _bad(message: str) -> Refused:
    return Refused("InvalidChangeBatch", f"[{message}]")


def _within_limits(changes: list[tuple[str, RecordSet]]) -> None:
    values = [value for action, one in changes for value in one.values * (2 if action == "UPSERT" else 1)]
    if not changes or len(changes) > 1000 or len(values) > 1000:
        raise _bad(f"Number of records limit of 1000 exceeded: {len(values)}")
    if sum(map(len, values)) > 32000:
        raise _bad(f"Maximum data length limit of 32000 exceeded: {sum(map(len, values))}")


def _check(one: RecordSet, zone: str) -> None:
    if one.type not in TYPES:
        raise Refused("InvalidInput", f"{one.type} is no record type")
    if one.name != zone and not one.name.endswith(f".{zone}"):
        raise _bad(f"RRSet with DNS name {one.name} is not permitted in zone {zone}")
    if "<AliasTarget>" in one.routing:
        if one.ttl is not None or one.values:
            raise Refused("InvalidInput", "an alias has neither TTL nor values")
        return
    if one.ttl is None or not 0 <= one.ttl < 2**31 or not one.values:
        raise Refused("InvalidInput", f"{one.name} {one.type} lacks TTL or values")
    if len(set(one.values)) < len(one.values):
        raise _bad(f"Duplicate Resource Record: '{Counter(one.values).most_common(1)[0][0]}'")
    if one.type in ("CNAME", "SOA") and len(one.values) > 1:
        raise _bad(f"{one.type} {one.name} has several values")
    for value in one.values:
        _check_value(one.type, value)


def _check_value(type_: str, value: str) -> None:
    if len(value) > 4000 or not value.isascii() or not value.isprintable():
        raise _bad(f"InvalidCharacterString (Value contains characters that need an escape) with '{value}'")
    if type_ in ("TXT", "SPF"):
        strings = _STRINGS.findall(value)
        if not strings or _STRINGS.sub("", value):
            raise _bad(
                "InvalidCharacterString (Value should be enclosed in quotation marks) "
                f"encountered with '{value}'"
            )
        if any(len(_ESCAPE.sub("x", one)) > 255 for one in strings):
            raise _bad(f"CharacterStringTooLong (Value is too long) encountered with '{value}'")
    try:
        rdata(type_, value)
    except (dns.exception.DNSException, ValueError) as error:
        raise _bad(f"Invalid Resource Record: '{error}' encountered with '{value}'") from None


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Say nothing."""


class Route53:
    """The running server."""

    def __init__(self) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server = make_server(HOST, 0, self._answer, threaded=True, request_handler=_Quiet)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self._lock = threading.Lock()
        self.zones: dict[str, HostedZone] = {}
        """By id."""
        self.changes = 0
        """Change batches that came in, those that were refused included."""
        self.asked: list[str] = []
        """Method and path of every request that was signed well."""
        self.throttle = 0
        """How many of the next requests are one too many."""
        self.swallow = False
        """Whether batches are answered as done and forgotten, which AWS does not do."""
        self.meanwhile: Callable[[], None] | None = None
        """What somebody else does just before the next batch."""

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._server.server_port}"

    def stop(self) -> None:
        """End the thread."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def client(self) -> BaseClient:
        """A client with every right, to make zones with."""
        return botocore.session.Session().create_client(
            "route53", "us-east-1", endpoint_url=self.url,
            aws_access_key_id=ACCESS_KEY, aws_secret_access_key=SECRET,
        )  # fmt: skip

    def create(self, name: str, *, private: bool = False) -> HostedZone:
        """A new hosted zone."""
        answer = self.client().create_hosted_zone(
            Name=name, CallerReference=f"{name}{len(self.zones)}",
            HostedZoneConfig={"PrivateZone": private, "Comment": ""},
        )  # fmt: skip
        id_ = answer["HostedZone"]["Id"].rpartition("/")[2]
        self.zones[id_] = HostedZone(answer["HostedZone"]["Name"], private)
        self.zones[id_].reset()
        return self.zones[id_]

    def remove(self, zone: HostedZone) -> None:
        """Take a hosted zone away."""
        (id_,) = (one for one, other in self.zones.items() if other is zone)
        del self.zones[id_]
        self.client().delete_hosted_zone(Id=id_)

    def zone(self, name: str) -> HostedZone:
        """The hosted zone of a name."""
        (zone,) = (one for one in self.zones.values() if one.name == api_name(dns.name.from_text(name)))
        return zone

    def _answer(self, environ: dict[str, object], start: Callable[..., object]) -> Iterable[bytes]:
        request = Request(environ)
        body = request.get_data()
        try:
            with self._lock:
                _authenticate(request, body)
                self.asked.append(f"{request.method} {request.path}")
                if self.throttle:
                    self.throttle -= 1
                    raise Refused("Throttling", "Rate exceeded")
                text = self._own(request, body)
        except Refused as error:
            xml = (
                f'<ErrorResponse xmlns="{XMLNS}"><Error><Type>Sender</Type><Code>{error.code}</Code>'
                f"<Message>{escape(str(error))}</Message></Error><RequestId>0</RequestId></ErrorResponse>"
            )
            return Response(xml, error.status, mimetype="text/xml")(environ, start)
        if text is not None:
            return Response(text, mimetype="text/xml")(environ, start)
        return list(self._moto(environ | {"wsgi.input": io.BytesIO(body)}, start))

    def _own(self, request: Request, body: bytes) -> str | None:
        """What is answered here; None: moto's business."""
        path = request.path.removeprefix("/2013-04-01/").strip("/").split("/")
        query = {key: values[0] for key, values in parse_qs(request.query_string.decode()).items()}
        match request.method, path:
            case "POST", ["hostedzone", id_, "rrset"]:
                self._change(self._get(id_), body)
                info = "<Id>/change/C1</Id><Status>PENDING</Status><SubmittedAt>2026-11-21T00:00:00Z</SubmittedAt>"
                return _document("ChangeResourceRecordSetsResponse", f"<ChangeInfo>{info}</ChangeInfo>")
            case "GET", ["hostedzone", id_, "rrset"]:
                return self._list(self._get(id_), query)
            case "GET", ["hostedzonesbyname"]:
                return self._by_name(query)
            case "GET", ["healthcheck"]:
                rest = "<Marker/><IsTruncated>false</IsTruncated><MaxItems>100</MaxItems>"
                return _document("ListHealthChecksResponse", f"<HealthChecks/>{rest}")
        return None

    def _get(self, id_: str) -> HostedZone:
        if id_ not in self.zones:
            raise Refused("NoSuchHostedZone", f"No hosted zone found with ID: {id_}", 404)
        return self.zones[id_]

    def _change(self, zone: HostedZone, body: bytes) -> None:
        self.changes += 1
        if self.meanwhile:
            self.meanwhile()
            self.meanwhile = None
        changes = list(_changes(body))
        if not self.swallow:
            zone.change(changes)

    def _list(self, zone: HostedZone, query: dict[str, str]) -> str:
        start = RecordSet(query.get("name", ""), query.get("type", ""), query.get("identifier", "")).place
        found = sorted((one for one in zone.sets.values() if one.place >= start), key=lambda one: one.place)
        page, rest = found[:PAGE], found[PAGE:]
        after = f"<IsTruncated>{str(bool(rest)).lower()}</IsTruncated><MaxItems>{PAGE}</MaxItems>"
        if rest:
            name, type_, id_ = rest[0].key
            after += (
                f"<NextRecordName>{escape(name)}</NextRecordName><NextRecordType>{type_}</NextRecordType>"
            )
            after += f"<NextRecordIdentifier>{escape(id_)}</NextRecordIdentifier>" if id_ else ""
        sets = "".join(one.xml() for one in page)
        return _document(
            "ListResourceRecordSetsResponse", f"<ResourceRecordSets>{sets}</ResourceRecordSets>{after}"
        )

    def _by_name(self, query: dict[str, str]) -> str:
        start = api_name(dns.name.from_text(query.get("dnsname", "."))).split(".")[::-1]
        zones = sorted((zone.name.split(".")[::-1], id_) for id_, zone in self.zones.items())
        xml = "".join(
            f"<HostedZone><Id>/hostedzone/{id_}</Id><Name>{escape(self.zones[id_].name)}</Name>"
            f"<CallerReference>{id_}</CallerReference><Config><PrivateZone>"
            f"{str(self.zones[id_].private).lower()}</PrivateZone></Config></HostedZone>"
            for place, id_ in zones
            if place >= start
        )
        rest = "<IsTruncated>false</IsTruncated><MaxItems>100</MaxItems>"
        return _document("ListHostedZonesByNameResponse", f"<HostedZones>{xml}</HostedZones>{rest}")


def _document(name: str, inner: str) -> str:
    return f'<?xml version="1.0"?><{name} xmlns="{XMLNS}">{inner}</{name}>'


def _changes(body: bytes) -> Iterator[tuple[str, RecordSet]]:
    """Action and record set of each change."""
    root = ElementTree.fromstring(body)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    for change in root.iter("Change"):
        one = change.find("ResourceRecordSet")
        assert one is not None
        ttl = one.findtext("TTL")
        yield (
            change.findtext("Action", ""),
            RecordSet(
                api_name(dns.name.from_text(decimal(one.findtext("Name", "")))),
                one.findtext("Type", ""),
                one.findtext("SetIdentifier", ""),
                None if ttl is None else int(ttl),
                tuple(value.text or "" for value in one.iter("Value")),
                "".join(
                    ElementTree.tostring(found, "unicode") for tag in _ROUTING for found in one.findall(tag)
                ),
            ),
        )


_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d+)/([^/]+)/route53/aws4_request, "
    r"SignedHeaders=([^,]+), Signature=(\w+)"
)


def _authenticate(request: Request, body: bytes) -> None:
    """Compute the signature as the client must have done."""
    found = _AUTHORIZATION.fullmatch(request.headers.get("Authorization", ""))
    if not found:
        raise Refused("MissingAuthenticationToken", "Missing Authentication Token", 403)
    key, _, region, headers, signature = found.groups()
    if key not in (ACCESS_KEY, MAY_NOT):
        raise Refused("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
    signed = AWSRequest(
        request.method, f"{request.host_url.rstrip('/')}{request.environ['RAW_URI']}",
        {name: request.headers[name] for name in headers.split(";")}, body,
    )  # fmt: skip
    signed.context["timestamp"] = request.headers["X-Amz-Date"]
    auth = SigV4Auth(Credentials(key, SECRET), "route53", region)
    if auth.signature(auth.string_to_sign(signed, auth.canonical_request(signed)), signed) != signature:
        raise Refused("SignatureDoesNotMatch", "The request signature we calculated does not match.", 403)
    if key == MAY_NOT:
        who = "User: arn:aws:iam::123456789012:user/nobody"
        raise Refused("AccessDenied", f"{who} is not authorized to perform this action", 403)
