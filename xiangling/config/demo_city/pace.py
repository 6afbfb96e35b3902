"""When things happen: working hours mostly, few on holidays, never after the last moment."""

from __future__ import annotations

import bisect
import random
from datetime import date, datetime, time, timedelta, timezone
from functools import cache

from .sources import facts

CHINA = timezone(timedelta(hours=8))
OPENS, CLOSES = 8.5, 17.5


@cache
def is_working_day(day: date) -> bool:
    """A weekday outside the public holidays (make-up Saturdays are left out)."""
    return day.weekday() < 5 and not is_holiday(day)


@cache
def is_holiday(day: date) -> bool:
    """In one of the public holidays of the pack."""
    table = facts("city")["holidays"]
    fixed = [(date(day.year, month, first), length) for month, first, length in table["fixed"]]
    spring = [(date.fromisoformat(first), table["spring_length"]) for first in table["spring"]]
    return any(first <= day < first + timedelta(days=length) for first, length in fixed + spring)


def at_hour(day: date, hour: float) -> datetime:
    """`day` at a decimal hour, China time, to the minute."""
    minutes = min(int(hour * 60), 24 * 60 - 1)
    return datetime.combine(day, time(minutes // 60, minutes % 60), CHINA)


class Days:
    """Draws days of finding: by month, weekday and holiday weights."""

    def __init__(self, today: date, days: int = 425) -> None:
        weight = facts("city")["month_weight"]
        self._days = [today - timedelta(days=n) for n in range(days, 0, -1)]
        total, self._sums = 0.0, []
        for day in self._days:
            base = 0.12 if is_holiday(day) else 0.2 if day.weekday() >= 5 else 1.0
            total += base * weight[day.month]
            self._sums.append(total)

    def draw(self, rng: random.Random, newest: int, oldest: int) -> date:
        """A day between `newest` and `oldest` days before today (both inclusive, newest >= 1)."""
        count = len(self._days)
        low, high = max(0, count - oldest), count - newest
        start = self._sums[low - 1] if low else 0.0
        point = rng.uniform(start, self._sums[high])
        return self._days[min(bisect.bisect_left(self._sums, point), high)]


def found_hour(rng: random.Random) -> float:
    """An hour of the day at which people find things: mornings and afternoons, seldom nights."""
    draw = rng.random()
    if draw < 0.52:
        return rng.uniform(8.6, 11.6)
    if draw < 0.94:
        return rng.uniform(13.6, 17.3)
    return rng.uniform(18.0, 22.5)


def later(
    rng: random.Random, start: datetime, low: float, high: float, *, desk: bool = True
) -> datetime:
    """A moment `low` to `high` hours after `start`; at a desk it waits for working hours."""
    moment = start + timedelta(minutes=max(3, round(rng.uniform(low, high) * 60)))
    if not desk:
        hour = moment.hour + moment.minute / 60
        if 7 <= hour <= 21:
            return moment
        day = moment.date() + timedelta(days=int(hour > 21))
        return at_hour(day, rng.uniform(7.2, 9.5))
    return _desk_time(rng, moment)


def _desk_time(rng: random.Random, moment: datetime) -> datetime:
    day = moment.date()
    hour = moment.hour + moment.minute / 60
    if is_working_day(day) and OPENS <= hour <= CLOSES:
        return moment
    if hour > CLOSES or not is_working_day(day):
        day += timedelta(days=1)
    weekend_duty = rng.random() < 0.05
    while not weekend_duty and not is_working_day(day):
        day += timedelta(days=1)
    return at_hour(day, rng.uniform(OPENS, 16.8))


def within_day(rng: random.Random, start: datetime, low: float, high: float) -> datetime:
    """Like `later`, but never past the end of the day of `start`."""
    moment = start + timedelta(minutes=max(2, round(rng.uniform(low, high) * 60)))
    end = at_hour(start.date(), 23.9)
    return moment if moment < end else start + (end - start) / 2
