"""Questions across documents, tasks and the units that are named in them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from xiangling.kernel import clock
from xiangling.kernel.actor import Actor
from xiangling.kernel.scope import active
from xiangling.org import queries as org
from xiangling.org.models import Region, Unit, UnitName, in_force

from . import terms
from .models import Document, Recurrence, Task

MOST_UNITS = 400
_GOVERNMENT = re.compile(r"(党委|党工委|人民政府|政府|办事处|管委会)+$")
_BRACKETED = re.compile(r"[（(][^）)]*[）)]")


def today() -> date:
    return clock.local_date(clock.now())


# --- units --------------------------------------------------------------------------------------


def doer_units(actor: Actor) -> QuerySet[Unit]:
    """The units this actor can give a task to from a list: public ones, or the actor's own firm's."""
    rows = org.units_in(actor, today())
    if actor.scope.units is None:
        rows = rows.exclude(kind__in=Unit.ENTERPRISE_KINDS)
    return rows.order_by("level", "region", "id")


def doer_choices(actor: Actor) -> list[tuple[int, str]]:
    return [(unit.pk, unit.name) for unit in doer_units(actor)[:MOST_UNITS]]


def checker_choices(actor: Actor) -> list[tuple[int, str]]:
    """Units that may check: the actor's own first, then the authorities of the area and above it."""
    if actor.scope.units is not None:
        rows = Unit.objects.filter(pk__in=actor.scope.firm or ()).order_by("path")
    else:
        rows = org.authorities(actor, today())
    units = sorted(rows[:MOST_UNITS], key=lambda unit: unit.pk != actor.unit)
    return [(unit.pk, unit.name) for unit in units]


def lower_units(unit: Unit) -> QuerySet[Unit]:
    """The units below one: what hangs under it, and for an authority those of the level beneath."""
    rows = Unit.objects.filter(in_force(today())).exclude(pk=unit.pk)
    below = Q(path__startswith=unit.path)
    if not unit.is_enterprise:
        rows = rows.exclude(kind__in=Unit.ENTERPRISE_KINDS)
        below |= Q(region__startswith=unit.prefix, level__gt=unit.level)
    return rows.filter(below).order_by("level", "region", "id")


def signing_units(unit: Unit) -> list[Unit]:
    """The units one signs pledges with: the departments beside a committee office, and the next level's of its kind."""
    kinds = Unit.Kind
    below = list(lower_units(unit))
    levels = sorted({row.level for row in below if row.level > unit.level})
    if unit.is_enterprise or not levels:
        return below
    if unit.kind == kinds.DEPARTMENT:
        shared = {*unit.sectors}
        return [
            row
            for row in below
            if row.level == levels[0]
            and (row.kind == kinds.STATION or not shared or shared & {*row.sectors})
            and row.kind in (kinds.DEPARTMENT, kinds.STATION)
        ]
    beside = Unit.objects.filter(
        in_force(today()), kind=kinds.DEPARTMENT, level=unit.level, region=unit.region
    )
    offices = (kinds.COMMITTEE_OFFICE, kinds.STATION)
    next_level = [row for row in below if row.level == levels[0] and row.kind in offices]
    return [*beside.order_by("id"), *next_level]


def split_proposal(case: Any, actor: Any) -> str:
    """The lower units of a task's doer, with equal shares that sum to 100, one per line."""
    units = list(lower_units(case.unit)[:20])
    if not units:
        return ""
    each = (Decimal(100) / len(units)).quantize(Decimal("0.01"))
    rest = Decimal(100) - each * (len(units) - 1)
    shares = [each] * (len(units) - 1) + [rest]
    return "\n".join(
        f"{unit.name} {share.normalize():f}" for unit, share in zip(units, shares, strict=True)
    )


