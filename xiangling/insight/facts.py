"""What is countable about one case: its row and its ledger, read into facts with days.

Days are local calendar days. Everything here follows from the case and its entries alone, so that
counting again gives the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from xiangling.kernel import clock, registry
from xiangling.kernel.models import Case, Entry
from xiangling.kernel.registry import Counted, Kind

POINTS = ("opened", "ended", "settled", "reopened", "first_ended", "relapsed")
"""Facts of every kind that have one day; a kind may add its own (`registry.Counted.also`)."""
SPANS = ("open", "overdue")
"""Facts that last: counted at the end of each of their days."""

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, order=True)
class Fact:
    """One countable fact; `until_on` ends a span and is None for a point or a span that goes on."""

    what: str
    state: str
    first_on: date
    until_on: date | None
    weight: int


@dataclass(frozen=True)
class Words:
    """What the facts of a case are broken down by, as the case stands now."""

    region: str
    sector: str
    grade: str
    source: str


def words_of(kind: Kind, case: Case) -> Words:
    counted = counting(kind)
    return Words(case.region.ljust(12, "0"), case.sector, counted.grade(case), counted.source(case))


def counting(kind: Kind) -> Counted:
    found: Counted = registry.shelf("counted").get(kind.key) or Counted()
    return found


def facts_of(kind: Kind, case: Case, entries: Sequence[Entry]) -> list[Fact]:
    """Every fact of one case, from its entries first to last."""
    if not entries:
        return []
    counted = counting(kind)
    days = [clock.local_date(entry.at) for entry in entries]
    opened = min(counted.opened_on(case) or days[0], days[0])
    found = [Fact("opened", "", opened, None, 0)]
    evenings = _evenings(entries, days)
    found += _stays(kind, [(opened, entries[0]), *evenings] if opened < days[0] else evenings)
    found += _lateness(kind, evenings)
    found += _endings(kind, entries, days, opened)
    found += [
        Fact(what, "", day, None, weight) for what, day, weight in counted.also(case, entries)
    ]
    return found


def _is_final(kind: Kind, name: str) -> bool:
    """Whether a state ends a case; one that an older version knew and this one does not, does not."""
    state = kind.loop.states.get(name)
    return state is not None and state.is_final


def _evenings(entries: Sequence[Entry], days: Sequence[date]) -> list[tuple[date, Entry]]:
    """The last entry of each day: what stood at its end."""
    return list(dict(zip(days, entries, strict=True)).items())


def _stays(kind: Kind, evenings: Sequence[tuple[date, Entry]]) -> Iterator[Fact]:
    """In which open state the case was at the end of which days; weight is the day it was opened."""
    opened, state = evenings[0][0], evenings[0][1].target
    since, weight = opened, opened.toordinal()
    for day, entry in evenings[1:]:
        if entry.target != state:
            if not _is_final(kind, state):
                yield Fact("open", state, since, day, weight)
            state, since = entry.target, day
    if not _is_final(kind, state):
        yield Fact("open", state, since, None, weight)


def _lateness(kind: Kind, evenings: Sequence[tuple[date, Entry]]) -> Iterator[Fact]:
    """On which days the case ended the day past its due date, as the due dates stood then.

    A deadline at the last second of a day is missed from the day after.
    """
    begun: date | None = None
    ends = [day for day, _entry in evenings[1:]]
    for (day, entry), until in zip(evenings, [*ends, None], strict=True):
        late_from = None if _is_final(kind, entry.target) else _late_from(entry, day)
        if begun is not None and late_from != day:
            yield Fact("overdue", "", begun, day, 0)
            begun = None
        if begun is None and late_from is not None and (until is None or late_from < until):
            begun = late_from
    if begun is not None:
        yield Fact("overdue", "", begun, None, 0)


def _late_from(entry: Entry, day: date) -> date | None:
    """The first day, from that of the entry on, that ends past the due date the entry left."""
    due = _due(entry)
    return max(day, clock.local_date(due + _SECOND)) if due else None


def _due(entry: Entry) -> datetime | None:
    given = entry.data.get("due")
    if not given:
        return None
    return given if isinstance(given, datetime) else datetime.fromisoformat(str(given))


def _endings(
    kind: Kind, entries: Sequence[Entry], days: Sequence[date], opened: date
) -> Iterator[Fact]:
    """When it ended (if it stands ended), ended first, and was last re-opened."""
    moves = [
        (entry, day)
        for entry, day in zip(entries, days, strict=True)
        if entry.source != entry.target
    ]
    ends = [(entry, day) for entry, day in moves if _is_final(kind, entry.target)]
    again = [
        day
        for entry, day in moves
        if entry.source and _is_final(kind, entry.source) and not _is_final(kind, entry.target)
    ]
    if again:
        yield Fact("reopened", "", again[-1], None, 0)
    if not ends:
        return
    first, first_day = ends[0]
    yield Fact("first_ended", first.target, first_day, None, 0)
    if again:
        yield Fact("relapsed", first.target, first_day, None, 0)
    last, last_day = ends[-1]
    if moves[-1][0] is last:
        yield Fact("ended", last.target, last_day, None, (last_day - opened).days)
        yield Fact("settled", last.target, opened, None, 0)


def row_values(fact: Fact, words: Words) -> dict[str, Any]:
    """The columns of a trace."""
    return {**vars(words), **vars(fact)}
