"""The register of papers (发文登记簿): page, API and workbook."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xiangling.kernel import clock, registry
from xiangling.kernel.lists import NEWEST, Column, Filter, List, View
from xiangling.kernel.registry import MenuItem

from . import catalogue
from .loop import PAPER
from .models import Paper

STATES = [(name, state.label) for name, state in PAPER.states.items()]


def this_year(actor: Any) -> Q:
    return Q(issued_on__year=clock.local_date(clock.now()).year)


class PaperList(List):
    """Every paper in the reader's area."""

    key = "papers"
    model = Paper
    title = _("Register of papers")
    is_searchable = True
    duties = ("paper.see",)
    related = ("issuer", "withdraws")
    empty = _("No paper matches. Open a record and draft one from it.")
    columns = (
        Column("number", _("Number"), lambda row: row.number or row.code, is_code=True, width=26),
        Column("type", _("Sort of paper"), lambda row: row.paper_type.label, width=20),
        Column("heading", _("Title"), width=40),
        Column("addressee", _("Addressee"), width=30),
        Column("about_code", _("About"), is_code=True, width=22),
        Column("issuer.name", _("Issuing body"), width=24),
        Column("issued_on", _("Issued on")),
        Column("state", _("State"), lambda row: PAPER.states[row.state].label, chip="state"),
        Column("withdraws", _("Withdraws"), lambda row: row.withdraws or "", width=26),
    )
    filters: ClassVar = (
        Filter("type", _("Sort of paper"), choices=catalogue.labels()),
        Filter("state", _("State"), choices=STATES),
        Filter("about_code", _("About"), "text"),
        Filter("issued_from", _("Issued from"), "date", lookup="issued_on__gte"),
        Filter("issued_to", _("Issued until"), "date", lookup="issued_on__lte"),
    )
    views = (
        View("all", pgettext_lazy("view", "All"), order=NEWEST),
        View("drafts", pgettext_lazy("view", "Drafts"), lambda actor: Q(state="draft"), NEWEST),
        View("own", pgettext_lazy("view", "Our own"), lambda actor: Q(issuer=actor.unit), NEWEST),
        View("year", pgettext_lazy("view", "Issued this year"), this_year, NEWEST),
        View(
            "withdrawn",
            pgettext_lazy("view", "Withdrawn"),
            lambda actor: Q(state="withdrawn"),
            NEWEST,
        ),
    )

    def url(self, row: Paper) -> str:
        return f"/paper/{row.uid}/"


registry.add("lists", PaperList.key, PaperList())
registry.add(
    "menu",
    "papers",
    MenuItem(
        "papers", _("Official papers"), "/papers/", "file-text", 55, ("paper.see",), ("/paper/",)
    ),
)
