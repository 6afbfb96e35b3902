"""The verbs of the hazard ledger that touch more than one record."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.apps import apps
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from xiangling.kernel import clock, duty, engine, ledger
from xiangling.kernel.actor import Actor
from xiangling.kernel.models import Entry
from xiangling.kernel.proof import Proof
from xiangling.kernel.refusal import OutOfScope, Refused

from . import queries, rules, suggestions
from .models import Campaign, Extension, Hazard, HazardSource

CAMPAIGN_FACTS = ("name", "begins_on", "ends_on", "sectors", "basis")


def report_hazard(
    facts: dict[str, Any],
    *,
    object_uid: UUID | str,
    actor: Actor,
    proofs: tuple[Proof, ...] | list[Proof] = (),
    uid: UUID | None = None,
) -> Hazard:
    """Open a hazard found at an object. The same `uid` twice is one hazard.

    Raises OutOfScope for an object that is not the actor's to see, Refused for impossible facts.
    """
    hazard = Hazard(uid=uid or uuid4(), **facts)
    place_hazard(hazard, object_uid, actor)
    data = {**opening_facts(hazard), "judgement": suggestions.kept(suggestions.judge_one(hazard))}
    engine.open_case(hazard, actor=actor, data=data, proofs=list(proofs))
    return hazard


def place_hazard(hazard: Hazard, object_uid: UUID | str, actor: Actor) -> None:
    """Set what follows from the object: place, trade, liable unit and supervising unit.

    A workshop or team that reports its own hazard is the liable unit itself.
    """
    rows = apps.get_model("objects", "SupervisedObject").objects.select_related("unit", "parent")
    found = rows.filter(uid=object_uid).first()
    if found is None:
        raise OutOfScope()
    if hazard.found_at > clock.now():
        why = _("The finding lies in the future.")
        raise Refused("future", _("Not recorded."), why=why, fields={"found_at": why}, status=422)
    settle_on(hazard, found)
    if actor.scope.units is not None and actor.unit is not None:
        hazard.unit_id = actor.unit


def settle_on(
    hazard: Hazard, found: Any, resolver: duty.Resolver | None = None, sector: str = ""
) -> None:
    """Tie a hazard to a loaded object and name its supervising unit; `sector` where it is not the object's."""
    hazard.object = found
    hazard.region, hazard.sector = found.region, sector or found.sector
    hazard.unit_id = found.unit_id
    rules.assign_supervisor(hazard, resolver)


def check_campaign(hazard: Hazard, name: str) -> None:
    """Raises Refused beside the field where the hazard cannot have been found in that campaign."""
    if why := rules.not_in_campaign(hazard, queries.campaigns_named([name]).get(name)):
        raise Refused("campaign", _("Not recorded."), why=why, fields={"campaign": why}, status=422)


def not_the_ordering_unit(row: Campaign) -> Refused:
    return Refused(
        "other_unit",
        _("A campaign is kept by the unit that ordered it."),
        ask=row.unit.name,
        status=403,
    )


def save_campaign(row: Campaign, facts: dict[str, Any], *, actor: Actor) -> Campaign:
    """Order a campaign for the area of the actor's unit, or change one's facts. Raises Refused."""
    if not actor.may("campaign.keep"):
        raise Refused(
            "no_duty",
            _("Keeping campaigns is not a duty of your post."),
            todo=_(
                "Switch to the post that carries the duty, or ask the administrator of your unit."
            ),
            status=403,
        )
    unit = apps.get_model("org", "Unit").objects.get(pk=actor.unit or 0)
    is_new = row.pk is None
    if is_new:
        row.unit, row.region = unit, unit.region
    elif row.unit_id != unit.pk:
        raise not_the_ordering_unit(row)
    before = {name: None if is_new else getattr(row, name) for name in CAMPAIGN_FACTS}
    for name in CAMPAIGN_FACTS:
        setattr(row, name, facts[name])
    wrong: dict[str, Any] = {}
    if row.ends_on < row.begins_on:
        wrong["ends_on"] = _("The campaign ends before it begins.")
    if Campaign._base_manager.filter(name=row.name).exclude(pk=row.pk).exists():
        wrong["name"] = _("There is a campaign of this name; add the year or the place.")
    if not is_new and not wrong and queries.findings_outside(row):
        wrong["ends_on"] = _("Findings were made in this campaign on days that would lie outside.")
    if wrong:
        why = next(iter(wrong.values()))
        raise Refused("bad_fact", _("Not saved."), why=why, fields=wrong, status=422)
    with transaction.atomic():
        row.save()
        ledger.record_edit(row, actor=actor, before=before)
    return row


