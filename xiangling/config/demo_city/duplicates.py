"""After the drawing: reports of the same hazard from other sources, photos, numbers."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from .casting import Casting
from .model import CityPlan, FindingPlan, FirmPlan
from .pace import at_hour, found_hour
from .route import Route, Wish

TRIOS = 52
PHOTOS = 120
PUBLIC = (
    "有人反映：{t}",
    "路过看到，{t}，没人管",
    "附近住户来电，{t}",
    "{t}，希望派人来看看",
    "员工家属反映：{t}",
)
OWN = ("自查：{t}", "{t}", "班组自查，{t}", "{t}", "周排查发现{t}")
DEPARTMENT = ("专项检查：{t}", "{t}", "联合检查时{t}", "{t}", "督查发现，{t}")
TAILS = ("", "", "", "", "", "", "，已拍照", "，现场已告知负责人")
PLAIN = {
    "public": PUBLIC[0],
    "enterprise": OWN[0],
    "department": DEPARTMENT[0],
    "inspection": "检查时看到{t}",
}

BLANK: dict[str, Any] = {
    "grade": "",
    "standard": "",
    "article": "",
    "criterion": "",
    "basis": "",
    "deadline": None,
    "leader": "",
    "funds": None,
    "contingency": "",
    "interim": "",
    "interim_note": "",
}


def worded(text: str, source: str, style: str, rng: random.Random) -> str:
    """The finding as this source would put it; something already fixed is told plainly."""
    if style == "F":
        return text
    manner = {"public": PUBLIC, "enterprise": OWN, "department": DEPARTMENT}.get(source, ("{t}",))
    return rng.choice(manner).format(t=text) + (rng.choice(TAILS) if source == "inspection" else "")


def stripped(text: str) -> str:
    """The bare finding without what its source put before and after it."""
    for manner in (*PUBLIC, *OWN, *DEPARTMENT):
        before, _, behind = manner.partition("{t}")
        if text.startswith(before) and text.endswith(behind):
            text = text.removeprefix(before).removesuffix(behind)
    for tail in filter(None, TAILS):
        text = text.removesuffix(tail)
    return text


class Duplicates:
    """The other two reports of hazards that firm, inspector and public all sent."""

    def __init__(self, plan: CityPlan, casting: Casting, rng: random.Random) -> None:
        self.plan, self.casting, self.rng = plan, casting, rng

    def draw(self, found: list[FindingPlan], persona: FirmPlan) -> list[FindingPlan]:
        """Two merged findings for each of TRIOS open ones, some at the persona's firm."""
        newest = self.plan.today - timedelta(days=16)
        mains = [item for item in found if _is_main(item) and item.found_at.date() < newest]
        own = [item for item in mains if item.firm == persona.key][:2]
        others = [item for item in mains if item.firm != persona.key]
        picked = own + self.rng.sample(others, TRIOS - len(own))
        sources = ("enterprise", "inspection", "public", "department")
        return [
            self._one(item, source)
            for item in picked
            for source in [other for other in sources if other != item.source][:2]
        ]

    def _one(self, main: FindingPlan, source: str) -> FindingPlan:
        rng = self.rng
        firm = self.plan.firms[int(main.firm[1:]) - 1]
        cast = self.casting.cast(firm, source, False, main.unit, main.liable_post)
        start = main.found_at.date() + timedelta(days=rng.randint(0, 2))
        moment = max(at_hour(start, found_hour(rng)), main.found_at + timedelta(hours=1))
        route = Route(rng, cast, Wish("merged"), moment, self.plan.today)
        route.go("report", cast.finder)
        route.go("merge", route.inspector, 1, 30, into=main.key)
        return replace(
            main,
            key=f"{main.key}-{source[0]}",
            text=PLAIN[source].format(t=stripped(main.text)),
            source=source,
            found_at=route.steps[0].at,
            found_by=cast.finder,
            supervisor=cast.supervisor,
            state="merged",
            path=tuple(route.steps),
            merged_into=main.key,
            is_overdue=False,
            **BLANK,
        )


def _is_main(item: FindingPlan) -> bool:
    """Open for long enough that a second report could be merged into it."""
    return (
        item.style in "SM"
        and item.state not in ("void", "voiding", "disputed")
        and not any(step.step in ("transfer", "spot_fix") for step in item.path)
        and (item.state != "closed" or item.path[-1].at - item.found_at > timedelta(days=15))
    )


def with_photos(
    found: list[FindingPlan], persona: FirmPlan, today: date, rng: random.Random
) -> list[FindingPlan]:
    """The findings with those marked that get photos: all of the persona's firm, and recent others."""
    wanted = {"closed", "accepted", "submitted", "fixing", "ordered"}
    own = [i for i, item in enumerate(found) if item.firm == persona.key and item.state in wanted]
    others = [
        i for i, item in enumerate(found) if item.state in wanted and item.firm != persona.key
    ]
    recent = [i for i in others if found[i].found_at.date() > today - timedelta(days=90)]
    picked = set(own) | set(rng.sample(recent, PHOTOS - len(own)))
    return [replace(item, wants_photo=i in picked) for i, item in enumerate(found)]


def numbered(found: list[FindingPlan]) -> list[FindingPlan]:
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
