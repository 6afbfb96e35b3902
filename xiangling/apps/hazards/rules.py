"""What the hazard loop asks beyond its declaration: guards (refuse) and preparations (set)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.utils.translation import gettext_lazy as _

from xiangling.apps.standards import queries as standards
from xiangling.kernel import clock, duty, packs
from xiangling.kernel.refusal import Refused

from . import queries, suggestions
from .models import Campaign, Extension, Grade, Hazard


def is_major(case: Any) -> bool:
    return bool(case is not None and case.is_major)


def not_in_campaign(case: Hazard, campaign: Campaign | None) -> Any:
    """Why a finding cannot have been made in a campaign; "" where it can."""
    if campaign is None:
        return _("There is no campaign of this name. Choose one of the list of campaigns.")
    if campaign.region not in queries.places_above(case.region):
        return _("The campaign does not hold at this place.")
    if campaign.sectors and case.sector not in campaign.sectors:
        return _("The campaign is for other sectors than this object's.")
    if not campaign.begins_on <= clock.local_date(case.found_at) <= campaign.ends_on:
        return _("The campaign lasts from %(begins)s to %(ends)s; the finding lies outside.") % {
            "begins": campaign.begins_on.isoformat(),
            "ends": campaign.ends_on.isoformat(),
        }
    return ""


def needs_clause(case: Hazard, *, data: dict[str, Any], **_kw: Any) -> None:
    """A major hazard names the standard and the clause it meets (R-085)."""
    if data["grade"] == Grade.MAJOR and not (data.get("standard") and data.get("article")):
        why = _("A major hazard must cite the standard and the article it meets.")
        raise Refused(
            "clause_missing",
            _("“Major” was not recorded."),
            why=why,
            todo=_("Enter both, or grade it as general."),
            fields={"standard": why, "article": why},
            status=422,
        )


def must_be_reported(case: Hazard, **_kw: Any) -> None:
    """A major hazard is reported the same day and has a named leader before it is ordered (R-087)."""
    if case.is_major and not case.reported_at:
        raise Refused(
            "not_reported",
            _("The order was not issued: this major hazard has not been reported upward."),
            why=_("It is reported the same day, with a leader named (%(law)s).")
            % {"law": "安全生产法第41条"},
            todo=_("Take “Report upward” first."),
        )


def still_to_report(case: Hazard, **_kw: Any) -> None:
    """Only a major hazard is reported upward, and once: an early report would not count."""
    if not case.is_major or case.reported_at:
        raise Refused(
            "nothing_to_report",
            _("“Report upward” was refused: this hazard is not a major one waiting for it."),
            todo=_("Look at the record as it stands now."),
        )


def plan_waits(case: Hazard, **_kw: Any) -> None:
    """A plan is approved or returned only while one waits for it (总局令第16号第15条)."""
    if not case.awaits_plan_approval:
        raise Refused(
            "no_plan",
            _("There is no plan waiting for a decision."),
            todo=_("The liable unit submits the plan first."),
        )


def hazard_is_over(case: Extension, **_kw: Any) -> None:
    """A request lapses only with its hazard; before that it is granted or refused."""
    if case.hazard.closed_at is None:
        raise Refused(
            "hazard_open",
            _("The request cannot lapse: its hazard is still open."),
            todo=_("Decide on the request."),
        )


def deadline_ahead(case: Hazard, *, data: dict[str, Any], **_kw: Any) -> None:
    """A deadline lies ahead, and within a year."""
    today = clock.local_date(clock.now())
    deadline = data["deadline"]
    if not today <= deadline <= today + timedelta(days=366):
        why = _("The deadline must lie between today and one year from now.")
        raise Refused(
            "bad_deadline",
            _("The order was not issued."),
            why=why,
            todo=_("Choose another date."),
            fields={"deadline": why},
            status=422,
        )


def plan_approved(case: Hazard, **_kw: Any) -> None:
    """Work on a major hazard starts with an approved plan (总局令第16号第15条)."""
    if case.is_major and not case.plan_approved:
        raise Refused(
            "plan_missing",
            _("Rectification cannot start: the plan has not been approved."),
            why="总局令第16号第15条",
            todo=_("Submit the plan; the supervising unit approves it."),
        )


def own_general_only(case: Hazard, **_kw: Any) -> None:
    """An enterprise accepts only general hazards that it found itself."""
    if not case.is_own_general:
        raise Refused(
            "authority_accepts",
            _("An enterprise may accept only its own general hazards."),
            why=_("Major hazards, and those found by others, are accepted by the authority."),
            todo=_("Wait for the supervising unit's acceptance."),
            status=403,
        )


def rechecked_if_sampled(case: Hazard, **_kw: Any) -> None:
    """An on-the-spot fix drawn for a re-check is closed only after it."""
    if case.awaits_recheck:
        raise Refused(
            "recheck_missing",
            _("It cannot be closed yet: it was drawn for a re-check on the spot."),
            todo=_("Another person takes “Re-check” with a photo."),
        )


def photos_of_the_day(case: Hazard, *, proofs: Any, **_kw: Any) -> None:
    """The photos of an on-the-spot fix are from the day it was found, or later."""
    for given in proofs:
        taken = given.file.taken_at
        if taken and clock.local_date(taken) < clock.local_date(case.found_at):
            why = _("The photo is older than the finding.")
            raise Refused(
                "photo_old",
                _("“Fixed on the spot” was refused."),
                why=why,
                todo=_("Take the photos before and after on the spot."),
                fields={"photos": why},
                status=422,
            )


def one_extension_at_a_time(case: Hazard, *, data: dict[str, Any], **_kw: Any) -> None:
    """More time is asked before the deadline, once at a time, for a later date."""
    today = clock.local_date(clock.now())
    if case.extensions.filter(closed_at__isnull=True).exists():
        raise Refused(
            "extension_open",
            _("A request for more time is already waiting for an answer."),
            todo=_("Wait for the decision."),
        )
    if case.deadline and today > case.deadline:
        raise Refused(
            "extension_late",
            _("The deadline has passed; no more time can be asked for."),
            why="安全生产违法行为行政处罚办法第17条",
            todo=_("Finish and submit; the supervising unit decides what follows."),
        )
    if case.deadline and data["asked_until"] <= case.deadline:
        why = _("The new date must be later than the present deadline.")
        raise Refused(
            "bad_deadline",
            _("The request was not sent."),
            why=why,
            fields={"asked_until": why},
            status=422,
        )


def granted_extension(case: Hazard, *, data: dict[str, Any], **_kw: Any) -> None:
    """A deadline moves only by a granted extension."""
    granted = case.extensions.filter(state="granted", decided_until=data["until"])
    if not granted.exists():
        raise Refused(
            "extension_missing",
            _("The deadline moves only by a granted request for more time."),
            todo=_("Decide on the request."),
        )


def later_than_now(case: Extension, *, data: dict[str, Any], **_kw: Any) -> None:
    """A granted date lies after the present deadline."""
    if case.hazard.deadline and data["decided_until"] <= case.hazard.deadline:
        why = _("The new date must be later than the present deadline.")
        raise Refused(
            "bad_deadline", _("Not granted."), why=why, fields={"decided_until": why}, status=422
        )


def same_object(case: Hazard, *, data: dict[str, Any], **_kw: Any) -> None:
    """Duplicates are merged only into an open hazard of the same object."""
    into = Hazard.objects.filter(code=data["into"].strip(), closed_at__isnull=True).first()
    if into is None or into.pk == case.pk or into.object_id != case.object_id:
        why = _("Name an open hazard of the same object.")
        raise Refused("bad_merge", _("Not merged."), why=why, fields={"into": why}, status=422)


def dispute_is_ruled(case: Hazard, **_kw: Any) -> None:
    """A disputed hazard goes on only when its dispute has been ruled on or withdrawn."""
    disputes = apps.get_model("org", "Dispute").objects.filter(about_uid=case.uid)
    if waiting := disputes.filter(closed_at__isnull=True).first():
        raise Refused(
            "dispute_open",
            _("The dispute %(code)s has not been ruled on.") % {"code": waiting.code},
            todo=_("Rule on the dispute; the hazard then goes on by itself."),
        )


# --- preparations -------------------------------------------------------------------------------


def assign_supervisor(case: Hazard, resolver: duty.Resolver | None = None) -> None:
    """Name the unit that supervises: by the duty map, the sector's for a major hazard."""
    case.supervisor_id = None
    on = clock.local_date(getattr(case, "opened_at", None) or clock.now())
    holder = (resolver or duty.resolver()).resolve("hazard.accept", case, on)
    case.supervisor_id = holder.unit


