"""How a person walks a hazard through its pages: report, take a step, look at what the record says."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from django.utils import translation
from playwright.sync_api import APIResponse, Locator, Page, expect

from tests.factories import photo_bytes
from xiangling.apps.hazards.loop import HAZARD

FIRM = "汐州榆盛木业有限公司"
"""The firm around which the personas' worlds meet."""
# A city that already ran has seen the first photos.
_seeds = count(int(time.time()) % 10**8 if os.environ.get("XL_CITY") else 40_000)
Enter = Callable[..., Page]


def now() -> datetime:
    return datetime.now(UTC)


def photo(
    place: tuple[float, float] | None, taken: datetime | None = None, seed: int = 0
) -> dict[str, Any]:
    """A photo as a file chooser hands it over, new unless a seed is given."""
    number = seed or next(_seeds)
    content = photo_bytes(number, taken=taken or now(), place=place)
    return {"name": f"IMG_{number}.jpg", "mimeType": "image/jpeg", "buffer": content}


def said(message: Any) -> str:
    """A word of the loop as the Chinese pages show it."""
    with translation.override("zh-hans"):
        return str(message)


def zh(sentence: str, **values: Any) -> str:
    """A sentence of the product in Chinese."""
    with translation.override("zh-hans"):
        return translation.gettext(sentence) % values if values else translation.gettext(sentence)


def in_days(days: int) -> str:
    local = now() + timedelta(hours=8)
    return (local.date() + timedelta(days=days)).isoformat()


@dataclass
class Found:
    """A hazard that was reported: its address, its number and where its object lies."""

    path: str
    code: str
    place: tuple[float, float]


def pick_object(page: Page, name: str = FIRM) -> str:
    """Type the name, choose the firm among the rows found; its uid."""
    page.locator("input[name=object_words]").fill(name)
    row = page.locator(".pick-row", has_text=re.compile(rf"^\s*{name}\s")).first
    row.locator("input").check()
    return str(row.locator("input").get_attribute("value"))


def report(page: Page, text: str, city: Any, *, photos: int = 1, name: str = FIRM) -> Found:
    """Report a hazard from the field; answers “different” where the page asks."""
    page.goto("/hazard/new/")
    uid = pick_object(page, name)
    place = city.place_of(uid)
    if photos:
        choose(page, "before", *[photo(place) for _n in range(photos)])
    page.locator("[name=text]").fill(text)
    send(page)
    page.wait_for_load_state()
    different = page.locator("button[name=answer][value=new]")
    if different.count():
        different.click()
    page.wait_for_url(re.compile(r"/hazard/[0-9a-f-]{36}/$"))
    return Found(path_of(page), code_of(page), place)


def choose(page: Page, role: str, *files: dict[str, Any]) -> None:
    """Choose photos with the file chooser of a camera field."""
    with page.expect_file_chooser() as chooser:
        page.locator(f"input[name=proof_{role}]").click()
    chooser.value.set_files(list(files))
    expect(page.locator(f".field:has(input[name=proof_{role}]) .photo-previews li")).to_have_count(
        len(files)
    )


def path_of(page: Page) -> str:
    return str(page.evaluate("location.pathname"))


def code_of(page: Page) -> str:
    return page.locator(".record-marks .code").first.inner_text().strip()


def send(page: Page) -> None:
    """Press the form's button and wait for the page that answers."""
    with page.expect_navigation():
        page.locator("main form[data-draft] .form-actions button[type=submit]").click()


def open_step(page: Page, found: Found, step: str) -> None:
    """From the record's page by its own button, unfolding the menu where it lies there."""
    page.goto(found.path)
    link = page.locator(f".turn-actions a[href$='/{step}/']")
    if not link.is_visible():
        page.locator(".turn-actions details.menu summary").click()
    link.click()
    page.wait_for_url(f"**{found.path}{step}/")


def fill(page: Page, answers: dict[str, str]) -> None:
    for name, value in answers.items():
        field = page.locator(f"main form[data-draft] [name={name}]")
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def take(
    page: Page, found: Found, step: str, photos: dict[str, Any] | None = None, **answers: str
) -> None:
    """Take a step through its page, and see that the record says so."""
    open_step(page, found, step)
    fill(page, answers)
    for role, file in (photos or {}).items():
        choose(page, role, file)
    send(page)
    page.wait_for_url(f"**{found.path}")
    expect(page.locator(".notice.is-success")).to_contain_text(said(HAZARD.steps[step].label))
    told = page.locator(".timeline-list .event", has_text=said(HAZARD.steps[step].told))
    expect(told.first).to_be_visible()


def press(
    page: Page, found: Found, step: str, photos: dict[str, Any] | None = None, **answers: str
) -> APIResponse:
    """The same request that the step's page sends, without drawing the page."""
    cookies = {row["name"]: row["value"] for row in page.context.cookies()}
    sent: dict[str, Any] = {"csrfmiddlewaretoken": cookies["csrftoken"], **answers}
    sent |= {f"proof_{role}": file for role, file in (photos or {}).items()}
    return page.context.request.post(f"{found.path}{step}/", multipart=sent)


def pressed(page: Page, found: Found, step: str, *args: Any, **answers: str) -> None:
    answer = press(page, found, step, *args, **answers)
    assert answer.ok, f"{step}: {answer.status} {answer.text()[-3000:]}"
    assert answer.url.endswith(found.path), answer.url


def expect_record(page: Page, *, state: str, turn: str = "") -> None:
    """The state's name, whose turn it is by name, and how long they have."""
    expect(page.locator(".record-marks .chip[data-kind=state]")).to_have_text(
        said(HAZARD.states[state].label)
    )
    if turn:
        expect(page.locator(".turn-panel .turn-who")).to_contain_text(turn)
        expect(page.locator(".turn-panel .chip[data-kind=time]")).to_contain_text(
            re.compile("[剩余天内今日时逾工作]")
        )


def refusal(page: Page) -> Locator:
    """The panel in which a refusal says what, why and what to do."""
    return page.locator(".refusal").first


def expect_refused(page: Page, *words: str) -> None:
    """A refusal in words on the page: what, why or what to do."""
    panel = refusal(page)
    expect(panel).to_be_visible()
    for said_there in words:
        expect(panel).to_contain_text(said_there)


def expect_logged(auditor: Page, found: Found, words: str) -> None:
    """The refusal stands in the audit's list, by record and reason."""
    auditor.goto("/refusals/")
    row = auditor.locator(f"tr[data-url='{found.path}']", has_text=words)
    expect(row.first).to_be_visible()
