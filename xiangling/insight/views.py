"""Pages of the figures: the measures, one page each, the monthly table, saved reports, what was published."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from xiangling.documents.views import MEDIA
from xiangling.kernel import clock, ledger, once
from xiangling.kernel.actor import Actor
from xiangling.kernel.refusal import OutOfScope, Refused
from xiangling.kernel.sheets import write_xlsx
from xiangling.org.middleware import Seated
from xiangling.org.models import Region
from xiangling.org.views.pages import for_duty, run_form
from xiangling.web import words
from xiangling.web.access import address_of

from . import entering, monthly, periods, places, reading, reports, showing, snapshots, tables
from .duties import ENTER, PUBLISH, SEE
from .figures import Change
from .forms import MergerForm, OfficialForm
from .measures import WORDS, measures
from .models import RegionMerger, SavedReport, Snapshot
from .tables import Ask

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
readers = for_duty(SEE)
MOST_SHOWN = 50


def ask_of(key: str, params: Any) -> Ask:
    """What the address asks of a measure."""
    where = {word: params[word] for word in WORDS if params.get(word)}
    text = {name: str(params.get(name, "")).strip()[:40] for name in ("period", "region", "by")}
    return Ask(key, text["period"], text["region"], text["by"], where)


@readers
def index(request: Seated) -> HttpResponse:
    """Every measure with its figure of the month and the same days last year."""
    actor, month = request.actor, periods.read("")
    with once.block():
        place = places.place_of(actor)
        groups: dict[str, list[dict[str, Any]]] = {}
        for key, found in measures().items():
            now, before = (
                reading.figure(found, place, span, {}) for span in (month, month.year_before())
            )
            compared = Change(before.value, now.value)
            line = {
                "label": found.label,
                "unit": found.unit,
                "url": f"/statistics/{key}/",
                "now": showing.text(now.value, found),
                "before": showing.text(before.value, found),
                "change": tables.changed(found, compared),
            }
            groups.setdefault(str(found.group), []).append(line)
    context = {
        "groups": [{"title": title, "rows": rows} for title, rows in groups.items()],
        "place": place.name,
        "period": month.label(),
        "may_enter": actor.may(ENTER),
    }
    return render(request, "insight/index.html", context)


@readers
def measure(request: Seated, key: str) -> HttpResponseBase:
    """One measure: the question, its table, its definition and ways on."""
    found = tables.measure_of(key)
    params = request.GET.copy()
    if "by" not in params and "region" in found.dimensions:
        params["by"] = "region"
    ask = ask_of(key, params)
    context: dict[str, Any] = {
        "measure": found,
        "form": showing.question(found, ask, request.actor),
        "ask": ask,
        "may_publish": request.actor.may(PUBLISH),
        "schedules": SavedReport.Every.choices,
    }
    status = 200
    try:
        table = tables.make(ask, request.actor)
    except Refused as refusal:
        context["refusal"], status = refusal, refusal.status
    else:
        if request.GET.get("format") == "xlsx":
            return _sheet(
                request,
                f"{found.label} {table.period.label()} {table.place.name}",
                tables.header(table),
                [*tables.lines(table), *tables.provenance(table)],
            )
        query = urlencode({**_asked(ask), "format": "xlsx"})
        context |= {
            "table": showing.shown(table),
            "export_url": f"?{query}",
            "api_url": f"/api/v1/statistics/{key}?{urlencode(_asked(ask))}",
            "query": urlencode(_asked(ask)),
        }
    return render(request, "insight/measure.html", context, status=status)


def _asked(ask: Ask) -> dict[str, str]:
    given = {"period": ask.period, "region": ask.region, "by": ask.by, **ask.where}
    return {name: value for name, value in given.items() if value}


def _sheet(
    request: HttpRequest, title: str, header: Sequence[Any], rows: Sequence[Sequence[Any]]
) -> FileResponse:
    actor = cast("Seated", request).actor
    ledger.record_access(
        actor, "export", kind="statistics", detail=title, address=address_of(request)
    )
    target = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115 - the answer closes it
    write_xlsx(target, list(map(str, header)), rows, title=title)
    target.seek(0)
    return FileResponse(target, as_attachment=True, filename=f"{title}.xlsx", content_type=XLSX)


@readers
def monthly_table(request: Seated) -> HttpResponseBase:
    """The monthly table of an area, for the screen, for paper, and as a workbook."""
    text = {name: request.GET.get(name, "").strip()[:40] for name in ("period", "region")}
    context: dict[str, Any] = {"form": showing.place_and_period(text, request.actor)}
    try:
        made = monthly.make(request.actor, text["period"], text["region"])
    except Refused as refusal:
        context["refusal"] = refusal
        return render(request, "insight/monthly.html", context, status=refusal.status)
    title = _("Work-safety monthly table, %(place)s, %(period)s") % {
        "place": made.place.name,
        "period": made.period.label(),
    }
    if request.GET.get("format") == "xlsx":
        rows = [list(monthly.cells(line)) for line in made.lines]
        notes: list[list[Any]] = [[], *([note] for note in made.notes)]
        return _sheet(request, title, monthly.header(), [*rows, *notes])
    context |= {
        "title": title,
        "table": made,
        "header": monthly.header(),
        "lines": showing.monthly_lines(made),
        "export_url": f"?{urlencode({**text, 'format': 'xlsx'})}",
        "made_at": words.long_moment(clock.now()),
        "by": request.actor.label,
    }
    return render(request, "insight/monthly.html", context)


# --- entering -----------------------------------------------------------------------------------


@for_duty(ENTER)
def new_official(request: Seated) -> HttpResponse:
    """Enter an official figure with its source."""

    def act(given: dict[str, Any]) -> str:
        entering.enter_official(given, actor=request.actor)
        return "/official_figures/"

    initial = {name: request.GET.get(name, "") for name in ("indicator", "period", "region")}
    return run_form(
        request, OfficialForm, act, done=_("The figure has been entered."), initial=initial,
        title=_("Enter an official figure"), cancel_url="/official_figures/",
        note=_("A figure entered before is never changed; the newest one counts."),
    )  # fmt: skip


@for_duty(ENTER)
def mergers(request: Seated) -> HttpResponse:
    """Divisions merged into others, and the form for another one."""

    def act(given: dict[str, Any]) -> str:
        entering.merge_region(
            given["old"], given["new"], given["day"], given["basis"], actor=request.actor
        )
        return request.path

    names = {row.prefix: row.name for row in Region.objects.all()}
    rows = RegionMerger.objects.filter(old__startswith=request.actor.scope.region).order_by("-on")
    lines = [
        _("%(old)s was merged into %(new)s on %(day)s (%(basis)s).")
        % {
            "old": names.get(row.old, row.old),
            "new": names.get(row.new, row.new),
            "day": words.long_day(row.on),
            "basis": row.basis,
        }
        for row in rows
    ]
    return run_form(
        request, MergerForm, act, done=_("The merger has been entered."),
        title=_("Merged divisions"), cancel_url="/statistics/", aside=lines,
        aside_title=_("Mergers so far"),
        note=_("The figures of a merged division go on under the other's name in every period, so that years compare the same ground."),
    )  # fmt: skip


# --- saved reports ------------------------------------------------------------------------------


@readers
def saved_reports(request: Seated) -> HttpResponse:
    """The reports this person saved, with their latest files."""
    rows = [
        {
            "name": report.name,
            "uid": report.uid,
            "asked": showing.asked(report.ask),
            "url": f"/statistics/{report.ask['measure']}/?{urlencode(_asked(Ask(**report.ask)))}",
            "every": report.get_every_display(),
            "next_on": words.long_day(report.next_on) if report.next_on else "",
            "files": [
                {
                    "label": made.period,
                    "at": words.short_moment(made.made_at),
                    "links": [
                        (form.upper(), f"/statistics/reports/{report.uid}/{made.pk}/?form={form}")
                        for form in made.forms
                    ],
                    "problem": made.problem,
                }
                for made in report.files.order_by("-id")[:6]
            ],
            "run_url": f"/statistics/reports/{report.uid}/run/",
            "delete_url": f"/statistics/reports/{report.uid}/delete/",
        }
        for report in reports.own(request.actor)
    ]
    return render(request, "insight/reports.html", {"rows": rows})


def _said(request: HttpRequest, refusal: Refused) -> None:
    if refusal.status == 404:
        raise refusal
    messages.error(request, str(refusal))


@require_POST
@readers
def save_report(request: Seated, key: str) -> HttpResponse:
    """Save the table on the page under a name."""
    ask = ask_of(key, request.POST)
    try:
        made = reports.save(
            request.POST.get("name", ""), ask, request.POST.get("every", ""), actor=request.actor
        )
    except Refused as refusal:
        _said(request, refusal)
        return redirect(f"/statistics/{key}/?{urlencode(_asked(ask))}")
    messages.success(request, _("Saved as “%(name)s”.") % {"name": made.name})
    return redirect("statistics_reports")


@require_POST
@readers
def run_report(request: Seated, uid: UUID) -> HttpResponse:
    """Make a saved report now."""
    report = reports.find(uid, request.actor)
    try:
        reports.run(report, request.actor)
    except Refused as refusal:
        _said(request, refusal)
    else:
        messages.success(request, _("“%(name)s” is ready.") % {"name": report.name})
    return redirect("statistics_reports")


@require_POST
@readers
def delete_report(request: Seated, uid: UUID) -> HttpResponse:
    report = reports.find(uid, request.actor)
    reports.delete(report)
    messages.success(request, _("“%(name)s” was deleted.") % {"name": report.name})
    return redirect("statistics_reports")


@readers
def report_file(request: Seated, uid: UUID, pk: int) -> HttpResponseBase:
    """A file of a saved report."""
    report = reports.find(uid, request.actor)
    made = report.files.filter(pk=pk).exclude(path="").first()
    form = request.GET.get("form", "xlsx")
    if made is None or form not in made.forms or not reports.is_in_scope(made, request.actor):
        raise OutOfScope
    path = reports.target_of(made, form)
    if not path.is_file():
        raise OutOfScope
    ledger.record_access(request.actor, "export", kind="statistics", detail=f"{report.name} {form}")
    name = f"{report.name}-{made.period}.{form}"
    media = MEDIA.get(form, XLSX)
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=media)


# --- publishing ---------------------------------------------------------------------------------


@require_POST
@readers
def publish(request: Seated, key: str) -> HttpResponse:
    """Freeze the table on the page."""
    ask = ask_of(key, request.POST)
    try:
        made = snapshots.publish(ask, request.POST.get("title", ""), actor=request.actor)
    except Refused as refusal:
        _said(request, refusal)
        return redirect(f"/statistics/{key}/?{urlencode(_asked(ask))}")
    messages.success(request, _("Published; later corrections are shown beside it."))
    return redirect("statistics_snapshot", uid=made.uid)


def _published(actor: Actor) -> list[Snapshot]:
    if actor.scope.units is not None or actor.scope.sectors is not None:
        return []
    rows = Snapshot.objects.filter(region__startswith=actor.scope.region)
    return list(rows.order_by("-published_at")[:MOST_SHOWN])


@readers
def snapshot_list(request: Seated) -> HttpResponse:
    """What was published, newest first."""
    rows = [
        {
            "title": row.title,
            "url": f"/statistics/snapshots/{row.uid}/",
            "period": snapshots.period_of(row),
            "place": row.table["place"],
            "at": words.long_moment(row.published_at),
            "by": row.published_by,
        }
        for row in _published(request.actor)
    ]
    return render(request, "insight/snapshots.html", {"rows": rows})


@readers
def snapshot(request: Seated, uid: UUID) -> HttpResponse:
    """A table as published, whether it is whole, and what has been corrected since."""
    found = snapshots.find(uid, request.actor)
    context: dict[str, Any] = {
        "row": found,
        "table": found.table,
        "period": snapshots.period_of(found),
        "at": words.long_moment(found.published_at),
        "is_whole": snapshots.is_whole(found),
        "lines": [*found.table["rows"], found.table["total"]],
    }
    try:
        context["corrections"] = snapshots.corrections(found, request.actor)
    except Refused as refusal:
        context["refusal"] = refusal
    return render(request, "insight/snapshot.html", context)
