"""What the page of one object says."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from xiangling.kernel import clock
from xiangling.kernel.actor import Actor
from xiangling.org.dutymap import DutyMap
from xiangling.org.models import DutyLine, Region
from xiangling.org.sectors import sector_label
from xiangling.web import marks, words
from xiangling.web.people import as_holder

from . import queries
from .models import SupervisedObject

Kind, Status = SupervisedObject.Kind, SupervisedObject.Status
MOST_OPEN, MOST_PAST = 100, 10
MOST_PARTS = 200
_STATUS_TONES = {Status.ACTIVE: "doing", Status.IDLE: "wait", Status.GONE: "void"}


FLOOR, BAR = 68, 52
"""The bars of the findings by month: where they stand and how high the highest is."""


def outline(code: str) -> dict[str, Any]:
    """`areas` for a map: the outline of a town, or of its district where the town has none."""
    codes = [code[:9].ljust(12, "0"), code[:6].ljust(12, "0")]
    regions = Region.objects.filter(code__in=codes, boundary__isnull=False).order_by("-level")
    region = regions.first()
    if region is None:
        return {}
    shape = {"type": "Feature", "geometry": region.boundary, "properties": {"name": region.name}}
    return {"areas": {"type": "FeatureCollection", "features": [shape]}}


class ObjectPage:
    """One object, read by one actor today."""

    def __init__(self, row: SupervisedObject, actor: Actor) -> None:
        self.row, self.actor = row, actor
        self.today = clock.local_date(clock.now())

    def context(self) -> dict[str, Any]:
        """`object`, as objects/object.html asks for it."""
        row, hazards = self.row, queries.hazards_of(self.row)
        now_open = hazards.filter(closed_at__isnull=True)
        return {
            "row": row,
            "kind": row.get_kind_display(),
            "status": marks.chip(
                "state", _STATUS_TONES[Status(row.status)], row.get_status_display()
            ),
            "facts": self._facts(),
            "duties": self._duties(),
            "parts": self._parts(),
            "n_open": now_open.count(),
            "n_major": now_open.filter(grade="major").count(),
            "open": self._hazards(now_open.order_by("due_at", "id"), MOST_OPEN),
            "past": self._hazards(
                hazards.filter(closed_at__isnull=False).order_by("-closed_at", "-id"), MOST_PAST
            ),
            "months": self._months(),
            "map": self._map(),
            "report_url": f"/hazard/new/?object={row.uid}"
            if self.actor.may("hazard.report")
            else "",
            "can_edit": self.actor.may("object.edit"),
            "adds": self._adds(),
        }

    def _facts(self) -> list[dict[str, Any]]:
        row = self.row
        codes = [row.region, row.region[:6].ljust(12, "0")]
        region = dict(Region.objects.filter(code__in=codes).values_list("code", "name"))
        place = " ".join(region[code] for code in sorted(region))
        number = {Kind.FIRM: _("Unified social credit code"), Kind.EQUIPMENT: _("Device code")}
        facts = [
            (number.get(Kind(row.kind), _("Identifier")), row.identifier, ""),
            (_("Type"), row.type, ""),
            (_("Sector"), sector_label(row.sector), ""),
            (_("Region"), place or row.region, ""),
            (_("Address"), row.address, ""),
            (_("Liable person"), row.liable_name, ""),
            (_("Phone"), row.liable_phone, ""),
        ]
        if row.is_firm:
            facts.append(
                (_("Staff"), "" if row.staff_count is None else words.number(row.staff_count), "")
            )
        elif row.parent:
            facts.append((_("Enterprise"), row.parent.name, f"/objects/{row.parent.uid}/"))
        if row.kind == Kind.EQUIPMENT:
            day = row.next_test_on
            facts.append((_("Next test"), words.long_day(day) if day else "", ""))
        return [{"label": label, "value": value, "url": url} for label, value, url in facts]

    def _duties(self) -> list[dict[str, Any]]:
        """The four layers by name; a layer without anybody is a gap and is said."""
        layers = DutyMap().layers(queries.subject_of(self.row), self.today)
        return [
            {
                "label": DutyLine.Layer(layer).label,
                "names": [as_holder(holder) for holder in holders],
                "gap": not holders,
            }
            for layer, holders in layers.items()
        ]

    def _parts(self) -> list[dict[str, Any]]:
        if not self.row.is_firm:
            return []
        rows = list(queries.parts_of(self.row)[:MOST_PARTS])
        counts = queries.open_hazards(rows)
        return [
            {
                "url": f"/objects/{row.uid}/",
                "name": row.name,
                "kind": row.get_kind_display(),
                "identifier": row.identifier,
                "type": row.type,
                "test": self._test(row),
                "n_open": counts[row.pk],
            }
            for row in rows
        ]

    def _test(self, row: SupervisedObject) -> marks.Chip | None:
        """The next test as a day with a tone: late, within the month in which to apply, or calm."""
        day = row.next_test_on
        if day is None or row.status != Status.ACTIVE:
            return None
        if day < self.today:
            return marks.chip(
                "time", "late", _("Test overdue since %(day)s") % {"day": day.isoformat()}
            )
        tone = "soon" if day <= self.today + queries.TEST_AHEAD else "ok"
        return marks.chip("time", tone, day.isoformat())

    def _hazards(self, rows: Any, most: int) -> list[dict[str, Any]]:
        due = marks.DueWords()
        return [
            {
                "code": hazard.code,
                "title": hazard.title(),
                "url": f"/hazard/{hazard.uid}/",
                "at": hazard.object.name if hazard.object_id != self.row.pk else "",
                "grade": marks.chip(
                    "grade", hazard.grade or "none", hazard.get_grade_display() or _("Not graded")
                ),
                "time": marks.closed_chip(hazard.closed_at)
                if hazard.closed_at
                else due.chip(hazard.due_at),
            }
            for hazard in rows.select_related("object")[:most]
        ]

    def _months(self) -> dict[str, Any]:
        """Twelve months of findings as bars in a drawing of 360 by 84 units; the dark foot is the major ones."""
        rows = queries.findings_by_month(self.row, self.today)
        most = max((n for _first, n, _major in rows), default=0) or 1
        bars = [
            {
                "label": f"{first.month}",
                "title": f"{first:%Y-%m}",
                "n": n,
                "major": major,
                "x": 30 * index + 4,
                "middle": 30 * index + 15,
                "height": round(BAR * n / most),
                "y": FLOOR - round(BAR * n / most),
                "above": FLOOR - round(BAR * n / most) - 4,
                "major_height": round(BAR * major / most),
                "major_y": FLOOR - round(BAR * major / most),
            }
            for index, (first, n, major) in enumerate(rows)
        ]
        return {"total": sum(n for _first, n, _major in rows), "rows": bars}

    def _map(self) -> dict[str, Any] | None:
        """The object, and for a firm what it runs, over the outline of the town."""
        place = self.row.place
        if place is None:
            return None
        points = [{"lat": place[0], "lng": place[1], "label": self.row.name, "major": True}]
        if self.row.is_firm:
            points += [
                {
                    "lat": part.lat,
                    "lng": part.lng,
                    "label": part.name,
                    "url": f"/objects/{part.uid}/",
                }
                for part in queries.parts_of(self.row).filter(lat__isnull=False)[:MOST_PARTS]
            ]
        return {"points": points, **outline(self.row.region)}

    def _adds(self) -> list[dict[str, str]]:
        if not (self.row.is_firm and self.actor.may("object.edit")):
            return []
        kinds = (
            (Kind.VENUE, _("Add a venue")),
            (Kind.EQUIPMENT, _("Add equipment")),
            (Kind.SITE, _("Add a site")),
        )
        return [
            {"label": label, "url": f"/objects/new/?firm={self.row.uid}&kind={kind.value}"}
            for kind, label in kinds
        ]
