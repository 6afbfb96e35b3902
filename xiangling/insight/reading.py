"""Reading figures: sums of cells, official rows and the register, for a place and a period.

What is read grows with the days, places and words asked for, never with the ledger. Every query on
cells and objects runs inside the active scope.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db.models import Count, Exists, Min, OuterRef, Q, Sum

from xiangling.kernel import clock
from xiangling.kernel.scope import LEVELS as COLUMNS

from .cells import first_of
from .facts import SPANS
from .figures import ratio, total
from .measures import Given, Measure, Registered, Tally, Term, Visited
from .models import Cell, Official, Trace
from .periods import Period
from .places import Place, once, parts_of, shortened

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
    sums = [read(term, place, period, where=where, by=by) for term in measure.terms]
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
    if isinstance(term, Given):
        return _given(term, place, period, by)
    if isinstance(term, Registered | Visited):
        return _registered(term, place, period, where, by)
    return _tallied(term, place, period, where, by)


# --- cells --------------------------------------------------------------------------------------


def within(first: date, last: date) -> Q:
    """The cells that add up to the days from first to last, both included: whole years, months, days."""
    q, day = Q(), first
    after = last + timedelta(days=1)
    spans: dict[str, list[tuple[date, date]]] = {"y": [], "m": [], "d": []}
    while day < after:
        grain, step = _widest(day, after)
        held = spans[grain]
        if held and _next(held[-1][1], grain) == day:
            held[-1] = (held[-1][0], day)
        else:
            held.append((day, day))
        day = step
    for grain, found in spans.items():
        for begin, end in found:
            q |= Q(grain=grain, day__gte=begin, day__lte=end)
    return q


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


def until(last: date) -> Q:
    """The cells of everything up to the end of a day."""
    year, month = first_of("y", last), first_of("m", last)
    return (
        Q(grain="y", day__lt=year)
        | Q(grain="m", day__gte=year, day__lt=month)
        | Q(grain="d", day__gte=month, day__lte=last)
    )


def _tallied(term: Tally, place: Place, period: Period, where: Where, by: str) -> Sums:
    begun = began(term.kind)
    keys = _keys(place, by)
    if begun is None or period.last < begun:
        return dict.fromkeys(keys or [""]) if by in ("", "region") else {}
    codes = [code for codes in keys.values() for code in codes] if by == "region" else place.codes
    rows = Cell.objects.filter(
        kind=term.kind, what=term.what, region__in=codes, **{**dict(term.where), **where}
    )
    rows = rows.filter(
        until(period.last) if term.what in SPANS else within(period.first, period.last)
    )
    sums = {"total": Sum("n"), "weights": Sum("weight")}
    if not by:
        return {"": _taken(term, rows.aggregate(**sums), period.last)}
    raw = {
        str(row[by]): _taken(term, row, period.last)
        for row in rows.values(by).annotate(**sums).order_by(by)
    }
    if by == "region":
        return {
            key: sum((raw.get(code, Decimal(0)) for code in codes), Decimal(0))
            for key, codes in keys.items()
        }
    return {key: amount for key, amount in raw.items() if amount}


def _keys(place: Place, by: str) -> dict[str, tuple[str, ...]]:
    return {part.code: part.codes for part in parts_of(place)} if by == "region" else {}


def _taken(term: Tally, row: Mapping[str, Any], last: date) -> Decimal:
    n, weight = Decimal(row["total"] or 0), Decimal(row["weights"] or 0)
    return {"n": n, "weight": weight, "age": n * last.toordinal() - weight}[term.take]


def began(kind: str) -> date | None:
    """The first day the ledger knows of for a kind: before it, nothing is known; None without any."""

    def read_first() -> date | None:
        rows = Trace.objects.filter(kind=kind, what="opened")
        found: date | None = rows.aggregate(first=Min("first_on"))["first"]
        return found

    return once(("began", kind), read_first)


# --- register -----------------------------------------------------------------------------------


def visited(first: date, last: date) -> Q:
    """Objects in use at which a hazard was found from the first to the last day."""
    found = apps.get_model("hazards", "Hazard")._base_manager.filter(
        object=OuterRef("pk"),
        found_at__gte=clock.end_of(first - timedelta(days=1)) + timedelta(seconds=1),
        found_at__lt=clock.end_of(last) + timedelta(seconds=1),
    )
    return Q(Exists(found))


def _registered(
    term: Registered | Visited, place: Place, period: Period, where: Where, by: str
) -> Sums:
    model: Any = apps.get_model("objects", "SupervisedObject")
    rows = model.objects.filter(kind=term.kind, status="active")
    if isinstance(term, Visited):
        rows = rows.filter(visited(period.first, period.last))
    if "sector" in where:
        rows = rows.filter(sector=where["sector"])
    if by == "region":
        return {
            key: Decimal(rows.filter(in_codes(codes)).count())
            for key, codes in _keys(place, by).items()
        }
    rows = rows.filter(in_codes(place.codes))
    if by:
        counted = rows.values(by).annotate(total=Count("pk")).order_by(by)
        return {row[by]: Decimal(row["total"]) for row in counted}
    return {"": Decimal(rows.count())}


def in_codes(codes: Iterable[str]) -> Q:
    q = Q()
    for code in codes:
        q |= Q(**{COLUMNS[len(code)]: code}) if code else Q()
    return q


# --- official figures ---------------------------------------------------------------------------


def _given(term: Given, place: Place, period: Period, by: str) -> Sums:
    if by == "region":
        found = {part.code: given(term.indicator, part, period) for part in parts_of(place)}
        return {key: row for key, row in found.items() if row is not None} or dict.fromkeys(found)
    if by:
        return {}
    return {"": given(term.indicator, place, period)}


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

    return once(("official", place.code), read_all)
