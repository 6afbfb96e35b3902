"""Small worlds for tests: a city of two districts with the posts that a hazard meets."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image, ImageDraw

from xiangling.apps.hazards import actions
from xiangling.apps.hazards.models import Hazard
from xiangling.apps.objects.models import SupervisedObject
from xiangling.kernel import clock, engine, proof
from xiangling.kernel.actor import Actor
from xiangling.kernel.models import Entry
from xiangling.kernel.scope import use
from xiangling.org.actors import actor_for, holdings_of
from xiangling.org.models import DutyLine, Holding, Person, Post, Region, Unit

START = date(2024, 1, 1)
NOW = datetime(2026, 6, 10, 2, 0, tzinfo=UTC)
"""A working Wednesday, ten in the morning in China."""
PLACE = (24.5012, 118.1031)

ROLES = {
    "committee": "committee_officer",
    "committee2": "committee_officer",
    "leader": "leader",
    "department": "department_officer",
    "department2": "department_officer",
    "inspector": "town_inspector",
    "inspector2": "town_inspector",
    "owner": "firm_owner",
    "safety": "firm_safety_officer",
    "workshop": "workshop_head",
    "team": "team_leader",
    "auditor": "auditor",
}


@dataclass
class World:
    """Units, people and one firm in town 990101001; a second district 990102 to be kept out of."""

    units: dict[str, Unit] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    firm: Any = None
    other_firm: Any = None

    def actor(self, key: str, on: date | None = None) -> Actor:
        on = on or clock.local_date(clock.now())
        holding = holdings_of(self.people[key], on)[0]
        return actor_for(holding, on)


def _unit(
    world: World, key: str, name: str, kind: str, region: str, level: int, **more: Any
) -> Unit:
    unit = Unit(
        name=name, kind=kind, region=region.ljust(12, "0"), level=level, starts_on=START, **more
    )
    unit.save()
    world.units[key] = unit
    return unit


def _staff(
    world: World, key: str, unit: Unit, role: str, title: str, *, is_head: bool = True
) -> None:
    person = Person(username=key, name=f"{title}{key[-1]}", phone="13900000000")
    person.set_password("Test-2026-pass")
    person.password_changed_at = NOW
    person.save()
    post = Post.objects.create(unit=unit, title=title, role=role, is_head=is_head, starts_on=START)
    Holding.objects.create(post=post, person=person, starts_on=START)
    world.people[key] = person


def _line(layer: str, unit: Unit, region: str, sector: str = "") -> None:
    DutyLine.objects.create(layer=layer, unit=unit, region=region, sector=sector, starts_on=START)


def make_world() -> World:
    """Build the world in the current database."""
    world = World()
    for code, name, level in (
        ("9901", "测试市", 4),
        ("990101", "东区", 6),
        ("990102", "西区", 6),
        ("990101001", "港口镇", 9),
        ("990102001", "山前镇", 9),
    ):
        Region.objects.create(code=code.ljust(12, "0"), name=name, level=level)
    _authorities(world)
    _firms(world)
    return world


def _authorities(world: World) -> None:
    kind = Unit.Kind
    city = _unit(world, "city_office", "测试市安委办", kind.COMMITTEE_OFFICE, "9901", 4)
    office = _unit(world, "office", "东区安委办", kind.COMMITTEE_OFFICE, "990101", 6, parent=city)
    trade = ["industry_trade", "chemicals", "fire"]
    bureau = _unit(
        world,
        "bureau",
        "东区应急管理局",
        kind.DEPARTMENT,
        "990101",
        6,
        parent=office,
        sectors=trade,
    )
    station = _unit(world, "station", "港口镇应急站", kind.STATION, "990101001", 9, parent=office)
    west = _unit(
        world, "west_office", "西区安委办", kind.COMMITTEE_OFFICE, "990102", 6, parent=city
    )
    far = _unit(world, "far_station", "山前镇应急站", kind.STATION, "990102001", 9, parent=west)
    audit = _unit(world, "audit", "测试市审计局", kind.DEPARTMENT, "9901", 4)
    for key, unit, title in (
        ("committee", office, "安委办科员"),
        ("committee2", office, "安委办科长"),
        ("leader", office, "副区长"),
        ("department", bureau, "监管科科长"),
        ("department2", bureau, "监管科科员"),
        ("inspector", station, "安监员"),
        ("inspector2", station, "站长"),
        ("auditor", audit, "审计员"),
    ):
        _staff(world, key, unit, ROLES[key], title, is_head=not key.endswith("2"))
    _staff(world, "city", city, "committee_officer", "市安委办处长")
    _staff(world, "outsider", far, "town_inspector", "外镇安监员")
    _staff(world, "outsider2", west, "committee_officer", "西区安委办科员")
    _line("territory", station, "990101001")
    _line("territory", far, "990102001")
    for sector in trade:
        _line("sector", bureau, "990101", sector)


def _firms(world: World) -> None:
    kind = Unit.Kind
    firm = _unit(world, "firm", "海晏五金有限公司", kind.ENTERPRISE, "990101001", 9)
    shop = _unit(world, "shop", "冲压车间", kind.WORKSHOP, "990101001", 9, parent=firm)
    team = _unit(world, "crew", "甲班", kind.TEAM, "990101001", 9, parent=shop)
    far_firm = _unit(world, "far_firm", "山前木业有限公司", kind.ENTERPRISE, "990102001", 9)
    _staff(world, "owner", firm, ROLES["owner"], "总经理")
    _staff(world, "safety", firm, ROLES["safety"], "安全员", is_head=False)
    _staff(world, "workshop", shop, ROLES["workshop"], "车间主任")
    _staff(world, "team", team, ROLES["team"], "班组长")
    _staff(world, "far_owner", far_firm, "firm_owner", "总经理")
    world.firm = make_object(firm, "海晏五金有限公司", "990101001")
    world.other_firm = make_object(far_firm, "山前木业有限公司", "990102001")


def make_object(unit: Unit, name: str, region: str, **facts: Any) -> SupervisedObject:
    """A supervised firm with a place on the map."""
    defaults = {"kind": "firm", "sector": "industry_trade", "lat": PLACE[0], "lng": PLACE[1]}
    return SupervisedObject._base_manager.create(
        unit=unit,
        name=name,
        region=region.ljust(12, "0"),
        liable_name="陈工",
        created_at=NOW,
        changed_at=NOW,
        **{**defaults, **facts},
    )


@contextmanager
def acting(world: World, key: str, at: datetime = NOW) -> Iterator[Actor]:
    """Be somebody at some moment: their actor, in their scope."""
    with clock.at(at):
        actor = world.actor(key)
        with use(actor.scope):
            yield actor


def photo_bytes(
    seed: int,
    *,
    taken: datetime | None = NOW,
    place: tuple[float, float] | None = PLACE,
    size: tuple[int, int] = (640, 480),
) -> bytes:
    """A JPEG of a random scene with EXIF time and place, different for every seed."""
    rng = Random(seed)
    image = Image.new("RGB", size, tuple(rng.randrange(60, 200) for _ in range(3)))
    draw = ImageDraw.Draw(image)
    for _ in range(40):
        x, y = rng.randrange(size[0]), rng.randrange(size[1])
        w, h = rng.randrange(20, 220), rng.randrange(20, 220)
        colour = tuple(rng.randrange(256) for _ in range(3))
        rng.choice([draw.rectangle, draw.ellipse])((x, y, x + w, y + h), fill=colour)
    exif = Image.Exif()
    if taken:
        local = timezone.localtime(taken)
        exif.get_ifd(0x8769)[0x9003] = local.strftime("%Y:%m:%d %H:%M:%S")
        exif.get_ifd(0x8769)[0x9011] = "+08:00"
    if place:
        exif.get_ifd(0x8825).update(_gps(*place))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88, exif=exif)
    return out.getvalue()


def _gps(lat: float, lng: float) -> dict[int, Any]:
    def dms(value: float) -> tuple[float, float, float]:
        value = abs(value)
        minutes = (value % 1) * 60
        return (float(int(value)), float(int(minutes)), round((minutes % 1) * 60, 4))

    return {
        1: "N" if lat >= 0 else "S",
        2: dms(lat),
        3: "E" if lng >= 0 else "W",
        4: dms(lng),
    }


def upload(seed: int, name: str = "", **photo: Any) -> SimpleUploadedFile:
    """A photo as a browser sends it."""
    return SimpleUploadedFile(name or f"IMG_{seed}.jpg", photo_bytes(seed, **photo), "image/jpeg")


def stored(seed: int, actor: Actor, role: str = "after", **photo: Any) -> proof.Proof:
    """A photo already stored, in a role."""
    return proof.Proof(proof.store(upload(seed, **photo), actor=actor), role)


def report(world: World, by: str = "inspector", at: datetime = NOW, **facts: Any) -> Hazard:
    """A hazard found at the firm."""
    details = {
        "text": "冲压车间3号冲床双手按钮被短接，单手即可启动",
        "source": "enterprise" if by in {"owner", "safety", "workshop", "team"} else "inspection",
        "found_at": at,
        **facts,
    }
    with acting(world, by, at) as actor:
        return actions.report_hazard(details, object_uid=world.firm.uid, actor=actor, uid=uuid4())


def step(
    world: World, case: Any, name: str, by: str, at: datetime = NOW, proofs: Any = (), **data: Any
) -> Entry:
    """One step by somebody at some moment."""
    with acting(world, by, at) as actor:
        given = proofs(actor) if callable(proofs) else list(proofs)
        return engine.move(case, name, actor=actor, data=data, proofs=given)


def order_data(at: datetime = NOW, days: int = 10, **more: Any) -> dict[str, Any]:
    """Answers to an order."""
    return {
        "liable_person": "陈工",
        "measures": "拆除短接线，恢复双手按钮联锁并上锁",
        "deadline": clock.local_date(at) + timedelta(days=days),
        **more,
    }


def to_state(
    world: World, state: str, at: datetime = NOW, *, major: bool = False, seed: int = 1000
) -> Hazard:
    """A hazard brought to a main state by the right people, with proof."""
    hazard = report(world, at=at)
    later = [at + timedelta(minutes=10 * n) for n in range(1, 12)]
    path = ["found", "graded", "ordered", "fixing", "submitted", "accepted", "closed"]
    wanted = path.index(state)
    boss = "department" if major else "inspector"
    fact = (
        {"grade": "major", "standard": "应急部令10号", "article": "7(1)"}
        if major
        else {"grade": "general"}
    )
    if wanted >= 1:
        step(world, hazard, "grade", "inspector", later[0], **fact)
    if wanted >= 2:
        extra: dict[str, Any] = {"unit": hazard.unit_id}
        if major:
            step(
                world, hazard, "report_up", boss, later[1], leader="副区长", reported_to="市应急局"
            )
            extra |= {
                "funds": "20000",
                "contingency": "现场处置方案",
                "interim": "stop_work",
                "interim_note": "停用冲床",
            }
        step(world, hazard, "order", boss, later[2], **order_data(at, **extra))
    if wanted >= 3:
        if major:
            step(world, hazard, "plan", "owner", later[3], plan="分三步整改")
            step(world, hazard, "approve_plan", boss, later[4], opinion="同意")
        step(world, hazard, "start", "owner", later[5])
    if wanted >= 4:
        step(
            world,
            hazard,
            "submit",
            "owner",
            later[6],
            done="已恢复联锁",
            proofs=lambda actor: [stored(seed, actor, taken=later[6])],
        )
    if wanted >= 5:
        site = (lambda actor: [stored(seed + 1, actor, "site", taken=later[7])]) if major else ()
        step(world, hazard, "accept", boss, later[7], opinion="现场核实，符合要求", proofs=site)
    if wanted >= 6:
        step(world, hazard, "close", boss, later[8])
    return hazard
