"""A ConoHa that tests can talk to over HTTP: both generations, and every answer to what nobody knows.

It follows the facts gathered about the real service, and no client.  Where a fact is
known, the fake does it; where it is not, a toggle chooses, and the default is the likeliest.

    with FakeConoha("v3", Toggles(put_ttl="400")) as conoha:
        conoha.seed("example.com", {("www.example.com.", "A"): (300, {"192.0.2.1"})})
        conoha.faults.add(refuse(504, after_commit=True), method="POST", path="/records$")
        ...
        assert conoha.held("example.com") == {...}
        assert conoha.log.calls == ["POST tokens", "GET domains", "GET records"]
"""

from tests.conoha.fake.faults import (
    busy,
    drop,
    expire,
    html,
    maintenance,
    meanwhile,
    redirect,
    refuse,
    slow,
    truncate,
)
from tests.conoha.fake.server import FakeConoha, Held, HeldValue
from tests.conoha.fake.state import Account, Clock
from tests.conoha.fake.toggles import Toggles

__all__ = [
    "Account", "Clock", "FakeConoha", "Held", "HeldValue", "Toggles",
    "busy", "drop", "expire", "html", "maintenance", "meanwhile", "redirect", "refuse", "slow", "truncate",
]  # fmt: skip
