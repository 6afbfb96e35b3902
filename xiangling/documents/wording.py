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
    """The best place to end a line near an even cut: after a good end, never inside a number or a code."""
    near = [even + offset for offset in (0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6)]
    possible = [cut for cut in near if 0 < cut <= MOST_IN_A_LINE and cut < len(words)]
    whole = [cut for cut in possible if not (words[cut - 1].isascii() and words[cut].isascii())]
    good = [cut for cut in whole if words[cut - 1] in _GOOD_ENDS and words[cut] not in "的、》）"]
    return next(iter([*good, *whole, min(even, MOST_IN_A_LINE)]))
