"""What the hazard ledger offers to the generic pages, the API and the docs."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xiangling.kernel import clock, duty, registry, wording
from xiangling.kernel.loop import Field, ProofRule
from xiangling.kernel.registry import Duty, Intake, Kind
from xiangling.org.dutymap import DutyMap, subject_of
from xiangling.org.models import DutyLine
from xiangling.org.regions import region_of
from xiangling.org.sectors import sector_label

from . import actions, beside, notes, queries, suggestions
from .loop import EXTENSION, FACTS, HAZARD
from .models import Extension, Grade, Hazard, HazardClass, Source

registry.add_duties(
    Duty("hazard.see", _("See hazards")),
    Duty("hazard.report", _("Report hazards")),
    Duty("hazard.grade", _("Grade hazards"), ("territory", "sector", "committee")),
    Duty("hazard.order", _("Order rectification"), ("territory", "sector", "committee")),
    Duty("hazard.fix", _("Rectify"), ("enterprise",)),
    Duty("hazard.self_accept", _("Accept within the firm"), ("enterprise",)),
    Duty("hazard.accept", _("Accept rectification"), ("territory", "sector", "committee")),
    Duty("hazard.close", _("Close hazards"), ("territory", "sector", "committee")),
    Duty("hazard.void", _("Void hazards"), ("territory", "sector", "committee")),
    Duty("hazard.rule", _("Send on after a ruling"), ("committee",)),
    Duty("hazard.reopen", _("Re-open hazards")),
    Duty("hazard.supervise", _("Supervise late hazards"), ("sector", "committee")),
    Duty("hazard.lead", _("Lead on late hazards"), ("committee",)),
    Duty("hazard.instruct", _("Give instructions")),
    Duty("hazard.import", _("Import hazards")),
    Duty("campaign.keep", _("Order campaigns"), ("sector", "committee")),
    Duty("extension.ask", _("Ask for more time"), ("enterprise",)),
    Duty("extension.decide", _("Decide on more time"), ("territory", "sector", "committee")),
)

LAYERS = list(DutyLine.Layer.values)


def duty_chain(case: Any, on: date) -> list[dict[str, Any]]:
    """Who answers in each layer, by name; a layer without anyone is a gap."""
    resolver = duty.resolver()
    found = resolver if isinstance(resolver, DutyMap) else DutyMap()
    layers = found.layers(subject_of(case), on)
    labels = dict(DutyLine.Layer.choices)
    chain = []
    for layer in LAYERS:
        holders = list(layers[layer])
        chain.append(
            {"layer": layer, "label": labels[layer], "holders": holders, "gap": not holders}
        )
    return chain


def hazard_facts(case: Hazard) -> list[Any]:
    """The record page's facts, in groups of (label, value, address)."""
    where = [
        (_("Object"), case.object.name, f"/objects/{case.object.uid}/"),
        (pgettext_lazy("hazard", "Place"), case.place, ""),
        (_("Sector"), sector_label(case.sector), ""),
        (_("Region"), region_of(case), ""),
        (_("Liable unit"), case.unit.name, ""),
        (_("Supervising unit"), case.supervisor.name if case.supervisor else "", ""),
    ]
    what = [
        (_("What is wrong"), case.text, ""),
        (_("Facts established"), case.facts, ""),
        (_("Source"), wording.listed(Source(s).label for s in queries.sources_of(case)), ""),
        (_("Class"), case.get_hazard_class_display(), ""),
        (_("Found"), case.found_at, ""),
        (_("Campaign"), getattr(case, "campaign_name", None) or "", ""),
        (_("Standard"), f"{case.standard} {case.article}".strip(), ""),
        (_("Cause"), case.reason, ""),
    ]
    how = [
        (_("Liable person"), case.liable_person, ""),
        (_("Measures"), case.measures, ""),
        (_("Deadline"), case.deadline, ""),
        (_("Funds (CNY)"), case.funds, ""),
        (_("Contingency plan"), case.contingency, ""),
        (_("Leader in charge"), case.leader, ""),
        (_("Until fixed"), case.get_interim_display() if case.interim else "", ""),
        (_("Interim measures"), case.interim_note, ""),
        (_("Rectification plan"), case.plan, ""),
    ]
    links = [
        (_("Merged into"), into.code, f"/hazard/{into.uid}/")
        for into in ([case.merged_into] if case.merged_into else [])
    ]
    links += [
        (
            _("Request for more time"),
            f"{e.code} {EXTENSION.states[e.state].label}",
            f"/extension/{e.uid}/",
        )
        for e in queries.extensions_of(case)
    ]
    links += [
        (_("Disputed duty"), d.code, f"/dispute/{d.uid}/") for d in queries.disputes_about(case)
    ]
    groups: list[tuple[Any, list[Any]]] = [
        (_("Finding"), what),
        (_("Judge's suggestion"), beside.record_rows(case)),
        (_("Where"), where),
        (_("Rectification"), how),
        (_("Related"), links),
    ]
    return [(title, rows) for title, rows in groups if any(value for _l, value, _u in rows)]


