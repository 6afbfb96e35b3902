"""Tables: one measure for a place and period, broken down, compared and ranked.

Page, endpoint, sheet, command, saved report and snapshot all show the same table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from xiangling.kernel import clock, once
from xiangling.kernel.actor import Actor
from xiangling.kernel.models import Arrival
from xiangling.kernel.refusal import Refused

from . import drill, periods, places, reading
from .figures import Change, ranks, ratio, said
from .measures import RANKED, WORDS, Measure, Tally, measures
from .periods import Period
from .places import Place
from .reading import Figure

MOST_MONTHS = 60
ELSEWHERE = "elsewhere"
"""Key of the row for what belongs to the place but to none of its listed parts."""


@dataclass(frozen=True)
class Ask:
    """What is asked of a measure; the words are filters (sector, grade, source, state)."""

    measure: str
    period: str = ""
    region: str = ""
    by: str = ""
    where: Mapping[str, str] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        return {**vars(self), "where": dict(self.where)}


@dataclass(frozen=True)
class Row:
    """A line of a table: a figure, the same a year and a period before, its place, and its rows."""

    key: str
    label: str
    now: Figure
    year_before: Figure
    before: Figure
    rank: int | None = None
    url: str = ""
    whole_url: str = ""

    @property
    def yoy(self) -> Change:
        return Change(self.year_before.value, self.now.value)

    @property
    def mom(self) -> Change:
        return Change(self.before.value, self.now.value)


@dataclass(frozen=True)
class Table:
    """A measure's figures for a place and period; `total` is the figure of the whole place."""

    ask: Ask
    measure: Measure
    place: Place
    period: Period
    total: Row
    rows: list[Row]
    notes: list[str]


def measure_of(key: str) -> Measure:
    """Raises Refused (404) for one there is not."""
    found = measures().get(key)
    if found is None:
        raise Refused(
            "no_measure",
            _("There is no such measure."),
            todo=_("Choose one from the list of measures."),
            status=404,
        )
    return found


def make(ask: Ask, actor: Actor) -> Table:
    """The table an actor asks for. Raises Refused where period, place, dimension or word is wrong."""
    with once.block():
        return _make(ask, actor)


def _make(ask: Ask, actor: Actor) -> Table:
    measure = measure_of(ask.measure)
    period = periods.read(ask.period)
    place = places.place_of(actor, ask.region, first=period.first)
    _check(ask, measure, actor, period)
    made = _Maker(measure, place, period, dict(ask.where))
    total = made.total()
    rows = made.rows(ask.by, total) if ask.by else []
    return Table(ask, measure, place, period, total, rows, _notes(measure, period, actor, total))


def _check(ask: Ask, measure: Measure, actor: Actor, period: Period) -> None:
    unfit = [word for word in (ask.by, *ask.where) if word and word not in measure.dimensions]
    if unfit or any(word not in WORDS for word in ask.where):
        raise Refused(
            "bad_dimension",
            _("“%(measure)s” cannot be broken down by “%(word)s”.")
            % {"measure": measure.label, "word": ", ".join(unfit or ask.where)},
            why=_("It can be by: %(words)s.") % {"words": ", ".join(measure.dimensions)},
            status=422,
            fields={"by": _("Not a breakdown of this measure.")},
        )
    sector = ask.where.get("sector")
    if sector and actor.scope.sectors is not None and sector not in actor.scope.sectors:
        raise Refused(
            "out_of_area",
            _("This sector is not your post's."),
            todo=_("Choose a sector of your own post."),
            status=404,
        )
    if ask.by == "month" and sum(1 for _month in period.months()) > MOST_MONTHS:
        raise Refused(
            "long_period",
            _("A table by month has at most %(n)d months.") % {"n": MOST_MONTHS},
            todo=_("Choose a shorter period."),
            status=422,
        )


