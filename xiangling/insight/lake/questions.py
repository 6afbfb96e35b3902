"""The questions a province asks, each as one Ibis expression that DuckDB and Spark answer alike.

They give counts only, so that engines agree to the last one; a rate is said as its two counts and is
worked out afterwards (`Question.rates`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from . import library

AGES = ((30, "0-30"), (90, "31-90"), (180, "91-180"), (365, "181-365"))
OLDEST = "366+"
MAJOR = "major"


@dataclass(frozen=True)
class Asked:
    """What a question is asked about: a kind of case, the day it is judged by, months, a length."""

    as_of: date
    kind: str = "hazard"
    since: str = ""
    until: str = ""
    top: int = 20
    at_least: int = 1


@dataclass(frozen=True)
class Tables:
    """The two tables of the lake, as Ibis tables of whatever engine."""

    entries: Any
    cases: Any


@dataclass(frozen=True)
class Question:
    """A question: what it answers, the expression, and the rates as (name, part, whole)."""

    key: str
    line: str
    ask: Callable[[Tables, Asked], Any]
    rates: tuple[tuple[str, str, str], ...] = ()


def _deferred() -> Any:
    return library("ibis", "lake")._


def _ones(condition: Any) -> Any:
    """How many rows a condition holds for; null counts as not."""
    return condition.fill_null(False).cast("int64").sum()


def _in_months(table: Any, name: str, asked: Asked) -> Any:
    """The rows whose month in column `name` lies within the months asked about."""
    if asked.since:
        table = table.filter(table[name] >= asked.since)
    if asked.until:
        table = table.filter(table[name] <= asked.until)
    return table


def _cases(tables: Tables, asked: Asked) -> Any:
    return tables.cases.filter(_deferred().kind == asked.kind)


def _is_late(asked: Asked) -> Any:
    return _deferred().due_day < asked.as_of.toordinal()


def open_majors(tables: Tables, asked: Asked) -> Any:
    """Open cases marked major, of all open ones, by city and sector; and how many are overdue."""
    _ = _deferred()
    is_major = _.mark == MAJOR
    found = _cases(tables, asked).filter(_.is_open).group_by(["city", "sector"])
    counts = found.aggregate(
        n_majors=_ones(is_major),
        n_majors_late=_ones(is_major & _is_late(asked)),
        n_open=_.count(),
    )
    return counts.order_by([_.n_majors.desc(), "city", "sector"])


def closure_on_time(tables: Tables, asked: Asked) -> Any:
    """Closed in these months by city: by the due date, of those whose due date is known, of all."""
    _ = _deferred()
    closed = _in_months(_cases(tables, asked).filter(~_.is_open), "closed_month", asked)
    counts = closed.group_by("city").aggregate(
        n_on_time=_ones(_.was_on_time),
        n_known=_ones(_.was_on_time.notnull()),
        n_closed=_.count(),
        n_days=_.n_days.sum(),
    )
    return counts.order_by("city")


def reopened(tables: Tables, asked: Asked) -> Any:
    """Cases that were ever closed, by city and sector, and how many of them were opened again."""
    _ = _deferred()
    ended = _cases(tables, asked).filter((~_.is_open) | (_.n_reopened > 0))
    counts = _in_months(ended, "month", asked).group_by(["city", "sector"])
    return counts.aggregate(
        n_reopened=_ones(_.n_reopened > 0), n_times=_.n_reopened.sum(), n_ended=_.count()
    ).order_by(["city", "sector"])


def monthly_flow(tables: Tables, asked: Asked) -> Any:
    """Opened, closed and opened again by month and city, as the ledger tells it."""
    _ = _deferred()
    wanted = tables.entries.filter(_.case_kind == asked.kind, _.effect != "")
    counts = _in_months(wanted, "month", asked).group_by(["month", "city"])
    return counts.aggregate(
        n_opened=_ones(_.effect == "opened"),
        n_closed=_ones(_.effect == "closed"),
        n_reopened=_ones(_.effect == "reopened"),
    ).order_by(["month", "city"])


def ageing(tables: Tables, asked: Asked) -> Any:
    """Open cases by city and age in days, and how many of them are overdue or major."""
    ibis, _ = library("ibis", "lake"), _deferred()
    today = asked.as_of.toordinal()
    aged = _cases(tables, asked).filter(_.is_open).mutate(age=today - _.opened_day)
    bands = [(_.age <= most, label) for most, label in AGES]
    banded = aged.mutate(days=ibis.cases(*bands, else_=OLDEST), band=_band_number(ibis, _))
    counts = banded.group_by(["city", "band", "days"]).aggregate(
        n_open=_.count(), n_late=_ones(_is_late(asked)), n_majors=_ones(_.mark == MAJOR)
    )
    return counts.order_by(["city", "band"]).drop("band")


def _band_number(ibis: Any, _: Any) -> Any:
    return ibis.cases(
        *[(_.age <= most, n) for n, (most, _label) in enumerate(AGES)], else_=len(AGES)
    )


def top_units(tables: Tables, asked: Asked) -> Any:
    """The liable units with most overdue cases, each beside all its open and all its cases ever."""
    _ = _deferred()
    counts = (
        _cases(tables, asked)
        .group_by(["city", "town", "unit"])
        .aggregate(
            n_late=_ones(_.is_open & _is_late(asked)),
            n_open=_ones(_.is_open),
            n_majors=_ones(_.is_open & (_.mark == MAJOR)),
            n_all=_.count(),
        )
    )
    wanted = counts.filter(_.n_late > 0, _.n_all >= asked.at_least)
    order = [_.n_late.desc(), _.n_open.desc(), "city", "town", "unit"]
    return wanted.order_by(order).limit(asked.top)


def towns(tables: Tables, asked: Asked) -> Any:
    """Open, overdue, major and all cases by town."""
    _ = _deferred()
    counts = (
        _cases(tables, asked)
        .group_by(["city", "district", "town"])
        .aggregate(
            n_late=_ones(_.is_open & _is_late(asked)),
            n_open=_ones(_.is_open),
            n_majors=_ones(_.is_open & (_.mark == MAJOR)),
            n_all=_.count(),
        )
    )
    return counts.order_by(["city", "district", "town"])


def arrivals(tables: Tables, asked: Asked) -> Any:
    """What each node has contributed: entries, cases, first and last day."""
    _ = _deferred()
    counts = _in_months(tables.entries, "month", asked).group_by(["node", "city"])
    return counts.aggregate(
        n_entries=_.count(),
        n_cases=_ones(_.effect == "opened"),
        first_day=_.day.min(),
        last_day=_.day.max(),
    ).order_by(["node", "city"])


def _line(ask: Callable[..., Any]) -> str:
    return (ask.__doc__ or "").strip()


QUESTIONS = {
    ask.__name__: Question(ask.__name__, _line(ask), ask, rates)
    for ask, rates in (
        (open_majors, (("majors_of_open", "n_majors", "n_open"),)),
        (
            closure_on_time,
            (("on_time", "n_on_time", "n_known"), ("days_each", "n_days", "n_closed")),
        ),
        (reopened, (("reopened", "n_reopened", "n_ended"),)),
        (monthly_flow, ()),
        (ageing, (("late", "n_late", "n_open"),)),
        (top_units, (("late_of_open", "n_late", "n_open"),)),
        (towns, (("late_of_open", "n_late", "n_open"),)),
        (arrivals, ()),
    )
}
