"""Sealed values: opened by their key alone, never equal twice, found by their fingerprint."""

from __future__ import annotations

from typing import Any

import pytest

from xiangling.kernel import crypto


@pytest.mark.parametrize("words", ["", "13900000000", "举报人：张三", "a" * 5000])
def test_what_is_sealed_opens_again(words: str) -> None:
    sealed = crypto.encrypt(words)
    assert words == "" or words not in sealed
    assert crypto.decrypt(sealed) == words
    assert crypto.encrypt(words) != sealed


def test_bytes_are_sealed_as_they_are() -> None:
    assert crypto.open_bytes(crypto.encrypt(b"\x00\xff")) == b"\x00\xff"


@pytest.mark.parametrize("at", [5, 20, 40, -2])
def test_a_changed_value_does_not_open(at: int) -> None:
    sealed = crypto.encrypt("13900000000")
    changed = "A" if sealed[at] != "A" else "B"
    broken = sealed[:at] + changed + sealed[at + 1 :] if at > 0 else sealed[:at]
    with pytest.raises(crypto.CannotOpen):
        crypto.decrypt(broken)


@pytest.mark.parametrize("text", ["", "plain", "sm4.", "sm4.!!!", "sm4.AAAA"])
def test_what_was_never_sealed_does_not_open(text: str) -> None:
    with pytest.raises(crypto.CannotOpen):
        crypto.decrypt(text)


def test_another_key_opens_nothing(settings: Any) -> None:
    sealed, index = crypto.encrypt("x"), crypto.blind_index("x")
    settings.FIELD_KEY = "another key"
    with pytest.raises(crypto.CannotOpen):
        crypto.decrypt(sealed)
    assert crypto.blind_index("x") != index


def test_equal_values_have_one_fingerprint() -> None:
    assert crypto.blind_index("张三") == crypto.blind_index("张三") != crypto.blind_index("李四")
    assert len(crypto.blind_index("张三")) == 64
