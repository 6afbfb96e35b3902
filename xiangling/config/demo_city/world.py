"""Units, posts and people of the public side: committees, departments, stations."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from .codes import Names, short_town
from .geography import Geography
from .model import CityPlan, FormerName, HoldingPlan, PersonPlan, PostPlan, RegionPlan, UnitPlan
from .sources import facts


class Builder:
    """Adds units, posts and people to a plan; keeps the indexes that later parts ask."""

    def __init__(self, plan: CityPlan, rng: random.Random, names: Names) -> None:
        self.plan, self.rng, self.names = plan, rng, names
        self.unit: dict[str, UnitPlan] = {}
        self.posts_of: dict[str, list[PostPlan]] = {}
        self.person_of: dict[str, str] = {}
        self.name_of: dict[str, str] = {}
        self.post: dict[str, PostPlan] = {}

    def add_unit(
        self,
        key: str,
        name: str,
        kind: str,
        parent: str | None,
        region: RegionPlan | str,
        level: int,
        **more: Any,
    ) -> str:
        """Add a unit; returns its key."""
        code = region if isinstance(region, str) else region.code
        self.unit[key] = UnitPlan(key, name, kind, parent, code, level, **more)
        self.plan.units.append(self.unit[key])
        self.posts_of[key] = []
        return key

    def add_person(self, name: str = "") -> str:
        """Add a person; returns the key."""
        key = f"p{len(self.plan.people) + 1:05}"
        person = PersonPlan(key, key, name or self.names.person(), self.names.phone())
        self.plan.people.append(person)
        self.name_of[key] = person.name
        return key

    def add_post(
        self,
        unit: str,
        title: str,
        role: str,
        *,
        head: bool = False,
        person: str = "",
        since: date | None = None,
    ) -> str:
        """Add a post and its holder; returns the post's key."""
        who = person or self.add_person()
        key = f"{unit}/{len(self.posts_of[unit]) + 1}"
        start = since or date(2019, 1, 1)
        post = PostPlan(key, unit, title, role, who, head, start)
        self.plan.posts.append(post)
        self.post[key] = post
        self.posts_of[unit].append(post)
        self.person_of[key] = who
        self.plan.holdings.append(HoldingPlan(key, who, start))
        return key

    def succeed(self, post: str, since: date) -> None:
        """Someone else held the post before `since`."""
        rows = self.plan.holdings
        index = next(i for i, row in enumerate(rows) if row.post == post and not row.is_deputy)
        old = rows[index]
        rows[index] = replace(old, starts_on=since)
        rows.append(HoldingPlan(post, self.add_person(), old.starts_on, since - timedelta(days=1)))

    def add_deputy(self, post: str, since: date) -> None:
        """Another holder of a post in the same unit stands in for this one."""
        own = self.post[post]
        others = [other for other in self.posts_of[own.unit] if other.key != post]
        if others:
            self.plan.holdings.append(
                HoldingPlan(post, self.rng.choice(others).person, since, is_deputy=True)
            )

    def by_role(self, unit: str, *roles: str) -> list[str]:
        """Keys of the unit's posts with one of the roles."""
        return [post.key for post in self.posts_of[unit] if post.role in roles]


def add_public_side(builder: Builder, geography: Geography) -> None:
    """Committees, offices, departments of city and districts; stations of the towns."""
    plan, city = builder.plan, geography.city
    _committee(builder, "city", city.name, city, 4, ("市委书记", "市长", "副市长"))
    _departments(builder, "city", city.name, city, 4, facts("units")["city"])
    _special_posts(builder, city)
    for district in facts("city")["districts"]:
        region = next(
            row for row in geography.regions if row.level == 6 and row.name == district["name"]
        )
        key = f"d{district['code']}"
        _committee(
            builder,
            key,
            region.name,
            region,
            6,
            ("区委书记", "区长", "副区长"),
            parent="city/committee",
        )
        _departments(builder, key, region.name, region, 6, facts("units")["district"])
        for town in geography.towns[district["key"]]:
            _town(builder, town, key)
    _history(builder, plan.today)


def _committee(
    builder: Builder,
    key: str,
    name: str,
    region: RegionPlan,
    level: int,
    heads: tuple[str, str, str],
    parent: str | None = None,
) -> None:
    unit = builder.add_unit(
        f"{key}/committee", f"{name}安全生产委员会", "committee", parent, region, level
    )
    builder.add_post(unit, f"第一主任（{heads[0]}）", "leader", head=True)
    builder.add_post(unit, f"主任（{heads[1]}）", "leader")
    builder.add_post(unit, f"常务副主任（{heads[2]}）", "leader")
    office = builder.add_unit(
        f"{key}/office", f"{name}安委办", "committee_office", unit, region, level
    )
    builder.add_post(office, "主任", "committee_officer", head=True)
    builder.add_post(office, "副主任", "committee_officer")
    for _ in range(2 if level == 4 else 1):
        builder.add_post(office, "综合科科员", "committee_officer")


