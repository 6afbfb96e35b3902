"""Time limits as officials write them: 6月底前, 15个工作日内, 每月25日前, 即日起, 整改完成后5日内.

A calendar day is given only where words of the document make one; soft, recurring, event-bound, masked and open limits have
none. "N日内" counts from the day after the document's date (民法典 art. 201); working days skip weekends and public holidays.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache

from .days import (
    N,
    add_months,
    after_workdays,
    month_end,
    number,
    safe_date,
    year_of,
)
from .lexicon import pattern, words

YEAR = r"(?:(?P<year>20\d\d|二[〇零○ＯOo][〇零○ＯOo一二三四五六七八九]{2})年|(?P<rel>今年|本年|明年|次年|后年|去年)度?(?:的)?)"
MONTH = rf"(?P<month>{N})月份?"
HAN_DIGITS = "一二三四五六七八九十"
MONTH_ONLY = rf"(?P<month>{N})月份"
DAY = rf"(?P<day>{N})[日号]"
CLOCK = r"\d{1,2}[:：时点]\d{0,2}分?|[上下]午\d{0,2}[:：时点]?\d{0,2}分?|\d{1,2}时|中午|晚|24时|下班(?=前|之前)"
FEAST_NAME = re.compile("元旦|五一|国庆|十一|七一|春节|元宵|清明|端午|中秋")
FEAST = rf"(?P<feast>“?(?:{FEAST_NAME.pattern})”?)(?:国际)?(?:劳动)?节?(?:假期|小?长假)?(?:开始|到来|来临)?"
SOLAR_FEASTS = {"元旦": (1, 1), "五一": (5, 1), "七一": (7, 1), "国庆": (10, 1), "十一": (10, 1)}
UNTIL = rf"(?:（[^）]{{1,8}}）)?(?:{CLOCK})?[ \u3000]?(?:之前|以前|前|止|截止|内|之内|底前)?(?:（(?:星期|周)[一二三四五六日天]）)?"


@dataclass(frozen=True, slots=True)
class Limit:
    """A time limit found in a text: where, of what type, and the day it falls on, if it is one."""

    start: int
    end: int
    type: str
    day: date | None
    is_bound: bool  # says 前, 内, 底, 截止: certainly a limit and not just a day


class Calendar:
    """Time limits of one document, counted from its date; without a date, only limits that name their year are days."""

    def __init__(self, issued_on: date | None, year: int | None = None) -> None:
        self.issued_on = issued_on
        self.year = issued_on.year if issued_on else year

    def limits(self, text: str) -> list[Limit]:
        """The limits in a clause or sentence, in order, none inside another."""
        found: list[Limit] = []
        for pattern_, read in _readers():
            for match in pattern_.finditer(text):
                limit = read(self, match)
                if limit and not any(
                    limit.start < other.end and other.start < limit.end for other in found
                ):
                    found.append(limit)
        return sorted(found, key=lambda limit: limit.start)

    def pick_year(self, match: re.Match[str], month: int, day: int) -> int | None:
        """The year that is written, or else the next time that day comes."""
        parts = match.groupdict()
        if parts.get("year"):
            return year_of(parts["year"])
        if self.year is None:
            return None
        if parts.get("rel"):
            return self.year + {"明年": 1, "次年": 1, "后年": 2, "去年": -1}.get(parts["rel"], 0)
        here = safe_date(self.year, month, min(day, monthrange(self.year, month)[1]))
        if self.issued_on and here and here < self.issued_on:
            behind = (self.issued_on - here).days
            most = 60 if match[0].endswith("前") else 100
            return self.year + 1 if behind > most else self.year
        return self.year

    def is_ahead(self, day: date | None) -> bool:
        """Whether a period that ends that day can be a limit, and is not one that is looked back on."""
        return day is None or self.issued_on is None or day >= self.issued_on


Reader = Callable[[Calendar, re.Match[str]], Limit | None]


def _limit(
    match: re.Match[str], sort: str, day: date | None = None, *, is_bound: bool = True
) -> Limit:
    return Limit(match.start(), match.end(), sort, day, is_bound)


def _plain(sort: str) -> Reader:
    return lambda _calendar, match: _limit(match, sort)


RECEIVED = re.compile(r"自?(?:接|收)到")


def _after_event(_calendar: Calendar, match: re.Match[str]) -> Limit:
    """接到清单后15个工作日内: who receives it (市燃气公司接到…) is no part of the limit."""
    limit = _limit(match, "event")
    received = RECEIVED.search(match[0])
    return replace(limit, start=limit.start + received.start()) if received else limit


def _month_day(calendar: Calendar, match: re.Match[str]) -> Limit | None:
    month, day = number(match["month"]), number(match["day"])
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    year = calendar.pick_year(match, month, day)
    found = safe_date(year, month, day) if year else None
    is_bound = match[0].endswith(("前", "止", "内", "底")) or bool(
        re.search(r"^(?:截至|截止|最迟|不得?[晚迟]于|至|到)", match[0])
    )
    return _limit(match, "date", found, is_bound=is_bound)


def _day_alone(calendar: Calendar, match: re.Match[str]) -> Limit | None:
    """20日前: the next 20th."""
    issued_on = calendar.issued_on
    if issued_on is None:
        return _limit(match, "date")
    month = (
        issued_on
        if number(match["day"]) >= issued_on.day
        else add_months(issued_on.replace(day=1), 1)
    )
    return _limit(match, "date", safe_date(month.year, month.month, number(match["day"])))


PARTS = {
    "上旬": 10,
    "中旬": 20,
    "下旬": 31,
    "中下旬": 31,
    "上中旬": 20,
    "底": 31,
    "末": 31,
    "初": 5,
}


def _month_part(calendar: Calendar, match: re.Match[str]) -> Limit | None:
    month = number(match["month"])
    if not 1 <= month <= 12:
        return None
    part = match["part"] or ""
    year = calendar.pick_year(match, month, PARTS.get(part, 31))
    if year is None:
        return _limit(match, "date")
    if not part and match["bound"] in ("前", "之前", "以前"):
        return _limit(match, "date", date(year, month, 1) - timedelta(days=1))
    last = month_end(year, month)
    day = last if PARTS.get(part, 31) == 31 else date(year, month, PARTS[part])
    is_closed = match[0].endswith(("前", "内", "止")) or calendar.is_ahead(day)
    return _limit(match, "date", day, is_bound=is_closed)


def _month_span(calendar: Calendar, match: re.Match[str]) -> Limit | None:
    """4月至6月, 4—6月: the end of the last, unless it is past."""
    limit = _month_part(calendar, match)
    if limit is None:
        return None
    is_ahead = calendar.issued_on is not None and calendar.is_ahead(limit.day)
    return replace(limit, is_bound=is_ahead)


def _written(calendar: Calendar, match: re.Match[str]) -> Limit | None:
    """2026-06-30, 2026.6.30前, 6.30前."""
    month, day = number(match["month"]), number(match["day"])
    year = int(match["year"]) if match["year"] else calendar.year
    if match["year"] is None and 1 <= month <= 12 and 1 <= day <= 31:
        year = calendar.pick_year(match, month, day)
    found = safe_date(year, month, day) if year else None
    return _limit(match, "date", found, is_bound=match[0].endswith("前")) if found else None


def _before_year(calendar: Calendar, match: re.Match[str]) -> Limit | None:
    """2027年前; of 2000年以前建成的桥梁 a document of 2026 can make no limit."""
    if calendar.year and year_of(match["year"]) <= calendar.year:
        return None
    return _limit(match, "date", date(year_of(match["year"]) - 1, 12, 31))


PLANS = {"十三五": 2020, "十四五": 2025, "十五五": 2030, "十六五": 2035}


def _five_years(calendar: Calendar, match: re.Match[str]) -> Limit | None:
    return _limit(match, "date", date(PLANS[match["plan"]], 12, 31))


def _ten_days(calendar: Calendar, match: re.Match[str]) -> Limit | None:
    """本旬内: the 10th, the 20th or the month's last day."""
    issued_on = calendar.issued_on
    if issued_on is None:
        return _limit(match, "date")
    last = month_end(issued_on.year, issued_on.month)
    return _limit(
        match,
        "date",
        next((issued_on.replace(day=day) for day in (10, 20) if issued_on.day <= day), last),
    )


