"""A few official papers of the demo city, at several stages: issued, withdrawn, to be completed."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.utils import timezone

from xiangling.apps.hazards.models import Grade, Hazard
from xiangling.documents import actions, pdf
from xiangling.documents.models import Letterhead, Paper
from xiangling.kernel import clock, engine, packs
from xiangling.kernel.actor import Actor
from xiangling.kernel.refusal import Refused
from xiangling.kernel.scope import use
from xiangling.org.actors import actor_for
from xiangling.org.models import Holding, Unit, in_force

SPACE = UUID("4a2f6d1e-1c55-4a53-9d3c-8d8b5f3f7a10")


def add_official_papers() -> None:
    """Letterheads for the bodies that issue papers here, and the papers; drafts alone where none can be set."""
    desk = _Desk()
    fixing = _hazards(state="fixing", grade=Grade.GENERAL)[:3]
    checked = _hazards(state="accepted", grade=Grade.GENERAL)[:1]
    major = _hazards(grade=Grade.MAJOR, closed_at=None)[:1]
    for hazard in fixing[:2]:
        desk.paper("order", hazard)
    if fixing:
        first = desk.made[0]
        desk.paper("order", fixing[0], withdraws=first.number)
        desk.paper("supervision", fixing[-1], level=6)
    for hazard in checked:
        desk.paper("order", hazard, days=9)
        desk.paper("recheck", hazard)
    for hazard in major:
        desk.paper("listing", hazard, level=6)
    for hazard in fixing[2:3]:
        desk.paper("site_record", hazard, is_whole=False)


def _hazards(**facts: Any) -> list[Hazard]:
    rows = Hazard._base_manager.filter(**facts).exclude(supervisor=None)
    return list(rows.select_related("supervisor").order_by("-opened_at"))


class _Desk:
    """Drafts and issues in the name of the unit that supervises, on a working morning of these days."""

    def __init__(self) -> None:
        self.texts = {row["key"]: row["fields"] for row in packs.load("demo/official_papers")}
        self.made: list[Paper] = []
        self.can_issue = pdf.is_installed() and _can_set()

    def paper(
        self,
        type_: str,
        hazard: Hazard,
        *,
        level: int = 0,
        days: int = 1,
        withdraws: str = "",
        is_whole: bool = True,
    ) -> None:
        at = _morning(days, len(self.made))
        if at < hazard.changed_at:
            at = hazard.changed_at + timedelta(minutes=30)
        body = hazard.supervisor if not level else _district_body(hazard, level)
        actor = _officer(body, at) if body else None
        if body is None or actor is None or at > clock.now():
            return
        _letterhead(body, actor)
        with clock.at(at), use(actor.scope):
            try:
                draft = actions.draft_paper(
                    type_,
                    about=hazard.code,
                    actor=actor,
                    withdraws=withdraws,
                    uid=uuid5(SPACE, f"{type_} {hazard.code} {withdraws}"),
                )
            except Refused:
                return  # a body that does not issue this sort of paper, or a paper that lacks its order
            if is_whole:
                gaps = {asked.key for asked in draft.paper_type.missing(draft.content)}
                texts = self.texts[type_]
                actions.complete(
                    draft,
                    {key: _dated(texts[key], at) for key in gaps if key in texts},
                    actor=actor,
                )
                if self.can_issue and not draft.has_gaps:
                    engine.move(draft, "issue", actor=actor)
        self.made.append(draft)


def _can_set() -> bool:
    try:
        return pdf.find_fonts().is_usable
    except Refused:
        return False


def _morning(days: int, n: int) -> datetime:
    """Ten past nine and a little later for each paper, so many days ago."""
    day = clock.local_date(clock.now()) - timedelta(days=days)
    return timezone.make_aware(datetime.combine(day, time(9, 10))) + timedelta(minutes=20 * n)


def _dated(value: Any, at: datetime) -> Any:
    """A text of the pack; +N is the date N days on, +Nd09:30 a moment of that day."""
    if not isinstance(value, str) or not value.startswith("+"):
        return value
    days, _d, hour = value[1:].partition("d")
    day = clock.local_date(at) + timedelta(days=int(days))
    return f"{day.isoformat()}T{hour}" if hour else day.isoformat()


def _district_body(hazard: Hazard, level: int) -> Unit | None:
    """The committee office of the hazard's district."""
    kinds = (Unit.Kind.COMMITTEE_OFFICE, Unit.Kind.DEPARTMENT)
    rows = Unit.objects.filter(level=level, region=hazard.region[:6].ljust(12, "0"), kind__in=kinds)
    return rows.order_by("-kind", "id").filter(kind=Unit.Kind.COMMITTEE_OFFICE).first()


def _officer(unit: Unit, at: datetime) -> Actor | None:
    """Who drafts and issues papers in a unit."""
    on = clock.local_date(at)
    rows = Holding.objects.filter(
        in_force(on), in_force(on, "post__"), post__unit=unit, is_deputy=False
    )
    for holding in rows.select_related("post__unit", "person").order_by("post_id"):
        actor = actor_for(holding, on)
        if actor.may("paper.draft") and actor.may("paper.issue"):
            return actor
    return None


def _letterhead(unit: Unit, actor: Actor) -> None:
    """A word for the numbers of a body: its name without what all names share."""
    if Letterhead.objects.filter(unit=unit).exists():
        return
    word = "".join(char for char in unit.name if char not in "市区县镇街道管理局站委办公室()（）")
    while Letterhead.objects.filter(word=word).exists():
        word += "安"
    with use(actor.scope):
        actions.keep_letterhead(
            {
                "word": word[:20],
                "mark": unit.name[:40],
                "contact": actor.name,
                "phone": "0000-5550101",
                "review_body": "上一级人民政府",
                "court": "所在地人民法院",
            },
            actor=actor,
        )
