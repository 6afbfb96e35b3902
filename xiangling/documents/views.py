"""Pages of papers: their files, the letterhead they go out under, and the page anybody may check one on."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from xiangling.kernel import ledger
from xiangling.kernel.refusal import OutOfScope
from xiangling.org.forms import OrgForm
from xiangling.org.middleware import Seated
from xiangling.org.views.pages import for_duty, run_form

from . import actions, checking, papers
from .models import Letterhead, Paper

MEDIA = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@require_safe
def file(request: Seated, uid: UUID, form: str) -> HttpResponse:
    """A paper as PDF or DOCX: the bytes as issued, or a draft as it stands now."""
    rows = Paper.objects.select_related("issuer", "issued")
    paper = rows.filter(uid=uid).first() if request.actor.may("paper.see") else None
    if paper is None:
        raise OutOfScope
    content = papers.content_of(paper, form)
    ledger.record_access(
        request.actor,
        "original",
        kind="paper",
        uid=paper.uid,
        detail=f"{paper} {form}",
        address=str(request.META.get("REMOTE_ADDR", "")),
    )
    is_shown = form == "pdf" and "inline" in request.GET
    answer = HttpResponse(content, content_type=MEDIA[form])
    name = f"{paper.paper_type.name} {paper}.{form}"
    answer.headers["Content-Disposition"] = content_disposition_header(not is_shown, name) or ""
    answer.headers["Cache-Control"] = "no-store"
    return answer


class LetterheadForm(OrgForm):
    """What a body's papers carry."""

    word = forms.CharField(
        label=_("Word in numbers"),
        max_length=20,
        help_text=_("What numbers begin with; Chinese characters, letters and brackets only."),
    )
    mark = forms.CharField(
        label=_("Issuing mark"),
        max_length=40,
        help_text=_("The name in red at the head: the body's full or usual name."),
    )
    contact = forms.CharField(label=_("Contact"), max_length=40, required=False)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    review_body = forms.CharField(
        label=_("Body of administrative review"), max_length=100, required=False
    )
    court = forms.CharField(label=_("Court"), max_length=100, required=False)


@for_duty("paper.letterhead")
def letterhead(request: Seated) -> HttpResponse:
    """The letterhead of one's own body."""
    unit = request.actor.unit
    row = Letterhead.objects.filter(unit=unit).first() if unit else None
    names = list(LetterheadForm.base_fields)
    return run_form(
        request,
        LetterheadForm,
        lambda answers: _keep(request, answers),
        done=_("The letterhead is saved; papers issued from now on carry it."),
        initial={name: getattr(row, name) for name in names}
        if row
        else {"mark": request.actor.unit_name},
        title=_("Letterhead"),
        note=request.actor.unit_name,
        cancel_url="/papers/",
    )


def _keep(request: Seated, answers: dict[str, Any]) -> str:
    actions.keep_letterhead(answers, actor=request.actor)
    return "/papers/"


@require_safe
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """What anybody may know of a paper in their hand: its number, body, date, hashes and whether it stands."""
    found = checking.check(token)
    if found is None:
        raise Http404
    answer = render(request, "documents/verify.html", {"paper": found})
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


verify.login_required = False  # type: ignore[attr-defined]
