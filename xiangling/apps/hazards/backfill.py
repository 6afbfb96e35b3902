"""Judgement, sketch and handling of hazards that an older version opened without them."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from xiangling.kernel import actor as actors
from xiangling.kernel import jobs, registry
from xiangling.kernel.models import Entry, Job
from xiangling.kernel.scope import unscoped

from . import notes, queries
from .models import Hazard

KIND = "hazards.read"
BATCH = 500


def start_if_needed() -> Job | None:
    """Queue the reading of hazards nothing is kept beside, unless there are none or it is under way."""
    if not queries.unread().exists():
        return None
    under_way = Job.objects.filter(kind=KIND).exclude(state=Job.State.DONE).first()
    if under_way:
        jobs.resume(under_way)
        return under_way
    house = actors.system(_("The platform"), "reads the ledger of an older version")
    return jobs.start(KIND, title=_("Reading the ledger for the judge"), actor=house, params={})


def run(work: jobs.Run) -> None:
    """Job handler: batch by batch in the order of arrival; what is read is not read again."""
    with unscoped("the whole ledger is read once"):
        if work.job.total is None:
            work.advance(total=queries.unread().count())
        while True:
            work.check_stop()
            with transaction.atomic():
                rows = queries.unread().select_related("object").order_by("pk")
                batch = list(rows.select_for_update(of=("self",))[:BATCH])
                if not batch:
                    return
                read(batch)
                done = work.job.done + len(batch)
                work.advance(done=done, total=max(work.job.total or 0, done))


def read(hazards: list[Hazard]) -> None:
    """Note whole histories as if they had just been written."""
    by_uid: dict[Any, list[Entry]] = defaultdict(list)
    for entry in Entry.objects.filter(case_uid__in=[h.uid for h in hazards]).order_by("seq"):
        by_uid[entry.case_uid].append(entry)
    notes.note([(hazard, entry) for hazard in hazards for entry in by_uid[hazard.uid]])


registry.add("jobs", KIND, run)
