"""A bulletin is drafted, worded around its figures and published, through the pages (R-084, R-133)."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.browser.walking import Enter

TYPED = "本月另行约谈企业17家。"


def test_from_figures_to_a_published_bulletin(enter: Enter) -> None:
    office = enter("committee")
    office.goto("/papers/letterhead/")
    office.locator("input[name=word]").fill("汐安办")
    office.locator("form.panel button[type=submit]").click()
    for _look in range(300):  # a new city's changes are still being counted
        office.goto("/cockpit/")
        if "待统计" not in office.locator("#cockpit-at").inner_text():
            break
    office.goto("/bulletins/")
    office.get_by_role("link", name="起草通报").first.click()
    period = office.locator("select[name=period] optgroup").first.locator("option").nth(2)
    office.locator("select[name=period]").select_option(str(period.get_attribute("value")))
    office.locator("form.panel button[type=submit]").click()
    office.wait_for_url(re.compile(r"/bulletins/[0-9a-f-]{36}/"))
    draft = office.url

    # figures are fixed chips: each opens its rows, as many as it says
    words = office.locator("[data-words]")
    expect(words).to_be_visible()
    expect(office.locator("textarea[name=body]")).to_be_hidden()
    chip = words.locator("[data-figure=hazards_found]")
    said = chip.inner_text()
    with office.expect_popup() as opened:
        chip.locator("a").click()
    rows = opened.value
    expect(rows.locator("h1")).to_contain_text(said)
    rows.close()

    # words around them change; a chip that is taken out can be put back; typing into one is not possible
    first = words.locator(".words-line").nth(1)
    first.click()
    office.keyboard.press("End")
    office.keyboard.type(TYPED)
    value = str(office.locator("textarea[name=body]").input_value())
    assert TYPED in value
    assert "{hazards_found}" in value
    assert chip.evaluate("chip => chip.isContentEditable") is False
    chip.evaluate("chip => { chip.remove(); }")
    words.dispatch_event("input")
    assert "{hazards_found}" not in office.locator("textarea[name=body]").input_value()
    first.click()
    office.locator("[data-insert=hazards_found]").click()
    assert "{hazards_found}" in office.locator("textarea[name=body]").input_value()
    office.locator("button[value=save]").click()
    expect(office.locator("#typed")).to_contain_text("17")
    expect(words).to_contain_text("本月另行约谈企业")
    assert "{table:majors}" in office.locator("textarea[name=body]").input_value()

    # published: a number, frozen words and figures, both files, and the page that proves it
    office.locator("button[value=publish]").click()
    expect(office.locator(".page-head")).to_contain_text(re.compile(r"汐安办通〔\d{4}〕\d+号"))
    expect(office.locator("[data-words]")).to_have_count(0)
    expect(office.locator("article .figure-chip").first).to_be_visible()
    for form, begin in (("pdf", b"%PDF"), ("docx", b"PK")):
        with office.expect_download() as download:
            office.locator(f"a[href$='/{form}/']").first.click()
        assert download.value.path().read_bytes().startswith(begin)
    office.get_by_role("link", name="核验文书").click()
    expect(office.locator("main, body").first).to_contain_text("有效")

    # a town reads it on a phone, within the width of the screen
    town = enter("inspector", PHONE)
    town.goto(draft)
    expect(town.locator("article .figure-chip").first).to_be_visible()
    assert town.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
