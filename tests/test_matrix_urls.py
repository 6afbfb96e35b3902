"""Persona x address x method, read off the declarations: every address of the resolver is classified here.

A new address that nobody classified fails `test_every_address_is_classified`, which says what to add.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from http.cookies import SimpleCookie
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests import factories as f
from tests.api.conftest import making_of
from xiangling.adapters.upward.actions import add_node
from xiangling.apps.directives import actions as directives
from xiangling.apps.directives import figures, queries
from xiangling.apps.directives.actions import standing
from xiangling.apps.directives.models import Document, Pledge
from xiangling.apps.hazards.models import Campaign, Extension, Hazard
from xiangling.apps.hazards.queries import campaigns_seen
from xiangling.apps.objects.models import SupervisedObject
from xiangling.apps.standards import actions as standards
from xiangling.apps.standards.library import built_in
from xiangling.kernel import clock, crypto, engine, packs, proof, registry
from xiangling.kernel import jobs as work
from xiangling.kernel.actor import Actor
from xiangling.kernel.models import Edit, Entry, Job, Notice, ProofUse, SavedView
from xiangling.kernel.scope import unscoped, use
from xiangling.org.models import DutyLine, Holding, Person, SecurityEvent
from xiangling.web.lists import list_of

pytestmark = pytest.mark.django_db

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
NOW = f.NOW + timedelta(hours=4)
ADMINS = {
    "admin": "system_admin",
    "guard": "security_admin",
    "keeper": "audit_admin",
}
PERSONAS = [
    "city",
    "committee",
    "leader",
    "department",
    "inspector",
    "owner",
    "safety",
    "workshop",
    "team",
    "auditor",
    "admin",
    "guard",
    "keeper",
    "outsider",
    "far_owner",
]
NOBODY = ("anonymous", "postless")

OK, NO, GONE = "open", "refused", "not there"
SHOWN = {OK: {200, 302}, NO: {403}, GONE: {404}}


@dataclass(frozen=True)
class Address:
    """One concrete address and, for a seated actor, how its door answers (OK, NO, GONE, or statuses)."""

    path: str
    door: Callable[[Actor], Any]
    only_post: bool = False
    is_public: bool = False
    is_personal: bool = False
    """Open to a signed-in person without a post as well: what they need to complete their sign-in."""


@dataclass
class Sample:
    """The world with a record of every kind inside the east district and one outside it."""

    world: f.World
    cases: dict[str, list[Any]] = field(default_factory=dict)
    objects: list[Any] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    actors: dict[str, Actor] = field(default_factory=dict)
    document: Any = None
    pledge: Any = None
    sheet: Any = None


# --- the world ----------------------------------------------------------------------------------


def _dispute(world: f.World, hazard: Any, by: str) -> Any:
    f.step(world, hazard, "dispute", by, reason="属于行业主管部门")
    kind = registry.kind("dispute")
    return kind.model._base_manager.get(about_uid=hazard.uid)


def _extension(world: f.World, hazard: Hazard) -> Extension:
    until = "2026-07-20"
    f.step(world, hazard, "ask_extension", "owner", asked_until=until, reason="配件未到")
    return Extension._base_manager.get(hazard=hazard)


def _far_report(world: f.World) -> Any:
    near, world.firm = world.firm, world.other_firm
    try:
        return f.report(world, by="outsider")
    finally:
        world.firm = near


def _papers(made: Sample) -> None:
    """A document with a proposal, a pledge and a duty list of the east district."""
    world = made.world
    figures.start_lists()
    with f.acting(world, "committee", NOW) as actor:
        directives.take_in(
            "东区会议纪要\n请港口镇查看灶具。\n".encode(), "纪要.txt", actor=actor, keep_anyway=True
        )
    while work.tick("test"):
        pass
    made.document = Document._base_manager.latest("id")
    with f.acting(world, "committee", NOW) as actor:
        directives.draft_from_clause(made.document.clauses.last(), actor=actor)
        standing.open_year(2026, "", actor=actor)
        unit = world.units["station"]
        facts = {"starts_on": f.START, "lines": ["每月检查"], "basis": ""}
        made.sheet = standing.start_sheet(unit, "职责清单", **facts, actor=actor)
    made.pledge = Pledge._base_manager.get(unit=unit)


def _make() -> Sample:
    made = Sample(f.make_world())
    standards.mirror(built_in(), NOW)
    world = made.world
    for key, role in ADMINS.items():
        f._staff(world, key, world.units["city_office"], role, "管理员", is_head=False)
    Person.objects.create(username="postless", name="无岗人员", password_changed_at=f.NOW)
    fixing = f.to_state(world, "fixing", seed=100)
    far = _far_report(world)
    made.cases = {
        "hazard": [f.to_state(world, "submitted", seed=200), f.report(world, "owner"), far],
        "extension": [_extension(world, fixing)],
        "dispute": [
            _dispute(world, f.report(world), "inspector"),
            _dispute(world, _far_report(world), "outsider"),
        ],
    }
    for kind in registry.kinds():
        if kind.key not in made.cases:
            made.cases[kind.key] = [making_of(kind.key).make(world)]
    made.objects = [world.firm, world.other_firm]
    _papers(made)
    for key in ("inspector", "outsider"):
        person = world.people[key].pk
        post = Holding.objects.get(person=person).post_id
        made.jobs.append(
            Job.objects.create(
                kind="import", title="导入", person=person, post=post, created_at=NOW
            )
        )
        SavedView.objects.create(person=person, list_key="hazards", name="本月")
        case = made.cases["hazard"][0]
        Notice.objects.create(
            post=post,
            case_kind="hazard",
            case_uid=case.uid,
            code=case.code,
            title=case.title(),
            entry_kind="hazard.found",
            at=NOW,
        )
    with clock.at(NOW):
        made.actors = {key: world.actor(key) for key in PERSONAS}
    return made


@pytest.fixture(scope="module")
def sample(django_db_setup: None, django_db_blocker: Any) -> Iterator[Sample]:
    """Built once for the module, and undone after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield _make()
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _in_the_afternoon() -> Iterator[None]:
    with clock.at(NOW):
        yield


