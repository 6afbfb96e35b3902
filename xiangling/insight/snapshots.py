"""Snapshots: a table frozen when it was published; what has been corrected since is shown beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from xiangling.kernel import clock, ledger
from xiangling.kernel.actor import Actor
from xiangling.kernel.digest import canonical, digest
from xiangling.kernel.refusal import OutOfScope, Refused

from . import tables
from .duties import PUBLISH
from .models import Snapshot
from .periods import Period
from .tables import Ask


@dataclass(frozen=True)
class Correction:
    """A figure that is no longer what was published."""

    label: str
    published: str
    now: str


def publish(ask: Ask, title: str, *, actor: Actor) -> Snapshot:
    """Freeze a table. Raises Refused without the duty, without a title, or while the period is under way."""
    if not actor.may(PUBLISH):
        raise Refused("no_duty", _("Publishing figures is not a duty of your post."), status=403)
    if not title.strip():
        why = _("Give what is published a title.")
        raise Refused("no_title", _("Not published."), why=why, fields={"title": why}, status=422)
    table = tables.make(ask, actor)
    if table.period.is_running:
        why = _("The period is under way; its figures still change.")
        raise Refused(
            "running", _("Not published."), why=why, todo=_("Publish it when it is over.")
        )
    kept = tables.plain(table)
    exact = {**ask.plain(), "period": table.period.code(), "region": table.place.code}
    made = Snapshot.objects.create(
        title=title.strip()[:200],
        region=table.place.code.ljust(12, "0"),
        ask=exact,
        table=kept,
        digest=digest(canonical([exact, kept])),
        published_at=clock.now(),
        published_by=actor.label[:200],
    )
    ledger.record_edit(made, actor=actor, before={"title": "", "digest": ""})
    return made


def is_whole(snapshot: Snapshot) -> bool:
    """Whether it is still what was published."""
    return snapshot.digest == digest(canonical([snapshot.ask, snapshot.table]))


def find(uid: Any, actor: Actor) -> Snapshot:
    """One snapshot of the actor's area. Raises OutOfScope."""
    found = Snapshot.objects.filter(uid=uid).first()
    if found is None or actor.scope.units is not None:
        raise OutOfScope
    if not found.region.startswith(actor.scope.region) or actor.scope.sectors is not None:
        raise OutOfScope
    return found


def corrections(snapshot: Snapshot, actor: Actor) -> list[Correction]:
    """What counting today gives otherwise: records that came late, were graded anew, re-opened or moved."""
    now = tables.plain(tables.make(Ask(**snapshot.ask), actor))
    found = []
    fresh = {row["key"]: row for row in [*now["rows"], now["total"]]}
    old = {row["key"]: row for row in [*snapshot.table["rows"], snapshot.table["total"]]}
    for key in dict.fromkeys([*old, *fresh]):
        then, today = old.get(key), fresh.get(key)
        if then and today and then["now"] == today["now"]:
            continue
        label = (then or today or {}).get("label", key)
        said = [row["said"] if row else _("no such row") for row in (then, today)]
        found.append(Correction(label, *said))
    return found


def period_of(snapshot: Snapshot) -> str:
    kept = snapshot.table
    return Period(date.fromisoformat(kept["from"]), date.fromisoformat(kept["to"])).label()
