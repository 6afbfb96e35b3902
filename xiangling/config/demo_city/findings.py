"""Six thousand hazards: where, what, who, and how far each has come."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from .firms import PERSONA_FIRM, heads_of
from .model import FindingPlan, FirmPlan, ObjectPlan
from .pace import Days, at_hour, found_hour
from .route import Cast, Route, Wish
from .sources import Template, by_venue, facts, fill, major_templates
from .world import Builder

MARKET = ("special_equipment", "food", "product_quality", "drug")
COUNTS = {
    "closed": 4200, "overdue": 300, "found": 150, "graded": 110, "ordered": 190, "fixing": 480,
    "submitted": 230, "accepted": 140, "disputed": 22, "voiding": 14, "void": 60,
}
TRIOS = 52
MAJORS = {"closed": 116, "overdue": 8, "graded": 3, "ordered": 9, "fixing": 28, "submitted": 11, "accepted": 5}
# Days since it was found, by state: (newest, oldest).
AGES = {
    "closed": (6, 425), "overdue": (14, 75), "found": (1, 4), "graded": (2, 6), "ordered": (2, 8), "fixing": (4, 20),
    "submitted": (6, 22), "accepted": (8, 30), "disputed": (3, 9), "voiding": (2, 7), "void": (6, 400),
}
# How many days ago the last step may lie for a case that is waiting there.
FRESH = {"found": 4, "graded": 5, "ordered": 7, "submitted": 8, "accepted": 6, "disputed": 8, "voiding": 6}
CLASSES = {
    "cabinet": "electrical", "wiring": "electrical", "corridor": "fire", "extinguisher": "fire", "charging": "fire",
    "hood": "fire", "machine": "equipment", "crane": "equipment", "lift": "equipment", "valve": "equipment",
    "hose": "equipment", "cylinder": "equipment", "tank": "process", "dust": "process", "warehouse": "layout",
    "sign": "other", "paper": "other",
}
# When a standard applies (inclusive): a finding outside is judged by experts instead.
IN_FORCE = {
    "GB 35181-2017(2025-11-01起被2025版替代)": (date(2018, 1, 1), date(2025, 10, 31)),
    "发改委令41号(2026)电力": (date(2026, 7, 1), date.max),
}
FIRE_NOW = "GB 35181-2025"
PUBLIC = ("有人反映：{t}", "路过看到，{t}，没人管", "附近住户来电，{t}", "{t}，希望派人来看看", "员工家属反映：{t}")
OWN = ("自查：{t}", "{t}", "班组自查，{t}", "{t}", "周排查发现{t}")
DEPARTMENT = ("专项检查：{t}", "{t}", "联合检查时{t}", "{t}", "督查发现，{t}")
TAILS = ("", "", "", "", "", "", "，已拍照", "，现场已告知负责人")
PERSONA_STATES = (
    *["closed"] * 9, "found", "found", "graded", "ordered", "ordered", "fixing", "fixing", "fixing", "overdue",
    "overdue", "submitted", "submitted", "submitted", "accepted", "disputed", "voiding", "void",
)
PERSONA_MAJORS = ("closed", "fixing", "submitted", "ordered")
PHOTOS = 120


class Finder:
    """Draws the findings one by one; all randomness comes from the one generator."""

    def __init__(self, builder: Builder, rng: random.Random) -> None:
        self.builder, self.rng, self.plan = builder, rng, builder.plan
        self.days = Days(self.plan.today)
        self.parts: dict[str, list[ObjectPlan]] = defaultdict(list)
        self.objects = {item.key: item for item in self.plan.objects}
        for item in self.plan.objects:
            if item.parent:
                self.parts[item.parent].append(item)
        firms = self.plan.firms
        self.firm_weights = [(1.0 + (self.objects[f.object].staff_count or 1) ** 0.5 / 4) for f in firms]
        self.by_venue: dict[tuple[str, str], list[FirmPlan]] = defaultdict(list)
        for firm in firms:
            self.by_venue[firm.sector, firm.venue].append(firm)
        self.department = {
            sector: row["key"] for row in facts("units")["district"] for sector in row["sectors"] if sector != "other"
        }
        gaps = {(gap["district"], gap["sector"]) for gap in facts("units")["gaps"]}
        letters = {row["code"]: row["key"] for row in facts("city")["districts"]}
        self.gaps = {(code, sector) for code, letter in letters.items() for key, sector in gaps if key == letter}
        self.used: set[tuple[str, str]] = set()

    def add_all(self) -> None:
        """All findings, oldest first, the same hazard from three sources merged into one."""
        found: list[FindingPlan] = []
        persona = next(firm for firm in self.plan.firms if firm.name == PERSONA_FIRM)
        general, majors = dict(COUNTS), dict(MAJORS)
        for state in PERSONA_STATES:
            found.append(self._general(persona, state))
            general[state] -= 1
        for state in PERSONA_MAJORS:
            found.append(self._major(state, persona))
            majors[state] -= 1
        for state, count in majors.items():
            found += [self._major(state) for _ in range(count)]
            general[state] -= count + sum(1 for s in PERSONA_MAJORS if s == state)
        for state, count in general.items():
            firms = self.rng.choices(self.plan.firms, self.firm_weights, k=count)
            found += [self._general(firm, state) for firm in firms]
        found += self._duplicates(found, persona)
        found.sort(key=lambda item: (item.found_at, item.key))
        self.plan.findings = self._numbered(self._with_photos(found, persona))

    # --- one finding

    def _general(self, firm: FirmPlan, state: str) -> FindingPlan:
        rng = self.rng
        spot = state in ("closed", "accepted") and rng.random() < 0.16
        source = rng.choices(("inspection", "enterprise", "department", "public"), (50, 27, 14, 9))[0]
        if spot and source == "public":
            source = "inspection"
        template = self._template(firm, "F" if spot else "SSSSHHN", source)
        wish = Wish(
            "fixing" if state == "overdue" and rng.random() < 0.8 else "ordered" if state == "overdue" else state,
            overdue=state == "overdue", spot=spot and template.style == "F", own=source == "enterprise",
        )
        wish.extras = self._extras(wish)
        if not wish.spot and wish.state in ("closed", "fixing") and not wish.overdue and rng.random() < 0.01:
            wish.rounds = 1
        return self._build(firm, template, wish, source, state)

    def _major(self, state: str, firm: FirmPlan | None = None) -> FindingPlan:
        rng = self.rng
        pool = major_templates()
        if firm:
            pool = tuple(t for t in pool if firm.venue in t.venues)
        template = rng.choice(pool)
        if not firm:
            firms = [
                other
                for venue in (template.venues or facts("venues")[template.sector])
                for other in self.by_venue[template.sector, venue]
            ]
            firm = rng.choice(firms)
        source = rng.choices(("inspection", "department", "enterprise", "public"), (45, 40, 8, 7))[0]
        wish = Wish("fixing" if state == "overdue" else state, major=True, overdue=state == "overdue")
        wish.interim = template.interim
        wish.extras = self._extras(wish)
        if wish.state == "closed" and rng.random() < 0.05:
            wish.rounds = 1
        return self._build(firm, template, wish, source, state)

    def _template(self, firm: FirmPlan, styles: str, source: str) -> Template:
        rng, pool = self.rng, by_venue()[firm.sector, firm.venue]
        style = rng.choice(styles)
        allowed = [t for t in pool if (t.style == "F") == (style == "F")] or [t for t in pool if t.style != "F"]
        if source == "public":
            # Passers-by see the place, not the firm's papers.
            allowed = [t for t in allowed if t.scene != "paper" and t.style != "N"] or allowed
        unused = [t for t in allowed if (firm.key, t.key) not in self.used]
        fresh = [t for t in unused if t.style == style] or unused or allowed
        # Sentences about this kind of place come before those for the whole sector.
        picked = rng.choices(fresh, [3 if t.venues else 1 for t in fresh])[0]
        self.used.add((firm.key, picked.key))
        return picked

    def _extras(self, wish: Wish) -> frozenset[str]:
        rng, state = self.rng, wish.state
        chances = {"transfer": 0.014, "rule": 0.005, "refuse_void": 0.002}
        if wish.major:
            chances = {"instruct": 0.6}
        elif state not in ("found", "disputed", "voiding", "void"):
            chances |= {"control": 0.014, "instruct": 0.008}
        if not wish.spot and state in ("fixing", "submitted", "accepted", "closed"):
            chances |= {"give_back": 0.2 if wish.major else 0.07, "extension": 0.1 if wish.major else 0.025}
        if state in ("accepted", "closed"):
            chances["recheck"] = 0.2 if wish.spot else 0.03
        return frozenset(extra for extra, chance in chances.items() if rng.random() < chance)

    def _build(self, firm: FirmPlan, template: Template, wish: Wish, source: str, group: str) -> FindingPlan:
        rng = self.rng
        place = rng.choice(template.places or firm.places)
        if wish.overdue or firm.name == PERSONA_FIRM:
            place = self._shop_place(firm, template, place)
        text = fill(template.text, rng, place)
        measures = fill(template.measure, rng, place)
        unit, liable = self._liable(firm, place)
        cast = self._cast(firm, source, wish.major, unit, liable)
        wish.order = {"liable_unit": unit, "liable_post": liable, "measures": measures}
        day_of_grade = self._grade_facts(template, wish, self.plan.today)
        wish.grade = day_of_grade
        funds = int(template.cost * rng.uniform(0.7, 1.5)) // 1000 * 1000 if wish.major else None
        contingency = f"整改期间{template.interim}，指定专人值守，备齐应急器材，异常立即撤人" if wish.major else ""
        if wish.major:
            wish.order |= {"funds": funds, "contingency": contingency, "interim": "stop_work", "interim_note": template.interim}
        route = self._timed(cast, wish, group, template)
        item = self._object(firm, place)
        style = {"public": PUBLIC, "enterprise": OWN, "department": DEPARTMENT}.get(source, ("{t}",))
        sentence = rng.choice(style).format(t=text) if template.style != "F" else text
        return FindingPlan(
            key=f"x{len(self.used):05}-{rng.randrange(10**9):09}", object=item.key, firm=firm.key, unit=unit,
            liable_post=liable, supervisor=route.supervisor, sector=firm.sector, region=firm.region, place=place,
            text=sentence + (rng.choice(TAILS) if source == "inspection" and template.style != "F" else ""),
            source=source, hazard_class=CLASSES.get(template.scene, "safety"),
            grade=("major" if wish.major else "general") if any(s.step == "grade" for s in route.steps) else "",
            standard=str(wish.grade.get("standard", "")), article=str(wish.grade.get("article", "")),
            criterion=str(wish.grade.get("criterion", "")), basis=str(wish.grade.get("basis", "")),
            depth="shallow" if template.style == "H" else "substantive", style=template.style, scene=template.scene,
            measures=measures, found_at=route.steps[0].at, found_by=cast.finder, state=route.state,
            path=tuple(route.steps), lat=item.lat, lng=item.lng, deadline=route.deadline,
            leader=cast.leader if wish.major else "", funds=funds, contingency=contingency,
            interim="stop_work" if wish.major else "control" if "control" in wish.extras and not wish.spot else "",
            interim_note=template.interim if wish.major else "", is_overdue=wish.overdue, template=template.key,
        )

    def _timed(self, cast: Cast, wish: Wish, group: str, template: Template) -> Route:
        """The route with a day of finding such that it ends before today and waits where it should."""
        rng, today = self.rng, self.plan.today
        limit = at_hour(today, 0)
        newest, oldest = AGES[group]
        if wish.rounds or wish.extras & {"extension", "rule", "give_back"}:
            newest, oldest = newest + 5, oldest + 12
        if wish.rounds:
            newest, oldest = newest + 40, max(oldest, 110)
        day = self.days.draw(rng, newest, min(oldest, 425))
        inspectors, best = cast.inspectors, None
        for _ in range(14):
            cast.inspectors = inspectors
            hour = rng.uniform(8.7, 15.5) if wish.major else found_hour(rng)
            wish.grade = self._grade_facts(template, wish, day)
            route = Route(rng, cast, wish, at_hour(day, hour), today)
            route.run()
            over = (route.at - limit).total_seconds() / 86400
            if over >= 0:
                day = max(day - timedelta(days=int(over) + 1 + rng.randint(0, 1)), today - timedelta(days=425))
                continue
            best = route
            waits = -over - FRESH.get(route.state, 10_000)
            if wish.overdue or waits <= 0:
                break
            day = min(day + timedelta(days=max(1, int(waits) + 1)), today - timedelta(days=1))
        if best is None:
            raise ValueError(f"no route to {wish.state} before {today}")
        return best

    def _grade_facts(self, template: Template, wish: Wish, day: date) -> dict[str, Any]:
        if not wish.major:
            return {"grade": "general"}
        start, end = IN_FORCE.get(template.standard, (date.min, date.max))
        if template.criterion and start <= day <= end:
            return {
                "grade": "major", "standard": template.standard, "article": template.article,
                "criterion": template.criterion, "basis": "criterion",
            }
        standard = FIRE_NOW if template.criterion.startswith("XF") else ""
        return {"grade": "major", "standard": standard, "article": "", "criterion": "", "basis": "expert"}

    # --- who and where

    def _shop_place(self, firm: FirmPlan, template: Template, place: str) -> str:
        """Prefer a place that is one of the firm's workshops, so that its head sees the hazard."""
        names = [self.builder.unit[shop].name for shop in firm.workshops]
        if not names or template.places:
            return place
        return self.rng.choice(names)

    def _liable(self, firm: FirmPlan, place: str) -> tuple[str, str]:
        for shop in firm.workshops:
            if self.builder.unit[shop].name in (place, f"{place}作业区"):
                return shop, self.builder.posts_of[shop][0].key
        return firm.unit, firm.officer or firm.owner

    def _object(self, firm: FirmPlan, place: str) -> ObjectPlan:
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

    def _cast(self, firm: FirmPlan, source: str, major: bool, unit: str, liable: str) -> Cast:
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
            finder=self._finder(firm, source, unit, inspectors, builder.by_role(station, "town_inspector")),
            inspectors=inspectors, officers=officers, office=office, liable=liable, submitter=submitter,
            leader=leader.key, leader_name=builder.name_of[leader.person], self_acceptor=acceptor,
            supervisor=supervisor, department=department,
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

    def _finder(self, firm: FirmPlan, source: str, unit: str, inspectors: list[str], station: list[str]) -> str:
        rng, builder = self.rng, self.builder
        if source == "enterprise":
            teams = [u for u in builder.posts_of if u.startswith(f"{unit}/t")] if unit != firm.unit else []
            posts = [builder.posts_of[team][0].key for team in teams]
            posts += [post.key for post in heads_of(builder, firm)][:1]
            return rng.choice([*posts, firm.officer or firm.owner])
        return rng.choice(station if source == "public" else inspectors)

    # --- afterwards

    def _duplicates(self, found: list[FindingPlan], persona: FirmPlan) -> list[FindingPlan]:
        """The other two reports of hazards that firm, inspector and public all sent."""
        newest = self.plan.today - timedelta(days=9)
        mains = [
            item for item in found
            if item.style in "SM" and item.path[0].at.date() < newest and item.state not in ("void", "voiding", "disputed")
            and not any(step.step in ("transfer", "spot_fix") for step in item.path)
        ]
        own = [item for item in mains if item.firm == persona.key][:2]
        picked = own + self.rng.sample([item for item in mains if item.firm != persona.key], TRIOS - len(own))
        return [
            self._duplicate(item, source)
            for item in picked
            for source in [s for s in ("enterprise", "inspection", "public", "department") if s != item.source][:2]
        ]

    def _duplicate(self, main: FindingPlan, source: str) -> FindingPlan:
        rng = self.rng
        firm = self.plan.firms[int(main.firm[1:]) - 1]
        cast = self._cast(firm, source, False, main.unit, main.liable_post)
        wish = Wish("merged")
        start = main.found_at.date() + timedelta(days=rng.randint(0, 2))
        moment: datetime = max(at_hour(start, found_hour(rng)), main.found_at + timedelta(hours=1))
        route = Route(rng, cast, wish, moment, self.plan.today)
        route.go("report", cast.finder)
        route.go("merge", route.inspector, 1, 30, into=main.key)
        bare = main.text
        for mark in ("有人反映：", "附近住户来电，", "员工家属反映：", "路过看到，", "自查：", "班组自查，", "周排查发现", "专项检查：", "联合检查时", "督查发现，"):
            bare = bare.removeprefix(mark)
        for tail in (*TAILS[6:], "，没人管", "，希望派人来看看"):
            bare = bare.removesuffix(tail)
        style = {"public": PUBLIC[:1], "enterprise": OWN[:1], "department": DEPARTMENT[:1]}.get(source, ("检查时看到{t}",))
        return replace(
            main, key=f"{main.key}-{source[0]}", text=rng.choice(style).format(t=bare), source=source, grade="",
            standard="", article="", criterion="", basis="", found_at=route.steps[0].at, found_by=cast.finder,
            state="merged", path=tuple(route.steps), deadline=None, leader="", funds=None, contingency="", interim="",
            interim_note="", merged_into=main.key, is_overdue=False, supervisor=cast.supervisor,
        )

    def _with_photos(self, found: list[FindingPlan], persona: FirmPlan) -> list[FindingPlan]:
        wanted = {"closed", "accepted", "submitted", "fixing", "ordered"}
        own = [i for i, item in enumerate(found) if item.firm == persona.key and item.state in wanted]
        others = [i for i, item in enumerate(found) if item.state in wanted and item.firm != persona.key]
        recent = [i for i in others if found[i].found_at.date() > self.plan.today - timedelta(days=90)]
        picked = set(own) | set(self.rng.sample(recent, PHOTOS - len(own)))
        return [replace(item, wants_photo=i in picked) for i, item in enumerate(found)]

    def _numbered(self, found: list[FindingPlan]) -> list[FindingPlan]:
        """Keys in the order of finding."""
        keys = {item.key: f"h{number:05}" for number, item in enumerate(found, 1)}
        answer = []
        for item in found:
            into = keys[item.merged_into] if item.merged_into else None
            path = item.path
            if into:
                path = tuple(replace(s, data={"into": into}) if s.step == "merge" else s for s in path)
            answer.append(replace(item, key=keys[item.key], merged_into=into, path=path))
        return answer
