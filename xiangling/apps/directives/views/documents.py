"""Taking a document in, and its page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from xiangling.apps.directives import actions, drafting, queries
from xiangling.apps.directives.actions.documents import FACTS, storage, stored_name
from xiangling.apps.directives.forms import CommonForm, DocumentForm, PlansForm, UploadForm
from xiangling.apps.directives.models import Document, Draft
from xiangling.apps.directives.page import DocumentPage
from xiangling.kernel import docket
from xiangling.kernel.refusal import OutOfScope, Refused
from xiangling.web.access import actor_of, log_look

from .doors import back_to, document_of, reader, say


def create(request: HttpRequest) -> HttpResponse:
    """Choose a file or paste a text; its reading goes on as a job."""
    actor = reader(request, "document.take")
    form = UploadForm(request.POST or None, request.FILES or None, actor=actor)
    refusal = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        upload = given["file"]
        data = upload.read() if upload else given["text"].replace("\r\n", "\n").encode()
        if known := actions.known_document(data, actor):
            messages.info(request, _("This document is here already: you are on its page."))
            return back_to(known)
        try:
            job = actions.take_in(
                data,
                str(upload.name) if upload else _("Pasted text"),
                actor=actor,
                media_type=str(upload.content_type or "") if upload else "text/plain",
                facts={name: given[name] for name in FACTS},
                implements=given["implements"],
                keep_anyway=given["keep_anyway"],
            )
        except Refused as found:
            refusal = found
            for name, words in found.fields.items():
                form.add_error(name, str(words))
        else:
            return redirect(f"/jobs/{job.uid}/")
    context = {
        "title": _("Take in a document"),
        "note": _(
            "The text is kept as it is. Tasks are proposed; nothing is sent before you confirm."
        ),
        "form": form,
        "refusal": refusal,
        "submit_label": _("Read it"),
        "cancel_url": "/documents/",
        "first": ["file", "text"],
    }
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "web/form.html", context, status=refusal.status if refusal else status)


def show(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The document on the left, its tasks on the right."""
    document, actor = document_of(request, uid)
    log_look(request, "see", "document", document.uid, document.title)
    page = DocumentPage(document, actor).context()
    common = CommonForm(actor=actor, initial={"checker": actor.unit})
    return render(request, "directives/document.html", {"document": page, "common": common})


def file(request: HttpRequest, uid: UUID) -> FileResponse:
    """The file as it was taken in."""
    document, _actor = document_of(request, uid)
    name = stored_name(document.digest)
    if not storage().exists(name):
        raise OutOfScope
    log_look(request, "export", "document", document.uid, document.title)
    found = storage().open(name)
    title = document.file_name or f"{document.title}.txt"
    return FileResponse(
        found, as_attachment=True, filename=title, content_type="application/octet-stream"
    )


def edit(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Correct title, date, speaker, medium and type."""
    document, actor = document_of(request, uid, to_work=True)
    initial = {name: getattr(document, name) for name in FACTS}
    form = DocumentForm(request.POST or None, initial=initial)
    if form.is_valid():
        actions.change_document(document, form.cleaned_data, actor=actor)
        return back_to(document)
    context = {"title": document.title, "form": form, "cancel_url": f"/documents/{uid}/"}
    return render(request, "web/form.html", context, status=422 if form.is_bound else 200)


def plans(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Ask lower units for a plan of their own under this document (R-006)."""
    document, actor = document_of(request, uid, to_work=True)
    units = list(queries.lower_units(document.unit)[: queries.MOST_UNITS])
    days = docket.limit_for("plan.own", document, queries.today()).amount
    initial: dict[str, Any] = {
        "units": list(document.addressees.values_list("pk", flat=True)),
        "due": document.plans_due_on or queries.today() + timedelta(days=days),
    }
    choices = [(unit.pk, unit.name) for unit in units]
    form = PlansForm(request.POST or None, initial=initial, units=choices)
    if form.is_valid():
        chosen = set(form.cleaned_data["units"])
        wanted = [unit for unit in units if unit.pk in chosen]
        actions.ask_for_plans(document, wanted, form.cleaned_data["due"], actor=actor)
        return back_to(document, "plans")
    context = {
        "title": _("Ask for plans of their own"),
        "note": document.title,
        "form": form,
        "cancel_url": f"/documents/{uid}/",
    }
    return render(request, "web/form.html", context, status=422 if form.is_bound else 200)


# --- acts on several proposals -------------------------------------------------------------------


def _marked(request: HttpRequest, document: Document) -> list[Draft]:
    """The marked proposals; all open ones when none is marked."""
    pks = [int(pk) for pk in request.POST.getlist("draft") if pk.isdecimal() and len(pk) < 12]
    rows = document.drafts.select_related("document__unit").filter(state=Draft.State.OPEN)
    return list(rows.filter(pk__in=pks) if pks else rows)


@require_POST
def common(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Give the marked (or all) open proposals the checker, due date or proof they lack."""
    document, actor = document_of(request, uid, to_work=True)
    form = CommonForm(request.POST, actor=actor)
    if not form.is_valid():
        faults = [f"{form[name].label}：{' '.join(map(str, e))}" for name, e in form.errors.items()]
        messages.error(request, " ".join(faults))
        return back_to(document, "tasks")
    n = actions.fill_common(_marked(request, document), form.cleaned_data, actor=actor)
    messages.success(request, _("Proposals completed: %(n)d.") % {"n": n})
    return back_to(document, "tasks")


@require_POST
def confirm(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Confirm the marked (or all) complete proposals; each that is refused says why."""
    document, actor = document_of(request, uid, to_work=True)
    n, refusals = 0, []
    for draft in _marked(request, document):
        if drafting.lacks(draft):
            continue
        try:
            n += len(actions.confirm_draft(draft, actor=actor))
        except Refused as refusal:
            refusals.append(f"{draft.order}. {refusal}")
    for words in refusals[:10]:
        messages.error(request, words)
    if n or not refusals:
        messages.success(request, _("Tasks assigned: %(n)d.") % {"n": n})
    return back_to(document, "tasks")


@require_POST
def join(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Make one proposal of the marked ones."""
    document, actor = document_of(request, uid, to_work=True)
    marked = _marked(request, document) if request.POST.getlist("draft") else []
    try:
        draft = actions.join_drafts(marked, actor=actor)
    except Refused as refusal:
        say(request, refusal)
        return back_to(document, "tasks")
    return back_to(document, f"draft-{draft.pk}")


def plan_list(request: HttpRequest) -> HttpResponse:
    """Plans under which lower units owe one of their own, and who has none (R-006)."""
    actor = actor_of(request)
    reader(request)
    rows = queries.documents_seen(actor).filter(plans_due_on__isnull=False)
    found = []
    for document in rows.select_related("unit").order_by("-plans_due_on", "-id")[:100]:
        lacking, due = queries.without_own_plan(document), document.plans_due_on
        found.append(
            {
                "row": document,
                "n_all": document.addressees.count(),
                "lacking": lacking,
                "is_late": bool(lacking) and due is not None and due < queries.today(),
            }
        )
    return render(request, "directives/plans.html", {"rows": found})
