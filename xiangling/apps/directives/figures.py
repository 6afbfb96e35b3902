"""Counts over the ledger of tasks: the lists drawn from it, the grid of a set of words, and three scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xiangling.kernel import packs
from xiangling.kernel.actor import Actor
from xiangling.kernel.lists import List, View
from xiangling.kernel.refusal import Refused
from xiangling.org.models import Unit

from . import queries, terms
from .lists import ASKED, COLUMNS, TaskLedger
from .models import Part, Recurrence, Task, TaskList

COLUMN_OF = {column.key: column for column in COLUMNS} | {
    "what": next(column for column in COLUMNS if column.key == "title"),
    "unit": next(column for column in COLUMNS if column.key == "unit.name"),
    "checker": next(column for column in COLUMNS if column.key == "checker.name"),
    "issuer": next(column for column in COLUMNS if column.key == "issuer.name"),
}
MOST_UNITS = 60


class DrawnList(TaskLedger):
    """A list drawn from the ledger: its own name and columns, the ledger's rows and filters."""

    views: ClassVar[tuple[View, ...]] = (TaskLedger.views[0],)
    start_view = ""
    is_savable = False
    own_query: ClassVar[dict[str, str]] = {}

    def rows(self, actor: Actor, params: Mapping[str, Any]) -> QuerySet[Any]:
        """The ledger's rows that the list's own filter lets through, then those of the page's filters."""
        own = super().rows(actor, self.own_query).order_by()
        return super().rows(actor, params).filter(pk__in=own.values("pk"))


def drawn_list(row: TaskList) -> List:
    """The list that a stored one describes."""
    names = [name for name in row.columns if name in COLUMN_OF]
    made = {
        "key": f"task-lists/{row.key}",
        "title": row.name,
        "columns": tuple(COLUMN_OF[name] for name in names) or COLUMNS[:6],
        "own_query": clean_query(row.query),
    }
    found: List = type("StoredList", (DrawnList,), made)()
    return found


def clean_query(query: Any) -> dict[str, str]:
    """The parts of a stored filter that the ledger knows."""
    known = {wanted.key for wanted in TaskLedger.filters}
    given = query if isinstance(query, dict) else {}
    return {key: str(value) for key, value in given.items() if key in known and value}


@dataclass(frozen=True)
class ListCount:
    """How many tasks of the ledger a list holds, and how many it leaves out; the two sum to the ledger."""

    row: TaskList
    n_in: int
    n_out: int
    query: dict[str, str]

    @property
    def whole(self) -> int:
        return self.n_in + self.n_out


def counts_of_lists(actor: Actor) -> tuple[int, list[ListCount]]:
    """The ledger's count, and each list's with what it leaves out."""
    ledger = TaskLedger()
    whole = Task.objects.count()
    found = []
    for row in TaskList.objects.all():
        query = clean_query(row.query)
        try:
            rows = ledger.rows(actor, query).order_by()
        except Refused:  # a choice that is offered no more: the list is empty and says so
            rows = Task.objects.none()
        n_in = rows.count()
        n_out = Task.objects.exclude(pk__in=rows.values("pk")).count()
        found.append(ListCount(row, n_in, n_out, query))
    return whole, found


def start_lists() -> None:
    """The lists of the pack, where there is none yet."""
    if not TaskList.objects.exists():
        TaskList.objects.bulk_create(
            (
                TaskList(key=row["key"], name=row["name"], columns=row["columns"], order=place)
                for place, row in enumerate(terms.first_lists())
            ),
            ignore_conflicts=True,
        )


