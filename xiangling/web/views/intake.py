"""Opening a case: the short form, the look-alikes a person must answer, never a silent merge."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from xiangling.kernel import engine
from xiangling.kernel import intake as kernel_intake
from xiangling.kernel.actor import Actor
from xiangling.kernel.models import Case
from xiangling.kernel.refusal import OutOfScope, Refused
from xiangling.kernel.registry import Intake, Kind
from xiangling.web import evidence, marks, picking
from xiangling.web.access import actor_of, find_case
from xiangling.web.answering import Answer
from xiangling.web.record import address

SAME_STEP = "add_source"
"""The step, where a loop has it, by which a second report joins a case that is already open."""


def intake(request: HttpRequest, kind: Kind) -> HttpResponse:
    """The form that opens a case of a kind."""
    actor = actor_of(request)
    asked = kind.intake
    if asked is None:
        raise OutOfScope
    engine.check_may_open(kind, actor)
    answer = Answer(request, list(asked.fields), asked.proof, None, actor)
    if not answer.is_given:
        return _page(answer, kind, asked)
    answer.read()
    try:
        if answer.upload_refusal:
            raise answer.upload_refusal
        return _take(answer, kind, asked)
    except Refused as refusal:
        return _page(answer, kind, asked, _beside_object(refusal, asked))


_SHOWN_ANYWAY = ("text", "long", "unit", "case")
"""Kinds of field that are never folded away for being optional: words, and who or what it is about."""


def _beside_object(refusal: Refused, asked: Intake) -> Refused:
    """An object that is not the actor's is said beside the field that names it."""
    picks = [field.name for field in asked.fields if field.kind == "case"]
    if isinstance(refusal, OutOfScope) and picks:
        refusal.fields = {picks[0]: str(refusal.what)}
    return refusal


def _take(answer: Answer, kind: Kind, asked: Intake) -> HttpResponse:
    request, actor = answer.request, answer.actor
    data = kernel_intake.clean(asked, answer.data(), actor)
    if same := request.POST.get("same", ""):
        return _join(answer, kind, data, same)
    if request.POST.get("answer") != "new" and asked.suggest:
        already_open = kind.model._base_manager.filter(uid=answer.request_uid()).exists()
        alike = [] if already_open else list(asked.suggest(data, actor))
        if alike:
            return _page(answer, kind, asked, alike=alike)
    case = kernel_intake.take_in(
        kind, answer.data(), actor=actor, proofs=answer.proofs, uid=answer.request_uid()
    )
    messages.success(request, _("Recorded as %(code)s.") % {"code": case.code})
    messages.info(request, f"{kind.key}-new", extra_tags="drafts-done")
    return redirect(address(kind, case))


def _join(answer: Answer, kind: Kind, data: dict[str, Any], same: str) -> HttpResponse:
    """The person says it is the same matter: their report becomes one more source of it."""
    uid = picking.as_uid(same)
    joining = kind.loop.steps.get(SAME_STEP)
    if uid is None or joining is None:
        raise OutOfScope
    case = find_case(kind, uid, answer.actor)
    wanted = {field.name for field in joining.fields}
    engine.move(
        case,
        SAME_STEP,
        actor=answer.actor,
        data={name: value for name, value in data.items() if name in wanted},
        proofs=answer.proofs,
        uid=engine.request_uid(answer.request_uid()),
    )
    messages.success(
        answer.request,
        _("Your report was added to %(code)s as a further source.") % {"code": case.code},
    )
    messages.info(answer.request, f"{kind.key}-new", extra_tags="drafts-done")
    return redirect(address(kind, case))


def _page(
    answer: Answer,
    kind: Kind,
    asked: Intake,
    refusal: Refused | None = None,
    alike: list[Case] | None = None,
) -> HttpResponse:
    form = answer.form(refusal)
    paper = evidence.name_of(evidence.PAPER)
    folded = {
        field.name
        for field in asked.fields
        if field.initial is not None or not (field.required or field.kind in _SHOWN_ANYWAY)
    }
    picks = [field.name for field in asked.fields if field.kind == "case"]
    form.order_fields([evidence.KEPT, *picks, *answer.photo_fields()])
    first = [name for name in form.fields if name != paper and name not in folded]
    context = {
        "title": asked.label,
        "form": form,
        "submit_label": asked.label,
        "cancel_url": f"/{kind.plural}/",
        "draft": f"{kind.key}-new",
        "request_uid": answer.request_uid(),
        "refusal": refusal if refusal and refusal.code not in {"invalid", "not_found"} else None,
        "first": first,
        "photo_fields": answer.photo_fields(),
        "beside": answer.beside(asked.beside),
        "alike": [_alike(kind, case, answer.actor) for case in alike or ()],
        "can_join": SAME_STEP in kind.loop.steps,
    }
    return render(
        answer.request, "web/intake.html", context, status=refusal.status if refusal else 200
    )


def _alike(kind: Kind, case: Case, actor: Actor) -> dict[str, Any]:
    uid: UUID = case.uid
    return {
        "uid": uid,
        "code": case.code,
        "title": case.title(),
        "url": address(kind, case),
        "grade": marks.grade_chip(kind, kind.mark(case)),
        "state": marks.state_chip(kind.loop, case.state),
        "time": marks.DueWords().chip(case.due_at),
    }