def _month_whole(calendar: Calendar, match: re.Match[str]) -> Limit | None:
    """5月份: its last day, though it binds no more than a day does that is named."""
    limit = _month_part(calendar, match)
    return replace(limit, is_bound=False) if limit else None


def _before_quarter(calendar: Calendar, match: re.Match[str]) -> Limit | None:
    """四季度前: the day before it begins."""
    limit = _quarter(calendar, match)
    if limit is None or limit.day is None:
        return limit
    first = add_months(limit.day.replace(day=1), -2)
    return replace(limit, day=first - timedelta(days=1), is_bound=True)


def _quarter(calendar: Calendar, match: re.Match[str]) -> Limit | None:
    quarter = {"一": 1, "二": 2, "三": 3, "四": 4}.get(match["quarter"], 0) or (
        int(match["quarter"]) if match["quarter"].isdigit() else 0
    )
    later = match["quarter"].startswith("下")
    if not quarter and calendar.issued_on:
        quarter = (calendar.issued_on.month + 2) // 3 + later
    if quarter == 5 and calendar.year:
        return _limit(match, "date", date(calendar.year + 1, 3, 31))
    if not 1 <= quarter <= 4:
        return _limit(match, "date")
    year = calendar.pick_year(match, quarter * 3, 30)
    day = month_end(year, quarter * 3) if year else None
    is_closed = match[0].endswith(("前", "底", "末", "内"))
    return _limit(match, "date", day, is_bound=is_closed or calendar.is_ahead(day))


