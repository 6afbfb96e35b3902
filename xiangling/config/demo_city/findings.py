"""Six thousand hazards: where, what, who, and how far each has come."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from .casting import Casting
from .duplicates import Duplicates, numbered, with_photos, worded
from .firms import PERSONA_FIRM
from .hollow import hollow_out
from .model import FindingPlan, FirmPlan
from .pace import Days, at_hour, found_hour
from .route import Cast, Route, Wish
from .sources import Template, by_venue, facts, fill, major_templates
from .world import Builder

COUNTS = {
    "closed": 4200,
    "overdue": 300,
    "found": 150,
    "graded": 110,
    "ordered": 190,
    "fixing": 480,
    "submitted": 230,
    "accepted": 140,
    "disputed": 22,
    "voiding": 14,
    "void": 60,
}
MAJORS = {
    "closed": 116,
    "overdue": 8,
    "graded": 3,
    "ordered": 9,
    "fixing": 28,
    "submitted": 11,
    "accepted": 5,
}
# Days since it was found, by state: (newest, oldest).
AGES = {
    "closed": (6, 425),
    "overdue": (14, 75),
    "found": (1, 4),
    "graded": (2, 6),
    "ordered": (2, 8),
    "fixing": (4, 20),
    "submitted": (6, 22),
    "accepted": (8, 30),
    "disputed": (3, 9),
    "voiding": (2, 7),
    "void": (6, 400),
}
# How many days ago the last step may lie for a case that is waiting there.
FRESH = {
    "found": 4,
    "graded": 5,
    "ordered": 7,
    "submitted": 8,
    "accepted": 6,
    "disputed": 8,
    "voiding": 6,
}
CLASSES = {
    "cabinet": "electrical",
    "wiring": "electrical",
    "corridor": "fire",
    "extinguisher": "fire",
    "charging": "fire",
    "hood": "fire",
    "machine": "equipment",
    "crane": "equipment",
    "lift": "equipment",
    "valve": "equipment",
    "hose": "equipment",
    "cylinder": "equipment",
    "tank": "process",
    "dust": "process",
    "warehouse": "layout",
    "sign": "other",
    "paper": "other",
}
# When a standard applies (inclusive): a finding outside is judged by experts instead.
IN_FORCE = {
    "GB 35181-2017(2025-11-01起被2025版替代)": (date(2018, 1, 1), date(2025, 10, 31)),
    "发改委令41号(2026)电力": (date(2026, 7, 1), date.max),
}
# What experts judge by where no list applies: great harm, or hard to remove.
EXPERT = ("安监总局令第16号", "3")
PERSONA_STATES = (
    *["closed"] * 9,
    "found",
    "found",
    "graded",
    "ordered",
    "ordered",
    "fixing",
    "fixing",
    "fixing",
    "overdue",
    "overdue",
    "submitted",
    "submitted",
    "submitted",
    "accepted",
    "disputed",
    "voiding",
    "void",
)
PERSONA_MAJORS = ("closed", "fixing", "submitted", "ordered")


class Finder:
    """Draws the findings one by one; all randomness comes from the one generator."""

    def __init__(self, builder: Builder, rng: random.Random) -> None:
        self.builder, self.rng, self.plan = builder, rng, builder.plan
        self.days = Days(self.plan.today)
        self.casting = Casting(builder, rng)
        self.objects = self.casting.objects
        firms = self.plan.firms
        self.firm_weights = [
            (1.0 + (self.objects[f.object].staff_count or 1) ** 0.5 / 4) for f in firms
        ]
        self.by_venue: dict[tuple[str, str], list[FirmPlan]] = defaultdict(list)
        for firm in firms:
            self.by_venue[firm.sector, firm.venue].append(firm)
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
        found += Duplicates(self.plan, self.casting, self.rng).draw(found, persona)
        found.sort(key=lambda item: (item.found_at, item.key))
        shown = with_photos(found, persona, self.plan.today, self.rng)
        posts = {post.key: post.unit for post in self.plan.posts}
        self.plan.findings = hollow_out(numbered(shown), posts.__getitem__, self.rng)

    # --- one finding

    def _general(self, firm: FirmPlan, state: str) -> FindingPlan:
        rng = self.rng
        spot = state in ("closed", "accepted") and rng.random() < 0.16
        source = rng.choices(("inspection", "enterprise", "department", "public"), (50, 27, 14, 9))[
            0
        ]
        if spot and source in ("public", "enterprise"):
            source = "inspection"
        template = self._template(firm, "F" if spot else "SSSSHHN", source)
        wish = Wish(
            "fixing"
            if state == "overdue" and rng.random() < 0.8
            else "ordered"
            if state == "overdue"
            else state,
            overdue=state == "overdue",
            spot=spot and template.style == "F",
            own=source == "enterprise",
        )
        wish.extras = self._extras(wish)
        if (
            not wish.spot
            and wish.state in ("closed", "fixing")
            and not wish.overdue
            and rng.random() < 0.01
        ):
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
        source = rng.choices(("inspection", "department", "enterprise", "public"), (45, 40, 8, 7))[
            0
        ]
        wish = Wish(
            "fixing" if state == "overdue" else state, major=True, overdue=state == "overdue"
        )
        wish.interim = template.interim
        wish.extras = self._extras(wish)
        if wish.state == "closed" and rng.random() < 0.05:
            wish.rounds = 1
        return self._build(firm, template, wish, source, state)

    def _template(self, firm: FirmPlan, styles: str, source: str) -> Template:
        rng, pool = self.rng, by_venue()[firm.sector, firm.venue]
        style = rng.choice(styles)
        allowed = [t for t in pool if (t.style == "F") == (style == "F")] or [
            t for t in pool if t.style != "F"
        ]
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
            chances["give_back"] = 0.2 if wish.major else 0.07
            if not wish.overdue:
                chances["extension"] = 0.1 if wish.major else 0.03
        if wish.spot:
            chances["recheck"] = 0.2
        return frozenset(extra for extra, chance in chances.items() if rng.random() < chance)

    def _build(
        self, firm: FirmPlan, template: Template, wish: Wish, source: str, group: str
    ) -> FindingPlan:
        rng = self.rng
        place = rng.choice(template.places or firm.places)
        if (wish.overdue or firm.name == PERSONA_FIRM) and not template.places:
            place = self.casting.shop_place(firm, place)
        text = fill(template.text, rng, place)
        measures = fill(template.measure, rng, place)
        unit, liable = self.casting.liable(firm, place)
        cast = self.casting.cast(firm, source, wish.major, unit, liable)
        person = self.builder.name_of[self.builder.post[liable].person]
        wish.order = {
            "liable_unit": unit,
            "liable_post": liable,
            "liable_person": person,
            "measures": measures,
        }
        funds = int(template.cost * rng.uniform(0.7, 1.5)) // 1000 * 1000 if wish.major else None
        contingency = (
            f"整改期间{template.interim}，指定专人值守，备齐应急器材，异常立即撤人"
            if wish.major
            else ""
        )
        if wish.major:
            wish.order |= {
                "funds": funds,
                "contingency": contingency,
                "interim": "stop_work",
                "interim_note": template.interim,
            }
        route = self._timed(cast, wish, group, template)
        item = self.casting.object_at(firm, place)
        return FindingPlan(
            key=f"x{len(self.used):05}-{rng.randrange(10**9):09}",
            object=item.key,
            firm=firm.key,
            unit=unit,
            liable_post=liable,
            supervisor=route.supervisor,
            sector=firm.sector,
            region=firm.region,
            place=place,
            text=worded(text, source, template.style, rng),
            source=source,
            hazard_class=CLASSES.get(template.scene, "safety"),
            grade=("major" if wish.major else "general")
            if any(s.step in ("grade", "spot_fix") for s in route.steps)
            else "",
            standard=str(wish.grade.get("standard", "")),
            article=str(wish.grade.get("article", "")),
            criterion=str(wish.grade.get("criterion", "")),
            basis=str(wish.grade.get("basis", "")),
            depth="shallow" if template.style == "H" else "substantive",
            style=template.style,
            scene=template.scene,
            measures=measures,
            found_at=route.steps[0].at,
            found_by=cast.finder,
            state=route.state,
            path=tuple(route.steps),
            lat=item.lat,
            lng=item.lng,
            deadline=route.deadline,
            leader=cast.leader if wish.major else "",
            funds=funds,
            contingency=contingency,
            interim="stop_work"
            if wish.major
            else "control"
            if "control" in wish.extras and not wish.spot
            else "",
            interim_note=template.interim if wish.major else "",
            is_overdue=wish.overdue,
            template=template.key,
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
        for attempt in range(20):
            if attempt == 10:
                # Too much to fit into the days left: the plain way will do.
                wish.extras -= {"extension", "give_back"}
            cast.inspectors = inspectors
            hour = rng.uniform(8.7, 15.5) if wish.major else found_hour(rng)
            wish.grade = self._grade_facts(template, wish, day)
            route = Route(rng, cast, wish, at_hour(day, hour), today)
            route.run()
            over = (route.at - limit).total_seconds() / 86400
            if over >= 0:
                day = max(
                    day - timedelta(days=int(over) + 1 + rng.randint(0, 1)),
                    today - timedelta(days=425),
                )
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
                "grade": "major",
                "standard": template.standard,
                "article": template.article,
                "criterion": template.criterion,
                "basis": "criterion",
            }
        return {
            "grade": "major",
            "standard": EXPERT[0],
            "article": EXPERT[1],
            "criterion": "",
            "basis": "expert",
        }
