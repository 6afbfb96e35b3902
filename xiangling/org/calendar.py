"""The published holiday arrangements as rows of the editable calendar."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
from chinese_calendar.constants import Holiday
from django.utils.translation import gettext_lazy as _

from xiangling.kernel.models import CalendarDay
from xiangling.kernel.refusal import Refused


def published(year: int) -> list[CalendarDay]:
    """The days of a year that differ from the plain week: holidays and make-up days.

    Raises Refused (`year_unknown`) for a year whose arrangement the library does not hold.
    """
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
    found = []
    try:
        for day in (day for day in days if day.year == year):
            is_working = chinese_calendar.is_workday(day)
            if is_working != (day.weekday() < 5):
                name = chinese_calendar.get_holiday_detail(day)[1]
                note = Holiday(name).chinese if name else ""
                found.append(CalendarDay(day=day, is_working=is_working, note=note))
    except NotImplementedError as error:  # how the library says: not published yet
        raise Refused(
            "year_unknown",
            _("The holiday arrangement of %(year)d is not known yet.") % {"year": year},
            todo=_("Enter the days by hand when the State Council has published them."),
            status=422,
        ) from error
    return found


def is_published(year: int) -> bool:
    """Whether the arrangement of a year is known here."""
    try:
        chinese_calendar.is_workday(date(year, 7, 1))
    except NotImplementedError:  # how the library says: not published yet
        return False
    return True


def seed(first: int, last: int) -> int:
    """Enter the arrangements of these years, keeping days already there; returns the years known."""
    known = 0
    for year in range(first, last + 1):
        try:
            rows = published(year)
        except Refused:
            continue
        CalendarDay.objects.bulk_create(rows, ignore_conflicts=True)
        known += 1
    return known
