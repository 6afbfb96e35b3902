"""Counts over the ledger of tasks: the lists drawn from it, the ten-word grid, and three scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xiangling.kernel.actor import Actor
from xiangling.kernel.lists import List, View
from xiangling.kernel.refusal import Refused
from xiangling.org.models import Unit

from . import queries, terms
from .lists import COLUMNS, TaskLedger
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


def ten_word_grid(actor: Actor) -> dict[str, Any]:
    """Units by the ten words: how many tasks of each; a unit's empty cells are what nobody asked of it (R-007)."""
    counts: dict[int, Counter[str]] = {}
    for unit, marked, n in (
        Task.objects.exclude(state="withdrawn")
        .order_by()
        .values_list("unit", "words")
        .annotate(n=Count("pk"))
    ):
        for word in marked:
            counts.setdefault(unit, Counter())[word] += n
        counts.setdefault(unit, Counter())[""] += n
    with_tasks = Unit.objects.filter(pk__in=counts)
    expected = queries.doer_units(actor) if actor.scope.units is None else with_tasks
    units = list(
        Unit.objects.filter(Q(pk__in=counts) | Q(pk__in=expected.order_by().values("pk"))).order_by(
            "level", "region", "id"
        )[:MOST_UNITS]
    )
    words = terms.ten_words()
    return {
        "words": terms.word_choices(),
        "rows": [
            {
                "unit": unit,
                "cells": [
                    {
                        "word": word,
                        "n": counts.get(unit.pk, Counter())[word],
                        "url": f"/tasks/?view=all&unit={unit.pk}&word={word}",
                    }
                    for word in words
                ],
                "total": counts.get(unit.pk, Counter())[""],
                "url": f"/tasks/?view=all&unit={unit.pk}",
            }
            for unit in units
        ],
        "n_empty": sum(
            not counts.get(unit.pk, Counter())[word] for unit in units for word in words
        ),
        "scores": scores(),
    }


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
