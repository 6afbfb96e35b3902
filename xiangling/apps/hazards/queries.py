"""Questions across hazards."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db.models import QuerySet

from xiangling.kernel import search
from xiangling.kernel.actor import Actor

from .models import Hazard

LOOKS_ALIKE = 0.4
"""Least overlap of bigrams (common / fewer of the two) at which two findings of one object are shown."""


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
    mine = set(search.bigrams(str(data.get("text", ""))).split())
    if not mine:
        return []
    rows = Hazard.objects.open().filter(object__uid=data["object"]).order_by("-id")[:200]
    scored = []
    for hazard in rows:
        theirs = set(search.bigrams(hazard.text).split())
        likeness = len(mine & theirs) / max(1, min(len(mine), len(theirs)))
        if likeness >= LOOKS_ALIKE:
            scored.append((likeness, hazard))
    scored.sort(key=lambda pair: -pair[0])
    return [hazard for _likeness, hazard in scored[:5]]
