"""One proposed task: complete it, confirm it, split it, drop it; and clauses that become one."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from xiangling.apps.directives import actions, drafting, queries
from xiangling.apps.directives.forms import DraftForm, DropForm, SplitForm
from xiangling.apps.directives.models import Clause, Draft
from xiangling.kernel.actor import Actor
from xiangling.kernel.refusal import OutOfScope, Refused

from .doors import back_to, document_of, draft_of, say


def edit(request: HttpRequest, uid: UUID, pk: int) -> HttpResponse:
    """The form of a proposal: saved as it is, saved and confirmed, or with a named group ticked."""
    draft, actor = draft_of(request, uid, pk)
    if draft.state != Draft.State.OPEN:
        return back_to(draft.document, f"draft-{pk}")
    form = DraftForm(
        request.POST or None, draft=draft, actor=actor, initial=DraftForm.initial_of(draft)
    )
    refusal = None
    if form.is_valid():
        draft = actions.change_draft(draft, form.values(), actor=actor)
        group = request.POST.get("take", "")
        if group.isdecimal():
            _take_group(draft, int(group), actor)
            return redirect(request.path)
        if "confirm" not in request.POST:
            return back_to(draft.document, f"draft-{pk}")
        try:
            tasks = actions.confirm_draft(draft, actor=actor)
        except Refused as found:
            refusal = found
            renamed = {"unit": "doers"}
            for name, words in found.fields.items():
                place = renamed.get(name, name)
                form.add_error(place if place in form.fields else None, str(words))
        else:
            messages.success(request, _("Tasks assigned: %(n)d.") % {"n": len(tasks)})
            return back_to(draft.document, f"draft-{pk}")
    context = {
        "title": _("Proposal %(n)d") % {"n": draft.order},
        "proposal": draft,
        "document": draft.document,
        "form": form,
        "refusal": refusal,
        "groups_named": _groups(draft),
        "owners": draft.owners,
        "cancel_url": f"/documents/{uid}/#draft-{pk}",
        "lacking": [drafting.NEEDED[name] for name in drafting.lacks(draft)],
    }
    status = 422 if refusal or (form.is_bound and form.errors) else 200
    return render(request, "directives/draft.html", context, status=status)


def _groups(draft: Draft) -> list[dict[str, object]]:
    return [
        {"index": index, "name": owner["name"], "n": len(owner["units"])}
        for index, owner in enumerate(draft.owners)
        if owner["is_group"] and owner["units"]
    ]


def _take_group(draft: Draft, index: int, actor: Actor) -> None:
    """Tick the units of a group that the text names; they are shown and can be unticked."""
    if index >= len(draft.owners):
        return
    near = set(queries.doer_units(actor).values_list("pk", flat=True))
    wanted = [pk for pk in draft.owners[index]["units"] if pk in near]
    doers = list(dict.fromkeys([*draft.doers, *wanted]))
    actions.change_draft(draft, {"doers": doers}, actor=actor)


@require_POST
def confirm(request: HttpRequest, uid: UUID, pk: int) -> HttpResponse:
    """Confirm as it stands; what is missing sends to the form."""
    draft, actor = draft_of(request, uid, pk)
    try:
        tasks = actions.confirm_draft(draft, actor=actor)
    except Refused as refusal:
        say(request, refusal)
        if refusal.status == 422:
            return redirect(f"/documents/{uid}/drafts/{pk}/")
    else:
        messages.success(request, _("Tasks assigned: %(n)d.") % {"n": len(tasks)})
    return back_to(draft.document, f"draft-{pk}")


def drop(request: HttpRequest, uid: UUID, pk: int) -> HttpResponse:
    """Say why a proposal is no task."""
    draft, actor = draft_of(request, uid, pk)
    form = DropForm(request.POST or None)
    if form.is_valid():
        try:
            actions.drop_draft(draft, form.cleaned_data["reason"], actor=actor)
        except Refused as refusal:
            say(request, refusal)
        return back_to(draft.document, "tasks")
    return _ask(request, draft, form, _("Drop the proposal"), danger=True)


@require_POST
def restore(request: HttpRequest, uid: UUID, pk: int) -> HttpResponse:
    draft, actor = draft_of(request, uid, pk)
    actions.restore_draft(draft, actor=actor)
    return back_to(draft.document, f"draft-{pk}")


def split(request: HttpRequest, uid: UUID, pk: int) -> HttpResponse:
    """Write each task on a line of its own."""
    draft, actor = draft_of(request, uid, pk)
    initial = {"lines": draft.what.replace("；", "\n")}
    form = SplitForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            made = actions.split_draft(draft, form.cleaned_data["lines"].splitlines(), actor=actor)
        except Refused as refusal:
            for name, words in refusal.fields.items():
                form.add_error(name, str(words))
            if not refusal.fields:
                say(request, refusal)
                return back_to(draft.document, f"draft-{pk}")
        else:
            messages.success(request, _("Proposals made of one: %(n)d.") % {"n": len(made)})
            return back_to(draft.document, f"draft-{pk}")
    return _ask(request, draft, form, _("Split the proposal"))


def _ask(
    request: HttpRequest, draft: Draft, form: forms.Form, title: str, *, danger: bool = False
) -> HttpResponse:
    context = {
        "title": title,
        "note": draft.what,
        "form": form,
        "submit_label": title,
        "danger": danger,
        "cancel_url": f"/documents/{draft.document.uid}/#draft-{draft.pk}",
    }
    status = 422 if form.is_bound else 200
    return render(request, "web/form.html", context, status=status)


# --- clauses and repairs -------------------------------------------------------------------------


def _clause(request: HttpRequest, uid: UUID, number: int) -> tuple[Clause, Actor]:
    document, actor = document_of(request, uid, to_work=True)
    clause = document.clauses.select_related("document__unit").filter(number=number).first()
    if clause is None:
        raise OutOfScope
    return clause, actor


@require_POST
def from_clause(request: HttpRequest, uid: UUID, number: int) -> HttpResponse:
    """Turn an unmapped clause into a proposal and open its form."""
    clause, actor = _clause(request, uid, number)
    draft = actions.draft_from_clause(clause, actor=actor)
    return redirect(f"/documents/{uid}/drafts/{draft.pk}/")


@require_POST
def aside(request: HttpRequest, uid: UUID, number: int) -> HttpResponse:
    """Set an unmapped clause aside, or back."""
    clause, actor = _clause(request, uid, number)
    actions.set_aside(clause, is_aside=not clause.is_set_aside, actor=actor)
    return back_to(clause.document, "unmapped")


@require_POST
def repair(request: HttpRequest, uid: UUID, pk: int) -> HttpResponse:
    """Accept or refuse an offered repair."""
    document, actor = document_of(request, uid, to_work=True)
    row = document.repairs.select_related("document__unit").filter(pk=pk).first()
    if row is None:
        raise OutOfScope
    actions.decide_repair(row, accept=request.POST.get("accept") == "1", actor=actor)
    return back_to(document, "repairs")
