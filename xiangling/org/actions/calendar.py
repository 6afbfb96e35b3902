"""The working-day calendar that deadlines are counted by."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
from chinese_calendar.constants import Holiday, holidays, workdays
from django.db import transaction
from django.utils.translation import gettext as _

from xiangling.kernel.actor import Actor
from xiangling.kernel.models import CalendarDay

from .access import change, created, refuse, require

DUTY = "calendar.edit"


def published_years() -> range:
    """The years whose holiday arrangement the calendar library knows."""
    years = [day.year for day in (*holidays, *workdays)]
    return range(min(years), max(years) + 1)


def mark_day(day: date, *, actor: Actor, is_working: bool, note: str = "") -> CalendarDay | None:
    """Say whether a date is worked; None where that is what the plain week says anyway."""
    require(actor, DUTY)
    known = CalendarDay.objects.filter(pk=day).first()
    with transaction.atomic():
        if is_working == (day.weekday() < 5):
            if known is not None:
                change(known, actor, is_working=is_working)
                known.delete()
            return None
        if known is not None:
            change(known, actor, is_working=is_working, note=note[:60])
            return known
        row = CalendarDay.objects.create(day=day, is_working=is_working, note=note[:60])
        created(row, actor, "is_working", "note")
        return row


def import_year(year: int, *, actor: Actor) -> int:
    """Take a year's published holidays and make-up days over; returns how many dates changed.

    Source: the State Council's yearly holiday notices, as the `chinesecalendar` library carries
    them. Raises Refused for a year it does not know.
    """
    require(actor, DUTY)
    if year not in published_years():
        raise refuse(
            "unknown_year",
            _("The arrangement of %(year)s is not known here.") % {"year": year},
            todo=_("Mark its holidays and make-up days one by one when they are published."),
        )
    day, changed = date(year, 1, 1), 0
    with transaction.atomic():
        while day.year == year:
            changed += _take_over(day, actor)
            day += timedelta(days=1)
    return changed


def _take_over(day: date, actor: Actor) -> bool:
    is_working = chinese_calendar.is_workday(day)
    known = CalendarDay.objects.filter(pk=day).first()
    if is_working == (day.weekday() < 5) or (known and known.is_working == is_working):
        return False
    _is_off, name = chinese_calendar.get_holiday_detail(day)
    label = Holiday(name).chinese if name in {item.value for item in Holiday} else ""
    mark_day(day, actor=actor, is_working=is_working, note=label)
    return True