# --- how a door answers -------------------------------------------------------------------------


def for_duty(*duties: str) -> Callable[[Actor], str]:
    return lambda actor: OK if any(map(actor.may, duties)) else NO


def seated(actor: Actor) -> str:
    return OK


def gone(actor: Actor) -> str:
    return GONE


def _sees(actor: Actor, kind: Any) -> bool:
    """By the kind's own `see` duty where one is declared, else by any `see` duty."""
    code = f"{kind.key}.see"
    if code in registry.shelf("duties"):
        return actor.may(code)
    return any(duty.endswith(".see") for duty in actor.duties)


def of_case(kind: Any, case: Any) -> Callable[[Actor], str]:
    return lambda actor: OK if _sees(actor, kind) and actor.scope.covers(case) else GONE


def of_step(kind: Any, case: Any, step: Any) -> Callable[[Actor], Any]:
    """A step's page asks, or says in words why not: wrong state 409, no duty 403."""

    def door(actor: Actor) -> Any:
        if of_case(kind, case)(actor) == GONE:
            return GONE
        if case.state not in kind.loop.sources(step):
            return {409}
        if not actor.may(step.by):
            return NO
        if step.shown is not None and not step.shown(case):
            return {409}
        if not engine.is_holder(case, step, actor):
            return NO
        return {200, 403} if step.not_by else OK

    return door


def of_list(found: Any) -> Callable[[Actor], str]:
    kind = next((kind for kind in registry.kinds() if kind.model is found.model), None)
    if found.duties:
        return for_duty(*found.duties)
    return lambda actor: OK if kind is None or _sees(actor, kind) else NO


def of_object(row: Any, *duties: str) -> Callable[[Actor], str]:
    def door(actor: Actor) -> str:
        if not actor.may("object.see"):
            return GONE
        if not all(map(actor.may, duties)):
            return NO
        with use(actor.scope):
            return OK if SupervisedObject.objects.filter(pk=row.pk).exists() else GONE

    return door


def of_unit(unit: Any, *duties: str) -> Callable[[Actor], str]:
    def door(actor: Actor) -> str:
        if not any(map(actor.may, duties)):
            return NO
        own = actor.scope.units
        is_inside = unit.region.startswith(actor.scope.region) and (own is None or unit.pk in own)
        return OK if is_inside else GONE

    return door


def of_line(line: DutyLine, duty: str) -> Callable[[Actor], str]:
    def door(actor: Actor) -> str:
        if not actor.may(duty):
            return NO
        inside, prefix = actor.scope.region, line.region.rstrip("0")
        return OK if prefix.startswith(inside) or inside.startswith(prefix) else GONE

    return door


def of_person(key: int | None) -> Callable[[Actor], str]:
    return lambda actor: OK if actor.person == key else GONE


# --- every address, by its route ----------------------------------------------------------------

Maker = Callable[[Sample], list[Address]]
ROUTES: dict[str, Maker] = {}


def route(*patterns: str) -> Callable[[Maker], Maker]:
    def keep(maker: Maker) -> Maker:
        ROUTES.update(dict.fromkeys(patterns, maker))
        return maker

    return keep


def fixed(pattern: str, door: Callable[[Actor], Any], path: str = "", **more: Any) -> None:
    """A route without a record in it."""
    ROUTES[pattern] = lambda sample: [Address(f"/{path or pattern}", door, **more)]


for _pattern, _door in {
    "": seated,
    "mine/": seated,
    "search": seated,
    "notices/": seated,
    "jobs/": seated,
    "tokens/": for_duty("token.own"),
    "people/": for_duty("org.people", "duty.see"),
    "people/new/": for_duty("org.people"),
    "people/accounts/": for_duty("org.people"),
    "people/accounts/new/": for_duty("org.people"),
    "duties/": for_duty("duty.see"),
    "duties/blind/": seated,
    "duties/new/": for_duty("duty.edit"),
    "calendar/": for_duty("calendar.edit"),
    "security/": for_duty("org.security"),
    "audit/": for_duty("audit.see"),
    "upward/": for_duty("node.see"),
    "objects/find/": lambda actor: OK if actor.may("object.see") else GONE,
    "objects/new/": lambda actor: (
        for_duty("object.edit")(actor) if actor.may("object.see") else GONE
    ),
}.items():
    fixed(_pattern, _door)
for _pattern, _door in {
    "notices/read/": seated,
    "audit/prove/": for_duty("audit.see"),
    "security/unlock/": for_duty("org.security"),
    "post/": gone,
}.items():
    fixed(_pattern, _door, only_post=True)
