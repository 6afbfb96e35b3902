"""Numbers and days: 十五, 二〇二六, the days written in a text, the end of a month, working days."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

DIGITS = {digit: value for value, digit in enumerate("〇一二三四五六七八九")} | {
    "零": 0,
    "○": 0,
    "Ｏ": 0,
    "O": 0,
    "o": 0,
    "两": 2,
}
N = r"(?:\d{1,3}|[一二三四五六七八九十两廿卅]{1,3})"


def number(text: str) -> int:
    """The value of 15, 十五, 两, 廿一. Raises ValueError for anything else."""
    if text.isdigit():
        return int(text)
    text = text.replace("廿", "二十").replace("卅", "三十")
    tens, ten, ones = text.partition("十")
    if ten:
        return (DIGITS[tens] if tens else 1) * 10 + (DIGITS[ones] if ones else 0)
    value = 0
    for digit in text:
        value = value * 10 + DIGITS[digit]
    return value


def year_of(text: str) -> int:
    """The year of 2026 or 二〇二六."""
    return number(text) if not text.isdigit() else int(text)


FULL_DATE = re.compile(
    rf"(20\d\d|二[〇零○ＯOo][〇零○ＯOo一二三四五六七八九]{{2}})\s*年\s*({N})\s*月\s*({N})\s*[日号]|(20\d\d)[-./](\d{{1,2}})[-./](\d{{1,2}})"
)


def full_dates(text: str) -> Iterator[tuple[int, int, date]]:
    """(start, end, day) of dates written with their year."""
    for match in FULL_DATE.finditer(text):
        year, month, day = (part for part in match.groups() if part)
        found = safe_date(year_of(year), number(month), number(day))
        if found:
            yield match.start(), match.end(), found


def safe_date(year: int, month: int, day: int) -> date | None:
    """The day, or None where the calendar has none such."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


@cache
def _is_workday(day: date) -> bool:
    import chinese_calendar  # noqa: PLC0415 - half the time of starting, needed by few documents

    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:  # how the library says: not published yet
        return day.weekday() < 5


def after_workdays(day: date, n: int) -> date:
    """The n-th working day after `day`; years without a published arrangement count Monday to Friday."""
    while n > 0:
        day += timedelta(days=1)
        n -= _is_workday(day)
    return day


def add_months(day: date, n: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
