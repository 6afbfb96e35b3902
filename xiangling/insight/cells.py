"""Cells: sums of traces by day, month and year and by every level of the division code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeVar

from django.db import connection
from django.db.models import Model

from .facts import SPANS, Fact, Words
from .models import Cell, Subtotal

GRAINS = ("d", "m", "y")
LEVELS = (4, 6, 9, 12)
NO_VILLAGE = "000"
"""Last digits of a place known to the town only: it has no cells below its town."""
_CHUNK = 400


class Key(NamedTuple):
    """What makes a cell one cell."""

    kind: str
    what: str
    grain: str
    region: str
    day: date
    sector: str
    grade: str
    source: str
    state: str


COLUMNS = Key._fields
ALL_SECTORS = "*"
"""The sector of a subtotal of all trades."""
SUBTOTAL_COLUMNS = tuple(name for name in COLUMNS if name != "source")


def subtotals_of(key: Key) -> Iterator[tuple[Any, ...]]:
    """The subtotals that a cell belongs to, of its trade and of all: of all sources, and of what lasts all states."""
    state = "" if key.what in SPANS else key.state
    for sector in (key.sector, ALL_SECTORS):
        words = {"state": state, "sector": sector}
        yield tuple(words.get(name, getattr(key, name)) for name in SUBTOTAL_COLUMNS)


def first_of(grain: str, day: date) -> date:
    """The first day of the day's month or year; the day itself for days."""
    if grain == "d":
        return day
    return day.replace(day=1) if grain == "m" else day.replace(month=1, day=1)


class Deltas:
    """Changes of cells, gathered and then written at once."""

    def __init__(self) -> None:
        self.n: Counter[Key] = Counter()
        self.weight: Counter[Key] = Counter()

    def add(self, kind: str, facts: Iterable[Fact], words: Words, sign: int) -> None:
        """Count facts in (sign 1) or out (-1)."""
        for fact in facts:
            for key, direction in _keys(kind, fact, words):
                self.n[key] += sign * direction
                self.weight[key] += sign * direction * fact.weight

    def write(self) -> int:
        """Add them to the cells in a few statements, always in the same order; returns how many changed."""
        n: Counter[tuple[Any, ...]] = Counter()
        weight: Counter[tuple[Any, ...]] = Counter()
        for key in self.n:
            for whole in subtotals_of(key):
                n[whole] += self.n[key]
                weight[whole] += self.weight[key]
        _upsert(Subtotal, SUBTOTAL_COLUMNS, n, weight)
        return _upsert(Cell, COLUMNS, self.n, self.weight)


def _keys(kind: str, fact: Fact, words: Words) -> Iterator[tuple[Key, int]]:
    moments = [(fact.first_on, 1)]
    if fact.what in SPANS and fact.until_on is not None:
        moments.append((fact.until_on, -1))
    for day, direction in moments:
        for grain in GRAINS:
            first = first_of(grain, day)
            for level in LEVELS if words.region[9:] != NO_VILLAGE else LEVELS[:-1]:
                key = Key(
                    kind,
                    fact.what,
                    grain,
                    words.region[:level],
                    first,
                    words.sector,
                    words.grade,
                    words.source,
                    fact.state,
                )
                yield key, direction


K = TypeVar("K", bound=tuple[Any, ...])


def _upsert(
    model: type[Model],
    columns: Sequence[str],
    n: Mapping[K, int],
    weight: Mapping[K, int],
) -> int:
    """Add changes to the rows of a table, always in the same order; returns how many rows changed."""
    rows = [(*key, n[key], weight[key]) for key in sorted(n) if n[key] or weight[key]]
    table = model._meta.db_table
    row = f"({', '.join(['%s'] * (len(columns) + 2))})"
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        for start in range(0, len(rows), _CHUNK):
            part = rows[start : start + _CHUNK]
            cursor.execute(
                f'INSERT INTO "{table}" ({names}, "n", "weight") VALUES {", ".join([row] * len(part))} '
                f'ON CONFLICT ({names}) DO UPDATE SET n = "{table}".n + excluded.n, '
                f'weight = "{table}".weight + excluded.weight',
                [value for values in part for value in values],
            )
    return len(rows)
