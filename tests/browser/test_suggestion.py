"""The judge beside the forms, as an inspector meets it on a phone and at a desk (R-085, R-174)."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import PHONE, City
from tests.browser.walking import Enter, report, send, zh
from xiangling.apps.hazards.judge import Finding, Judge, Verdict
from xiangling.apps.hazards.suggestions import statement
from xiangling.apps.standards.library import built_in

TEXT = "速冻车间单冻机未设在单独作业间，间内同时有12人作业，制冷剂为液氨"

OPEN = (
    "单冻机间内有人作业，人数较多",
    "速冻车间有人作业，制冷剂不清楚",
    "喷漆房内喷涂作业，通风情况不明",
    "深基坑未见监测记录",
    "粉尘作业场所除尘器停用",
    "有限空间作业审批情况不详",
    "燃气瓶间未见报警器",
    "特种作业人员证书未出示",
)


def test_the_suggestion_stands_beside_reporting_and_grading(enter: Enter, city: City) -> None:
    phone = enter("inspector", PHONE)
    phone.goto("/hazard/new/")
    expect(phone.locator("#beside")).to_contain_text(zh("Judge's suggestion"))
    phone.locator("[name=text]").fill(TEXT)
    expect(phone.locator("#beside .suggestion-foot")).to_be_visible()
    expect(phone.locator("#beside-line .chip")).to_be_visible()
    width = phone.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"], "nothing sticks out on a phone"

    found = report(phone, TEXT, city)
    desk = enter("inspector")
    desk.goto(f"{found.path}grade/")
    panel, clause = desk.locator("#beside"), built_in().by_id["GM-062"]
    expect(panel.locator(".chip").first).to_be_visible()
    panel.locator("[name=clause_words]").fill("快速冻结")
    row = panel.locator("#clause-rows li", has_text=clause.text)
    row.get_by_role("button", name=zh("Cite this clause")).click()
    expect(desk.locator("[name=grade]")).to_have_value("major")
    expect(desk.locator("[name=standard]")).to_have_value(built_in().by_key["GM"].name)
    expect(desk.locator("[name=article]")).to_have_value(built_in().cite(clause.id))
    desk.locator("[name=opinion]").fill("现场清点12人")
    send(desk)
    desk.wait_for_url(re.compile(r"/hazard/[0-9a-f-]{36}/$"))
    main = desk.locator("main")
    expect(main).to_contain_text(built_in().cite(clause.id))
    expect(main).to_contain_text("研判意见（版本")


def test_a_tapped_answer_becomes_a_fact_of_the_form(enter: Enter, city: City) -> None:
    """The first text of which the judge asks a question; what it asks is asked of the judge itself."""
    judge = Judge(built_in())
    judged = ((said, judge.judge(Finding(text=said))) for said in OPEN)
    said, asked = next((said, it.missing[0]) for said, it in judged if it.verdict is Verdict.UNSURE)
    page = enter("inspector", PHONE)
    page.goto("/hazard/new/")
    panel, text = page.locator("#beside"), page.locator("[name=text]")
    text.fill(said)
    question = panel.locator(".ask-line", has_text=asked)
    question.get_by_role("button", name=zh("No")).click()
    expect(page.locator("[name=facts]")).to_have_value(statement(asked, yes=False))
    expect(panel).not_to_contain_text(asked)
    expect(text).to_have_value(said)
