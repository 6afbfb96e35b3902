"""Questions across hazards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import QuerySet

from xiangling.kernel import search
from xiangling.kernel.actor import Actor

from . import alike
from .models import Hazard

LOOKS_ALIKE = 0.4
"""Least overlap of bigrams (common / fewer of the two) at which two findings of one object are shown."""
READ_OPEN = 200
"""Newest open findings of an object that are compared one by one; older ones are found by the index."""
SHOWN = 5


def sources_of(hazard: Hazard) -> list[str]:
    """The distinct channels that reported a hazard, the first one first."""
    later = hazard.sources.order_by("id").values_list("source", flat=True)
    return list(dict.fromkeys([hazard.source, *later]))


def disputes_about(hazard: Hazard) -> QuerySet[Any]:
    disputes = apps.get_model("org", "Dispute").objects
    rows: QuerySet[Any] = disputes.filter(about_uid=hazard.uid).order_by("id")
    return rows


def look_alikes(data: dict[str, Any], actor: Actor) -> Iterable[Hazard]:
    """Open hazards of the same object whose text says much the same, most alike first."""
    text = str(data.get("text", ""))
    mine = set(search.bigrams(text).split())
    if not mine:
        return []
    rows = Hazard.objects.open().filter(object__uid=data["object"])
    near = list(rows.order_by("-id")[:READ_OPEN])
    known = {hazard.pk for hazard in near}
    indexed = [one.hazard for one in alike.alike(text) if one.hazard not in known]
    near += rows.filter(pk__in=indexed)
    scored = []
    for hazard in near:
        theirs = set(search.bigrams(hazard.text).split())
        likeness = len(mine & theirs) / max(1, min(len(mine), len(theirs)))
        if likeness >= LOOKS_ALIKE:
            scored.append((likeness, hazard))
    scored.sort(key=lambda pair: -pair[0])
    return [hazard for _likeness, hazard in scored[:SHOWN]]


@dataclass(frozen=True)
class Copies:
    """Findings elsewhere that say the same: those the reader may see, and how many there are in all."""

    shown: list[Hazard]
    n: int


def copies_elsewhere(text: str, object_uid: UUID | None, *, but: int | None = None) -> Copies:
    """Earlier findings at other objects whose text says the same; names only what lies in the reader's area."""
    found = alike.alike(text, leave_out=() if but is None else (but,))
    everywhere = Hazard._base_manager.filter(pk__in=[one.hazard for one in found])
    elsewhere = everywhere.exclude(object__uid=object_uid) if object_uid else everywhere
    ids = set(elsewhere.values_list("pk", flat=True))
    seen = Hazard.objects.filter(pk__in=ids).select_related("object").in_bulk()
    shown = [seen[one.hazard] for one in found if one.hazard in seen]
    return Copies(shown[:SHOWN], len(ids))


def unread() -> QuerySet[Hazard]:
    """Hazards of an older version that nothing is kept beside yet."""
    return Hazard._base_manager.filter(judged=None)
