"""The lists of this part: lines of the duty map, and security events."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xiangling.kernel import clock, registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.lists import Column, Filter, List, View

from .models import DutyLine, Region, SecurityEvent, in_force
from .queries import ALL_SECTORS, lines_about
from .sectors import sector_choices, sector_label
from .security import EVENTS


def region_name(prefix: str) -> str:
    """The division's name; the prefix itself where it has none."""
    row = Region.objects.filter(code=prefix.ljust(12, "0")).first()
    return row.name if row else prefix


class DutyLineList(List):
    """Every line of the duty map in the actor's area, those that have ended too."""

    key = "duty_lines"
    model = DutyLine
    title = _("Lines of the duty map")
    duties: ClassVar[tuple[str, ...]] = ("duty.see",)
    related = ("unit", "post")
    empty = _("No line fits. The committee office adds lines on the duty map.")
    columns = (
        Column("layer", _("Layer"), lambda row: row.get_layer_display()),
        Column("unit", _("Unit"), lambda row: row.unit.name, width=28),
        Column("post", _("Post"), lambda row: row.post.title if row.post else ""),
        Column("region", _("Place"), lambda row: region_name(row.region)),
        Column(
            "sector",
            _("Sector"),
            lambda row: sector_label(row.sector) if row.sector else ALL_SECTORS,
        ),
        Column("starts_on", _("From")),
        Column("ends_on", _("Until")),
        Column("basis", _("Basis"), width=36),
    )
    filters = (
        Filter("layer", _("Layer"), choices=DutyLine.Layer.choices),
        Filter("sector", _("Sector"), choices=lambda actor: sector_choices()),
        Filter("unit", _("Unit"), "text", lookup="unit__name__contains"),
        Filter("region", _("Division code"), "text", lookup="region__startswith"),
        Filter("on", _("In force on"), "date", q=in_force),
    )
    views = (
        View(
            "now",
            pgettext_lazy("view", "In force"),
            lambda actor: in_force(clock.local_date(clock.now())),
        ),
        View(
            "ended",
            pgettext_lazy("view", "Ended"),
            lambda actor: Q(ends_on__lt=clock.local_date(clock.now())),
        ),
        View("all", pgettext_lazy("view", "All")),
    )

    def base(self, actor: Actor) -> QuerySet[Any]:
        return lines_about(actor)

    def url(self, row: DutyLine) -> str:
        return f"/duties/lines/{row.pk}/"


def _when(row: SecurityEvent) -> str:
    return f"{timezone.localtime(row.at):%Y-%m-%d %H:%M:%S}"


class SecurityEventList(List):
    """Sign-ins, lock-outs, rights given and taken."""

    key = "security_events"
    model = SecurityEvent
    title = _("Security events")
    duties: ClassVar[tuple[str, ...]] = ("org.security", "audit.see")
    empty = _("No event fits.")
    columns = (
        Column("at", _("Time"), _when, width=20),
        Column("kind", _("Event"), lambda row: EVENTS.get(row.kind, row.kind)),
        Column("label", _("Person or account"), width=20),
        Column("address", _("Network address")),
        Column("detail", _("Details"), width=40),
    )
    filters = (
        Filter("kind", _("Event"), choices=lambda actor: list(EVENTS.items())),
        Filter("label", _("Person or account"), "text", lookup="label__contains"),
        Filter("address", _("Network address"), "text"),
        Filter("since", _("Since"), "date", lookup="at__date__gte"),
    )


registry.add("lists", DutyLineList.key, DutyLineList())
registry.add("lists", SecurityEventList.key, SecurityEventList())
