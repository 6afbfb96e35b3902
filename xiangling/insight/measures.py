"""Measures as declarations: from each come a page, an endpoint, a sheet and the way to its rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xiangling.kernel import packs, registry, wording

from .figures import Direction

WORDS = ("sector", "grade", "source", "state")
DIMENSIONS = ("region", *WORDS, "month")
RANKED = ("region", "sector")
"""Breakdowns whose rows are ranked: those that stand for somebody's work."""
_PERCENT = "%"


@dataclass(frozen=True)
class Tally:
    """Cases of a kind, counted by the tallies.

    ``what`` is a fact of `facts`; ``where`` fixes words; ``take`` is "n" (how many), "weight" (the sum
    of their weights) or "age" (the days since opening, summed, at the end of the period).
    """

    kind: str
    what: str
    where: tuple[tuple[str, str], ...] = ()
    take: str = "n"


@dataclass(frozen=True)
class Given:
    """An official figure, entered or imported with its source (`packs/indicators.yaml`)."""

    indicator: str


@dataclass(frozen=True)
class Registered:
    """Supervised objects in use on the register, as it stands now."""

    kind: str


@dataclass(frozen=True)
class Visited:
    """Supervised objects in use at which something was found in the period."""

    kind: str


Term = Tally | Given | Registered | Visited


@dataclass(frozen=True)
class Measure:
    """One measure. Value = numerator / denominator x per, or the numerator alone.

    ``better`` says which end is good (ranks need it); ``also`` names measures shown on its page;
    ``unknown`` is said where it cannot be worked out.
    """

    key: str
    label: Any
    unit: Any
    numerator: Term
    definition: Any
    source: Any
    denominator: Term | None = None
    per: int = 1
    decimals: int = 0
    dimensions: tuple[str, ...] = DIMENSIONS
    better: Direction = ""
    group: Any = ""
    unknown: Any = field(
        default=_("Unknown where a part of it is masked or missing, or the base is 0.")
    )

    @property
    def terms(self) -> tuple[Term, ...]:
        return (self.numerator, self.denominator) if self.denominator else (self.numerator,)

    @property
    def is_share(self) -> bool:
        """Whether it is a percentage, whose changes are told in percentage points."""
        return self.unit == _PERCENT

    @property
    def is_stock(self) -> bool:
        """Whether it is a state at the end of the period and not something that happened in it."""
        term = self.numerator
        if isinstance(term, Tally):
            return term.what in ("open", "overdue")
        return isinstance(term, Registered)


_CASES = pgettext_lazy("unit", "cases")
_DAYS = pgettext_lazy("unit", "days")
_LEDGER = _("Hazard ledger, counted by the day")
MAJOR = (("grade", "major"),)
CLOSED = (("state", "closed"),)
_H = "hazard"
_WITHOUT_STATE = ("region", "sector", "grade", "source", "month")
_HAZARDS = _("Hazards")
_MAJORS = _("Major hazards")

