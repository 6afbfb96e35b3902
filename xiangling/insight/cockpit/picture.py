"""The cockpit: today's picture of an area, every figure with the address of its rows (R-157 to R-161).

Figures come from the tallies and the docket, so that the cost follows the open work and the divisions of the area and not
the history. One plain dictionary serves page, refresh and endpoint.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from xiangling.insight import accidents, drill, periods, places, reading
from xiangling.insight.cells import LEVELS
from xiangling.insight.figures import plain, rounded, said
from xiangling.insight.measures import Measure, measures
from xiangling.insight.models import Official
from xiangling.insight.periods import Period
from xiangling.insight.places import Place
from xiangling.insight.reading import Figure
from xiangling.kernel import clock, once, packs, registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.models import SERIOUS, Arrival, Docket
from xiangling.kernel.scope import LEVELS as COLUMNS
from xiangling.org.models import Region
from xiangling.web import lists, marks, people

ADDRESS = "/cockpit/"
MONTHS = 12
HAZARD = "hazard"
_ACCIDENTS = "accidents"
_WAN = 10_000
"""The loss is published in units of 10,000 CNY."""


def rules(on: date | None = None) -> dict[str, Any]:
    """The thresholds in force (packs/cockpit.yaml)."""
    day = on or clock.local_date(clock.now())
    return next(row for row in packs.load("cockpit") if packs.in_force(row, day))


def make(actor: Actor, region: str = "") -> dict[str, Any]:
    """The picture of the actor's area or of a part of it. Raises Refused (`places.place_of`)."""
    today = clock.local_date(clock.now())
    with once.block():
        place = places.place_of(actor, region, first=today)
        made = _Picture(actor, place, today)
        return {
            "place": {"code": place.code, "name": place.name},
            "above": made.above(),
            "day": today.isoformat(),
            "at": f"{timezone.localtime(clock.now()):%H:%M}",
            "waiting": Arrival.objects.count(),
            "figures": made.figures(),
            "trend": made.trend(),
            "majors": made.majors(),
            "ladder": made.ladder(),
            "sources": made.sources(),
            "ranking": made.ranking(),
            "areas": made.areas(),
        }


def shapes(actor: Actor, region: str = "") -> dict[str, Any]:
    """The boundaries of the areas that the map shows, as GeoJSON, with those of the divisions above them as frames."""
    place = places.place_of(actor, region)
    inner = _finest(place)
    rows = Region.objects.filter(code__startswith=place.code, boundary__isnull=False)
    return {
        "areas": [_shape(row) for row in rows if row.level == inner],
        "frames": [_shape(row) for row in rows if len(place.code) <= row.level < inner],
    }


def _shape(row: Region) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": row.boundary,
        "properties": {"code": row.prefix, "name": row.name},
    }


def _finest(place: Place) -> int:
    """The level that is compared: the towns of a city or district, the districts of a wider place, a town itself."""
    return {0: 6, 4: 9, 6: 9}.get(len(place.code), len(place.code))


