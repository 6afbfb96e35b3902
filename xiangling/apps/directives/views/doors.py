"""Who gets in, and how a refusal comes back."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from xiangling.apps.directives import actions, queries
from xiangling.apps.directives.models import Document, Draft
from xiangling.kernel.actor import Actor
from xiangling.kernel.refusal import OutOfScope, Refused
from xiangling.web.access import actor_of


def reader(request: HttpRequest, duty: str = "document.see") -> Actor:
    """Who is asking, if their post has the duty. Raises Refused (403)."""
    actor = actor_of(request)
    if not actor.may(duty):
        raise Refused(
            "no_duty",
            _("This page is not open to your post."),
            todo=_(
                "Switch to the post that carries the duty, or ask the administrator of your unit."
            ),
            status=403,
        )
    return actor


def document_of(
    request: HttpRequest, uid: UUID, *, to_work: bool = False
) -> tuple[Document, Actor]:
    """A document the actor may see; `to_work` asks that their unit took it in. Raises OutOfScope, Refused."""
    actor = reader(request)
    rows = queries.documents_seen(actor).select_related("unit", "implements")
    document = rows.filter(uid=uid).first()
    if document is None:
        raise OutOfScope
    if to_work:
        actions.check_taker(actor, document)
    return document, actor


def draft_of(request: HttpRequest, uid: UUID, pk: int) -> tuple[Draft, Actor]:
    """A proposal of a document the actor's unit took in."""
    document, actor = document_of(request, uid, to_work=True)
    draft = document.drafts.select_related("document__unit", "checker").filter(pk=pk).first()
    if draft is None:
        raise OutOfScope
    return draft, actor


def back_to(document: Document, anchor: str = "") -> HttpResponse:
    return redirect(f"/documents/{document.uid}/{f'#{anchor}' if anchor else ''}")


def say(request: HttpRequest, refusal: Refused) -> None:
    """A refusal of a small act, as a message on the page it returns to."""
    messages.error(request, str(refusal))