def _quarter_whole(calendar: Calendar, match: re.Match[str]) -> Limit | None:
    """于三季度: its last day, though it binds no more than a day does that is named."""
    limit = _quarter(calendar, match)
    return replace(limit, is_bound=False) if limit else None


def _year_part(calendar: Calendar, match: re.Match[str]) -> Limit | None:
    year = calendar.pick_year(match, 12, 31)
    if year is None:
        return _limit(match, "date")
    if match["half"]:
        day = date(year, 6, 30) if match["half"] == "上半年" else date(year, 12, 31)
        return _limit(match, "date", day, is_bound=calendar.is_ahead(day))
    return _limit(match, "date", date(year, 12, 31))


def _year_whole(calendar: Calendar, match: re.Match[str]) -> Limit | None:
    """2026年完成…: its last day, though it binds no more than a day does that is named."""
    limit = _year_part(calendar, match)
    return replace(limit, is_bound=False) if limit else None


def _near_month(calendar: Calendar, match: re.Match[str]) -> Limit | None:
    issued_on = calendar.issued_on
    if issued_on is None:
        return _limit(match, "date")
    first = add_months(issued_on.replace(day=1), 1 if match["which"] in ("下", "次") else 0)
    last = month_end(first.year, first.month)
    if match["day"]:
        return _limit(match, "date", safe_date(first.year, first.month, number(match["day"])))
    day = PARTS.get(match["part"] or "", 31)
    return _limit(match, "date", last if day == 31 else first.replace(day=day))


WEEKDAYS = {
    "一": 0,
    "二": 1,
    "三": 2,
    "四": 3,
    "五": 4,
    "六": 5,
    "日": 6,
    "天": 6,
    "末": 6,
    "内": 4,
}


