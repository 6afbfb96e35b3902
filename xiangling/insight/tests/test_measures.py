"""Measures: every figure opens exactly its rows, totals are the sum of their leaves, nothing is silently zero."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories as f
from xiangling.apps.hazards import actions
from xiangling.apps.hazards.models import Hazard
from xiangling.insight import tables, tallies
from xiangling.insight.measures import WORDS, measures
from xiangling.insight.models import Official, RegionMerger
from xiangling.insight.tables import Ask, Row, Table
from xiangling.insight.tests.moving import Mover
from xiangling.kernel import clock, engine
from xiangling.kernel.refusal import Refused
from xiangling.kernel.scope import unscoped
from xiangling.org.models import Region
from xiangling.web.lists import list_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> f.World:
    return f.make_world()


def moved(world: f.World, moves: int = 90) -> Mover:
    mover = Mover(world, seed=11)
    for _taken in mover.go(moves):
        pass
    tallies.catch_up()
    return mover


def ask(world: f.World, who: str, at: Any, **asked: Any) -> Table:
    with f.acting(world, who, at) as actor:
        return tables.make(Ask(**asked), actor)


def refused(world: f.World, who: str = "committee", **asked: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        ask(world, who, f.NOW, **asked)
    assert str(caught.value.what)
    return caught.value


def n_rows(url: str, actor: Any) -> int:
    """How many rows a list's address shows."""
    parts = urlsplit(url)
    found = list_of(parts.path.strip("/"))
    assert found is not None, url
    params = {
        key: values[0] for key, values in parse_qs(parts.query, keep_blank_values=True).items()
    }
    return found.rows(actor, params).count()


def addressed(row: Row) -> Iterator[tuple[str, Decimal]]:
    for url, number in ((row.url, row.now.part), (row.whole_url, row.now.whole)):
        if url and number is not None:
            yield url, number


def test_every_figure_opens_exactly_its_rows(world: f.World) -> None:
    mover = moved(world, 140)
    at = mover.at + timedelta(hours=1)
    month = f"{clock.local_date(at):%Y-%m}"
    walked = 0
    for key, measure in measures().items():
        for by in ("", *measure.dimensions):
            for period in ("2026", month, "2026-06"):
                table = ask(world, "committee", at, measure=key, by=by, period=period)
                with f.acting(world, "committee", at) as actor:
                    for row in [table.total, *table.rows]:
                        for url, number in addressed(row):
                            if url.startswith("/official_figures/") or _is_sum(measure, url, row):
                                continue
                            assert n_rows(url, actor) == number, (key, by, period, row.key, url)
                            walked += number > 0
    assert walked > 300


def _is_sum(measure: Any, url: str, row: Row) -> bool:
    """Days added up: their rows are those of the denominator."""
    return url == row.url and getattr(measure.numerator, "take", "n") != "n"


def test_a_total_is_the_sum_of_its_leaves(world: f.World) -> None:
    """R-031, for every breakdown of every count."""
    mover = moved(world)
    Hazard._base_manager.filter(pk=Hazard._base_manager.first().pk).update(region="990101777000")
    first = Hazard._base_manager.order_by("pk").first()
    tallies.recount_cases("hazard", [first.uid])
    checked = 0
    for key, measure in measures().items():
        if measure.denominator or key not in {
            m for m in measures() if m.startswith(("hazards_", "majors_"))
        }:
            continue
        for by in measure.dimensions:
            if by == "month" and measure.is_stock:
                continue
            table = ask(world, "committee", mover.at, measure=key, by=by, period="2026")
            assert sum(row.now.part or 0 for row in table.rows) == table.total.now.part, (key, by)
            checked += bool(table.total.now.part)
    assert checked > 12
    table = ask(world, "committee", mover.at, measure="hazards_found", by="region", period="2026")
    assert table.rows[-1].key == tables.ELSEWHERE
    assert table.rows[-1].now.part == 1


def test_reading_costs_the_same_whatever_the_ledger_holds(world: f.World) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            ask(world, "committee", f.NOW, measure="hazards_open", by="region", period="2026")
        return len(caught)

    f.report(world)
    tallies.catch_up()
    few = queries()
    with f.acting(world, "inspector") as actor:
        rows = [Hazard(text=f"{n}", source="inspection", found_at=f.NOW) for n in range(300)]
        for row in rows:
            actions.settle_on(row, world.firm)
        engine.open_many(rows, actor=actor)
    tallies.catch_up()
    assert queries() == few
    from xiangling.insight.models import Cell

    with unscoped("test"):
        read = Cell.objects.filter(kind="hazard", what="open", region="990101", grain="m")
        assert read.count() <= 2, "300 more of one kind are no more cells"


def test_no_data_is_unknown_and_said(world: f.World) -> None:
    table = ask(world, "committee", f.NOW, measure="hazards_found", period="2026")
    assert table.total.now.value is None
    assert table.notes
    f.report(world)
    tallies.catch_up()
    table = ask(world, "committee", f.NOW, measure="hazards_found", period="2020")
    assert table.total.now.value is None
    assert any("2026-06-10" in note for note in table.notes)
    table = ask(world, "committee", f.NOW, measure="hazards_closed", period="2026-06")
    assert table.total.now.value == 0, "a month of the ledger in which nothing was closed is 0"
    assert table.total.year_before.value is None
    assert tables.lines(table)[-1][2] == "未知"
    table = ask(world, "committee", f.NOW, measure="deaths", period="2026-05")
    assert table.total.now.value is None


