"""Arithmetic and wording of figures: the sources' own numbers print exactly (requirements.md section 5)."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from xiangling.insight import periods
from xiangling.insight.cells import first_of
from xiangling.insight.figures import (
    Change,
    falls_every_year,
    plain,
    ranks,
    ratio,
    read_amount,
    said,
    total,
)
from xiangling.insight.periods import Period
from xiangling.insight.reading import Stretch, until, within
from xiangling.kernel.refusal import Refused

TODAY = date(2026, 11, 26)


def change(before: int | None, now: int | None, decimals: int = 2) -> str:
    return Change(
        None if before is None else Decimal(before), None if now is None else Decimal(now)
    ).written(decimals)


@pytest.mark.parametrize(
    ("before", "now", "decimals", "written"),
    [
        (91, 67, 2, "-26.37%"),  # F01
        (8, 7, 2, "-12.5%"),
        (140, 81, 2, "-42.14%"),
        (500, 367, 2, "-26.6%"),
        (131, 56, 2, "-57.25%"),  # F02
        (28, 3, 1, "-89.3%"),
        (0, 5, 2, "—"),
        (0, 0, 2, "—"),
        (5, 5, 2, "0%"),
        (200_000, 199_999, 2, "0%"),
        (1, 20, 2, "1,900%"),
    ],
)
def test_changes_print_as_their_sources_do(
    before: int, now: int, decimals: int, written: str
) -> None:
    """F01, F02, R-157; base 0 is no percentage."""
    assert change(before, now, decimals) == written


def test_what_is_masked_is_unknown_and_never_nothing() -> None:
    """F08, F09."""
    for text in ("*", "****家", "近*万", "处理*名", "**小时/****只"):
        assert read_amount(text) is None
    assert change(None, 5) == change(5, None) == said(None) == "未知"
    assert Change(None, Decimal(5)).trend() == "unknown"
    assert ratio(0, None, 1000) == 0, "none of an unknown number is still none (F08)"
    assert ratio(3, None) is None
    assert ratio(3, 0) is None
    assert total([1, None, 2]) is None
    for text in ("", "很多", "3.4.5", "三"):
        with pytest.raises(ValueError, match=r".*"):
            read_amount(text)


def test_amounts_are_read_as_documents_write_them() -> None:
    """F04: 3.4万人次, 1.5万家, 5.8万台; the ratios follow."""
    visits, firms, devices = map(read_amount, ("3.4万人次", "1.5万家", "5.8万台"))
    assert (visits, firms, devices) == (34_000, 15_000, 58_000)
    assert said(ratio(visits, firms)) == "2.27"
    assert said(ratio(devices, firms)) == "3.87"
    assert read_amount("1,234") == read_amount("1234起") == 1234


def test_rates_and_series() -> None:
    """F05 sums, F06 coverage, F07 per 10,000, R-160 falling every year."""
    assert total([19, 13, 16, 53, 11, 11, 29, 11]) == 163
    assert total([32, 69, 11, 40, 11]) == 163
    assert total([55, 66]) == total([20, 35, 66]) == 121
    assert plain(ratio(7, 11, 100) or Decimal(0), 1) == "63.6"
    assert plain(ratio(2, 58_000, 10_000) or Decimal(0)) == "0.34"
    assert plain(ratio(99, 18_160_000, 10_000) or Decimal(0), 3) == "0.055"
    assert falls_every_year([Decimal(n) for n in (91, 67, 50)]) is True
    assert falls_every_year([Decimal(n) for n in (91, 67, 67)]) is False
    assert falls_every_year([Decimal(1), None]) is None


def test_places_are_shared_and_the_direction_counts() -> None:
    """F03, R-161."""
    scores = {"东区": Decimal(92), "西区": Decimal(88), "南区": Decimal(92), "北区": None}
    assert ranks(scores, "high") == {"东区": 1, "南区": 1, "西区": 3, "北区": None}
    assert ranks(scores, "low") == {"西区": 1, "东区": 2, "南区": 2, "北区": None}
    with pytest.raises(ValueError, match="direction"):
        ranks(scores, "")


@given(st.dictionaries(st.integers(), st.none() | st.integers(0, 5).map(Decimal), max_size=12))
def test_a_place_is_one_more_than_the_number_of_better_ones(
    values: dict[int, Decimal | None],
) -> None:
    found = ranks(values, "high")
    for key, value in values.items():
        better = [v for v in values.values() if v is not None and value is not None and v > value]
        assert found[key] == (None if value is None else 1 + len(better))


@pytest.mark.parametrize(
    ("text", "first", "last", "label"),
    [
        ("2025", date(2025, 1, 1), date(2025, 12, 31), "2025年"),
        ("2026-10", date(2026, 10, 1), date(2026, 10, 31), "2026年10月"),
        ("2026年2月", date(2026, 2, 1), date(2026, 2, 28), "2026年2月"),
        ("2019年1-4月", date(2019, 1, 1), date(2019, 4, 30), "2019年1-4月"),  # F10
        ("2019年第一季度", date(2019, 1, 1), date(2019, 3, 31), "2019年1-3月"),
        ("2026-Q3", date(2026, 7, 1), date(2026, 9, 30), "2026年7-9月"),
        ("2026-H1", date(2026, 1, 1), date(2026, 6, 30), "2026年1-6月"),
        ("2026-01..2026-04", date(2026, 1, 1), date(2026, 4, 30), "2026年1-4月"),
        ("2019-06-30", date(2019, 6, 30), date(2019, 6, 30), "2019年6月30日"),
        ("2026-10-01..2026-10-15", date(2026, 10, 1), date(2026, 10, 15), "2026年10月1日至10月15日"),
        ("", date(2026, 11, 1), TODAY, "2026年11月1日至11月26日"),
        ("2026", date(2026, 1, 1), TODAY, "2026年1月1日至11月26日"),
    ],
)  # fmt: skip
def test_periods_are_read_and_told(text: str, first: date, last: date, label: str) -> None:
    found = periods.read(text, TODAY)
    assert (found.first, found.last, found.label()) == (first, last, label)
    assert periods.read(found.code(), TODAY) == found
    with translation.override("en"):
        assert not [char for char in found.label() if "一" <= char <= "鿿"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2027", "future_period"),
        ("2026-12", "future_period"),
        ("2026-11-27", "future_period"),
        ("2026-13", "bad_period"),
        ("2026-02-30", "bad_period"),
        ("2026-05..2026-04", "bad_period"),
        ("去年", "bad_period"),
        ("0001", "bad_period"),
        ("2026-10-01..", "bad_period"),
    ],
)
def test_periods_that_make_no_sense_are_refused_in_words(text: str, code: str) -> None:
    with pytest.raises(Refused) as caught:
        periods.read(text, TODAY)
    assert caught.value.code == code
    assert caught.value.todo


def test_a_period_is_compared_with_the_same_days() -> None:
    """R-160: 同期相比."""
    february = periods.read("2024-02", TODAY)
    assert february.year_before() == Period(date(2023, 2, 1), date(2023, 2, 28))
    assert periods.read("2023-02", TODAY).year_before().last == date(2022, 2, 28)
    assert periods.read("2025-02", TODAY).year_before().last == date(2024, 2, 29)
    running = periods.read("2026", TODAY)
    assert running.year_before() == Period(date(2025, 1, 1), date(2025, 11, 26))
    assert running.before() == Period(date(2025, 1, 1), date(2025, 11, 26))
    assert running.code() == "2026"
    assert periods.read("2026-Q4", TODAY).before() == Period(date(2026, 7, 1), date(2026, 8, 26))
    assert periods.read("", TODAY).before() == Period(date(2026, 10, 1), date(2026, 10, 26))
    assert periods.read("2026-03", TODAY).before() == Period(date(2026, 2, 1), date(2026, 2, 28))
    assert periods.read("2026-Q1", TODAY).before() == Period(date(2025, 10, 1), date(2025, 12, 31))
    ten_days = periods.read("2026-10-11..2026-10-20", TODAY)
    assert ten_days.before() == Period(date(2026, 10, 1), date(2026, 10, 10))


def test_a_day_of_another_zone_is_the_day_here() -> None:
    from datetime import UTC, datetime

    from xiangling.kernel import clock

    with clock.at(datetime(2026, 12, 31, 16, 30, tzinfo=UTC)):
        assert periods.read("").first == date(2027, 1, 1)


def _days_of(stretches: list[Stretch]) -> Counter[date]:
    """How often each day is counted by sums of whole years, whole months and days."""
    found: Counter[date] = Counter()
    for grain, begin, end, sign in stretches:
        day = max(begin, date(2020, 1, 1))
        while first_of(grain, day) <= end:
            if begin <= first_of(grain, day):
                found[day] += sign
            day += timedelta(days=1)
    return +found


@given(st.dates(date(2023, 1, 1), date(2026, 12, 31)), st.integers(min_value=0, max_value=900))
def test_the_sums_read_for_a_period_cover_each_of_its_days_once(first: date, days: int) -> None:
    last = first + timedelta(days=days)
    wanted = {first + timedelta(days=n) for n in range(days + 1)}
    assert _days_of(within(first, last)) == dict.fromkeys(wanted, 1)
    before = {
        date(2020, 1, 1) + timedelta(days=n) for n in range((last - date(2020, 1, 1)).days + 1)
    }
    assert _days_of(until(last)) == dict.fromkeys(before, 1)
