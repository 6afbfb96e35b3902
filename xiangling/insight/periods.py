"""Periods: whole days in local time, as people write them, and what they are compared with."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from xiangling.kernel import clock, wording
from xiangling.kernel.refusal import Refused

_QUARTERS = {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_DAY = r"(\d{4})-(\d{1,2})-(\d{1,2})"


@dataclass(frozen=True)
class Period:
    """From a first to a last day, both included. One under way is cut at today; `ends` is its real end."""

    first: date
    last: date
    ends: date | None = None

    @property
    def is_running(self) -> bool:
        return self.ends is not None

    # --- what it is compared with

    def year_before(self) -> Period:
        """The same days a year earlier (29 February becomes the 28th); month ends stay month ends."""
        return Period(shift(self.first, -12), self._end(-12))

    def before(self) -> Period:
        """The period just before, of the same make: months before months, days before days.

        A running period is compared with the same days of the one before it.
        """
        months = self.n_months()
        if months:
            return Period(shift(self.first, -months), self._end(-months))
        length = (self.last - self.first).days + 1
        return Period(self.first - timedelta(days=length), self.first - timedelta(days=1))

    def since_new_year(self) -> Period:
        return Period(self.last.replace(month=1, day=1), self.last, self.ends)

    def _end(self, months: int) -> date:
        end = shift(self.last, months)
        is_month_end = not self.is_running and (self.last + timedelta(days=1)).day == 1
        return month_end(end) if is_month_end else end

    def n_months(self) -> int:
        """Of how many whole months it is made (a running one with its real end); 0 if of none."""
        last = self.ends or self.last
        if self.first.day != 1 or (last + timedelta(days=1)).day != 1:
            return 0
        return (last.year - self.first.year) * 12 + last.month - self.first.month + 1

    def months(self) -> Iterator[Period]:
        """Its months, the last one cut where the period ends."""
        first = self.first
        while first <= self.last:
            last = min(month_end(first), self.last)
            is_cut = self.is_running and last < month_end(first)
            yield Period(first, last, month_end(first) if is_cut else None)
            first = last + timedelta(days=1)

    # --- words

    def code(self) -> str:
        """The form that `read` takes back."""
        n, last = self.n_months(), self.ends or self.last
        if n == 12 and self.first.month == 1:
            return f"{self.first.year}"
        if n == 1:
            return f"{self.first:%Y-%m}"
        if n == 3 and self.first.month % 3 == 1:
            return f"{self.first.year}-Q{(self.first.month + 2) // 3}"
        if n:
            return f"{self.first:%Y-%m}..{last:%Y-%m}"
        return f"{self.first}..{last}"

    def label(self) -> str:
        """2026年10月, 2026年1-4月, 2026年; a running period is written by its days."""
        if not wording.is_chinese():
            return self._label_in_english()
        n, year = self.n_months(), self.first.year
        if n and not self.is_running:
            if n == 12 and self.first.month == 1:
                return f"{year}年"
            if n == 1:
                return f"{year}年{self.first.month}月"
            if self.last.year == year:
                return f"{year}年{self.first.month}-{self.last.month}月"
            return f"{year}年{self.first.month}月至{self.last.year}年{self.last.month}月"
        if self.first == self.last:
            return f"{year}年{self.first.month}月{self.first.day}日"
        until = f"{self.last.month}月{self.last.day}日"
        return f"{year}年{self.first.month}月{self.first.day}日至" + (
            until if self.last.year == year else f"{self.last.year}年{until}"
        )

    def _label_in_english(self) -> str:
        n = self.n_months()
        if n == 12 and self.first.month == 1 and not self.is_running:
            return str(self.first.year)
        if n == 1 and not self.is_running:
            return f"{calendar.month_abbr[self.first.month]} {self.first.year}"
        return f"{self.first} to {self.last}"


def shift(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _span(year: int, first_month: int, last_month: int) -> Period:
    return Period(date(year, first_month, 1), month_end(date(year, last_month, 1)))


def _read(text: str) -> Period | None:
    """The period that words name, as wide as they say."""
    if match := re.fullmatch(r"(\d{4})年?", text):
        return _span(int(match[1]), 1, 12)
    if match := re.fullmatch(r"(\d{4})(?:-|年)(\d{1,2})月?", text):
        return _span(int(match[1]), int(match[2]), int(match[2]))
    if match := re.fullmatch(r"(\d{4})(?:-Q|年第?)([1-4一二三四])(?:季度)?", text):
        last = _QUARTERS[match[2]] * 3
        return _span(int(match[1]), last - 2, last)
    if match := re.fullmatch(r"(\d{4})(?:-H|年)([12上下])(?:半年)?", text):
        last = 6 if match[2] in "1上" else 12
        return _span(int(match[1]), last - 5, last)
    if match := re.fullmatch(r"(\d{4})年(\d{1,2})[-至到—](\d{1,2})月", text):
        return _span(int(match[1]), int(match[2]), int(match[3]))
    if match := re.fullmatch(r"(\d{4})-(\d{1,2})\.\.(\d{4})-(\d{1,2})", text):
        end = date(int(match[3]), int(match[4]), 1)
        return Period(date(int(match[1]), int(match[2]), 1), month_end(end))
    if match := re.fullmatch(rf"{_DAY}(?:\.\.{_DAY})?", text):
        parts = [int(part) for part in match.groups() if part]
        first = date(parts[0], parts[1], parts[2])
        return Period(first, date(*parts[3:6]) if len(parts) > 3 else first)
    return None


def read(text: str, today: date | None = None) -> Period:
    """The period that `text` names: 2026, 2026-10, 2026-Q3, 2026-01..2026-04, 2026年1-4月, 2026-10-05,
    2026-10-01..2026-10-15; "" is the current month.

    One that is under way is cut at today. Raises Refused for one that cannot be read, ends before it
    begins, or has not begun.
    """
    today = today or clock.local_date(clock.now())
    given = text.strip() or f"{today:%Y-%m}"
    try:
        found = _read(given)
    except ValueError:
        found = None
    if found is None or found.last < found.first or found.first.year < 1949:
        raise Refused(
            "bad_period",
            _("The period “%(text)s” cannot be read.") % {"text": given[:40]},
            todo=_(
                "Write it as 2026, 2026-10, 2026-Q3, 2026-01..2026-04 or 2026-10-01..2026-10-15."
            ),
            status=422,
            fields={"period": _("The period cannot be read.")},
        )
    if found.first > today:
        why = _("This period has not begun; there is nothing to count yet.")
        raise Refused(
            "future_period",
            _("%(period)s lies in the future.") % {"period": found.label()},
            why=why,
            todo=_("Choose a period up to today."),
            status=422,
            fields={"period": why},
        )
    return Period(found.first, today, ends=found.last) if found.last > today else found
