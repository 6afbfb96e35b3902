"""Questions across hazards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import (
    Count,
    DurationField,
    Exists,
    ExpressionWrapper,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
)

from xiangling.kernel import clock, packs, search
from xiangling.kernel.actor import Actor
from xiangling.kernel.scope import active
from xiangling.org.regions import with_region_name

from . import alike
from .models import Campaign, Extension, Handling, Hazard, HazardSource

LOOKS_ALIKE = 0.4
"""Least overlap of bigrams (common / fewer of the two) at which two findings of one object are shown."""
READ_OPEN = 200
"""Newest open findings of an object that are compared one by one; older ones are found by the index."""
SHOWN = 5
LATER = "later"
"""As a verdict: not judged yet."""
MOST_CAMPAIGNS = 50
"""Campaigns offered in a form."""


def with_beside(rows: QuerySet[Hazard]) -> QuerySet[Hazard]:
    """Hazards that know whether anything stands beside them: most have nothing, and need not be asked."""
    disputes = apps.get_model("org", "Dispute").objects.filter(about_uid=OuterRef("uid"))
    papers = apps.get_model("documents", "Paper").objects.filter(about_uid=OuterRef("uid"))
    copied = Hazard.objects.filter(pk=OuterRef("judged__copy_of"))
    campaigns = Handling.objects.filter(hazard=OuterRef("pk"), campaign__isnull=False)
    return with_region_name(rows).annotate(
        has_sources=Exists(HazardSource.objects.filter(hazard=OuterRef("pk"))),
        has_extensions=Exists(Extension.objects.filter(hazard=OuterRef("pk"))),
        has_disputes=Exists(disputes),
        has_papers=Exists(papers),
        campaign_name=Subquery(campaigns.values("campaign__name")[:1]),
        copied_code=Subquery(copied.values("code")[:1]),
        copied_uid=Subquery(copied.values("uid")[:1]),
    )


def copied_by(hazard: Hazard) -> tuple[str, UUID | None]:
    """Code and uid of the finding whose words this one has; "" for one outside the reader's area."""
    if hasattr(hazard, "copied_uid"):
        return getattr(hazard, "copied_code", "") or "", hazard.copied_uid
    seen = Hazard.objects.filter(copies=hazard.pk).first()
    return (seen.code, seen.uid) if seen else ("", None)


def sources_of(hazard: Hazard) -> list[str]:
    """The distinct channels that reported a hazard, the first one first."""
    if not getattr(hazard, "has_sources", True):
        return [hazard.source]
    later = hazard.sources.order_by("id").values_list("source", flat=True)
    return list(dict.fromkeys([hazard.source, *later]))


def extensions_of(hazard: Hazard) -> Iterable[Extension]:
    return hazard.extensions.order_by("id") if getattr(hazard, "has_extensions", True) else ()


def disputes_about(hazard: Hazard) -> Iterable[Any]:
    if not getattr(hazard, "has_disputes", True):
        return ()
    disputes = apps.get_model("org", "Dispute").objects
    rows: QuerySet[Any] = disputes.filter(about_uid=hazard.uid).order_by("id")
    return rows


def look_alikes(data: dict[str, Any], actor: Actor) -> Iterable[Hazard]:
    """Open hazards of the same object whose text says much the same, most alike first."""
    text = str(data.get("text", ""))
    mine = set(search.bigrams(text).split())
    if not mine:
        return []
    rows = Hazard.objects.open().filter(object__uid=data["object"])
    near = list(rows.order_by("-id")[:READ_OPEN])
    known = {hazard.pk for hazard in near}
    indexed = [one.hazard for one in alike.alike(text) if one.hazard not in known]
    near += rows.filter(pk__in=indexed)
    scored = []
    for hazard in near:
        theirs = set(search.bigrams(hazard.text).split())
        likeness = len(mine & theirs) / max(1, min(len(mine), len(theirs)))
        if likeness >= LOOKS_ALIKE:
            scored.append((likeness, hazard))
    scored.sort(key=lambda pair: -pair[0])
    return [hazard for _likeness, hazard in scored[:SHOWN]]


@dataclass(frozen=True)
class Copies:
    """Findings elsewhere that say the same: those the reader may see, and how many there are in all."""

    shown: list[Hazard]
    n: int


def copies_elsewhere(text: str, object_uid: UUID | None, *, but: int | None = None) -> Copies:
    """Earlier findings at other objects whose text says the same; names only what lies in the reader's area."""
    found = alike.alike(text, leave_out=() if but is None else (but,))
    everywhere = Hazard._base_manager.filter(pk__in=[one.hazard for one in found])
    elsewhere = everywhere.exclude(object__uid=object_uid) if object_uid else everywhere
    ids = set(elsewhere.values_list("pk", flat=True))
    seen = Hazard.objects.filter(pk__in=ids).select_related("object").in_bulk()
    shown = [seen[one.hazard] for one in found if one.hazard in seen]
    return Copies(shown[:SHOWN], len(ids))


def count_all() -> int:
    """All hazards of the active scope."""
    return Hazard.objects.count()


