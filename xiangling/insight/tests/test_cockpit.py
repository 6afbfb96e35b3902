"""The cockpit: every figure opens its rows, nothing unknown is a zero, nobody sees beyond their area (R-157 to R-161)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from tests import factories as f
from xiangling.insight import tallies
from xiangling.insight.cockpit import picture as cockpit
from xiangling.insight.models import Official, RegionMerger
from xiangling.kernel import clock, registry
from xiangling.kernel.models import Edit
from xiangling.kernel.scope import unscoped
from xiangling.org import boundaries
from xiangling.org.models import Region
from xiangling.web.lists import list_of

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
TODAY = f.NOW + timedelta(days=40)
SQUARE = [[118.0, 24.0], [118.1, 24.0], [118.1, 24.1], [118.0, 24.1], [118.0, 24.0]]


@pytest.fixture
def world() -> Iterator[f.World]:
    """Hazards of every state, majors among them, some long overdue, in both districts."""
    made = f.make_world()
    for n, state in enumerate(["found", "graded", "fixing", "submitted", "closed", "closed"]):
        f.to_state(made, state, seed=100 + 10 * n, at=f.NOW - timedelta(days=9 * n))
    f.to_state(made, "fixing", major=True, seed=500)
    f.to_state(made, "closed", major=True, seed=600)
    own, made.firm = made.firm, made.other_firm
    f.report(made, by="outsider")
    made.firm = own
    with clock.at(TODAY):
        with unscoped("test"):
            tallies.catch_up()
        yield made


def browser(world: f.World, key: str) -> Client:
    client = Client()
    client.force_login(world.people[key], BACKEND)
    return client


def count(url: str, actor: Any) -> int:
    """How many rows an address shows."""
    parts = urlsplit(url)
    found = list_of(parts.path.strip("/"))
    assert found is not None, url
    return found.count(actor, dict(parse_qsl(parts.query)))[0]


@pytest.mark.parametrize("key", ["committee", "leader", "inspector", "city", "department"])
def test_every_figure_is_as_many_rows_as_its_address_shows(world: f.World, key: str) -> None:
    with f.acting(world, key, TODAY) as actor:
        picture = cockpit.make(actor)
        walked = list(cockpit.links(picture))
        for url, number in walked:
            assert count(url, actor) == number, url
    assert len(walked) > 12
    assert any(number for _url, number in walked)


def test_the_links_on_the_page_show_the_numbers_on_the_page(world: f.World) -> None:
    """As a reader would: follow each number and count what comes."""
    client, n_links = browser(world, "committee"), 0
    page = client.get("/cockpit/").content.decode()
    for url, number in re.findall(
        r'<a[^>]* href="(/(?:hazards|docket|objects)/\?[^"]+)">([\d,]+)</a>', page
    ):
        shown = client.get(unescape(url)).context["page"]["count_label"]
        assert re.match(r"[\d,]+", shown)[0] == number, url  # type: ignore[index]
        n_links += 1
    assert n_links > 15


def test_parts_of_the_area_are_opened_and_others_are_not(world: f.World) -> None:
    client = browser(world, "committee")
    assert "港口镇" in client.get("/cockpit/?region=990101001").content.decode()
    for beyond in ("990102", "9901", "123456", "x"):
        answer = client.get("/cockpit/", {"region": beyond})
        assert answer.status_code == 404, beyond
        assert client.get("/cockpit/shapes/", {"region": beyond}).status_code == 404
    city = browser(world, "city")
    assert city.get("/cockpit/?region=990102").status_code == 200


def test_an_enterprise_is_told_where_its_counts_are(world: f.World) -> None:
    assert browser(world, "owner").get("/cockpit/").status_code == 403


def test_an_empty_city_shows_unknown_and_no_zero(db: None) -> None:
    made = f.make_world()
    with clock.at(TODAY), f.acting(made, "committee", TODAY) as actor:
        picture = cockpit.make(actor)
    assert all(figure["number"] is None for figure in picture["figures"][3:])
    assert all(row["now"]["number"] is None for row in picture["trend"]["rows"])
    assert picture["sources"] == []
    with clock.at(TODAY):
        page = browser(made, "committee").get("/cockpit/").content.decode()
    assert "暂无在办重大隐患" in page
    assert "未知" in page


def test_days_since_an_accident_are_known_only_where_a_day_is(world: f.World) -> None:
    def row(first: date, last: date) -> None:
        Official.objects.create(
            indicator="accidents", region="990101000000", first_on=first, last_on=last, value=1,
            as_written="1起", citation="通报", source_on=last, entered_by="x", entered_at=f.NOW,
        )  # fmt: skip

    def days() -> Any:
        with f.acting(world, "committee", TODAY) as actor:
            return cockpit.make(actor)["figures"][4]["number"]

    row(date(2026, 5, 1), date(2026, 5, 31))
    assert days() is None
    row(date(2026, 7, 1), date(2026, 7, 1))
    assert days() == (clock.local_date(TODAY) - date(2026, 7, 1)).days
    with f.acting(world, "committee", TODAY) as actor:
        picture = cockpit.make(actor)
        assert count(picture["figures"][4]["url"], actor) == 2, "the rows it is read from"
        assert all(count(url, actor) == number for url, number in cockpit.links(picture))


def test_the_last_accident_has_the_grade_that_its_published_harm_reaches(world: f.World) -> None:
    """F05: graded by what is known; without the serious injuries it is a lower bound."""
    day = date(2026, 7, 1)

    def publish(indicator: str, value: int) -> None:
        Official.objects.create(
            indicator=indicator, region="990101000000", first_on=day, last_on=day, value=value,
            as_written=str(value), citation="通报", source_on=day, entered_by="x", entered_at=f.NOW,
        )  # fmt: skip

    def said() -> str:
        with f.acting(world, "committee", TODAY) as actor, translation.override("zh-hans"):
            return str(cockpit.make(actor)["figures"][4]["note"])

    publish("accidents", 1)
    assert said() == "至少为一般事故"
    publish("deaths", 3)
    assert said() == "至少为较大事故"
    publish("loss", 12_000)
    assert said() == "特别重大事故", "nothing is graver"
    publish("accidents", 2)
    assert said() == "", "the harm of several accidents grades none of them"


def test_a_merged_town_goes_on_under_its_successor(world: f.World) -> None:
    Region.objects.create(code="990101002000", name="新港街道", level=9)
    RegionMerger.objects.create(old="990101001", new="990101002", on=date(2026, 6, 1), basis="批复")
    with f.acting(world, "committee", TODAY) as actor:
        picture = cockpit.make(actor)
        assert [area["name"] for area in picture["areas"]] == ["新港街道"]
        for url, number in cockpit.links(picture):
            assert count(url, actor) == number, url
        assert picture["areas"][0]["open"]["number"] == picture["figures"][0]["number"]
    assert browser(world, "committee").get("/cockpit/?region=990101001").status_code == 422


def test_the_day_is_the_day_in_china(world: f.World) -> None:
    late_evening = TODAY.replace(hour=16, minute=5)  # five past midnight of the next day in China
    with f.acting(world, "committee", late_evening) as actor:
        picture = cockpit.make(actor)
    assert picture["day"] == (TODAY.date() + timedelta(days=1)).isoformat()
    assert picture["at"] == "00:05"


def test_the_questions_it_asks_do_not_grow_with_the_ledger(world: f.World) -> None:
    def asked() -> int:
        with f.acting(world, "city", TODAY) as actor, CaptureQueriesContext(connection) as found:
            cockpit.make(actor)
        return len(found)

    first = asked()
    for n in range(6):
        f.to_state(world, "closed", seed=2000 + 10 * n)
    with unscoped("test"):
        tallies.catch_up()
    assert asked() == first


def test_the_endpoint_says_what_the_page_says(world: f.World) -> None:
    with f.acting(world, "committee", TODAY) as actor:
        wanted = cockpit.make(actor)
    page = browser(world, "committee").get("/cockpit/").content.decode()
    held = re.search(r'<script id="cockpit-picture"[^>]*>(.*?)</script>', page, re.S)
    assert held is not None
    assert json.loads(held[1])["figures"] == json.loads(json.dumps(wanted["figures"]))


def collection(**change: Any) -> bytes:
    shape = {
        "type": "Feature",
        "properties": {"code": "990101001", "name": "<script>"},
        "geometry": {"type": "Polygon", "coordinates": [SQUARE]},
        **change,
    }
    return json.dumps({"type": "FeatureCollection", "features": [shape]}).encode()


def test_boundaries_are_kept_without_anything_else_and_drawn(world: f.World) -> None:
    with unscoped("test"):
        assert boundaries.take_in(collection(), actor=world.actor("city")) == 1
    row = Region.objects.get(code="990101001000")
    assert row.boundary == {"type": "Polygon", "coordinates": [SQUARE]}
    assert Edit.objects.filter(model="org.region").count() == 1
    shapes = browser(world, "committee").get("/cockpit/shapes/").json()
    assert [shape["properties"]["name"] for shape in shapes["areas"]] == ["港口镇"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"features": []}',
        collection(properties={"code": "999999"}),
        collection(properties={"code": "1; drop"}),
        collection(properties=None),
        collection(geometry=None),
        collection(geometry={"type": "Point", "coordinates": [1, 2]}),
        collection(geometry={"type": "Polygon", "coordinates": []}),
        collection(geometry={"type": "Polygon", "coordinates": [SQUARE[:-1]]}),
        collection(geometry={"type": "Polygon", "coordinates": [[[1e9, 2], *SQUARE]]}),
        collection(geometry={"type": "Polygon", "coordinates": [[["a", 2]] * 5]}),
    ],
)
def test_boundaries_that_are_none_are_refused_whole(world: f.World, data: bytes) -> None:
    with pytest.raises(boundaries.BoundaryError):
        boundaries.take_in(data, actor=world.actor("city"))
    assert not Region.objects.filter(boundary__isnull=False).exists()


def test_the_menu_leads_there(world: f.World) -> None:
    assert 'href="/cockpit/"' in browser(world, "leader").get("/").content.decode()
    assert registry.shelf("menu")["cockpit"].url == cockpit.ADDRESS