def test_what_may_not_be_asked_is_refused_in_words(world: f.World) -> None:
    assert refused(world, measure="hazards_open", period="2027").code == "future_period"
    assert refused(world, measure="hazards_open", region="990102").code == "out_of_area"
    assert refused(world, measure="hazards_open", region="123456").code == "out_of_area"
    assert refused(world, measure="hazards_open", region="9901").status == 404
    assert refused(world, measure="nothing").status == 404
    assert refused(world, measure="hazards_overdue", by="state").code == "bad_dimension"
    assert refused(world, measure="hazards_open", where={"month": "1"}).code == "bad_dimension"
    assert refused(world, "owner", measure="hazards_open").code == "no_statistics"
    wrong = refused(world, "department", measure="hazards_open", where={"sector": "food"})
    assert wrong.code == "out_of_area"
    long = refused(world, measure="hazards_found", by="month", period="2010-01..2026-01")
    assert long.code == "long_period"


def test_a_department_sees_the_figures_of_its_sectors_only(world: f.World) -> None:
    f.report(world)
    with f.acting(world, "committee") as actor:
        row = Hazard(text="食品", source="public", found_at=f.NOW)
        actions.settle_on(row, world.firm)
        row.sector = "food"
        engine.open_many([row], actor=actor)
    tallies.catch_up()
    assert ask(world, "committee", f.NOW, measure="hazards_found").total.now.part == 2
    table = ask(world, "department", f.NOW, measure="hazards_found")
    assert table.total.now.part == 1
    assert table.notes


def test_a_town_merged_in_the_middle_of_a_year(world: f.World) -> None:
    """Its figures go on under its successor in every period, and stop under its own name."""
    for code, name in (("990101002", "新港镇"), ("990101003", "旧埠镇")):
        Region.objects.create(code=code.ljust(12, "0"), name=name, level=9)
    old, new = f.report(world, text="旧埠"), f.report(world, text="新港")
    for case, code in ((old, "990101003000"), (new, "990101002000")):
        Hazard._base_manager.filter(pk=case.pk).update(region=code)
    tallies.catch_up()
    by_town = {"measure": "hazards_found", "by": "region", "period": "2026"}
    before = {row.label: row.now.part for row in ask(world, "committee", f.NOW, **by_town).rows}
    assert before == {"港口镇": 0, "新港镇": 1, "旧埠镇": 1}
    RegionMerger.objects.create(
        old="990101003", new="990101002", on=date(2026, 6, 20), basis="测府〔2026〕3号"
    )
    later = f.NOW + timedelta(days=60)
    table = ask(world, "committee", later, **by_town)
    assert {row.label: row.now.part for row in table.rows} == {"港口镇": 0, "新港镇": 2}
    assert table.total.now.part == 2
    with f.acting(world, "committee", later) as actor:
        row = next(row for row in table.rows if row.label == "新港镇")
        assert n_rows(row.url, actor) == 2
    table = ask(
        world, "committee", later, measure="hazards_found", region="990101003", period="2026-06"
    )
    assert table.total.now.part == 1
    with pytest.raises(Refused) as caught:
        ask(
            world, "committee", later, measure="hazards_found", region="990101003", period="2026-07"
        )
    assert caught.value.code == "merged_area"
    assert "新港镇" in str(caught.value)


def given(indicator: str, first: date, last: date, value: Any, region: str = "990101") -> None:
    Official.objects.create(
        indicator=indicator, region=region.ljust(12, "0"), first_on=first, last_on=last,
        value=value, as_written="" if value is None else str(value), citation="测安委办〔2024〕1号",
        source_on=last, entered_by="测试", entered_at=f.NOW,
    )  # fmt: skip


def test_official_figures_add_up_only_when_all_parts_are_known(world: f.World) -> None:
    """F05: deaths January to May 2023 make 163; one masked month makes the sum unknown (F09)."""
    months = [date(2023, n, 1) for n in range(1, 6)]
    for first, deaths in zip(months, (32, 69, 11, 40, 11), strict=True):
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        given("deaths", first, last, deaths)
    table = ask(world, "committee", f.NOW, measure="deaths", by="month", period="2023-01..2023-05")
    assert table.total.now.value == 163
    assert [row.now.value for row in table.rows] == [32, 69, 11, 40, 11]
    assert (
        ask(world, "committee", f.NOW, measure="deaths", period="2023-01..2023-06").total.now.value
        is None
    )
    given("deaths", date(2023, 2, 1), date(2023, 2, 28), None)
    table = ask(world, "committee", f.NOW, measure="deaths", period="2023-01..2023-05")
    assert table.total.now.value is None, "the newest row counts, and it is masked"


def test_rates_of_official_figures(world: f.World) -> None:
    """F07, R-158: 2 accidents, 58,000 units: 0.34 per 10,000; compared with the year before."""
    for year, accidents in ((2024, 3), (2025, 2)):
        given("equipment_accidents", date(year, 1, 1), date(year, 12, 31), accidents)
        given("equipment", date(year, 1, 1), date(year, 12, 31), 58_000)
    table = ask(world, "committee", f.NOW, measure="equipment_accident_rate", period="2025")
    assert tables.lines(table)[0][1:5] == [0.34, 2, 58_000, 0.52]
    assert table.total.yoy.written() == "-33.33%"
    assert table.total.now.part == 2


def test_every_measure_says_what_it_is() -> None:
    for key, measure in measures().items():
        assert key == measure.key
        for word in (measure.label, measure.definition, measure.source, measure.group):
            assert str(word).strip(), key
        assert set(measure.dimensions) <= {"region", "month", *WORDS}
