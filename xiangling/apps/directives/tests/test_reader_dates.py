"""Time limits: which words make a calendar day, and which make none (R-004)."""

from __future__ import annotations

from datetime import date

import pytest

from xiangling.apps.directives.reader.dates import Calendar
from xiangling.apps.directives.reader.days import after_workdays, number

MONDAY = Calendar(date(2024, 6, 3))


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("2024年12月31日前", "2024-12-31"),
        ("二〇二四年六月三十日前", "2024-06-30"),
        ("6月底前", "2024-06-30"),
        ("于6月12日前", "2024-06-12"),
        ("6月30日24时前", "2024-06-30"),
        ("6月15日（星期六）前", "2024-06-15"),
        ("6月上旬", "2024-06-10"),
        ("10月前", "2024-09-30"),
        ("6月1日至6月30日", "2024-06-30"),
        ("6月10日至20日", "2024-06-20"),
        ("三季度末前", "2024-09-30"),
        ("年底前", "2024-12-31"),
        ("明年3月底前", "2025-03-31"),
        ("1月15日前", "2025-01-15"),
        ("今年上半年", "2024-06-30"),
        ("本周五前", "2024-06-07"),
        ("下周一下班前", "2024-06-10"),
        ("月底前", "2024-06-30"),
        ("下月10日前", "2024-07-10"),
        ("国庆节前", "2024-09-30"),
        ("元旦前", "2024-12-31"),
        ("10日内", "2024-06-13"),
        ("五日内", "2024-06-08"),
        ("一周内", "2024-06-10"),
        ("两周内", "2024-06-17"),
        ("一个月内", "2024-07-03"),
        ("半个月内", "2024-06-18"),
        ("5个工作日内", "2024-06-11"),  # 10 June is the Dragon Boat Festival
        ("自本通知印发之日起10日内", "2024-06-13"),
        ("会后3日内", "2024-06-06"),
        ("会议结束后5日内", "2024-06-08"),
        ("自本函送达之日起7日内", "2024-06-10"),
        ("上半年", "2024-06-30"),
        ("下半年", "2024-12-31"),
        ("下季度末前", "2024-09-30"),
        ("下一季度末", "2024-09-30"),
        ("于三季度", "2024-09-30"),
        ("6月至8月", "2024-08-31"),
        ("6—8月", "2024-08-31"),
        ("2024-06-30前", "2024-06-30"),
        ("2024.6.30前", "2024-06-30"),
        ("6.30前", "2024-06-30"),
        ("2026年前", "2025-12-31"),
        ("“十五五”末", "2030-12-31"),
        ("本旬内", "2024-06-10"),
        ("端午节前", "2024-06-09"),
        ("中秋前", "2024-09-16"),
        ("春节前", "2025-01-28"),
        ("2026年春节假期前", "2026-02-16"),
        ("中秋、国庆节前", "2024-09-16"),
        ("“七一”前", "2024-06-30"),
    ],
)
def test_words_that_make_a_day(words: str, day: str) -> None:
    (limit,) = MONDAY.limits(words)
    assert (limit.type, str(limit.day)) == ("date", day)


@pytest.mark.parametrize("words", ["上半年，", "4月底，", "一季度，", "1月至4月，"])
def test_a_period_gone_by_binds_nobody(words: str) -> None:
    (limit,) = (
        MONDAY.limits(words) if words != "上半年，" else Calendar(date(2024, 8, 1)).limits(words)
    )
    assert not limit.is_bound


@pytest.mark.parametrize(
    ("words", "sort"),
    [
        ("立即", "soft"),
        ("每月25日前", "recurring"),
        ("每季度末月20日前", "recurring"),
        ("定期", "recurring"),
        ("即日起", "start"),
        ("自7月1日起", "start"),
        ("每3日", "recurring"),
        ("次周一", "recurring"),
        ("三年内", "duration"),
        ("两年内", "duration"),
        ("整改完成后5日内", "event"),
        ("自收到申请之日起10日内", "event"),
        ("自收到之日起10日内", "event"),
        ("自收到本函之日起3日内", "event"),
        ("接到通知后5日内", "event"),
        ("自发现之日起15日内", "event"),
        ("汛期前", "event"),
        ("次日12时前", "event"),
        ("24小时内", "duration"),
        ("**小时内", "masked"),
        ("*月*日前", "masked"),
        ("待定", "unspecified"),
    ],
)
def test_words_that_make_none(words: str, sort: str) -> None:
    (limit,) = MONDAY.limits(words)
    assert (limit.type, limit.day) == (sort, None)


def test_without_a_date_only_a_written_year_makes_a_day() -> None:
    undated = Calendar(None)
    assert [limit.day for limit in undated.limits("6月底前，10日内，本周五前，年底前")] == [
        None
    ] * 4
    assert [str(limit.day) for limit in undated.limits("2024年6月底前")] == ["2024-06-30"]


def test_a_day_the_calendar_does_not_have_is_no_day() -> None:
    assert [limit.day for limit in MONDAY.limits("6月31日前")] == [None]


def test_working_days_follow_the_published_holidays() -> None:
    assert after_workdays(date(2024, 9, 30), 1) == date(2024, 10, 8)
    assert after_workdays(date(2050, 1, 3), 5) == date(
        2050, 1, 10
    )  # not published: Monday to Friday


@pytest.mark.parametrize(
    ("words", "value"), [("15", 15), ("十五", 15), ("二十", 20), ("廿一", 21), ("两", 2)]
)
def test_numbers(words: str, value: int) -> None:
    assert number(words) == value
