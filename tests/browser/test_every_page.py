"""Every main page as each persona, at a desk and on a phone: no fault, no overflow, nothing axe finds serious."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import DESK, PHONE, ROOT, City

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
PERSONAS = [
    "committee",
    "department",
    "inspector",
    "owner",
    "workshop",
    "team",
    "leader",
    "auditor",
    "system_admin",
    "security_admin",
    "audit_admin",
]
MAIN = ("/", "/mine/", "/notices/", "/jobs/", "/docket/", "/search?q=木")
BY_MENU = {
    "/hazards/": ("/hazards/?view=major", "/extensions/", "/disputes/"),
    "/objects/": ("/objects/?view=blind",),
    "/duties/": ("/duty_lines/",),
    "/audit/": ("/accesses/", "/refusals/", "/edits/", "/entries/", "/seals/"),
    "/people/": ("/people/accounts/", "/people/new/"),
}
REPORTING = ("/hazard/new/",)
IMPORTING = ("/import/hazards/", "/tokens/")
_judged: set[tuple[str, str]] = set()
"""(shape of the address, size) that axe has looked at: one look at each kind of page is enough."""


def _addresses(page: Page, persona: str) -> list[str]:
    """What the menu offers this post, what lies behind it, one record and one object."""
    menu = [str(a.get_attribute("href")) for a in page.locator(".rail ul a").all()]
    found = [*MAIN, *menu]
    for item in menu:
        found += BY_MENU.get(item, ())
    if page.locator(".thumb-tabs a[href='/hazard/new/']").count():
        found += REPORTING
    if persona in ("committee", "inspector"):
        found += IMPORTING
    return list(dict.fromkeys(found))


def _first_rows(page: Page) -> list[str]:
    """The first row of the list now shown, and the step its record offers."""
    row = page.locator("tr[data-url]").first
    return [str(row.get_attribute("data-url"))] if row.count() else []


def _shape(address: str) -> str:
    return "/".join(
        "*" if len(part) > 30 else part for part in address.partition("?")[0].split("/")
    )


def _judge(page: Page, address: str, size: str) -> list[str]:
    """Serious and critical findings of axe, once for each kind of page and size."""
    if (_shape(address), size) in _judged:
        return []
    _judged.add((_shape(address), size))
    page.evaluate(AXE.read_text())
    result: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{address} at {size}: {found['id']} {node['target']} {node.get('failureSummary', '')[:200]}"
        for found in result["violations"]
        if found["impact"] in ("serious", "critical")
        for node in found["nodes"][:3]
    ]


def _look(page: Page, address: str, size: str) -> list[str]:
    answer = page.goto(address)
    faults = []
    if answer is None or answer.status >= 400:
        faults.append(f"{address}: {answer and answer.status}")
    wide, screen = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    limit = page.viewport_size["width"] if page.viewport_size else screen
    if wide > limit:
        faults.append(f"{address} at {size} is {wide} wide")
    return faults + _judge(page, address, size)


@pytest.mark.parametrize("persona", PERSONAS)
def test_every_page(enter: Callable[..., Page], city: City, persona: str) -> None:
    faults = []
    for size, name in ((DESK, "1440"), (PHONE, "390")):
        page = enter(persona, size)
        addresses = _addresses(page, persona)
        for address in addresses:
            faults += _look(page, address, name)
            if address in ("/hazards/", "/objects/"):
                for row in _first_rows(page):
                    faults += _look(page, row, name)
                    step = page.locator(".turn-actions a.btn-primary")
                    if step.count():
                        faults += _look(page, str(step.first.get_attribute("href")), name)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["1440", "390"])
def test_the_sign_in_page(visits: Any, size: dict[str, int]) -> None:
    page = visits.page(size)
    faults = _look(page, "/accounts/login/", str(size["width"]))
    assert not faults, "\n".join(faults)
