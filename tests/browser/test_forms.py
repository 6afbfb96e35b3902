"""What a form survives: an ended session, a second press, the back button, a reload."""

from __future__ import annotations

import re
from urllib.parse import quote

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, City
from tests.browser.walking import Enter, pick_object, send

RECORD = re.compile(r"/hazard/[0-9a-f-]{36}/$")


def _typed(page: Page, text: str) -> None:
    page.goto("/hazard/new/")
    pick_object(page)
    page.locator("[name=text]").fill(text)


def _expect_one(page: Page, text: str) -> None:
    page.goto(f"/hazards/?q={quote(text)}")
    expect(page.locator("tr[data-url]")).to_have_count(1)


def test_an_ended_session_keeps_what_was_typed(enter: Enter, city: City) -> None:
    page, text = enter("inspector", PHONE), "消防水带箱被货架遮挡"
    _typed(page, text)
    page.context.clear_cookies(name="sessionid")
    send(page)
    page.wait_for_url("**/accounts/login/**")
    page.locator("button[name=key][value=inspector]").click()
    page.wait_for_url("**/hazard/new/")
    expect(page.locator("[name=text]")).to_have_value(text)
    pick_object(page)
    send(page)
    page.wait_for_url(RECORD)
    page.goto("/hazard/new/")
    expect(page.locator("[name=text]")).to_have_value("")


def test_a_second_press_makes_one_record(enter: Enter, city: City) -> None:
    page, text = enter("inspector"), "空压机安全阀铅封脱落未校验"
    _typed(page, text)
    page.locator("main form[data-draft] .form-actions button[type=submit]").dblclick()
    page.wait_for_url(RECORD)
    _expect_one(page, text)


def test_going_back_and_sending_again_is_the_same_record(enter: Enter, city: City) -> None:
    page, text = enter("inspector"), "三楼茶水间净水机漏水，淌到走廊配电箱底座"
    _typed(page, text)
    send(page)
    page.wait_for_url(RECORD)
    first = page.url
    page.go_back()
    expect(page.locator("[name=text]")).to_be_visible()
    button = page.locator("main form[data-draft] .form-actions button[type=submit]")
    expect(button).not_to_have_attribute("aria-disabled", "true")
    send(page)
    expect(page.locator(".notice.is-success, .refusal").first).to_be_visible()
    if RECORD.search(page.url):
        assert page.url == first
    _expect_one(page, text)


def test_a_draft_is_there_after_a_reload(enter: Enter, city: City) -> None:
    page, text = enter("inspector", PHONE), "二楼平台护栏缺一段"
    page.goto("/hazard/new/")
    page.locator("[name=text]").press_sequentially(text)
    expect(page.locator("[data-draft-note]")).not_to_be_empty()
    page.reload()
    expect(page.locator("[name=text]")).to_have_value(text)
    notice = page.locator("form[data-draft] > .notice")
    expect(notice).to_be_visible()
    notice.locator("button").click()
    expect(page.locator("[name=text]")).to_have_value("")
