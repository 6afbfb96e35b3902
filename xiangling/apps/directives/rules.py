"""What the loop of a task asks beyond its declaration: guards refuse, preparations set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_lazy as _

from xiangling.kernel import duty, wording
from xiangling.kernel.refusal import Refused
from xiangling.org.models import Unit, in_force

from . import terms
from .models import Task
from .queries import lower_units, today

LONGEST = timedelta(days=366 * 5)
WHOLE = Decimal(100)
MOST_PARTS = 200


@dataclass(frozen=True)
class PartPlan:
    """One line of a split: the unit and its share in percent."""

    unit: Unit
    share: Decimal


def _refuse(code: str, field: str, why: Any, todo: Any) -> Refused:
    return Refused(
        code,
        _("The task was not assigned."),
        why=why,
        todo=todo,
        fields={field: why},
        status=422,
    )


def settle(case: Task, **_kw: Any) -> None:
    """Place a task with its doer, in the doer's first sector where none is named.

    Raises Refused beside the field that would leave it with nobody to do or to check it.
    """
    doer = Unit.objects.get(pk=case.unit_id)
    checker = Unit.objects.get(pk=case.checker_id)
    case.region = doer.region
    if doer.sectors and not case.sector:
        case.sector = doer.sectors[0]
    if doer.sectors and not doer.covers(doer.region, case.sector):
        raise _refuse(
            "wrong_sector",
            "sector",
            _("%(unit)s does not work in this sector.") % {"unit": doer.name},
            _("Choose the sector under which the unit takes it on, or another unit."),
        )
    if checker.pk == doer.pk:
        raise _refuse(
            "own_checker",
            "checker",
            _("A unit does not check its own task."),
            _("Choose another checking unit."),
        )
    if not _reaches(checker, doer, case.sector):
        raise _refuse(
            "checker_far",
            "checker",
            _("%(checker)s cannot see the tasks of %(unit)s.")
            % {"checker": checker.name, "unit": doer.name},
            _("Choose a checking unit whose area and sectors cover the doer."),
        )
    if not duty.resolve("task.do", case, today()):
        raise _refuse(
            "nobody_there",
            "unit",
            _("No post of %(unit)s can take a task on.") % {"unit": doer.name},
            _("Have a post set up there, or choose another unit."),
        )
    if duty.resolve("task.check", case, today()).unit != checker.pk:
        raise _refuse(
            "nobody_checks",
            "checker",
            _("No post of %(unit)s can check a task.") % {"unit": checker.name},
            _("Have a post set up there, or choose another unit."),
        )


def _reaches(checker: Unit, doer: Unit, sector: str) -> bool:
    if checker.is_enterprise:
        return doer.path.startswith(checker.path)
    return checker.covers(doer.region, sector)


def due_ahead(case: Any, *, data: dict[str, Any], **_kw: Any) -> None:
    """A task is due on a day to come, within five years."""
    check_due(data["due_on"])


def check_due(due: date) -> None:
    """Raise Refused for a due date that has passed or is out of reach."""
    if not today() <= due <= today() + LONGEST:
        raise _refuse(
            "bad_due",
            "due_on",
            _("The due date must lie between today and five years from now."),
            _("Choose another date."),
        )


def check_proof_kind(kind: str) -> None:
    """Raise Refused for a kind of proof that cannot finish a task (R-015)."""
    row = terms.proof_row(kind)
    if row is None or not row["counts"]:
        raise _refuse(
            "proof_is_none",
            "proof_kind",
            terms.proof_why(row) if row else _("This kind of proof is not known."),
            _("Ask for proof of the result: a photo, a record, an issued paper, a certificate."),
        )


def proof_counts(case: Task, *, data: dict[str, Any], proofs: Sequence[Any], **_kw: Any) -> None:
    """A report, a meeting, a reading or a brief never finishes a task; the agreed proof does (R-015)."""
    row = terms.proof_row(data["proof_given"])
    label = terms.proof_label(data["proof_given"])
    if row is None or not row["counts"]:
        why = terms.proof_why(row) if row else ""
        raise Refused(
            "not_proof",
            _("“%(proof)s” does not finish a task.") % {"proof": label},
            why=why,
            todo=_("Note it under “Report progress”; hand in: %(wanted)s.")
            % {"wanted": terms.proof_label(case.proof_kind)},
            fields={"proof_given": why},
            status=422,
        )
    photos = sum(given.file.is_photo for given in proofs)
    has = {"photo": photos, "paper": len(proofs) - photos, "any": len(proofs)}[row["file"]]
    if not has:
        why = _("No file of this kind came with it: %(proof)s.") % {"proof": label}
        raise Refused(
            "no_proof",
            _("The task was not handed in."),
            why=why,
            todo=_("Attach a photo taken on site.")
            if row["file"] == "photo"
            else _("Attach the paper as PDF or DOCX."),
            fields={"photos": why},
            status=422,
        )


def parts_are_done(case: Task, **_kw: Any) -> None:
    """A task that others do parts of is handed in when their parts have ended."""
    waiting = case.parts.filter(closed_at__isnull=True).select_related("unit")
    if units := [part.unit.name for part in waiting[:20]]:
        raise Refused(
            "parts_open",
            _("The task was not handed in: parts of it are not done."),
            why=_("Still open: %(units)s.") % {"units": wording.listed(units)},
            todo=_("Press these units, or have their parts withdrawn."),
        )


def only_standing(case: Task, **_kw: Any) -> None:
    if not case.is_standing:
        raise Refused(
            "not_standing",
            _("This task does not come round."),
            todo=_("Withdraw it, or move its due date."),
        )


def read_parts(text: str, unit: Unit) -> list[PartPlan]:
    """The lines of a split, each a unit below `unit` and its share. Raises Refused with the first fault."""
    found: list[PartPlan] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        name, _space, share = line.replace("\t", " ").rpartition(" ")
        below = _named_below(name.strip(), unit)
        if below is None:
            raise _bad_parts(
                _("“%(line)s”: no unit below yours bears this name.") % {"line": line[:60]}
            )
        try:
            value = Decimal(share.strip().rstrip("%％"))
        except InvalidOperation:
            value = Decimal(0)
        if not value.is_finite() or not 0 < value <= WHOLE or value != round(value, 2):
            raise _bad_parts(
                _(
                    "“%(line)s”: the share is a number above 0, up to 100, with two decimals at most."
                )
                % {"line": line[:60]}
            )
        if any(part.unit.pk == below.pk for part in found):
            raise _bad_parts(_("%(unit)s stands there twice.") % {"unit": below.name})
        found.append(PartPlan(below, value))
    total = sum((part.share for part in found), Decimal(0))
    if not found or len(found) > MOST_PARTS or total != WHOLE:
        raise _bad_parts(
            _("The shares sum to %(total)s, not to 100.") % {"total": f"{total.normalize():f}"}
        )
    return found


def _named_below(name: str, unit: Unit) -> Unit | None:
    if found := lower_units(unit).filter(name=name).first():
        return found
    firms = Unit.objects.filter(in_force(today()), kind=Unit.Kind.ENTERPRISE, name=name)
    is_public = not unit.is_enterprise
    return firms.filter(region__startswith=unit.prefix).first() if is_public else None


def _bad_parts(why: Any) -> Refused:
    return Refused(
        "bad_parts",
        _("The task was not split."),
        why=why,
        todo=_("Write one unit per line with its share; the shares sum to 100."),
        fields={"parts": why},
        status=422,
    )


def shares_fit(case: Task, *, actor: Any, data: dict[str, Any], **_kw: Any) -> None:
    """The shares of a split sum to the whole, and no part is due after it (R-025)."""
    read_parts(data["parts"], case.unit)
    check_due(data["due_on"])
    if data["due_on"] > case.due_on:
        why = _("A part is due no later than the whole: %(day)s.") % {"day": case.due_on}
        raise Refused(
            "part_late",
            _("The task was not split."),
            why=why,
            todo=_("Choose an earlier date."),
            fields={"due_on": why},
            status=422,
        )
    if not actor.may("task.assign"):
        raise Refused(
            "no_assigning",
            _("The task was not split: giving out tasks is not a duty of your post."),
            todo=_("Ask the head of your unit to split it."),
            status=403,
        )
    if case.parts.filter(part="share").exists():
        raise Refused(
            "split_before",
            _("The task has been split already."),
            todo=_("Withdraw the parts that are wrong and assign new ones."),
        )
