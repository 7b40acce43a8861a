"""A comment that fits: step by step less is said, and least is left out of what can lose mail.

Whatever the room, the text is whole: every part closes what it opens, and a part is there or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from stszone.render.allowing import Endangered, endangered, warning
from stszone.render.entry import Entry, kinds
from stszone.render.group import Level, block_of, groups_of, line_of
from stszone.render.markup import escape, folded, link, marker, prose
from stszone.render.words import plural, shorten
from stszone.report import Finding

_SPARE = 256
"""Bytes for a line that the caller puts before or behind."""

_FOLD = 100
"""Bytes that a part takes to be folded."""

_SOME = 50
"""Lines about mail domains without risk, where not all of them fit."""


@dataclass(frozen=True)
class Content:
    """All that a comment could say."""

    kind: str
    marker: str
    title: str
    """The verdict, in a few words."""
    counts: str
    """The verdict in numbers."""
    entries: tuple[Entry, ...]
    base: str | None = None
    """What a branch is compared with; None for a plan."""
    findings: tuple[Finding, ...] = ()
    gone: tuple[Finding, ...] = ()
    last: tuple[str, ...] = ()
    """Remarks at the end."""
    more: str = ""
    """Address of the page that shows all."""

    @cached_property
    def groups(self) -> list[list[Entry]]:
        """Mail domains of which the same is said, together."""
        return groups_of(self.entries)

    @cached_property
    def endangered(self) -> list[Endangered]:
        """Mail domains with risks."""
        return endangered(one.diff.plan for one in self.entries)


_LEVELS = (
    Level(whole=True, records=True, many=2000),
    Level(records=True, many=500),
    Level(many=50),
    Level(lines=True),
)


def comment(content: Content, limit: int) -> str:
    """The most that can be said in `limit` characters and bytes; 300 are always enough."""
    room = limit - min(_SPARE, limit // 4)
    for level in _LEVELS:
        if whole := _joined(_sections(content, level), room):
            return whole
    return _risky_only(content, room) or _counts_only(content, room)


def _joined(parts: Iterable[str], room: int) -> str:
    """The parts with a blank line between, as long as they fit; empty where they do not."""
    taken: list[str] = []
    for part in parts:
        room -= _size(part)
        if room < 0:
            return ""
        taken.append(part)
    return "\n\n".join(taken) + "\n"


def _size(part: str) -> int:
    """Bytes, never less than characters by any count, and the line ends."""
    return len(part.encode()) + 2


def _sections(content: Content, level: Level) -> Iterator[str]:
    yield from _head(content, level.many)
    yield from (block_of(group, level) for group in content.groups if _is_block(group, level))
    if lines := [line_of(group, level) for group in content.groups if not _is_block(group, level)]:
        yield "\n".join(lines)
    if content.findings:
        yield _finding_table("New findings", content.findings, level.many)
    if content.gone:
        yield _finding_table("Mended findings", content.gone, level.many)
    yield from content.last
    if level is not _LEVELS[0]:
        yield _shortened(content)


def _is_block(group: Sequence[Entry], level: Level) -> bool:
    return not level.lines or group[0].grave


def _head(content: Content, many: int) -> Iterator[str]:
    yield from _verdict(content)
    groups = content.endangered
    yield from (warning(group, content.base) for group in groups[:many])
    if left := sum(len(group.domains) for group in groups[many:]):
        yield f"**And {plural(left, 'more mail domain')} with risks.**"


def _verdict(content: Content) -> tuple[str, str]:
    return f"{marker(content.kind, content.marker)}\n### {content.title}", content.counts


def _finding_table(title: str, found: Sequence[Finding], many: int) -> str:
    rows = [f"#### {title}", "", "| rule | where | what | way out |", "|---|---|---|---|"]
    for one in found[:many]:
        where_ = f"{one.file}:{one.line}" if one.file else one.domain or ""
        cells = (f"{one.rule} {one.severity}", where_, shorten(one.message), one.fix)
        rows.append(f"| {' | '.join(map(prose, cells))} |")
    more = f"\n\nand {len(found) - many:,} more" if len(found) > many else ""
    return "\n".join(rows) + more


def _risky_only(content: Content, room: int) -> str:
    """The risky mail domains, as many as fit, some of the others, and how many are left out."""
    parts = list(_head(content, 5))
    last = [_finding_table("New findings", content.findings, 5)] if content.findings else []
    last += content.last
    room -= sum(map(_size, [*parts, _left_out(content, content.entries), *last]))
    taken: set[int] = set()
    lines: list[str] = []
    for group in content.groups:
        if room < _FOLD * 4:
            break
        grave = group[0].grave
        if grave or len(lines) < _SOME:
            text = next((text for text in _forms(group) if _size(text) <= room - _FOLD), "")
            (parts if grave else lines).extend([text] if text else [])
            taken.update(map(id, group) if text else ())
            room -= _size(text)
    if lines:
        parts.append(folded("some of the changes without risk", "\n".join(lines)))
    rest = [one for one in content.entries if id(one) not in taken]
    return "\n\n".join([*parts, _left_out(content, rest), *last]) + "\n" if room >= 0 else ""


def _forms(group: Sequence[Entry]) -> Iterator[str]:
    """What can be said of mail domains, the longest first."""
    level = _LEVELS[-1]
    if group[0].grave:
        yield block_of(group, level)
        yield block_of(group, level, records=False)
    else:
        yield line_of(group, level)


def _left_out(content: Content, rest: Sequence[Entry]) -> str:
    """How many mail domains there is no room for, and what happens to them."""
    if not rest:
        return _shortened(content)
    risky = sum(one.grave for one in rest)
    without = f", {risky:,} of them **risky or held back**," if risky else ", none of them risky,"
    more = "more " if len(rest) < len(content.entries) else ""
    counts = ", ".join(f"{escape(what)} ({number:,})" for what, number in kinds(rest)[:10])
    said = (
        f"{plural(len(rest), f'{more}mail domain')}{without} not shown here{': ' + counts if counts else ''}."
    )
    return f"{said} {_where_all(content)}".rstrip()


def _shortened(content: Content) -> str:
    return f"Shortened to fit into a comment. {_where_all(content)}".rstrip()


def _where_all(content: Content) -> str:
    more = link("all of it", content.more)
    return f"The run shows {more}." if more else ""


def _counts_only(content: Content, room: int) -> str:
    """The verdict, and where all of it is; at the very least, that there is too much."""
    too_much = "Too much for a comment."
    verdict, counts = _verdict(content)
    forms = (
        [verdict, counts, f"{too_much} {_where_all(content)}".rstrip()],
        [verdict, counts, too_much],
        [f"{marker(content.kind, content.marker)}\n### {too_much}"],
    )
    return next((text for form in forms if (text := _joined(form, room))), "")
