"""Reading figures: sums of cells, official rows and the register, for a place and a period.

What is read grows with the days, places and words asked for, never with the ledger. Every query on
cells and objects runs inside the active scope.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.apps import apps
from django.db.models import Count, Min, Q, QuerySet, Sum

from xiangling.kernel import once, scope
from xiangling.kernel.scope import LEVELS as COLUMNS

from . import visits
from .cells import ALL_SECTORS, first_of
from .facts import SPANS
from .figures import ratio, total
from .measures import Given, Measure, Registered, Tally, Term, Visited
from .models import Cell, Official, Subtotal, Trace
from .periods import Period
from .places import Place, parts_of, shortened

Sums = dict[str, Decimal | None]
Where = Mapping[str, str]


@dataclass(frozen=True)
class Figure:
    """A measure's value with both counts it was made of; None is unknown."""

    value: Decimal | None
    part: Decimal | None
    whole: Decimal | None = None

    def plain(self) -> dict[str, str | None]:
        return {
            name: None if number is None else f"{number.normalize():f}"
            for name, number in vars(self).items()
        }


def figure(measure: Measure, place: Place, period: Period, where: Where) -> Figure:
    """One figure."""
    return _made(
        measure, *(read(term, place, period, where=where).get("") for term in measure.terms)
    )


def figures(
    measure: Measure, place: Place, period: Period, where: Where, by: str
) -> dict[str, Figure]:
    """A measure's figures by one dimension; keys are region prefixes, words, or months (2026-10)."""
    return _joined(
        measure, [read(term, place, period, where=where, by=by) for term in measure.terms]
    )


def figures_at(
    measure: Measure, areas: Sequence[Place], period: Period, where: Where
) -> dict[str, Figure]:
    """A measure's figures of areas of one level, in as many questions as one of them costs."""
    return _joined(measure, [read_at(term, areas, period, where=where) for term in measure.terms])


def _joined(measure: Measure, sums: Sequence[Sums]) -> dict[str, Figure]:
    keys = dict.fromkeys(key for found in sums for key in found)
    nothing = [None if isinstance(term, Given) else Decimal(0) for term in measure.terms]
    return {
        key: _made(
            measure, *(found.get(key, zero) for found, zero in zip(sums, nothing, strict=True))
        )
        for key in keys
    }


def _made(measure: Measure, part: Decimal | None, whole: Decimal | None = None) -> Figure:
    if measure.denominator is None:
        return Figure(part, part)
    return Figure(ratio(part, whole, measure.per), part, whole)


def read(term: Term, place: Place, period: Period, *, where: Where, by: str = "") -> Sums:
    """The sums of one term, by "" (one sum under the key ""), a word, region or month."""
    if by == "month":
        return {
            f"{month.first:%Y-%m}": read(term, place, month, where=where).get("")
            for month in period.months()
        }
    if by == "region":
        return read_at(term, parts_of(place), period, where=where)
    if isinstance(term, Given):
        return {} if by else {"": given(term.indicator, place, period)}
    if isinstance(term, Registered | Visited):
        return _registered(term, place, period, where, by)
    return _tallied(term, place, period, where, by)


def read_at(term: Term, areas: Sequence[Place], period: Period, *, where: Where) -> Sums:
    """The sums of one term by area, keyed by its prefix; the areas are of one level."""
    if isinstance(term, Given):
        found = {area.code: given(term.indicator, area, period) for area in areas}
        return {key: row for key, row in found.items() if row is not None} or dict.fromkeys(found)
    if isinstance(term, Tally) and not _is_counted(term, period):
        return dict.fromkeys(area.code for area in areas)
    codes = [code for area in areas for code in area.codes]
    if isinstance(term, Tally):
        raw = _cells_by(term, _cells(term, codes, period, where, "region"), period, "region")
    else:
        raw = _objects_by(
            _objects(term, codes, period, where), COLUMNS[len(codes[0])] if codes else ""
        )
    return {
        area.code: sum((raw.get(code, Decimal(0)) for code in area.codes), Decimal(0))
        for area in areas
    }