def _near_week(calendar: Calendar, match: re.Match[str]) -> Limit | None:
    if calendar.issued_on is None:
        return _limit(match, "date")
    monday = calendar.issued_on - timedelta(days=calendar.issued_on.weekday())
    weeks = {"下": 1, "下下": 2}.get(match["which"] or "", 0)
    day = monday + timedelta(weeks=weeks, days=WEEKDAYS[match["weekday"]])
    if not match["which"] and day < calendar.issued_on:
        day += timedelta(weeks=1)
    return _limit(match, "date", day)


def _near_day(calendar: Calendar, match: re.Match[str]) -> Limit | None:
    days = {"今": 0, "当": 0, "本": 0, "明": 1, "次": 1, "后": 2}[match[0][0]]
    days += match[0].startswith("今明")
    if calendar.issued_on is None or match[0][0] in "当次":
        return _limit(match, "event" if match[0][0] in "当次" else "date")
    return _limit(match, "date", calendar.issued_on + timedelta(days=days))


def _tomorrow(calendar: Calendar, match: re.Match[str]) -> Limit | None:
    """明日设置围挡: a day that is named, and binds where it is set for a job."""
    if calendar.issued_on is None:
        return None
    return _limit(match, "date", calendar.issued_on + timedelta(days=1), is_bound=False)


def _within(calendar: Calendar, match: re.Match[str]) -> Limit | None:
    issued_on = calendar.issued_on
    if issued_on is None:
        return _limit(match, "duration")
    n = 0.5 if match["n"] == "半" else number(match["n"])
    unit = match["unit"]
    if unit in ("工作日", "个工作日", "个工作天"):
        return _limit(match, "date", after_workdays(issued_on, int(n)))
    if unit.endswith("月"):
        day = issued_on + timedelta(days=15) if n == 0.5 else add_months(issued_on, int(n))
        return _limit(match, "date", day)
    if unit.endswith("年"):
        return _limit(match, "duration")
    days = int(n) * (7 if unit.endswith(("周", "星期")) else 1)
    return _limit(match, "date", issued_on + timedelta(days=days))


def _from_day(calendar: Calendar, match: re.Match[str]) -> Limit | None:
    """自9月15日起两周内: counted from the day that is named."""
    first = _month_day(calendar, match)
    if first is None or first.day is None:
        return first
    limit = _within(Calendar(first.day, first.day.year), match)
    return replace(limit, start=match.start(), end=match.end()) if limit else None


ANCHOR = (
    r"(?:[自从于在]?(?:本|该)?(?:通知|方案|通报|纪要|意见|文件|函|督办单|通告|指令|通知书|指令书)?(?:印发|下发|发布|发文|发出|公布|行文|送达)(?:之日起?|之日|后|起)"
    r"|(?:本次)?(?:会议|会)(?:结束)?后|散会后"
    r"|从(?:即|今)日起|自即日起|即日起|自今日起)"
)


WHILE = (
    r"(?!凡|在|对|如)[\u4e00-\u9fff]{0,8}?"
    r"(?:作业|施工|更换|整改|修复|解除|验收|检修|停产|节日|汛|预警|改造|撤离|拆除)(?:期间|之?前(?!后))"
)
"""更换期间, 拆除作业前: a stretch of work by which something else is timed."""


def _unnamed(expression: str) -> str:
    return re.sub(r"\?P<\w+>", "?:", expression)