fixed("upward/batches/", lambda actor: {422}, only_post=True, is_public=True)
fixed("persona/", gone, only_post=True, is_public=True)
fixed("language/", seated, only_post=True, is_public=True)
fixed("health", lambda actor: {200, 503}, is_public=True)
fixed("calendar/<int:year>/", for_duty("calendar.edit"), "calendar/2026/")
fixed(
    "calendar/<int:year>/published/",
    for_duty("calendar.edit"),
    "calendar/2026/published/",
    only_post=True,
)
fixed("calendar/day/<str:day>/", for_duty("calendar.edit"), "calendar/day/2026-10-01/")

# The figures.
for _pattern in (
    "statistics/",
    "statistics/monthly/",
    "statistics/reports/",
    "statistics/snapshots/",
    "cockpit/",
    "cockpit/shapes/",
):
    fixed(_pattern, for_duty("statistics.see"))
for _pattern in ("statistics/official/new/", "statistics/mergers/"):
    fixed(_pattern, for_duty("statistics.enter"))
fixed("bulletins/new/", for_duty("statistics.publish"))
fixed("statistics/<slug:key>/", for_duty("statistics.see"), "statistics/hazards_found/?by=grade")
for _pattern in ("statistics/<slug:key>/save/", "statistics/<slug:key>/publish/"):
    fixed(
        _pattern,
        for_duty("statistics.see"),
        _pattern.replace("<slug:key>", "hazards_found"),
        only_post=True,
    )
for _pattern, _only_post in {
    "statistics/snapshots/<uuid:uid>/": False,
    "bulletins/<uuid:uid>/": False,
    "statistics/reports/<uuid:uid>/<int:pk>/": False,
    "statistics/reports/<uuid:uid>/run/": True,
    "statistics/reports/<uuid:uid>/delete/": True,
}.items():
    fixed(
        _pattern,
        lambda actor: GONE if actor.may("statistics.see") else NO,
        _pattern.replace("<uuid:uid>", str(uuid4())).replace("<int:pk>", "1"),
        only_post=_only_post,
    )

# The sign-in library: what is offered, and what is closed to everyone.
fixed("accounts/login/", seated, is_public=True)
for _pattern in [
    "accounts/logout/",
    "accounts/reauthenticate/",
    "accounts/password/change/",
    "accounts/2fa/",
    "accounts/2fa/authenticate/",
    "accounts/2fa/reauthenticate/",
    "accounts/2fa/totp/activate/",
    "accounts/2fa/totp/deactivate/",
    "accounts/2fa/recovery-codes/",
    "accounts/2fa/recovery-codes/generate/",
    "accounts/2fa/recovery-codes/download/",
]:
    fixed(_pattern, lambda actor: {200, 302, 403, 404}, is_personal=True)
for _pattern, _path in {
    r"^accounts/(?:signup|email|confirm-email|inactive|password/reset|password/set|login/code)/": "accounts/signup/",
    "accounts/inactive/": "",
    "accounts/signup/": "",
    "accounts/email/": "",
    "accounts/confirm-email/": "",
    "accounts/password/set/": "",
    "accounts/password/reset/": "",
    "accounts/login/code/confirm/": "",
    r"accounts/^confirm-email/(?P<key>[-:\w]+)/$": "accounts/confirm-email/abc/",
    "accounts/password/reset/key/done/": "",
    r"accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": "accounts/password/reset/key/1-abc/",
    "accounts/password/reset/done/": "",
}.items():
    fixed(_pattern, gone, _path, is_public=True)


fixed("papers/letterhead/", for_duty("paper.letterhead"))
fixed("^v/(?P<token>[A-Z2-7]{26})/$", gone, f"v/{'A' * 26}/", is_public=True)


@route("papers/<uuid:uid>/pdf/", "papers/<uuid:uid>/docx/")
def _paper_files(sample: Sample) -> list[Address]:
    kind = registry.kind("paper")
    return [
        Address(f"/papers/{case.uid}/{form}/", of_case(kind, case))
        for case in sample.cases[kind.key]
        for form in ("pdf", "docx")
    ]


@route("upward/<uuid:uid>/")
def _nodes(sample: Sample) -> list[Address]:
    key = crypto.public_key(crypto.new_signing_key())
    found = []
    for code in ("990101", "990102"):
        row = add_node(code, "节点", region=code, key=key)

        def door(actor: Actor, region: str = code) -> str:
            if not actor.may("node.see"):
                return NO
            return OK if region.startswith(actor.scope.region) else GONE

        found.append(Address(f"/upward/{row.uid}/", door))
    return found


@route("tokens/<int:token>/revoke/")
def _tokens(sample: Sample) -> list[Address]:
    return [
        Address(
            "/tokens/999999/revoke/",
            lambda actor: GONE if actor.may("token.own") else NO,
            only_post=True,
        )
    ]


@route("post/<int:post>/")
def _posts_of_others(sample: Sample) -> list[Address]:
    post = Holding.objects.get(person=sample.world.people["committee"]).post_id
    door = of_person(sample.world.people["committee"].pk)
    return [Address(f"/post/{post}/", door, only_post=True)]


