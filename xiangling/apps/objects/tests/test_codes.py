"""Identifiers and names as people type them."""

from __future__ import annotations

import pytest

from xiangling.apps.objects.codes import name_key, read_device_code, read_uscc
from xiangling.kernel.sheets import BadValueError

from .rows import code

VALID = "91110000600037341L"


@pytest.mark.parametrize(
    "typed",
    [
        VALID,
        VALID.lower(),
        f" {VALID} ",
        "９１１１００００６０００３７３４１Ｌ",
        "9111-0000-6000-3734-1L",
    ],
)
def test_a_valid_credit_code_is_read_however_it_is_typed(typed):
    assert read_uscc(typed) == VALID


def test_letters_of_rural_collectives_are_read():
    from stdnum.cn import uscc

    head = "N2990101MA0000001"
    assert read_uscc(head + uscc.calc_check_digit(head)).startswith("N2")


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        (VALID[:-1], "uscc.length"),
        (VALID[:-1] + "M", "uscc.check"),
        ("91110000I00037341L", "uscc.form"),
        (9.1e17, "number.damaged"),
    ],
)
def test_a_wrong_credit_code_is_refused(typed, fault):
    with pytest.raises(BadValueError) as refusal:
        read_uscc(typed)
    assert refusal.value.code == fault


@pytest.mark.parametrize("position", range(18))
def test_any_single_wrong_character_is_noticed(position):
    right = code(77)
    other = "7" if right[position] != "7" else "8"
    with pytest.raises(BadValueError):
        read_uscc(right[:position] + other + right[position + 1 :])


@pytest.mark.parametrize(
    "typed", ["51109910020200001", "511099100202000012", "F00099100202000012", "3" * 20]
)
def test_device_codes_of_17_18_and_20_characters(typed):
    assert read_device_code(typed) == typed


@pytest.mark.parametrize("typed", ["5110991002020000", "X1109910020200001", "A" * 20, "5" * 21])
def test_a_wrong_device_code_is_refused(typed):
    with pytest.raises(BadValueError):
        read_device_code(typed)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("汐州（集团）有限责任公司", "汐州集团有限公司"),
        ("港口 机械 有限公司", "港口机械有限公司"),
        ("ＡＢＣ机械", "abc机械"),
        ("港口机械(东区)有限公司", "港口机械（东区）有限公司"),
    ],
)
def test_two_spellings_of_one_name(one, other):
    assert name_key(one) == name_key(other)


def test_different_firms_keep_different_keys():
    assert name_key("港口机械有限公司") != name_key("港口机械股份有限公司")
