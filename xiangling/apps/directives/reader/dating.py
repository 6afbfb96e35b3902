"""The date of a document and, where it has none, its year."""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

from .days import full_dates, number, safe_date, year_of

PERIOD = re.compile(r"《[^》]*》|20\d\d\s*年?\s*(?:—|－|-|~|至)\s*20\d\d\s*年?")
SINCE = re.compile(r"[自从]20\d\d年(?:起|以来|开始)")
AHEAD = re.compile(
    r"(20\d\d)年(?:(\d{1,2})月)?(?:\d{1,2}日)?(?:底|末|上旬|中旬|下旬)?(?:前|之前|以前|底)"
)
MET = re.compile(r"\s*(?:会议)?时\s*间\s*[：:]")
"""When those met: the paper's own date, if it has one, is that at its end."""
OWN_LINE = re.compile(r"\s*(?:会议|发布|印发|成文)?(?:时\s*间|日\s*期)")


ANNEX = re.compile(r"\s*附\s*[件表]")


class Dated(NamedTuple):
    """The document's own date, its year, and whether that year stands nowhere in it."""

    issued_on: date | None
    year: int | None
    is_assumed: bool = False


def dated(texts: list[str], *, is_news: bool, today: date | None) -> Dated:
    """When a document was issued. One that names no year is of the latest whose day has come, or comes within a month."""
    issued_on, year = date_of(texts, is_news=is_news)
    if issued_on or year or today is None:
        return Dated(issued_on, year)
    filled = [text for text in texts if text.strip()]
    own = _dateline(filled, today.year) if is_news else _day_line(filled, today.year)
    first = own or _first_day(filled, today.year)
    if first is None:
        return Dated(None, None)
    days = (safe_date(today.year + n, first.month, first.day) for n in (1, 0, -1))
    latest = next(day for day in days if day and (day - today).days <= AHEAD_OF_READING)
    return Dated(latest if own else None, latest.year, is_assumed=True)


AHEAD_OF_READING = 31
"""Days by which a paper may be dated ahead of its reading."""
MONTH_DAY = re.compile(r"(\d{1,2})月(\d{1,2})日")


def _day_line(filled: list[str], year: int) -> date | None:
    """3月18日 in a line by itself, below the title or at the end."""
    for text in (*filled[:4], *reversed(filled[-4:])):
        if match := MONTH_DAY.fullmatch(text.strip(" \u3000（）()")):
            return safe_date(year, int(match[1]), int(match[2]))
    return None


def _first_day(filled: list[str], year: int) -> date | None:
    match = MONTH_DAY.search("\n".join(filled))
    return safe_date(year, int(match[1]), int(match[2])) if match else None


def date_of(texts: list[str], *, is_news: bool) -> tuple[date | None, int | None]:
    """The document's date: after a title or at the end by itself, in 时间：, else the first full date; and its year."""
    filled = [text for text in texts if text.strip()]
    ends = [text for text in _signed(filled) if not re.search(r"时限|期限|完成|[|｜\t]", text)]
    for text in (*filled[:8], *reversed(ends)):
        if len(text.strip()) <= 40 and not MET.match(text) and (days := alone(text)):
            return days[0], days[0].year
    for text in filled[:14]:
        if OWN_LINE.match(text) and (found := next(full_dates(text), None)):
            return found[2], found[2].year
    year = _year(texts)
    if is_news and (day := _dateline(filled, year)):
        return day, day.year
    for text in filled[:6]:
        for _start, end, day in full_dates(text):
            if text[end : end + 1] not in ("前", "止"):
                return day, day.year
    return None, year


def _signed(filled: list[str]) -> list[str]:
    """Lines in which a document may be signed and dated: its last ones, and those around 附件."""
    n = len(filled)
    beside = [at for at, text in enumerate(filled) if ANNEX.match(text)]
    near = {place for at in beside for place in range(at - 4, at + 5) if 8 <= place < n}
    return [filled[place] for place in sorted({*range(max(0, n - 5), n), *near})]


def alone(text: str) -> list[date]:
    """Dates in a line that holds little else: 2026年6月3日, （6月3日印发）, 发布时间：2026-06-03."""
    found = list(full_dates(text))
    rest = text
    for start, end, _day in reversed(found):
        rest = rest[:start] + rest[end:]
    rest = re.sub(r"[\s（()）：:，,\d印发发布日成文时间来源于期在会议记录稿整理签]", "", rest)
    return [day for _start, _end, day in found] if len(rest) <= 12 and "前" not in rest else []


def _year(texts: list[str]) -> int | None:
    """The year of the file number; else the latest year spoken of; else the year of the first limit, or the one before."""
    whole = re.sub(r"\s", "", "\n".join(texts))
    coded = re.search(r"[〔\[（(](20\d\d)[〕\]）)]\s*(?:第)?\d+号", whole)
    if coded:
        return int(coded[1])
    plain = SINCE.sub("", PERIOD.sub("", whole))
    ahead = [(int(year), int(month or 12)) for year, month in AHEAD.findall(plain)]
    years = [year_of(found) for found in re.findall(r"(20\d\d)(?=年|行动)", AHEAD.sub("", plain))]
    if years:
        return max(years)
    first = re.search(r"(\d{1,2})月\d{1,2}日", plain)
    if not ahead:
        return None
    year, month = min(ahead)
    return year - 1 if first and int(first[1]) > month else year


def _dateline(filled: list[str], year: int | None) -> date | None:
    """本报讯 6月3日: the first day named in a report, with its own year or else the document's."""
    for text in filled[:3]:
        if match := re.search(r"(?:(20\d\d)年)?(\d{1,2})月(\d{1,2})日", text[:80]):
            of = int(match[1]) if match[1] else year
            return safe_date(of, number(match[2]), number(match[3])) if of else None
    return None
