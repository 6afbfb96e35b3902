"""Regions as filters and names: every list and page asks here."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import RPad

from xiangling.kernel.actor import Actor
from xiangling.kernel.scope import LEVELS

from .models import Region


def region_choices(actor: Actor) -> list[tuple[str, str]]:
    """The districts and towns inside the actor's area, by prefix; empty for one enterprise."""
    if actor.scope.units is not None:
        return []
    rows = Region.objects.filter(code__startswith=actor.scope.region, level__in=(6, 9))
    return [
        (row.prefix, row.name if row.level == 6 else f"　{row.name}")
        for row in rows.only("code", "name", "level")
        if len(row.prefix) > len(actor.scope.region)
    ]


def in_region(prefix: str) -> Q:
    """Rows of a city (4 digits), district (6) or town (9), by equality on the prefix column."""
    column = LEVELS.get(len(prefix))
    return Q(**{column: prefix}) if column else Q(pk__in=[])


def with_region_name(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Placed rows that know what their district and town are called, in the same query."""
    called = {
        level: Subquery(
            Region.objects.filter(code=RPad(OuterRef(level), 12, Value("0"))).values("name")[:1]
        )
        for level in ("district", "town")
    }
    return rows.annotate(district_called=called["district"], town_called=called["town"])


def region_of(row: Any) -> str:
    """District and town of a placed row, by name."""
    if not hasattr(row, "district_called"):
        return region_name(row.region)
    called = dict.fromkeys([row.district_called, row.town_called])
    return " ".join(filter(None, called)) or row.region


def region_name(code: str) -> str:
    """District and town of a division code, by name."""
    prefixes = [code[:6].ljust(12, "0"), code[:9].ljust(12, "0")]
    names = dict(Region.objects.filter(code__in=prefixes).values_list("code", "name"))
    return " ".join(names[prefix] for prefix in dict.fromkeys(prefixes) if prefix in names) or code
