"""Figures: exact arithmetic on counts, and how results are written.

A figure that is not known is None and is written 未知; it is never 0. Percentages are rounded half up
to the decimals the source uses and lose trailing zeros, as official texts write them (−12.5 %, not
−12.50 %).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Literal, TypeVar

from django.utils.translation import gettext as _

Direction = Literal["low", "high", ""]
"""Which end of a measure is the good one."""
K = TypeVar("K")

NO_BASE = "—"
"""What stands where there is nothing to compare with (domain.md 2.6: not 100 %)."""
_MASK = re.compile(r"[*＊×?？]")
_NUMBER = re.compile(r"^[近约超]?\s*(-?\d+(?:\.\d+)?)\s*(万|亿|千|百)?\s*余?\s*[^\d\s*]{0,6}$")
_UNITS = {"": 1, None: 1, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}


def rounded(value: Decimal, decimals: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def plain(value: Decimal, decimals: int = 2) -> str:
    """A number with thousands separated, rounded half up, without trailing zeros."""
    text = f"{rounded(value, decimals) + 0:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def said(value: Decimal | int | None, decimals: int = 2) -> str:
    """A figure in words: 未知 where it is not known."""
    return _("unknown") if value is None else plain(Decimal(value), decimals)


def read_amount(text: str) -> Decimal | None:
    """A figure as a document writes it: "3.4万人次" is 34,000; a masked one ("近*万", "****家") is None.

    Raises ValueError for text that holds neither a number nor a mask.
    """
    given = text.replace(",", "").replace("，", "").strip()
    if _MASK.search(given):
        return None
    match = _NUMBER.match(given)
    if match is None:
        raise ValueError(text)
    return Decimal(match[1]) * _UNITS[match[2]]


@dataclass(frozen=True)
class Change:
    """From one figure to another, both always kept beside the percentage (domain.md 2.6)."""

    before: Decimal | None
    now: Decimal | None

    def percent(self) -> Decimal | None:
        """(now - before) / before in percent; None where a side is unknown or the base is 0."""
        if self.before is None or self.now is None or self.before == 0:
            return None
        return (self.now - self.before) * 100 / self.before

    def written(self, decimals: int = 2) -> str:
        """-26.37%, 0%, — for a base of 0, 未知 where a side is not known."""
        if self.before is None or self.now is None:
            return _("unknown")
        percent = self.percent()
        return NO_BASE if percent is None else f"{plain(percent, decimals)}%"

    def points(self, decimals: int = 2) -> str:
        """Between two percentages: the difference in percentage points, in words."""
        if self.before is None or self.now is None:
            return _("unknown")
        moved = rounded(self.now - self.before, decimals)
        if not moved:
            return _("no change")
        words = _("up %(n)s points") if moved > 0 else _("down %(n)s points")
        return words % {"n": plain(abs(moved), decimals)}

    def trend(self) -> str:
        """The word for it: up, down, same, unknown."""
        if self.before is None or self.now is None:
            return "unknown"
        if self.now == self.before:
            return "same"
        return "up" if self.now > self.before else "down"


def ratio(part: Decimal | int | None, whole: Decimal | int | None, per: int = 1) -> Decimal | None:
    """part / whole x per; None where a side is unknown or the whole is 0.

    Nothing of something unknown is still nothing: 0 of an unknown whole is 0 (requirements F08).
    """
    if part is not None and whole is None and part == 0:
        return Decimal(0)
    if part is None or not whole:
        return None
    return Decimal(part) * per / Decimal(whole)


def ranks(values: Mapping[K, Decimal | None], better: Direction) -> dict[K, int | None]:
    """Places by value, best first: equal values share a place and the next is skipped (1, 2, 2, 4).

    Unknown values have no place. Raises ValueError for a measure without a direction.
    """
    if not better:
        raise ValueError("a measure without a direction has no ranking")
    known = [value for value in values.values() if value is not None]
    return {
        key: None
        if value is None
        else 1 + sum((other < value) if better == "low" else (other > value) for other in known)
        for key, value in values.items()
    }


def falls_every_year(series: Sequence[Decimal | None]) -> bool | None:
    """Whether each year is below the one before (事故总量逐年下降, R-160); None with a gap or too few."""
    if len(series) < 2 or any(value is None for value in series):
        return None
    known = [value for value in series if value is not None]
    return all(later < earlier for earlier, later in pairwise(known))


def total(parts: Sequence[Decimal | int | None]) -> Decimal | None:
    """The sum; unknown as soon as one part is."""
    known = [Decimal(part) for part in parts if part is not None]
    return sum(known, Decimal(0)) if len(known) == len(parts) else None
