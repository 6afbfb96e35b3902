"""One page for every list: the table, its fragment for htmx, and the workbook of exactly these rows."""

from __future__ import annotations

import tempfile
from typing import Any
from urllib.parse import quote, urlsplit

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import select_template
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from xiangling.kernel import clock, ledger
from xiangling.kernel.lists import List
from xiangling.kernel.models import SavedView
from xiangling.kernel.refusal import OutOfScope, Refused
from xiangling.kernel.sheets import write_xlsx
from xiangling.web import words
from xiangling.web.access import actor_of, address_of, check_list
from xiangling.web.listing import ListPage, sheet_rows
from xiangling.web.lists import list_of

MOST_EXPORTED = 100_000
MOST_SAVED = 30
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def show(
    request: HttpRequest, found: List, extra: dict[str, Any] | None = None
) -> HttpResponseBase:
    """The list page, its body alone for htmx, or the workbook for `?format=xlsx`."""
    actor = actor_of(request)
    check_list(found, actor)
    page = ListPage(found, actor, request.GET)
    if request.GET.get("format") == "xlsx":
        return export(request, page)
    context = {"page": page.context(), **(extra or {})}
    if request.headers.get("HX-Target") == "list-body":
        return render(request, "web/_table.html", context)
    template = select_template([f"web/lists/{found.key}.html", "web/list.html"])
    return HttpResponse(template.render(context, request))


def list_page(request: HttpRequest, found: List) -> HttpResponseBase:
    return show(request, found)


def export(request: HttpRequest, page: ListPage) -> FileResponse:
    """The workbook, written to disk row by row and streamed from there; kept in the access log."""
    found, actor = page.found, page.actor
    columns = [column for column in found.columns if column.is_exported]
    ledger.record_access(
        actor, "export", kind=found.key, detail=request.GET.urlencode(), address=address_of(request)
    )
    target = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115 - the answer closes it
    write_xlsx(
        target,
        [column.label for column in columns],
        _bounded(sheet_rows(found, actor, page.params)),
        title=found.title,
        text_columns=[str(column.label) for column in columns if column.is_code],
    )
    target.seek(0)
    today = words.long_day(clock.local_date(clock.now()))
    return FileResponse(
        target, as_attachment=True, filename=f"{found.title}-{today}.xlsx", content_type=XLSX
    )


def _bounded(rows: Any) -> Any:
    for number, row in enumerate(rows):
        if number >= MOST_EXPORTED:
            raise Refused(
                "export_large",
                _("The sheet was not made: it would have more than %(n)s rows.")
                % {"n": words.number(MOST_EXPORTED)},
                todo=_("Narrow the filters, for example to one district or one year."),
            )
        yield row


@require_POST
def save_view(request: HttpRequest, key: str) -> HttpResponse:
    """Keep a list's present filters under a name."""
    actor, found = actor_of(request), list_of(key)
    if found is None:
        raise OutOfScope
    check_list(found, actor)
    name = request.POST.get("name", "").strip()[:40]
    page = ListPage(found, actor, request.GET)
    query = _query_of(request.POST.get("address", ""))
    rows = SavedView.objects.filter(person=actor.person or 0, list_key=key)
    if not name:
        messages.error(request, _("The view was not saved: give it a name."))
    elif rows.count() >= MOST_SAVED and not rows.filter(name=name).exists():
        messages.error(
            request, _("The view was not saved: delete one of the %(n)d first.") % {"n": MOST_SAVED}
        )
    else:
        rows.update_or_create(
            person=actor.person or 0,
            list_key=key,
            name=name,
            defaults={"query": _without_page(query)},
        )
        messages.success(request, _("Saved as “%(name)s”.") % {"name": name})
    return redirect(f"{page.path}?{query}" if query else page.path)


def _query_of(address: str) -> str:
    try:
        return urlsplit(address).query
    except ValueError:
        return ""


def _without_page(query: str) -> str:
    kept = QueryDict(query[:2000], mutable=True)
    for name in ("after", "before", "format"):
        kept.pop(name, None)
    return str(kept.urlencode())


@require_POST
def delete_view(request: HttpRequest, pk: int) -> HttpResponse:
    row = SavedView.objects.filter(pk=pk, person=actor_of(request).person or 0).first()
    if row is None:
        raise OutOfScope
    row.delete()
    messages.success(request, _("“%(name)s” was deleted.") % {"name": row.name})
    return redirect(f"/{quote(row.list_key)}/")