# --- cells --------------------------------------------------------------------------------------


Stretch = tuple[str, date, date, int]
"""Sums of one grain from one first day to another, both included, added (1) or taken away (-1)."""
_DAY = timedelta(days=1)
MOST_DAYS = 15
"""Days of a month that has begun; where it is more, the month less its other days has fewer rows to add up."""


def within(first: date, last: date) -> list[Stretch]:
    """The sums that add up to the days from first to last, both included: whole years, months, days."""
    found: list[Stretch] = []
    day, after = first, last + _DAY
    while day < after:
        grain, step = _widest(day, after)
        month = first_of("m", day)
        if grain == "d":
            step = min(_next(month, "m"), after)
            found += _month_to(step - _DAY) if day == month else [("d", day, step - _DAY, 1)]
        elif found and found[-1][0] == grain:
            found[-1] = (grain, found[-1][1], day, 1)
        else:
            found.append((grain, day, day, 1))
        day = step
    return found


def until(last: date) -> list[Stretch]:
    """The sums of everything up to the end of a day."""
    year, month = first_of("y", last), first_of("m", last)
    whole: list[Stretch] = [("y", date.min, year - _DAY, 1), ("m", year, month - _DAY, 1)]
    return [*(part for part in whole if part[1] <= part[2]), *_month_to(last)]


def _month_to(last: date) -> list[Stretch]:
    """The days of a month up to one of them: added up, or the month less its later days, whichever is fewer rows."""
    first = first_of("m", last)
    after = _next(first, "m") - _DAY
    if last.day <= MOST_DAYS:
        return [("d", first, last, 1)]
    rest: list[Stretch] = [("d", last + _DAY, after, -1)] if last < after else []
    return [("m", first, first, 1), *rest]


def _next(day: date, grain: str) -> date:
    if grain == "d":
        return day + timedelta(days=1)
    return first_of(grain, day + timedelta(days=31 if grain == "m" else 366))


def _widest(day: date, after: date) -> tuple[str, date]:
    """The widest grain that begins on this day and ends by `after`, and the day after it."""
    for grain in ("y", "m"):
        step = _next(first_of(grain, day), grain)
        if first_of(grain, day) == day and step <= after:
            return grain, step
    return "d", day + timedelta(days=1)


def _is_counted(term: Tally, period: Period) -> bool:
    """Whether the ledger had begun by the end of the period: before it, nothing is known."""
    begun = began(term.kind)
    return begun is not None and period.last >= begun


def _tallied(term: Tally, place: Place, period: Period, where: Where, by: str) -> Sums:
    if not _is_counted(term, period):
        return {} if by else {"": None}
    rows = _cells(term, place.codes, period, where, by)
    if by:
        return {key: sum_ for key, sum_ in _cells_by(term, rows, period, by).items() if sum_}
    return {"": _cells_by(term, rows, period, "kind").get(term.kind, Decimal(0))}


def _cells(
    term: Tally, codes: Sequence[str], period: Period, where: Where, by: str
) -> QuerySet[Cell | Subtotal]:
    """The rows to add up: subtotals, unless the question tells sources apart, or states of what lasts."""
    words = {**dict(term.where), **where}
    told = {*words, by}
    is_fine = "source" in told or (term.what in SPANS and "state" in told)
    model: Any = Cell if is_fine else Subtotal
    if not is_fine and "sector" not in told and scope.active().sectors is None:
        words["sector"] = ALL_SECTORS
    rows: QuerySet[Cell | Subtotal] = model.objects.filter(
        kind=term.kind, what=term.what, region__in=codes, **words
    )
    if not is_fine and by == "sector":
        rows = rows.exclude(sector=ALL_SECTORS)
    return rows


