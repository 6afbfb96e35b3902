"""Words put together as each language does it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import get_language


def is_chinese() -> bool:
    """Whether the reader's language is Chinese, which it is unless they chose another."""
    return (get_language() or "zh").startswith("zh")


def listed(words: Iterable[Any]) -> str:
    """Words in a row: 甲、乙 in Chinese, a, b in English; empty ones are left out."""
    return ("、" if is_chinese() else ", ").join(filter(None, map(str, words)))


def clauses(words: Iterable[Any]) -> str:
    """Longer pieces in a row: 甲；乙 in Chinese, a; b in English; empty ones are left out."""
    return ("；" if is_chinese() else "; ").join(filter(None, map(str, words)))
