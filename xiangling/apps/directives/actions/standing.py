"""Lists of tasks, pledges and duty lists: what is kept beside the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from xiangling.apps.directives import queries
from xiangling.apps.directives.models import DutySheet, DutySheetVersion, Pledge, TaskList
from xiangling.kernel import clock, ledger
from xiangling.kernel.actor import Actor
from xiangling.kernel.refusal import OutOfScope, Refused
from xiangling.org.models import Unit

MOST_LISTS = 20
LIST_FACTS = ("name", "columns", "query", "order")
PLEDGE_FACTS = ("signed_on", "signer", "targets")


def _require(actor: Actor, duty: str) -> None:
    if not actor.may(duty):
        raise Refused(
            "no_duty",
            _("Keeping this is not a duty of your post."),
            todo=_(
                "Switch to the post that carries the duty, or ask the administrator of your unit."
            ),
            status=403,
        )


def _wrong(field: str, why: Any) -> Refused:
    return Refused("bad_fact", _("Not saved."), why=why, fields={field: why}, status=422)


# --- lists of tasks -----------------------------------------------------------------------------


def save_list(row: TaskList, facts: dict[str, Any], *, actor: Actor) -> TaskList:
    """Make or change a list drawn from the ledger. Raises Refused beside the wrong field."""
    _require(actor, "list.keep")
    if not facts.get("columns"):
        raise _wrong("columns", _("Choose at least one column."))
    with transaction.atomic():
        is_new = not TaskList.objects.filter(key=row.key).exists()
        if is_new and TaskList.objects.count() >= MOST_LISTS:
            raise _wrong("name", _("There are twenty lists already; change or delete one."))
        before = {name: None if is_new else getattr(row, name) for name in LIST_FACTS}
        for name in LIST_FACTS:
            if name in facts:
                setattr(row, name, facts[name])
        row.save()
        ledger.record_edit(row, actor=actor, before=before)
    return row


def delete_list(row: TaskList, *, actor: Actor) -> None:
    """Take a list away; the ledger it was drawn from stays as it is."""
    _require(actor, "list.keep")
    with transaction.atomic():
        before = {name: getattr(row, name) for name in LIST_FACTS}
        row.name = ""
        ledger.record_edit(row, actor=actor, before=before)
        row.delete()


# --- pledges ------------------------------------------------------------------------------------


def open_year(year: int, targets: str, *, actor: Actor) -> int:
    """A line to sign for every unit that signs with the actor's, for one year; those there already stay. Returns how many are new."""
    _require(actor, "pledge.keep")
    if not 2000 <= year <= 2100:
        raise _wrong("year", _("The year must lie between 2000 and 2100."))
    home = Unit.objects.get(pk=actor.unit or 0)
    units = queries.signing_units(home)
    if not units:
        raise _wrong("year", _("Your unit has no unit below it to sign with."))
    with transaction.atomic():
        have = set(
            Pledge._base_manager.filter(year=year, to_unit=home).values_list("unit", flat=True)
        )
        fresh = [
            Pledge(region=unit.region, unit=unit, year=year, to_unit=home, targets=targets)
            for unit in units
            if unit.pk not in have
        ]
        Pledge._base_manager.bulk_create(fresh)
        ledger.record_edits([(row, {"year": None}) for row in fresh], actor=actor)
    return len(fresh)


def sign_pledge(row: Pledge, facts: dict[str, Any], *, actor: Actor) -> None:
    """Enter that a pledge was signed: when, by whom, with what targets. By the unit it was signed with."""
    _require(actor, "pledge.keep")
    if row.to_unit_id != actor.unit:
        raise Refused(
            "other_unit",
            _("A pledge is entered by the unit it is signed with."),
            ask=row.to_unit.name,
            status=403,
        )
    signed, signer = facts.get("signed_on"), facts.get("signer", "")
    if signed and signed > queries.today():
        raise _wrong("signed_on", _("The day of signing lies in the future."))
    if bool(signed) != bool(signer):
        field = "signer" if signed else "signed_on"
        raise _wrong(field, _("A signed pledge has a date and a name."))
    with transaction.atomic():
        before = {name: getattr(row, name) for name in PLEDGE_FACTS}
        for name in PLEDGE_FACTS:
            setattr(row, name, facts.get(name) or ("" if name != "signed_on" else None))
        row.save()
        ledger.record_edit(row, actor=actor, before=before)


# --- duty lists ---------------------------------------------------------------------------------


def start_sheet(
    unit: Unit, title: str, *, starts_on: date, lines: Sequence[str], basis: str, actor: Actor
) -> DutySheet:
    """A unit's first duty list. Raises Refused, OutOfScope for a unit beyond the actor's area."""
    _require(actor, "sheet.keep")
    if unit.pk not in set(queries.doer_units(actor).values_list("pk", flat=True)):
        raise OutOfScope
    with transaction.atomic():
        sheet = DutySheet(region=unit.region, unit=unit, title=title)
        sheet.save()
        _add_version(sheet, starts_on, lines, basis, actor)
    return sheet


def renew_sheet(
    sheet: DutySheet, *, starts_on: date, lines: Sequence[str], basis: str, actor: Actor
) -> DutySheetVersion:
    """A new dated version; the ones before it stay as they were (R-009)."""
    _require(actor, "sheet.keep")
    with transaction.atomic():
        row = DutySheet._base_manager.select_for_update().get(pk=sheet.pk)
        last = row.versions.order_by("-number").first()
        if last is not None and starts_on <= last.starts_on:
            raise _wrong(
                "starts_on",
                _("A new version begins after the last one: %(day)s.") % {"day": last.starts_on},
            )
        return _add_version(row, starts_on, lines, basis, actor)


def _add_version(
    sheet: DutySheet, starts_on: date, lines: Sequence[str], basis: str, actor: Actor
) -> DutySheetVersion:
    wanted = [line.strip()[:500] for line in lines if line.strip()]
    if not wanted:
        raise _wrong("lines", _("Write at least one duty."))
    try:
        with transaction.atomic():
            made = DutySheetVersion.objects.create(
                sheet=sheet,
                number=sheet.versions.count() + 1,
                starts_on=starts_on,
                lines=wanted[:500],
                basis=basis,
                made_by=actor.label[:200],
                made_at=clock.now(),
            )
    except IntegrityError as error:
        raise _wrong("starts_on", _("Somebody else has just added a version.")) from error
    ledger.record_edit(made, actor=actor, before={"number": None, "lines": []})
    return made