@cache
def _readers() -> tuple[tuple[re.Pattern[str], Reader], ...]:
    span = _unnamed(rf"(?:{YEAR})?{MONTH}(?:{DAY})?(?:起)?\s*(?:至|到|—|－|-|~|～)\s*")
    month_day = rf"{YEAR}?{MONTH}{DAY}{UNTIL}"
    event_word = r"(?:(?![并且在于应须要由]|你单位|该[单公])[\u4e00-\u9fff“”]){2,12}?"
    within = rf"(?P<n>{N}|半)(?P<unit>个工作日|个工作天|工作日|日|天|周|个星期|星期|个月|个?年)(?:之内|以内|内)"
    return tuple(
        (re.compile(expression), reader)
        for expression, reader in (
            (r"(?<![*＊_])[*＊_]{1,8}(?:年|月|日|小时|天|个工作日|个月)(?:[*＊_\d]*[月日])?(?:前|内|底)?前?", _plain("masked")),
            (r"[?？□]{1,3}月(?:[\d?？□]{1,2}日|[底末]|[上中下]旬)?(?:之前|以前|前|内)?", _plain("masked")),
            (rf"每(?:隔)?(?:{N}|半)个?(?:工作日|小时|日|天|周|星期|月|季度|年)", _plain("recurring")),
            (
                r"于?(?:每学期开学前|每年|每月|每季度?|每周|每日|每天|每半年|每学期|次月|次周|次旬|当月|每两?个?月)"
                rf"(?:第?{N}月)?(?:末月|首月)?(?:第?{N}[日号](?:[、和]{N}[日号])*|底|末|初|[上中下]旬|[一二三四五六日])?(?:前|之前|内)?",
                _plain("recurring"),
            ),
            (rf"{ANCHOR}[，,]?(?:的)?{within}", _within),
            (rf"自?{YEAR}?{MONTH}{DAY}(?:起|开始)，?{within}", _from_day),
            (
                rf"(?:{event_word}(?:之日起|之时起|后|之后|时起)的?|从?接到{event_word}(?:起|后)|自{event_word}(?:之日)?起)"
                rf"，?{_unnamed(within)}",
                _after_event,
            ),
            (rf"{event_word}(?:完毕|到位){_unnamed(within)}", _plain("event")),
            (rf"(?:接到|收到){event_word}(?:的?当[日天]|的?次日)", _plain("event")),
            (rf"{pattern('event.time')}(?:后|之后|起|前|之前)?，?{_unnamed(within)}", _plain("event")),
            (rf"(?:提前{N}(?:天|日|小时|个工作日|分钟)|{event_word}前{N}(?:天|日|小时|个工作日)(?![内前]))", _plain("event")),
            (rf"(?:^|(?<=[，。；：]))(?:在此之前|{WHILE})(?=，|[\u4e00-\u9fff])", _plain("event")),
            (rf"(?:{FEAST_NAME.pattern}|节日|节假日|假期|长假)(?:、(?:{FEAST_NAME.pattern}))*(?:假期|长假)?期间", _plain("event")),
            (rf"(?<![至到在过为])(?<![\d{HAN_DIGITS}]){N}(?:个)?(?:小时|分钟|秒钟?)(?:之内|以内|内)", _plain("duration")),
            (span + rf"{YEAR}?(?:{MONTH})?{DAY}{UNTIL}", _span_day),
            (span + rf"{YEAR}?{MONTH}(?P<part>底|末|[上中下]旬)?(?P<bound>前|止)?", _month_span),
            (rf"(?<![\d.月]){YEAR}?{_unnamed(N)}(?:至|—|－|-|~|～){MONTH}(?P<part>底|末|[上中下]旬)?(?P<bound>前|止)?(?!\d)", _month_span),
            (r"(?<![\d.])(?P<year>20\d\d)(?P<mark>[-./])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})(?!\d)日?(?:之前|以前|前)?", _written),
            (r"(?<![\d.])(?P<year>(?!))?(?P<month>\d{1,2})\.(?P<day>\d{1,2})(?:日)?(?:之前|以前|前)", _written),
            (rf"(?:自|从)?(?:即日|{_unnamed(rf'{YEAR}?{MONTH}(?:{DAY})')})起，?至{month_day}止?", _until),
            (_unnamed(rf"(?:自|从){YEAR}?{MONTH}(?:{DAY})?(?:起|开始)|{YEAR}?{MONTH}(?:{DAY})(?:起(?!重|吊|火)|开始)"), _plain("start")),
            (rf"(?:于|在)?{YEAR}?{MONTH}{_unnamed(DAY)}(?:[、和]{_unnamed(N)}日)*[、和]{DAY}", _month_day),
            (rf"(?:截至|截止到?|最迟|赶在|不得?[晚迟]于|至|到|于)?{month_day}", _month_day),
            (rf"(?<![月\d{HAN_DIGITS}])(?P<day>{N})[日号](?:{CLOCK})?(?:之前|以前|前)", _day_alone),
            (rf"{YEAR}?(?P<quarter>[一二三四1234])季度(?:之前|以前|前)", _before_quarter),
            (rf"{YEAR}?第?(?P<quarter>[一二三四1234]|本|下一?)(?:个)?季度(?:底|末|内)(?:前|之前)", _quarter),
            (rf"{YEAR}?(?<!下)第?(?P<quarter>[一二三四1234])季度(?:底|末|内|结束前|完成)(?:前)?", _quarter),
            (rf"(?:^|(?<=[，。；于在]))在?{YEAR}?第?(?P<quarter>[一二三四])季度(?![末底前内])", _quarter_whole),
            (r"(?P<quarter>本|下一?)个?季度(?:底|末|内)(?:前)?", _quarter),
            (r"本旬(?:底|末|内)(?:前)?|(?<![上中下])旬末(?:前)", _ten_days),
            (rf"{YEAR}?{MONTH}(?P<part>底|末|[上中下]旬|中下旬|上中旬|初)(?P<bound>之前|以前|前|内)?", _month_part),
            (rf"{YEAR}?{MONTH}(?P<part>)(?P<bound>之前|以前|前|内|之内)", _month_part),
            (rf"(?:^|(?<=[，。；于在]))在?{YEAR}?{MONTH_ONLY}(?P<part>)(?P<bound>)(?![前内底末中旬初])", _month_whole),
            (rf"^(?P<year>(?!))?(?P<rel>(?!))?(?P<month>{N})月(?P<part>)(?P<bound>)(?=，$)", _month_part),
            (rf"{YEAR}?(?P<half>[上下]半年)(?:内|底前|前|末)?", _year_part),
            (r"(?P<year>20\d\d)年(?:之前|以前|前)(?!期)", _before_year),
            (r"“?(?P<plan>十[三四五六]五)”?(?:期)?末", _five_years),
            (rf"{YEAR}(?P<half>(?!))?(?=(?:全面|全部|基本|力争|率先)*(?:完成|建成|实现|达到))", _year_whole),
            (rf"(?<=完成){YEAR}(?P<half>)(?=[^，。]{{0,14}}(?:目标|任务))", _year_part),
            (rf"(?:{YEAR})(?P<half>)(?:底|末|年底|内)(?:前|之前|以前)?", _year_part),
            (
                rf"(?P<year>(?!))?(?P<rel>今|本|明)?(?P<half>(?!))?(?<![全每去半\d{HAN_DIGITS}两])年(?:[底末内](?:[之以]?前)?|终[之以]?前)",
                _near_year_end,
            ),
            (rf"(?P<which>本|当|这个|下|次)个?月(?:(?P<day>{N})[日号]|(?P<part>底|末|[上中下]旬|内))(?:前|之前)?", _near_month),
            (r"(?P<which>(?!))?(?P<day>(?!))?(?P<part>(?<![\d每个一二三四五六七八九十])月(?:底|末))(?:前|之前)", _near_month_end),
            (
                r"(?<![次每])(?P<which>本|这|下下|下)?(?:个)?(?:周|星期)(?P<weekday>[一二三四五六日天]|末(?=之?前))"
                r"(?:[上下]午)?(?:下班)?(?:前|之前|内)?",
                _near_week,
            ),
            (r"(?P<which>本|这|下)(?:个)?(?:周|星期)(?P<weekday>内|末)(?:前)?", _near_week),
            (
                r"(?:今|明|后)[天日](?:[上下中]午|晚上?)?\d{0,2}[时点]?(?:下班)?前|(?:今|明)[天日]之?内|今明两[天日]之?内?|[今明]晚\d{0,2}[时点]?前"
                r"|当[天日](?:内|前)?|次日\d{0,2}[时点]?(?:前|内)?",
                _near_day,
            ),
            (r"(?<![声说证表阐])明[天日](?=[\u4e00-\u9fff])(?![起上下晚白早])", _tomorrow),
            (rf"(?:(?<![0-9一二三四五六七八九十.])|(?<=^\d\.)|(?<=^\d\d\.)){within}", _within),
            (pattern("start.time"), _plain("start")),
            (rf"{YEAR}?{FEAST}(?:(?:、|和|及)?{_unnamed(FEAST).replace('(?:', '(?P<other>', 1)})?(?:之前|前)(?!期|后)", _feast),
            (rf"{pattern('event.time')}前(?!期|提|后|沿|往|款|置|来|端|列|者|线|进)", _plain("event")),
            (rf"{pattern('recurring.time')}(?<!定期(?=检验|检定|检测|维保|维护))(?!的?单位|的?企业|的?村|的?街)", _plain("recurring")),
            (pattern("unspecified.time"), _plain("unspecified")),
            (pattern("soft.time"), _plain("soft")),
        )
    )  # fmt: skip