class _Picture:
    """One picture being made."""

    def __init__(self, actor: Actor, place: Place, today: date) -> None:
        self.actor, self.place, self.today = actor, place, today
        self.day = Period(today, today)
        self.year = periods.read(str(today.year), today)
        self.rules = rules(today)
        self.measures = measures()

    # --- figures

    def _measured(
        self, key: str, place: Place, period: Period, where: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        measure = self.measures[key]
        return self._cell(
            measure, reading.figure(measure, place, period, where or {}), place, period
        )

    def _cell(
        self, measure: Measure, figure: Figure, place: Place, period: Period,
        where: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """A figure as page and chart take it; unknown has neither number nor address."""
        urls = [
            "" if part is None else drill.address(term, place, period, where or {})
            for term, part in zip(measure.terms, (figure.part, figure.whole), strict=False)
        ]
        is_rate = measure.denominator is not None
        return {
            "number": None if figure.value is None else float(figure.value),
            "text": _written(measure, figure.value),
            "unit": str(measure.unit) if measure.unit == "%" else "",
            "part": said(figure.part) if is_rate and figure.part is not None else "",
            "whole": said(figure.whole) if is_rate and figure.whole is not None else "",
            "url": urls[0],
            "whole_url": urls[1] if urls[1:] else "",
        }

    def figures(self) -> list[dict[str, Any]]:
        """The five figures on top."""
        late = self._measured("hazards_overdue", self.place, self.day)
        majors = self._measured("majors_open", self.place, self.day)
        return [
            {"key": "open", "label": _("Open hazards"), **self._measured("hazards_open", self.place, self.day)},
            {"key": "late", "label": _("Overdue hazards"), "is_bad": bool(late["number"]), **late},
            {"key": "majors", "label": _("Major, open"), "is_bad": bool(majors["number"]), **majors},
            {
                "key": "on_time",
                "label": _("Closed on time this year"),
                **self._measured("on_time_rate", self.place, self.year),
            },
            {"key": "accident", "label": _("Days since the last accident"), **self._since_accident()},
        ]  # fmt: skip

    def _since_accident(self) -> dict[str, Any]:
        """Known where an official row names a day with accidents; a month's sum does not say which day."""
        asked = {"indicator": _ACCIDENTS, "region": self.place.code}
        rows = Official.objects.filter(
            indicator=_ACCIDENTS, region=self.place.code.ljust(12, "0"), sector="", value__gt=0
        )
        last = rows.order_by("-last_on", "-id").first()
        is_day = last is not None and last.first_on == last.last_on
        days = (self.today - last.last_on).days if last and is_day else None
        return {
            "number": days,
            "text": "" if days is None else str(days),
            "unit": "",
            "part": "",
            "whole": "",
            "url": f"/official_figures/?{urlencode(asked)}" if last else "",
            "whole_url": "",
            "note": _grade_said(last)
            if last and is_day
            else _("The official figures name no day with an accident here."),
        }

    # --- trend and sources

    def trend(self) -> dict[str, Any]:
        """Hazards found in the last twelve months beside the same months of the year before, the running one to the same day."""
        measure = self.measures["hazards_found"]
        (term,) = measure.terms
        first = periods.shift(self.today.replace(day=1), 1 - MONTHS)
        begun = reading.began(HAZARD)
        rows = []
        for month in Period(first, self.today, periods.month_end(self.today)).months():
            pair = []
            for span in (month, month.year_before()):
                figure = reading.figure(measure, self.place, span, {})
                is_known = figure.value is not None and begun is not None and span.last >= begun
                pair.append(
                    {
                        "number": int(figure.value or 0) if is_known else None,
                        "url": drill.address(term, self.place, span, {}) if is_known else "",
                    }
                )
            rows.append({"label": _month_label(month), "now": pair[0], "before": pair[1]})
        return {"rows": rows, "to": self.today.isoformat()}

    def sources(self) -> list[dict[str, Any]]:
        """Hazards found this year by who found them."""
        measure = self.measures["hazards_found"]
        found = reading.figures(measure, self.place, self.year, {}, "source")
        order = drill.order_of(HAZARD, "source")
        return [
            {
                "label": drill.label_of(HAZARD, "source", key),
                **self._cell(measure, figure, self.place, self.year, {"source": key}),
            }
            for key, figure in sorted(found.items(), key=lambda pair: order(pair[0]))
            if figure.value
        ]

    # --- what is open now: the docket

    def _docket(self) -> QuerySet[Docket]:
        rows: QuerySet[Docket] = Docket.objects.filter(case_kind=HAZARD)
        if self.place.code:
            rows = rows.filter(**{f"{COLUMNS[len(self.place.code)]}__in": self.place.codes})
        return rows

    def _open_cases(self, **asked: Any) -> str:
        """The address of a part of the docket of this place."""
        asked = {"kind": HAZARD, "in": ",".join(filter(None, self.place.codes)), **asked}
        return f"/docket/?{urlencode({key: value for key, value in asked.items() if value})}"

    def majors(self) -> dict[str, Any]:
        """Open major hazards, those whose time runs out first."""
        rows = self._docket().filter(mark=SERIOUS)
        shown = list(rows.order_by("due_at", "id")[: self.rules["majors"]])
        names, due = people.names_for(shown), marks.DueWords()
        return {
            "n": rows.count(),
            "url": self._open_cases(serious="on"),
            "rows": [_major(row, names, due) for row in shown],
        }

    def ladder(self) -> list[dict[str, Any]]:
        """Overdue hazards by how long they are overdue, in days."""
        counted: dict[str, Any] = {}
        steps = []
        for number, (after, until) in enumerate(pairwise([0, *self.rules["late_days"], None])):
            last = self.today - timedelta(days=after + 1 if after else 0)
            first = self.today - timedelta(days=until) if until else None
            counted[f"n{number}"] = Count("pk", filter=_due_between(first, last))
            url = self._open_cases(view="late", due_from=first, due_to=last)
            steps.append({"label": _step_label(after, until), "url": url})
        found = self._docket().filter(lists.late()).aggregate(**counted)
        return [{**step, "n": found[f"n{number}"]} for number, step in enumerate(steps)]

    # --- areas

    def _inner(self) -> list[Place]:
        """The areas that are compared: the towns of a city or district."""
        parts = places.parts_of(self.place)
        if parts and len(parts[0].code) < _finest(self.place):
            return [town for part in parts for town in places.parts_of(part)]
        return parts or [self.place]

    def _by_area(self, key: str, period: Period) -> dict[str, Figure]:
        return reading.figures_at(self.measures[key], self._inner(), period, {})

    def areas(self) -> list[dict[str, Any]]:
        """The areas of the map: risk by open majors, coverage of firms, each with its rows."""
        inner = self._inner()
        if inner == [self.place]:
            return [self._area(self.place, *(reading.figure(self.measures[key], self.place, period, {})
                                             for key, period in self._shown()))]  # fmt: skip
        by_key = [self._by_area(key, period) for key, period in self._shown()]
        zero = Figure(Decimal(0), Decimal(0))
        return [
            self._area(area, *(found.get(area.code, zero) for found in by_key)) for area in inner
        ]

    def _shown(self) -> Iterator[tuple[str, Period]]:
        yield from (
            ("majors_open", self.day),
            ("majors_overdue", self.day),
            ("hazards_open", self.day),
            ("firms_covered", self.year),
        )

    def _area(
        self, area: Place, majors: Figure, overdue: Figure, open_: Figure, covered: Figure
    ) -> dict[str, Any]:
        if covered.whole is None:
            covered = Figure(None, Decimal(0), Decimal(0))
        kinds = dict(zip(("majors", "overdue", "open", "covered"), self._shown(), strict=True))
        cells = {
            name: self._cell(self.measures[key], figure, area, period)
            for (name, (key, period)), figure in zip(
                kinds.items(), (majors, overdue, open_, covered), strict=True
            )
        }
        return {
            "code": area.code,
            "name": area.name,
            "tone": self._tone(int(majors.value or 0), int(overdue.value or 0)),
            "drill": f"{ADDRESS}?{urlencode({'region': area.code})}",
            **cells,
        }

    def _tone(self, n_open: int, n_overdue: int) -> str:
        for row in self.rules["risk"]:
            if n_overdue >= row.get("overdue", 10**9) or n_open >= row.get("open", 10**9):
                return str(row["tone"])
        return ""

    def ranking(self) -> dict[str, Any]:
        """The most and the least punctual areas of those with enough closings, the counts beside them."""
        measure, least = self.measures["on_time_rate"], self.rules["least_timed"]
        names = {area.code: area for area in self._inner()}
        found = self._by_area("on_time_rate", self.year)
        rows = [
            {"name": names[code].name, **self._cell(measure, figure, names[code], self.year)}
            for code, figure in found.items()
            if code in names and figure.value is not None and (figure.whole or 0) >= least
        ]
        rows.sort(key=lambda row: (-row["number"], row["name"]))
        n = min(self.rules["ranked"], len(rows) // 2 or len(rows))
        return {
            "best": rows[:n],
            "worst": rows[len(rows) - n :][::-1] if len(rows) > n else [],
            "least": least,
            "n_ranked": len(rows),
            "n_all": len(names),
        }

    def above(self) -> list[dict[str, str]]:
        """The way back up, within the actor's area."""
        own = len(self.actor.scope.region)
        codes = [self.place.code[:level] for level in LEVELS if own <= level < len(self.place.code)]
        known = {row.prefix: row.name for row in Region.objects.filter(
            code__in=[code.ljust(12, "0") for code in codes])}  # fmt: skip
        links = [
            {"name": known[code], "url": f"{ADDRESS}?{urlencode({'region': code})}"}
            for code in codes
            if code in known
        ]
        if not own and self.place.code:
            links.insert(0, {"name": _("All areas"), "url": ADDRESS})
        return links


def _written(measure: Measure, value: Decimal | None) -> str:
    """A share keeps its decimals, so that those below each other compare; a count has none."""
    if value is None:
        return ""
    if measure.denominator is None:
        return plain(value, measure.decimals)
    return f"{rounded(value, measure.decimals):,f}"


def _grade_said(accident: Official) -> str:
    """How grave the accident of a day was, by the deaths and the loss published for that day; "" where several were.

    Injuries do not count: what is published does not part the serious ones from the rest.
    """
    if accident.value != 1:
        return ""
    rows = Official.objects.filter(
        region=accident.region, sector="", first_on=accident.first_on, last_on=accident.last_on
    )
    known = dict(rows.order_by("id").values_list("indicator", "value"))
    deaths, loss = known.get("deaths"), known.get("loss")
    grade = accidents.grade_of(
        accident.last_on,
        deaths=None if deaths is None else int(deaths),
        loss=None if loss is None else loss * _WAN,
    )
    return str(grade) if grade else ""


def _month_label(month: Period) -> str:
    return f"{month.first:%Y-%m}"


def _step_label(after: int, until: int | None) -> str:
    if until is None:
        return _("more than %(n)d days") % {"n": after}
    if not after:
        return _("up to %(n)d days") % {"n": until}
    return _("%(a)d to %(b)d days") % {"a": after + 1, "b": until}


def _due_between(first: date | None, last: date) -> Q:
    """Overdue, and due on one of these local days (`first` None: or before)."""
    q = lists.late() & Q(due_at__lte=clock.end_of(last))
    return q if first is None else q & Q(due_at__gt=clock.end_of(first - timedelta(days=1)))


def _major(row: Docket, names: Any, due: marks.DueWords) -> dict[str, Any]:
    kind = registry.kind(row.case_kind)
    holder = names.holder(row) or {"name": _("Nobody answers"), "post": ""}
    return {
        "code": row.code,
        "title": row.title,
        "url": f"/{row.case_kind}/{row.case_uid}/",
        "holder": holder["name"] or holder["post"],
        "post": holder["post"] if holder["name"] else "",
        "where": " ".join(
            filter(None, [names.units.get(row.unit_id, ""), names.place(row.region)])
        ),
        "time": due.chip(row.due_at),
        "state": marks.state_chip(kind.loop, row.state),
    }


def links(found: Mapping[str, Any]) -> Iterable[tuple[str, int]]:
    """Every (address of rows, number that stands there) of a picture; days since an accident count no rows."""
    counts = [cell for cell in found["figures"] if cell["key"] != "accident"]
    for cell in [*counts, *found["sources"]]:
        yield from _of_cell(cell)
    for row in found["trend"]["rows"]:
        for side in (row["now"], row["before"]):
            if side["url"]:
                yield side["url"], side["number"]
    yield found["majors"]["url"], found["majors"]["n"]
    for step in found["ladder"]:
        yield step["url"], step["n"]
    for cell in [*found["ranking"]["best"], *found["ranking"]["worst"]]:
        yield from _of_cell(cell)
    for area in found["areas"]:
        for name in ("majors", "overdue", "open", "covered"):
            yield from _of_cell(area[name])


def _of_cell(cell: Mapping[str, Any]) -> Iterable[tuple[str, int]]:
    """The rows of the numerator, and of the denominator where there is one."""
    if cell["url"] and cell["number"] is not None:
        yield cell["url"], int(cell["part"].replace(",", "") if cell["part"] else cell["number"])
    if cell["whole_url"] and cell["whole"]:
        yield cell["whole_url"], int(cell["whole"].replace(",", ""))


__all__ = ["ADDRESS", "links", "make", "rules", "shapes"]
