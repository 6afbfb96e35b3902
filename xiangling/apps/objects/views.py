"""Pages of the object register that the generic list cannot serve."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import segno
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from xiangling.kernel.actor import Actor
from xiangling.kernel.refusal import OutOfScope, Refused
from xiangling.web.access import actor_of, log_look

from . import actions, queries
from .forms import ObjectForm
from .models import SupervisedObject
from .page import ObjectPage, outline

Kind = SupervisedObject.Kind


def _reader(request: HttpRequest) -> Actor:
    """Who is asking, if their post sees objects. Raises OutOfScope."""
    actor = actor_of(request)
    if not actor.may("object.see"):
        raise OutOfScope
    return actor


def _editor(request: HttpRequest) -> Actor:
    actor = _reader(request)
    if not actor.may("object.edit"):
        raise Refused(
            "no_duty", _("Keeping the object register is not a duty of your post."), status=403
        )
    return actor


def show(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Everything about one object: who answers, what it runs, what was found there."""
    actor = _reader(request)
    row = queries.get_object(uid)
    log_look(request, "see", "object", row.uid, row.name)
    return render(request, "objects/object.html", {"object": ObjectPage(row, actor).context()})


def find(request: HttpRequest) -> JsonResponse:
    """Objects to pick from, as JSON: `q` the words or an identifier, `kind` one kind only."""
    _reader(request)
    words, kind = request.GET.get("q", "")[:100], request.GET.get("kind", "")
    rows = queries.find_objects(words, kind=kind if kind in Kind.values else "")
    return JsonResponse(
        {
            "objects": [
                {
                    "uid": str(row.uid),
                    "name": row.name,
                    "identifier": row.identifier,
                    "kind": row.kind,
                    "address": row.address,
                    "firm": row.parent.name if row.parent else row.name,
                }
                for row in rows
            ]
        }
    )


def create(request: HttpRequest) -> HttpResponse:
    """Register a firm, or with `?firm=` something that a firm runs (`kind`)."""
    actor = _editor(request)
    firm = _firm_of(request)
    kind = request.GET.get("kind", "")
    if firm is None:
        kind = Kind.FIRM
    elif kind not in Kind.values or kind == Kind.FIRM:
        kind = Kind.VENUE
    initial: dict[str, Any] = {"status": SupervisedObject.Status.ACTIVE}
    if firm is not None:
        initial |= {
            name: getattr(firm, name)
            for name in ("sector", "region", "address", "liable_name", "liable_phone")
        }
        if kind == Kind.EQUIPMENT:
            initial["sector"] = "special_equipment"
    form = ObjectForm(request.POST or None, actor=actor, kind=kind, initial=initial)
    if form.is_valid():
        try:
            row = actions.register_object(
                {"kind": kind, **form.cleaned_data}, actor=actor, firm=firm
            )
        except Refused as refusal:
            return _form(request, form, kind, firm=firm, refusal=refusal)
        return redirect(f"/objects/{row.uid}/")
    return _form(request, form, kind, firm=firm)


def edit(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Change an object's facts."""
    actor = _editor(request)
    row = queries.get_object(uid)
    log_look(request, "see", "object", row.uid, row.name)
    initial = {name: getattr(row, name) for name in ObjectForm.base_fields}
    form = ObjectForm(request.POST or None, actor=actor, kind=row.kind, initial=initial)
    if form.is_valid():
        try:
            actions.change_object(row, form.cleaned_data, actor=actor)
        except Refused as refusal:
            return _form(request, form, row.kind, row=row, refusal=refusal)
        return redirect(f"/objects/{row.uid}/")
    return _form(request, form, row.kind, row=row)


def label(request: HttpRequest, uid: UUID) -> HttpResponse:
    """A label to print and stick on the spot: name, number, place and a QR of the object's page."""
    _reader(request)
    row = queries.get_object(uid)
    log_look(request, "label", "object", row.uid, row.name)
    target = request.build_absolute_uri(f"/objects/{row.uid}/")
    drawing = segno.make(target, error="m").svg_inline(scale=4, border=2, omitsize=False)
    context = {"object": row, "address": target, "qr": mark_safe(drawing)}  # noqa: S308 - drawn here
    return render(request, "objects/label.html", context)


def _firm_of(request: HttpRequest) -> SupervisedObject | None:
    """The firm named in the address. Raises OutOfScope for one that is not there."""
    given = request.GET.get("firm", "")
    if not given:
        return None
    try:
        firm = queries.get_object(UUID(given))
    except ValueError:
        raise OutOfScope from None
    if not firm.is_firm:
        raise OutOfScope
    return firm


def _form(
    request: HttpRequest,
    form: ObjectForm,
    kind: str,
    *,
    row: SupervisedObject | None = None,
    firm: SupervisedObject | None = None,
    refusal: Refused | None = None,
) -> HttpResponse:
    """The form again, each refused fact with its sentence."""
    for name, words in (refusal.fields if refusal else {}).items():
        form.add_error(name if name in form.fields else None, str(words))
    home = row or firm
    kind_label = Kind(kind).label
    context = {
        "title": row.name if row else _("Register: %(kind)s") % {"kind": kind_label},
        "note": firm.name if firm else "",
        "form": form,
        "refusal": refusal,
        "cancel_url": f"/objects/{home.uid}/" if home else "/objects/",
        "draft": f"object-{row.uid if row else kind}",
        "map": {"pick": {"lat": "id_lat", "lng": "id_lng"}, **outline(home.region if home else "")},
    }
    return render(request, "objects/form.html", context, status=refusal.status if refusal else 200)
