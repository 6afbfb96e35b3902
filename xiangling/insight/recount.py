"""The recount: figures made again from rows and ledger, and every difference named.

Two independent steps. Each case's facts are read anew from its row and entries and compared with the
traces kept; and the database itself adds up the traces, by a rule written a second time in SQL, and
compares with the cells. Visits are compared with the hazards. Cases announced but not yet counted are named, not compared: they are late,
not wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models.functions import Length

from xiangling.kernel import registry
from xiangling.kernel.models import Arrival

from . import tallies, visits
from .cells import ALL_SECTORS, COLUMNS, GRAINS, LEVELS, NO_VILLAGE, SUBTOTAL_COLUMNS
from .facts import SPANS
from .models import Cell, Subtotal, Trace

BATCH = 500
SUMS: dict[type[Cell | Subtotal], tuple[str, ...]] = {Cell: COLUMNS, Subtotal: SUBTOTAL_COLUMNS}
"""The tables of sums and the columns that make a row of each one row."""


@dataclass(frozen=True)
class Difference:
    """Where a kept figure is not what rows and ledger say; `what` names it."""

    what: str
    kept: str
    counted: str

    def __str__(self) -> str:
        return f"{self.what}: kept {self.kept}, counted {self.counted}"


@dataclass
class Outcome:
    """What a recount went through."""

    n_cases: int = 0
    n_cells: int = 0
    n_waiting: int = 0
    n_differences: int = 0
    n_mended: int = 0


def recount(outcome: Outcome, *, mend: bool = False) -> Iterator[Difference]:
    """Compare everything, yielding each difference; `mend` replaces what is wrong as it goes.

    Holds the tallies for a batch or one comparison at a time, so that work goes on meanwhile. Call
    within an unscoped block.
    """
    for found in _all(outcome, mend=mend):
        outcome.n_differences += 1
        outcome.n_mended += mend
        yield found


def _all(outcome: Outcome, *, mend: bool) -> Iterator[Difference]:
    for kind in registry.kinds():
        last = 0
        while True:
            rows = kind.model._base_manager.filter(pk__gt=last).order_by("pk")
            batch = list(rows.values_list("pk", "uid")[:BATCH])
            if not batch:
                break
            last = batch[-1][0]
            yield from _cases(kind.key, [uid for _pk, uid in batch], outcome, mend=mend)
    yield from _gone(outcome, mend=mend)
    for model in SUMS:
        for grain in GRAINS:
            for level in LEVELS:
                yield from _sums(model, grain, level, outcome, mend=mend)
    for (number, year), is_kept in visits.differences(mend=mend):
        told = ("nothing", "visited")
        yield Difference(f"object {number} {year}", told[is_kept], told[not is_kept])


# --- cases against traces -----------------------------------------------------------------------


def _cases(key: str, uids: list[UUID], outcome: Outcome, *, mend: bool) -> list[Difference]:
    with transaction.atomic():
        tallies.hold_in_turn()
        # the order matters: what was announced after this line was also written after it
        waiting = set(Arrival.objects.filter(case_uid__in=uids).values_list("case_uid", flat=True))
        checked = [uid for uid in uids if uid not in waiting]
        before, now = tallies.traced(key, checked), tallies.count_afresh(key, checked)
        late = Arrival.objects.filter(case_uid__in=checked).values_list("case_uid", flat=True)
        waiting |= set(late)
        outcome.n_cases += len(uids) - len(waiting)
        outcome.n_waiting += len(waiting)
        wrong = [uid for uid in checked if uid not in waiting and before.get(uid) != now.get(uid)]
        if mend and wrong:
            tallies.recount_cases(key, wrong)
    return [
        Difference(f"{key} {uid}", _told(before.get(uid)), _told(now.get(uid))) for uid in wrong
    ]


def _told(counted: tallies.Counted | None) -> str:
    """The facts of a case in one line."""
    if counted is None:
        return "nothing"
    words, facts = counted
    said = [
        f"{fact.what}{':' + fact.state if fact.state else ''} {fact.first_on}"
        f"{'..' + str(fact.until_on) if fact.until_on else ''}"
        for fact in facts
    ]
    return f"[{words.region} {words.sector} {words.grade} {words.source}] {', '.join(said)}"


def _gone(outcome: Outcome, *, mend: bool) -> Iterator[Difference]:
    """Traces of cases that no row stands for."""
    keys = Trace.objects.values_list("kind", flat=True).distinct().order_by("kind")
    for key in list(keys):
        kind = registry.shelf("kinds").get(key)
        rows = Trace.objects.filter(kind=key)
        if kind is not None:
            rows = rows.exclude(case_uid__in=kind.model._base_manager.values("uid"))
        uids = list(rows.values_list("case_uid", flat=True).distinct()[:BATCH])
        while uids:
            yield from _cases(key, uids, outcome, mend=mend)
            if not mend:
                break
            uids = list(rows.values_list("case_uid", flat=True).distinct()[:BATCH])


# --- traces against cells -----------------------------------------------------------------------

FIRST = {
    "sqlite": {
        "d": "{0}",
        "m": "date({0}, 'start of month')",
        "y": "date({0}, 'start of year')",
    },
    "postgresql": {
        "d": "{0}",
        "m": "date_trunc('month', {0})::date",
        "y": "date_trunc('year', {0})::date",
    },
}
"""SQL of the first day of a day's grain, by database."""