@route("people/accounts/<int:pk>/password/", "people/accounts/<int:pk>/open/")
def _accounts(sample: Sample) -> list[Address]:
    pk = sample.world.people["inspector"].pk
    door = for_duty("org.people")
    return [
        Address(f"/people/accounts/{pk}/{verb}/", door, only_post=True)
        for verb in ("password", "open")
    ]


@route(
    "people/<int:pk>/",
    "people/<int:parent>/new/",
    "people/<int:pk>/rename/",
    "people/<int:pk>/merge/",
    "people/<int:pk>/posts/new/",
)
def _units(sample: Sample) -> list[Address]:
    found = []
    for key in ("station", "far_station", "firm"):
        unit = sample.world.units[key]
        found.append(Address(f"/people/{unit.pk}/", of_unit(unit, "org.people", "duty.see")))
        door = of_unit(unit, "org.people")
        verbs = ("new", "rename", "merge", "posts/new")
        found += [Address(f"/people/{unit.pk}/{verb}/", door) for verb in verbs]
    return found


@route(
    "people/posts/<int:pk>/end/", "people/posts/<int:pk>/person/", "people/holdings/<int:pk>/end/"
)
def _holdings(sample: Sample) -> list[Address]:
    held = Holding.objects.select_related("post__unit").get(person=sample.world.people["outsider"])
    door = of_unit(held.post.unit, "org.people")
    paths = (f"posts/{held.post_id}/end", f"posts/{held.post_id}/person", f"holdings/{held.pk}/end")
    return [Address(f"/people/{path}/", door) for path in paths]


@route("duties/lines/<int:pk>/", "duties/lines/<int:pk>/end/", "duties/lines/<int:pk>/replace/")
def _lines(sample: Sample) -> list[Address]:
    found = []
    for line in DutyLine.objects.filter(layer="territory"):
        found.append(Address(f"/duties/lines/{line.pk}/", of_line(line, "duty.see")))
        door, verbs = of_line(line, "duty.edit"), ("end", "replace")
        found += [Address(f"/duties/lines/{line.pk}/{verb}/", door) for verb in verbs]
    return found


@route("security/people/<int:pk>/<slug:verb>/")
def _security(sample: Sample) -> list[Address]:
    pk, door = sample.world.people["inspector"].pk, for_duty("org.security")
    verbs = ("reset-password", "demand-password", "reset-two-step", "end-sessions", "revoke-tokens")
    return [Address(f"/security/people/{pk}/{verb}/", door, only_post=True) for verb in verbs]


@route("objects/<uuid:uid>/", "objects/<uuid:uid>/edit/", "objects/<uuid:uid>/label/")
def _objects(sample: Sample) -> list[Address]:
    found = []
    for row in sample.objects:
        found.append(Address(f"/objects/{row.uid}/", of_object(row)))
        found.append(Address(f"/objects/{row.uid}/label/", of_object(row)))
        found.append(Address(f"/objects/{row.uid}/edit/", of_object(row, "object.edit")))
    return found


def _own_row(duty: str) -> Callable[[Actor], Any]:
    """The product's own rows are read by many, and changed by nobody."""
    return lambda actor: GONE if not actor.may("standard.see") else {409} if actor.may(duty) else NO


def _reads_criteria(actor: Actor) -> str:
    return OK if actor.may("standard.see") else GONE


fixed("hazard/suggestion/", for_duty("hazard.report", "hazard.grade"), only_post=True)
fixed("hazard/clauses/", for_duty("hazard.report", "hazard.grade"), only_post=True)
fixed("honesty/", for_duty("honesty.see"))
fixed("honesty/overrules/", for_duty("honesty.see"))


@route("honesty/units/<int:pk>/")
def _honesty_units(sample: Sample) -> list[Address]:
    """Within the area; a POST of nothing is no statement: not valid, or not one's own unit."""
    unit = sample.world.units["station"]

    def door(actor: Actor) -> Any:
        if not actor.may("honesty.see"):
            return NO
        return {200} if actor.scope.units is None and _overlaps(actor, unit.region) else GONE

    return [
        Address(f"/honesty/units/{unit.pk}/", door),
        Address("/honesty/units/999999/", lambda a: GONE if a.may("honesty.see") else NO),
    ]


def _overlaps(actor: Actor, region: str) -> bool:
    mine = actor.scope.region
    return region.startswith(mine) or mine.startswith(region.rstrip("0"))


@route("standards/<slug:key>/", "standards/<slug:key>/edit/")
def _standards(sample: Sample) -> list[Address]:
    return [
        Address("/standards/GM/", _reads_criteria),
        Address("/standards/none/", gone),
        Address("/standards/GM/edit/", _own_row("standard.edit")),
    ]


@route("criteria/<str:code>/", "criteria/<str:code>/edit/")
def _criteria(sample: Sample) -> list[Address]:
    return [
        Address("/criteria/GM-001/", _reads_criteria),
        Address("/criteria/NO-1/", gone),
        Address("/criteria/GM-001/edit/", _own_row("standard.edit")),
    ]


# Documents and what stands beside the ledger of tasks.
for _pattern, _door in {
    "documents/new/": for_duty("document.take"),
    "plans/": for_duty("document.see"),
    "task-lists/": for_duty("task.see"),
    "task-lists/new/": for_duty("list.keep"),
    "task-grid/": for_duty("task.see"),
    "standing/": for_duty("task.see"),
    "pledges/open/": for_duty("pledge.keep"),
    "sheets/new/": for_duty("sheet.keep"),
}.items():
    fixed(_pattern, _door)


