"""Judging after storing: an import keeps its findings at once, and the judge reads them here (R-083).

Any number of workers share what waits, each by a job of its own. A batch of judgements, their entries
and what they take off the queue are one transaction: a finding is judged exactly once.
"""

from __future__ import annotations

import time

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from xiangling.apps.standards import queries as standards
from xiangling.kernel import actor as actors
from xiangling.kernel import engine, jobs, registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.models import Job
from xiangling.kernel.scope import unscoped

from . import suggestions
from .models import Hazard, Unjudged

KIND = "hazards.judge"
BATCH = 250
PAUSE = 0.2
"""Seconds until findings are asked for again that others are just writing."""


def start_if_needed(actor: Actor) -> Job:
    """See to it that a job of this person waits; call in the transaction that stores the findings.

    A job under way may be about to end and cannot see them yet. The one that waits is held until they
    are there to see.
    """
    waiting = Job.objects.select_for_update(skip_locked=True).filter(
        kind=KIND, state=Job.State.QUEUED, person=actor.person
    )
    return waiting.first() or jobs.start(
        KIND,
        title=_("Judging imported findings"),
        actor=actor,
        params={"language": translation.get_language() or settings.LANGUAGE_CODE},
    )


def run(work: jobs.Run) -> None:
    """Job handler: judge what waits, batch by batch, the oldest first, beside whoever else does."""
    with translation.override(work.job.params["language"]), unscoped("the judge reads every place"):
        while left := Unjudged.objects.count():
            work.check_stop()
            with transaction.atomic():
                batch = _next_batch()
                judge(batch)
                done = work.job.done + len(batch)
                work.advance(done=done, total=done + left - len(batch))
            if not batch:
                time.sleep(PAUSE)
        work.advance(total=work.job.done, message=_("%(n)d findings judged") % {"n": work.job.done})


def _next_batch() -> list[Hazard]:
    """The oldest findings that wait and that nobody else is writing, held until the transaction ends."""
    waiting = Unjudged.objects.select_for_update(skip_locked=True).order_by("pk")
    mine = list(waiting.values_list("pk", flat=True)[:BATCH])
    rows = Hazard._base_manager.filter(pk__in=mine).select_related("object").order_by("pk")
    return list(rows.select_for_update(of=("self",), skip_locked=True))


def judge(hazards: list[Hazard]) -> None:
    """Judge findings that the caller holds, each with an entry of its own."""
    house = actors.system(_("The platform"), "the judge reads what was imported")
    with standards.one_library():
        answers = [suggestions.kept(answer) for answer in suggestions.judge_many(hazards)]
        data = [{"judgement": answer} for answer in answers]
        engine.record_many(hazards, past="judged", actor=house, data=data)


registry.add("jobs", KIND, run)