HAZARD_MEASURES = (
    Measure(
        "hazards_found", _("Hazards found"), _CASES, Tally(_H, "opened"),
        _("Records by the day on which the hazard was found, whatever has become of them since."),
        _LEDGER, group=_HAZARDS, dimensions=_WITHOUT_STATE,
    ),
    Measure(
        "hazards_closed", _("Hazards closed"), _CASES, Tally(_H, "ended", CLOSED),
        _("Records closed in the period and still closed today; one that was re-opened does not count until it is closed again."),
        _LEDGER, group=_HAZARDS, dimensions=_WITHOUT_STATE, better="high",
    ),
    Measure(
        "hazards_open", _("Hazards open"), _CASES, Tally(_H, "open"),
        _("Records not yet closed at the end of the period."),
        _LEDGER, group=_HAZARDS, better="low",
    ),
    Measure(
        "hazards_overdue", _("Hazards overdue"), _CASES, Tally(_H, "overdue"),
        _("Open records whose time limit had passed at the end of the period."),
        _LEDGER, group=_HAZARDS, dimensions=_WITHOUT_STATE, better="low",
    ),
    Measure(
        "hazards_reopened", _("Hazards re-opened"), _CASES, Tally(_H, "reopened"),
        _("Records by the day on which they were last re-opened."),
        _LEDGER, group=_HAZARDS, dimensions=_WITHOUT_STATE, better="low",
    ),
    Measure(
        "closure_rate", _("Closure rate"), _PERCENT, Tally(_H, "settled", CLOSED),
        _("Of the hazards found in the period, the share that is closed today."),
        _LEDGER, Tally(_H, "opened"), per=100, decimals=1, group=_HAZARDS,
        dimensions=_WITHOUT_STATE, better="high",
    ),
    Measure(
        "on_time_rate", _("Closed on time"), _PERCENT, Tally(_H, "on_time"),
        _("Of the hazards closed in the period that had an ordered deadline, the share whose repair was handed in by it."),
        _LEDGER, Tally(_H, "timed"), per=100, decimals=1, group=_HAZARDS,
        dimensions=_WITHOUT_STATE, better="high",
    ),
    Measure(
        "reopen_rate", _("Re-open rate"), _PERCENT, Tally(_H, "relapsed", CLOSED),
        _("Of the hazards closed for the first time in the period, the share that was re-opened since."),
        _LEDGER, Tally(_H, "first_ended", CLOSED), per=100, decimals=1, group=_HAZARDS,
        dimensions=_WITHOUT_STATE, better="low",
    ),
    Measure(
        "days_to_close", _("Days to close"), _DAYS, Tally(_H, "ended", CLOSED, "weight"),
        _("Mean days from finding to closing, of the hazards closed in the period."),
        _LEDGER, Tally(_H, "ended", CLOSED), decimals=1, group=_HAZARDS,
        dimensions=_WITHOUT_STATE, better="low",
    ),
    Measure(
        "age_of_open", _("Age of what is open"), _DAYS, Tally(_H, "open", (), "age"),
        _("Mean days since finding, of the hazards open at the end of the period."),
        _LEDGER, Tally(_H, "open"), decimals=1, group=_HAZARDS, better="low",
    ),
    Measure(
        "hazards_per_firm", _("Hazards per 100 firms"), _CASES, Tally(_H, "opened"),
        _("Hazards found in the period per 100 firms in use on the register today."),
        _("Hazard ledger and register of objects"), Registered("firm"), per=100, decimals=1,
        group=_HAZARDS, dimensions=("region", "sector", "month"),
    ),
    Measure(
        "firms_covered", _("Firms with a finding"), _PERCENT, Visited("firm"),
        _("Of the firms in use on the register today, the share at which a hazard was found in the period, by whomever."),
        _("Hazard ledger and register of objects"), Registered("firm"), per=100, decimals=1,
        group=_HAZARDS, dimensions=("region", "sector"),
    ),
    Measure(
        "majors_found", _("Major hazards found"), _CASES, Tally(_H, "opened", MAJOR),
        _("Hazards graded major, by the day on which they were found."),
        _LEDGER, group=_MAJORS, dimensions=("region", "sector", "source", "month"),
    ),
    Measure(
        "majors_open", _("Major hazards open"), _CASES, Tally(_H, "open", MAJOR),
        _("Hazards graded major and not yet closed at the end of the period."),
        _LEDGER, group=_MAJORS, dimensions=("region", "sector", "source", "state", "month"),
        better="low",
    ),
    Measure(
        "majors_overdue", _("Major hazards overdue"), _CASES, Tally(_H, "overdue", MAJOR),
        _("Open major hazards whose time limit had passed at the end of the period."),
        _LEDGER, group=_MAJORS, dimensions=("region", "sector", "source", "month"), better="low",
    ),
    Measure(
        "majors_per_1000", _("Majors per 1,000 hazards"), _CASES, Tally(_H, "opened", MAJOR),
        _("Of 1,000 hazards found in the period, how many are graded major."),
        _LEDGER, Tally(_H, "opened"), per=1000, decimals=1, group=_MAJORS,
        dimensions=("region", "sector", "source", "month"),
    ),
)  # fmt: skip

