"""Who acts on a hazard, and which unit and object it belongs to."""

from __future__ import annotations

import random
from collections import defaultdict

from .firms import heads_of
from .model import FirmPlan, ObjectPlan
from .route import Cast
from .sources import facts
from .world import Builder

MARKET = ("special_equipment", "food", "product_quality", "drug")


class Casting:
    """Finds the people and things around a firm."""

    def __init__(self, builder: Builder, rng: random.Random) -> None:
        self.builder, self.rng = builder, rng
        self.objects = {item.key: item for item in builder.plan.objects}
        self.parts: dict[str, list[ObjectPlan]] = defaultdict(list)
        for item in builder.plan.objects:
            if item.parent:
                self.parts[item.parent].append(item)
        rows = facts("units")
        self.department = {
            sector: row["key"]
            for row in rows["district"]
            for sector in row["sectors"]
            if sector != "other"
        }
        gaps = {(gap["district"], gap["sector"]) for gap in rows["gaps"]}
        letters = {row["code"]: row["key"] for row in facts("city")["districts"]}
        self.gaps = {
            (code, sector)
            for code, letter in letters.items()
            for key, sector in gaps
            if key == letter
        }

    def shop_place(self, firm: FirmPlan, place: str) -> str:
        """Prefer a place that is one of the firm's workshops, so that its head sees the hazard."""
        names = [self.builder.unit[shop].name for shop in firm.workshops]
        if not names:
            return place
        return self.rng.choice(names)

    def liable(self, firm: FirmPlan, place: str) -> tuple[str, str]:
        """The unit and post that answer for a place in the firm."""
        for shop in firm.workshops:
            if self.builder.unit[shop].name in (place, f"{place}作业区"):
                return shop, self.builder.posts_of[shop][0].key
        return firm.unit, firm.officer or firm.owner

    def object_at(self, firm: FirmPlan, place: str) -> ObjectPlan:
        """The object a hazard at this place belongs to: the hall, the site, a device or the firm."""
        rng, base = self.rng, self.objects[firm.object]
        parts = self.parts[base.key]
        for item in parts:
            if item.kind == "venue" and item.name == place:
                return item
        sites = [item for item in parts if item.kind == "site"]
        if sites and rng.random() < 0.8:
            return sites[0]
        devices = [item for item in parts if item.kind == "equipment"]
        if firm.sector == "special_equipment" and devices and rng.random() < 0.4:
            return rng.choice(devices)
        return base

    def cast(self, firm: FirmPlan, source: str, major: bool, unit: str, liable: str) -> Cast:
        """The posts that act on a hazard from this source."""
        rng, builder = self.rng, self.builder
        district = f"d{firm.region[4:6]}"
        town = f"t{firm.region[4:9]}"
        office = builder.by_role(f"{district}/office", "committee_officer")
        department = self._department(firm, district)
        officers = builder.by_role(department, "department_officer", "committee_officer")
        station = f"{town}/station"
        if firm.sector in MARKET and f"{town}/market" in builder.unit:
            station = f"{town}/market"
        by_department = major or source == "department"
        supervisor = department if by_department else station
        inspectors = officers if by_department else builder.by_role(station, "town_inspector")
        submitter = liable if rng.random() < 0.75 or not firm.officer else firm.officer
        acceptor = firm.owner if submitter != firm.owner else firm.officer or ""
        leader = builder.posts_of[f"{district}/committee"][2]
        return Cast(
            finder=self._finder(
                firm, source, unit, inspectors, builder.by_role(station, "town_inspector")
            ),
            inspectors=inspectors,
            officers=officers,
            office=office,
            liable=liable,
            submitter=submitter,
            leader=leader.key,
            leader_name=f"{builder.name_of[leader.person]} {leader.title}",
            reported_to=builder.unit[f"{district}/office"].name,
            self_acceptor=acceptor,
            supervisor=supervisor,
            department=department,
        )

    def _department(self, firm: FirmPlan, district: str) -> str:
        if firm.sector == "other":
            for level in ("district", "city"):
                for row in facts("units")[level]:
                    if firm.venue in row.get("venues", ()):
                        return f"{district if level == 'district' else 'city'}/{row['key']}"
        elif (firm.region[4:6], firm.sector) not in self.gaps:
            return f"{district}/{self.department[firm.sector]}"
        return f"{district}/office"

    def _finder(
        self, firm: FirmPlan, source: str, unit: str, inspectors: list[str], station: list[str]
    ) -> str:
        rng, builder = self.rng, self.builder
        if source == "enterprise":
            teams = (
                [u for u in builder.posts_of if u.startswith(f"{unit}/t")]
                if unit != firm.unit
                else []
            )
            posts = [builder.posts_of[team][0].key for team in teams]
            posts += [post.key for post in heads_of(builder, firm)][:1]
            return rng.choice([*posts, firm.officer or firm.owner])
        return rng.choice(station if source == "public" else inspectors)
