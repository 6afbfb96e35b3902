"""Questions across supervised objects. All answer within the active scope."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncMonth
from django.utils.timezone import get_current_timezone

from xiangling.kernel import clock, search
from xiangling.kernel.actor import Actor
from xiangling.kernel.refusal import OutOfScope
from xiangling.org.dutymap import Subject
from xiangling.org.models import DutyLine
from xiangling.org.queries import gaps_in, objects_named, uncovered

from .models import ObjectQuerySet, SupervisedObject

PUBLIC_LAYERS = (DutyLine.Layer.TERRITORY, DutyLine.Layer.SECTOR)
"""Layers without which an object is a blind spot: the place's authority and the trade's."""
TEST_AHEAD = timedelta(days=30)
"""Periodic inspection is applied for one month before it is due (特种设备安全法 art. 40)."""


def get_object(uid: UUID) -> SupervisedObject:
    """One object of the reader's area. Raises OutOfScope."""
    rows = SupervisedObject.objects.select_related("unit", "parent")
    found = rows.filter(uid=uid).first()
    if found is None:
        raise OutOfScope
    return found


def find_objects(words: str, *, kind: str = "", limit: int = 12) -> list[SupervisedObject]:
    """Objects to pick from: one whose identifier is typed in full, else those that hold the words."""
    rows = SupervisedObject.objects.select_related("parent")
    if kind:
        rows = rows.filter(kind=kind)
    exact = list(rows.filter(identifier=words.strip().upper())[:limit]) if words.strip() else []
    if exact:
        return exact
    found = search.matching(rows, words) if words.strip() else rows.none()
    return list(found.order_by("-id")[:limit])


def parts_of(firm: SupervisedObject) -> QuerySet[SupervisedObject]:
    """The venues, equipment and sites of a firm."""
    return SupervisedObject.objects.filter(parent=firm).order_by("kind", "name", "id")


def blind_q(on: date) -> Q:
    """Objects in use that lack an authority of the place or of the trade on a day (R-024)."""
    active = SupervisedObject._base_manager.filter(status=SupervisedObject.Status.ACTIVE)
    gaps = Q()
    for layer in PUBLIC_LAYERS:
        gaps |= Q(pk__in=uncovered(active, layer, on).values("pk"))
    return gaps


def blind_spots(actor: Actor, on: date | None = None) -> QuerySet[SupervisedObject]:
    """Objects in use in the actor's area that nobody answers for: no territory line or no sector line."""
    rows: ObjectQuerySet = SupervisedObject.objects.active()
    on = on or clock.local_date(clock.now())
    gaps = [uncovered(rows, layer, on).values("pk") for layer in PUBLIC_LAYERS]
    return rows.filter(Q(pk__in=gaps[0]) | Q(pk__in=gaps[1]))


def count_blind_spots(actor: Actor, on: date | None = None) -> int:
    """How many `blind_spots` there are: whether lines about places cover an object is asked once for all
    objects of a place, sector and kind; those that a line names are looked at one by one."""
    on = on or clock.local_date(clock.now())
    alike = ("region", "sector", "kind")
    rows = SupervisedObject.objects.active().order_by()
    n_alike = {(*key,): n for *key, n in rows.values_list(*alike).annotate(n=Count("*"))}
    gaps = gaps_in(n_alike, PUBLIC_LAYERS, on)
    gone = set().union(*gaps.values())
    if not gone:
        return 0
    named = objects_named(PUBLIC_LAYERS, on)
    seen = rows.filter(uid__in=named).values_list("uid", *alike)
    answered = sum(
        (*key,) in gone
        and all((*key,) not in gaps[layer] or layer in named[uid] for layer in PUBLIC_LAYERS)
        for uid, *key in seen
    )
    return sum(n_alike[key] for key in gone) - answered


def subject_of(row: SupervisedObject) -> Subject:
    """What somebody answers for when they answer for this object."""
    return Subject(
        region=row.region,
        sector=row.sector,
        object_kind=row.kind,
        object_uid=row.uid,
        unit_id=row.unit_id,
    )


# --- hazards found at an object


def hazards_of(row: SupervisedObject) -> QuerySet[Any]:
    """The hazards found at an object; at a firm, those of everything it runs."""
    rows: QuerySet[Any] = apps.get_model("hazards", "Hazard")._default_manager.all()
    return rows.filter(object__unit=row.unit_id) if row.is_firm else rows.filter(object=row.pk)


def open_hazards(rows: Sequence[SupervisedObject]) -> dict[int, int]:
    """Object id -> open hazards there (a firm counts all it runs), two queries for a page of objects."""
    hazards = apps.get_model("hazards", "Hazard")._default_manager.filter(closed_at__isnull=True)
    firms = {row.unit_id for row in rows if row.is_firm}
    others = [row.pk for row in rows if not row.is_firm]
    by_unit = _counted(hazards.filter(object__unit__in=firms), "object__unit")
    by_object = _counted(hazards.filter(object__in=others), "object")
    return {
        row.pk: by_unit.get(row.unit_id, 0) if row.is_firm else by_object.get(row.pk, 0)
        for row in rows
    }


def _counted(rows: QuerySet[Any], column: str) -> dict[int, int]:
    return dict(rows.order_by().values_list(column).annotate(n=Count("pk")))


def findings_by_month(row: SupervisedObject, today: date) -> list[tuple[date, int, int]]:
    """(first of the month, found, of them major) for the last twelve months, the oldest first."""
    months = [_month_before(today, back) for back in range(11, -1, -1)]
    since = clock.end_of(months[0] - timedelta(days=1))
    month = TruncMonth("found_at", tzinfo=get_current_timezone())
    rows = hazards_of(row).filter(found_at__gt=since).order_by().annotate(month=month)
    counted = rows.values_list("month").annotate(n=Count("pk"), major=Count("pk", Q(grade="major")))
    found = {clock.local_date(start): (n, major) for start, n, major in counted}
    return [(first, *found.get(first, (0, 0))) for first in months]


def _month_before(day: date, back: int) -> date:
    index = day.year * 12 + day.month - 1 - back
    return date(index // 12, index % 12 + 1, 1)
