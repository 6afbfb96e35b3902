"""The working-day calendar that deadlines are counted by."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from xiangling.kernel.actor import Actor
from xiangling.kernel.clock import exceptions_between
from xiangling.kernel.models import CalendarDay
from xiangling.org.calendar import published

from .access import change, created, require

DUTY = "calendar.edit"


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

    Days marked by hand that the arrangement does not name stay. Raises Refused (`year_unknown`)
    for a year whose arrangement is not known.
    """
    require(actor, DUTY)
    wanted = published(year)
    known = exceptions_between(date(year, 1, 1), date(year, 12, 31))
    fresh = [row for row in wanted if known.get(row.day) != row.is_working]
    with transaction.atomic():
        for row in fresh:
            mark_day(row.day, actor=actor, is_working=row.is_working, note=row.note)
    return len(fresh)