def sums_sql(model: type[Cell | Subtotal], grain: str, level: int) -> str:
    """The traces as they go into the sums of one grain and level: key columns, n, weight, not yet added up."""
    names = {"grain": f"'{grain}'", "region": f"substr(region, 1, {level})"}
    if model is Cell:
        return _sides_sql(model, grain, level, names)
    lasting = ", ".join(f"'{name}'" for name in SPANS)
    names["state"] = f"CASE WHEN what IN ({lasting}) THEN '' ELSE state END"
    of_all = {**names, "sector": f"'{ALL_SECTORS}'"}
    return " UNION ALL ".join(_sides_sql(model, grain, level, said) for said in (names, of_all))


def _sides_sql(
    model: type[Cell | Subtotal], grain: str, level: int, names: Mapping[str, str]
) -> str:
    placed = f"substr(region, 10, 3) <> '{NO_VILLAGE}'" if level == LEVELS[-1] else "1 = 1"
    spans = ", ".join(f"'{name}'" for name in SPANS)

    def side(column: str, sign: int, where: str) -> str:
        day = FIRST[connection.vendor][grain].format(column)
        picked = ", ".join(
            f"{names.get(name, name)} AS {name}" for name in SUMS[model] if name != "day"
        )
        return (
            f"SELECT {picked}, {day} AS day, {sign} AS n, {sign} * weight AS weight "
            f'FROM "{Trace._meta.db_table}" WHERE {where}'
        )

    both = [
        side("first_on", 1, placed),
        side("until_on", -1, f"until_on IS NOT NULL AND what IN ({spans}) AND {placed}"),
    ]
    return " UNION ALL ".join(both)


def _differences_sql(model: type[Cell | Subtotal], grain: str, level: int) -> str:
    """Keys at which the sums kept are not the sum of the traces, with both figures; one statement, so one moment."""
    keys = ", ".join(SUMS[model])
    width = f"grain = '{grain}' AND length(region) = {level}"
    return (
        f"SELECT {keys}, SUM(kept_n), SUM(kept_w), SUM(n), SUM(w) FROM ("
        f"SELECT {keys}, 0 AS kept_n, 0 AS kept_w, n, weight AS w FROM ({sums_sql(model, grain, level)}) AS t "
        f"UNION ALL SELECT {keys}, n, weight, 0, 0 "
        f'FROM "{model._meta.db_table}" WHERE {width}) AS both_sides GROUP BY {keys} '
        "HAVING SUM(kept_n) <> SUM(n) OR SUM(kept_w) <> SUM(w)"
    )


def _sums(
    model: type[Cell | Subtotal], grain: str, level: int, outcome: Outcome, *, mend: bool
) -> list[Difference]:
    keys = SUMS[model]
    with transaction.atomic():
        if mend:
            tallies.hold_in_turn()
        rows: list[tuple[Any, ...]]
        with connection.cursor() as cursor:
            cursor.execute(_differences_sql(model, grain, level))
            rows = cursor.fetchall()
        for row in rows if mend else ():
            key = dict(zip(keys, row, strict=False))
            fresh = {"n": int(row[-2]), "weight": int(row[-1])}
            model._base_manager.update_or_create(**key, defaults=fresh)
    outcome.n_cells += (
        model._base_manager.annotate(width=Length("region"))
        .filter(grain=grain, width=level)
        .count()
    )
    return [
        Difference(
            " ".join(str(part) for part in row[: len(keys)] if part),
            f"{row[-4]} ({row[-3]})",
            f"{row[-2]} ({row[-1]})",
        )
        for row in rows
    ]
