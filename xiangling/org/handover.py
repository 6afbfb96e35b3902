"""Open work follows the map: when posts or duty lines change, the dockets they touch name the new holder."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from xiangling.kernel import clock, duty, jobs, registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.models import Docket
from xiangling.kernel.scope import unscoped

AT_ONCE = 300
"""Open cases moved within the request; more are moved by the worker."""
BATCH = 200
JOB = "handover"


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


registry.add("jobs", JOB, carry)
