"""`xiangling score`: how well the reader or the judge does on labelled rows."""

from __future__ import annotations

from . import judging, reading
from .command import Stop

SCORES = {"read": reading.score, "judge": judging.score}


def run(argv: list[str]) -> int:
    """Hand on to the score that is named. Raises Stop for another name."""
    if not argv or argv[0] not in SCORES:
        raise Stop(f"name what to score: {', '.join(SCORES)}")
    return SCORES[argv[0]](argv[1:])
