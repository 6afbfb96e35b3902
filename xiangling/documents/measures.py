"""The measures of GB/T 9704-2012, once for both renderers.

3号 is 16 pt, 4号 14 pt, 2号 22 pt. 28 characters of 16 pt would be 158 mm wide on a core of 156 mm, so every
character is set closer by a quarter of a point; 22 lines on 225 mm give a pitch of 28.95 pt (579 twentieths: Word knows no finer).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

MM = 72 / 25.4
"""Points in a millimetre."""
PAGE = (210.0, 297.0)
TOP, BINDING = 37.0, 28.0
CORE = (156.0, 225.0)
RIGHT = PAGE[0] - BINDING - CORE[0]
BOTTOM = PAGE[1] - TOP - CORE[1]
LINES, CHARACTERS = 22, 28
PITCH = 28.95
"""Points from one line to the next."""
BODY, NOTE, TITLE, CELL = 16.0, 14.0, 22.0, 12.0
CELL_INSET = 3.0
"""Points between the text of a cell and its border."""
CELL_RULE = 0.5
"""Points of a table's rules; an office counts them into the height of a row."""
CLOSER = 0.25
"""Points by which characters of the body stand closer."""
STEP = BODY - CLOSER
"""Points from one character of the body to the next."""
NUMBER_BELOW = 7.0
"""Millimetres from the core to the page number."""
DATE_FROM_RIGHT = 4
"""Characters that the date stays from the right edge of the core."""
SIGNED_LINES = 3
"""Lines that issuer and date take with the room above them for the seal."""
MARK_BELOW = 35.0
"""Millimetres from the top of the core to the issuing mark."""
RULE_BELOW, RULE = 3, 1.5
"""Points from the line of the number down to the red rule, and of the rule itself."""
RED = "#d7000f"


def mark_size(mark: str) -> float:
    """Points of the issuing mark: as large as fits the width of the core, at most 42."""
    return min(42.0, CORE[0] * MM / max(1, len(mark)) * 0.98)


def is_kept_whole(cells: Sequence[str], shares: Sequence[int]) -> bool:
    """Whether a row of a table is never split between pages: one of at most half a page."""
    unit = CORE[0] * MM / sum(shares)
    most = (max(1, int((share * unit - 2 * CELL_INSET) / CELL)) * LINES // 2 for share in shares)
    return all(len(text) <= n for text, n in zip(cells, most, strict=True))


def signer_from_right(issuer: str, dated: str) -> float:
    """Characters between the issuer's name and the right edge, so that it is centred on the date."""
    width = sum(0.5 if char.isascii() else 1.0 for char in dated)
    width += 0.25 * sum(one.isascii() != other.isascii() for one, other in pairwise(dated))
    centre = DATE_FROM_RIGHT + width / 2
    return max(0.0, centre - len(issuer) / 2)
