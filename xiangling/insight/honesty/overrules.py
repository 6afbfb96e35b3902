"""How often officers overrule the judge: suggestion against decision, by standard and month (R-072, R-174)."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, Count, F, QuerySet, When
from django.db.models.functions import TruncMonth

from xiangling.kernel import registry
from xiangling.kernel.actor import Actor

from .figures import LEDGER, Period, address

SUGGESTED = ("major", "general", "unsure", "not_covered")
DECIDED = ("major", "general")
DECISIONS = ("confirmed", "changed", "refused", "alone")
JUDGED = ("confirmed", "changed", "refused")
"""Decisions on a suggestion that said something; the others are no error of anybody's."""


@dataclass(frozen=True)
class Cell:
    """A count that opens its rows."""

    n: int
    url: str


@dataclass
class Line:
    """One standard or one month: its cells by decision, and how many suggestions were not followed."""

    key: str
    cells: dict[str, Cell] = field(default_factory=dict)

    @property
    def n_judged(self) -> int:
        return sum(self.cells[name].n for name in JUDGED)

    @property
    def n_overruled(self) -> int:
        return self.cells["changed"].n + self.cells["refused"].n


class Overrules:
    """The decisions of a period in the reader's area."""

    def __init__(self, actor: Actor, period: Period) -> None:
        self.actor, self.period = actor, period
        self.list = registry.shelf("lists")[LEDGER]

    def params(self, **chosen: str) -> dict[str, str]:
        period = {
            "decided_from": self.period.begins.isoformat(),
            "decided_to": self.period.ends.isoformat(),
        }
        return {"view": "all", **period, **chosen}

    def rows(self, given: Mapping[str, str]) -> QuerySet[Any]:
        found: QuerySet[Any] = self.list.rows(self.actor, given).order_by()
        return found

    def matrix(self) -> dict[str, dict[str, Cell]]:
        """Suggested -> decided -> cell."""
        rows = self.rows(self.params()).values("judged__verdict", "judged__decided")
        counts = {
            (row["judged__verdict"], row["judged__decided"]): row["n"]
            for row in rows.annotate(n=Count("pk"))
        }
        return {
            said: {
                decided: Cell(
                    counts.get((said, decided), 0),
                    address(self.params(verdict=said, decided=decided)),
                )
                for decided in DECIDED
            }
            for said in SUGGESTED
        }

    def unjudged(self) -> Cell:
        """Findings the judge has not read yet; a decision on one is counted once it has."""
        given = {"view": "all", "verdict": "later"}
        return Cell(self.rows(given).count(), address(given))

    def by_standard(self) -> list[Line]:
        """The standard decided by or, where none was cited, suggested; most decisions first."""
        about = Case(
            When(judged__decided_standard="", then=F("judged__standard")),
            default=F("judged__decided_standard"),
        )
        rows = self.rows(self.params()).annotate(about=about).values("about", "judged__decision")
        counts: dict[str, dict[str, int]] = defaultdict(dict)
        for row in rows.annotate(n=Count("pk")):
            counts[row["about"]][row["judged__decision"]] = row["n"]
        lines = [
            self._line(key or "-", found, {"by_standard": key or "-"})
            for key, found in counts.items()
        ]
        return sorted(lines, key=lambda line: (line.key == "-", -line.n_judged, line.key))

    def by_month(self) -> list[Line]:
        """The months of the period, newest first."""
        rows = self.rows(self.params()).annotate(month=TruncMonth("judged__decided_at"))
        counts: dict[Any, dict[str, int]] = defaultdict(dict)
        for row in rows.values("month", "judged__decision").annotate(n=Count("pk")):
            counts[row["month"].date()][row["judged__decision"]] = row["n"]
        lines = []
        for first in sorted(counts, reverse=True):
            last = first.replace(day=monthrange(first.year, first.month)[1])
            inside = Period(max(first, self.period.begins), min(last, self.period.ends))
            days = {
                "decided_from": inside.begins.isoformat(),
                "decided_to": inside.ends.isoformat(),
            }
            lines.append(self._line(f"{first:%Y-%m}", counts[first], days))
        return lines

    def _line(self, key: str, counts: Mapping[str, int], chosen: dict[str, str]) -> Line:
        cells = {
            name: Cell(counts.get(name, 0), address({**self.params(), **chosen, "decision": name}))
            for name in DECISIONS
        }
        return Line(key, cells)