def of_document(sample: Sample, *, to_work: bool) -> Callable[[Actor], str]:
    """Its own area reads it, and only the unit that took it in works on it."""

    def door(actor: Actor) -> str:
        if not actor.may("document.see"):
            return NO
        with use(actor.scope):
            if not queries.documents_seen(actor).filter(pk=sample.document.pk).exists():
                return GONE
        is_own = actor.may("document.take") and actor.unit == sample.document.unit_id
        return OK if is_own or not to_work else NO

    return door


@route(
    "documents/<uuid:uid>/",
    "documents/<uuid:uid>/file/",
    "documents/<uuid:uid>/edit/",
    "documents/<uuid:uid>/plans/",
    "documents/<uuid:uid>/common/",
    "documents/<uuid:uid>/confirm/",
    "documents/<uuid:uid>/join/",
    "documents/<uuid:uid>/drafts/<int:pk>/",
    "documents/<uuid:uid>/drafts/<int:pk>/confirm/",
    "documents/<uuid:uid>/drafts/<int:pk>/drop/",
    "documents/<uuid:uid>/drafts/<int:pk>/restore/",
    "documents/<uuid:uid>/drafts/<int:pk>/split/",
    "documents/<uuid:uid>/clauses/<int:number>/draft/",
    "documents/<uuid:uid>/clauses/<int:number>/aside/",
    "documents/<uuid:uid>/repairs/<int:pk>/",
)
def _documents(sample: Sample) -> list[Address]:
    base = f"/documents/{sample.document.uid}/"
    proposal = f"drafts/{sample.document.drafts.last().pk}/"
    reads, works = (of_document(sample, to_work=work) for work in (False, True))
    only_posts = ("common/", "confirm/", "join/", f"{proposal}confirm/", f"{proposal}restore/")
    only_posts += ("clauses/1/draft/", "clauses/1/aside/")
    return [
        Address(base, reads),
        Address(f"{base}file/", reads),
        *[Address(base + path, works) for path in ("edit/", "plans/", proposal)],
        *[Address(f"{base}{proposal}{verb}/", works) for verb in ("drop", "split")],
        *[Address(base + path, works, only_post=True) for path in only_posts],
        Address(
            f"{base}repairs/999999/",
            lambda actor: GONE if works(actor) == OK else works(actor),
            only_post=True,
        ),
    ]


@route("task-lists/<slug:key>/", "task-lists/<slug:key>/edit/", "task-lists/<slug:key>/delete/")
def _task_lists(sample: Sample) -> list[Address]:
    return [
        Address("/task-lists/duties/", for_duty("task.see")),
        Address("/task-lists/duties/edit/", for_duty("list.keep")),
        Address("/task-lists/duties/delete/", for_duty("list.keep"), only_post=True),
    ]


@route("pledges/<uuid:uid>/", "sheets/<uuid:uid>/", "sheets/<uuid:uid>/new/")
def _pledges_and_sheets(sample: Sample) -> list[Address]:
    def seen(row: Any, duty: str) -> Callable[[Actor], str]:
        def door(actor: Actor) -> str:
            if not actor.may(duty):
                return NO
            with use(actor.scope):
                return OK if type(row).objects.filter(pk=row.pk).exists() else GONE

        return door

    pledge, sheet = sample.pledge, sample.sheet
    return [
        Address(f"/pledges/{pledge.uid}/", seen(pledge, "task.see")),
        Address(f"/sheets/{sheet.uid}/", seen(sheet, "task.see")),
        Address(f"/sheets/{sheet.uid}/new/", seen(sheet, "sheet.keep")),
    ]


fixed("campaigns/new/", for_duty("campaign.keep"))


@route("campaigns/<uuid:uid>/", "campaigns/<uuid:uid>/edit/")
def _campaigns(sample: Sample) -> list[Address]:
    """One for the east district: read in it and below; its unit alone changes it."""
    office = sample.world.units["office"]
    row, _is_new = Campaign._base_manager.get_or_create(
        name="东区专项检查",
        defaults={
            "unit": office,
            "region": office.region,
            "begins_on": date(2026, 6, 1),
            "ends_on": date(2026, 6, 30),
        },
    )

    def reads(actor: Actor) -> str:
        if not actor.may("hazard.see"):
            return NO
        with use(actor.scope):
            return OK if campaigns_seen(actor).filter(pk=row.pk).exists() else GONE

    def changes(actor: Actor) -> str:
        if not actor.may("campaign.keep") or reads(actor) != OK:
            return NO if not actor.may("campaign.keep") else reads(actor)
        return OK if actor.unit == row.unit_id else NO

    return [
        Address(f"/campaigns/{row.uid}/", reads),
        Address(f"/campaigns/{row.uid}/edit/", changes),
    ]


@route("q/<str:code>/")
def _codes(sample: Sample) -> list[Address]:
    rows = [(registry.kind(key), case) for key, cases in sample.cases.items() for case in cases]
    return [Address(f"/q/{case.code}/", of_case(kind, case)) for kind, case in rows]


