"""Places of figures: an area of the actor's, its parts, and the divisions merged into them.

A division merged into another of the same parent goes on under the other's name in every period, so
that a year is compared with the same ground. Asked by itself it has figures up to the day of merging.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from xiangling.kernel import once
from xiangling.kernel.actor import Actor
from xiangling.kernel.refusal import Refused
from xiangling.org.models import Region

from .cells import LEVELS
from .models import RegionMerger


@dataclass(frozen=True)
class Place:
    """An area: its prefix of the division code, its name, and every code that counts as it."""

    code: str
    name: str
    codes: tuple[str, ...]


def shortened(code: str) -> str:
    """A division code without its trailing zeros, cut to a whole level."""
    bare = code.rstrip("0")
    return next((code[:level] for level in LEVELS if level >= len(bare)), code)


def _merged_into() -> dict[str, list[str]]:
    """Successor -> every division merged into it, also by way of others."""
    direct: dict[str, list[str]] = defaultdict(list)
    for old, new in RegionMerger.objects.values_list("old", "new"):
        direct[new].append(old)
    whole: dict[str, list[str]] = {}
    for new, olds in direct.items():
        found, waiting = list[str](), list(olds)
        while waiting:
            old = waiting.pop()
            if old not in found and old != new:
                found.append(old)
                waiting += direct.get(old, [])
        whole[new] = found
    return whole


def codes_of(code: str) -> tuple[str, ...]:
    return (code, *_merged_into().get(code, ()))


def place_of(actor: Actor, region: str = "", *, first: date | None = None) -> Place:
    """The area asked for, the actor's own by default.

    Raises Refused for a post whose figures are one firm's, for an area outside the actor's (or
    unknown: the answer is the same), and for a merged division asked for after its merger.
    """
    if actor.scope.units is not None:
        raise Refused(
            "no_statistics",
            _("Statistics are made for areas; your post sees its own enterprise."),
            todo=_("Open the hazard ledger: its counts are those of your enterprise."),
            status=403,
        )
    code = shortened(region) if region else actor.scope.region
    known = Region.objects.filter(code=code.ljust(12, "0")).first()
    if not code.startswith(actor.scope.region) or (region and known is None):
        raise Refused(
            "out_of_area",
            _("This area is not yours to see, or there is no such area."),
            todo=_("Choose an area of your own post."),
            status=404,
            fields={"region": _("Not an area of yours.")},
        )
    merger = RegionMerger.objects.filter(old=code).first()
    if merger is not None and first is not None and first > merger.on:
        into = Region.objects.filter(code=merger.new.ljust(12, "0")).first()
        raise Refused(
            "merged_area",
            _("%(old)s was merged into %(new)s on %(day)s; it has no figures of its own since.")
            % {"old": known, "new": into, "day": merger.on},
            todo=_("Ask for %(new)s: its figures include those of the merged division.")
            % {"new": into},
            status=422,
            fields={"region": _("Merged into another division.")},
        )
    return Place(code, str(known) if known else _("All areas"), codes_of(code))


def parts_of(place: Place) -> list[Place]:
    """The divisions one level down, merged ones under their successor; [] below the last level."""
    return once.asked(("parts", place.code), lambda: _parts_of(place))


def _parts_of(place: Place) -> list[Place]:
    deeper = [level for level in LEVELS if level > len(place.code)]
    if not deeper:
        return []
    rows = Region.objects.filter(level=deeper[0], code__startswith=place.code).order_by("code")
    merged = _merged_into()
    gone = {old for olds in merged.values() for old in olds}
    return [
        Place(row.prefix, row.name, (row.prefix, *merged.get(row.prefix, ())))
        for row in rows
        if row.prefix not in gone
    ]
