"""Open work follows the map: when posts or duty lines change, the dockets they touch name the new holder."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from xiangling.kernel import clock, duty, jobs, registry
from xiangling.kernel.actor import Actor, system
from xiangling.kernel.models import Docket
from xiangling.kernel.scope import unscoped

from .models import DutyLine, Holding, Post

AT_ONCE = 300
"""Open cases moved within the request; more are moved by the worker."""
BATCH = 200
JOB = "handover"
LOOK_BACK = timedelta(days=7)


def hand_over(which: Q, actor: Actor) -> int:
    """Name the present holder on the open cases among `which`; returns how many were looked at."""
    with unscoped("whoever holds a case changes with the map, wherever it lies"):
        rows = Docket.objects.filter(which)
        found = rows.order_by("id")[: AT_ONCE + 1].count()
        if found <= AT_ONCE:
            _settle(rows)
            return found
        ids = list(rows.order_by("id").values_list("id", flat=True))
    jobs.start(JOB, title=_("Hand open cases over"), actor=actor, params={"ids": ids})
    return len(ids)


def carry(run: jobs.Run) -> None:
    """The worker's part: goes through the ids it was given, a batch at a time."""
    ids, at = run.job.params["ids"], run.job.cursor.get("at", 0)
    with unscoped("whoever holds a case changes with the map, wherever it lies"):
        while at < len(ids):
            run.check_stop()
            with transaction.atomic():
                _settle(Docket.objects.filter(pk__in=ids[at : at + BATCH]))
                at = min(at + BATCH, len(ids))
                run.advance(done=at, total=len(ids), cursor={"at": at})


def _settle(rows: QuerySet[Docket]) -> None:
    resolver, on = duty.resolver(), clock.local_date(clock.now())
    for row in rows:
        case = registry.kind(row.case_kind).model._base_manager.get(uid=row.case_uid)
        holder = resolver.resolve(row.turn, case, on)
        if (row.holder_unit, row.holder_post) != (holder.unit, holder.post):
            Docket.objects.filter(pk=row.pk).update(
                holder_unit=holder.unit, holder_post=holder.post
            )


def follow_dates(now: datetime) -> None:
    """Once a day in each worker: what the calendar alone changed, lines and posts that began or ended.

    Looks a week back, so that days on which no worker ran are made good. Safe to repeat.
    """
    today = clock.local_date(now)
    if _followed == [today]:
        return
    recent = Q(starts_on__range=(today - LOOK_BACK, today)) | Q(
        ends_on__range=(today - LOOK_BACK, today - timedelta(days=1))
    )
    which = Q(pk__in=[])
    for region, sector in (
        DutyLine.objects.filter(recent).values_list("region", "sector").distinct()
    ):
        which |= Q(region__startswith=region, **({"sector": sector} if sector else {}))
    units = set(Post.objects.filter(recent).values_list("unit", flat=True))
    units |= set(Holding.objects.filter(recent).values_list("post__unit", flat=True))
    if units:
        which |= Q(holder_unit__in=units) | Q(holder_unit=None)
    hand_over(which, system("值守程序", "duties follow their dates"))
    _followed[:] = [today]


_followed: list[date] = []
registry.add("jobs", JOB, carry)
registry.add("clocks", JOB, follow_dates)