def unread() -> QuerySet[Hazard]:
    """Hazards of an older version that nothing is kept beside yet."""
    return Hazard._base_manager.filter(judged=None, unjudged=None)


# --- what figures about the ledger count --------------------------------------------------------


def counted() -> Q:
    """Findings that stand: neither void nor merged into another record."""
    return ~Q(state__in=["void", "merged"])


def judged_as(verdict: str) -> Q:
    """Findings of which the judge says this, or that it has not read yet."""
    return Q(judged__isnull=True) if verdict == LATER else Q(judged__verdict=verdict)


def shallow() -> Q:
    return Q(judged__depth="shallow")


def copied() -> Q:
    """Findings whose text says the same as an earlier one."""
    return Q(judged__copy_of__isnull=False)


def measures(on: date | None = None) -> dict[str, Any]:
    """The thresholds of ledger honesty in force (packs/honesty.yaml)."""
    day = on or clock.local_date(clock.now())
    return next(row for row in packs.load("honesty") if packs.in_force(row, day))


def closed_in_bulk() -> Q:
    """Closed on a day on which the same person closed as many as count as bulk."""
    same = Handling.objects.filter(
        closed_by=OuterRef("handling__closed_by"), closed_on=OuterRef("handling__closed_on")
    )
    groups = same.order_by().values("closed_by").annotate(n=Count("pk"))
    return Q(Exists(groups.filter(n__gte=measures()["bulk_closings"])))


def closed_alone() -> Q:
    """Closed by the person who alone had vouched that it is gone."""
    return Q(handling__is_closed_alone=True)


def reused_photo() -> Q:
    return Q(handling__n_reused__gt=0)


def _visit() -> QuerySet[Any, Any]:
    """The visit of a finding: same finder, object and day, with what its photos span."""
    rule = measures()
    same = Handling.objects.filter(
        found_by=OuterRef("handling__found_by"),
        place_id=OuterRef("handling__place_id"),
        found_on=OuterRef("handling__found_on"),
    )
    visits = (
        same.order_by()
        .values("found_by")
        .annotate(
            n=Count("pk"),
            photos=Sum("n_photos"),
            spent=ExpressionWrapper(
                Max("last_photo_at") - Min("first_photo_at"), output_field=DurationField()
            ),
        )
    )
    return visits.filter(n__gte=rule["visit_findings"], photos__gte=2)


def on_measured_visit() -> Q:
    """Found on a visit whose time on site the photos tell."""
    return Q(Exists(_visit()))


def on_short_visit() -> Q:
    """Found on a visit that took less time than so many findings need."""
    return Q(Exists(_visit().filter(spent__lt=timedelta(minutes=measures()["visit_minutes"]))))


# --- campaigns ----------------------------------------------------------------------------------


def places_above(region: str) -> set[str]:
    """The 12-digit codes of the places that hold a place, given by its code or prefix; itself included."""
    return {region[:width].ljust(12, "0") for width in (2, 4, 6, 9, 12) if width <= len(region)}


def campaigns_seen(actor: Actor) -> QuerySet[Campaign]:
    """Campaigns ordered in the actor's area or in a place above it: those hold below."""
    region = actor.scope.region
    if actor.scope.units is not None:  # an enterprise's scope is its units, not a place
        unit = apps.get_model("org", "Unit").objects.filter(pk=actor.unit or 0).first()
        region = unit.region if unit else "-"
    above = Q(region__in=places_above(region))
    return Campaign._base_manager.filter(active().q(Campaign) | above)


def campaign_choices(actor: Actor | None) -> list[tuple[str, str]]:
    """Campaigns that have begun, newest first, as an inspector names them."""
    if actor is None:
        return []
    today = clock.local_date(clock.now())
    rows = campaigns_seen(actor).filter(begins_on__lte=today).order_by("-begins_on", "-id")
    return [(row.name, row.name) for row in rows[:MOST_CAMPAIGNS]]


def campaigns_named(names: Iterable[str]) -> dict[str, Campaign]:
    wanted = {name for name in names if name}
    rows = Campaign._base_manager.filter(name__in=wanted) if wanted else ()
    return {row.name: row for row in rows}


def findings_outside(campaign: Campaign) -> bool:
    """Whether findings of a campaign lie outside its days as they stand now."""
    found = Handling.objects.filter(campaign=campaign.pk)
    days = Q(found_on__lt=campaign.begins_on) | Q(found_on__gt=campaign.ends_on)
    return found.filter(days).exists()


def campaign_name(pk: Any) -> str:
    """The name of a campaign by its id, "" for none."""
    row = Campaign._base_manager.filter(pk=pk).first() if str(pk).isdecimal() else None
    return row.name if row else ""


def of_standard(key: str) -> Q:
    """Decided by this standard or, where none was cited, suggested by it; "-" is neither."""
    wanted = "" if key == "-" else key
    suggested = Q(judged__decided_standard="", judged__standard=wanted)
    return suggested | Q(judged__decided_standard=wanted) if wanted else suggested
