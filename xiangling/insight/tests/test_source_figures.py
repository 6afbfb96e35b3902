"""Figures of the sources as fixtures (requirements.md section 5): F05 and F11; F01 to F04 and F06 to F10 stand beside what they test."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiangling.insight.accidents import grade_of
from xiangling.insight.figures import total
from xiangling.kernel import packs
from xiangling.org.models import DutyLine
from xiangling.org.sectors import sector_choices

CASES_2023 = (
    # (dead and missing, hurt, month), F05: eight records
    (19, 20, 1), (13, 35, 1), (16, 66, 2), (53, None, 2), (11, None, 3), (11, None, 4), (29, None, 4), (11, None, 5),
)  # fmt: skip


def test_the_cases_of_2023_have_their_grades() -> None:
    """F05: one extra-major (53 missing or dead) and seven major; dead and missing make 163, hurt 121."""
    grades = Counter(
        found.key
        for dead, hurt, month in CASES_2023
        if (found := grade_of(date(2023, month, 10), deaths=dead, injured=hurt))
    )
    assert grades == {"extra_major": 1, "major": 7}
    assert total([dead for dead, _hurt, _month in CASES_2023]) == 163
    assert total([hurt for _dead, hurt, _month in CASES_2023 if hurt is not None]) == 121
    assert total([hurt for _dead, hurt, _month in CASES_2023]) is None, "53 are not split"
    by_month = Counter[int]()
    for dead, _hurt, month in CASES_2023:
        by_month[month] += dead
    assert by_month == {1: 32, 2: 69, 3: 11, 4: 40, 5: 11}


@pytest.mark.parametrize(
    ("deaths", "injured", "loss", "key"),
    [
        (0, 0, 0, "general"), (2, 9, 9_999_999, "general"),
        (3, 0, 0, "larger"), (0, 10, 0, "larger"), (0, 0, 10_000_000, "larger"), (9, 49, 49_999_999, "larger"),
        (10, 0, 0, "major"), (0, 50, 0, "major"), (0, 0, 50_000_000, "major"), (29, 99, 99_999_999, "major"),
        (30, 0, 0, "extra_major"), (0, 100, 0, "extra_major"), (0, 0, 100_000_000, "extra_major"),
    ],
)  # fmt: skip
def test_grades_begin_where_the_rule_says(deaths: int, injured: int, loss: int, key: str) -> None:
    found = grade_of(date(2023, 1, 1), deaths=deaths, injured=injured, loss=Decimal(loss))
    assert found is not None
    assert (found.key, found.is_lower_bound) == (key, False)


def test_what_is_not_known_is_a_lower_bound_and_not_zero() -> None:
    found = grade_of(date(2023, 1, 1), deaths=11)
    assert found is not None
    assert (found.key, found.is_lower_bound) == ("major", True)
    unknown = grade_of(date(2023, 1, 1))
    assert unknown is not None
    assert (unknown.key, unknown.is_lower_bound) == ("general", True)
    assert grade_of(date(2007, 5, 31), deaths=11) is None, "before the rule"


@given(st.integers(0, 60), st.integers(0, 200), st.integers(0, 300_000_000))
def test_more_harm_is_never_a_lower_grade(deaths: int, injured: int, loss: int) -> None:
    order = [row["key"] for row in packs.load("accident_grades")]

    def place(*known: int) -> int:
        found = grade_of(
            date(2023, 1, 1) + timedelta(1),
            deaths=known[0],
            injured=known[1],
            loss=Decimal(known[2]),
        )
        assert found is not None
        return order.index(found.key)

    here = place(deaths, injured, loss)
    assert place(deaths + 1, injured, loss) <= here
    assert place(deaths, injured + 1, loss) <= here
    assert place(deaths, injured, loss + 1) <= here


SET_SIZES = {
    # 000
    "four_safeties": 4, "ten_words": 10, "three_duties": 3, "four_checks": 4, "eight_failings": 8,
    # 001
    "four_in_place": 4, "five_parties": 5, "five_means": 5,
    # 002
    "ways_to_supervise": 4,
    # 003
    "crowded_places": 5, "chemical_chain": 6, "six_places": 6, "inspecting_offices": 4,
    # 004: 行业 8+3 are two sets, the key trades and the new ones
    "key_trades": 8, "new_trades": 3, "high_risk_places": 8, "four_violations": 4, "site_checks": 6, "works": 6,
    "at_sea": 6, "clean_energy": 6, "ways_found": 3,
}  # fmt: skip


def test_sets_that_the_product_keeps_have_the_size_their_name_says() -> None:
    """F11: every set of the sources, its members as the text lists them; each numbers what F11 says.

    The 十五条 are left out: the sources give their number and none of the fifteen.
    """
    rows = packs.load("word_sets")
    assert Counter({row["key"]: len(row["members"]) for row in rows}) == SET_SIZES
    assert len(rows) == len(SET_SIZES), "a set stands there once"
    sectors = dict(sector_choices())
    assert (
        sum(code in sectors for code in ("food", "drug", "product_quality", "special_equipment"))
        == 4
    )
    assert len(DutyLine.Layer.choices) == 4


@pytest.mark.parametrize("row", packs.load("word_sets"), ids=lambda row: row["key"])
def test_a_set_says_all_that_the_grid_asks_of_it(row: packs.Row) -> None:
    """A date, where it is from, names in both languages, and for each member words of its own to be known by."""
    assert row["from"] == date(2008, 2, 1)
    assert re.fullmatch(r"R-\d{3}|F11", row["source"])
    labels = [row["label_en"], *(member["label_en"] for member in row["members"])]
    assert all(label.isascii() for label in labels)
    assert len(set(labels)) == len(labels)
    keys = [member["key"] for member in row["members"]]
    assert len(set(keys)) == len(keys)
    assert all(re.fullmatch(r"[一-鿿]+", key) for key in (row["label"], *keys))
    cues = [member["cues"] for member in row["members"]]
    assert all(
        known and all(known) for known in (*cues, *([row["about"]] if "about" in row else ()))
    )
    assert len({tuple(known) for known in cues}) == len(cues)
    if row.get("is_kept"):
        assert row["key"] == "ten_words", "a task has one column of marks"


def test_every_figure_of_the_sources_is_named_by_a_test() -> None:
    """F01 to F11, none forgotten."""
    root = Path(__file__).resolve().parents[2]
    text = "".join(path.read_text("utf-8") for path in root.glob("**/tests/test_*.py"))
    named = set(re.findall(r"\bF(?:0[1-9]|1[01])\b", text))
    assert named == {f"F{n:02}" for n in range(1, 12)}
