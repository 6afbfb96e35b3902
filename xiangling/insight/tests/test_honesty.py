"""Ledger honesty and the judge's errors: every figure is its rows (R-069, R-071, R-174, P01-P03)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import factories as f
from xiangling.apps.hazards.models import Campaign, Handling
from xiangling.insight.honesty.figures import GROUPS, Honesty, Period, params
from xiangling.insight.honesty.overrules import Overrules
from xiangling.insight.honesty.rates import Expected, expected, poisson, wilson
from xiangling.insight.honesty.signs import FOUND, MAJORS, SHARES
from xiangling.insight.models import Statement
from xiangling.kernel import clock, registry
from xiangling.kernel.models import Edit

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
TODAY = f.NOW + timedelta(days=1)
PERIOD = Period(date(2026, 6, 1), date(2026, 6, 11))


@pytest.fixture
def world() -> Iterator[f.World]:
    """Findings of several people and states; ten closed on one day by one person; photos of a short visit."""
    made = f.make_world()
    f.to_state(made, "closed", seed=10)
    f.to_state(made, "closed", major=True, seed=30)
    f.to_state(made, "fixing", seed=50)
    for n in range(9):
        f.to_state(made, "closed", at=f.NOW - timedelta(hours=1), seed=1000 + 10 * n)
    f.report(made, by="owner", text="加强安全管理，提高安全意识")
    f.report(made, by="inspector2", text="喷漆房排风机未开启")
    voided = f.report(made, by="inspector2", text="灭火器压力不足")
    f.step(made, voided, "request_void", "inspector", reason="误报")
    f.step(made, voided, "confirm_void", "inspector2", opinion="属实")
    for n in range(3):
        _with_photo(made, n)
    for number, name in enumerate(("粉尘涉爆专项检查", "冲压设备专项检查")):
        drive = Campaign(name=name, unit=made.units["office"], region="990101000000")
        drive.begins_on, drive.ends_on = PERIOD.begins, PERIOD.ends
        drive.save()
        rows = Handling.objects.order_by("pk").values("pk")[number::2]
        Handling.objects.filter(pk__in=[row["pk"] for row in rows]).update(campaign=drive)
    with clock.at(TODAY):
        yield made


def _with_photo(world: f.World, n: int) -> None:
    from xiangling.apps.hazards import actions

    at = f.NOW + timedelta(minutes=n)
    with f.acting(world, "department", at) as actor:
        proof = f.stored(9000 + 7 * n, actor, "before", taken=at)
        facts = {"text": f"配电箱{n}门缺失，带电体外露", "source": "department", "found_at": at}
        actions.report_hazard(facts, object_uid=world.firm.uid, actor=actor, proofs=[proof])


def browser(world: f.World, key: str) -> Client:
    client = Client()
    client.force_login(world.people[key], BACKEND)
    return client


def _count(url: str, actor: Any) -> int:
    """How many rows an address of the ledger shows."""
    from urllib.parse import parse_qsl, urlsplit

    query = dict(parse_qsl(urlsplit(url).query))
    found = registry.shelf("lists")["hazards"]
    return found.count(actor, query)[0]


@pytest.mark.parametrize("key", ["committee", "inspector", "city", "auditor", "department"])
@pytest.mark.parametrize("by", list(GROUPS))
def test_every_figure_is_as_many_rows_as_its_address_shows(
    world: f.World, key: str, by: str
) -> None:
    n_figures = 0
    with f.acting(world, key, TODAY) as actor:
        for group in Honesty(actor, PERIOD, by).groups():
            for figure in group.figures.values():
                if figure.n is not None:
                    assert _count(figure.url, actor) == figure.n, figure.url
                    n_figures += 1
                if figure.whole is not None and figure.whole_url:
                    assert _count(figure.whole_url, actor) == figure.whole, figure.whole_url
    assert n_figures > 8


def test_the_links_on_the_page_show_the_numbers_on_the_page(world: f.World) -> None:
    """As a reader would: follow each number of the page and count what comes."""
    client = browser(world, "committee")
    asked = "?begins=2026-06-01&ends=2026-06-11"
    n_links = 0
    for address in ("/honesty/", "/honesty/overrules/"):
        page = client.get(address + asked).content.decode()
        for url, number in re.findall(r'<a href="(/hazards/\?[^"]+)">([\d,]+)</a>', page):
            shown = client.get(unescape(url)).context["page"]["count_label"]
            assert re.match(r"[\d,]+", shown)[0] == number, url  # type: ignore[index]
            n_links += 1
    assert n_links > 30


def test_what_is_counted_and_what_is_not(world: f.World) -> None:
    with f.acting(world, "committee", TODAY) as actor:
        groups = {group.key: group for group in Honesty(actor, PERIOD).groups()}
    station = groups[world.units["station"].pk]
    assert station.n == 13, "the void one is left out"
    assert station.figures["bulk"].n == 10, "the station's people closed ten general ones in a day"
    assert (station.figures["alone"].n, station.figures["alone"].whole) == (10, 10)
    assert station.figures["short"].n is None, "no photos: unknown, not zero"
    assert station.figures["reused"].n is None
    bureau = groups[world.units["bureau"].pk]
    assert (bureau.figures["short"].n, bureau.figures["short"].whole) == (3, 3)
    assert (bureau.figures["reused"].n, bureau.figures["reused"].whole) == (0, 3)
    assert station.majors is not None
    assert station.majors.observed == 1


def test_unknown_is_said_and_not_zero(world: f.World) -> None:
    page = browser(world, "committee").get("/honesty/?begins=2026-06-01&ends=2026-06-11")
    assert "未知" in page.content.decode()
    nothing = browser(world, "committee").get("/honesty/?begins=2020-01-01&ends=2020-02-01")
    assert "没有查出隐患" in nothing.content.decode()


@pytest.mark.parametrize(
    "query",
    ["begins=x&ends=y", "begins=2026-06-10&ends=2026-06-01", "begins=&ends=", "by=nothing", "begins=0001-01-01&ends=9999-12-31"],
)  # fmt: skip
def test_odd_periods_are_answered_in_words(world: f.World, query: str) -> None:
    for address in (
        "/honesty/",
        "/honesty/overrules/",
        f"/honesty/units/{world.units['station'].pk}/",
    ):
        assert browser(world, "committee").get(f"{address}?{query}").status_code == 200


def test_an_enterprise_sees_its_own_figures_only(world: f.World) -> None:
    with f.acting(world, "owner", TODAY) as actor:
        keys = {group.key for group in Honesty(actor, PERIOD).groups()}
        assert Honesty(actor, PERIOD, "person").groups() == []
    assert keys <= {world.units[name].pk for name in ("firm", "shop", "crew")}
    station = world.units["station"].pk
    assert browser(world, "owner").get(f"/honesty/units/{station}/").status_code == 404
    assert browser(world, "outsider").get(f"/honesty/units/{station}/").status_code == 404
    assert browser(world, "safety").get("/honesty/").status_code == 403


def test_a_unit_answers_and_every_wording_is_kept(world: f.World) -> None:
    station = world.units["station"].pk
    url = f"/honesty/units/{station}/?begins=2026-06-01&ends=2026-06-11"
    mine = browser(world, "inspector")
    assert mine.post(url, {"sign": "bulk", "text": ""}).status_code == 422
    assert mine.post(url, {"sign": "bulk", "text": "集中复查当日统一销号"}).status_code == 302
    assert (
        mine.post(url, {"sign": "bulk", "text": "6月10日集中复查，逐条有照片"}).status_code == 302
    )
    assert Statement.objects.get().text == "6月10日集中复查，逐条有照片"
    edits = Edit.objects.filter(model="insight.statement").order_by("id")
    assert [edit.changes["text"] for edit in edits] == [
        ["", "集中复查当日统一销号"],
        ["集中复查当日统一销号", "6月10日集中复查，逐条有照片"],
    ]
    for key in ("committee", "auditor"):
        page = browser(world, key).get(url).content.decode()
        assert "6月10日集中复查" in page
        assert (
            "1 条说明"
            in browser(world, key)
            .get("/honesty/?begins=2026-06-01&ends=2026-06-11")
            .content.decode()
        )
    for key in ("committee", "auditor"):
        assert browser(world, key).post(url, {"sign": "bulk", "text": "x"}).status_code == 403
    assert Statement.objects.count() == 1


def test_every_cell_of_the_errors_is_as_many_rows(world: f.World) -> None:
    with f.acting(world, "committee", TODAY) as actor:
        found = Overrules(actor, PERIOD)
        cells = [cell for row in found.matrix().values() for cell in row.values()]
        lines = [*found.by_standard(), *found.by_month()]
        cells += [cell for line in lines for cell in line.cells.values()]
        for cell in cells:
            assert _count(cell.url, actor) == cell.n, cell.url
        total = sum(cell.n for row in found.matrix().values() for cell in row.values())
        for split in (found.by_standard(), found.by_month()):
            assert sum(cell.n for line in split for cell in line.cells.values()) == total
        assert total == 12


def test_the_signs_share_the_filters_of_the_list(world: f.World) -> None:
    keys = {wanted.key for wanted in registry.shelf("lists")["hazards"].filters} | {"view"}
    for sign in (FOUND, MAJORS, *SHARES):
        assert set(params(sign, PERIOD)) <= keys
        assert set(params(sign, PERIOD, whole=True)) <= keys


# --- the arithmetic -----------------------------------------------------------------------------


@given(st.integers(0, 2000), st.integers(1, 2000))
@settings(deadline=None, max_examples=60)
def test_intervals_hold_what_was_observed(part: int, more: int) -> None:
    low, high = wilson(part, part + more)
    assert 0 <= low <= part / (part + more) <= high <= 1
    low, high = poisson(part)
    assert 0 <= low <= part <= high


def test_small_units_are_not_accused() -> None:
    """No major among findings that would give three is chance; among those that would give ten it is not."""
    assert Expected(0, 3.0).differs == ""
    assert Expected(0, 10.0).differs == "low"
    assert Expected(30, 10.0).differs == "high"
    assert Expected(5, 0.0).interval is None
    assert Expected(0, 0.0).ratio is None


def test_byar_is_close_to_the_exact_interval() -> None:
    """Exact Poisson limits for 10 are 4.795 and 18.390 (Garwood 1936)."""
    low, high = poisson(10)
    assert low == pytest.approx(4.795, abs=0.05)
    assert high == pytest.approx(18.390, abs=0.05)
    assert poisson(0)[1] == pytest.approx(3.69, abs=0.1)


def test_the_same_mix_gives_its_own_count() -> None:
    reference = {"a": (10, 100), "b": (1, 1000)}
    assert expected({"a": 100, "b": 1000}, reference) == pytest.approx(11)
    assert expected({"a": 50, "c": 7}, reference) == pytest.approx(5)