@route("notices/<int:pk>/")
def _notices(sample: Sample) -> list[Address]:
    return [
        Address(
            f"/notices/{row.pk}/", lambda actor, post=row.post: OK if actor.post == post else GONE
        )
        for row in Notice.objects.filter(title=sample.cases["hazard"][0].title())[:4]
    ]


@route(
    "jobs/<uuid:uid>/", "jobs/<uuid:uid>/stop/", "jobs/<uuid:uid>/resume/", "jobs/<uuid:uid>/file/"
)
def _jobs(sample: Sample) -> list[Address]:
    found = []
    for job in sample.jobs:
        found.append(Address(f"/jobs/{job.uid}/", of_person(job.person)))
        found.append(Address(f"/jobs/{job.uid}/file/", gone))
        door, base = of_person(job.person), f"/jobs/{job.uid}"
        found += [Address(f"{base}/{verb}/", door, only_post=True) for verb in ("stop", "resume")]
    return found


@route("import/<slug:key>/", "import/<slug:key>/start/", "import/<slug:key>/template/")
def _imports(sample: Sample) -> list[Address]:
    found = [Address("/import/nothing/", gone)]
    for key, importer in registry.shelf("importers").items():
        if key.startswith("test."):  # another test of the same process has put it there
            continue
        door = for_duty(importer.duty)
        found.append(Address(f"/import/{key}/", door))
        found.append(Address(f"/import/{key}/template/", door))
        found.append(Address(f"/import/{key}/start/", door, only_post=True))
    return found


@route("pick/<slug:name>/")
def _picks(sample: Sample) -> list[Address]:
    found = registry.shelf("lists")["objects"]
    return [Address("/pick/object/", of_list(found)), Address("/pick/nothing/", gone)]


@route("saved-views/<int:pk>/delete/", "saved-views/<slug:key>/")
def _saved_views(sample: Sample) -> list[Address]:
    found = [
        Address(f"/saved-views/{row.pk}/delete/", of_person(row.person), only_post=True)
        for row in SavedView.objects.all()
    ]
    for key in ("hazards", "refusals"):
        door = of_list(registry.shelf("lists")[key])
        found.append(Address(f"/saved-views/{key}/", door, only_post=True))
    return found


@route("proof/<kind:kind>/<uuid:uid>/<uuid:file>/<version:version>")
def _proofs(sample: Sample) -> list[Address]:
    kind, case = registry.kind("hazard"), sample.cases["hazard"][0]
    file = ProofUse.objects.filter(case_uid=case.uid).select_related("file").first().file
    base = f"/proof/hazard/{case.uid}/{file.uid}"
    other = sample.cases["hazard"][1]
    return [
        *[
            Address(f"{base}/{version}", of_case(kind, case))
            for version in ("clean", "thumb", "original")
        ],
        Address(f"/proof/hazard/{other.uid}/{file.uid}/clean", gone),
    ]


@route("<kind:kind>/new/")
def _intakes(sample: Sample) -> list[Address]:
    return [
        Address(f"/{kind.key}/new/", for_duty(kind.loop.opened_by) if kind.intake else gone)
        for kind in registry.kinds()
    ]


@route("<kind:kind>/<uuid:uid>/", "<kind:kind>/<uuid:uid>/verify/", "<kind:kind>/<uuid:uid>/label/")
def _records(sample: Sample) -> list[Address]:
    found = []
    for kind in registry.kinds():
        found.append(Address(f"/{kind.key}/{uuid4()}/", gone))
        for case in sample.cases[kind.key]:
            door, base = of_case(kind, case), f"/{kind.key}/{case.uid}"
            found += [Address(f"{base}/{part}", door) for part in ("", "verify/", "label/")]
    return found


@route("<kind:kind>/<uuid:uid>/<slug:step>/")
def _steps(sample: Sample) -> list[Address]:
    found = []
    for kind in registry.kinds():
        near = sample.cases[kind.key][0]
        found.append(Address(f"/{kind.key}/{near.uid}/no-such-step/", gone))
        for step in kind.loop.steps.values():
            door = of_step(kind, near, step)
            found.append(Address(f"/{kind.key}/{near.uid}/{step.name}/", door))
        for case in sample.cases[kind.key][1:]:
            step = next(kind.loop.from_state(case.state))
            found.append(Address(f"/{kind.key}/{case.uid}/{step.name}/", of_step(kind, case, step)))
    return found


@cache
def _lists() -> list[Any]:
    keys = dict.fromkeys([*registry.shelf("lists"), *(kind.plural for kind in registry.kinds())])
    return [found for key in keys if (found := list_of(key))]


@route("<list:found>/")
def _list_pages(sample: Sample) -> list[Address]:
    return [Address(f"/{found.key}/", of_list(found)) for found in _lists()]


@route("<list:found>/bulk/<slug:step>/")
def _bulk(sample: Sample) -> list[Address]:
    found = []
    for kind in registry.kinds():
        for step in list(kind.loop.steps.values())[:4]:
            path = f"/{kind.plural}/bulk/{step.name}/"

            def door(actor: Actor, kind: Any = kind, step: Any = step) -> Any:
                if of_list(list_of(kind.plural))(actor) == NO:
                    return NO
                return {200, 302, 404} if actor.may(step.by) else GONE

            found.append(Address(path, door, only_post=True))
    return found


# --- the API ------------------------------------------------------------------------------------


