"""A real headless Chromium on a live server; a journey fails on any script error or foreign request."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    "--font-render-hinting=none",
)
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = os.environ.get("XL_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not path:
        pytest.fail("no Chromium: apt-get install chromium, or name one in XL_CHROMIUM")
    # Playwright keeps an event loop in this thread, in which Django would refuse the ORM.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """Makes a page with a session of its own: `new_page()` at a desk, `new_page(PHONE)` on a phone."""
    faults: list[str] = []
    contexts: list[BrowserContext] = []

    def make(size: dict[str, int] = DESK, **options: Any) -> Page:
        is_phone = size["width"] < 600
        context = chromium.new_context(
            base_url=live_server.url,
            viewport=size,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            has_touch=is_phone,
            is_mobile=is_phone,
            device_scale_factor=2 if is_phone else 1,
            reduced_motion="reduce",
            **options,
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
        page.on("console", lambda line: _note_console(faults, line))
        page.on("request", lambda request: _note_request(faults, request.url, live_server.url))
        return page

    yield make
    for context in contexts:
        context.close()
    assert not faults, "\n".join(faults)


def _note_console(faults: list[str], line: Any) -> None:
    """Script faults and policy refusals; an answer of 4xx is a page's own business."""
    if line.type == "error" and not line.text.startswith("Failed to load resource"):
        faults.append(line.text)


def _note_request(faults: list[str], url: str, own: str) -> None:
    parts = urlsplit(url)
    if parts.scheme in ("http", "https") and parts.netloc != urlsplit(own).netloc:
        faults.append(f"request to another host: {url}")


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    return new_page()


@pytest.fixture
def phone(new_page: Callable[..., Page]) -> Page:
    return new_page(PHONE)
