"""The judge beside the forms: asked while a finding is written or graded, answered as part of a page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from xiangling.apps.standards import queries as standards
from xiangling.kernel import forms, registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.refusal import OutOfScope, Refused
from xiangling.web.access import actor_of, find_case
from xiangling.web.picking import as_uid

from . import beside, suggestions
from .models import Grade, Hazard


def _case(request: HttpRequest, actor: Actor) -> Hazard | None:
    """The hazard being graded, in the reader's area. Raises OutOfScope."""
    given = request.POST.get("case", "")
    if not given:
        return None
    uid = as_uid(given)
    if uid is None:
        raise OutOfScope
    case = find_case(registry.kind("hazard"), uid, actor)
    assert isinstance(case, Hazard)
    return case


def _check_duty(actor: Actor) -> None:
    if not (actor.may("hazard.report") or actor.may("hazard.grade")):
        raise Refused(
            "no_duty", _("Reporting and grading hazards is not a duty of your post."), status=403
        )


@require_POST
def suggestion(request: HttpRequest) -> HttpResponse:
    """The panel anew, and out of band the fields that a tap has filled in.

    ``question`` with ``yes`` adds a fact; ``take`` cites the criterion of that id.
    """
    actor = actor_of(request)
    _check_duty(actor)
    case = _case(request, actor)
    answers: dict[str, Any] = dict(request.POST.items())
    filled: dict[str, str] = {}
    if question := answers.get("question", "")[:300]:
        facts = answers.get("facts", case.facts if case else "")
        filled["facts"] = suggestions.add_fact(facts, question, answers.get("yes") == "1")
    if case is not None and (wanted := answers.get("take", "")):
        filled |= _cited(wanted)
    panel = beside.suggestion(case, {**answers, **filled}, actor)
    context = {
        "beside": {"url": beside.URL, **panel},
        "fields": _fields(case, answers, filled, actor),
        "is_answer": True,
    }
    answer = render(request, "hazards/_suggestion.html", context)
    if filled:
        answer["HX-Trigger-After-Settle"] = "filled"
    return answer


def _cited(criterion: str) -> dict[str, str]:
    """Grade, standard and article of a criterion. Raises OutOfScope for one that is not there."""
    library = standards.library()
    if criterion not in library.by_id:
        raise OutOfScope
    return {
        "grade": Grade.MAJOR.value,
        "standard": library.standard_of(criterion).name[:80],
        "article": library.cite(criterion)[:40],
    }


def _fields(
    case: Hazard | None, answers: dict[str, Any], filled: dict[str, str], actor: Actor
) -> list[SafeString]:
    """The form's own controls with what was filled in, to take the place of those on the page."""
    kind = registry.kind("hazard")
    asked = kind.loop.steps["grade"].fields if case is not None else kind.intake.fields  # type: ignore[union-attr]
    made = forms.form_class([f for f in asked if f.name in filled], case, actor)
    form = made(initial={**answers, **filled})
    return [form[name].as_widget(attrs={"hx-swap-oob": "true"}) for name in form.fields]


@require_POST
def clauses(request: HttpRequest) -> HttpResponse:
    """Clauses of the library that hold the words typed in the panel."""
    actor = actor_of(request)
    _check_duty(actor)
    words = request.POST.get("clause_words", "")[:100]
    context = {"beside": {"url": beside.URL}, "rows": beside.search_clauses(words), "words": words}
    return render(request, "hazards/_clauses.html", context)