@dataclass
class _Maker:
    """The three periods of one question, and how its rows are put together."""

    measure: Measure
    place: Place
    period: Period
    where: dict[str, str]

    def total(self) -> Row:
        return self._row(
            "",
            self.place.name,
            *(
                reading.figure(self.measure, self.place, period, self.where)
                for period in self._periods()
            ),
            place=self.place,
        )

    def _periods(self) -> tuple[Period, Period, Period]:
        return self.period, self.period.year_before(), self.period.before()

    def rows(self, by: str, total: Row) -> list[Row]:
        if by == "month":
            return self._by_month()
        found = [
            reading.figures(self.measure, self.place, period, self.where, by)
            for period in self._periods()
        ]
        nothing = self._nothing(total)
        keys = list(dict.fromkeys(key for figures in found for key in figures))
        made = {key: [figures.get(key, zero) for figures, zero in zip(found, nothing, strict=True)]
                for key in keys}  # fmt: skip
        order = drill.order_of(self._kind(), by)
        made = dict(sorted(made.items(), key=lambda pair: order(pair[0])))
        places_ = self._ranks(by, {key: three[0].value for key, three in made.items()})
        if by == "region":
            rows = [
                self._row(
                    part.code, part.name, *made[part.code], place=part, rank=places_.get(part.code)
                )
                for part in places.parts_of(self.place)
                if part.code in made
            ]
            return rows + self._elsewhere(rows, total)
        return [
            self._row(
                key, self._label(by, key), *three, place=self.place,
                rank=places_.get(key), more={by: key},
            )
            for key, three in made.items()
        ]  # fmt: skip

    def _by_month(self) -> list[Row]:
        rows = []
        for month in self.period.months():
            made = _Maker(self.measure, self.place, month, self.where)
            row = made.total()
            rows.append(
                Row(
                    f"{month.first:%Y-%m}", month.label(), row.now, row.year_before, row.before,
                    None, row.url, row.whole_url,
                )
            )  # fmt: skip
        return rows

    def _nothing(self, total: Row) -> list[Figure]:
        """What stands for a word that no case bears in a period: nothing, or unknown with the whole."""
        return [
            Figure(None, None)
            if figure.part is None
            else Figure(Decimal(0), Decimal(0))
            if self.measure.denominator is None
            else Figure(None, Decimal(0), Decimal(0))
            for figure in (total.now, total.year_before, total.before)
        ]

    def _ranks(self, by: str, values: dict[str, Decimal | None]) -> Mapping[str, int | None]:
        if by not in RANKED or not self.measure.better:
            return {}
        return ranks(values, self.measure.better)

    def _elsewhere(self, rows: list[Row], total: Row) -> list[Row]:
        """What belongs to the place but to none of its listed parts, so that the parts add up."""
        now = _less(total.now, [row.now for row in rows], self.measure)
        year_before = _less(total.year_before, [row.year_before for row in rows], self.measure)
        before = _less(total.before, [row.before for row in rows], self.measure)
        if not any(figure.part or figure.whole for figure in (now, year_before, before)):
            return []
        return [Row(ELSEWHERE, _("Not in a listed division"), now, year_before, before)]

    def _row(
        self,
        key: str,
        label: str,
        now: Figure,
        year_before: Figure,
        before: Figure,
        *,
        place: Place,
        rank: int | None = None,
        more: Mapping[str, str] | None = None,
    ) -> Row:
        where = {**self.where, **(more or {})}
        urls = [
            "" if figure is None else drill.address(term, place, self.period, where)
            for term, figure in zip(self.measure.terms, (now.part, now.whole), strict=False)
        ]
        return Row(key, label, now, year_before, before, rank, urls[0], urls[1] if urls[1:] else "")

    def _kind(self) -> str:
        return next((term.kind for term in self.measure.terms if isinstance(term, Tally)), "")

    def _label(self, by: str, key: str) -> str:
        return drill.label_of(self._kind(), by, key)


def _less(total: Figure, parts: list[Figure], measure: Measure) -> Figure:
    def rest(whole: Decimal | None, numbers: list[Decimal | None]) -> Decimal | None:
        if whole is None or any(number is None for number in numbers):
            return None
        return whole - sum((number for number in numbers if number is not None), Decimal(0))

    part = rest(total.part, [figure.part for figure in parts])
    if measure.denominator is None:
        return Figure(part, part)
    whole = rest(total.whole, [figure.whole for figure in parts])
    return Figure(ratio(part, whole, measure.per), part, whole)