def word_grid(actor: Actor, chosen: packs.Row) -> dict[str, Any]:
    """Units by the members of a set: how many tasks of each; a unit's empty cells are what nobody asked of it (R-007).

    Withdrawn tasks count nowhere; the address of a cell or total opens exactly the tasks it counts.
    """
    asked = Task.objects.filter(ASKED).order_by()
    totals = dict(asked.values_list("unit").annotate(n=Count("pk")))
    with_tasks = Unit.objects.filter(pk__in=totals)
    expected = queries.doer_units(actor) if actor.scope.units is None else with_tasks
    units = list(
        Unit.objects.filter(Q(pk__in=totals) | Q(pk__in=expected.order_by().values("pk"))).order_by(
            "level", "region", "id"
        )[:MOST_UNITS]
    )
    members = terms.members(chosen)
    counts = _counts(asked.filter(unit__in=[unit.pk for unit in units]), chosen)
    rows = [
        {
            "unit": unit,
            "cells": [
                {"word": key, "n": counts[unit.pk, key], "url": _cell_url(unit, chosen, key)}
                for key, _label in members
            ],
            "total": totals.get(unit.pk, 0),
            "url": _tasks_url(unit),
        }
        for unit in units
    ]
    return {
        "set": chosen,
        "words": members,
        "rows": rows,
        "n_empty": sum(not cell["n"] for row in rows for cell in row["cells"]),
        "scores": scores(),
    }


def _counts(tasks: QuerySet[Task], chosen: packs.Row) -> Counter[tuple[int, str]]:
    """(unit, member) -> how many of these tasks: of a kept set by what the tasks keep, of another by their text."""
    found = Counter[tuple[int, str]]()
    if chosen.get("is_kept"):
        for unit, marked, n in tasks.values_list("unit", "words").annotate(n=Count("pk")):
            for word in marked:
                found[unit, word] += n
        return found
    keys = [member["key"] for member in chosen["members"]]
    counted = [Count("pk", filter=terms.of_member(chosen, key)) for key in keys]
    names = [f"n_{place}" for place in range(len(keys))]
    rows = tasks.values_list("unit").annotate(**dict(zip(names, counted, strict=True)))
    for unit, *numbers in rows.values_list("unit", *names):
        found.update({(unit, key): n for key, n in zip(keys, numbers, strict=True)})
    return found


def _tasks_url(unit: Unit, **more: str) -> str:
    return f"/tasks/?{urlencode({'view': 'all', 'unit': unit.pk, 'asked': 'on', **more})}"


def _cell_url(unit: Unit, chosen: packs.Row, key: str) -> str:
    if chosen.get("is_kept"):
        return _tasks_url(unit, word=key)
    return _tasks_url(unit, member=f"{chosen['key']}.{key}")


def scores() -> list[dict[str, Any]]:
    """深、准、狠 from data: broken down to somebody by name or share; measurable and on time; judged and not waved through."""
    rows = Task.objects.exclude(state__in=("withdrawn", "skipped"))
    parts = Task._base_manager.filter(parent=OuterRef("pk"))
    n = rows.aggregate(
        all=Count("pk"),
        deep=Count("pk", filter=~Q(doer_person="") | Q(Exists(parts))),
        exact=Count("pk", filter=~Q(indicator="")),
        closed=Count("pk", filter=Q(state="done")),
        in_time=Count("pk", filter=Q(state="done", closed_at__date__lte=F("due_on"))),
    )
    return [
        {
            "name": pgettext_lazy("score", "Deep"),
            "help": _("tasks with a person in charge or split to lower units"),
            "part": n["deep"],
            "whole": n["all"],
        },
        {
            "name": pgettext_lazy("score", "Exact"),
            "help": _("tasks with an indicator to measure by"),
            "part": n["exact"],
            "whole": n["all"],
        },
        {
            "name": pgettext_lazy("score", "Firm"),
            "help": _("tasks done that were done by their due date"),
            "part": n["in_time"],
            "whole": n["closed"],
        },
    ]


def standing_duties() -> list[dict[str, Any]]:
    """The standing duties with a task in the reader's area: the task now, and the periods missed (R-016)."""
    found = []
    tasks = Task.objects.filter(recurrence__isnull=False).exclude(part=Part.ASSIST)
    rows = Recurrence.objects.filter(pk__in=tasks.order_by().values("recurrence"))
    for row in rows.order_by("-id")[:200]:
        own = list(tasks.filter(recurrence=row).select_related("unit", "checker").order_by("id"))
        last = own[-1]
        skipped = {task.due_on for task in own if task.state == "skipped"}
        missed = queries.periods_missed(row, own, queries.today())
        found.append(
            {
                "row": row,
                "last": last,
                "n": len(own),
                "missed": [{"day": day, "is_skipped": day in skipped} for day in missed],
            }
        )
    return found
