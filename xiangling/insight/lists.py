"""The official figures as a list."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xiangling.kernel import registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.lists import Column, Filter, List
from xiangling.kernel.scope import LEVELS
from xiangling.org.regions import region_choices, region_name

from .duties import ENTER, SEE
from .figures import said
from .measures import indicator_label, indicators
from .models import Official
from .periods import Period


def indicator_choices(actor: Actor) -> list[tuple[str, str]]:
    return [(key, indicator_label(key)) for key in indicators()]


def _areas(actor: Actor) -> list[tuple[str, str]]:
    """The actor's own area, whose figures are asked for most, and the areas in it."""
    own = actor.scope.region
    return [*([(own, region_name(own.ljust(12, "0")))] if own else []), *region_choices(actor)]


class OfficialList(List):
    """Figures published elsewhere, each with its source; the newest of a place and period counts."""

    key = "official_figures"
    model = Official
    title = _("Official figures")
    note = _("Figures are never changed: a correction is entered again, and the newest one counts.")
    duties = (SEE,)
    empty = _("No official figure has been entered. Enter one with its source, or import a sheet.")
    create_url = "/statistics/official/new/"
    create_label = _("Enter a figure")
    create_duty = ENTER
    columns = (
        Column(
            "indicator",
            pgettext_lazy("official", "Indicator"),
            lambda row: indicator_label(row.indicator),
            width=30,
        ),
        Column("region", _("Region"), lambda row: region_name(row.region), width=20),
        Column(
            "period", _("Period"), lambda row: Period(row.first_on, row.last_on).label(), width=20
        ),
        Column(
            "value",
            pgettext_lazy("official", "Figure"),
            lambda row: said(row.value, 4),
            is_numeric=True,
        ),
        Column("as_written", _("As the source writes it"), width=16),
        Column("citation", _("Source"), width=36),
        Column("source_on", _("Date of the source")),
        Column("entered_at", _("Entered"), width=18),
        Column("entered_by", _("Entered by"), width=24),
    )
    filters: ClassVar = (
        Filter("indicator", pgettext_lazy("official", "Indicator"), choices=indicator_choices),
        Filter(
            "region", _("Region"), choices=_areas,
            q=lambda prefix: Q(region=prefix.ljust(12, "0")),
        ),
        Filter("from", _("Period from"), "date", q=lambda day: Q(first_on__gte=day)),
        Filter("until", _("Period until"), "date", q=lambda day: Q(last_on__lte=day)),
    )  # fmt: skip

    def base(self, actor: Actor) -> QuerySet[Any]:
        """The rows of the actor's area and the areas in it."""
        rows = Official.objects.all()
        if actor.scope.units is not None or len(actor.scope.region) not in (0, *LEVELS):
            return rows.none()
        return rows.filter(region__startswith=actor.scope.region)


registry.add("lists", OfficialList.key, OfficialList())
