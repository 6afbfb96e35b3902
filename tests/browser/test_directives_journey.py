"""A document becomes a task that somebody does, proves and has checked, through the pages (R-004, R-015)."""

from __future__ import annotations

import re
from itertools import count
from time import time
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.browser.walking import Enter, in_days, send

STATION = "石浔木业园安全监管站"
_numbers = count(int(time()) % 10**6)
SENTENCE = "石浔木业园安全监管站要检查木业企业的除尘系统，并登记问题。"


def text() -> str:
    """A notice of its own, so that it is no known document."""
    return f"关于开展木业粉尘防爆检查的通知（第{next(_numbers)}号）\n2026年6月1日\n\n{SENTENCE}\n请提高认识。\n"


def paper() -> dict[str, Any]:
    content = f"%PDF-1.4\n% {next(_numbers)}\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
    return {"name": "检查记录.pdf", "mimeType": "application/pdf", "buffer": content.encode()}


def take_in(page: Page, words: str) -> None:
    """Paste a text, wait for its reading, open the document."""
    page.goto("/documents/new/")
    page.locator("textarea[name=text]").fill(words)
    page.locator("form.panel button[type=submit]").click()
    page.wait_for_url(re.compile(r"/jobs/"))
    opening = page.locator("a.btn[href^='/documents/']")
    opening.wait_for(timeout=30_000)
    opening.click()
    page.locator("[data-reading]").wait_for()


def test_from_a_notice_to_a_task_done(enter: Enter) -> None:
    committee = enter("committee")
    take_in(committee, text())
    document = committee.url
    card = committee.locator(".draft-card").first
    expect(card.locator(".chip").first).to_have_text("不完整")
    # both sides light each other up, with the keyboard too
    card.focus()
    expect(committee.locator(".clause.is-lit").first).to_be_visible()
    committee.locator("a.clause.has-task").first.focus()
    committee.keyboard.press("Enter")
    expect(card).to_have_class(re.compile("is-lit"))
    # incomplete: confirming says what is missing, and sends nothing
    card.get_by_role("link", name="补充完善").click()
    committee.locator("button[name=confirm]").click()
    expect(committee.locator(".refusal")).to_contain_text("不完整")
    committee.locator("#id_doers label", has_text=STATION).locator("input").check()
    committee.locator("select[name=checker]").select_option(label="汐州市安委办")
    committee.locator("input[name=due_on]").fill(in_days(9))
    committee.locator("select[name=proof_kind]").select_option("record")
    committee.locator("button[name=confirm]").click()
    committee.wait_for_url(re.compile(r"/documents/[0-9a-f-]+/#draft-"))
    task = str(committee.locator(".draft-card a.code").first.get_attribute("href"))

    inspector = enter("inspector", PHONE)
    inspector.goto(f"{task}accept/")
    send(inspector)
    expect(inspector.locator(".record-head .chip").first).to_have_text("办理中")
    # a meeting held is no proof; the record of the inspection is
    inspector.goto(f"{task}submit/")
    inspector.locator("textarea[name=done]").fill("已召开会议")
    inspector.locator("select[name=proof_given]").select_option("meeting")
    send(inspector)
    expect(inspector.locator(".refusal")).to_contain_text("不能作为办结依据")
    inspector.locator("textarea[name=done]").fill("检查企业6家，登记问题11处")
    inspector.locator("select[name=proof_given]").select_option("record")
    inspector.locator("details.more-fields summary").click()
    inspector.locator("input[name=proof_paper]").set_input_files([paper()])
    send(inspector)
    expect(inspector.locator(".record-head .chip").first).to_have_text("待验收")

    committee.goto(f"{task}pass/")
    committee.locator("textarea[name=opinion]").fill("抽查2家，属实")
    send(committee)
    expect(committee.locator(".record-head .chip").first).to_have_text("已办结")
    committee.goto(document)
    expect(committee.locator(".draft-card", has_text="已办结").first).to_be_visible()


def test_a_document_on_a_phone_stands_above_its_tasks(enter: Enter) -> None:
    page = enter("committee", PHONE)
    take_in(page, text())
    words, tasks = page.locator("#text").bounding_box(), page.locator("#tasks").bounding_box()
    assert words is not None
    assert tasks is not None
    assert words["y"] + words["height"] <= tasks["y"]
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_what_is_no_task_is_said_and_nothing_is_left(enter: Enter) -> None:
    page = enter("committee")
    page.goto("/documents/new/")
    page.locator("form.panel button[type=submit]").click()
    expect(page.locator(".field-error").first).to_contain_text("请选择文件或粘贴文本")
    page.locator("textarea[name=text]").fill(f"今日天气晴{next(_numbers)}。")
    page.locator("form.panel button[type=submit]").click()
    page.wait_for_url(re.compile(r"/jobs/"))
    expect(page.locator(".notice.is-error")).to_contain_text("未识别出任务", timeout=30_000)
