"""Firms with their posts, workshops and teams, and the objects they run."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from .codes import device_code, masked, short_town, uscc
from .geography import Geography
from .model import FirmPlan, ObjectPlan, PostPlan, RegionPlan
from .sources import facts
from .world import Builder

WORKSHOP_WORDS = ("车间", "工段", "线", "站", "区", "楼", "间", "场")
TITLES = {"public": "主任", "civil": "院长", "sole": "经营者"}
PERSONA_VENUE, PERSONA_TOWN = "家具木业厂", "石浔木业园"
PERSONA_FIRM = "汐州榆盛木业有限公司"
LARGE = 95


class FirmMaker:
    """Makes the firms in the order of the pack, each in a town that suits it."""

    def __init__(self, builder: Builder, geography: Geography, rng: random.Random) -> None:
        self._builder, self._geography, self._rng = builder, geography, rng
        self._plan = builder.plan
        self._short = facts("city")["short"]
        self._towns = [town for towns in geography.towns.values() for town in towns]
        self._district_of = {
            town.code: key for key, towns in geography.towns.items() for town in towns
        }
        self._weights: dict[str, list[float]] = {}
        self._serial = 0

    def add_all(self) -> None:
        """All firms, in the order of the pack."""
        self._builder.names.reserve(PERSONA_FIRM)
        for sector, venues in facts("venues").items():
            for venue, row in venues.items():
                for number in range(row["n"]):
                    persona = number == 0 and venue == PERSONA_VENUE
                    self._add(sector, venue, row, persona)

    def _add(self, sector: str, venue: str, row: Any, persona: bool) -> None:
        rng, plan = self._rng, self._plan
        town = self._town(sector, venue, persona)
        name = PERSONA_FIRM if persona else self._name(row, town)
        key = f"f{len(plan.firms) + 1:04}"
        low, high = row["staff"]
        staff = 168 if persona else int(low + (high - low) * rng.random() ** 2)
        since = plan.today - timedelta(days=rng.randint(500, 4200))
        unit = self._builder.add_unit(
            f"{key}/firm", name, "enterprise", None, town, 9, sectors=(sector,), starts_on=since
        )
        owner, officer = self._posts(unit, row, staff, since, persona)
        workshops = self._workshops(unit, row, staff, since, town, persona)
        owner_post = self._builder.post[owner]
        person = plan.people[int(owner_post.person[1:]) - 1]
        code = uscc(rng, row["kind"], f"{town.code[:6]}")
        firm = FirmPlan(
            key,
            f"{key}/o",
            unit,
            name,
            code,
            sector,
            venue,
            town.code,
            tuple(row["places"]),
            owner,
            officer,
            workshops,
        )
        plan.firms.append(firm)
        lat, lng = self._geography.point_in(rng, town.code)
        plan.objects.append(
            ObjectPlan(
                f"{key}/o",
                "firm",
                name,
                code,
                venue,
                sector,
                town.code,
                unit,
                self._address(town),
                lat,
                lng,
                liable_name=person.name,
                liable_phone=masked(person.phone),
                staff_count=staff,
                status="idle" if venue == "废弃冷库" else "active",
                facts={"legal_person": person.name},
            )
        )
        for item in self._parts(firm, row, staff, plan.objects[-1]):
            plan.objects.append(item)

    def _town(self, sector: str, venue: str, persona: bool) -> RegionPlan:
        if persona:
            return next(town for town in self._towns if town.name == PERSONA_TOWN)
        prefer = facts("city")["prefer"]
        rule = prefer.get(venue) or prefer.get(sector) or prefer["*"]
        key = venue if venue in prefer else sector
        if key not in self._weights:
            self._weights[key] = [
                rule["districts"].get(self._district_of[town.code], 0)
                * rule["kinds"][{"street": "s", "town": "z", "park": "y"}[town.kind]]
                / len(self._geography.towns[self._district_of[town.code]])
                for town in self._towns
            ]
        return self._rng.choices(self._towns, self._weights[key])[0]

    def _name(self, row: Any, town: RegionPlan) -> str:
        return self._builder.names.firm(row["name"], self._short, short_town(town.name))

    def _address(self, town: RegionPlan) -> str:
        city = facts("city")
        district = next(row["name"] for row in city["districts"] if row["code"] == town.code[4:6])
        road = self._rng.choice(city["roads"])
        return f"{city['name']}{district}{town.name}{road}{self._rng.randint(1, 388)}号"

    def _posts(
        self, unit: str, row: Any, staff: int, since: date, persona: bool
    ) -> tuple[str, str | None]:
        builder, rng = self._builder, self._rng
        owner = builder.add_post(
            unit, TITLES.get(row["kind"], "主要负责人"), "firm_owner", head=True, since=since
        )
        officer = None
        if staff >= 4:
            title = "安全总监" if staff >= 200 else "专职安全员" if staff >= 50 else "安全员"
            officer = builder.add_post(unit, title, "firm_safety_officer", since=since)
        if staff >= 120:
            builder.add_post(unit, "安全员", "firm_safety_officer", since=since)
        if not persona and rng.random() < 0.1:
            builder.succeed(owner, self._plan.today - timedelta(days=rng.randint(30, 400)))
        return owner, officer

    def _workshops(
        self, unit: str, row: Any, staff: int, since: date, town: RegionPlan, persona: bool
    ) -> tuple[str, ...]:
        teams, rng, builder = row["teams"], self._rng, self._builder
        if not teams or (staff < LARGE and not persona):
            return ()
        halls = [place for place in row["places"] if place.endswith(WORKSHOP_WORDS)]
        picked = (
            ["打磨车间", "喷漆车间", "木工车间"]
            if persona
            else halls[: 1 + (staff > 90) + (staff > 180)]
        )
        keys = []
        for number, hall in enumerate(picked, 1):
            name = hall if hall.endswith("车间") else f"{hall}作业区"
            shop = builder.add_unit(
                f"{unit}/w{number}", name, "workshop", unit, town, 9, starts_on=since
            )
            builder.add_post(
                shop,
                "车间主任" if name.endswith("车间") else "负责人",
                "workshop_head",
                head=True,
                since=since,
            )
            named = (
                ["打磨一班", "打磨二班"]
                if persona and number == 1
                else rng.sample(teams, 1 + (len(teams) > 1 and staff > 120))
            )
            for index, title in enumerate(named, 1):
                team = builder.add_unit(
                    f"{shop}/t{index}", title, "team", shop, town, 9, starts_on=since
                )
                builder.add_post(team, "班组长", "team_leader", head=True, since=since)
            keys.append(shop)
        return tuple(keys)

    # --- what a firm runs

    def _parts(
        self, firm: FirmPlan, row: Any, staff: int, base: ObjectPlan
    ) -> Iterator[ObjectPlan]:
        rng = self._rng
        if "site" in row:
            yield self._part(
                firm,
                base,
                "site",
                1,
                rng.choice(row["site"]).format(
                    t=short_town(self._region(firm.region).name),
                    e=rng.choice(facts("names")["estates"]),
                ),
                firm.sector,
                f"GD{firm.key[1:]}",
                "在建工程",
            )
        elif staff >= 30 and rng.random() < 0.75:
            for number, place in enumerate(
                rng.sample(firm.places, min(len(firm.places), 1 + (staff > 100))), 1
            ):
                yield self._part(firm, base, "venue", number, place, firm.sector, "", place)
        number = 0
        for kind in facts("equipment"):
            if firm.venue not in kind["venues"] or (rng.random() < 0.3 and number):
                continue
            for _ in range(rng.randint(1, 2 + (staff > 120))):
                number += 1
                yield self._device(firm, base, kind, number)

    def _device(self, firm: FirmPlan, base: ObjectPlan, kind: Any, number: int) -> ObjectPlan:
        rng, today = self._rng, self._plan.today
        self._serial += 1
        built = today.year - rng.randint(1, 14)
        ahead = (
            rng.randint(-45, -1) if rng.random() < 0.035 else rng.randint(3, kind["months"] * 30)
        )
        return self._part(
            firm,
            base,
            "equipment",
            number,
            f"{number}号{kind['name']}",
            "special_equipment",
            device_code(rng, kind["code"], built, self._serial),
            kind["name"],
            next_test_on=today + timedelta(days=ahead),
        )

    def _part(
        self,
        firm: FirmPlan,
        base: ObjectPlan,
        kind: str,
        number: int,
        name: str,
        sector: str,
        identifier: str,
        type_: str,
        next_test_on: date | None = None,
    ) -> ObjectPlan:
        rng = self._rng
        return ObjectPlan(
            f"{firm.key}/{kind[0]}{number}",
            kind,
            name,
            identifier,
            type_,
            sector,
            firm.region,
            firm.unit,
            base.address,
            round(base.lat + rng.uniform(-8e-4, 8e-4), 6),
            round(base.lng + rng.uniform(-8e-4, 8e-4), 6),
            parent=base.key,
            liable_name=base.liable_name,
            liable_phone=base.liable_phone,
            next_test_on=next_test_on,
        )

    def _region(self, code: str) -> RegionPlan:
        return next(town for town in self._towns if town.code == code)


def heads_of(builder: Builder, firm: FirmPlan) -> list[PostPlan]:
    """The workshop heads of a firm."""
    return [builder.posts_of[shop][0] for shop in firm.workshops]
