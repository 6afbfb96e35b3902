"""From text to a reading."""

from __future__ import annotations

from . import outline
from .reading import Reading


def read_text(raw: str) -> Reading:
    """Read a text."""
    lines = tuple(text for text, _line_end in outline.split_lines(raw))
    pieces = outline.pieces(raw)
    title = next((line.strip() for line in lines if line.strip()), "")
    unmapped = tuple(piece for piece in pieces if piece.sentence)
    return Reading(title, None, "", "", "other", raw, lines, pieces, (), (), unmapped)
