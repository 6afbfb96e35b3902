"""How hazards are counted: by the day they were found, by grade and by who found them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from xiangling.kernel import clock, registry
from xiangling.kernel.models import Entry
from xiangling.kernel.registry import Counted

from .models import Grade, Hazard, Source

MENDED = frozenset({"submit", "spot_fix"})
"""Steps by which the liable unit says that it is done: what the ordered deadline is measured by."""


def timeliness(case: Hazard, entries: Sequence[Entry]) -> Iterator[tuple[str, date, int]]:
    """A closed hazard that had a deadline, and whether the last repair was handed in by then.

    Both count on the day of closing.
    """
    if case.closed_at is None or case.state != "closed" or case.deadline is None:
        return
    mended = [clock.local_date(entry.at) for entry in entries if entry.step in MENDED]
    if not mended:
        return
    closed = clock.local_date(case.closed_at)
    yield "timed", closed, 0
    if mended[-1] <= case.deadline:
        yield "on_time", closed, 0


registry.add(
    "counted",
    "hazard",
    Counted(
        opened_on=lambda case: clock.local_date(case.found_at),
        grade=lambda case: case.grade,
        source=lambda case: case.source,
        grades=Grade.choices,
        sources=Source.choices,
        also=timeliness,
    ),
)
registry.add("counted", "extension", Counted(grade=lambda case: case.hazard.grade))
