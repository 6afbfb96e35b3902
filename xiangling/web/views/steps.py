"""One page for every step of every loop: the form, the refusal that teaches, the way back to the record."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from xiangling.kernel import engine, ledger, wording
from xiangling.kernel.loop import BACK, Step
from xiangling.kernel.models import Case
from xiangling.kernel.proof import ROLE_LABELS
from xiangling.kernel.refusal import OutOfScope, Refused
from xiangling.kernel.registry import Kind, shelf
from xiangling.web import evidence, marks
from xiangling.web.access import actor_of, find_case
from xiangling.web.answering import Answer
from xiangling.web.obstacles import obstacle
from xiangling.web.record import address


def step(request: HttpRequest, kind: Kind, uid: UUID, step: str) -> HttpResponse:
    """GET asks, POST moves. A refusal comes back with everything typed and uploaded still there."""
    actor = actor_of(request)
    case = find_case(kind, uid, actor)
    taken = kind.loop.steps.get(step)
    if taken is None:
        raise OutOfScope
    rule = taken.proof if taken.proof and taken.proof.applies(case) else None
    answer = Answer(request, taken.fields_for(case), rule, case, actor)
    if not answer.is_given:
        if stands := obstacle(case, kind.loop, taken, actor, ledger.timeline(case)):
            raise stands
        return _page(answer, kind, case, taken)
    answer.read()
    seen = request.POST.get("version", "")
    try:
        if answer.upload_refusal:
            raise answer.upload_refusal
        engine.move(
            case,
            taken.name,
            actor=actor,
            data=answer.data(),
            proofs=answer.proofs,
            version=int(seen) if seen.isdecimal() and len(seen) < 10 else None,
            uid=answer.request_uid(),
        )
    except OutOfScope:
        raise
    except Refused as refusal:
        case.refresh_from_db()
        return _page(answer, kind, case, taken, refusal)
    return _done(request, kind, case, taken)


def draft_key(kind: Kind, case: Case, step: Step) -> str:
    """Under which key the browser keeps what is typed; one word, because accepted keys come as a list."""
    return f"{kind.key}-{case.code}-{step.name}"


def _done(request: HttpRequest, kind: Kind, case: Case, step: Step) -> HttpResponse:
    state = kind.loop.states[case.state].label
    messages.success(
        request,
        _("“%(step)s” is recorded. The record is now in “%(state)s”.")
        % {"step": step.label, "state": state},
    )
    messages.info(request, draft_key(kind, case, step), extra_tags="drafts-done")
    target = address(kind, case)
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": target})
    return redirect(target)


def _page(
    answer: Answer, kind: Kind, case: Case, step: Step, refusal: Refused | None = None
) -> HttpResponse:
    form = answer.form(refusal)
    # What is wrong with the fields stands beside them and in the list above; the panel is for rules.
    panel = refusal if refusal and refusal.code != "invalid" else None
    context = {
        "beside": answer.beside(step.beside),
        "step": {
            "title": step.label,
            "label": step.label,
            "danger": step.is_dangerous,
            "record": {
                "code": case.code,
                "title": case.title(),
                "url": address(kind, case),
                "grade": marks.grade_chip(kind, kind.mark(case)),
                "state": marks.state_chip(kind.loop, case.state),
            },
            "form": form,
            "first": _shown_first(form),
            "photo_fields": answer.photo_fields(),
            "request_uid": answer.request_uid(),
            "version": case.version,
            "refusal": panel,
            "rule": _needs(kind, case, step),
            "after": _what_follows(kind, case, step),
            "draft": draft_key(kind, case, step),
        },
    }
    return render(
        answer.request, "web/step.html", context, status=refusal.status if refusal else 200
    )


def _shown_first(form: Any) -> list[str]:
    """Everything but the optional papers, which unfold."""
    paper = evidence.name_of(evidence.PAPER)
    return [name for name, field in form.fields.items() if name != paper or field.required]


def _needs(kind: Kind, case: Case, step: Step) -> list[str]:
    """What the step asks for, and the law behind it."""
    lines = []
    if step.proof and step.proof.applies(case):
        for role, least in step.proof.roles.items():
            if least:
                lines.append(
                    _("%(role)s: at least %(n)d") % {"role": ROLE_LABELS[role], "n": least}
                )
        lines.append(_("New photos, taken on the spot; a picture used before is refused."))
    if step.not_by:
        earlier = [kind.loop.steps[name].label for name in step.not_by if name in kind.loop.steps]
        if earlier:
            lines.append(
                _("Not by the person who took: %(steps)s.") % {"steps": wording.listed(earlier)}
            )
    if step.law:
        lines.append(_("Ground: %(law)s") % {"law": step.law})
    return lines


def _what_follows(kind: Kind, case: Case, step: Step) -> str:
    """The state after the step and whose turn it will be."""
    if step.target == BACK:
        return _("The record goes back to the stage it came from.")
    state = kind.loop.states[case.state if step.target == "=" else step.target]
    if step.target == "=":
        return _("It is recorded; the record stays in “%(state)s”.") % {"state": state.label}
    if state.is_final:
        return _("The record ends in “%(state)s”.") % {"state": state.label}
    duty = shelf("duties").get(state.turn_of(case))
    return _("The record goes to “%(state)s”; the next move is “%(duty)s”.") % {
        "state": state.label,
        "duty": duty.label if duty else "",
    }
