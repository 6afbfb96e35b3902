"""Regions as filters and names: every list and page asks here."""

from __future__ import annotations

from django.db.models import Q

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


def region_name(code: str) -> str:
    """District and town of a division code, by name."""
    prefixes = [code[:6].ljust(12, "0"), code[:9].ljust(12, "0")]
    names = dict(Region.objects.filter(code__in=prefixes).values_list("code", "name"))
    return " ".join(names[prefix] for prefix in dict.fromkeys(prefixes) if prefix in names) or code
