"""Sheets through the import page: the labelled file whole, and one with bad rows there and back."""

from __future__ import annotations

import io
import json
import os
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ROOT, City
from tests.browser.walking import (
    FIRM,
    Enter,
    Found,
    code_of,
    expect_record,
    in_days,
    path_of,
    photo,
    take,
)

ROWS = 757
WRONG = ("无护罩", "接地线断开", "积尘过厚", "通道堆物", "限位失灵", "标识脱落", "阀门渗漏")
WHERE = ("锯切", "封边", "砂光", "喷涂", "打包", "仓储", "配电", "空压")


def _labelled() -> bytes:
    """The labelled findings beside the checkout; where there are none, as many of our own."""
    named = os.environ.get("XL_LABELLED", "")
    path = Path(named) if named else ROOT.parent / "shared" / "data" / "hazards.jsonl"
    if path.is_file():
        return path.read_bytes()
    if named or os.environ.get("CI"):
        pytest.fail(f"the labelled findings are not at {path}: name the file in XL_LABELLED")
    rows = [
        {
            "id": f"OWN-{n:04}",
            "text": f"{WHERE[n % len(WHERE)]}工位{n}号设备{WRONG[n % len(WRONG)]}",
            "sector": "industry_trade",
            "venue": "木业加工",
        }
        for n in range(ROWS)
    ]
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()


def _drop(page: Page, key: str, name: str, content: bytes, media: str = "") -> None:
    page.goto(f"/import/{key}/")
    file = {"name": name, "mimeType": media or "application/octet-stream", "buffer": content}
    page.locator("input[name=file]").set_input_files(file)
    page.locator("form[enctype] button[type=submit]").click()
    page.locator("form[action*='start'] button[type=submit]").click()
    page.wait_for_url("**/jobs/*/")


def _outcome(page: Page) -> list[str]:
    """The three numbers, once the bar has run through: new, merged, refused."""
    numbers = page.locator("dl.outcome dd")
    expect(numbers).to_have_count(3, timeout=90_000)
    return [number.strip() for number in numbers.all_inner_texts()]


def test_the_labelled_findings_go_in_and_one_is_closed(enter: Enter, city: City) -> None:
    inspector, owner = enter("inspector"), enter("owner")
    _drop(inspector, "hazards", "hazards.jsonl", _labelled())
    assert _outcome(inspector) == [str(ROWS), "0", "0"]
    inspector.locator("dl.outcome a").first.click()
    expect(inspector.locator("tr[data-url]").first).to_be_visible()

    owner.goto("/hazards/?view=month&state=found&source=inspection")
    row = owner.locator("tr[data-url]", has=owner.locator("td.cell-title")).first
    owner.goto(str(row.get_attribute("data-url")))
    expect(owner.locator(".fact-grid", has_text=FIRM).first).to_be_visible()
    uid = str(owner.locator(".fact-grid a[href^='/objects/']").first.get_attribute("href")).split(
        "/"
    )[2]
    found = Found(path_of(owner), code_of(owner), city.place_of(uid))

    take(inspector, found, "grade", grade="general")
    take(
        inspector,
        found,
        "order",
        liable_person="蒋孝业",
        measures="当日恢复并复查同类部位",
        deadline=in_days(7),
    )
    expect_record(inspector, state="ordered", turn=FIRM)
    take(owner, found, "start")
    take(owner, found, "submit", photos={"after": photo(found.place)}, done="已恢复")
    expect_record(owner, state="submitted")
    take(inspector, found, "accept", opinion="现场查看，已恢复")
    take(inspector, found, "close")
    expect(inspector.locator(".turn-panel .turn-who")).to_have_count(0)
    expect(inspector.locator(".photo-set img").first).to_be_visible()
    expect(inspector.locator(".chain")).not_to_have_class(re.compile("is-broken"))

    _drop(inspector, "hazards", "hazards.jsonl", _labelled() + b"\n")
    assert _outcome(inspector) == ["0", str(ROWS), "0"], "the same rows again double nothing"


def _sheet(rows: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    for row in [["编号", "隐患描述", "企业名称", "发现日期"], *rows]:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_bad_rows_come_back_and_go_in_when_mended(enter: Enter, city: City) -> None:
    page = enter("inspector")
    good = [[f"X-{n}", f"第{n}号工位防护挡板松动", FIRM, "2026-03-05"] for n in range(1, 298)]
    bad = [
        ["X-298", "", FIRM, "2026-03-05"],
        ["X-299", "压刨机护罩缺失", "没有登记的公司", "2026-03-05"],
        ["X-300", "带锯机锯条护罩变形", FIRM, "2099-13-45"],
    ]
    _drop(page, "hazards", "巡查.xlsx", _sheet(good + bad))
    assert _outcome(page) == ["297", "0", "3"]
    with page.expect_download() as given:
        page.locator("a.btn[href$='/file/']").click()
    book = openpyxl.load_workbook(io.BytesIO(given.value.path().read_bytes()))
    rows = [list(row) for row in book.active.iter_rows(values_only=True)]
    assert len(rows) == 4
    heads = [str(head) for head in rows[0]]
    assert all(rows[n][-1] or rows[n][0] for n in (1, 2, 3)), "every row says why"
    for n in (1, 2, 3):
        rows[n][heads.index("隐患描述")] = f"已补正第{n}行：护罩缺失"
        rows[n][heads.index("企业名称")] = FIRM
        rows[n][heads.index("发现日期")] = "2026-03-05"
    mended = openpyxl.Workbook()
    for row in rows:
        mended.active.append(row)
    out = io.BytesIO()
    mended.save(out)
    _drop(page, "hazards", "巡查-补正.xlsx", out.getvalue())
    assert _outcome(page) == ["3", "0", "0"]


def test_a_file_that_is_no_sheet_is_refused_in_words(enter: Enter, city: City) -> None:
    page = enter("inspector")
    page.goto("/import/hazards/")
    file = {"name": "台账.xlsx", "mimeType": "application/zip", "buffer": b"PK\x03\x04 not a sheet"}
    page.locator("input[name=file]").set_input_files(file)
    page.locator("form[enctype] button[type=submit]").click()
    expect(page.locator(".refusal")).to_be_visible()
    expect(page.locator("input[name=file]")).to_be_visible()
