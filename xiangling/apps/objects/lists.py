"""The register of supervised objects as a list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xiangling.kernel import clock, registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.lists import Column, Filter, List, View
from xiangling.org.models import Region
from xiangling.org.regions import in_region, region_choices
from xiangling.org.sectors import sector_choices, sector_label

from . import queries
from .models import SupervisedObject

Kind, Status = SupervisedObject.Kind, SupervisedObject.Status
BY_TEST = ("next_test_on", "id")


def blind(_on: Any) -> Q:
    return queries.blind_q(clock.local_date(clock.now()))


def test_due(ahead: timedelta) -> Q:
    day = clock.local_date(clock.now()) + ahead
    return Q(kind=Kind.EQUIPMENT, status=Status.ACTIVE, next_test_on__lte=day)


def overdue_test(_on: Any) -> Q:
    return test_due(-timedelta(days=1))


class ObjectList(List):
    """Every firm, venue, piece of equipment and site in the reader's area."""

    key = "objects"
    model = SupervisedObject
    title = _("Supervised objects")
    is_searchable = True
    duties = ("object.see",)
    empty = _("No object matches. Clear the filters, register one, or import a sheet.")
    create_url = "/objects/new/"
    create_label = _("Register an object")
    create_duty = "object.edit"
    related = ("parent",)
    columns = (
        Column("title", _("Name"), lambda row: row.name, width=36),
        Column("identifier", _("Identifier"), width=24),
        Column("type", _("Type"), lambda row: row.type or row.get_kind_display(), width=18),
        Column("sector", _("Sector"), lambda row: sector_label(row.sector)),
        Column("place", _("Region"), lambda row: row.place_name, width=20),
        Column("liable_name", _("Liable person")),
        Column("n_open", _("Open hazards"), is_numeric=True),
        Column("next_test_on", _("Next test")),
        Column("status", _("Status"), lambda row: row.get_status_display()),
        Column("kind", _("Kind"), lambda row: row.get_kind_display()),
        Column("address", _("Address"), width=40),
        Column("liable_phone", _("Phone"), width=16),
        Column("staff_count", _("Staff"), is_numeric=True),
    )
    filters = (
        Filter("kind", _("Kind"), choices=Kind.choices),
        Filter("sector", _("Sector"), choices=lambda actor: sector_choices()),
        Filter("region", _("Region"), choices=region_choices, q=in_region),
        Filter("status", _("Status"), choices=Status.choices),
        Filter("overdue_test", _("Test overdue"), "flag", q=overdue_test),
        Filter("blind", _("Nobody answers"), "flag", q=blind),
    )
    views = (
        View("all", pgettext_lazy("view", "All")),
        View("firms", pgettext_lazy("view", "Firms"), lambda actor: Q(kind=Kind.FIRM)),
        View("venues", pgettext_lazy("view", "Venues"), lambda actor: Q(kind=Kind.VENUE)),
        View("equipment", pgettext_lazy("view", "Equipment"), lambda actor: Q(kind=Kind.EQUIPMENT)),
        View("sites", pgettext_lazy("view", "Sites"), lambda actor: Q(kind=Kind.SITE)),
        View(
            "test",
            pgettext_lazy("view", "Test due"),
            lambda actor: test_due(queries.TEST_AHEAD),
            BY_TEST,
        ),
        View("blind", pgettext_lazy("view", "Blind spots"), blind),
    )

    def base(self, actor: Actor) -> QuerySet[Any]:
        rows: QuerySet[Any] = SupervisedObject.objects.all()
        return rows

    def dress(self, rows: Sequence[Any]) -> None:
        """Give objects the number of their open hazards and their town's name."""
        counts = queries.open_hazards(rows)
        codes = {code for row in rows for code in (row.region, row.region[:6].ljust(12, "0"))}
        names = dict(Region.objects.filter(code__in=codes).values_list("code", "name"))
        for row in rows:
            row.n_open = counts[row.pk]
            district = names.get(row.region[:6].ljust(12, "0"), "")
            row.place_name = f"{district}{names.get(row.region, '')}" or row.region

    def url(self, row: Any) -> str:
        return f"/objects/{row.uid}/"

    def cell_url(self, column: Column, row: Any) -> str:
        """The open hazards of an object, behind their number."""
        return f"/objects/{row.uid}/#open" if column.key == "n_open" and row.n_open else ""

    def cell_note(self, column: Column, row: Any) -> str:
        """The firm of a venue, a piece of equipment or a site, under its name."""
        return row.parent.name if column.key == "title" and row.parent else ""


registry.add("lists", ObjectList.key, ObjectList())
