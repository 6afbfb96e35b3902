"""One major hazard from found to closed, by the right people, through the pages."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, City, Visits
from tests.browser.walking import (
    FIRM,
    Enter,
    choose,
    expect_record,
    in_days,
    photo,
    pick_object,
    report,
    send,
    take,
)

PASSWORD = "Xiangling-2026"


def _sign_in(page: Page, persona: str, city: City) -> Page:
    """With account and password, as outside a demo."""
    import sqlite3

    with sqlite3.connect(f"file:{city.data}/xiangling.sqlite3?mode=ro", uri=True) as database:
        query = (
            "SELECT p.username FROM org_persona s JOIN org_holding h ON h.id = s.holding_id "
            "JOIN org_person p ON p.id = h.person_id WHERE s.key = ?"
        )
        (name,) = database.execute(query, [persona]).fetchone()
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("form:has(input[name=password]) button[type=submit]").click()
    page.wait_for_url("**/")
    return page


def test_a_major_hazard_from_found_to_closed(enter: Enter, visits: Visits, city: City) -> None:
    inspector = enter("inspector", PHONE)
    text = "除尘器泄爆口朝向通道，未装泄爆导管，作业人员从口前通过"
    found = report(inspector, text, city)
    expect_record(inspector, state="found", turn="安全监管站")
    expect(inspector.locator("h1")).to_have_text(text)
    expect(inspector.locator(".photo-set img").first).to_be_visible()
    take(
        inspector,
        found,
        "grade",
        grade="major",
        standard="工贸企业重大事故隐患判定标准",
        article="第十一条",
    )
    expect_record(inspector, state="graded", turn="应急管理局")

    department = _sign_in(visits.page(), "department", city)
    take(department, found, "report_up", leader="常务副区长", reported_to="汐州市应急管理局")
    take(
        department,
        found,
        "order",
        liable_person="蒋孝业",
        measures="停用除尘系统，加装泄爆导管并改向室外",
        deadline=in_days(20),
        funds="60000",
        contingency="现场处置方案，撤人并断电",
        interim="stop_work",
        interim_note="停用打磨工位",
    )
    expect_record(department, state="ordered", turn=FIRM)

    owner = enter("owner", PHONE)
    expect(owner.locator("main")).to_contain_text(found.code)
    take(owner, found, "plan", plan="一停用，二改造泄爆，三验收后复产")
    expect_record(owner, state="ordered", turn="应急管理局")
    take(department, found, "approve_plan", opinion="同意按方案整改")
    expect_record(department, state="ordered", turn=FIRM)
    take(owner, found, "start", note="已停机")
    expect_record(owner, state="fixing", turn=FIRM)
    take(
        owner,
        found,
        "submit",
        photos={"after": photo(found.place)},
        done="泄爆导管已装，朝向室外",
    )
    expect_record(owner, state="submitted", turn="应急管理局")

    take(
        department,
        found,
        "accept",
        photos={"site": photo(found.place)},
        opinion="现场核查，符合要求",
    )
    expect_record(department, state="accepted", turn="应急管理局")
    take(department, found, "close", opinion="予以销号")
    expect(department.locator(".turn-panel")).to_contain_text("结")
    expect(department.locator(".turn-panel .turn-who")).to_have_count(0)
    expect(department.locator(".stepper li.is-done")).to_have_count(7)
    expect(department.locator(".chain")).not_to_have_class(re.compile("is-broken"))
    department.locator(".chain").click()
    expect(department.locator("main")).to_contain_text(found.code)


def test_a_second_report_of_the_same_becomes_a_source(enter: Enter, city: City) -> None:
    text = "砂光机吸尘罩脱落，木粉尘沿地面堆积约三厘米"
    inspector = enter("inspector", PHONE)
    found = report(inspector, text, city)

    team = enter("owner", PHONE)
    team.goto("/hazard/new/")
    uid = pick_object(team)
    choose(team, "before", photo(city.place_of(uid)))
    team.locator("[name=text]").fill("砂光机吸尘罩脱落，木粉尘堆积")
    send(team)
    alike = team.locator(".alike li", has_text=found.code)
    expect(alike).to_be_visible()
    expect(team.locator("[name=text]")).to_have_value("砂光机吸尘罩脱落，木粉尘堆积")
    alike.locator("button[name=same]").click()
    team.wait_for_url(f"**{found.path}")
    expect(team.locator(".notice.is-success")).to_contain_text(found.code)
    expect(team.locator(".fact-grid")).to_contain_text(["企业自查"])
    expect(team.locator(".timeline-list .event")).to_have_count(2)


def test_the_label_of_a_hazard_leads_back_to_it(enter: Enter, city: City) -> None:
    inspector = enter("inspector")
    found: Any = report(inspector, "配电箱前堆放胶桶，距箱门不足半米", city, photos=0)
    inspector.goto(f"{found.path}label/")
    expect(inspector.locator("main svg, svg.segno").first).to_be_visible()
    inspector.goto(f"/q/{found.code}/")
    inspector.wait_for_url(f"**{found.path}")
