"""Makes the changes of a plan, value by value, and looks again whenever an answer was lost.

Order: names where a CNAME comes or goes, each with its deletions first; then all that is lacking;
then TTLs; and stale values last, so that no RRset is empty in between and a refusal (a quota, a
rule of ConoHa's) is met before anything is gone.  In the end the zone is listed and compared.

Lists may lag behind writes, so one look is never enough to say that something did not happen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from logging import Logger, LoggerAdapter
from typing import Protocol

from .errors import ConohaException, ConohaNoAnswer, ConohaRefused
from .session import Session
from .steps import SetChange, Work, effective_ttl, hidden_sets, remaining, swapped_names, work
from .txt import STRING_BYTES
from .values import Rdata, Value, Zone

_ROUNDS = 3
"""Times that a record is posted when its fate stays unknown."""
_LOOKS = 4
"""Times that a zone is listed before something is called missing."""


class Client(Protocol):
    """What both generations of the API can do."""

    one_ttl: bool
    session: Session

    def zones(self) -> list[Zone]:
        """Every zone of the account."""

    def zone(self, name: str) -> Zone | None:
        """The zone of that name, with its dot."""

    def create_zone(self, name: str, email: str, ttl: int) -> Zone:
        """Make a zone."""

    def values(self, zone: Zone) -> list[Value]:
        """Every record of a zone."""

    def create(self, zone: Zone, name: str, new: Rdata, ttl: int) -> Value:
        """Make a record."""

    def set_ttl(self, zone: Zone, value: Value, ttl: int) -> bool:
        """Change a TTL; False when the API does not."""

    def delete(self, zone: Zone, value: Value) -> None:
        """Take a record out."""


class Writer:
    """One zone, while a plan is applied."""

    def __init__(
        self,
        client: Client,
        zone: Zone,
        log: Logger | LoggerAdapter[Logger],
        pause: Callable[[int], None],
    ) -> None:
        self._client = client
        self._zone = zone
        self._log = log
        self._pause = pause
        self._first: frozenset[str] = frozenset()
        self._made: set[tuple[str, Rdata]] = set()
        self._gone: set[str] = set()
        self._repeated = False

    def apply(self, changes: Sequence[SetChange]) -> None:
        """Make all changes.  Raises ConohaException; another plan shows what is left then."""
        held = self._client.values(self._zone)
        self._first = frozenset(value.id for value in held)
        hidden = hidden_sets(held, self._zone.name)
        for change in changes:
            if change.key in hidden:
                raise ConohaException(
                    f"{change.name} {change.type} {hidden[change.key]}; nothing was written"
                )
        works = [work(change, held) for change in changes]
        names = swapped_names(works)
        for name in sorted(names):
            self._swap([one for one in works if one.change.name == name])
        rest = [one for one in works if one.change.name not in names]
        for one in rest:
            for rdata in one.create:
                self._create(one.change.name, rdata, one.change.ttl)
        for one in works:
            self._retime(one)
        for one in reversed(rest):
            for value in one.delete:
                self._delete(value)
        self._verify(changes)

    def _swap(self, works: list[Work]) -> None:
        """Empty a name and fill it anew; put back what was there when that is refused."""
        gone = [value for one in works for value in one.delete]
        new = [(rdata, one.change.ttl) for one in works for rdata in one.create]
        self._replace(gone, [(works[0].change.name, rdata, ttl) for rdata, ttl in new])

    def _replace(self, gone: Sequence[Value], new: Sequence[tuple[str, Rdata, int]]) -> None:
        for value in gone:
            self._delete(value)
        made: list[Value] = []
        try:
            for name, rdata, ttl in new:
                made.append(self._create(name, rdata, ttl))
        except ConohaException:
            self._put_back(gone, made)
            raise

    def _put_back(self, gone: Sequence[Value], made: Sequence[Value]) -> None:
        """The values as they were before, as far as that can be had; the failure itself is raised after."""
        try:
            for value in made:
                self._delete(value)
            for value in gone:
                self._create(value.name, value.rdata, effective_ttl(value, self._zone.ttl))
        except ConohaException as error:
            self._log.error("%s: not put back as it was before: %s", self._zone.name, error)

    def _create(self, name: str, rdata: Rdata, ttl: int) -> Value:
        """Make a value and see that it is what was sent.  Raises ConohaException."""
        self._log.info("create %s %s %s", name, rdata.type, rdata)
        lost = False
        for attempt in range(_ROUNDS):
            self._repeated = self._repeated or attempt > 0
            try:
                value = self._client.create(self._zone, name, rdata, ttl)
                break
            except ConohaException as error:
                trouble = error
            lost = lost or isinstance(trouble, ConohaNoAnswer)
            conflict = isinstance(trouble, ConohaRefused) and trouble.status == 409
            found = self._find(name, rdata, _LOOKS if lost or conflict else 1)
            if found:
                value = found
                break
            if not isinstance(trouble, ConohaNoAnswer) or attempt == _ROUNDS - 1:
                raise type(trouble)(*_why(trouble, name, rdata))
        self._made.add((name, rdata))
        if value.key != (name, rdata.type) or value.rdata != rdata:
            self._client.delete(self._zone, value)
            what = f"ConoHa made {value.rdata} of it, which was taken out again"
            raise ConohaException(f"{name} {rdata.type} {rdata}: {what}")
        return value

    def _find(self, name: str, rdata: Rdata, looks: int) -> Value | None:
        """A value that may have been made, in lists that may lag behind."""
        for attempt in range(looks):
            if attempt:
                self._pause(attempt - 1)
            for value in self._client.values(self._zone):
                same = value.key == (name, rdata.type) and value.rdata == rdata
                if same and value.id not in self._gone:
                    return value
        return None

    def _delete(self, value: Value) -> None:
        self._log.info("delete %s", value)
        self._gone.add(value.id)
        self._client.delete(self._zone, value)

    def _retime(self, one: Work) -> None:
        """Give the values that stay another TTL, if need be."""
        change = one.change
        late = [value for value in one.stay if effective_ttl(value, self._zone.ttl) != change.ttl]
        if self._client.one_ttl and one.delete and not one.stay and one.create:
            # The new values came into the old set, and have its TTL whatever was sent.
            old = {effective_ttl(value, self._zone.ttl) for value in one.delete} - {change.ttl}
            found = self._find(change.name, one.create[0], _LOOKS) if old else None
            late = [found] if found and effective_ttl(found, self._zone.ttl) != change.ttl else []
        for value in late[:1] if self._client.one_ttl else late:
            self._set_ttl(value, change.ttl)

    def _set_ttl(self, value: Value, ttl: int) -> None:
        self._log.info("TTL %s %s -> %d", value, value.ttl, ttl)
        if not self._client.set_ttl(self._zone, value, ttl):
            if len(value.rdata.data) > STRING_BYTES:
                what = "has a TTL that changes only when it is made anew, which its length may not allow"
                raise ConohaException(f"{value.name} {value.rdata.type} {what}; change it by hand")
            # The same value twice may be refused, so the old one has to go first.
            self._replace([value], [(value.name, value.rdata, ttl)])

    def _verify(self, changes: Sequence[SetChange]) -> None:
        """See that the zone is as the plan wants it.  Raises ConohaException."""
        told = self._look(changes)
        if told and all(": its TTL is " in one for one in told):
            self._retime_each(changes)
            told = self._look(changes)
        if told:
            raise ConohaException(f"after the changes: {'; '.join(told)}; plan again")

    def _look(self, changes: Sequence[SetChange]) -> list[str]:
        told: list[str] = []
        for attempt in range(_LOOKS):
            if attempt:
                self._pause(attempt - 1)
            held = self._without_twins(self._client.values(self._zone))
            told = [one for change in changes for one in remaining(change, held, self._zone.ttl)]
            if not told and not self._repeated:  # what was posted twice may come up late
                break
        return told

    def _retime_each(self, changes: Iterable[SetChange]) -> None:
        """TTLs that did not follow that of another value of their set, or followed it when new."""
        held = self._client.values(self._zone)
        for change in changes:
            for value in work(change, held).stay:
                if effective_ttl(value, self._zone.ttl) != change.ttl:
                    self._client.set_ttl(self._zone, value, change.ttl)

    def _without_twins(self, held: list[Value]) -> list[Value]:
        """Take out what a repeated POST made twice; never anything that was there before."""
        twins: list[Value] = []
        kept: set[tuple[str, Rdata]] = set()
        alive = (value for value in held if value.id not in self._gone)  # a list may lag behind
        for value in sorted(alive, key=lambda value: value.id not in self._first):
            same = (value.name, value.rdata)
            if same in kept and same in self._made and value.id not in self._first:
                twins.append(value)
            kept.add(same)
        for value in twins:
            self._delete(value)
        return [value for value in held if value not in twins]


def _why(trouble: ConohaException, name: str, rdata: Rdata) -> tuple[str, *tuple[int, ...]]:
    """The same failure with the value that it is about."""
    text = f"{name} {rdata.type} {rdata}: {trouble}"
    return (text, trouble.status) if isinstance(trouble, ConohaRefused) else (text,)
