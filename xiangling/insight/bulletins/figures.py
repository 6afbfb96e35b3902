"""The figures of a bulletin, each bound to the rows it counts.

They are always counted for the whole place of the bulletin, whoever reads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.utils import translation

from xiangling.documents.actions import Figure, Rows
from xiangling.insight import drill, tables
from xiangling.insight.figures import Change, plain, said
from xiangling.insight.measures import FOUR_INDICES, Given, Measure
from xiangling.insight.models import Trace
from xiangling.insight.periods import Period
from xiangling.insight.places import Place
from xiangling.insight.tables import Ask, Row, Table
from xiangling.kernel import once, registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.scope import Scope, use
from xiangling.org.models import DutyLine, Unit, in_force

FLOWS = ("hazards_found", "majors_found", "hazards_closed")
STOCKS = ("hazards_open", "hazards_overdue", "majors_open", "majors_overdue")
RATES = ("closure_rate", "on_time_rate", "reopen_rate", "firms_covered")
MOST_NAMED = 3
"""Places named as best, and as worst."""
MOST_MAJORS, MOST_LATE, MOST_SILENT = 100, 30, 60
NONE = "无"


@dataclass
class Collected:
    """What a bulletin can say of a place and period: figures by key, tables by key."""

    place: Place
    period: Period
    figures: dict[str, Figure] = field(default_factory=dict)
    tables: dict[str, Rows] = field(default_factory=dict)
    n_named: int = 0
    """How many places are named as best, and as worst."""

    def add(
        self, key: str, text: str, link: str = "", n: int | None = None, about: str = ""
    ) -> None:
        self.figures[key] = Figure(text, link, key, n, about)


def seat(actor: Actor, region: str) -> Actor:
    """The reader with the whole place of the bulletin before them."""
    return replace(actor, scope=Scope(region=region, home=actor.unit))


def collect(region: str, period: str, actor: Actor) -> Collected:
    """Count everything for a place (by its prefix) and period. Raises Refused as `tables.make` does."""
    whole = seat(actor, region)
    with translation.override("zh-hans"), use(whole.scope), once.block():
        return _Collector(region, period, whole).collect()


@dataclass
class _Collector:
    region: str
    asked: str
    actor: Actor

    def collect(self) -> Collected:
        first = self._table("hazards_found")
        self.made = Collected(first.place, first.period)
        self._when()
        for key in (*FLOWS, *STOCKS):
            self._count(self._table(key))
        for key in RATES:
            self._rate(self._table(key))
        for key in FOUR_INDICES:
            self._count(self._table(key))
        self._parts()
        self._majors()
        self._late()
        self._silent()
        return self.made

    def _table(self, measure: str, by: str = "") -> Table:
        return tables.make(Ask(measure, self.asked, self.region, by), self.actor)

    def _when(self) -> None:
        period = self.made.period
        before = "上月" if period.n_months() == 1 else "上季度"
        self.made.add("period", period.label())
        self.made.add("until", f"{period.last.month}月{period.last.day}日")
        self.made.add("period_year", period.year_before().label())
        self.made.add("period_before", before)

    # --- counts and rates

    def _count(self, table: Table) -> None:
        """A measure now, a year before and a period before, and both changes."""
        row, key = table.total, table.measure.key
        self._amount(table, row, key, self.made.period, row.now.part)
        year, before = self.made.period.year_before(), self.made.period.before()
        self._amount(table, row, f"{key}_year", year, row.year_before.part)
        self._amount(table, row, f"{key}_before", before, row.before.part)
        page = self._page(key)
        self.made.add(f"{key}_yoy", moved(row.yoy), page, about=f"{key}:yoy")
        self.made.add(f"{key}_mom", moved(row.mom), page, about=f"{key}:mom")

    def _amount(
        self, table: Table, row: Row, key: str, period: Period, value: Decimal | None
    ) -> None:
        term = table.measure.numerator
        role = key.removeprefix(table.measure.key).strip("_") or "now"
        about = f"{table.measure.key}:{role}"
        if value is None:
            self.made.add(key, said(None), self._page(table.measure.key), about=about)
            return
        link = drill.address(term, self.made.place, period, {})
        n = None if isinstance(term, Given) else int(value)
        self.made.add(key, plain(value, table.measure.decimals), link, n, about)

    def _rate(self, table: Table) -> None:
        """A rate with both its counts; the rate opens its measure, the counts their rows."""
        row, key = table.total, table.measure.key
        page = self._page(key)
        self.made.add(key, rate_of(table.measure, row.now.value), page, about=f"{key}:now")
        for role, value, link in (
            ("part", row.now.part, row.url),
            ("whole", row.now.whole, row.whole_url),
        ):
            n = None if value is None else int(value)
            self.made.add(f"{key}_{role}", said(value), link, n, f"{key}:{role}")
        changed = f"{key}_yoy"
        self.made.add(changed, tables.changed(table.measure, row.yoy), page, about=f"{key}:yoy")

    def _page(self, measure: str, region: str = "") -> str:
        asked = {"period": self.made.period.code(), "region": region or self.region}
        return f"/statistics/{measure}/?{urlencode(asked)}"

    # --- the parts of the place, best and worst with their denominators

    def _parts(self) -> None:
        rates = self._table("closure_rate", "region")
        stocks = {
            key: _by_key(self._table(key, "region")) for key in ("hazards_open", "hazards_overdue")
        }
        rows = sorted(rates.rows, key=lambda row: (row.rank is None, row.rank or 0, row.key))
        lines = [self._part(rates, row, stocks) for row in rows if row.key != tables.ELSEWHERE]
        lines += [self._part(rates, row, stocks) for row in rows if row.key == tables.ELSEWHERE]
        lines.append(self._part(rates, replace(rates.total, label="合计"), stocks))
        header = ("名次", "地区", "发现", "已办结", "整改率", "未办结", "逾期")
        self.made.tables["parts"] = Rows(
            header, lines, "各地隐患整改情况", (2, 4, 3, 3, 3, 3, 3), "parts"
        )
        ranked = [row for row in rows if row.rank is not None]
        self.made.n_named = min(MOST_NAMED, len(ranked) // 2)
        for number in range(self.made.n_named):
            self._named(f"best_{number + 1}", rates.measure, ranked[number])
            self._named(f"worst_{number + 1}", rates.measure, ranked[-1 - number])

    def _part(
        self, rates: Table, row: Row, stocks: Mapping[str, Mapping[str, Row]]
    ) -> list[str | Figure]:
        page = self._page("closure_rate", row.key) if row.key != tables.ELSEWHERE else ""
        cells: list[str | Figure] = [
            "" if row.rank is None else str(row.rank),
            row.label,
            _cell(row.now.whole, row.whole_url),
            _cell(row.now.part, row.url),
            Figure(rate_of(rates.measure, row.now.value), page),
        ]
        for found in stocks.values():
            other = found.get(row.key)
            cells.append(_cell(other.now.part, other.url) if other else said(Decimal(0)))
        return cells

    def _named(self, key: str, measure: Measure, row: Row) -> None:
        page = self._page(measure.key, row.key)
        about = f"{measure.key}:{key.partition('_')[0]}"
        self.made.add(f"{key}_name", row.label, page, about=about)
        self.made.add(key, rate_of(measure, row.now.value), page, about=about)
        self.made.add(f"{key}_part", said(row.now.part), row.url, int(row.now.part or 0), about)
        self.made.add(
            f"{key}_whole", said(row.now.whole), row.whole_url, int(row.now.whole or 0), about
        )

    # --- majors by name, late units, units that reported nothing

    def _rows_behind(self, what: str, where: Mapping[str, str]) -> tuple[str, Any]:
        """(the text of a figure, the hazards it counts)."""
        text = drill.text_of(what, self.made.place, self.made.period, where)
        found = registry.shelf("lists")["hazards"]
        return text, apps.get_model("hazards", "Hazard").objects.filter(drill.narrow(found, text))

    def _spans(self, what: str, cases: Any) -> dict[Any, Trace]:
        last = self.made.period.last
        rows = Trace.objects.filter(kind="hazard", what=what, first_on__lte=last)
        rows = rows.exclude(until_on__lte=last).filter(case_uid__in=cases.values("uid"))
        return {row.case_uid: row for row in rows}

    def _majors(self) -> None:
        _text, rows = self._rows_behind("open", {"grade": "major"})
        opened, late = self._spans("open", rows), self._spans("overdue", rows)
        lines: list[list[str | Figure]] = []
        loop = registry.kind("hazard").loop
        for case in rows.select_related("unit", "supervisor", "object").order_by("found_at", "id")[
            :MOST_MAJORS
        ]:
            state = loop.states.get(opened[case.uid].state) if case.uid in opened else None
            lines.append(
                [
                    Figure(case.code, f"/hazard/{case.uid}/"),
                    case.unit.name,
                    shortened(case.text),
                    case.supervisor.name if case.supervisor else "",
                    str(state.label) if state else "",
                    _days(late.get(case.uid), self.made.period.last),
                ]
            )
        more = rows.count() - len(lines)
        if more > 0:
            link = self.made.figures["majors_open"].link
            lines.append([Figure(f"其余{more}条", link), "", "", "", "", ""])
        header = ("编号", "责任单位", "隐患情况", "监管单位", "状态", "逾期天数")
        self.made.tables["majors"] = Rows(
            header,
            lines or [self._nothing(len(header))],
            "未办结重大事故隐患",
            (5, 4, 6, 4, 3, 2),
            "majors",
        )

    def _nothing(self, n: int) -> list[str | Figure]:
        """The only row of a table without rows: none, or unknown where nothing was counted."""
        is_known = self.made.figures["hazards_open"].n is not None
        return [NONE if is_known else said(None), *[""] * (n - 1)]

    def _late(self) -> None:
        text, rows = self._rows_behind("overdue", {})
        since = self._spans("overdue", rows)
        units: dict[int, list[Any]] = {}
        for case in rows.select_related("unit").only("uid", "unit", "grade", "unit__name"):
            units.setdefault(case.unit_id, []).append(case)
        order = sorted(units.values(), key=lambda cases: (-len(cases), cases[0].unit.name))
        last = self.made.period.last
        lines: list[list[str | Figure]] = []
        for cases in order[:MOST_LATE]:
            link = f"/hazards/?{urlencode({drill.PARAM: text, 'liable_unit': cases[0].unit_id})}"
            majors = [case for case in cases if case.grade == "major"]
            first = min(
                (since[case.uid].first_on for case in cases if case.uid in since), default=last
            )
            lines.append(
                [
                    cases[0].unit.name,
                    Figure(str(len(cases)), link, n=len(cases)),
                    Figure(str(len(majors)), f"{link}&grade=major", n=len(majors)),
                    str((last - first).days + 1),
                ]
            )
        if rest := order[MOST_LATE:]:
            lines.append([f"其余{len(rest)}家单位", str(sum(map(len, rest))), "", ""])
        header = ("责任单位", "逾期（条）", "其中重大（条）", "最长逾期天数")
        self.made.tables["late"] = Rows(
            header, lines or [self._nothing(len(header))], "逾期未整改单位", (7, 3, 3, 3), "late"
        )

    def _silent(self) -> None:
        """Supervising units that had their duty the whole period and found nothing in it."""
        period = self.made.period
        handled = apps.get_model("hazards", "Handling").objects
        found = set(
            handled.filter(found_on__gte=period.first, found_on__lte=period.last)
            .exclude(found_unit=None)
            .values_list("found_unit", flat=True)
            .distinct()
        )
        is_known = self.made.figures["hazards_found"].n is not None
        due = due_to_report(self.made.place, period) if is_known else []
        silent = [unit for unit in due if unit.pk not in found]
        lines: list[list[str | Figure]] = []
        for unit in silent[:MOST_SILENT]:
            asked = {
                "view": "all",
                "finder_unit": unit.pk,
                "found_from": period.first,
                "found_to": period.last,
            }
            before = handled.filter(found_unit=unit, found_on__lt=period.first)
            latest = before.order_by("-found_on").values_list("found_on", flat=True).first()
            lines.append(
                [
                    unit.name,
                    Figure("0", f"/hazards/?{urlencode(asked)}", n=0),
                    day_of(latest) if latest else "从未报送",
                ]
            )
        if more := len(silent) - len(lines):
            lines.append([f"其余{more}个单位", "0", ""])
        header = ("单位", "本期报送（条）", "最近一次报送")
        self.made.tables["silent"] = Rows(
            header, lines or [self._nothing(len(header))], "未报送隐患信息单位", (7, 4, 5), "silent"
        )


def due_to_report(place: Place, period: Period) -> list[Unit]:
    """The stations and departments of a place on the duty map for the whole of a period, by area and name."""
    lines = DutyLine.objects.filter(
        in_force(period.first), in_force(period.last), layer__in=("territory", "sector")
    )
    rows = Unit.objects.filter(
        in_force(period.first),
        in_force(period.last),
        region__startswith=place.code,
        kind__in=(Unit.Kind.STATION, Unit.Kind.DEPARTMENT),
        pk__in=lines.values("unit"),
    )
    return list(rows.order_by("region", "name"))


# --- how figures are written ----------------------------------------------------------------------


def moved(change: Change) -> str:
    """A change as a bulletin says it: 上升12.5%, 下降26.37%, 持平; — for a base of 0."""
    percent = change.percent()
    if percent is None or change.now == change.before:
        return "持平" if percent is not None else change.written()
    word = "上升" if percent > 0 else "下降"
    return f"{word}{plain(abs(percent), 2)}%"


def rate_of(measure: Measure, value: Decimal | None) -> str:
    text = said(value, measure.decimals)
    return f"{text}%" if value is not None and measure.is_share else text


def shortened(text: str, most: int = 40) -> str:
    words = " ".join(text.split())
    return words if len(words) <= most else f"{words[: most - 1]}…"


def day_of(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _cell(value: Decimal | None, link: str) -> Figure:
    return Figure(
        said(value),
        link if value is not None else "",
        n=None if value is None or not link else int(value),
    )


def _by_key(table: Table) -> dict[str, Row]:
    return {row.key: row for row in [*table.rows, table.total]}


def _days(span: Trace | None, last: date) -> str:
    return "" if span is None else str((last - span.first_on).days + 1)


def counted(
    cells: Mapping[str, Any], rows: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every figure of kept figures and tables that says how many rows it opens: (where it stands, figure)."""
    for key, figure in cells.items():
        if figure.get("n") is not None:
            yield key, figure
    for key, table in rows.items():
        for number, row in enumerate(table["rows"]):
            for column, cell in zip(table["header"], row, strict=True):
                if isinstance(cell, dict) and cell.get("n") is not None:
                    yield f"{key}/{number + 1}/{column}", cell
