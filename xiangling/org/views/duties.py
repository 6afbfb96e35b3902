"""The duty map: who answers, on any date; its lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from xiangling.kernel.duty import Holder
from xiangling.kernel.models import Edit
from xiangling.kernel.refusal import OutOfScope
from xiangling.org.actions import duties as act
from xiangling.org.dutymap import DutyMap, Subject
from xiangling.org.forms import LastDayForm, LineForm, MapForm, ReplaceForm
from xiangling.org.lists import region_name
from xiangling.org.middleware import Seated
from xiangling.org.models import DutyLine
from xiangling.org.queries import ALL_SECTORS, find_objects, get_object, lines_about
from xiangling.org.sectors import sector_label

from .pages import for_duty, run_form, today

GAPS = (DutyLine.Layer.TERRITORY, DutyLine.Layer.SECTOR)
"""Layers that must never be empty; the others depend on the object."""


@dataclass(frozen=True)
class LayerRow:
    """One layer of the answer: who, on the day asked and on the day compared with."""

    label: Any
    holders: list[Holder]
    others: list[Holder]
    is_gap: bool
    differs: bool


@for_duty("duty.see")
def index(request: Seated) -> HttpResponse:
    """Pick an object, or a place and a sector, and a day: who answers in each layer, by name."""
    form = MapForm(request.GET or None, actor=request.actor, on=today())
    answers = form.cleaned_data if form.is_bound and form.is_valid() else {}
    on, against = answers.get("on") or today(), answers.get("against")
    chosen, found = _chosen(request, answers)
    subject = _subject(chosen, answers)
    context = {
        "form": form,
        "on": on,
        "against": against,
        "chosen": chosen,
        "carried": chosen.uid if chosen is not None else "",
        "found": found,
        "asked": bool(answers.get("q")),
        "about": _about(chosen, subject),
        "rows": _rows(subject, on, against) if subject else [],
        "lines": _lines(subject, on) if subject else [],
        "may_edit": request.actor.may("duty.edit"),
        "subject": subject,
    }
    return render(request, "org/duties.html", context, status=422 if form.errors else 200)


def _chosen(request: Seated, answers: dict[str, Any]) -> tuple[Any, list[Any]]:
    """The object asked about, or the objects that fit the words; a place put in later goes first."""
    if answers.get("q"):
        found = list(find_objects(answers["q"]))
        return (found[0], []) if len(found) == 1 else (None, found)
    uid = "" if answers.get("region") else request.GET.get("object", "")
    return (get_object(uid) if uid else None), []


def _subject(chosen: Any, answers: dict[str, Any]) -> Subject | None:
    if chosen is not None:
        return Subject(chosen.region, chosen.sector, chosen.kind, chosen.uid, chosen.unit_id)
    if answers.get("region"):
        return Subject(answers["region"].ljust(12, "0"), answers.get("sector", ""))
    return None


def blind(request: Seated) -> HttpResponse:
    """The objects nobody answers for: a view of the list of objects."""
    return HttpResponseRedirect("/objects/?view=blind")


def _about(chosen: Any, subject: Subject | None) -> str:
    if subject is None:
        return ""
    sector = sector_label(subject.sector) if subject.sector else str(ALL_SECTORS)
    place = chosen.name if chosen is not None else region_name(subject.region.rstrip("0"))
    return f"{place} · {sector}"


def _rows(subject: Subject, on: date, against: date | None) -> list[LayerRow]:
    now = DutyMap().layers(subject, on)
    then = DutyMap().layers(subject, against) if against else now
    wanted = [layer for layer in DutyLine.Layer if layer in GAPS or subject.object_uid]
    return [
        LayerRow(
            label=layer.label,
            holders=now[layer],
            others=then[layer] if against else [],
            is_gap=not now[layer],
            differs=bool(against) and now[layer] != then[layer],
        )
        for layer in wanted
    ]


def _lines(subject: Subject, on: date) -> list[DutyLine]:
    duty_map = DutyMap()
    return [line for layer in DutyLine.Layer for line in duty_map.lines_for(layer, subject, on)]


# --- lines --------------------------------------------------------------------------------------


def _line(request: Seated, pk: int) -> DutyLine:
    """A line that touches the actor's area. Raises OutOfScope."""
    line = lines_about(request.actor).filter(pk=pk).select_related("unit", "post").first()
    if line is None:
        raise OutOfScope
    return line


@for_duty("duty.see")
def line(request: Seated, pk: int) -> HttpResponse:
    """One line: what it says, since when, on what basis, and who changed it."""
    found = _line(request, pk)
    edits = Edit.objects.filter(model="org.dutyline", row_id=str(pk)).order_by("-id")
    is_over = found.ends_on is not None and found.ends_on < today()
    context = {
        "line": found,
        "place": region_name(found.region),
        "sector": sector_label(found.sector) if found.sector else ALL_SECTORS,
        "unit_name": found.unit.name_on(found.ends_on or today()),
        "edits": edits,
        "may_edit": request.actor.may("duty.edit") and not is_over,
    }
    return render(request, "org/line.html", context)


@for_duty("duty.edit")
def add(request: Seated) -> HttpResponse:
    wanted = ("layer", "region", "sector", "unit")
    initial = {name: request.GET[name] for name in wanted if request.GET.get(name)}
    chosen = get_object(request.GET["object"]) if request.GET.get("object") else None
    if chosen is not None:
        initial |= {"region": chosen.region[:9], "sector": chosen.sector}

    def run(answers: dict[str, Any]) -> str:
        if chosen is not None:
            answers |= {"object_uid": chosen.uid, "object_kind": chosen.kind}
        return _page(act.add_line(actor=request.actor, **answers))

    return run_form(
        request,
        LineForm,
        run,
        done=_("The line was added."),
        initial=initial,
        title=_("Add a duty line"),
        note=chosen.name if chosen is not None else "",
        cancel_url="/duties/",
        aside_title=_("What happens next"),
        aside=[_("Open cases of this place and sector go to whoever answers from today.")],
    )


@for_duty("duty.edit")
def end(request: Seated, pk: int) -> HttpResponse:
    found = _line(request, pk)

    def run(answers: dict[str, Any]) -> str:
        return _page(act.end_line(found, actor=request.actor, **answers))

    return run_form(
        request,
        LastDayForm,
        run,
        done=_("The line ends."),
        title=_("End the duty line"),
        note=str(found.unit),
        submit_label=_("End"),
        danger=True,
        cancel_url=_page(found),
        aside_title=_("What happens next"),
        aside=[_("If no other line covers the place, it becomes a blind spot the day after.")],
    )


@for_duty("duty.edit")
def replace(request: Seated, pk: int) -> HttpResponse:
    found = _line(request, pk)

    def run(answers: dict[str, Any]) -> str:
        return _page(act.replace_line(found, actor=request.actor, **answers))

    return run_form(
        request,
        ReplaceForm,
        run,
        done=_("The duty passes on."),
        title=_("Another unit answers from a day on"),
        note=str(found.unit),
        cancel_url=_page(found),
        aside_title=_("What happens next"),
        aside=[
            _("The old line ends the day before and stays in the map for the days it held."),
            _("Open cases go to the new unit from that day."),
        ],
    )


def _page(line: DutyLine) -> str:
    return f"/duties/lines/{line.pk}/"
