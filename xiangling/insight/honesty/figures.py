"""Ledger honesty: the signs counted by unit, inspector or campaign, every count by the filters that open its rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, QuerySet

from xiangling.kernel import clock, registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.scope import unscoped

from .rates import Expected, expected, wilson
from .signs import FOUND, MAJORS, SHARES, Sign

LEDGER = "hazards"
MOST_GROUPS = 100
"""Groups shown at once, those with most findings first."""
PERIOD = timedelta(days=90)
GROUPS = {
    "unit": {"finder": ("handling__found_unit", "finder_unit"), "closer": ("handling__closed_unit", "closer_unit")},
    "campaign": {"finder": ("handling__campaign", "campaign"), "closer": ("handling__campaign", "campaign")},
    "person": {"finder": ("handling__found_by", "finder"), "closer": ("handling__closed_by", "closer")},
}  # fmt: skip
"""By what is grouped -> who answers -> (column of the hazard, filter of its list)."""


@dataclass(frozen=True)
class Period:
    """Both days included, as the list's filters take them."""

    begins: date
    ends: date

    @classmethod
    def latest(cls) -> Period:
        today = clock.local_date(clock.now())
        return cls(today - PERIOD + timedelta(days=1), today)

    def of(self, sign: Sign) -> dict[str, str]:
        first, last = sign.period
        return {first: self.begins.isoformat(), last: self.ends.isoformat()}


@dataclass(frozen=True)
class Figure:
    """A count and its whole (None: unknown), and the addresses of the rows behind both."""

    n: int | None
    whole: int | None
    url: str
    whole_url: str
    is_striking: bool = False

    @property
    def share(self) -> float | None:
        return self.n / self.whole if self.n is not None and self.whole else None


@dataclass
class Group:
    """One unit, person or campaign with its figures."""

    key: int
    n: int
    figures: dict[str, Figure] = field(default_factory=dict)
    majors: Expected | None = None


def params(sign: Sign, period: Period, *, whole: bool = False) -> dict[str, str]:
    """The filters of the hazard list that select a sign's rows, or all it is a share of."""
    chosen = sign.whole if whole else {**sign.whole, **sign.rows}
    return {"view": "all", "counted": "on", **period.of(sign), **chosen}


def address(given: Mapping[str, str]) -> str:
    return f"/{LEDGER}/?{urlencode(given)}"


class Honesty:
    """The figures of a period in the reader's area, grouped by "unit", "person" or "campaign"."""

    def __init__(self, actor: Actor, period: Period, by: str = "unit") -> None:
        self.actor, self.period, self.by = actor, period, by
        self.list = registry.shelf("lists")[LEDGER]

    def rows(self, given: Mapping[str, str]) -> QuerySet[Any]:
        found: QuerySet[Any] = self.list.rows(self.actor, given).order_by()
        return found

    def counts(self, given: Mapping[str, str], of: str) -> dict[int, int]:
        """Group -> how many rows, in one query."""
        column = GROUPS[self.by][of][0]
        rows = self.rows(given).filter(**{f"{column}__isnull": False})
        return {row[column]: row["n"] for row in rows.values(column).annotate(n=Count("pk"))}

    def unjudged(self) -> Figure:
        """Findings of the period that the judge has not read yet: they are in no share of what it says."""
        given = {**params(FOUND, self.period), "verdict": "later"}
        return Figure(self.rows(given).count(), None, address(given), "")

    def groups(self, only: int | None = None) -> list[Group]:
        """The groups with findings or closings in the period, those with most findings first."""
        found = self.counts(params(FOUND, self.period), "finder")
        made: dict[int, Group] = {key: Group(key, n) for key, n in found.items()}
        counted = {}
        for sign in SHARES:
            wholes = self.counts(params(sign, self.period, whole=True), sign.of)
            counted[sign.key] = (self.counts(params(sign, self.period), sign.of), wholes)
            for key in wholes:
                made.setdefault(key, Group(key, 0))
        if only is not None:
            made = {only: made.get(only, Group(only, 0))}
        own = self.actor.scope.units
        if own is not None:
            made = {key: group for key, group in made.items() if self.by == "unit" and key in own}
        shown = sorted(made.values(), key=lambda group: (-group.n, group.key))[:MOST_GROUPS]
        for sign in SHARES:
            self._add_share(shown, sign, *counted[sign.key])
        self._add_majors(shown)
        return shown

    def _add_share(
        self, groups: list[Group], sign: Sign, parts: dict[int, int], wholes: dict[int, int]
    ) -> None:
        everywhere = sum(parts.values()) / max(1, sum(wholes.values()))
        for group in groups:
            whole = wholes.get(group.key, 0)
            n = parts.get(group.key, 0) if whole else None
            group.figures[sign.key] = Figure(
                n,
                whole or None,
                self._address(sign, group.key),
                self._address(sign, group.key, whole=True),
                bool(n) and wilson(n or 0, whole)[0] > everywhere,
            )

    def _address(self, sign: Sign, key: int, *, whole: bool = False) -> str:
        return address(self.params_of(sign, key, whole=whole))

    def params_of(self, sign: Sign, key: int, *, whole: bool = False) -> dict[str, str]:
        """The filters of one group's rows."""
        chosen = params(sign, self.period, whole=whole)
        return {**chosen, GROUPS[self.by][sign.of][1]: str(key)}

    def _add_majors(self, groups: list[Group]) -> None:
        column = GROUPS[self.by]["finder"][0]
        keys = [group.key for group in groups]
        rows = self.rows(params(FOUND, self.period)).filter(**{f"{column}__in": keys})
        mixes: dict[int, dict[tuple[str, bool], int]] = defaultdict(lambda: defaultdict(int))
        for row in rows.values(column, "sector", "source").annotate(n=Count("pk")):
            mixes[row[column]][stratum(row)] += row["n"]
        observed = self.counts(params(MAJORS, self.period), "finder")
        reference = self.reference()
        for group in groups:
            n = observed.get(group.key, 0) if group.n else None
            group.figures[MAJORS.key] = Figure(
                n,
                group.n or None,
                self._address(MAJORS, group.key),
                self._address(FOUND, group.key),
            )
            group.figures[FOUND.key] = Figure(group.n, None, self._address(FOUND, group.key), "")
            if group.n:
                group.majors = Expected(n or 0, expected(mixes[group.key], reference))

    def reference(self) -> dict[tuple[str, bool], tuple[int, int]]:
        """Stratum -> (majors, findings) of the whole city in the period: sums only, nobody's rows."""
        with unscoped("the rates of the whole city, to compare with; no row is shown"):
            rows = self.rows(params(FOUND, self.period))
            found: dict[tuple[str, bool], list[int]] = defaultdict(lambda: [0, 0])
            for row in rows.values("sector", "source", "grade").annotate(n=Count("pk")):
                sums = found[stratum(row)]
                sums[1] += row["n"]
                sums[0] += row["n"] if row["grade"] == "major" else 0
        return {key: (majors, n) for key, (majors, n) in found.items()}


def stratum(row: Mapping[str, Any]) -> tuple[str, bool]:
    """What is compared with its like: the sector, and whether a firm found it itself."""
    return row["sector"], row["source"] == "enterprise"