def opening_facts(hazard: Hazard) -> dict[str, Any]:
    """What the first ledger entry keeps of a hazard."""
    return {
        "text": hazard.text,
        "object": str(hazard.object),
        "object_uid": hazard.object.uid,
        "place": hazard.place,
        "source": hazard.source,
        "class": hazard.hazard_class,
        "found_at": hazard.found_at,
        "external_id": hazard.external_id,
        **({"facts": hazard.facts} if hazard.facts else {}),
    }


def report_same(
    hazard: Hazard,
    *,
    source: str,
    text: str,
    actor: Actor,
    proofs: tuple[Proof, ...] | list[Proof] = (),
    uid: UUID | None = None,
) -> Entry:
    """Someone else found the same hazard: one record, one more source (S09)."""
    data = {"source": source, "text": text}
    return engine.move(hazard, "add_source", actor=actor, data=data, proofs=proofs, uid=uid)


# --- effects of steps ---------------------------------------------------------------------------


def keep_source(
    case: Hazard, *, entry: Entry, actor: Actor, data: dict[str, Any], **_kw: Any
) -> None:
    HazardSource.objects.create(
        hazard=case,
        source=data["source"],
        text=data["text"],
        reported_at=entry.at,
        reported_by=actor.label,
        merged_code=data.get("merged_code", ""),
    )


def carry_source_over(case: Hazard, *, actor: Actor, **_kw: Any) -> None:
    """What the merged record knew goes on as a source of the record that is kept."""
    into = case.merged_into
    assert into is not None
    engine.move(
        into,
        "add_source",
        actor=actor,
        data={"source": case.source, "text": case.text, "merged_code": case.code},
    )


def open_extension(case: Hazard, *, actor: Actor, data: dict[str, Any], **_kw: Any) -> None:
    extension = Extension(
        hazard=case,
        region=case.region,
        sector=case.sector,
        unit_id=case.unit_id,
        asked_until=data["asked_until"],
        reason=data["reason"],
    )
    engine.open_case(extension, actor=actor, data={"hazard": case.code, **data})


def move_deadline(case: Extension, *, actor: Actor, data: dict[str, Any], **_kw: Any) -> None:
    engine.move(
        case.hazard,
        "extend",
        actor=actor,
        data={"until": data["decided_until"], "opinion": f"{case.code} {data['opinion']}"},
    )


def end_open_extensions(case: Hazard, *, actor: Actor, **_kw: Any) -> None:
    for extension in case.extensions.filter(closed_at__isnull=True):
        engine.move(extension, "lapse", actor=actor)


def open_dispute(case: Hazard, *, actor: Actor, data: dict[str, Any], **_kw: Any) -> None:
    unit = actor.unit
    assert unit is not None, "only a post disputes, and a post has a unit"
    dispute = apps.get_model("org", "Dispute")(
        region=case.region,
        sector=case.sector,
        unit_id=case.unit_id,
        object_uid=case.object.uid,
        object_kind=case.object_kind,
        subject=f"{case.code} {case.object}"[:200],
        layer="sector" if case.is_major else "territory",
        refused_by_id=unit,
        other_unit_id=data.get("other_unit"),
        reason=data["reason"],
        about_kind="hazard",
        about_uid=case.uid,
    )
    engine.open_case(dispute, actor=actor, data={"hazard": case.code, **data})


def go_on_after_dispute(dispute: Any, *, entry: Entry, actor: Actor) -> None:
    """The ruling on a disputed hazard sends it to the unit that must now act."""
    hazard = Hazard.objects.get(uid=dispute.about_uid)
    unit = dispute.ruled_unit_id or hazard.supervisor_id or dispute.refused_by_id
    engine.move(
        hazard,
        "rule",
        actor=actor,
        data={
            "unit": unit,
            "reason": f"{dispute.code} {dispute.ruling or entry.data.get('reason', '')}",
        },
    )
