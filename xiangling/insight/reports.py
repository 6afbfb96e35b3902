"""Saved reports: a table somebody wants again, made on demand or by the worker on its days.

Each is made as workbook, DOCX and PDF (without the PDF writer, as the first two).
"""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from xiangling.documents import docx, pdf
from xiangling.kernel import actor as actors
from xiangling.kernel import clock, registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.models import Notice
from xiangling.kernel.refusal import OutOfScope, Refused
from xiangling.kernel.scope import use
from xiangling.kernel.sheets import write_xlsx

from . import tablepapers, tables
from .models import ReportFile, SavedReport
from .tables import Ask

log = logging.getLogger(__name__)

FOLDER = Path("files") / "reports"
MOST_REPORTS, MOST_KEPT = 50, 24
MATTER = "report"
"""What notices about reports are about."""
Every = SavedReport.Every


def save(name: str, ask: Ask, every: str, *, actor: Actor) -> SavedReport:
    """Keep a question under a name. A scheduled one asks each time for the last whole day, week or month.

    Raises Refused where the question makes no sense, or there are too many.
    """
    table = tables.make(ask, actor)
    given = " ".join(name.split())[:60]
    if not given:
        why = _("Give the report a name.")
        raise Refused("no_name", _("Not saved."), why=why, fields={"name": why}, status=422)
    if every not in Every.values:
        raise Refused(
            "bad_schedule", _("Not saved."), why=_("There is no such schedule."), status=422
        )
    if own(actor).count() >= MOST_REPORTS:
        why = _("You have %(n)d saved reports; delete one first.") % {"n": MOST_REPORTS}
        raise Refused("many_reports", _("Not saved."), why=why)
    exact = {**ask.plain(), "region": table.place.code, "period": table.period.code()}
    today = clock.local_date(clock.now())
    return SavedReport.objects.create(
        name=given,
        person=actor.person or 0,
        post=actor.post or 0,
        ask=exact,
        every=every,
        next_on=next_day(every, today) if every else None,
    )


def own(actor: Actor) -> Any:
    """The reports this person saved on this post."""
    rows = SavedReport.objects.filter(person=actor.person or 0, post=actor.post or 0)
    return rows.order_by("name", "pk")


def find(uid: Any, actor: Actor) -> SavedReport:
    """Raises OutOfScope for another's."""
    found: SavedReport | None = own(actor).filter(uid=uid).first()
    if found is None:
        raise OutOfScope
    return found


def next_day(every: str, after: date) -> date:
    """The next day, after `after`, on which a schedule falls."""
    if every == Every.DAY:
        return after + timedelta(days=1)
    if every == Every.WEEK:
        return after + timedelta(days=7 - after.weekday())
    return (after.replace(day=28) + timedelta(days=4)).replace(day=1)


def period_for(every: str, on: date) -> str:
    """The last whole day, week or month before a day, as `periods.read` takes it."""
    before = on - timedelta(days=1)
    if every == Every.DAY:
        return str(before)
    if every == Every.WEEK:
        monday = on - timedelta(days=on.weekday() + 7)
        return f"{monday}..{monday + timedelta(days=6)}"
    return f"{before.replace(day=1):%Y-%m}" if on.day == 1 else f"{_month_before(on):%Y-%m}"


def _month_before(day: date) -> date:
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def run(report: SavedReport, actor: Actor, period: str = "") -> ReportFile:
    """Make the report once, for its own period or another. Raises Refused where it cannot be made."""
    ask = Ask(**{**report.ask, "period": period or report.ask["period"]})
    table = tables.make(ask, actor)
    made = ReportFile(
        report=report,
        period=table.period.code(),
        made_at=clock.now(),
        path=str(FOLDER / uuid4().hex),
        region=table.place.code,
        sectors=None if actor.scope.sectors is None else sorted(actor.scope.sectors),
    )
    made.forms = _write(report.name, table, made)
    made.save()
    forget_old(report)
    return made


def _write(name: str, table: tables.Table, made: ReportFile) -> list[str]:
    """Write the files of a report; the forms that this installation can make."""
    target = target_of(made, "xlsx")
    target.parent.mkdir(parents=True, exist_ok=True)
    write_xlsx(
        target, tables.header(table), [*tables.lines(table), *tables.provenance(table)], title=name
    )
    with translation.override("zh-hans"):
        document = tablepapers.document_of(name, table)
    target_of(made, "docx").write_bytes(docx.render(document, at=made.made_at))
    if not pdf.can_set():
        return ["xlsx", "docx"]
    target_of(made, "pdf").write_bytes(pdf.render(document, at=made.made_at))
    return ["xlsx", "docx", "pdf"]


def target_of(made: ReportFile, form: str) -> Path:
    """Where a file of a report lies."""
    return Path(settings.DATA_DIR) / f"{made.path}.{form}"


def is_in_scope(made: ReportFile, actor: Actor) -> bool:
    """Whether the post may still see all that was counted."""
    scope = actor.scope
    if scope.units is not None or not made.region.startswith(scope.region):
        return False
    return scope.sectors is None or (
        made.sectors is not None and scope.sectors.issuperset(made.sectors)
    )


def forget_old(report: SavedReport) -> None:
    """Keep the newest files of a report only."""
    for old in report.files.order_by("-id")[MOST_KEPT:]:
        _forget(old)
        old.delete()


def _forget(made: ReportFile) -> None:
    for form in made.forms:
        target_of(made, form).unlink(missing_ok=True)


def delete(report: SavedReport) -> None:
    for made in report.files.all():
        _forget(made)
    report.delete()


def follow(now: datetime) -> int:
    """The worker's round: make what is due, each once, whichever worker comes first."""
    made = 0
    with clock.at(now):
        today = clock.local_date(now)
        for pk in list(
            SavedReport.objects.filter(next_on__lte=today).values_list("pk", flat=True)[:20]
        ):
            made += _make_due(pk, today)
    return made


def _make_due(pk: int, today: date) -> bool:
    with transaction.atomic():
        rows = SavedReport.objects.select_for_update(skip_locked=True)
        report = rows.filter(pk=pk, next_on__lte=today).first()
        if report is None:
            return False
        problem = ""
        try:
            with transaction.atomic(), translation.override(settings.LANGUAGE_CODE):
                actor = actors.load(report.person, report.post)
                with use(actor.scope):
                    run(report, actor, period_for(report.every, today))
        except LookupError:
            problem = _("You no longer hold the post on which it was saved.")
        except Refused as refusal:
            problem = str(refusal)
        except Exception:
            log.exception("report %s could not be made", report.uid)
            problem = _("An unexpected fault; it has been logged.")
        if problem:
            ReportFile.objects.create(
                report=report, period=period_for(report.every, today), made_at=clock.now(),
                problem=problem[:300],
            )  # fmt: skip
        report.next_on = next_day(report.every, today)
        report.save(update_fields=["next_on"])
        _tell(report, "report.failed" if problem else "report.made")
        return True


def _tell(report: SavedReport, what: str) -> None:
    """Tell the post on which it was saved."""
    Notice.objects.create(
        post=report.post,
        case_kind=MATTER,
        case_uid=report.uid,
        code="",
        title=report.name,
        entry_kind=what,
        at=clock.now(),
    )


def _told(what: str) -> str:
    return (
        _("Your report could not be made") if what == "report.failed" else _("Your report is ready")
    )


registry.add("clocks", "reports", follow)
registry.add(
    "matters", MATTER, registry.Matter(_told, lambda uid: f"/statistics/reports/#report-{uid}")
)
