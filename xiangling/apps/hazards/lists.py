"""The hazard ledger as a list, and the list of requests for more time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xiangling.apps.standards import queries as standards
from xiangling.kernel import clock, registry, wording
from xiangling.kernel.actor import Actor
from xiangling.kernel.docket import my_turn
from xiangling.kernel.lists import BY_DUE, NEWEST, Column, Filter, List, View
from xiangling.kernel.registry import MenuItem
from xiangling.org.queries import person_name, unit_name
from xiangling.org.regions import in_region, region_choices
from xiangling.org.sectors import sector_choices, sector_label

from . import queries
from .loop import EXTENSION, HAZARD
from .models import Campaign, Decision, Extension, Grade, Hazard, HazardClass, Source

DEPTHS = [("shallow", _("shallow")), ("substantive", _("substantive"))]
VERDICTS = [
    ("major", _("Major hazard")),
    ("general", _("General hazard")),
    ("unsure", _("One fact is missing")),
    ("not_covered", _("Not covered")),
    (queries.LATER, _("Not judged yet")),
]
OPEN = Q(closed_at__isnull=True)
GRADES, SOURCES = dict(Grade.choices), dict(Source.choices)


def found_this_month(actor: Actor) -> Q:
    first = clock.local_date(clock.now()).replace(day=1)
    return Q(opened_at__gte=clock.end_of(first - timedelta(days=1)))


def _holder(row: Any) -> str:
    """The unit whose turn it is, in one word: the liable unit or the supervising one."""
    duty = HAZARD.states[row.state].turn_of(row)
    if duty in {"hazard.fix", "hazard.self_accept"}:
        return str(row.unit)
    return str(row.supervisor or "") if duty else ""


def before(day: date) -> datetime:
    """The last second before a local day."""
    return clock.end_of(day - timedelta(days=1))


def _id(column: str) -> Callable[[Any], Q]:
    """A filter by the id that a link carries; nonsense selects nothing."""
    return lambda said: (
        Q(**{column: int(said)}) if str(said).isdecimal() and len(said) < 19 else Q(pk=None)
    )


OF_THE_JUDGE = (
    Filter("depth", _("Depth"), choices=DEPTHS, lookup="judged__depth"),
    Filter("copied", _("Same words as an earlier one"), "flag", q=lambda on: queries.copied()),
    Filter("verdict", _("Suggestion"), choices=VERDICTS, q=queries.judged_as),
    Filter("decision", _("Officer's decision"), choices=Decision.choices, lookup="judged__decision"),
    Filter(
        "decided", _("Decided as"), choices=Grade.choices, lookup="judged__decided", is_shown=False
    ),
    Filter(
        "by_standard",
        _("By standard"),
        choices=lambda actor: [("-", _("none")), *standards.edition_choices()],
        q=queries.of_standard,
        is_shown=False,
    ),
    Filter(
        "decided_from", _("Decided from"), "date", is_shown=False,
        q=lambda day: Q(judged__decided_at__gt=before(day)),
    ),
    Filter(
        "decided_to", _("Decided until"), "date", is_shown=False,
        q=lambda day: Q(judged__decided_at__lte=clock.end_of(day)),
    ),
    Filter("is_judged", _("Read by the judge"), "flag", is_shown=False, q=lambda on: Q(judged__isnull=False)),
)  # fmt: skip
OF_HANDLING = (
    Filter("campaign", _("Campaign"), "id", is_shown=False, q=_id("handling__campaign"), words=queries.campaign_name),
    Filter("counted", _("Neither void nor merged"), "flag", is_shown=False, q=lambda on: queries.counted()),
    Filter("liable_unit", _("Liable unit"), "id", is_shown=False, q=_id("unit"), words=unit_name),
    Filter("finder_unit", _("Found by"), "id", is_shown=False, q=_id("handling__found_unit"), words=unit_name),
    Filter("finder", _("Found by"), "id", is_shown=False, q=_id("handling__found_by"), words=person_name),
    Filter("closer_unit", _("Closed by"), "id", is_shown=False, q=_id("handling__closed_unit"), words=unit_name),
    Filter("closer", _("Closed by"), "id", is_shown=False, q=_id("handling__closed_by"), words=person_name),
    Filter("closed_from", _("Closed from"), "date", is_shown=False, lookup="handling__closed_on__gte"),
    Filter("closed_to", _("Closed until"), "date", is_shown=False, lookup="handling__closed_on__lte"),
    Filter("bulk", _("Closed in bulk"), "flag", is_shown=False, q=lambda on: queries.closed_in_bulk()),
    Filter("alone", _("Accepted and closed by one person"), "flag", is_shown=False, q=lambda on: queries.closed_alone()),
    Filter("reused", _("Photo used before"), "flag", is_shown=False, q=lambda on: queries.reused_photo()),
    Filter("has_photo", _("With photos of the finding"), "flag", is_shown=False, q=lambda on: Q(handling__n_photos__gt=0)),
    Filter("measured", _("Time on site known"), "flag", is_shown=False, q=lambda on: queries.on_measured_visit()),
    Filter("short", _("Time on site too short"), "flag", is_shown=False, q=lambda on: queries.on_short_visit()),
)  # fmt: skip


class HazardList(List):
    """台账: every hazard in the reader's area."""

    key = "hazards"
    model = Hazard
    title = _("Hazard ledger")
    is_searchable = True
    duties = ("hazard.see",)
    related = ("object", "unit", "supervisor")
    empty = _("No hazard matches. Clear the filters, or report one.")
    columns = (
        Column("code", _("Code"), is_code=True, width=22),
        Column(
            "grade", _("Grade"), lambda row: GRADES.get(row.grade, row.grade), chip="mark", width=10
        ),
        Column("title", _("What is wrong"), lambda row: row.title(), width=50),
        Column("object.name", _("Object"), width=30),
        Column("sector", _("Sector"), lambda row: sector_label(row.sector)),
        Column("state", _("State"), lambda row: HAZARD.states[row.state].label, chip="state"),
        Column("holder", _("Whose turn"), _holder, width=24),
        Column("due_at", _("Due"), chip="due"),
        Column("found_at", _("Found"), width=18),
        Column("closed_at", _("Closed on"), width=18),
        Column("source", _("Source"), lambda row: SOURCES.get(row.source, row.source)),
        Column("liable_person", _("Liable person")),
        Column("measures", _("Measures"), width=40),
        Column(
            "standard", _("Standard"), lambda row: f"{row.standard} {row.article}".strip(), width=30
        ),
    )
    filters = (
        Filter("grade", _("Grade"), choices=Grade.choices),
        Filter(
            "state",
            _("State"),
            choices=[(name, state.label) for name, state in HAZARD.states.items()],
        ),
        Filter("region", _("Region"), choices=region_choices, q=in_region),
        Filter("sector", _("Sector"), choices=lambda actor: sector_choices()),
        Filter("source", _("Source"), choices=Source.choices),
        Filter("hazard_class", _("Class"), choices=HazardClass.choices),
        Filter("overdue", _("Overdue"), "flag", q=lambda on: OPEN & Q(due_at__lt=clock.now())),
        Filter("found_from", _("Found from"), "date", q=lambda day: Q(found_at__gt=before(day))),
        Filter(
            "found_to", _("Found until"), "date", q=lambda day: Q(found_at__lte=clock.end_of(day))
        ),
        *OF_THE_JUDGE,
        *OF_HANDLING,
    )
    start_view = "open"
    views = (
        View("all", pgettext_lazy("view", "All"), order=NEWEST),
        View("open", pgettext_lazy("view", "Open"), lambda actor: OPEN, BY_DUE),
        View(
            "mine",
            pgettext_lazy("view", "My turn"),
            lambda actor: OPEN & Q(uid__in=my_turn(actor).order_by().values("case_uid")),
            BY_DUE,
        ),
        View(
            "major",
            pgettext_lazy("view", "Major"),
            lambda actor: OPEN & Q(grade=Grade.MAJOR),
            BY_DUE,
        ),
        View(
            "overdue",
            pgettext_lazy("view", "Overdue"),
            lambda actor: OPEN & Q(due_at__lt=clock.now()),
            BY_DUE,
        ),
        View("month", pgettext_lazy("view", "New this month"), found_this_month, NEWEST),
    )

    def url(self, row: Any) -> str:
        return f"/hazard/{row.uid}/"