def _api(sample: Sample, pattern: str) -> list[Address]:
    """By the shape of the route: a list, a record, a step of a record, or an address of the house."""
    words = pattern.removeprefix("api/v1/").split("/")
    kind = next((kind for kind in registry.kinds() if kind.plural == words[0]), None)
    if kind is not None and len(words) > 1:
        tail = "/".join(words[2:])
        found = []
        for case in sample.cases[kind.key]:
            door = of_case(kind, case)
            is_step = tail in kind.loop.steps
            path = "/".join(filter(None, [f"/api/v1/{kind.plural}/{case.uid}", tail]))
            found.append(Address(path, door, only_post=is_step))
        return found
    if len(words) == 1 and (shown := list_of(words[0])):
        return [Address(f"/{pattern}", of_list(shown))]
    if words == ["objects", "<uid>"]:
        return [Address(f"/api/v1/objects/{row.uid}", _api_object(row)) for row in sample.objects]
    if words[0] == "jobs":
        tail = "/".join(words[2:])
        door = (lambda actor: {200, 404}) if tail else None
        return [
            Address(
                f"/api/v1/jobs/{job.uid}{'/' if tail else ''}{tail}", door or of_person(job.person)
            )
            for job in sample.jobs
        ]
    if words[-1] == "<uid>":
        path = pattern.replace("<uid>", str(uuid4()))
        return [Address(f"/{path}", lambda actor: {403, 404})]
    if words[0] == "imports":
        duty = registry.shelf("importers")["objects"].duty
        return [Address("/api/v1/imports/objects", for_duty(duty), only_post=True)]
    return _API_HOUSE[pattern]


def _api_object(row: Any) -> Callable[[Actor], str]:
    """A row of the list of objects: without the list's duty it is refused as the list is."""
    return lambda actor: of_object(row)(actor) if actor.may("object.see") else NO


_API_HOUSE = {
    "api/v1/openapi.json": [Address("/api/v1/openapi.json", seated, is_personal=True)],
    "api/v1/docs": [Address("/api/v1/docs", seated, is_personal=True)],
    "api/v1/me": [Address("/api/v1/me", seated)],
    "api/v1/todo": [Address("/api/v1/todo", seated)],
    "api/v1/files": [Address("/api/v1/files", lambda actor: {400, 403, 422}, only_post=True)],
    "api/v1/cockpit": [Address("/api/v1/cockpit", for_duty("statistics.see"))],
    "api/v1/statistics": [Address("/api/v1/statistics", for_duty("statistics.see"))],
    "api/v1/statistics/<measure>": [
        Address("/api/v1/statistics/hazards_open", for_duty("statistics.see"))
    ],
    "api/v1/": [Address("/api/v1/", gone, is_public=True)],
    "api/^(?P<rest>.*)$": [Address("/api/v2/hazards", gone, is_public=True)],
}


# --- the resolver -------------------------------------------------------------------------------


