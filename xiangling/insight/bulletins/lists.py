"""Bulletins as a list: those of the reader's area, those below it, and those of the areas it lies in."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xiangling.documents.loop import PAPER
from xiangling.insight.duties import PUBLISH, SEE
from xiangling.insight.models import Bulletin
from xiangling.insight.periods import Period
from xiangling.kernel import registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.lists import Column, Filter, List, View
from xiangling.kernel.refusal import OutOfScope
from xiangling.kernel.scope import LEVELS, active
from xiangling.org.regions import region_name

from .actions import BINDER, address_of

PUBLISHED = ("issued", "withdrawn")
ORDER = ("-first_on", "-id")


def seen_by(actor: Actor) -> QuerySet[Bulletin]:
    """What was published for the reader's area, below it or above it; drafts by the office that makes them."""
    rows = Bulletin.objects.select_related("paper__issuer")
    scope = active()
    region = scope.region
    if scope.units is not None or len(region) not in (0, *LEVELS):
        return rows.none()
    above = [region[:level] for level in LEVELS if level <= len(region)]
    is_near = Q(region__startswith=region) | Q(region__in=above)
    shown = Q(paper__state__in=PUBLISHED)
    if actor.may(PUBLISH):
        shown |= Q(paper__state="draft", paper__issuer=actor.unit)
    return rows.filter(is_near & shown)


def find(uid: Any, actor: Actor) -> Bulletin:
    """One bulletin by the uid of its paper. Raises OutOfScope."""
    found = seen_by(actor).filter(paper__uid=uid).first()
    if found is None:
        raise OutOfScope
    return found


class BulletinList(List):
    """Monthly and quarterly bulletins."""

    key = "bulletins"
    model = Bulletin
    title = _("Bulletins")
    note = _("Drafted from the figures of a month or quarter; every figure opens its rows.")
    duties = (SEE,)
    is_searchable = False
    empty = _("No bulletin here. The committee office drafts one for a month or quarter.")
    create_url = "/bulletins/new/"
    create_label = _("Draft a bulletin")
    create_duty = PUBLISH
    columns = (
        Column(
            "heading", pgettext_lazy("bulletin", "Title"), lambda row: row.paper.heading, width=50
        ),
        Column(
            "period", _("Period"), lambda row: Period(row.first_on, row.last_on).label(), width=18
        ),
        Column("region", _("Area"), lambda row: region_name(row.region.ljust(12, "0")), width=18),
        Column("number", _("Number"), lambda row: row.paper.number, is_code=True, width=26),
        Column("issuer", _("Issuing body"), lambda row: row.paper.issuer.name, width=24),
        Column("issued_on", _("Issued on"), lambda row: row.paper.issued_on),
        Column("state", _("State"), lambda row: PAPER.states[row.paper.state].label),
    )
    filters: ClassVar = (
        Filter("from", _("Period from"), "date", lookup="first_on__gte"),
        Filter("until", _("Period until"), "date", lookup="last_on__lte"),
    )
    views = (
        View("all", pgettext_lazy("view", "All"), None, ORDER),
        View(
            "published",
            pgettext_lazy("view", "Published"),
            lambda actor: Q(paper__state="issued"),
            ORDER,
        ),
        View(
            "drafts", pgettext_lazy("view", "Drafts"), lambda actor: Q(paper__state="draft"), ORDER
        ),
    )

    def base(self, actor: Actor) -> QuerySet[Any]:
        return seen_by(actor)

    def url(self, row: Any) -> str:
        return address_of(row.paper)


registry.add("lists", BulletinList.key, BulletinList())


def panel(kind: registry.Kind, case: Any, actor: Actor) -> registry.Panel | None:
    """Beside a paper that is a bulletin: the page on which it is worded and read."""
    if kind.key != "paper" or case.content.get("binder") != BINDER or not actor.may(SEE):
        return None
    label = _("Words and figures")
    return registry.Panel(_("Bulletin"), [(label, address_of(case), "", ())])


registry.add("panels", "bulletins", panel)
