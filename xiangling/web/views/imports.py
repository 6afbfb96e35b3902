"""Drop a sheet, see what was understood, start it. The rows themselves go in as a job."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from xiangling.kernel import clock, imports, jobs, registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.imports import Importer, SheetError
from xiangling.kernel.models import Job
from xiangling.kernel.refusal import OutOfScope, Refused
from xiangling.kernel.sheets import Sheet, match_columns, missing_columns, open_sheet
from xiangling.web import tray, words
from xiangling.web.access import actor_of
from xiangling.web.views.lists import XLSX

LOOKED_AT = 200
"""Rows tried and undone before the person confirms."""
SHOWN_ERRORS = 10
_SALT = "xiangling.import"
_KEPT_FOR = 24 * 3600


def _importer(request: HttpRequest, key: str) -> Importer:
    found: Importer | None = registry.shelf("importers").get(key)
    if found is None:
        raise OutOfScope
    if not actor_of(request).may(found.duty):
        raise Refused(
            "no_duty",
            _("Importing “%(what)s” is not a duty of your post.") % {"what": found.label},
            todo=_(
                "Switch to the post that carries the duty, or ask the administrator of your unit."
            ),
            status=403,
        )
    return found


def import_page(request: HttpRequest, key: str) -> HttpResponse:
    """GET asks for a file; POST checks it and shows what was understood."""
    importer = _importer(request, key)
    if request.method != "POST":
        return _choose(request, importer)
    upload = request.FILES.get("file")
    if upload is None:
        return _choose(
            request,
            importer,
            Refused(
                "no_file", _("No file was chosen."), todo=_("Choose a sheet first."), status=422
            ),
        )
    path = imports.keep_upload(upload.chunks(), str(upload.name))
    name = Path(str(upload.name)).name[:120]
    try:
        sheet = open_sheet(path, name=name)
        check = _check(importer, sheet, path, actor_of(request))
    except SheetError as error:
        path.unlink(missing_ok=True)
        return _choose(request, importer, Refused(error.code, error.message, status=422))
    return render(request, "web/import.html", _frame(importer) | {"stage": "check", "check": check})


def _frame(importer: Importer) -> dict[str, Any]:
    return {
        "title": _("Import: %(what)s") % {"what": importer.label},
        "note": importer.help,
        "template_url": f"/import/{importer.key}/template/",
        "limits": _("XLSX, CSV or JSON lines, up to 50 MB"),
    }


def _choose(
    request: HttpRequest, importer: Importer, refusal: Refused | None = None
) -> HttpResponse:
    rows = Job.objects.filter(
        kind="import", person=actor_of(request).person, params__importer=importer.key
    )
    recent = [
        {
            "label": job.params.get("name", job.title),
            "url": f"/jobs/{job.uid}/",
            "at": words.short_moment(job.created_at),
            "line": tray.line_of(job),
        }
        for job in rows.order_by("-id")[:8]
    ]
    context = _frame(importer) | {"stage": "choose", "refusal": refusal, "recent": recent}
    return render(request, "web/import.html", context, status=refusal.status if refusal else 200)


def _check(importer: Importer, sheet: Sheet, path: Path, actor: Actor) -> dict[str, Any]:
    """What was understood of a sheet, and the first rows that would be refused."""
    matched = match_columns(sheet.header, importer.columns)
    lacking = missing_columns(matched, importer.columns)
    first = next(iter(sheet.rows()), None)
    labels = {head: column.label for column in importer.columns if (head := matched[column.key])}
    columns: list[dict[str, Any]] = [
        {
            "head": head,
            "field": labels.get(head, ""),
            "sample": words.in_list(first.values.get(head))[:60] if first else "",
            "status": "matched" if head in labels else "ignored",
        }
        for head in sheet.header
    ]
    columns += [
        {"head": "", "field": column.label, "sample": "", "status": "missing"} for column in lacking
    ]
    errors = [] if lacking else _first_errors(importer, sheet, path, matched, actor)
    return {
        "file_name": sheet.name,
        "rows_label": ngettext("%(n)s row", "%(n)s rows", sheet.n_rows)
        % {"n": words.number(sheet.n_rows)},
        "columns": columns,
        "errors": errors[:SHOWN_ERRORS],
        "errors_label": ngettext(
            "%(bad)d of the first %(n)d row would be refused",
            "%(bad)d of the first %(n)d rows would be refused",
            min(LOOKED_AT, sheet.n_rows),
        )
        % {"bad": len(errors), "n": min(LOOKED_AT, sheet.n_rows)},
        "confirm_url": f"/import/{importer.key}/start/?file={_sign(path, sheet.name)}",
        "cancel_url": f"/import/{importer.key}/",
        "blocked": bool(lacking),
    }


def _first_errors(
    importer: Importer, sheet: Sheet, path: Path, matched: dict[str, str | None], actor: Actor
) -> list[dict[str, Any]]:
    """Take in the first rows and undo it: the reasons are those of the import itself."""
    pairs = list(islice(imports.lines(sheet, matched, path.stem, 0), LOOKED_AT))
    good = [line for row, line in pairs if row.problem is None]
    reasons = {row.number: str(row.problem) for row, _line in pairs if row.problem is not None}
    with transaction.atomic():
        for line, outcome in zip(good, importer.take(good, actor), strict=True):
            if outcome.status == "refused":
                reasons[line.number] = outcome.reason
        transaction.set_rollback(True)
    return [
        {"row": number, "head": "", "value": "", "reason": reason}
        for number, reason in sorted(reasons.items())
    ]


def _sign(path: Path, name: str) -> str:
    return signing.dumps({"path": path.name, "name": name}, salt=_SALT)


@require_POST
def start(request: HttpRequest, key: str) -> HttpResponse:
    """Queue the checked sheet; a stopped import of the same file goes on instead."""
    importer = _importer(request, key)
    try:
        held = signing.loads(request.GET.get("file", ""), salt=_SALT, max_age=_KEPT_FOR)
    except signing.BadSignature:
        return _choose(request, importer, _gone())
    path = Path(settings.DATA_DIR) / "imports" / Path(held["path"]).name
    if not path.is_file():
        return _choose(request, importer, _gone())
    actor = actor_of(request)
    if begun := imports.unfinished(importer, path, actor=actor):
        jobs.resume(begun)
        return redirect(f"/jobs/{begun.uid}/")
    try:
        job = imports.start(importer, path, held["name"], actor=actor)
    except SheetError as error:
        return _choose(request, importer, Refused(error.code, error.message, status=422))
    return redirect(f"/jobs/{job.uid}/")


def _gone() -> Refused:
    return Refused(
        "file_gone",
        _("The file that was checked is no longer here."),
        todo=_("Choose it again."),
        status=422,
    )


def template(request: HttpRequest, key: str) -> HttpResponse:
    """The empty sheet with the right heads and notes on each column."""
    importer = _importer(request, key)
    today = words.long_day(clock.local_date(clock.now()))
    response = HttpResponse(imports.template(importer), content_type=XLSX)
    name = _("%(what)s to import %(day)s") % {"what": importer.label, "day": today}
    response.headers["Content-Disposition"] = _attachment(f"{name}.xlsx")
    return response


def _attachment(name: str) -> str:
    return content_disposition_header(as_attachment=True, filename=name) or "attachment"