def _cells_by(
    term: Tally, rows: QuerySet[Cell | Subtotal], period: Period, column: str
) -> dict[str, Decimal]:
    """The sums by a column: each stretch is a question that the key of the table answers, all of them one statement."""
    stretches = until(period.last) if term.what in SPANS else within(period.first, period.last)
    grouped = rows.order_by().values_list(column)
    parts = [
        grouped.filter(grain=grain, day__gte=begin, day__lte=end).annotate(
            total=Sum("n") * sign, weights=Sum("weight") * sign
        )
        for grain, begin, end, sign in stretches
    ]
    found: dict[str, tuple[int, int]] = {}
    for key, n, weight in parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]:
        before = found.get(str(key), (0, 0))
        found[str(key)] = before[0] + n, before[1] + weight
    return {key: _taken(term, *found[key], period.last) for key in sorted(found)}


def _taken(term: Tally, n: int, weight: int, last: date) -> Decimal:
    return Decimal({"n": n, "weight": weight, "age": n * last.toordinal() - weight}[term.take])


def began(kind: str) -> date | None:
    """The first day the ledger knows of for a kind: before it, nothing is known; None without any."""

    def read_first() -> date | None:
        rows = Trace.objects.filter(kind=kind, what="opened")
        found: date | None = rows.aggregate(first=Min("first_on"))["first"]
        return found

    return once.asked(("began", kind), read_first)


# --- register -----------------------------------------------------------------------------------


def _registered(
    term: Registered | Visited, place: Place, period: Period, where: Where, by: str
) -> Sums:
    rows = _objects(term, place.codes, period, where)
    return {**_objects_by(rows, by)} if by else {"": Decimal(rows.count())}


def _objects(
    term: Registered | Visited, codes: Iterable[str], period: Period, where: Where
) -> QuerySet[Any]:
    model: Any = apps.get_model("objects", "SupervisedObject")
    rows: QuerySet[Any] = model.objects.filter(in_codes(codes), kind=term.kind, status="active")
    if isinstance(term, Visited):
        rows = rows.filter(visits.visited(period.first, period.last))
    return rows.filter(sector=where["sector"]) if "sector" in where else rows


def _objects_by(rows: QuerySet[Any], column: str) -> dict[str, Decimal]:
    if not column:
        return {}
    counted = rows.values(column).annotate(total=Count("pk")).order_by(column)
    return {str(row[column]): Decimal(row["total"]) for row in counted}


def in_codes(codes: Iterable[str]) -> Q:
    """Rows of any of these divisions; all rows for none."""
    q = Q()
    for width, same in groupby(sorted(filter(None, codes), key=len), key=len):
        q |= Q(**{f"{COLUMNS[width]}__in": list(same)})
    return q


# --- official figures ---------------------------------------------------------------------------


def given(indicator: str, place: Place, period: Period) -> Decimal | None:
    """An official figure: as published, else the sum of its months or of its parts if all are known."""
    rows = _published(place)
    exact = rows.get((indicator, place.code, period.first, period.last))
    if exact is not None:
        return exact.value
    months = list(period.months())
    if len(months) > 1 and not period.is_running:
        parts = [rows.get((indicator, place.code, month.first, month.last)) for month in months]
        if all(parts):
            return total([row.value if row else None for row in parts])
    pieces = [
        rows.get((indicator, part.code, period.first, period.last)) for part in parts_of(place)
    ]
    if pieces and all(pieces):
        return total([row.value if row else None for row in pieces])
    return None


def _published(place: Place) -> dict[tuple[str, str, date, date], Official]:
    """The newest official rows of a place and its parts."""

    def read_all() -> dict[tuple[str, str, date, date], Official]:
        codes = [part.code.ljust(12, "0") for part in (place, *parts_of(place))]
        rows = Official.objects.filter(region__in=codes, sector="").order_by("id")
        return {
            (row.indicator, shortened(row.region), row.first_on, row.last_on): row for row in rows
        }

    return once.asked(("official", place.code), read_all)
