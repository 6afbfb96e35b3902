"""The life of a disputed duty: raised, answered by the other unit, ruled on, kept."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import CharField, F, Q
from django.db.models.functions import Left, Length
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xiangling.kernel import clock, once, registry
from xiangling.kernel.loop import Field, Loop, State, Step
from xiangling.kernel.models import Entry
from xiangling.kernel.prepared import Given, Prepared, prepare
from xiangling.kernel.refusal import Refused
from xiangling.kernel.registry import Intake, Kind

from .models import Dispute, DutyLine, Unit, in_force


def public_units(case: Any, actor: Any) -> list[tuple[int, str]]:
    """Authorities that can be made answerable around a case's place."""
    region = case.region if case is not None else actor.scope.region
    near = _units_near(clock.local_date(clock.now()), connection.vendor)
    return once.asked(("units near", region), lambda: near.all(region=region, city=region[:4]))


@lru_cache(maxsize=8)
def _units_near(on: date, vendor: str) -> Prepared:
    """Authorities of a city that work in an area around a place or within it, on a day."""
    place = Given("region", CharField())
    area = Left("region", F("level"))  # type: ignore[arg-type]  # a column may stand there
    rows = Unit.objects.filter(in_force(on), kind__in=Unit.PUBLIC_KINDS)
    rows = rows.filter(region__startswith=Given("city", CharField())).alias(
        area=area, above=Left(place, Length(area)), below=Left(area, Length(place))
    )
    near = rows.filter(Q(area=F("above")) | Q(below=place)).order_by("level", "region", "id")
    return prepare(near.values_list("pk", "name"))


def unit_covers(case: Any, *, data: dict[str, Any], **_kwargs: Any) -> None:
    """A matter goes only to a unit that works in its place and trade; elsewhere nobody would see it."""
    unit = Unit.objects.get(pk=data["unit"])
    sector = data.get("sector") or case.sector
    if not unit.covers(case.region, sector):
        why = _("%(unit)s does not supervise this sector in this area.") % {"unit": unit.name}
        raise Refused(
            "wrong_unit",
            _("It was not sent there."),
            why=why,
            todo=_("Choose a unit in charge, or the sector under which that unit takes it over."),
            fields={"unit": why},
            status=422,
        )


def draw_ruled_line(case: Dispute, *, entry: Entry, data: dict[str, Any], **_kwargs: Any) -> None:
    """Write the ruling into the duty map: from today the named unit answers."""
    if not (case.object_uid and case.ruled_unit_id):
        return
    today = clock.local_date(entry.at)
    DutyLine.objects.create(
        layer=case.layer,
        unit_id=case.ruled_unit_id,
        region=case.region[:9],
        sector=case.sector,
        object_kind=case.object_kind,
        object_uid=case.object_uid,
        starts_on=today,
        basis=case.code,
    )


def tell_about(
    case: Dispute, *, entry: Entry, actor: Any, data: dict[str, Any], proofs: Any
) -> None:
    """The ruling's effects: the duty map's new line, and the case that waited for it."""
    draw_ruled_line(case, entry=entry, data=data)
    if reaction := registry.shelf("reactions").get(f"{entry.kind}:{case.about_kind}"):
        reaction(case, entry=entry, actor=actor)


DISPUTE = Loop(
    "dispute",
    label=_("Disputed duty"),
    start="raised",
    opened_by="duty.dispute",
    opened_past="raised",
    opened_told=_("disputed the duty"),
    series="ZY",
    states=[
        State("raised", pgettext_lazy("state", "Raised"), turn="duty.rule", clock="dispute.rule"),
        State("ruled", pgettext_lazy("state", "Ruled"), is_final=True),
        State("withdrawn", pgettext_lazy("state", "Withdrawn"), is_final=True, is_side=True),
    ],
    steps=[
        Step(
            "refuse_too",
            "raised -> =",
            by="duty.dispute",
            not_by=("open",),
            label=pgettext_lazy("step", "Refuse as well"),
            past="refused_too",
            told=_("refused the duty as well"),
            fields=(Field("reason", _("Reason"), "long"),),
        ),
        Step(
            "rule",
            "raised -> ruled",
            by="duty.rule",
            label=pgettext_lazy("step", "Rule"),
            past="ruled",
            told=_("ruled on the dispute"),
            is_primary=True,
            fields=(
                Field(
                    "unit", _("Answerable unit"), "unit", to="ruled_unit_id", choices=public_units
                ),
                Field("ruling", _("Grounds"), "long", to="ruling"),
            ),
            guards=(unit_covers,),
            effect=tell_about,
            law="安全生产法第10条",
        ),
        Step(
            "withdraw",
            "raised -> withdrawn",
            by="duty.dispute",
            label=pgettext_lazy("step", "Withdraw"),
            past="withdrawn",
            told=_("withdrew the dispute"),
            fields=(Field("reason", _("Reason"), "long"),),
            effect=tell_about,
        ),
    ],
)


def dispute_facts(case: Dispute) -> list[Any]:
    return [
        (
            _("Dispute"),
            [
                (_("Subject"), case.subject, ""),
                (_("Layer"), case.get_layer_display(), ""),
                (_("Unit that refuses"), case.refused_by.name, ""),
                (_("Other unit"), case.other_unit.name if case.other_unit else "", ""),
                (_("Reason"), case.reason, ""),
                (_("Ruling"), case.ruling, ""),
                (_("Answerable unit"), case.ruled_unit.name if case.ruled_unit else "", ""),
            ],
        )
    ]


def prepare_dispute(case: Dispute, data: dict[str, Any], actor: Any) -> None:
    case.region = actor.scope.region.ljust(12, "0")
    case.unit_id = case.refused_by_id = actor.unit


registry.add_kind(
    Kind(
        key="dispute",
        plural="disputes",
        model=Dispute,
        loop=DISPUTE,
        label=_("Disputed duty"),
        facts=dispute_facts,
        related=("refused_by", "other_unit", "ruled_unit", "unit"),
        intake=Intake(
            label=_("Dispute a duty"),
            prepare=prepare_dispute,
            fields=(
                Field("subject", _("Subject"), to="subject", max_length=200),
                Field("layer", _("Layer"), "choice", to="layer", choices=DutyLine.Layer.choices),
                Field(
                    "other_unit",
                    _("Other unit"),
                    "unit",
                    to="other_unit_id",
                    choices=public_units,
                    required=False,
                ),
                Field("reason", _("Reason"), "long", to="reason"),
            ),
        ),
    )
)