class ExtensionList(List):
    """Requests for more time."""

    key = "extensions"
    model = Extension
    title = _("Requests for more time")
    is_searchable = True
    duties = ("hazard.see",)
    related = ("hazard__object", "unit")
    columns = (
        Column("code", _("Code"), is_code=True, width=22),
        Column(
            "hazard", _("Hazard"), lambda row: f"{row.hazard.code} {row.hazard.title()}", width=50
        ),
        Column("unit.name", _("Liable unit"), width=30),
        Column("asked_until", _("New deadline asked for")),
        Column("state", _("State"), lambda row: EXTENSION.states[row.state].label, chip="state"),
        Column("due_at", _("Due"), chip="due"),
        Column("decided_until", _("New deadline granted")),
    )
    filters: ClassVar = (
        Filter(
            "state",
            _("State"),
            choices=[(name, state.label) for name, state in EXTENSION.states.items()],
        ),
    )
    views = (
        View("all", pgettext_lazy("view", "All"), order=NEWEST),
        View("open", _("Still open"), lambda actor: OPEN, BY_DUE),
    )

    def url(self, row: Any) -> str:
        return f"/extension/{row.uid}/"


def running() -> Q:
    today = clock.local_date(clock.now())
    return Q(begins_on__lte=today, ends_on__gte=today)