def unit_named(name: str, unit: Unit) -> list[Unit]:
    """The units that a name can mean for a document of `unit`: [] unknown, more than one unclear.

    The whole name first, then a former name, then the tail of one (应急管理局 for 东区应急管理局),
    in the unit's own area before the city's.
    """
    plain = _BRACKETED.sub("", name).strip()
    if len(plain) < 2:
        return []
    rows = Unit.objects.filter(in_force(today()), region__startswith=unit.region[:4])
    exact = list(rows.filter(name=plain)[:5])
    if not exact:
        former = UnitName.objects.filter(name=plain).values("unit")
        exact = list(rows.filter(pk__in=former)[:5])
    if exact := exact or list(_offices_of(plain, rows)):
        return exact
    public = rows.exclude(kind__in=Unit.ENTERPRISE_KINDS)
    tails = list(public.filter(name__endswith=plain)[:40])
    tails = tails or list(public.filter(name__contains=plain)[:40])
    for near in (lambda u: u.prefix == unit.prefix, lambda u: u.region.startswith(unit.prefix)):
        found = [u for u in tails if near(u)]
        if found:
            return found
    return tails


def _offices_of(name: str, rows: QuerySet[Unit]) -> QuerySet[Unit]:
    """The committee office of a district, or the station of a town, that is named by its place (石浔区政府)."""
    place = _GOVERNMENT.sub("", name)
    codes = Region.objects.filter(name=place, level__in=(6, 9)).values("code")
    kinds = (Unit.Kind.COMMITTEE_OFFICE, Unit.Kind.STATION)
    return rows.filter(region__in=codes, kind__in=kinds, level__gte=6)[:5]


def group_units(name: str, unit: Unit) -> list[Unit]:
    """The units that a group named in a paper (各镇街) offers to choose from; [] if it is no group."""
    if "各" not in name and "相关" not in name and "有关" not in name:
        return []
    rows = Unit.objects.filter(in_force(today()), region__startswith=unit.prefix)
    for row in terms.unit_groups():
        if re.search(row["pattern"], name):
            found = rows.filter(kind__in=row["kinds"]).exclude(pk=unit.pk)
            if "level" in row:
                found = found.filter(level=row["level"])
            return list(found.order_by("level", "region", "id")[:MOST_UNITS])
    return []


# --- documents ----------------------------------------------------------------------------------


def documents_seen(actor: Actor) -> QuerySet[Document]:
    """Documents of the actor's area, those addressed to the unit, and those that tasks in the area stand on."""
    own = Document._base_manager.filter(active().q(Document)).values("pk")
    behind = Task.objects.filter(document__isnull=False).values("document")
    addressed = Document.addressees.through._default_manager.filter(unit_id=actor.unit or 0)
    return Document._base_manager.filter(
        Q(pk__in=own) | Q(pk__in=behind) | Q(pk__in=addressed.values("document_id"))
    )


def without_own_plan(document: Document) -> list[Unit]:
    """The addressed units that have entered no plan of their own under this one (R-006)."""
    have = Document._base_manager.filter(implements=document).values("unit")
    return list(document.addressees.exclude(pk__in=have).order_by("level", "region", "id"))


# --- tasks --------------------------------------------------------------------------------------


def periods_missed(recurrence: Recurrence, tasks: Iterable[Task], on: date) -> list[date]:
    """The due days up to a day for which a standing duty has no task that was done (R-016)."""
    rows = sorted(tasks, key=lambda task: task.id)
    if not rows:
        return []
    done = {task.due_on for task in rows if task.state == "done"}
    missed: list[date] = []
    due = rows[0].due_on
    while due < on and len(missed) < 200:
        if due not in done:
            missed.append(due)
        due = terms.next_period(due, recurrence.cycle)
    return missed


def firm_named(name: str, actor: Actor) -> Unit | None:
    """The one firm (or part of the actor's own firm) of this very name in the actor's area."""
    rows = org.units_in(actor, today()).filter(kind__in=Unit.ENTERPRISE_KINDS, name=name)
    found = list(rows[:2])
    return found[0] if len(found) == 1 else None
