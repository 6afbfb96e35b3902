"""The cockpit as leaders see it: on a phone, at a desk, on the wall (R-157 to R-161)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.browser.walking import Enter

DESK = {"width": 1440, "height": 900}
WALL = {"width": 1920, "height": 1080}
PANELS = ("figures", "map", "trend", "majors", "ladder", "sources", "ranking")
PAINTED = """id => {
  const canvas = document.querySelector(`#${id} canvas`);
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  const seen = new Set();
  for (let at = 0; at < data.length; at += 4 * 97) seen.add(data.slice(at, at + 4).join());
  return seen.size;
}"""


def boxes(page: Page) -> dict[str, Any]:
    return {name: page.locator(f".cockpit-{name}").bounding_box() for name in PANELS}


def overlap(one: Any, other: Any) -> bool:
    return (
        one["x"] < other["x"] + other["width"] - 1
        and other["x"] < one["x"] + one["width"] - 1
        and one["y"] < other["y"] + other["height"] - 1
        and other["y"] < one["y"] + one["height"] - 1
    )


@pytest.mark.parametrize(
    ("size", "path"), [(PHONE, "/cockpit/"), (DESK, "/cockpit/"), (WALL, "/cockpit/?wall=1")]
)
def test_charts_are_drawn_and_nothing_overlaps(
    enter: Enter, size: dict[str, int], path: str
) -> None:
    page = enter("committee", size)
    errors: list[str] = []
    hosts: set[str] = set()
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("request", lambda asked: hosts.add(asked.url.split("/")[2]))
    page.goto(path)
    expect(page.locator("#cockpit-map path.cockpit-area").first).to_be_visible()
    assert page.locator("#cockpit-map path.cockpit-area").count() == 60
    for chart in ("cockpit-trend", "cockpit-ladder", "cockpit-sources"):
        expect(page.locator(f"#{chart} canvas")).to_be_visible()
        page.wait_for_function(f"({PAINTED})('{chart}') > 3")
    found = boxes(page)
    for name, box in found.items():
        for other, beside in found.items():
            assert name >= other or not overlap(box, beside), (name, other)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    if size is WALL:
        assert page.evaluate("document.querySelector('.cockpit').scrollHeight") <= size["height"]
        expect(page.locator(".bar")).to_be_hidden()
    assert errors == []
    assert len(hosts) == 1


def test_a_town_on_the_map_and_a_bar_lead_to_their_rows(enter: Enter) -> None:
    page = enter("committee", DESK)
    page.goto("/cockpit/")
    town = page.locator("#cockpit-map path.cockpit-area.risk-red").first
    expect(town).to_be_visible()
    town.dispatch_event("click")  # the middle of its box may lie in a neighbour
    page.wait_for_url(re.compile(r"/hazards/\?figure="))
    page.goto("/cockpit/")
    page.wait_for_function(f"({PAINTED})('cockpit-ladder') > 3")
    page.locator("#cockpit-ladder").scroll_into_view_if_needed()
    box = page.locator("#cockpit-ladder canvas").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.1)
    page.wait_for_url(re.compile(r"/docket/\?.*view=late"))


def test_it_refreshes_without_a_reload_and_says_when_the_line_is_lost(enter: Enter) -> None:
    page = enter("leader", DESK)
    page.goto("/cockpit/")
    expect(page.locator("#cockpit-trend canvas")).to_be_visible()
    page.evaluate("window.kept = true; document.querySelector('.cockpit-number').textContent = '?'")
    with page.expect_response("**/cockpit/"):
        page.evaluate("document.dispatchEvent(new Event('cockpit:refresh'))")
    expect(page.locator(".cockpit-number").first).not_to_have_text("?")
    assert page.evaluate("window.kept") is True
    page.route("**/cockpit/", lambda route: route.abort())
    page.evaluate("document.dispatchEvent(new Event('cockpit:refresh'))")
    expect(page.locator("#cockpit-lost")).to_contain_text("连接中断")
    page.unroute("**/cockpit/")
    page.evaluate("document.dispatchEvent(new Event('cockpit:refresh'))")
    expect(page.locator("#cockpit-lost")).to_be_empty()


def test_the_layers_of_the_map_and_the_tables_beneath(enter: Enter) -> None:
    page = enter("committee", DESK)
    page.goto("/cockpit/")
    page.get_by_role("button", name="检查覆盖").click()
    expect(page.locator("#cockpit-map path[class*=shade-]").first).to_be_visible()
    page.locator(".cockpit-trend summary").click()
    expect(page.locator("#cockpit-months tbody tr")).to_have_count(12)
