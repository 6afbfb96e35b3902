"""Units, posts, people and the separation of administrators, through the pages."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from tests.factories import NOW, START, World, make_world, report
from xiangling.kernel import clock, docket
from xiangling.kernel.models import CalendarDay, Docket, Edit
from xiangling.kernel.scope import unscoped, use
from xiangling.org.models import DutyLine, Holding, Person, Post, SecurityEvent, Unit
from xiangling.org.queries import find_admin_conflicts

pytestmark = pytest.mark.django_db
Hazard = apps.get_model("hazards", "Hazard")
TODAY = NOW.date()


def add_admin(world: World, key: str, role: str, title: str) -> None:
    person = Person.objects.create_user(key, "Test-2026-pass", name=title, password_changed_at=NOW)
    post = Post.objects.create(
        unit=world.units["city_office"], title=title, role=role, starts_on=START
    )
    Holding.objects.create(post=post, person=person, starts_on=START)
    world.people[key] = person


@pytest.fixture
def world() -> Any:
    with clock.at(NOW):
        made = make_world()
        add_admin(made, "sysadmin", "system_admin", "系统管理员")
        add_admin(made, "secadmin", "security_admin", "安全管理员")
        yield made


def page(world: World, key: str) -> Client:
    client = Client()
    client.force_login(world.people[key])
    return client


def text(answer: Any) -> str:
    return answer.content.decode()


def test_the_tree_names_units_posts_and_holders(world: World) -> None:
    answer = page(world, "sysadmin").get("/people/")
    assert answer.status_code == 200
    for words in ("东区安委办", "监管科科长", "港口镇应急站", "13900000000"):
        assert words in text(answer)
    assert "海晏五金" not in text(answer)
    assert "海晏五金" in text(page(world, "sysadmin").get("/people/?q=海晏"))


def test_an_enterprise_has_no_door_to_people(world: World) -> None:
    client = page(world, "owner")
    for address in ("/people/", "/people/new/", "/security/", "/calendar/", "/duties/"):
        assert client.get(address).status_code == 403, address


def test_a_department_sees_units_but_changes_none(world: World) -> None:
    client, unit = page(world, "department"), world.units["bureau"]
    assert client.get("/people/").status_code == 200
    assert client.get(f"/people/{unit.pk}/").status_code == 200
    assert client.get(f"/people/{world.units['far_station'].pk}/").status_code == 404
    answer = client.post(f"/people/{unit.pk}/rename/", {"name": "新", "on": TODAY, "reason": "x"})
    assert answer.status_code == 403
    unit.refresh_from_db()
    assert unit.name == "东区应急管理局"


def test_an_account_is_opened_with_a_password_shown_once(world: World) -> None:
    client = page(world, "sysadmin")
    answer = client.post("/people/accounts/new/", {"username": "Zhang.San", "name": "张三"})
    password = answer.context["password"]
    assert password in text(answer)
    person = Person.objects.get(username="zhang.san")
    assert person.check_password(password)
    assert person.must_change_password
    assert password not in text(client.get("/people/accounts/?q=zhang"))
    again = client.post("/people/accounts/new/", {"username": "zhang.san", "name": "张三"})
    assert again.status_code == 422
    assert "已被使用" in text(again)


def test_a_person_is_put_on_a_post_and_leaves_it(world: World) -> None:
    client, post = page(world, "sysadmin"), Post.objects.get(title="副区长")
    form = {"account": "inspector2", "starts_on": "2026-06-10"}
    answer = client.post(f"/people/posts/{post.pk}/person/", form)
    assert answer.status_code == 422
    assert "代理" in text(answer)
    assert (
        client.post(f"/people/posts/{post.pk}/person/", form | {"is_deputy": "on"}).status_code
        == 302
    )
    holding = Holding.objects.get(post=post, is_deputy=True)
    assert page(world, "inspector2").get("/duties/").wsgi_request.holdings[1] == holding
    client.post(f"/people/holdings/{holding.pk}/end/", {"last_on": "2026-06-10"})
    with clock.at(NOW + timedelta(days=1)):
        assert len(page(world, "inspector2").get("/duties/").wsgi_request.holdings) == 1
    assert list(
        SecurityEvent.objects.filter(kind__startswith="rights").values_list("kind", flat=True)
    ) == [
        "rights_given",
        "rights_taken",
    ]


@pytest.mark.parametrize(
    ("who", "role"),
    [("secadmin", "audit_admin"), ("auditor", "system_admin"), ("auditor", "security_admin")],
)
def test_administrators_are_separate_people(world: World, who: str, role: str) -> None:
    client = page(world, "sysadmin")
    unit = world.units["city_office"]
    client.post(
        f"/people/{unit.pk}/posts/new/",
        {"title": "管理员", "role": role, "starts_on": "2026-06-10"},
    )
    post = Post.objects.get(title="管理员")
    form = {"account": who, "starts_on": "2026-06-10"}
    answer = client.post(f"/people/posts/{post.pk}/person/", form)
    assert answer.status_code == 422
    assert "须由三人分别担任" in text(answer)
    assert not post.holdings.exists()
    Holding.objects.create(post=post, person=world.people[who], starts_on=START)
    assert [person.username for person in find_admin_conflicts(TODAY)] == [who]


def test_nobody_gives_themselves_a_post(world: World) -> None:
    post = Post.objects.get(title="副区长")
    form = {"account": "sysadmin", "starts_on": "2026-06-10", "is_deputy": "on"}
    answer = page(world, "sysadmin").post(f"/people/posts/{post.pk}/person/", form)
    assert answer.status_code == 422
    assert "本人" in text(answer)


def test_a_renamed_unit_keeps_its_former_name(world: World) -> None:
    client, unit = page(world, "sysadmin"), world.units["bureau"]
    form = {"name": "东区应急局", "on": "2026-05-01", "reason": "机构改革"}
    assert client.post(f"/people/{unit.pk}/rename/", form).status_code == 302
    unit.refresh_from_db()
    assert unit.name == "东区应急局"
    assert unit.name_on(date(2026, 4, 30)) == "东区应急管理局"
    assert unit.name_on(date(2026, 5, 1)) == "东区应急局"
    answer = client.post(
        f"/people/{unit.pk}/rename/", form | {"name": "又一名", "on": "2026-04-01"}
    )
    assert answer.status_code == 422
    assert Edit.objects.filter(model="org.unit", changes__has_key="name").count() == 1


def test_a_merged_unit_hands_over_lines_posts_and_open_cases(world: World) -> None:
    hazard = report(world)
    station, office = world.units["station"], world.units["office"]
    with unscoped("test"):
        assert Docket.objects.get(case_uid=hazard.uid).holder_unit == station.pk
    client = page(world, "sysadmin")
    form = {"into": office.pk, "on": "2026-06-10", "reason": "撤站并入"}
    assert client.post(f"/people/{station.pk}/merge/", form).status_code == 302
    station.refresh_from_db()
    assert (station.ends_on, station.successor) == (date(2026, 6, 9), office)
    lines = DutyLine.objects.filter(layer="territory", region="990101001").order_by("starts_on")
    assert [(line.unit, line.ends_on) for line in lines] == [
        (station, date(2026, 6, 9)),
        (office, None),
    ]
    with unscoped("test"):
        assert Docket.objects.get(case_uid=hazard.uid).holder_unit == office.pk
    actor = world.actor("committee")
    with use(actor.scope):
        assert [row.case_uid for row in docket.my_turn(actor)] == [hazard.uid]
    assert page(world, "inspector").get("/duties/").status_code == 403
    assert "东区安委办" in text(client.get(f"/people/{station.pk}/"))


def test_enterprises_are_not_merged(world: World) -> None:
    form = {"into": world.units["office"].pk, "on": "2026-06-10", "reason": "x"}
    answer = page(world, "sysadmin").post(f"/people/{world.units['firm'].pk}/merge/", form)
    assert answer.status_code == 422


def test_an_enterprise_post_sees_its_own_subtree_only(world: World) -> None:
    report(world)
    seen: dict[str, set[int]] = {}
    for key in ("owner", "workshop", "far_owner"):
        actor = world.actor(key)
        assert actor.scope.units is not None
        seen[key] = set(actor.scope.units)
        with use(actor.scope):
            assert Hazard.objects.count() == (1 if key == "owner" else 0)
    names = {key: world.units[key].pk for key in ("firm", "shop", "crew", "far_firm")}
    assert seen["owner"] == {names["firm"], names["shop"], names["crew"]}
    assert seen["workshop"] == {names["shop"], names["crew"]}
    assert seen["far_owner"] == {names["far_firm"]}


# --- security administrator ---------------------------------------------------------------------


def test_the_security_administrator_unlocks(world: World) -> None:
    login = "/accounts/login/"
    for _n in range(5):
        Client().post(login, {"login": "owner", "password": "wrong"})
    client = page(world, "secadmin")
    assert "owner" in text(client.get("/security/"))
    assert (
        page(world, "sysadmin").post("/security/unlock/", {"username": "owner"}).status_code == 403
    )
    client.post("/security/unlock/", {"username": "owner", "address": "127.0.0.1"})
    answer = Client().post(login, {"login": "owner", "password": "Test-2026-pass"})
    assert answer.status_code == 302
    assert SecurityEvent.objects.filter(kind="unlocked", label="owner").count() == 1


def test_ended_sessions_are_over_at_once(world: World) -> None:
    person, victim = world.people["inspector"], page(world, "inspector")
    assert victim.get("/duties/").status_code == 200
    page(world, "secadmin").post(f"/security/people/{person.pk}/end-sessions/")
    assert victim.get("/duties/").status_code == 302


def test_a_new_password_is_demanded(world: World) -> None:
    person, victim = world.people["inspector"], page(world, "inspector")
    page(world, "secadmin").post(f"/security/people/{person.pk}/demand-password/")
    assert victim.get("/duties/")["Location"] == "/accounts/password/change/"


def test_only_the_security_administrator_resets_an_auditor(world: World) -> None:
    auditor = world.people["auditor"]
    answer = page(world, "sysadmin").post(f"/people/accounts/{auditor.pk}/password/")
    assert answer.status_code == 403
    answer = page(world, "secadmin").post(f"/security/people/{auditor.pk}/reset-password/")
    auditor.refresh_from_db()
    assert auditor.check_password(answer.context["password"])


def test_a_closed_account_is_signed_out(world: World) -> None:
    person, victim = world.people["inspector"], page(world, "inspector")
    page(world, "sysadmin").post(f"/people/accounts/{person.pk}/open/", {"open": "0"})
    assert victim.get("/duties/").status_code == 302


# --- calendar -----------------------------------------------------------------------------------


def test_the_calendar_moves_deadlines(world: World) -> None:
    client = page(world, "committee")
    assert clock.add_working_days(date(2026, 9, 30), 1) == date(2026, 10, 1)
    client.post("/calendar/2026/published/")
    assert clock.add_working_days(date(2026, 9, 30), 1) == date(2026, 10, 8)
    form = {"day": "2026-10-08", "is_working": "0", "note": "台风停工"}
    client.post("/calendar/day/2026-10-08/", form)
    assert clock.add_working_days(date(2026, 9, 30), 1) == date(2026, 10, 9)
    answer = client.get("/calendar/2026/")
    assert "台风停工" in text(answer)
    assert "国庆节" in text(answer)
    client.post("/calendar/day/2026-10-08/", form | {"is_working": "1"})
    assert not CalendarDay.objects.filter(day=date(2026, 10, 8)).exists()


def test_an_unknown_year_is_said(world: World) -> None:
    answer = page(world, "committee").post("/calendar/2060/published/", follow=True)
    assert "尚未公布" in text(answer)
    assert page(world, "department").post("/calendar/2026/published/").status_code == 403


def test_unit_kinds_and_new_units(world: World) -> None:
    client, office = page(world, "sysadmin"), world.units["office"]
    form = {
        "name": "港口镇市场监管所",
        "kind": "station",
        "region": "990101001",
        "starts_on": "2026-06-10",
    }
    answer = client.post(f"/people/{office.pk}/new/", form)
    made = Unit.objects.get(name="港口镇市场监管所")
    assert answer["Location"] == f"/people/{made.pk}/"
    assert (made.level, made.region, made.path) == (9, "990101001000", f"{office.path}{made.pk}/")
