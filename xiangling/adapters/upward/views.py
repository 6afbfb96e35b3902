"""The door for batches (signed, no session), and the pages about nodes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from xiangling.kernel.actor import Actor
from xiangling.kernel.refusal import Refused
from xiangling.org.queries import get_region
from xiangling.web import marks, words
from xiangling.web.access import actor_of, address_of

from . import lists, queries, taking, wire
from .duties import SEE
from .models import BatchRefusal, Node, TakenBatch

SHOWN = 20
_TONES = {
    queries.GOOD: ("state", "done"),
    queries.LATE: ("time", "late"),
    queries.REFUSED: ("time", "late"),
    queries.NEVER: ("state", "wait"),
    queries.ENDED: ("state", "void"),
}


@csrf_exempt
@login_not_required
@require_POST
def batches(request: HttpRequest) -> HttpResponse:
    """Take one batch of a node below: its signature is the only pass. Answers JSON, always."""
    number = request.headers.get(wire.NUMBER, "")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return _said(taking.Answer("bad_batch", f"{wire.NUMBER} is no number"))
    length = request.headers.get("Content-Length", "")
    if not length.isdigit() or int(length) > wire.MOST_SENT:
        return _said(taking.Answer("bad_batch", f"more than {wire.MOST_SENT // 2**20} MB"))
    return _said(
        taking.take(
            taking.Sent(
                node=request.headers.get(wire.NODE, "")[:24],
                number=int(number),
                signature=request.headers.get(wire.SIGNATURE, "")[:400],
                body=request.read(wire.MOST_SENT),
                address=address_of(request),
            )
        )
    )


def _said(answer: taking.Answer) -> JsonResponse:
    return JsonResponse(answer.said(), status=answer.status)


# --- pages --------------------------------------------------------------------------------------


def _reader(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if not actor.may(SEE):
        raise Refused(
            "no_duty",
            _("How nodes report is not open to your post."),
            todo=_(
                "Switch to the post that carries the duty, or ask the administrator of your unit."
            ),
            status=403,
        )
    return actor


def overview(request: HttpRequest) -> HttpResponse:
    """How this node reports upward, and how the nodes below report here."""
    actor = _reader(request)
    nodes = lists.nodes_of(actor).filter(ended_at__isnull=True)
    context = {
        "sending": _sending(),
        "rows": [_row(found) for found in nodes.order_by("due_at", "id")[:SHOWN]],
        "n_nodes": nodes.count(),
        "n_late": nodes.filter(queries.is_late()).count(),
        "n_refused": nodes.filter(queries.is_refused()).count(),
    }
    return render(request, "upward/overview.html", context)


def _sending() -> dict[str, Any] | None:
    told = queries.sending_state()
    if told is None:
        return None
    state, last, waiting = told["state"], told["last"], told["n_waiting"]
    return {
        "url": settings.UPPER_URL,
        "node": settings.NODE,
        "n_waiting": words.number(waiting),
        "last_number": words.number(last.number) if last else "",
        "last_at": words.long_moment(last.taken_at) if last else "",
        "tried_at": words.long_moment(state.tried_at) if state and state.tried_at else "",
        "next_at": words.long_moment(state.next_at) if state and state.next_at else "",
        "code": state.code if state else "",
        "reason": str(lists.REASONS.get(state.code, state.code)) if state else "",
        "detail": state.detail if state else "",
    }


def _row(node: Node) -> dict[str, Any]:
    standing = queries.standing(node)
    kind, tone = _TONES[standing]
    place = get_region(node.region)
    return {
        "uid": node.uid,
        "code": node.code,
        "name": node.name,
        "region": place.name if place else node.region,
        "chip": marks.chip(kind, tone, lists.STANDINGS[standing]),
        "last_at": words.long_moment(node.last_at) if node.last_at else "",
        "due_at": words.long_moment(node.due_at),
        "last_number": words.number(node.last_number),
        "n_entries": words.number(node.n_entries),
        "every_hours": node.every_hours,
        "ended": node.ended_reason,
        "is_refused": standing == queries.REFUSED,
        "is_late": standing == queries.LATE,
    }


def node(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One node: how it stands, its latest batches, what was refused."""
    actor = _reader(request)
    found = get_object_or_404(lists.nodes_of(actor), uid=uid)
    taken = TakenBatch.objects.filter(node=found).order_by("-number")[:SHOWN]
    refused = BatchRefusal.objects.filter(node=found).order_by("-at", "-id")[:SHOWN]
    context = {
        "node": _row(found),
        "batches": [
            {
                "number": words.number(batch.number),
                "taken_at": words.short_moment(batch.taken_at),
                "n_entries": words.number(batch.n_entries),
                "n_new": words.number(batch.n_new),
                "digest": batch.digest,
            }
            for batch in taken
        ],
        "refusals": [
            {
                "at": words.short_moment(row.at),
                "number": words.number(row.number),
                "reason": lists.REASONS.get(row.code, row.code),
                "detail": row.detail,
            }
            for row in refused
        ],
    }
    return render(request, "upward/node.html", context)
