"""Put the planned city into the database: places, units, people, objects, duties, hazards."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from xiangling.apps.hazards.models import Extension, Hazard, HazardSource, Source
from xiangling.apps.objects.models import SupervisedObject
from xiangling.apps.standards import queries as standards
from xiangling.kernel import clock, ledger, proof, replay
from xiangling.kernel.actor import Actor
from xiangling.kernel.proof import Proof
from xiangling.kernel.replay import History, Past
from xiangling.kernel.scope import unscoped
from xiangling.kernel.search import bigrams
from xiangling.org import calendar
from xiangling.org.duties import duties_of
from xiangling.org.models import (
    Dispute,
    DutyLine,
    Holding,
    Person,
    Persona,
    Post,
    Region,
    Unit,
    UnitName,
)

from .camera import jpeg
from .campaigns import Campaigns
from .model import CityPlan, FindingPlan, StepPlan
from .official_papers import add_official_papers
from .papers import Papers
from .photos import draw_photo
from .plan import plan
from .words import PERSONAS

SPACE = UUID("0d6a4e6c-2f5b-4a5e-8f53-9a54e0a3c1aa")
PASSWORD = "Xiangling-2026"  # noqa: S105 - the published password of a city that does not exist
N_PHOTOGRAPHED = 20
AWAITING = {"submitted": 0, "accepted": 1, "fixing": 2, "closed": 2}
"""Photos go first to what somebody must judge, then to what is newest."""


def build(today: date | None = None) -> None:
    """Make the whole demo city in an empty, migrated database."""
    city = plan(today=today or clock.local_date(clock.now()))
    with unscoped("the demo city is made from nothing"):
        with transaction.atomic():
            calendar.seed(2024, city.today.year + 1)
            makers = _Makers(city)
            makers.add_org()
            makers.add_objects()
        Ledger(makers).write()
        Papers(city.today).make()
        add_official_papers()
        ledger.seal_day(clock.now())


def logins() -> list[tuple[str, str, str]]:
    """(label, account, password) of everyone who can sign in with a password."""
    rows = Persona.objects.select_related("holding__person", "holding__post__unit")
    return [
        (f"{row.label}（{row.holding.post}）", row.holding.person.username, PASSWORD)
        for row in rows
    ]


def _uid(key: str) -> UUID:
    return uuid5(SPACE, key)


class _Makers:
    """The rows made so far, by their key in the plan."""

    def __init__(self, city: CityPlan) -> None:
        self.city = city
        self.units: dict[str, Unit] = {}
        self.people: dict[str, Person] = {}
        self.posts: dict[str, Post] = {}
        self.objects: dict[str, SupervisedObject] = {}
        self.actors: dict[str, Actor] = {}

    def add_org(self) -> None:
        Region.objects.bulk_create(
            Region(
                code=r.code, name=r.name, level=r.level, lat=r.lat, lng=r.lng, boundary=r.boundary
            )
            for r in self.city.regions
        )
        self._add_units()
        self._add_people()
        self._add_duties()

    def _add_units(self) -> None:
        """Units level by level, so that each path is known when its children are made."""
        waiting = {unit.key: unit for unit in self.city.units}
        while waiting:
            ready = [u for u in waiting.values() if u.parent is None or u.parent in self.units]
            rows = [
                Unit(
                    uid=_uid(u.key),
                    name=u.name,
                    kind=u.kind,
                    parent=self.units[u.parent] if u.parent else None,
                    region=u.region,
                    level=u.level,
                    sectors=list(u.sectors),
                    starts_on=u.starts_on,
                    ends_on=u.ends_on,
                )
                for u in ready
            ]
            Unit.objects.bulk_create(rows)
            for planned, row in zip(ready, rows, strict=True):
                row.path = f"{row.parent.path if row.parent else '/'}{row.pk}/"
                self.units[planned.key] = row
                del waiting[planned.key]
            Unit.objects.bulk_update(rows, ["path"], batch_size=500)
        for unit in self.city.units:
            if unit.successor:
                Unit.objects.filter(pk=self.units[unit.key].pk).update(
                    successor=self.units[unit.successor]
                )
        UnitName.objects.bulk_create(
            UnitName(unit=self.units[u.key], name=n.name, ends_on=n.ends_on, reason=n.reason)
            for u in self.city.units
            for n in u.former_names
        )

    def _add_people(self) -> None:
        named = {post: key for key, post in self.city.personas.items()}
        signing_in = {p.person for p in self.city.posts if p.key in named}
        hashed, unusable = make_password(PASSWORD), make_password(None)
        now = clock.now()
        rows = [
            Person(
                username=p.username,
                name=p.name,
                phone=p.phone,
                password=hashed if p.key in signing_in else unusable,
                password_changed_at=now,
            )
            for p in self.city.people
        ]
        Person.objects.bulk_create(rows, batch_size=500)
        self.people = dict(zip([p.key for p in self.city.people], rows, strict=True))
        posts = [
            Post(
                uid=_uid(p.key),
                unit=self.units[p.unit],
                title=p.title,
                role=p.role,
                is_head=p.is_head,
                starts_on=p.starts_on,
            )
            for p in self.city.posts
        ]
        Post.objects.bulk_create(posts, batch_size=500)
        self.posts = dict(zip([p.key for p in self.city.posts], posts, strict=True))
        Holding.objects.bulk_create(
            [
                Holding(
                    post=self.posts[h.post],
                    person=self.people[h.person],
                    is_deputy=h.is_deputy,
                    starts_on=h.starts_on,
                    ends_on=h.ends_on,
                )
                for h in self.city.holdings
            ],
            batch_size=500,
        )
        self._add_personas()
        for p in self.city.posts:
            post, person = self.posts[p.key], self.people[p.person]
            self.actors[p.key] = Actor(
                person=person.pk,
                post=post.pk,
                name=person.name,
                title=post.title,
                unit=post.unit_id,
                unit_name=post.unit.name,
                duties=duties_of(post.role, self.city.today),
            )

    def _add_personas(self) -> None:
        on = self.city.today
        for key, post_key in self.city.personas.items():
            post = self.posts[post_key]
            holding = post.holdings.filter(is_deputy=False, starts_on__lte=on).latest("id")
            label, label_en, line, line_en = PERSONAS[key]
            Persona.objects.create(
                key=key, label=label, label_en=label_en, line=line, line_en=line_en, holding=holding
            )

    def _add_duties(self) -> None:
        DutyLine.objects.bulk_create(
            [
                DutyLine(
                    layer=d.layer,
                    unit=self.units[d.unit],
                    post=self.posts[d.post] if d.post else None,
                    region=d.region,
                    sector=d.sector,
                    object_uid=_uid(d.object) if d.object else None,
                    starts_on=d.starts_on,
                    ends_on=d.ends_on,
                    basis=d.basis,
                )
                for d in self.city.duties
            ],
            batch_size=500,
        )

    def add_objects(self) -> None:
        now = clock.now()
        for with_parent in (False, True):
            planned = [o for o in self.city.objects if bool(o.parent) == with_parent]
            rows = [
                SupervisedObject(
                    uid=_uid(o.key),
                    kind=o.kind,
                    name=o.name,
                    identifier=o.identifier,
                    type=o.type,
                    sector=o.sector,
                    region=o.region,
                    unit=self.units[o.unit],
                    parent=self.objects[o.parent] if o.parent else None,
                    address=o.address,
                    lat=o.lat,
                    lng=o.lng,
                    liable_name=o.liable_name,
                    liable_phone=o.liable_phone,
                    staff_count=o.staff_count,
                    next_test_on=o.next_test_on,
                    status=o.status,
                    facts=o.facts,
                    search=bigrams(o.name, o.identifier, o.address),
                    created_at=now,
                    changed_at=now,
                )
                for o in planned
            ]
            SupervisedObject._base_manager.bulk_create(rows, batch_size=500)
            self.objects.update(zip([o.key for o in planned], rows, strict=True))


class Ledger:
    """The city's hazards with everything that happened to them."""

    def __init__(self, makers: _Makers) -> None:
        self.made = makers
        self.city = makers.city
        self.findings = {finding.key: finding for finding in self.city.findings}
        self.hazards: dict[str, Hazard] = {}
        self.extra: dict[str, list[Past]] = defaultdict(list)
        self.campaigns = Campaigns(
            makers.posts[self.city.personas["committee"]].unit, self.city.today
        )
        self.extensions: list[History] = []
        self.disputes: list[History] = []
        shown = sorted(
            (f for f in self.city.findings if f.wants_photo),
            key=lambda f: (AWAITING.get(f.state, len(AWAITING)), -f.found_at.timestamp()),
        )
        self.photographed = {finding.key for finding in shown[:N_PHOTOGRAPHED]}
        self.photographed |= {finding.key for finding in self.city.findings if finding.is_shown}

    def write(self) -> None:
        for finding in self.city.findings:
            self.hazards[finding.key] = self._hazard(finding)
        self._note_merges()
        by_age = sorted(self.city.findings, key=lambda finding: finding.path[0].at)
        ordered = [f for f in by_age if not f.merged_into] + [f for f in by_age if f.merged_into]
        with transaction.atomic():
            replay.replay_many(
                [self._history(finding) for finding in ordered if not finding.merged_into]
            )
            for finding in ordered:
                if finding.merged_into:
                    self.hazards[finding.key].merged_into = self.hazards[finding.merged_into]
            replay.replay_many(
                [self._history(finding) for finding in ordered if finding.merged_into]
            )
            self._add_sources()
            replay.replay_many(self.extensions)
            replay.replay_many(self.disputes)

    def _hazard(self, finding: FindingPlan) -> Hazard:
        """The columns as the last step left them."""
        facts = {"contingency": finding.contingency, **_cited(finding)}
        answers: dict[str, Any] = {}
        for step in finding.path:
            answers.update({key: val for key, val in step.data.items() if key != "unit"})
        taken = {step.step for step in finding.path}
        ordered = taken & {"order", "spot_fix"}
        reported = next((step.at for step in finding.path if step.step == "report_up"), None)
        return Hazard(
            uid=_uid(finding.key),
            object=self.made.objects[finding.object],
            unit=self._liable_unit(finding),
            supervisor=self.made.units[finding.supervisor],
            region=finding.region,
            sector=finding.sector,
            place=finding.place,
            text=finding.text,
            source=finding.source,
            hazard_class=finding.hazard_class,
            found_at=finding.found_at,
            grade="general" if "spot_fix" in taken else answers.get("grade", ""),
            liable_person=self.made.actors[finding.liable_post].name if ordered else "",
            measures=finding.measures if ordered else "",
            deadline=answers.get("deadline"),
            funds=finding.funds if "order" in taken else None,
            reported_at=reported,
            leader=answers.get("leader", ""),
            interim=answers.get("interim", ""),
            interim_note=finding.interim_note,
            plan=answers.get("plan", ""),
            plan_approved="approve_plan" in taken,
            is_sampled="recheck" in taken,
            is_rechecked="recheck" in taken,
            **facts,
        )

    def _liable_unit(self, finding: FindingPlan) -> Unit:
        """A team that reported its own hazard is the liable unit, as at intake."""
        post = self.made.posts[finding.found_by]
        return post.unit if post.role == "team_leader" else self.made.units[finding.unit]

    # --- histories

    def _history(self, finding: FindingPlan) -> History:
        hazard = self.hazards[finding.key]
        steps: list[Past] = []
        for planned in finding.path:
            steps += self._past(finding, planned, hazard)
        steps = sorted([*steps, *self.extra[finding.key]], key=lambda past: past.at)
        return History(hazard, steps)

    def _past(self, finding: FindingPlan, planned: StepPlan, hazard: Hazard) -> list[Past]:
        actor, at = self.made.actors[planned.post], planned.at
        data = self._answers(finding, planned)
        if planned.step == "report":
            opening = {
                "text": finding.text,
                "object": str(hazard.object),
                "place": finding.place,
                "source": finding.source,
                "found_at": finding.found_at,
            }
            if campaign := self.campaigns.name_for(finding, hazard.sector):
                opening["campaign"] = campaign
            return [Past("open", at, actor, opening, self._photos(finding, at, "before"))]
        if planned.step == "decide_extension":
            self._decide(hazard, actor, at, planned)
            until = planned.data["until"]
            hazard.deadline = until
            return [Past("extend", at, actor, {"until": until, "opinion": planned.note})]
        if planned.step == "ask_extension":
            self._ask(hazard, actor, at, planned)
        if planned.step == "dispute":
            self._raise_dispute(finding, hazard, actor, at, planned)
        if planned.step == "rule":
            self._rule(hazard, actor, at, planned)
        role = {"submit": "after", "spot_fix": "after", "recheck": "site"}.get(planned.step)
        if planned.step == "accept" and finding.grade == "major":
            role = "site"
        photos = self._photos(finding, at, role) if role else ()
        return [Past(planned.step, at, actor, data, photos)]

    def _answers(self, finding: FindingPlan, planned: StepPlan) -> dict[str, Any]:
        """What a step recorded, under the names that the loop's form uses."""
        data = dict(planned.data)
        if unit := data.pop("liable_unit", None) or data.pop("to_unit", None):
            ordered = planned.step == "order"
            named = self._liable_unit(finding) if ordered else self.made.units[unit]
            data["unit"] = named.name
        if post := data.pop("liable_post", None):
            data["liable_person"] = self.made.actors[post].name
        if planned.step == "grade" and data.get("grade") == "major":
            data |= _cited(finding)
        if planned.step == "order" and finding.grade == "major":
            data |= {"funds": finding.funds, "contingency": finding.contingency}
        if "into" in data:
            data["into"] = self.hazards[data["into"]].title()
        if "until" in data and planned.step == "ask_extension":
            data["asked_until"] = data.pop("until")
        if planned.note:
            data[NOTE_FIELDS.get(planned.step, "opinion")] = planned.note
        return data

    def _photos(self, finding: FindingPlan, at: datetime, role: str) -> list[Proof]:
        if finding.key not in self.photographed:
            return []
        shown = finding.photo_of if finding.photo_of and role == "before" else finding.key
        rng = random.Random(f"{shown}{'' if role != 'site' else role}")
        scene = self.findings[shown].scene
        image = draw_photo(rng, scene, after=role != "before")
        taken = timezone.localtime(at - timedelta(minutes=5))
        data = jpeg(image, taken, finding.lat, finding.lng)
        name = f"IMG_{timezone.localtime(at):%Y%m%d_%H%M%S}.jpg"
        upload = SimpleUploadedFile(name, data, "image/jpeg")
        actor = self.made.actors[finding.found_by]
        with clock.at(at):
            return [Proof(proof.store(upload, actor=actor), role)]

    # --- records beside the hazard

    def _ask(self, hazard: Hazard, actor: Actor, at: datetime, planned: StepPlan) -> None:
        extension = Extension(
            uid=uuid5(hazard.uid, f"extension-{at.isoformat()}"),
            hazard=hazard,
            region=hazard.region,
            sector=hazard.sector,
            unit=hazard.unit,
            asked_until=planned.data["until"],
            reason=planned.note,
        )
        opening = {"asked_until": extension.asked_until, "reason": planned.note}
        self.extensions.append(History(extension, [Past("open", at, actor, opening)]))

    def _decide(self, hazard: Hazard, actor: Actor, at: datetime, planned: StepPlan) -> None:
        asked = self.extensions.pop()
        extension: Any = asked.case
        extension.decided_until, extension.opinion = planned.data["until"], planned.note
        granted = {"decided_until": planned.data["until"], "opinion": planned.note}
        self.extensions.append(
            History(extension, [*asked.steps, Past("grant", at, actor, granted)])
        )

    def _raise_dispute(
        self, finding: FindingPlan, hazard: Hazard, actor: Actor, at: datetime, planned: StepPlan
    ) -> None:
        refusing = self.made.units[next(p.unit for p in self.city.posts if p.key == planned.post)]
        dispute = Dispute(
            uid=uuid5(hazard.uid, f"dispute-{at.isoformat()}"),
            region=hazard.region,
            sector=hazard.sector,
            unit=hazard.unit,
            object_uid=hazard.object.uid,
            object_kind=hazard.object.kind,
            subject=str(hazard.object)[:200],
            layer="sector",
            refused_by=refusing,
            other_unit=hazard.supervisor if hazard.supervisor != refusing else None,
            reason=planned.note,
            about_kind="hazard",
            about_uid=hazard.uid,
        )
        opening = {"subject": dispute.subject, "reason": planned.note}
        self.disputes.append(History(dispute, [Past("open", at, actor, opening)]))

    def _rule(self, hazard: Hazard, actor: Actor, at: datetime, planned: StepPlan) -> None:
        raised = self.disputes.pop()
        dispute: Any = raised.case
        dispute.ruled_unit = self.made.units[planned.data["to_unit"]]
        dispute.ruling = planned.note
        ruling = {"unit": dispute.ruled_unit.name, "ruling": planned.note}
        self.disputes.append(History(dispute, [*raised.steps, Past("rule", at, actor, ruling)]))

    def _note_merges(self) -> None:
        """A merged finding is one more source of the record that is kept."""
        for finding in self.city.findings:
            if finding.merged_into:
                merged = finding.path[-1]
                said = {"source": finding.source, "text": finding.text}
                actor = self.made.actors[merged.post]
                self.extra[finding.merged_into].append(Past("add_source", merged.at, actor, said))

    def _add_sources(self) -> None:
        HazardSource.objects.bulk_create(
            HazardSource(
                hazard=self.hazards[finding.merged_into],
                source=Source(finding.source),
                text=finding.text,
                reported_at=finding.found_at,
                reported_by=self.made.actors[finding.found_by].label,
                merged_code=self.hazards[finding.key].code,
            )
            for finding in self.city.findings
            if finding.merged_into
        )


def _cited(finding: FindingPlan) -> dict[str, str]:
    """Standard and article as the library cites them, where the criterion is one of its own."""
    library = standards.library()
    if finding.criterion not in library.by_id:
        return {"standard": finding.standard, "article": finding.article}
    name = library.standard_of(finding.criterion).name
    return {"standard": name[:80], "article": library.cite(finding.criterion)[:40]}


NOTE_FIELDS = {
    "start": "note",
    "submit": "done",
    "give_back": "reason",
    "transfer": "reason",
    "dispute": "reason",
    "rule": "reason",
    "merge": "reason",
    "ask_extension": "reason",
    "request_void": "reason",
    "refuse_void": "reason",
    "reopen": "reason",
    "report_up": "reported_to",
    "plan": "note",
    "control": "interim_note",
    "instruct": "text",
}
