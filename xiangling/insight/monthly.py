"""The monthly table: the measures a month is reported by, each with its comparisons and the year so far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from xiangling.kernel import once
from xiangling.kernel.actor import Actor

from . import periods, places, tables
from .figures import said
from .measures import FOUR_INDICES, Measure
from .periods import Period
from .places import Place
from .tables import Ask, Row

REPORTED = (
    "hazards_found", "hazards_closed", "hazards_open", "hazards_overdue", "majors_found",
    "majors_open", "majors_overdue", "closure_rate", "on_time_rate", "reopen_rate",
    "majors_per_1000", *FOUR_INDICES, "fires", "fire_loss",
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One measure of the table: the month, and the year up to its end (None for a state)."""

    measure: Measure
    month: Row
    year: Row | None


@dataclass(frozen=True)
class Monthly:
    """The table of a month and place."""

    place: Place
    period: Period
    lines: list[Line]
    notes: list[str]


def make(actor: Actor, period: str = "", region: str = "") -> Monthly:
    """The monthly table. Raises Refused as `tables.make` does."""
    month = periods.read(period)
    with once.block():
        place = places.place_of(actor, region, first=month.first)
        lines, notes = [], dict[str, None]()
        for key in REPORTED:
            table = tables.make(Ask(key, month.code(), place.code), actor)
            notes |= dict.fromkeys(table.notes)
            year = None
            if not table.measure.is_stock:
                so_far = f"{month.since_new_year().first}..{month.last}"
                year = tables.make(Ask(key, so_far, place.code), actor).total
            lines.append(Line(table.measure, table.total, year))
    unknown = str(lines[0].measure.unknown)
    return Monthly(place, month, lines, [note for note in notes if note != unknown])


def header() -> list[str]:
    return [
        _("Item"), _("Unit"), _("This month"), _("Same month last year"), _("Year on year"),
        _("Month before"), _("Month on month"), _("Year so far"), _("Same time last year"),
        _("Year on year"),
    ]  # fmt: skip


def cells(line: Line) -> Iterator[Any]:
    """A line in words, as it is printed."""
    measure, month, year = line.measure, line.month, line.year
    decimals = measure.decimals
    yield str(measure.label)
    yield str(measure.unit)
    yield said(month.now.value, decimals)
    yield said(month.year_before.value, decimals)
    yield tables.changed(measure, month.yoy)
    yield said(month.before.value, decimals)
    yield tables.changed(measure, month.mom)
    if year is None:
        yield from ("", "", "")
        return
    yield said(year.now.value, decimals)
    yield said(year.year_before.value, decimals)
    yield tables.changed(measure, year.yoy)
