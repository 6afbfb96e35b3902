"""Near-copies: the same finding reworded, for another firm, with other numbers.

A text is sketched as a few 64-bit band keys; texts that share a band are candidates, and
`likeness` of two texts decides. The keys are stable across versions of Python and machines.
"""

from __future__ import annotations

import hashlib
import re

BANDS = 8
COPY = 0.6
"""Least likeness at which one finding is a copy of another."""


def grams(text: str) -> frozenset[str]:
    """Character bigrams of what is said, without numbers, marks and names of firms."""
    plain = re.sub(r"[^\u4e00-\u9fffa-zA-Z]", "", text)
    return frozenset(plain[i : i + 2] for i in range(len(plain) - 1))


def sketch(text: str) -> tuple[int, ...]:
    """Band keys, signed 64-bit integers, none for a text too short to compare."""
    found = grams(text)
    if not found:
        return ()
    keys = []
    for band in range(BANDS):
        low = sorted(
            hashlib.blake2b(g.encode(), digest_size=8, salt=bytes([band])).digest() for g in found
        )
        keys.append(int.from_bytes(low[0], "big", signed=True))
    return tuple(keys)


def likeness(one: str, other: str) -> float:
    """0 (nothing in common) to 1 (says the same)."""
    a, b = grams(one), grams(other)
    return len(a & b) / len(a | b) if a and b else 0.0
