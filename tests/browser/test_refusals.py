"""Every refusal of the hazard loop: words on the page, what was typed kept, and a line in the audit."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import City
from tests.browser.walking import (
    Enter,
    Found,
    choose,
    expect_logged,
    expect_refused,
    fill,
    in_days,
    now,
    open_step,
    photo,
    press,
    pressed,
    report,
    said,
    send,
    zh,
)
from xiangling.apps.hazards.loop import HAZARD

ORDER = {"liable_person": "蒋孝业", "measures": "清理积尘并恢复吸尘罩"}


def _to_fixing(inspector: Page, owner: Page, found: Found) -> None:
    pressed(inspector, found, "grade", grade="general")
    inspector.goto(f"{found.path}order/")
    unit = inspector.locator("[name=unit]").input_value()
    pressed(inspector, found, "order", **ORDER, unit=unit, deadline=in_days(10))
    pressed(owner, found, "start")


def _remade(file: dict[str, Any], crop: float = 0.0) -> dict[str, Any]:
    """The same picture saved again, smaller in quality or a little cropped, its facts made new."""
    image = Image.open(io.BytesIO(file["buffer"]))
    exif = image.getexif()
    exif.get_ifd(0x8769)
    exif.get_ifd(0x8825)
    x, y = int(image.width * crop), int(image.height * crop)
    out = io.BytesIO()
    image.crop((x, y, image.width - x, image.height - y)).save(out, "JPEG", quality=70, exif=exif)
    return {**file, "name": f"again_{crop}.jpg", "buffer": out.getvalue()}


def test_proof_that_does_not_count(enter: Enter, city: City) -> None:
    inspector, owner, auditor = enter("inspector"), enter("owner"), enter("auditor")
    earlier = report(inspector, "喷漆房排风机皮带断裂，漆雾外溢到打磨区", city, photos=0)
    _to_fixing(inspector, owner, earlier)
    used = photo(earlier.place)
    pressed(owner, earlier, "submit", {"after": used}, done="已换皮带")

    found = report(inspector, "手持砂轮机砂轮片有缺口仍在使用", city, photos=0)
    _to_fixing(inspector, owner, found)
    lat, lng = found.place
    reused = zh("Take a new photo; saving or cropping an old one does not make it new.")
    tries = [
        (None, zh("Take the photo on the spot and submit again.")),
        (
            photo(found.place, taken=now() - timedelta(days=30)),
            zh("Take a new photo that shows the present state."),
        ),
        (photo((lat + 0.2, lng)), zh("Take it on the spot.")),
        (photo(None), zh("Switch on location for the camera and take it again on the spot.")),
        (used, reused),
        (_remade(used), reused),
        (_remade(used, crop=0.02), reused),
    ]
    open_step(owner, found, "submit")
    fill(owner, {"done": "换上新砂轮片并试转"})
    for file, words in tries:
        if file:
            choose(owner, "after", file)
        send(owner)
        expect_refused(owner, words)
        expect(owner.locator("[name=done]")).to_have_value("换上新砂轮片并试转")
        expect_logged(auditor, found, words)
    choose(owner, "after", photo(found.place))
    send(owner)
    owner.wait_for_url(f"**{found.path}")


def test_the_fixer_neither_accepts_nor_closes(enter: Enter, city: City) -> None:
    inspector, owner, auditor = enter("inspector"), enter("owner"), enter("auditor")
    found = report(owner, "打磨工位照明灯罩破损，灯管外露", city, photos=0)
    _to_fixing(inspector, owner, found)
    pressed(owner, found, "submit", {"after": photo(found.place)}, done="已换灯罩")

    words = zh(
        "“%(step)s” must be taken by another person.", step=said(HAZARD.steps["self_accept"].label)
    )
    owner.goto(f"{found.path}self_accept/")
    expect_refused(owner, words)
    assert press(owner, found, "self_accept", opinion="合格").status == 403
    expect_logged(auditor, found, words)

    no_duty = zh("“%(step)s” is not a duty of your post.", step=said(HAZARD.steps["close"].label))
    pressed(inspector, found, "accept", opinion="现场查看，已换新")
    owner.goto(f"{found.path}close/")
    expect_refused(owner, no_duty)
    assert press(owner, found, "close").status == 403
    expect_logged(auditor, found, no_duty)


def test_an_order_without_person_measures_or_deadline(enter: Enter, city: City) -> None:
    inspector, auditor = enter("inspector"), enter("auditor")
    found = report(inspector, "叉车倒车蜂鸣器失效", city, photos=0)
    pressed(inspector, found, "grade", grade="general")
    full = {**ORDER, "deadline": in_days(5)}
    for name in full:
        open_step(inspector, found, "order")
        fill(inspector, {**full, name: ""})
        send(inspector)
        label = said(next(f.label for f in HAZARD.steps["order"].fields if f.name == name))
        expect_refused(inspector, label)
        for other, value in full.items():
            if other != name:
                expect(inspector.locator(f"[name={other}]")).to_have_value(value)
        expect_logged(auditor, found, label)


def test_a_stage_is_not_skipped(enter: Enter, city: City) -> None:
    inspector, auditor = enter("inspector"), enter("auditor")
    found = report(inspector, "气瓶未设防倾倒链条", city, photos=0)
    words = zh("Finish the stage the record is in first.")
    for step in ("close", "order", "accept"):
        inspector.goto(f"{found.path}{step}/")
        expect_refused(inspector, words)
    assert press(inspector, found, "close").status == 409
    expect_logged(auditor, found, words)


def test_a_post_without_the_duty(enter: Enter, city: City) -> None:
    inspector, leader, auditor = enter("inspector"), enter("leader"), enter("auditor")
    found = report(inspector, "车间疏散指示灯不亮", city, photos=0)
    words = zh("“%(step)s” is not a duty of your post.", step=said(HAZARD.steps["grade"].label))
    leader.goto(found.path)
    expect(leader.locator(".turn-actions a[href$='/grade/']")).to_have_count(0)
    leader.goto(f"{found.path}grade/")
    expect_refused(leader, words)
    assert press(leader, found, "grade", grade="general").status == 403
    expect_logged(auditor, found, words)


def test_two_people_at_once(enter: Enter, city: City) -> None:
    """Both have the form open; one is quicker, the other is told who it was."""
    inspector, officer, auditor = enter("inspector"), enter("committee"), enter("auditor")
    found = report(inspector, "临时用电线路拖地，接头未包扎", city, photos=0)
    for page in (inspector, officer):
        open_step(page, found, "grade")
    fill(inspector, {"grade": "general"})
    send(inspector)
    inspector.wait_for_url(f"**{found.path}")
    who = inspector.locator(".timeline-list .event b").first.inner_text()

    fill(officer, {"grade": "major", "standard": "判定标准", "article": "第三条"})
    send(officer)
    words = zh("Look at the record as it stands now; your input is kept.")
    expect_refused(officer, who, words)
    expect(officer.locator("[name=standard]")).to_have_value("判定标准")
    expect_logged(auditor, found, words)
    officer.goto(found.path)
    expect(officer.locator(".record-marks .chip[data-kind=grade]")).to_have_attribute(
        "data-tone", "general"
    )