def _until(calendar: Calendar, match: re.Match[str]) -> Limit | None:
    """自11月17日起至12月16日止, 即日起至7月31日: the day on which it ends."""
    limit = _month_day(calendar, match)
    return replace(limit, is_bound=True) if limit else None


def _span_day(calendar: Calendar, match: re.Match[str]) -> Limit | None:
    """6月1日至6月30日, 6月1日至30日: the last day."""
    if match["month"]:
        return _month_day(calendar, match)
    first = re.search(rf"({N})月", match[0])
    month, day = number(first[1]) if first else 0, number(match["day"])
    year = calendar.pick_year(match, month, day) if 1 <= month <= 12 else None
    return _limit(match, "date", safe_date(year, month, day) if year else None)


def _feast(calendar: Calendar, match: re.Match[str]) -> Limit | None:
    """Before a feast: the day before it, before two the day before the earlier."""
    if calendar.issued_on is None and not match["year"]:
        return _limit(match, "event")
    found = [
        day
        for name in (match["feast"], match["other"])
        if name and (day := _feast_day(calendar, FEAST_NAME.findall(name)[0], match))
    ]
    return (
        _limit(match, "date", min(found) - timedelta(days=1)) if found else _limit(match, "event")
    )


def _feast_day(calendar: Calendar, name: str, match: re.Match[str]) -> date | None:
    """The feast of the year written, or else the next one; those of the moon's calendar by the pack's table."""
    if name in SOLAR_FEASTS:
        issued = calendar.issued_on or date(year_of(match["year"]), 1, 1)
        days = [date(issued.year + n, *SOLAR_FEASTS[name]) for n in (0, 1, 2)]
    else:
        days = [date.fromisoformat(day) for day in words(f"feast.{name}")]
    if match["year"]:
        return next((day for day in days if day.year == year_of(match["year"])), None)
    issued_on = calendar.issued_on or date.max
    if match["rel"] in ("明年", "次年"):
        return next((day for day in days if day.year == issued_on.year + 1), None)
    return next((day for day in days if day > issued_on), None)


def _near_year_end(calendar: Calendar, match: re.Match[str]) -> Limit | None:
    year = calendar.year
    day = date(year + (match["rel"] == "明"), 12, 31) if year else None
    return _limit(match, "date", day)


def _near_month_end(calendar: Calendar, match: re.Match[str]) -> Limit | None:
    issued_on = calendar.issued_on
    return _limit(match, "date", month_end(issued_on.year, issued_on.month) if issued_on else None)