def _walk(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield prefix + str(pattern.pattern)


def _patterns() -> list[str]:
    return list(dict.fromkeys(_walk(get_resolver().url_patterns)))


def addresses(sample: Sample) -> list[Address]:
    found: dict[str, Address] = {}
    for pattern in _patterns():
        made = _api(sample, pattern) if pattern.startswith("api/") else ROUTES[pattern](sample)
        found.update({address.path: address for address in made})
    return list(found.values())


@dataclass
class Browser:
    """Sends requests as one persona; whatever a request wrote is undone."""

    client: Client
    cookies: dict[str, str]

    def ask(self, method: str, path: str) -> Any:
        self.client.cookies = SimpleCookie(self.cookies)
        with transaction.atomic():
            answer = self.client.generic(method, path, **_FORM if method == "POST" else {})
            if getattr(answer, "streaming", False):
                list(answer)
            answer.n_written = _n_written()
            transaction.set_rollback(True)
        return answer


_FORM = {"content_type": "application/x-www-form-urlencoded"}


def _n_written() -> tuple[int, int, int]:
    return Entry.objects.count(), Edit.objects.count(), SecurityEvent.objects.count()


def _browser(sample: Sample, persona: str, **options: Any) -> Browser:
    client = Client(raise_request_exception=False, **options)
    if persona != "anonymous":
        people = {
            **sample.world.people,
            "postless": Person.objects.filter(username="postless").first(),
        }
        client.force_login(people[persona], BACKEND)
    return Browser(client, {key: cookie.value for key, cookie in client.cookies.items()})


def _where(persona: str, method: str, address: Address, answer: Any) -> str:
    return f"{persona} {method} {address.path}: {answer.status_code}"


def _is_turned_away(answer: Any, address: Address) -> bool:
    """An anonymous request: sent to sign in, or told by the API 401 (405 for a method it has not)."""
    if address.path.startswith("/api/") and answer.status_code in (401, 405):
        return True
    return answer.status_code == 302 and "/accounts/login/" in answer["Location"]


# --- tests --------------------------------------------------------------------------------------


def test_every_address_is_classified() -> None:
    unknown = [
        pattern
        for pattern in _patterns()
        if not pattern.startswith("api/") and pattern not in ROUTES
    ]
    assert not unknown, (
        "Say in tests/test_matrix_urls.py who may open these addresses: `fixed(pattern, door)` for one "
        f"without a record, `@route(pattern)` for one with: {unknown}"
    )
    assert not set(ROUTES) - set(_patterns()), "these addresses are classified but gone"


def test_every_role_has_a_persona(sample: Sample) -> None:
    held = set(Holding.objects.values_list("post__role", flat=True))
    assert {row["key"] for row in packs.load("roles")} <= held


def test_the_menu_leads_only_where_the_post_may_go(sample: Sample) -> None:
    for persona in PERSONAS:
        browser, actor = _browser(sample, persona), sample.actors[persona]
        for item in registry.shelf("menu").values():
            if not item.duties or any(map(actor.may, item.duties)):
                status = browser.ask("GET", item.url).status_code
                assert status == 200, f"{persona} {item.url}: {status}"


@pytest.mark.parametrize("persona", PERSONAS)
def test_seated(sample: Sample, persona: str) -> None:
    browser, actor, faults = _browser(sample, persona), sample.actors[persona], []
    before = _n_written()
    for address in addresses(sample):
        door = address.door(actor)
        # Unsafe calls of the API by every post: tests/api/test_matrix.py.
        for method in ("GET",) if address.path.startswith("/api/") else ("GET", "POST"):
            answer = browser.ask(method, address.path)
            status = answer.status_code
            if status >= 500 and not address.is_public:
                faults.append(_where(persona, method, address, answer))
            elif method == "GET" and address.only_post and not address.is_public:
                if status not in {405, 403, 404} - ({403, 404} if door == OK else set()):
                    faults.append(
                        _where(persona, method, address, answer) + f", expected 405 ({door})"
                    )
            elif method == "GET" and not address.only_post:
                expected = door if isinstance(door, set) else SHOWN[door]
                if status not in expected:
                    faults.append(_where(persona, method, address, answer) + f", expected {door}")
            elif method == "POST" and door in (NO, GONE):
                if status not in {403, 404, 405}:
                    faults.append(_where(persona, method, address, answer) + f", expected {door}")
                elif answer.n_written != before:
                    faults.append(_where(persona, method, address, answer) + " wrote something")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_anonymous(sample: Sample, method: str) -> None:
    browser, faults = _browser(sample, "anonymous"), []
    for address in addresses(sample):
        answer = browser.ask(method, address.path)
        if answer.status_code >= 500 and address.path != "/health":
            faults.append(_where("anonymous", method, address, answer))
        elif not address.is_public and not _is_turned_away(answer, address):
            faults.append(_where("anonymous", method, address, answer) + ", expected sign-in")
    assert not faults, "\n".join(faults)


def test_a_person_without_a_post(sample: Sample) -> None:
    browser, faults = _browser(sample, "postless"), []
    for address in addresses(sample):
        if address.is_public or address.is_personal:
            continue
        for method in ("GET", "POST"):
            answer = browser.ask(method, address.path)
            expected = {401, 405} if address.path.startswith("/api/") else {403}
            if answer.status_code not in expected:
                faults.append(
                    _where("postless", method, address, answer) + f", expected {expected}"
                )
    assert not faults, "\n".join(faults)


def test_unsafe_without_the_token_of_the_form(sample: Sample) -> None:
    browser, faults = _browser(sample, "committee", enforce_csrf_checks=True), []
    before = _n_written()
    for address in addresses(sample):
        if address.path in ("/api/v1/", "/api/v2/hazards"):
            continue
        answer = browser.ask("POST", address.path)
        # a node's batch carries a signature in place of a form's token: unsigned, it is refused as such
        by_token = {422} if address.path == "/upward/batches/" else {403}
        is_refused = answer.status_code in (
            {403, 404, 405} if "/api/" in address.path else by_token
        )
        if not is_refused or answer.n_written != before:
            faults.append(_where("committee", "POST", address, answer) + ", expected 403")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("persona", ["anonymous", "committee"])
def test_other_methods(sample: Sample, persona: str) -> None:
    browser, faults = _browser(sample, persona), []
    for address in addresses(sample):
        is_api = address.path.startswith("/api/")
        for method in ("PUT", "DELETE", "PATCH"):
            answer = browser.ask(method, address.path)
            if answer.status_code not in ({401, 404, 405} if is_api else {405}):
                faults.append(_where(persona, method, address, answer) + ", expected 405")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("persona", ["anonymous", "committee"])
def test_head_answers_like_get_without_a_body(sample: Sample, persona: str) -> None:
    browser, faults = _browser(sample, persona), []
    for address in addresses(sample):
        if address.path.startswith("/api/"):
            continue
        head, get = browser.ask("HEAD", address.path), browser.ask("GET", address.path)
        if head.status_code != get.status_code:
            faults.append(_where(persona, "HEAD", address, head) + f", GET {get.status_code}")
    assert not faults, "\n".join(faults)


def test_the_samples_reach_beyond_the_area(sample: Sample) -> None:
    """Else the matrix would prove nothing about other people's records."""
    near, far = sample.cases["hazard"][0], sample.cases["hazard"][-1]
    assert sample.actors["inspector"].scope.covers(near)
    assert not sample.actors["inspector"].scope.covers(far)
    assert sample.actors["outsider"].scope.covers(far)
    assert not sample.actors["outsider"].scope.covers(near)
    with unscoped("test"):
        assert SupervisedObject.objects.count() == 2
    assert proof.storage().exists(
        proof.path_of(ProofUse.objects.filter(case_uid=near.uid).first().file, "clean")
    )
