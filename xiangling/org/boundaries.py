"""Boundaries of divisions from a GeoJSON file (RFC 7946): checked, cut down to their rings, kept with the division."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from xiangling.kernel import ledger
from xiangling.kernel.actor import Actor

from .models import Region

MOST_BYTES = 50 * 1024 * 1024
MOST_SHAPES = 5_000
MOST_POINTS = 400_000
CODE_KEYS = ("code", "adcode", "id")
"""Properties that may hold the division code, the first one first."""


class BoundaryError(ValueError):
    """The file cannot be taken; the words say where and what to do."""


def take_in(data: bytes, *, actor: Actor) -> int:
    """Keep the boundaries of a file, all or none; returns of how many divisions. Raises BoundaryError."""
    found = dict(_shapes(data))
    known = Region.objects.in_bulk(list(found))
    if strange := sorted(set(found) - set(known)):
        raise BoundaryError(
            _("No division here has the code %(codes)s. Take these shapes out, or enter the divisions first.")
            % {"codes": ", ".join(strange[:5])}
        )  # fmt: skip
    with transaction.atomic():
        edits = []
        for code, shape in found.items():
            row = known[code]
            before, row.boundary = row.boundary, shape
            row.save(update_fields=["boundary"])
            edits.append((row, {"boundary": before}))
        ledger.record_edits(edits, actor=actor)
    return len(found)


def _shapes(data: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    if len(data) > MOST_BYTES:
        raise BoundaryError(_("The file is larger than 50 MB. Simplify the boundaries."))
    try:
        whole = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BoundaryError(_("This is no GeoJSON file in UTF-8.")) from error
    features = whole.get("features") if isinstance(whole, dict) else None
    if not isinstance(features, list) or not features or len(features) > MOST_SHAPES:
        raise BoundaryError(
            _("The file must be a FeatureCollection of 1 to %(n)d shapes.") % {"n": MOST_SHAPES}
        )
    left = MOST_POINTS
    for number, feature in enumerate(features, 1):
        code, shape, n_points = _shape(feature, number)
        left -= n_points
        if left < 0:
            raise BoundaryError(
                _("The boundaries have more than %(n)d points. Simplify them.") % {"n": MOST_POINTS}
            )
        yield code, shape


def _shape(feature: Any, number: int) -> tuple[str, dict[str, Any], int]:
    """The division's code, its geometry with nothing else in it, and how many points it has."""
    held = feature if isinstance(feature, dict) else {}
    told = held.get("properties")
    properties = told if isinstance(told, dict) else {}
    said = next((str(properties[key]) for key in CODE_KEYS if properties.get(key)), "")
    if not said.isdecimal() or len(said) not in (4, 6, 9, 12):
        raise _wrong(number, _("it names no division code of 4, 6, 9 or 12 digits (property code)"))
    geometry = held.get("geometry")
    if not isinstance(geometry, dict) or geometry.get("type") not in ("Polygon", "MultiPolygon"):
        raise _wrong(number, _("it is no Polygon or MultiPolygon"))
    kind, given = geometry["type"], geometry.get("coordinates")
    parts = [given] if kind == "Polygon" else given
    if not isinstance(parts, list) or not parts:
        raise _wrong(number, _("it has no rings"))
    rings = [[_ring(ring, number) for ring in _listed(part, number)] for part in parts]
    n_points = sum(len(ring) for part in rings for ring in part)
    shape = {"type": kind, "coordinates": rings[0] if kind == "Polygon" else rings}
    return said.ljust(12, "0"), shape, n_points


def _listed(part: Any, number: int) -> list[Any]:
    if not isinstance(part, list) or not part:
        raise _wrong(number, _("it has no rings"))
    return part


def _ring(ring: Any, number: int) -> list[list[float]]:
    points = []
    for point in _listed(ring, number):
        is_pair = isinstance(point, list) and len(point) >= 2
        if not is_pair or not all(
            isinstance(value, int | float) and not isinstance(value, bool) for value in point[:2]
        ):
            raise _wrong(number, _("a point is not two numbers"))
        lng, lat = float(point[0]), float(point[1])
        if not (-180 <= lng <= 180 and -90 <= lat <= 90):
            raise _wrong(number, _("a point lies outside longitude and latitude"))
        points.append([round(lng, 6), round(lat, 6)])
    if len(points) < 4 or points[0] != points[-1]:
        raise _wrong(number, _("a ring is not closed, or has fewer than 4 points"))
    return points


def _wrong(number: int, why: str) -> BoundaryError:
    return BoundaryError(_("Shape %(number)d: %(why)s.") % {"number": number, "why": why})
