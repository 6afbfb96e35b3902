"""The audit page: is the chain whole, who saw what, what was refused, what was changed."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from xiangling.kernel.models import Job, Seal
from xiangling.kernel.refusal import Refused
from xiangling.web import proving, tray, words
from xiangling.web.access import actor_of
from xiangling.web.lists import AUDIT_LISTS

SHOWN_SEALS = 8


def _check(request: HttpRequest) -> None:
    if not actor_of(request).may("audit.see"):
        raise Refused(
            "no_duty",
            _("The audit trail is not open to your post."),
            todo=_(
                "Switch to the post that carries the duty, or ask the administrator of your unit."
            ),
            status=403,
        )


def audit(request: HttpRequest) -> HttpResponse:
    """Chain status, the latest seals, and the ways into the four trails."""
    _check(request)
    seals = Seal.objects.order_by("-day")[:SHOWN_SEALS]
    context = {
        "lists": [{"label": found.title, "url": f"/{found.key}/"} for found in AUDIT_LISTS],
        "proof": _last_proof(),
        "seals": [
            {
                "day": words.long_day(seal.day),
                "n_entries": words.number(seal.n_entries),
                "root": seal.root,
                "hash": seal.hash,
            }
            for seal in seals
        ],
    }
    return render(request, "web/audit.html", context)


def _last_proof() -> dict[str, Any] | None:
    """The latest proof of the whole ledger, whoever asked for it."""
    job = Job.objects.filter(kind=proving.KIND).order_by("-id").first()
    if job is None:
        return None
    is_done = job.state == Job.State.DONE
    return {
        "is_done": is_done,
        "holds": is_done and not job.counts.get("broken"),
        "at": words.long_moment(job.finished_at or job.created_at),
        "line": job.message or tray.line_of(job),
        "breaks": job.cursor.get("breaks", []) if is_done else [],
        "is_running": job.state in tray.ACTIVE,
    }


@require_POST
def prove(request: HttpRequest) -> HttpResponse:
    """Start a proof of everything, unless one is already under way."""
    _check(request)
    if not Job.objects.filter(kind=proving.KIND, state__in=tray.ACTIVE).exists():
        proving.start(actor_of(request))
    return redirect("/audit/")
