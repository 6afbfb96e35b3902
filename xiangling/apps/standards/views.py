"""Pages of the criteria library that the generic lists cannot serve."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from xiangling.kernel import clock
from xiangling.kernel.actor import Actor
from xiangling.kernel.models import Edit
from xiangling.kernel.refusal import OutOfScope, Refused
from xiangling.web import marks, words
from xiangling.web.access import actor_of

from . import actions, queries
from .forms import EditionForm, ProvisionForm
from .library import cite
from .models import Edition, Provision


def _reader(request: HttpRequest) -> Actor:
    """Who is asking, if their post sees the library. Raises OutOfScope."""
    actor = actor_of(request)
    if not actor.may("standard.see"):
        raise OutOfScope
    return actor


def _status(row: Edition) -> marks.Chip:
    today = clock.local_date(clock.now())
    if row.begins_on > today:
        return marks.chip("state", "wait", _("Not yet in force"))
    if row.ends_on and row.ends_on < today:
        return marks.chip("state", "void", _("No longer in force"))
    return marks.chip("state", "doing", _("In force"))


def _edition_facts(row: Edition) -> list[dict[str, Any]]:
    later = queries.successors([row]).get(row.key)
    return [
        {"label": _("Document number"), "value": row.number},
        {"label": _("In force from"), "value": words.long_day(row.begins_on)},
        {"label": _("In force until"), "value": words.long_day(row.ends_on) if row.ends_on else _("open")},
        {"label": _("Text"), "value": _("held") if row.is_held else _("not held")},
        {
            "label": _("Superseded by"),
            "value": later.name if later else _("nothing so far"),
            "url": f"/standards/{later.key}/" if later else "",
        },
        {"label": _("Origin"), "value": _("delivered with the product") if row.is_from_pack else _("entered here")},
    ]  # fmt: skip


def _edits(row: Edition | Provision) -> list[dict[str, Any]]:
    rows = Edit.objects.filter(model=row._meta.label_lower, row_id=str(row.pk)).order_by("-id")
    labels = {
        column.name: getattr(column, "verbose_name", column.name) for column in row._meta.fields
    }
    return [
        {
            "at": words.short_moment(edit.at),
            "who": edit.actor_label,
            "what": [
                {
                    "label": labels.get(name, name),
                    "old": words.stored(old),
                    "new": words.stored(new),
                }
                for name, (old, new) in edit.changes.items()
            ],
        }
        for edit in rows[:20]
    ]


def edition(request: HttpRequest, key: str) -> HttpResponse:
    """One edition of a standard: its days, what is held, its provisions."""
    actor, row = _reader(request), queries.get_edition(key)
    provisions = [
        {
            "code": c.code,
            "article": cite(c.article, row.numbering),
            "text": c.text,
            "trade": c.trade,
        }
        for c in row.provisions.order_by("pk")
    ]
    context = {
        "row": row,
        "status": _status(row),
        "facts": _edition_facts(row),
        "provisions": provisions,
        "edits": _edits(row),
        "edit_url": f"/standards/{row.key}/edit/"
        if actor.may("standard.edit") and not row.is_from_pack
        else "",
        "import_url": "/import/criteria/" if actor.may("standard.import") else "",
    }
    return render(request, "standards/edition.html", context)


def clause(request: HttpRequest, code: str) -> HttpResponse:
    """One clause: our wording, what the judge looks for, its standard."""
    actor, row = _reader(request), queries.get_clause(code)
    looks = [
        (_("What it is about"), row.subject),
        (_("What is wrong with it"), row.defect),
        (pgettext("criterion", "Condition"), row.condition),
        (_("Exemptions"), row.exempt),
    ]
    context = {
        "row": row,
        "article": cite(row.article, row.edition.numbering),
        "status": _status(row.edition),
        "facts": _edition_facts(row.edition),
        "looks": [{"label": label, "words": found} for label, found in looks],
        "thresholds": [
            f"{one['fact']} {one['op']} {one['value']:g} {one['unit']}" for one in row.thresholds
        ],
        "edits": _edits(row),
        "edit_url": f"/criteria/{row.code}/edit/"
        if actor.may("standard.edit") and not row.is_from_pack
        else "",
    }
    return render(request, "standards/clause.html", context)


def edit_clause(request: HttpRequest, code: str) -> HttpResponse:
    """Change a clause that was entered here."""
    actor, row = _reader(request), queries.get_clause(code)
    actions.check_may_edit(actor)
    actions.refuse_pack_row(row)
    form = ProvisionForm(
        request.POST or None,
        initial={name: getattr(row, name) for name in ProvisionForm.base_fields},
    )
    return _edit(
        request,
        form,
        f"/criteria/{row.code}/",
        f"{row.code} {row.edition.title}",
        lambda: actions.change_clause(row, form.cleaned_data, actor=actor),
    )


def edit_edition(request: HttpRequest, key: str) -> HttpResponse:
    """Change an edition that was entered here."""
    actor, row = _reader(request), queries.get_edition(key)
    actions.check_may_edit(actor)
    actions.refuse_pack_row(row)
    form = EditionForm(
        request.POST or None, initial={name: getattr(row, name) for name in EditionForm.base_fields}
    )
    return _edit(
        request,
        form,
        f"/standards/{row.key}/",
        row.title,
        lambda: actions.change_edition(row, form.cleaned_data, actor=actor),
    )


def _edit(
    request: HttpRequest, form: Any, back: str, title: str, change: Callable[[], Any]
) -> HttpResponse:
    refusal = None
    if form.is_valid():
        try:
            change()
            return redirect(back)
        except Refused as found:
            refusal = found
            for name, said in found.fields.items():
                form.add_error(name if name in form.fields else None, str(said))
    context = {"title": title, "form": form, "refusal": refusal, "cancel_url": back}
    return render(request, "web/form.html", context, status=refusal.status if refusal else 200)