_OFFICIAL = _("Official figures, each with its source")
_ACCIDENTS = _("Accidents (official figures)")


def indicators() -> dict[str, dict[str, Any]]:
    """The official figures an installation keeps, by key."""
    return {row["key"]: row for row in packs.load("indicators")}


def indicator_label(key: str) -> str:
    row = indicators().get(key)
    if row is None:
        return key
    return str(row["zh"] if wording.is_chinese() else row["en"])


class _Named:
    """A wording that follows the reader's language, for what a pack names in both."""

    def __init__(self, row: dict[str, Any], chinese: str, english: str) -> None:
        self.row, self.chinese, self.english = row, chinese, english

    def __str__(self) -> str:
        return str(self.row[self.chinese if wording.is_chinese() else self.english])


def _given_measures() -> Iterable[Measure]:
    for key, row in indicators().items():
        yield Measure(
            key,
            _Named(row, "zh", "en"),
            _Named(row, "unit", "unit_en"),
            Given(key),
            _(
                "The figure as published; where only parts are published, their sum if all of them are."
            ),
            _OFFICIAL,
            dimensions=("region", "month"),
            decimals=2,
            better=row.get("better", ""),
            group=_ACCIDENTS if row.get("better") else _("Bases (official figures)"),
        )


RATES = (
    Measure(
        "equipment_accident_rate", _("Special equipment accidents per 10,000"),
        pgettext_lazy("unit", "accidents"), Given("equipment_accidents"),
        _("Accidents of special equipment per 10,000 units registered; the base is stored as its source defines it."),
        _OFFICIAL, Given("equipment"), per=10_000, decimals=2, dimensions=("region",),
        better="low", group=_ACCIDENTS,
    ),
    Measure(
        "equipment_death_rate", _("Deaths by special equipment per 10,000"),
        pgettext_lazy("unit", "people"), Given("equipment_deaths"),
        _("Deaths in accidents of special equipment per 10,000 units registered."),
        _OFFICIAL, Given("equipment"), per=10_000, decimals=2, dimensions=("region",),
        better="low", group=_ACCIDENTS,
    ),
    Measure(
        "deaths_per_gdp", _("Deaths per CNY 100 million of gross product"),
        pgettext_lazy("unit", "people"), Given("deaths"),
        _("Deaths in work accidents per CNY 100 million of gross product."),
        _OFFICIAL, Given("gdp"), decimals=4, dimensions=("region",), better="low", group=_ACCIDENTS,
    ),
    Measure(
        "deaths_per_1000_staff", _("Deaths per 1,000 employed"),
        pgettext_lazy("unit", "people"), Given("deaths"),
        _("Deaths in work accidents per 1,000 persons employed (GB 6441-2025 annex A)."),
        _OFFICIAL, Given("staff"), per=1000, decimals=4, dimensions=("region",), better="low",
        group=_ACCIDENTS,
    ),
    Measure(
        "visits_per_firm", _("Visits per firm checked"), pgettext_lazy("unit", "visits"),
        Given("visits"), _("Inspectors sent out per firm checked."),
        _OFFICIAL, Given("firms_checked"), decimals=2, dimensions=("region",),
        group=_("Bases (official figures)"),
    ),
    Measure(
        "equipment_per_firm", _("Equipment checked per firm"), pgettext_lazy("unit", "units"),
        Given("equipment_checked"), _("Pieces of equipment checked per firm checked."),
        _OFFICIAL, Given("firms_checked"), decimals=2, dimensions=("region",),
        group=_("Bases (official figures)"),
    ),
)  # fmt: skip

FOUR_INDICES = ("accidents", "deaths", "injuries", "loss")
"""四项指数: accidents, deaths, injuries, direct loss."""


def measures() -> dict[str, Measure]:
    """Every measure by key, in the order of the menu; apps add theirs to the registry's shelf."""
    own = [*HAZARD_MEASURES, *_given_measures(), *RATES]
    return {m.key: m for m in [*own, *registry.shelf("measures").values()]}
