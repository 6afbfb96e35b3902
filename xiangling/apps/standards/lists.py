"""The criteria library as lists: provisions, and the editions of standards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xiangling.kernel import clock, registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.lists import Column, Filter, List, View
from xiangling.org.sectors import sector_choices

from . import queries
from .library import cite
from .models import Edition, Provision


def _today(prefix: str = "") -> Q:
    return queries.in_force(clock.local_date(clock.now()), prefix)


def _of_sector(sector: str) -> Q:
    return Q(edition__group__in=queries.groups_of_sector(sector))


class ProvisionList(List):
    """Every criterion, whichever edition it belongs to."""

    key = "criteria"
    model = Provision
    title = _("Major-hazard criteria")
    note = _("Restated in our own words; what counts is the article that is cited.")
    is_searchable = True
    duties = ("standard.see",)
    related = ("edition",)
    empty = _("No criterion matches. Clear the filters, or import a standard.")
    columns = (
        Column("code", _("Code"), is_code=True, width=12),
        Column("title", _("What makes it a major hazard"), lambda row: row.text, width=60),
        Column("edition", _("Standard"), lambda row: row.edition.title, width=40),
        Column("article", _("Article"), lambda row: cite(row.article, row.edition.numbering)),
        Column("trade", _("Trade")),
        Column("limit", _("Limits"), width=20),
        Column("begins", _("In force from"), lambda row: row.edition.begins_on),
        Column("ends", _("In force until"), lambda row: row.edition.ends_on),
        Column("subject", _("What it is about"), lambda row: "、".join(row.subject), width=40),
        Column("defect", _("What is wrong with it"), lambda row: "、".join(row.defect), width=40),
        Column("ask", _("Question on the spot"), width=40),
    )
    filters = (
        Filter(
            "standard",
            _("Standard"),
            choices=lambda actor: queries.edition_choices(),
            lookup="edition__key",
        ),
        Filter("sector", _("Sector"), choices=lambda actor: sector_choices(), q=_of_sector),
        Filter("own", _("Entered here"), "flag", q=lambda on: Q(is_from_pack=False)),
    )
    views = (
        View("all", pgettext_lazy("view", "All"), order=("id",)),
        View("now", pgettext_lazy("view", "In force"), lambda actor: _today("edition__"), ("id",)),
        View(
            "past", pgettext_lazy("view", "No longer"), lambda actor: ~_today("edition__"), ("id",)
        ),
    )
    start_view = "now"

    def url(self, row: Any) -> str:
        return f"/criteria/{row.code}/"

    def cell_url(self, column: Column, row: Any) -> str:
        return f"/standards/{row.edition.key}/" if column.key == "edition" else ""

    def cell_note(self, column: Column, row: Any) -> str:
        return row.edition.number if column.key == "edition" else ""


class EditionList(List):
    """The editions of standards, with what is held of them."""

    key = "standards"
    model = Edition
    title = _("Standards")
    note = _("Where the text of an edition is not held, the judge answers “not covered”.")
    is_searchable = True
    duties = ("standard.see",)
    columns = (
        Column("title", _("Title"), lambda row: row.title, width=50),
        Column("number", _("Document number"), width=30),
        Column("begins_on", _("In force from")),
        Column("ends_on", _("In force until")),
        Column("n_clauses", _("Criteria"), is_numeric=True),
        Column("held", _("Text"), lambda row: _("held") if row.is_held else _("not held")),
        Column("successor", _("Superseded by"), lambda row: row.successor_name, width=30),
    )
    filters = (
        Filter("held", _("Text held"), "flag", q=lambda on: Q(is_held=True)),
        Filter("lacking", _("Text not held"), "flag", q=lambda on: Q(is_held=False)),
    )
    views = (
        View("all", pgettext_lazy("view", "All"), order=("id",)),
        View("now", pgettext_lazy("view", "In force"), lambda actor: _today(), ("id",)),
    )

    def base(self, actor: Actor) -> QuerySet[Any]:
        return Edition.objects.annotate(n_clauses=Count("provisions"))

    def dress(self, rows: Sequence[Any]) -> None:
        later = queries.successors(rows)
        for row in rows:
            row.successor_name = later[row.key].number if row.key in later else ""

    def url(self, row: Any) -> str:
        return f"/standards/{row.key}/"

    def cell_url(self, column: Column, row: Any) -> str:
        if column.key == "n_clauses" and row.n_clauses:
            return f"/criteria/?view=all&standard={row.key}"
        return ""


registry.add("lists", ProvisionList.key, ProvisionList())
registry.add("lists", EditionList.key, EditionList())