class CampaignList(List):
    """Special campaigns that hold in the reader's area, each with the findings made in it."""

    key = "campaigns"
    model = Campaign
    title = _("Campaigns")
    duties = ("hazard.see",)
    related = ("unit",)
    empty = _("No campaign here. A committee office or a department orders one for its area.")
    create_url = "/campaigns/new/"
    create_label = _("Order a campaign")
    create_duty = "campaign.keep"
    columns = (
        Column("name", pgettext_lazy("campaign", "Name"), width=40),
        Column("unit.name", _("Ordering unit"), width=24),
        Column(
            "sectors",
            _("Sectors"),
            lambda row: wording.listed(map(sector_label, row.sectors)) or _("all"),
            width=30,
        ),
        Column("begins_on", _("Begins")),
        Column("ends_on", _("Ends")),
        Column("n_found", _("Findings"), lambda row: row.n_found, is_numeric=True),
        Column("basis", _("Basis"), width=40),
    )
    views = (
        View("all", pgettext_lazy("view", "All"), None, ("-begins_on", "-id")),
        View("running", _("Running"), lambda actor: running(), ("-begins_on", "-id")),
    )

    def base(self, actor: Actor) -> QuerySet[Any]:
        return queries.campaigns_seen(actor)

    def dress(self, rows: Sequence[Any]) -> None:
        """Count the findings of the shown campaigns that lie in the reader's area."""
        found = Hazard.objects.filter(handling__campaign__in=[row.pk for row in rows]).order_by()
        counts = dict(found.values_list("handling__campaign").annotate(n=Count("pk")))
        for row in rows:
            row.n_found = counts.get(row.pk, 0)

    def url(self, row: Any) -> str:
        return f"/campaigns/{row.uid}/"

    def cell_url(self, column: Column, row: Any) -> str:
        return f"/hazards/?view=all&campaign={row.pk}" if column.key == "n_found" else ""


for _made in (HazardList(), ExtensionList(), CampaignList()):
    registry.add("lists", _made.key, _made)
registry.add(
    "menu",
    "ledger",
    MenuItem("ledger", _("Ledger"), "/hazards/", "list-check", 20, ("hazard.see",), ("/hazard/",)),
)
registry.add(
    "menu",
    "campaigns",
    MenuItem("campaigns", _("Campaigns"), "/campaigns/", "flag", 25, ("hazard.see",)),
)
