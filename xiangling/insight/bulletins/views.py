"""Pages of bulletins: drafting one, wording it around its figures, and reading it once it is published."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from xiangling.documents import checking, composing
from xiangling.documents.catalogue import Asked
from xiangling.documents.loop import PAPER
from xiangling.documents.models import Paper
from xiangling.insight.duties import PUBLISH, SEE
from xiangling.insight.models import Bulletin
from xiangling.kernel.refusal import Refused
from xiangling.org.middleware import Seated
from xiangling.org.views.pages import for_duty, run_form
from xiangling.web import words

from . import actions, digits, lists, showing
from .forms import PeriodForm, WordsForm


@for_duty(PUBLISH)
def new(request: Seated) -> HttpResponse:
    """Draft a bulletin for a month or quarter of the reader's own area."""

    def act(given: dict[str, Any]) -> str:
        return actions.address_of(actions.draft(given["period"], actor=request.actor).paper)

    return run_form(
        request, PeriodForm, act, done=_("Drafted; every figure is bound to its rows."),
        title=_("Draft a bulletin"), submit_label=_("Draft"), cancel_url="/bulletins/",
        note=_("The figures are counted now and set into a first wording; then you make the words your own."),
    )  # fmt: skip


@for_duty(SEE)
def bulletin(request: Seated, uid: UUID) -> HttpResponse:
    """One bulletin: a draft to be worded by the office that makes it, else as it went out."""
    found = lists.find(uid, request.actor)
    if found.paper.state != "draft":
        return _published(request, found)
    if request.method == "POST":
        return _worked_on(request, found)
    return _draft(request, found, _form(found.paper))


# --- a draft ----------------------------------------------------------------------------------------


def _form(paper: Paper, data: Any = None) -> WordsForm:
    asked: dict[str, Asked] = {field.key: field for field, _needed in paper.paper_type.fields}
    initial = {
        key: asked[key].typed(paper.content.get(key))
        for key in WordsForm.base_fields
        if key in asked
    }
    return WordsForm(data, initial=initial, auto_id="words_%s")


def _worked_on(request: Seated, found: Bulletin) -> HttpResponse:
    """Keep the words, then do what was pressed. A refusal comes back with what was typed."""
    form = _form(found.paper, request.POST)
    if not form.is_valid():
        return _draft(request, found, form, status=422)
    act = request.POST.get("act", "save")
    try:
        answers = {name: form.cleaned_data[name] for name in form.fields}
        if _is_changed(found.paper, answers):
            actions.reword(found, answers, actor=request.actor)
        if act == "refresh":
            changed = actions.refresh(found, actor=request.actor)
            said = ngettext("%(n)d figure changed.", "%(n)d figures changed.", len(changed))
            messages.success(request, said % {"n": len(changed)})
        elif act == "publish":
            if _unread(request, found):
                return _draft(request, found, _form(found.paper), must_read=True, status=422)
            actions.publish(found, actor=request.actor)
            messages.success(
                request, _("Published as %(number)s.") % {"number": found.paper.number}
            )
        else:
            messages.success(request, _("The words are kept."))
    except Refused as refusal:
        if refusal.status == 404:
            raise
        for name, why in refusal.fields.items():
            form.add_error(name if name in form.fields else None, why)
        return _draft(request, found, form, refusal=refusal, status=refusal.status)
    return redirect(request.path)


def _is_changed(paper: Paper, answers: dict[str, Any]) -> bool:
    asked = {field.key: field for field, _needed in paper.paper_type.fields}
    return any(
        asked[name].kept(value) != (paper.content.get(name) or asked[name].kept(""))
        for name, value in answers.items()
    )


def _unread(request: Seated, found: Bulletin) -> bool:
    """Whether numbers were typed by hand that the person has not been shown."""
    shown = request.POST.get("typed_seen", "0")
    n = len(digits.typed(found.paper.content["body"], found.text))
    return n > (int(shown) if shown.isdecimal() and len(shown) < 6 else 0)


def _draft(
    request: Seated,
    found: Bulletin,
    form: forms.Form,
    *,
    refusal: Refused | None = None,
    must_read: bool = False,
    status: int = 200,
) -> HttpResponse:
    paper = found.paper
    content = {**paper.content, "body": form["body"].value() or ""}
    context: dict[str, Any] = {
        "bulletin": found,
        "paper": paper,
        "form": form,
        "period": actions.period_of(found).label(),
        "refusal": refusal,
        "must_read": must_read,
        "typed": digits.typed(content["body"], found.text),
        "pdf_url": f"/papers/{paper.uid}/pdf/",
        "docx_url": f"/papers/{paper.uid}/docx/",
    }
    moved: dict[str, list[str]] = {}
    try:
        moved = actions.differences(paper.content, actions.recounted(found, request.actor))
    except Refused as uncounted:
        context["uncounted"] = uncounted
    context |= {
        "lines": showing.lines(content, moved),
        "figures": showing.figures(content, moved),
        "moves": showing.moves(content, moved),
        "is_running": actions.is_running(found),
        "has_letterhead": composing.letterhead_of(paper) is not None,
    }
    return render(request, "insight/bulletins/draft.html", context, status=status)


# --- as it went out ---------------------------------------------------------------------------------


def _published(request: Seated, found: Bulletin) -> HttpResponse:
    paper = Paper._base_manager.select_related("issuer", "issued", "withdraws").get(
        pk=found.paper_id
    )
    kept = found.published
    content = {**paper.content, "figures": kept.figures, "tables": kept.tables}
    context: dict[str, Any] = {
        "bulletin": found,
        "paper": paper,
        "issued": paper.issued,
        "period": actions.period_of(found).label(),
        "at": words.long_moment(kept.published_at),
        "by": kept.published_by,
        "digest": kept.digest,
        "state": PAPER.states[paper.state].label,
        "newer": Paper._base_manager.filter(withdraws=paper, state="issued").first(),
        "holds": actions.is_whole(kept) and checking.holds(paper.issued),
        "has_files": request.actor.may("paper.see") and Paper.objects.filter(pk=paper.pk).exists(),
        "is_part": len(request.actor.scope.region) > len(found.region)
        or request.actor.scope.sectors is not None,
    }
    moved: dict[str, list[str]] = {}
    try:
        moved = actions.differences(content, actions.recounted(found, request.actor))
    except Refused as uncounted:
        context["uncounted"] = uncounted
    context |= {"lines": showing.lines(content, moved), "moves": showing.moves(content, moved)}
    return render(request, "insight/bulletins/published.html", context)
