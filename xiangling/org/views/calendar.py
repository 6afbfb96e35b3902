"""The working-day calendar."""

from __future__ import annotations

import calendar
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from xiangling.kernel import clock
from xiangling.kernel.models import CalendarDay
from xiangling.kernel.refusal import Refused
from xiangling.org.actions import calendar as act
from xiangling.org.calendar import is_published
from xiangling.org.forms import DayForm
from xiangling.org.middleware import Seated

from .pages import for_duty, run_form, today

editors = for_duty("calendar.edit")


@editors
def year(request: Seated, year: int | None = None) -> HttpResponse:
    """A year month by month: which dates are worked, and which differ from the plain week."""
    year = year or today().year
    if not 2000 <= year <= 2100:
        raise Http404
    known = {row.day: row for row in CalendarDay.objects.filter(day__year=year)}
    worked = {day: row.is_working for day, row in known.items()}
    weeks = calendar.Calendar(firstweekday=0)
    months = [
        {
            "label": date_format(date(year, month, 1), "F"),
            "weeks": [
                [_cell(day, month, known, worked) for day in week]
                for week in weeks.monthdatescalendar(year, month)
            ],
        }
        for month in range(1, 13)
    ]
    context = {
        "year": year,
        "months": months,
        "weekdays": [_weekday(day) for day in range(1, 8)],
        "exceptions": sorted(known.values(), key=lambda row: row.day),
        "is_published": is_published(year),
    }
    return render(request, "org/calendar.html", context)


def _weekday(number: int) -> str:
    """A day of the week in the width of a date: the last character in Chinese, two letters else."""
    name = date_format(date(2024, 1, number), "D")
    return name[:2] if name.isascii() else name[-1]


def _cell(
    day: date, month: int, known: dict[date, CalendarDay], worked: dict[date, bool]
) -> dict[str, Any] | None:
    if day.month != month:
        return None
    row = known.get(day)
    return {
        "day": day,
        "is_working": clock.is_working(day, worked),
        "is_exception": row is not None,
        "note": row.note if row else "",
        "is_today": day == today(),
    }


@editors
def mark(request: Seated, day: str) -> HttpResponse:
    """Say of one date whether it is worked."""
    try:
        wanted = date.fromisoformat(day)
    except ValueError as error:
        raise Http404 from error

    def run(answers: dict[str, Any]) -> str:
        asked = answers.pop("day")
        act.mark_day(asked, actor=request.actor, **answers)
        return f"/calendar/{asked.year}/"

    is_working = clock.is_working(wanted)
    return run_form(
        request,
        DayForm,
        run,
        done=_("The calendar was changed."),
        initial={"day": wanted, "is_working": "0" if is_working else "1"},
        title=_("Working day or day off"),
        cancel_url=f"/calendar/{wanted.year}/",
        aside_title=_("What happens next"),
        aside=[_("Limits that begin from now on count by it; deadlines already set stay.")],
    )


@editors
@require_POST
def take_over(request: Seated, year: int) -> HttpResponse:
    """Take a year's published holidays over."""
    try:
        changed = act.import_year(year, actor=request.actor)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request,
            ngettext("%(n)d date was changed.", "%(n)d dates were changed.", changed)
            % {"n": changed},
        )
    return HttpResponseRedirect(f"/calendar/{year}/")
