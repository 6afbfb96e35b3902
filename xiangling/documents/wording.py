"""How an official paper writes its title over several lines."""

from __future__ import annotations

from math import ceil

MOST_IN_A_LINE = 20
"""Characters of 22 pt that stand on one line of 156 mm."""
_GOOD_ENDS = "的和与及、》）月份年区市县镇况作题患"
"""A line may end after these without tearing a word."""


def title_lines(title: str) -> list[str]:
    """A title over as few lines as needed, of nearly equal length, torn at a good place where there is one."""
    words = "".join(title.split("\n")).strip()
    lines: list[str] = []
    while len(words) > MOST_IN_A_LINE:
        n_lines = ceil(len(words) / MOST_IN_A_LINE)
        even = ceil(len(words) / n_lines)
        cut = _cut_near(words, even)
        lines.append(words[:cut])
        words = words[cut:]
    return [*lines, words]


def _cut_near(words: str, even: int) -> int:
    for offset in (0, 1, -1, 2, -2, 3, -3, 4):
        cut = even + offset
        fits = 0 < cut <= MOST_IN_A_LINE and cut < len(words)
        torn_number = fits and words[cut - 1].isascii() and words[cut].isascii()
        if (
            fits
            and words[cut - 1] in _GOOD_ENDS
            and words[cut] not in "的、》）"
            and not torn_number
        ):
            return cut
    return min(even, MOST_IN_A_LINE)
