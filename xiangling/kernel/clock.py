"""Time: an injected clock and limits in natural days, working days or hours.

Storage is UTC. A limit in days ends at the last second of that day in local time, as deadlines on
paper do. Whether a date is worked is data (`CalendarDay`, seeded from the published holiday
arrangements, make-up days included); a date without a row is worked Monday to Friday.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Any, Literal, TypeVar

from django.apps import apps
from django.utils import timezone

T = TypeVar("T")
Unit = Literal["natural", "working", "hours"]

_clock: ContextVar[Callable[[], datetime] | None] = ContextVar("clock", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC; the injected clock's where one is set."""
    source = _clock.get()
    return source() if source else datetime.now(UTC)


@contextmanager
def at(moment: datetime | Callable[[], datetime]) -> Iterator[None]:
    """Run a block at a given aware moment (replays, imports of old records, tests)."""
    source = moment if callable(moment) else (lambda: moment)
    token = _clock.set(source)
    try:
        yield
    finally:
        _clock.reset(token)


def local_date(moment: datetime) -> date:
    """The calendar date on which `moment` falls where the users are."""
    return _date_in(timezone.get_default_timezone(), moment)


@lru_cache(maxsize=256)
def _date_in(zone: tzinfo, moment: datetime) -> date:
    return moment.astimezone(zone).date()


def end_of(day: date) -> datetime:
    """The last second of a local day, aware."""
    return local(day, time(23, 59, 59))


def local(day: date, hour: time) -> datetime:
    """An hour of a local day, aware."""
    return datetime.combine(day, hour, timezone.get_default_timezone())


@dataclass(frozen=True)
class Limit:
    """An amount of time as a rule counts it; 0 days means by the end of the same day."""

    amount: int
    unit: Unit = "natural"

    def after(self, start: datetime) -> datetime:
        """The moment at which this limit, begun at `start`, runs out."""
        if self.unit == "hours":
            return start + timedelta(hours=self.amount)
        day = local_date(start)
        return kept((self, day), lambda: self._end(day))

    def _end(self, day: date) -> datetime:
        if self.unit == "natural":
            return end_of(day + timedelta(days=self.amount))
        return end_of(add_working_days(day, self.amount))


_BEFORE, _AFTER = timedelta(days=60), timedelta(days=200)


@dataclass
class _Calendar:
    """The part of the calendar read so far, and the working days already counted in it."""

    days: Mapping[date, bool] = field(default_factory=dict)
    first: date = date.max
    last: date = date.min
    counted: dict[tuple[date, int], date] = field(default_factory=dict)
    kept: dict[Hashable, Any] = field(default_factory=dict)

    def between(self, first: date, last: date) -> Mapping[date, bool]:
        if not self.first <= first <= last <= self.last:
            first, last = min(first - _BEFORE, self.first), max(last + _AFTER, self.last)
            self.know(first, last, _read(first, last))
        return self.days

    def know(self, first: date, last: date, days: Mapping[date, bool]) -> None:
        self.first, self.last, self.days = first, last, days


_calendar: ContextVar[_Calendar | None] = ContextVar("calendar", default=None)


@contextmanager
def calendar_read() -> Iterator[None]:
    """Read what is needed of the calendar once for a block of work (a step, a batch, a round of the sweep)."""
    token = _calendar.set(_calendar.get() or _Calendar())
    try:
        yield
    finally:
        _calendar.reset(token)


def span_to_read() -> tuple[date, date] | None:
    """What a step of today mostly needs of the calendar, where its block has read nothing yet."""
    if (known := _calendar.get()) is None or known.first <= known.last:
        return None
    today = local_date(now())
    return today - 2 * _BEFORE, today + _AFTER


def know(first: date, last: date, days: Mapping[date, bool]) -> None:
    """Keep for the block what was read of the calendar beside something else."""
    if (known := _calendar.get()) is not None:
        known.know(first, last, days)


def kept(key: Hashable, make: Callable[[], T]) -> T:
    """What follows from the calendar alone, worked out once in a block that reads the calendar once."""
    if (calendar := _calendar.get()) is None:
        return make()
    if key not in calendar.kept:
        calendar.kept[key] = make()
    found: T = calendar.kept[key]
    return found


def exceptions_between(first: date, last: date) -> Mapping[date, bool]:
    """Dates whose working state differs from the plain week, from the editable calendar."""
    if (known := _calendar.get()) is not None:
        return known.between(first, last)
    return _read(first, last)


def _read(first: date, last: date) -> Mapping[date, bool]:
    calendar = apps.get_model("kernel", "CalendarDay")
    rows = calendar.objects.filter(day__gte=first, day__lte=last)
    return dict(rows.values_list("day", "is_working"))


def is_working(day: date, exceptions: Mapping[date, bool] | None = None) -> bool:
    known = exceptions_between(day, day) if exceptions is None else exceptions
    return known.get(day, day.weekday() < 5)


def add_working_days(day: date, amount: int) -> date:
    """The date `amount` working days after (or before, if negative) `day`, which is not counted."""
    if (calendar := _calendar.get()) is None:
        return _counted(day, amount)
    if (day, amount) not in calendar.counted:
        calendar.counted[day, amount] = _counted(day, amount)
    return calendar.counted[day, amount]


def _counted(day: date, amount: int) -> date:
    step = 1 if amount >= 0 else -1
    horizon = timedelta(days=abs(amount) * 2 + 40)
    known = exceptions_between(min(day, day + step * horizon), max(day, day + step * horizon))
    left = abs(amount)
    while left:
        day += timedelta(days=step)
        if is_working(day, known):
            left -= 1
    return day


def working_days_between(
    first: date, last: date, exceptions: Mapping[date, bool] | None = None
) -> int:
    """Working days after `first` up to and including `last`; negative if `last` is earlier.

    `exceptions` is the calendar already read for that span, for pages of many rows.
    """
    if last < first:
        return -working_days_between(last, first, exceptions)
    known = exceptions_between(first, last) if exceptions is None else exceptions
    days = (first + timedelta(days=n) for n in range(1, (last - first).days + 1))
    return sum(is_working(day, known) for day in days)
