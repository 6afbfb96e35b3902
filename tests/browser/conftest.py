"""A real headless Chromium on a live server; a journey fails on any script error or foreign request."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
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
PATIENCE = 15_000
"""Milliseconds until something is missing: a busy machine draws a map slowly."""
OF_THE_PAGE = ("Failed to load resource", "Response Status Error Code 4")
"""How browser and htmx report an answer of 4xx, which is a page's own business."""
expect.set_options(timeout=PATIENCE)


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


@dataclass
class Visits:
    """Pages with sessions of their own at one address, and what went wrong on them."""

    browser: Browser
    address: str
    faults: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def page(self, size: dict[str, int] = DESK, **options: Any) -> Page:
        is_phone = size["width"] < 600
        context = self.browser.new_context(
            base_url=self.address,
            viewport=size,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            has_touch=is_phone,
            is_mobile=is_phone,
            device_scale_factor=2 if is_phone else 1,
            reduced_motion="reduce",
            **options,
        )
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on("console", lambda line: self._note_console(page, line))
        page.on("request", lambda request: self._note_request(request.url))
        return page

    def _note_console(self, page: Page, line: Any) -> None:
        """Script faults and policy refusals."""
        if line.type == "error" and not line.text.startswith(OF_THE_PAGE):
            self.faults.append(f"{page.url}: {line.text}")

    def _note_request(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.netloc != urlsplit(self.address).netloc:
            self.faults.append(f"request to another host: {url}")

    def end(self) -> None:
        for context in self.contexts:
            context.close()
        assert not self.faults, "\n".join(self.faults)


@pytest.fixture
def new_page(chromium: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """Makes a page with a session of its own: `new_page()` at a desk, `new_page(PHONE)` on a phone."""
    visits = Visits(chromium, live_server.url)
    yield visits.page
    visits.end()


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    return new_page()


@pytest.fixture
def phone(new_page: Callable[..., Page]) -> Page:
    return new_page(PHONE)


# --- the demo city, as `xiangling demo` makes and serves it -----------------------------------------


@dataclass(frozen=True)
class City:
    """A running demo city: its address and its folder."""

    address: str
    data: Path

    def place_of(self, uid: str) -> tuple[float, float]:
        """Where an object lies, for photos taken on the spot."""
        with sqlite3.connect(f"file:{self.data}/xiangling.sqlite3?mode=ro", uri=True) as database:
            row = database.execute(
                "SELECT lat, lng FROM objects_supervisedobject WHERE uid = ?",
                [uid.replace("-", "")],
            ).fetchone()
        return float(row[0]), float(row[1])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Web and worker on a fresh demo city, once for the session.

    XL_CITY=PORT:DATA_DIR names one that already runs, for work on the journeys themselves.
    """
    if running := os.environ.get("XL_CITY"):
        port_there, _colon, folder = running.partition(":")
        yield City(f"http://127.0.0.1:{port_there}", Path(folder))
        return
    data, port = tmp_path_factory.mktemp("city"), _free_port()
    env = {key: value for key, value in os.environ.items() if not key.startswith("XL_")}
    env |= {"DATA_DIR": str(data), "PORT": str(port), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "xiangling.config.command", "demo"]
    process = subprocess.Popen(command, cwd=ROOT, env=env, text=True, stdout=subprocess.PIPE)
    assert process.stdout is not None
    if not any("Ctrl-C" in line for line in process.stdout):
        pytest.fail("the demo city did not come up; its messages are above")
    yield City(f"http://127.0.0.1:{port}", data)
    process.terminate()
    process.wait(30)


@pytest.fixture
def visits(chromium: Browser, city: City) -> Iterator[Visits]:
    """`visits.page(PHONE)` in the demo city."""
    made = Visits(chromium, city.address)
    yield made
    made.end()


@pytest.fixture
def enter(visits: Visits) -> Callable[..., Page]:
    """`enter("inspector", PHONE)`: a page of a persona, signed in with one click."""

    def make(persona: str, size: dict[str, int] = DESK) -> Page:
        page = visits.page(size)
        page.goto("/accounts/login/")
        page.locator(f"button[name=key][value={persona}]").click()
        page.locator("#main").wait_for()
        return page

    return make
