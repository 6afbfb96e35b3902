"""Single values out of cells: dates and codes as people type them."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from .parts import DAMAGED_FROM, Message, Value, damaged_number

_SEPARATED = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?(?:[T\s].*|\d{1,2}[:时].*)?"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_FIRST_SERIAL = 61  # below it Excel counts a 29 February 1900 that never was


class BadValueError(ValueError):
    """A value that cannot be used; `message` tells the user what to do."""

    def __init__(self, code: str, message: Message) -> None:
        super().__init__(code)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return str(self.message)


def serial_to_datetime(serial: float, *, from_1904: bool = False) -> datetime:
    """An Excel serial day as a naive local time, to the second (ECMA-376 part 1, 18.17.4).

    Raises ValueError outside 1900-03-01 .. 2199-12-31.
    """
    if from_1904:
        serial += 1462
    if not _FIRST_SERIAL <= serial < 109_940:
        raise ValueError(serial)
    return datetime.combine(date(1899, 12, 30), time()) + timedelta(seconds=round(serial * 86_400))


def parse_date(value: Value) -> date | None:
    """A calendar day from a cell: a date, an Excel serial, 2026-02-03, 2026/2/3, 2026.2.3, 2026年2月3日, 20260203.

    Empty gives None. Raises BadValueError (a ValueError) for anything else, also for days that do not exist.
    """
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = unicodedata.normalize("NFKC", str(value)).strip()
    if isinstance(value, str) and not text:
        return None
    try:
        return _day(value, text)
    except (ValueError, OverflowError):
        raise BadValueError(
            "date.impossible",
            format_lazy(
                _("“{value}” is not a date of the calendar. Write it like 2026-03-05."),
                value=text[:40],
            ),
        ) from None


def _day(value: Value, text: str) -> date:
    if isinstance(value, bool):
        raise ValueError(text)
    if isinstance(value, int | float) and not _COMPACT.fullmatch(text):
        return serial_to_datetime(float(value)).date()
    match = _COMPACT.fullmatch(text) or _SEPARATED.fullmatch(text)
    if match:
        day = date(*(int(part) for part in match.groups()))
        if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
            raise ValueError(text)
        return day
    if re.fullmatch(r"\d{5}(?:\.\d+)?", text, re.ASCII):
        return serial_to_datetime(float(text)).date()
    raise ValueError(text)


def parse_code(value: Value) -> str:
    """An identifier from a cell: full-width characters made narrow (NFKC), blanks removed, digits kept.

    Raises BadValueError where the spreadsheet program has already lost digits.
    """
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < DAMAGED_FROM:
        value = int(value)
    if isinstance(value, float):
        raise BadValueError("number.damaged", damaged_number(str(value)))
    return "".join(unicodedata.normalize("NFKC", str(value)).split())