def _departments(
    builder: Builder, key: str, name: str, region: RegionPlan, level: int, rows: list[Any]
) -> None:
    for row in rows:
        unit = builder.add_unit(
            f"{key}/{row['key']}",
            f"{name}{row['name']}",
            "department",
            f"{key}/committee",
            region,
            level,
            sectors=tuple(row["sectors"]),
        )
        title = (
            "支队长"
            if row["name"].endswith("支队")
            else "大队长"
            if row["name"].endswith("大队")
            else "局长"
        )
        builder.add_post(
            unit,
            "主任" if row["name"].endswith("委员会") else title,
            "department_officer",
            head=True,
        )
        builder.add_post(unit, "分管负责人", "department_officer")
        for _ in range(2 if level == 6 else 1):
            builder.add_post(unit, "安全监管科科员", "department_officer")


def _special_posts(builder: Builder, city: RegionPlan) -> None:
    audit = builder.add_unit(
        "city/audit", f"{city.name}审计局", "department", "city/committee", city, 4
    )
    builder.add_post(audit, "安全生产专项审计组组长", "auditor", head=True)
    builder.add_post(audit, "审计员", "auditor")
    centre = builder.add_unit(
        "city/centre", f"{city.name}应急管理信息中心", "department", "city/emergency", city, 4
    )
    builder.add_post(centre, "系统管理员", "system_admin", head=True)
    builder.add_post(centre, "安全管理员", "security_admin")
    builder.add_post(centre, "审计管理员", "audit_admin")


def _town(builder: Builder, town: RegionPlan, district: str) -> None:
    rng, body = builder.rng, "管委会" if town.kind == "park" else ""
    heads = {
        "street": ("党工委书记", "办事处主任"),
        "town": ("党委书记", "镇长"),
        "park": ("党工委书记", "管委会主任"),
    }[town.kind]
    key = f"t{town.code[4:9]}"
    committee = builder.add_unit(
        f"{key}/committee",
        f"{town.name}{body}安全生产委员会",
        "committee",
        f"{district}/committee",
        town,
        9,
    )
    builder.add_post(committee, f"主任（{heads[0]}）", "leader", head=True)
    builder.add_post(committee, f"主任（{heads[1]}）", "leader")
    kind = "安全监管站" if town.kind == "park" else "应急管理站"
    station = builder.add_unit(
        f"{key}/station", f"{town.name}{kind}", "station", committee, town, 9
    )
    titles = facts("units")["station_titles"]
    for number in range(rng.randint(3, 5)):
        builder.add_post(station, titles[number], "town_inspector", head=number == 0)
    if town.kind != "park":
        market = builder.add_unit(
            f"{key}/market",
            f"{short_town(town.name)}市场监督管理所",
            "station",
            f"{district}/market",
            town,
            9,
            sectors=("special_equipment", "food", "product_quality", "drug"),
        )
        builder.add_post(market, "所长", "town_inspector", head=True)
        builder.add_post(market, "监管员", "town_inspector")


def _history(builder: Builder, today: date) -> None:
    """New holders, deputies, a renamed and a merged unit, so that the past differs from today."""
    rng, plan = builder.rng, builder.plan
    for post in [row for row in plan.posts if row.is_head and row.unit != "city/centre"]:
        if rng.random() < 0.22:
            builder.succeed(post.key, today - timedelta(days=rng.randint(40, 330)))
        if rng.random() < 0.4:
            builder.add_deputy(post.key, today - timedelta(days=rng.randint(60, 600)))
    day = today - timedelta(days=260)
    for index, unit in enumerate(plan.units):
        if unit.key == "d07/urban":
            former = FormerName(
                unit.name.replace("城市管理局", "综合行政执法局"), day, "机构改革更名"
            )
            plan.units[index] = builder.unit[unit.key] = replace(unit, former_names=(former,))
    survivor = next(row for row in plan.units if row.key == "d03/emergency")
    old = builder.add_unit(
        "d03/inspection",
        "望潮区安全生产执法大队",
        "department",
        survivor.key,
        survivor.region,
        6,
        sectors=("industry_trade",),
        ends_on=day,
        successor=survivor.key,
    )
    builder.add_post(old, "大队长", "department_officer", head=True)
    rows = plan.holdings
    rows[-1] = replace(rows[-1], ends_on=day)
