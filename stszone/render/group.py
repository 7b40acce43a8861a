"""What a comment says of mail domains: those of which the same can be said, together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from stszone.render.entry import Entry, policy_lines, record_lines, where
from stszone.render.markup import escape, folded, patch, prose
from stszone.render.words import plural, shorten


@dataclass(frozen=True, slots=True)
class Level:
    """How much is said."""

    whole: bool = False
    """Whether long values are shown whole."""
    records: bool = False
    """Whether records are shown of mail domains without risk; those of the others are."""
    lines: bool = False
    """Whether mail domains without risk have one line together."""
    many: int = 10
    """How many stand for all, of whatever there is."""


def groups_of(entries: Iterable[Entry]) -> list[list[Entry]]:
    """Mail domains of which the same is said, together."""
    alike: dict[str, list[Entry]] = {}
    for one in entries:
        alike.setdefault(one.alike, []).append(one)
    return list(alike.values())


def block_of(group: Sequence[Entry], level: Level, *, records: bool = True) -> str:
    """The heading, what happens, and folded below it records, policies and who else."""
    first, names = group[0], [one.domain for one in group]
    parts = [f"#### {_names(names, 3)}{_mark(first)}"]
    if place := where(first.diff):
        parts.append(escape(place))
    if bullets := [_bullet(*one, level) for one in first.said[: level.many]]:
        if len(first.said) > level.many:
            bullets.append(f"- and {len(first.said) - level.many:,} more")
        parts.append("\n".join(bullets))
    if records and (level.records or first.grave):
        parts.extend(_below(group, level))
    elif count := sum(len(one.diff.plan.changes) for one in group):
        parts.append(f"{plural(count, 'record set')}, not shown here")
    if len(names) > 3:
        rest = ", ".join(map(escape, names[: level.many]))
        more = f" and {len(names) - level.many:,} more" if len(names) > level.many else ""
        parts.append(folded(f"all {len(names):,} mail domains", rest + more))
    return "\n\n".join(parts)


def _below(group: Sequence[Entry], level: Level) -> Iterator[str]:
    """Records and policies: the first ones where all are alike, else those of each."""
    distinct = list({one.with_records(): one for one in reversed(group)}.values())[::-1]
    if count := sum(len(one.diff.plan.changes) for one in distinct):
        each = " each" if len(distinct) < len(group) and len(distinct) == 1 else ""
        lines = (line for one in distinct for line in record_lines(one.diff.plan.changes))
        yield folded(plural(count, "record set") + each, _patch(lines, level))
    policies = [(one.domain, one.diff.policy) for one in distinct if one.diff.policy]
    if any(policy.before != policy.after for _, policy in policies):
        lines = (
            line
            for domain, policy in policies
            for line in ([f"  # {domain}"] * (len(policies) > 1) + policy_lines(policy.before, policy.after))
        )
        yield folded("policy text", _patch(lines, level))


def _patch(lines: Iterable[str], level: Level) -> str:
    whole = list(lines)
    more = [f"  … {plural(len(whole) - level.many, 'more line')}"] if len(whole) > level.many else []
    return patch([*(_cut(line, level) for line in whole[: level.many]), *more])


def _names(names: Sequence[str], many: int) -> str:
    """`a.example, b.example and 398 more`."""
    if len(names) <= many:
        return ", ".join(map(escape, names))
    return f"{escape(names[0])} and {len(names) - 1:,} more alike"


def _mark(entry: Entry) -> str:
    marks = {"RISK": entry.diff.risky, "held back": entry.diff.plan.blocked}
    said = ", ".join(mark for mark, given in marks.items() if given)
    return f" — **{said}**" if said else ""


def _bullet(verb: str, text: str, level: Level) -> str:
    return f"- **{escape(verb)}**: {prose(_cut(text, level))}"


def _cut(text: str, level: Level) -> str:
    return text if level.whole else shorten(text)


def line_of(group: Sequence[Entry], level: Level) -> str:
    """Mail domains without risk, in one line."""
    said = [f"{escape(verb)}: {prose(_cut(text, level))}" for verb, text in group[0].said[: level.many]]
    if len(group[0].said) > level.many:
        said.append(f"and {len(group[0].said) - level.many:,} more")
    return f"- **{_names([one.domain for one in group], 1)}**: {'; '.join(said)}"
