"""Papers brought to a state by the right people."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from tests import factories as f
from xiangling.documents import actions
from xiangling.documents.models import Letterhead, Paper
from xiangling.kernel import engine

_seeds = count(52_000, 10)
OFFICERS = ["王强 闽执法0101", "李敏 闽执法0102"]
ANSWERS: dict[str, dict[str, Any]] = {
    "site_record": {
        "unit_address": "港口镇海晏路18号",
        "unit_head": "陈总",
        "checked_from": "2026-06-10T09:00",
        "checked_until": "2026-06-10T11:30",
        "officers": OFFICERS,
        "items": ["冲压设备安全防护", "用电安全"],
    },
    "order": {
        "basis": "《生产设备安全卫生设计总则》",
        "deadline": "2026-06-20",
        "officers": OFFICERS,
        "review_body": "东区人民政府",
        "court": "东区人民法院",
    },
    "recheck": {
        "rechecked_at": "2026-06-21T10:00",
        "results": ["双手按钮联锁已恢复"],
        "opinion": "已按要求整改完毕",
        "officers": OFFICERS,
    },
    "supervision": {
        "addressee": "港口镇人民政府",
        "basis": "《中华人民共和国安全生产法》第九条",
        "lead": "港口镇应急站",
        "demands": ["查明原因", "限期整改到位"],
        "deadline": "2026-06-30",
        "reply_form": "书面",
        "contact": "张弛",
        "contact_phone": "0592-5550101",
    },
    "admonition": {
        "addressee": "海晏五金有限公司",
        "persons": ["总经理 陈海"],
        "why": "海晏五金有限公司冲压车间存在事故隐患",
        "basis": "《安全生产约谈实施办法（试行）》",
        "talk_at": "2026-06-15T09:30",
        "talk_place": "区应急管理局三楼会议室",
        "bring": ["整改情况报告", "安全生产责任制文件"],
        "contact": "张弛",
        "contact_phone": "0592-5550101",
    },
    "talk_minutes": {
        "addressee": "海晏五金有限公司",
        "persons": ["总经理 陈海"],
        "why": "海晏五金有限公司冲压车间存在事故隐患",
        "talk_at": "2026-06-15T09:30",
        "talk_place": "区应急管理局三楼会议室",
        "host": "副局长 周平",
        "views": "对存在的问题无异议，已停用冲床。",
        "demands": ["立即整改", "举一反三"],
        "promises": ["恢复双手按钮联锁", "全员培训一次"],
        "deadline": "2026-06-30",
        "recorder": "张弛",
    },
    "circular": {
        "addressee": "各镇人民政府、街道办事处",
        "title": "关于2026年5月份全区事故隐患排查治理情况的通报",
        "body": "一、总体情况\n全区共排查隐患12条。\n二、下一步工作\n（一）压实责任\n各镇街要压实责任。",
    },
    "listing": {
        "basis": "《工贸企业重大事故隐患判定标准》",
        "liable_person": "陈工",
        "lead": "东区应急管理局",
        "demands": ["停用冲床", "恢复联锁"],
        "deadline": "2026-08-10",
        "delisting": "整改完毕后，由责任单位书面申请，经现场核查合格的，予以摘牌并公布。",
        "contact": "张弛",
        "contact_phone": "0592-5550101",
    },
}
BY = {
    "supervision": "committee",
    "admonition": "committee",
    "talk_minutes": "committee",
    "circular": "committee",
    "listing": "department",
}
"""Who issues what; the rest is the town inspector's."""
WORDS = {"station": "东港应急", "office": "东安办", "bureau": "东应急"}


def letterheads(world: f.World) -> None:
    """The bodies of the east district have their letterheads."""
    for key, word in WORDS.items():
        unit = world.units[key]
        Letterhead.objects.get_or_create(unit=unit, defaults={"word": word, "mark": unit.name})


def hazard_for(world: f.World, type_: str, at: datetime = f.NOW) -> f.Hazard:
    return f.to_state(world, "fixing", at, major=type_ == "listing", seed=next(_seeds))


def draft(
    world: f.World,
    type_: str = "order",
    *,
    about: f.Hazard | None = None,
    at: datetime = f.NOW + timedelta(hours=3),
    whole: bool = True,
    **more: Any,
) -> Paper:
    """A draft of this sort, completed unless `whole` is false."""
    letterheads(world)
    hazard = about or (None if type_ == "circular" else hazard_for(world, type_))
    with f.acting(world, BY.get(type_, "inspector"), at) as actor:
        paper = actions.draft_paper(type_, about=hazard.code if hazard else "", actor=actor, **more)
        if whole:
            actions.complete(paper, ANSWERS[type_], actor=actor)
    return paper


def issue(world: f.World, paper: Paper, at: datetime = f.NOW + timedelta(hours=3)) -> Paper:
    with f.acting(world, BY.get(paper.type, "inspector"), at) as actor:
        engine.move(paper, "issue", actor=actor)
    return paper


def make(world: f.World, state: str = "") -> Paper:
    """An order in this state; "" is the start."""
    paper = draft(world)
    if state in ("issued", "withdrawn"):
        issue(world, paper)
    if state == "withdrawn":
        hazard = f.Hazard._base_manager.get(uid=paper.about_uid)
        issue(world, draft(world, about=hazard, withdraws=paper.number))
        paper.refresh_from_db()
    if state == "discarded":
        f.step(world, paper, "discard", "inspector", f.NOW + timedelta(hours=3), reason="重复")
    return paper


def opening(world: f.World) -> tuple[str, dict[str, Any]]:
    """Who opens a draft, and with what answers."""
    return "inspector", {"type": "order", "about": hazard_for(world, "order").code}


def ready(world: f.World) -> tuple[Paper, str, dict[str, Any], str]:
    """A draft, a step it is ready for, answers to it, and who may take it."""
    return draft(world), "edit", {"basis": "《中华人民共和国安全生产法》"}, "inspector"
