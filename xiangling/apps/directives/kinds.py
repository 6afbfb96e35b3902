"""What documents and tasks offer to the generic pages, the API and the docs."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xiangling.apps.objects import queries as objects
from xiangling.kernel import registry, wording
from xiangling.kernel.loop import Field
from xiangling.kernel.refusal import Refused
from xiangling.kernel.registry import Duty, Intake, Kind
from xiangling.org.sectors import sector_choices, sector_label

from . import actions, queries, terms
from .loop import TASK
from .models import Cycle, Part, Task

registry.add_duties(
    Duty("document.see", _("See documents")),
    Duty("document.take", _("Take documents in and confirm their tasks")),
    Duty("task.see", _("See tasks")),
    Duty("task.assign", _("Assign tasks"), ("issuer", "committee")),
    Duty("task.do", _("Do tasks"), ("enterprise",)),
    Duty("task.check", _("Check tasks"), ("checker", "committee")),
    Duty("task.lead", _("Lead on late tasks"), ("committee",)),
    Duty("task.instruct", _("Give instructions on tasks")),
    Duty("list.keep", _("Keep the lists of tasks")),
    Duty("pledge.keep", _("Keep responsibility pledges")),
    Duty("sheet.keep", _("Keep duty lists")),
)

COLUMNS = {
    "what": _("Task"),
    "object_text": _("Object"),
    "sector": _("Sector"),
    "indicator": _("Indicator"),
    "unit": _("Doer"),
    "checker": _("Checking unit"),
    "due_on": _("Due"),
    "cycle": _("Comes round"),
    "proof_kind": _("Proof"),
    "words": _("Ten words"),
}
"""What a person may have supplied, in words."""


def task_facts(case: Task) -> list[Any]:
    """The record page's facts, in groups of (label, value, address)."""
    document = f"/documents/{case.document.uid}/" if case.document else ""
    anchor = f"{document}#draft-{case.draft_id}" if document and case.draft_id else document
    what = [
        (_("Task"), case.what, ""),
        (_("Object"), case.object_text, ""),
        (_("Sector"), sector_label(case.sector) if case.sector else "", ""),
        (_("Indicator"), case.indicator, ""),
        (_("Ten words"), terms.word_labels(case.words), ""),
    ]
    who = [
        (_("Doer"), case.unit.name, ""),
        (_("Person in charge"), case.doer_person, ""),
        (_("Issuing unit"), case.issuer.name, ""),
        (_("Checking unit"), case.checker.name, ""),
        (_("Due"), case.due_on, ""),
        (_("Proof"), terms.proof_label(case.proof_kind), ""),
        (_("Comes round"), case.recurrence.get_cycle_display() if case.recurrence else "", ""),
    ]
    origin = [
        (_("Basis"), case.basis, anchor),
        (_("Source sentence"), case.source, ""),
        (
            _("Supplied by a person"),
            wording.listed(COLUMNS[name] for name in case.supplied if name in COLUMNS),
            "",
        ),
    ]
    groups = [(_("Task"), what), (_("Who and until when"), who), (_("Where it comes from"), origin)]
    if parts := _parts(case):
        groups.append((pgettext_lazy("task", "Parts"), parts))
    return groups


def _parts(case: Task) -> list[Any]:
    """The whole a task is part of, and its own parts with their shares and states."""
    rows: list[Any] = []
    if case.parent:
        rows.append((_("Part of"), f"{case.parent.code} {case.parent.title()}", _url(case.parent)))
    for part in case.parts.select_related("unit").order_by("id"):
        share = f" {part.share.normalize():f}%" if part.share is not None else ""
        state = TASK.states[part.state].label
        label = part.get_part_display()
        rows.append((label, f"{part.unit.name}{share} {state}", _url(part)))
    return rows


def _url(case: Task) -> str:
    return f"/task/{case.uid}/"


def prepare_task(case: Task, data: dict[str, Any], actor: Any) -> None:
    """A task given by hand: to a unit of the list, or to the firm of an object. Raises Refused."""
    if data.get("object"):
        case.unit_id = objects.get_object(data["object"]).unit_id
    elif data.get("unit"):
        case.unit_id = data["unit"]
    else:
        why = _("Name the unit that does it, or the object whose firm does it.")
        raise Refused(
            "no_doer",
            _("The task was not assigned."),
            why=why,
            todo=_("Choose a unit or an object."),
            fields={"unit": why},
            status=422,
        )
    case.source = data["basis"]
    case.supplied = [name for name in COLUMNS if data.get(name)]
    case.part = Part.WHOLE
    if not case.words:
        case.words = terms.suggested_words(case.what)
    if cycle := data.get("cycle"):
        case.recurrence = actions.start_recurrence(cycle, case.due_on)
    actions.complete(case, actor)


registry.add_kind(
    Kind(
        key="task",
        plural="tasks",
        model=Task,
        loop=TASK,
        label=_("Task"),
        facts=task_facts,
        related=(
            "unit",
            "issuer",
            "checker",
            "document",
            "parent",
            "recurrence",
        ),
        intake=Intake(
            label=_("Assign a task"),
            prepare=prepare_task,
            fields=(
                Field("what", _("Task"), "long", to="what"),
                Field(
                    "unit",
                    _("Doer"),
                    "unit",
                    required=False,
                    choices=lambda case, actor: queries.doer_choices(actor) if actor else (),
                ),
                Field(
                    "object",
                    _("Or the firm of"),
                    "case",
                    required=False,
                ),
                Field(
                    "checker",
                    _("Checking unit"),
                    "unit",
                    to="checker_id",
                    choices=lambda case, actor: queries.checker_choices(actor) if actor else (),
                    initial=lambda case, actor: actor.unit if actor else None,
                ),
                Field("due_on", _("Due"), "date", to="due_on"),
                Field(
                    "proof_kind",
                    _("Proof"),
                    "choice",
                    to="proof_kind",
                    choices=lambda case, actor: terms.proof_choices(),
                ),
                Field("basis", _("Basis"), to="basis", max_length=200),
                Field(
                    "sector",
                    _("Sector"),
                    "choice",
                    to="sector",
                    required=False,
                    choices=lambda case, actor: sector_choices(),
                ),
                Field("indicator", _("Indicator"), to="indicator", required=False, max_length=200),
                Field(
                    "cycle",
                    _("Comes round"),
                    "choice",
                    required=False,
                    choices=Cycle.choices,
                ),
            ),
        ),
    )
)


registry.add("clocks", "tasks", actions.renew_standing)
registry.add("jobs", "document.read", actions.read_document)
