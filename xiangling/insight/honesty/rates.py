"""Rates that do not accuse the small: intervals and expected values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import TypeVar

S = TypeVar("S")

Z = 1.96
"""Two-sided 95 %."""


def wilson(part: int, whole: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927), 0-1; (0, 1) for a share of nothing."""
    if whole <= 0:
        return 0.0, 1.0
    p, n = part / whole, whole
    middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def poisson(n: int) -> tuple[float, float]:
    """The 95 % interval of a count, by Byar's approximation (Breslow and Day 1987, 2.3)."""
    low = 0.0 if n == 0 else n * (1 - 1 / (9 * n) - Z / (3 * sqrt(n))) ** 3
    m = n + 1
    return max(0.0, low), m * (1 - 1 / (9 * m) + Z / (3 * sqrt(m))) ** 3


@dataclass(frozen=True)
class Expected:
    """An observed count against what the same mix would give elsewhere (indirect standardisation)."""

    observed: int
    expected: float

    @property
    def ratio(self) -> float | None:
        return self.observed / self.expected if self.expected else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the ratio."""
        if not self.expected:
            return None
        low, high = poisson(self.observed)
        return low / self.expected, high / self.expected

    @property
    def differs(self) -> str:
        """ "low", "high", or "" where chance alone may explain it or nothing is expected."""
        if self.interval is None:
            return ""
        low, high = self.interval
        return "low" if high < 1 else "high" if low > 1 else ""


def expected(mix: Mapping[S, int], reference: Mapping[S, tuple[int, int]]) -> float:
    """Events a mix {stratum: size} would have at the reference's rates {stratum: (events, size)}."""
    total = 0.0
    for stratum, size in mix.items():
        events, whole = reference.get(stratum, (0, 0))
        total += size * events / whole if whole else 0.0
    return total
