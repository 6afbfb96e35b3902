"""The proof of the whole ledger as a job that an auditor starts from the audit page."""

from __future__ import annotations

from django.utils.translation import gettext as _

from xiangling.kernel import jobs, ledger, registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.models import Entry, Job
from xiangling.kernel.scope import unscoped

KIND = "verify"
EVERY = 500
SHOWN_BREAKS = 20


def start(actor: Actor) -> Job:
    """Queue a proof of every chain, case and seal."""
    return jobs.start(KIND, title=str(_("Proof of all chains")), actor=actor, params={})


def run(work: jobs.Run) -> None:
    """Job handler: prove everything; the counts and the first breaks stay with the job."""
    with unscoped("proof of the whole ledger"):
        total = Entry.objects.values("case_uid").distinct().count()
        held, breaks = 0, []
        for found in ledger.verify_all():
            if found is None:
                held += 1
            else:
                breaks.append(str(found))
            if (held + len(breaks)) % EVERY == 0:
                work.check_stop()
                work.advance(done=min(held + len(breaks), total), total=total)
    work.advance(
        done=total,
        total=total,
        counts={"held": held, "broken": len(breaks)},
        cursor={"breaks": breaks[:SHOWN_BREAKS]},
        message=_("%(held)d chains and seals hold, %(broken)d broken")
        % {"held": held, "broken": len(breaks)},
    )


registry.add("jobs", KIND, run)
