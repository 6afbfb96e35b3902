"""How values read on a page: dates, times, amounts, shares. Chinese as on paper, English beside it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from xiangling.kernel import clock, wording

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


_RUNGS = {
    "reminded": _("due soon"),
    "fell_overdue": _("fell overdue"),
    "escalated_district": _("escalated to the district"),
    "escalated_city": _("escalated to the city"),
}


def rung(word: str, label: str = "") -> str:
    """A rung of the escalation ladder: in Chinese as the ladder names it, else in the reader's words."""
    if label and wording.is_chinese():
        return label
    return str(_RUNGS.get(word) or label or word)


def long_day(day: date) -> str:
    """A date as papers write it: 2026年11月22日."""
    if wording.is_chinese():
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def long_moment(moment: datetime) -> str:
    """A moment in full, local: 2026年11月22日 14:30."""
    local = timezone.localtime(moment)
    return f"{long_day(local.date())} {local:%H:%M}"


def short_day(day: date) -> str:
    """A date in a list: 11-22, with the year when it is not this one."""
    this_year = clock.local_date(clock.now()).year
    return f"{day:%m-%d}" if day.year == this_year else f"{day:%Y-%m-%d}"


def short_moment(moment: datetime) -> str:
    """A moment in a list, local: 11-22 14:30, with the year when it is not this one."""
    local = timezone.localtime(moment)
    return f"{short_day(local.date())} {local:%H:%M}"


def number(value: float | Decimal) -> str:
    """A figure with thousands separated; a decimal keeps two places unless they are zero."""
    if value != int(value):
        return f"{value:,.2f}"
    return f"{int(value):,}"


def share(part: int, whole: int) -> str:
    """A percentage with its counts: 97.2%，486/500; unknown for a share of nothing."""
    if not whole:
        return gettext("unknown")
    return gettext("%(percent).1f%%, %(part)s/%(whole)s") % {
        "percent": part * 100 / whole,
        "part": number(part),
        "whole": number(whole),
    }


def shown(value: Any) -> str:
    """A fact in words; None, empty text and machine identifiers give ""."""
    match value:
        case None | UUID():
            return ""
        case bool():
            return gettext("Yes") if value else gettext("No")
        case datetime():
            return long_moment(value)
        case date():
            return long_day(value)
        case int() | float() | Decimal():
            return number(value)
        case list() | tuple() | set():
            return wording.listed(map(shown, value))
        case _:
            return str(value).strip()


def in_list(value: Any) -> str:
    """A cell of a list in words, dates in their short form."""
    if isinstance(value, datetime):
        return short_moment(value)
    if isinstance(value, date):
        return short_day(value)
    return shown(value)


def stored(value: Any) -> str:
    """A value as the ledger keeps it (JSON), in words: dates and times are read back first."""
    if isinstance(value, str):
        if len(value) == 36 and value.count("-") == 4 and _is_uuid(value):
            return ""
        if 10 <= len(value) <= 32 and value[4:5] == "-" and value[7:8] == "-":
            return _read_back(value)
    return shown(value)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _read_back(text: str) -> str:
    try:
        if len(text) == 10:
            return long_day(date.fromisoformat(text))
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return long_moment(moment) if moment.tzinfo else text