def _notes(measure: Measure, period: Period, actor: Actor, total: Row) -> list[str]:
    """What a reader must know of this table besides the definition."""
    notes = []
    if period.is_running:
        notes.append(
            _("The period is under way: counted to %(day)s, and compared with the same days.")
            % {"day": period.last}
        )
    kinds = {term.kind for term in measure.terms if isinstance(term, Tally)}
    for kind in kinds:
        begun = reading.began(kind)
        if begun is None:
            notes.append(_("Nothing has been recorded yet; there is nothing to count."))
        elif begun > period.first:
            notes.append(
                _("Records begin on %(day)s; before that nothing is known.") % {"day": begun}
            )
    if kinds and (waiting := Arrival.objects.count()):
        notes.append(_("%(n)d changes are still to be counted.") % {"n": waiting})
    if actor.scope.sectors is not None and kinds:
        notes.append(_("Only the sectors of your post are counted."))
    if total.now.value is None:
        notes.append(str(measure.unknown))
    return notes


# --- as plain cells -----------------------------------------------------------------------------


def header(table: Table) -> list[str]:
    """The heads of the columns, for sheets and the terminal."""
    unit = (
        f"{table.measure.label}（{table.measure.unit}）"
        if table.measure.unit
        else str(table.measure.label)
    )
    heads = [_("Item"), unit]
    if table.measure.denominator is not None:
        heads += [_("Numerator"), _("Denominator")]
    heads += [
        _("Same time last year"),
        _("Year on year"),
        _("Period before"),
        _("Period on period"),
    ]
    return [*heads, _("Rank")] if is_ranked(table) else heads


def is_ranked(table: Table) -> bool:
    return any(row.rank is not None for row in table.rows)


def changed(measure: Measure, compared: Change) -> str:
    """A change as this measure tells it: in percent, or in points where it is a percentage itself."""
    return compared.points(measure.decimals) if measure.is_share else compared.written()


def cells(table: Table, row: Row) -> list[Any]:
    """One line: numbers as numbers, unknown and changes in words."""
    measure = table.measure
    values: list[Any] = [row.label, _cell(row.now.value, measure.decimals)]
    if measure.denominator is not None:
        values += [_cell(row.now.part, 2), _cell(row.now.whole, 2)]
    values += [
        _cell(row.year_before.value, measure.decimals),
        changed(table.measure, row.yoy),
        _cell(row.before.value, measure.decimals),
        changed(table.measure, row.mom),
    ]
    if is_ranked(table):
        values.append("" if row.rank is None else row.rank)
    return values


def _cell(value: Decimal | None, decimals: int) -> Any:
    if value is None:
        return said(None)
    shown = round(float(value), decimals)
    return int(shown) if shown == int(shown) else shown


def provenance(table: Table) -> list[list[str]]:
    """What a sheet says below its figures: where they come from and what they mean."""
    return [
        [],
        [_("Period"), table.period.label()],
        [_("Area"), table.place.name],
        [_("Definition"), str(table.measure.definition)],
        [_("Source"), str(table.measure.source)],
        [_("Counted at"), f"{timezone.localtime(clock.now()):%Y-%m-%d %H:%M}"],
        *([_("Note"), note] for note in table.notes),
    ]


def lines(table: Table) -> list[list[Any]]:
    """Every line, the total last."""
    return [cells(table, row) for row in [*table.rows, table.total]]


def plain(table: Table) -> dict[str, Any]:
    """The table as JSON: figures as exact decimal text, null where unknown."""
    return {
        "measure": table.measure.key,
        "label": str(table.measure.label),
        "unit": str(table.measure.unit),
        "definition": str(table.measure.definition),
        "source": str(table.measure.source),
        "period": table.period.code(),
        "from": str(table.period.first),
        "to": str(table.period.last),
        "region": table.place.code,
        "place": table.place.name,
        "by": table.ask.by,
        "where": dict(table.ask.where),
        "total": _plain_row(table, table.total),
        "rows": [_plain_row(table, row) for row in table.rows],
        "notes": list(table.notes),
    }


def _plain_row(table: Table, row: Row) -> dict[str, Any]:
    decimals = table.measure.decimals
    return {
        "key": row.key,
        "label": row.label,
        "said": said(row.now.value, decimals),
        "now": row.now.plain(),
        "year_before": row.year_before.plain(),
        "before": row.before.plain(),
        "yoy": changed(table.measure, row.yoy),
        "mom": changed(table.measure, row.mom),
        "rank": row.rank,
        "rows_url": row.url,
        "base_url": row.whole_url,
    }
