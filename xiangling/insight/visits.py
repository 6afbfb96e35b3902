"""Visits: at which objects a hazard was found in which year, kept so that coverage costs one row for each object.

A row follows from the hazards alone; the tallies add it with their batch, the recount compares it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import ExtractYear
from django.utils import timezone

from xiangling.kernel import clock
from xiangling.kernel.models import Arrival

from .models import Visit

HAZARD = "hazard"
BATCH = 5_000
Pair = tuple[int, int]
"""An object's id and a year."""


def visited(first: date, last: date) -> Q:
    """Objects at which a hazard was found from the first to the last day.

    A year from its first day to its end, or to today, is read from the visits; any other stretch from the hazards.
    """
    year_ends = date(first.year, 12, 31)
    today = clock.local_date(clock.now())
    if first == date(first.year, 1, 1) and min(year_ends, today) <= last <= year_ends:
        return Q(Exists(Visit.objects.filter(object=OuterRef("pk"), year=first.year)))
    found = _hazards().filter(
        object=OuterRef("pk"),
        found_at__gte=clock.end_of(first - timedelta(days=1)) + timedelta(seconds=1),
        found_at__lt=clock.end_of(last) + timedelta(seconds=1),
    )
    return Q(Exists(found))


def keep(key: str, uids: Iterable[UUID]) -> None:
    """Keep the visits that these cases of a kind tell of."""
    if key == HAZARD:
        _write(_pairs(_hazards().filter(uid__in=list(uids))))


def differences(*, mend: bool) -> Iterator[tuple[Pair, bool]]:
    """Pairs of which visits and hazards disagree, and whether they are kept; hazards not yet counted are late, not wrong."""
    objects = apps.get_model("objects", "SupervisedObject")._base_manager.order_by("-pk")
    last = objects.values_list("pk", flat=True).first() or 0
    for begin in range(0, last + 1, BATCH):
        span = (begin, begin + BATCH - 1)
        with transaction.atomic():
            kept = set(Visit.objects.filter(object__id__range=span).values_list("object", "year"))
            here = _hazards().filter(object__id__range=span)
            waiting = Arrival.objects.filter(case_kind=HAZARD).values("case_uid")
            missing = _pairs(here.exclude(uid__in=waiting)) - kept
            stray = kept - _pairs(here)
            if mend:
                _write(missing)
                for number, year in stray:
                    Visit.objects.filter(object=number, year=year).delete()
        yield from ((pair, False) for pair in sorted(missing))
        yield from ((pair, True) for pair in sorted(stray))


def _hazards() -> Any:
    return apps.get_model("hazards", "Hazard")._base_manager


def _pairs(hazards: Any) -> set[Pair]:
    years = hazards.annotate(
        year=ExtractYear("found_at", tzinfo=timezone.get_default_timezone())
    ).order_by()
    return set(years.values_list("object", "year").distinct())


def _write(pairs: Iterable[Pair]) -> None:
    rows: Sequence[Visit] = [Visit(object_id=number, year=year) for number, year in sorted(pairs)]
    Visit.objects.bulk_create(rows, batch_size=1_000, ignore_conflicts=True)
