"""Near-copies: found when reworded or renamed, not where another part or state is meant (R-068, S09)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiangling.apps.hazards.judge import duplicates, examples

COPIES = [
    ("永兴五金厂新员工三级教育卡没有车间签字", "宏达五金厂新员工三级教育卡没有车间签字"),
    ("2#行车起升限位失灵，还在吊钢卷", "二号行车起升限位失效，仍在吊运钢卷"),
    ("浙岭渔21核定12人，登检时船上16人", "浙岭渔37核定12人，登检时船上16人"),
    ("东区消防栓箱被三箱饮料挡住", "三箱饮料挡住了东区消火栓箱"),
]
OTHERS = [
    ("3#塔吊起升限位失灵，已停用", "外架第五层连墙件整层缺失"),
    ("核定12人，救生筏过期", "核定12人，轮机长没有证书"),
    ("锅炉安全阀锈死还在烧", "锅炉房地面有积水"),
]


@pytest.mark.parametrize(("one", "other"), COPIES)
def test_reworded_and_renamed_copies_are_found(one, other):
    assert duplicates.likeness(one, other) >= duplicates.COPY
    assert set(duplicates.sketch(one)) & set(duplicates.sketch(other))
    assert duplicates.copies([(one, "fire"), (other, "fire")]) == [None, 0]


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_other_findings_are_no_copies(one, other):
    assert duplicates.likeness(one, other) < duplicates.COPY
    assert duplicates.copies([(one, "fire"), (other, "fire")]) == [None, None]


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_likeness_is_the_same_from_both_sides(one, other):
    there, back = duplicates.likeness(one, other), duplicates.likeness(other, one)
    assert 0 <= there <= 1
    assert abs(there - back) < 0.2
    assert duplicates.likeness(one, one) == 1.0
    assert all(-(2**63) <= key < 2**63 for key in duplicates.sketch(one))


def test_findings_of_two_trades_are_two_findings():
    one, other = COPIES[0]
    assert duplicates.copies([(one, "mine"), (other, "fire")]) == [None, None]
    assert duplicates.copies([(one, "mine"), (other, "")]) == [None, 0]


def test_of_what_is_but_likely_only_the_nearest_pair_holds():
    claim = duplicates.Claim
    found = [None, claim(0, 0.75), claim(0, 0.8), None, claim(3, 0.95), claim(3, 0.92)]
    assert duplicates.settled(found) == [None, None, 0, None, 3, 3]


def test_keys_are_the_same_on_every_machine():
    assert duplicates.sketch("外架没连墙件")[:2] == duplicates.sketch("外架没连墙件！")[:2]
    assert duplicates.sketch("") == ()


def test_the_table_of_candidates_does_not_grow_with_the_texts():
    rows = [(row.finding.text, row.finding.sector) for row in examples.annotated()]
    small = duplicates.copies(rows, bits=10)
    assert len(small) == len(rows)
    assert all(of is None or of < at for at, of in enumerate(small))