def after_grading(case: Hazard, *, data: dict[str, Any], **_kw: Any) -> None:
    """Name the supervisor; keep with the entry what the judge said at this moment and what became of it."""
    if case.is_major:
        assign_supervisor(case)
    else:
        case.standard, case.article = data.get("standard", ""), data.get("article", "")
    with standards.one_library():
        answer = suggestions.kept(suggestions.judge_one(case))
        compared = suggestions.compare(answer, case.grade, case.standard, case.article)
    data["judgement"], data["decision"] = answer, compared.kept()


def after_report_up(case: Hazard, *, at: datetime, **_kw: Any) -> None:
    case.reported_at = at


def new_plan(case: Hazard, **_kw: Any) -> None:
    case.plan_approved = False


def approve(case: Hazard, **_kw: Any) -> None:
    case.plan_approved = True


def send_plan_back(case: Hazard, **_kw: Any) -> None:
    case.plan, case.plan_approved = "", False


def fixed_on_spot(case: Hazard, *, at: datetime, **_kw: Any) -> None:
    """Grade it general and draw lots for the re-check, by its own uid: nobody can choose."""
    case.grade = Grade.GENERAL
    row = packs.find("sampling", "spot_fix", case, clock.local_date(at))
    case.is_sampled = case.uid.int % 100 < (row["percent"] if row else 0)


def rechecked(case: Hazard, **_kw: Any) -> None:
    case.is_rechecked = True


def lift(case: Hazard, **_kw: Any) -> None:
    case.interim, case.interim_note = "", ""


def start_again(case: Hazard, **_kw: Any) -> None:
    """A re-opened hazard needs a new order: nothing of the old one counts any more."""
    case.plan, case.plan_approved, case.deadline = "", False, None
    case.is_sampled = case.is_rechecked = False
    case.grade = case.grade or Grade.GENERAL


def merge_target(case: Hazard, *, data: dict[str, Any], **_kw: Any) -> None:
    case.merged_into = Hazard.objects.get(code=data["into"].strip())