def extension_facts(case: Extension) -> list[Any]:
    return [
        (
            _("Request for more time"),
            [
                (
                    _("Hazard"),
                    f"{case.hazard.code} {case.hazard.title()}",
                    f"/hazard/{case.hazard.uid}/",
                ),
                (_("Deadline"), case.hazard.deadline, ""),
                (_("New deadline asked for"), case.asked_until, ""),
                (_("Reason"), case.reason, ""),
                (_("New deadline granted"), case.decided_until, ""),
                (_("Opinion"), case.opinion, ""),
            ],
        )
    ]


def prepare_hazard(case: Hazard, data: dict[str, Any], actor: Any) -> None:
    """Complete a hazard opened by form or API from its object and its reporter."""
    case.found_at = getattr(case, "found_at", None) or clock.now()
    if not actor.may("hazard.grade"):
        case.source = Source.ENTERPRISE
    actions.place_hazard(case, data["object"], actor)
    if data.get("campaign"):
        actions.check_campaign(case, data["campaign"])
    data["judgement"] = suggestions.kept(suggestions.judge_one(case))


def source_choices(case: Any, actor: Any) -> list[tuple[str, Any]]:
    """An enterprise reports its own finds; authorities name the channel."""
    if actor is not None and not actor.may("hazard.grade"):
        return [(Source.ENTERPRISE.value, Source.ENTERPRISE.label)]
    return [choice for choice in Source.choices if choice[0] != Source.ENTERPRISE]


registry.add_kind(
    Kind(
        key="hazard",
        plural="hazards",
        model=Hazard,
        loop=HAZARD,
        label=_("Hazard"),
        facts=hazard_facts,
        mark=lambda case: case.grade,
        mark_label=lambda mark: Grade(mark).label if mark in Grade.values else "",
        place=lambda case: case.object.place,
        chain=duty_chain,
        remarks=beside.remarks,
        noted=notes.note,
        beside=queries.with_beside,
        related=("object__parent", "unit", "supervisor", "merged_into", "judged"),
        intake=Intake(
            label=_("Report a hazard"),
            prepare=prepare_hazard,
            suggest=queries.look_alikes,
            beside=beside.INTAKE,
            proof=ProofRule({"before": 0}),
            fields=(
                Field("object", _("Object"), "case"),
                Field("text", _("What is wrong"), "long", to="text"),
                Field(
                    "place",
                    pgettext_lazy("hazard", "Place"),
                    to="place",
                    required=False,
                    max_length=120,
                ),
                Field(
                    "source",
                    _("Source"),
                    "choice",
                    to="source",
                    choices=source_choices,
                    initial=lambda case, actor: source_choices(case, actor)[0][0],
                ),
                Field(
                    "hazard_class",
                    _("Class"),
                    "choice",
                    to="hazard_class",
                    choices=HazardClass.choices,
                    initial=HazardClass.SAFETY.value,
                ),
                Field("found_at", _("Found"), "datetime", to="found_at", required=False),
                Field(
                    "campaign",
                    _("Campaign"),
                    "choice",
                    choices=lambda case, actor: queries.campaign_choices(actor),
                    required=False,
                ),
                FACTS,
            ),
        ),
    )
)

registry.add_kind(
    Kind(
        key="extension",
        plural="extensions",
        model=Extension,
        loop=EXTENSION,
        label=_("Request for more time"),
        facts=extension_facts,
        mark=lambda case: case.hazard.grade,
        mark_label=lambda mark: Grade(mark).label if mark in Grade.values else "",
        place=lambda case: case.hazard.object.place,
        chain=duty_chain,
        related=("hazard__object", "unit"),
    )
)

registry.add("reactions", "dispute.ruled:hazard", actions.go_on_after_dispute)
registry.add("reactions", "dispute.withdrawn:hazard", actions.go_on_after_dispute)
