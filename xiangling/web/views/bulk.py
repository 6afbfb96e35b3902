"""The page between marking rows and moving them."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from xiangling.kernel import forms as kernel_forms
from xiangling.kernel.lists import List
from xiangling.kernel.loop import Step
from xiangling.kernel.refusal import OutOfScope
from xiangling.kernel.registry import Kind
from xiangling.web import bulk, marks, words
from xiangling.web.access import actor_of, check_list, kind_of_list
from xiangling.web.record import address


@require_POST
def bulk_step(request: HttpRequest, found: List, step: str) -> HttpResponse:
    """First the answers and who would be refused; then, confirmed, the step itself for the rest."""
    actor, kind = actor_of(request), kind_of_list(found)
    check_list(found, actor)
    taken = (
        next((s for s in bulk.steps_for_many(kind, actor) if s.name == step), None)
        if kind
        else None
    )
    if kind is None or taken is None:
        raise OutOfScope
    cases = bulk.cases_of(kind, request.POST.getlist("uid"))
    if not cases:
        messages.warning(request, _("No row was marked."))
        return redirect(f"/{found.key}/")
    form_class = kernel_forms.form_class(taken.fields, None, actor)
    is_answered = "answered" in request.POST
    form = form_class(data=request.POST if is_answered or not taken.fields else None)
    data = {name: request.POST[name] for name in form.fields if name in request.POST}
    if is_answered and form.is_valid() and request.POST.get("go"):
        return _go(request, kind, taken, cases, data)
    outcomes = bulk.try_out(cases, taken, actor, data) if form.is_bound and form.is_valid() else []
    return render(
        request, "web/bulk.html", _context(request, found, kind, taken, cases, form, outcomes)
    )


def _go(
    request: HttpRequest, kind: Kind, step: Step, cases: list[Any], data: dict[str, Any]
) -> HttpResponse:
    try:
        request_uid = UUID(request.POST.get("request_uid", ""))
    except ValueError:
        request_uid = uuid4()
    outcomes = bulk.take(cases, step, actor_of(request), data, request_uid)
    refused = [outcome for outcome in outcomes if outcome.refusal]
    done = len(outcomes) - len(refused)
    if done:
        messages.success(
            request,
            ngettext(
                "“%(step)s” is recorded for %(n)s record.",
                "“%(step)s” is recorded for %(n)s records.",
                done,
            )
            % {"step": step.label, "n": words.number(done)},
        )
    for outcome in refused[:5]:
        messages.warning(request, f"{outcome.case.code} {outcome.refusal}")
    return redirect(f"/{kind.plural}/")


def _context(
    request: HttpRequest,
    found: List,
    kind: Kind,
    step: Step,
    cases: list[Any],
    form: Any,
    outcomes: list[Any],
) -> dict[str, Any]:
    refused = {outcome.case.uid: outcome.refusal for outcome in outcomes if outcome.refusal}
    willing = len(outcomes) - len(refused)
    rows = [
        {
            "uid": case.uid,
            "code": case.code,
            "title": case.title(),
            "url": address(kind, case),
            "state": marks.state_chip(kind.loop, case.state),
            "refusal": refused.get(case.uid),
        }
        for case in cases
    ]
    return {
        "title": ngettext("%(step)s: %(n)s record", "%(step)s: %(n)s records", len(cases))
        % {"step": step.label, "n": words.number(len(cases))},
        "step": step,
        "form": form,
        "rows": rows,
        "is_tried": bool(outcomes),
        "n_willing": willing,
        "n_refused": len(refused),
        "go_label": ngettext("%(step)s for %(n)s record", "%(step)s for %(n)s records", willing)
        % {"step": step.label, "n": words.number(willing)},
        "cancel_url": f"/{found.key}/",
        "request_uid": request.POST.get("request_uid") or uuid4(),
    }
