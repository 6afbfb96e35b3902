"""Sign-in, lock-out, pauses, passwords, the second step, personas and the post one acts for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.test import Client
from django.urls import reverse

from tests.factories import NOW, START, World, make_world
from xiangling.kernel import clock
from xiangling.org.models import Holding, Persona, Post, SecurityEvent

pytestmark = pytest.mark.django_db
PASSWORD = "Test-2026-pass"
LOGIN = "/accounts/login/"
PAGE = "/people/"


@pytest.fixture
def world() -> Any:
    with clock.at(NOW):
        yield make_world()


def sign_in(client: Client, username: str, password: str = PASSWORD, **more: Any) -> Any:
    return client.post(LOGIN, {"login": username, "password": password, **more})


def kinds(username: str) -> list[str]:
    rows = SecurityEvent.objects.order_by("id").values_list("kind", "label")
    return [kind for kind, label in rows if label == username]


def code(secret: str) -> str:
    return totp.format_hotp_value(
        totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time())))
    )


def set_up_two_step(client: Client) -> str:
    """Turn the second step on as a person does; returns the key of the authenticator."""
    activate = reverse("mfa_activate_totp")
    asked = client.get(activate)
    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    client.post(asked["Location"], {"password": PASSWORD})
    secret = client.get(activate).context["form"].secret
    assert client.post(activate, {"code": code(secret)}).status_code == 302
    return secret


def test_nobody_gets_in_without_signing_in(client: Client, world: World) -> None:
    answer = client.get("/duties/?on=2026-03-03")
    assert answer.status_code == 302
    assert answer["Location"] == f"{LOGIN}?next=%2Fduties%2F%3Fon%3D2026-03-03"


def test_signing_in_leads_back_and_is_noted(client: Client, world: World) -> None:
    answer = sign_in(client, "inspector", next="/duties/")
    assert (answer.status_code, answer["Location"]) == (302, "/duties/")
    assert client.get("/duties/").status_code == 200
    assert kinds("安监员r") == ["sign_in"]
    client.post("/accounts/logout/")
    assert kinds("安监员r") == ["sign_in", "sign_out"]
    assert client.get("/duties/").status_code == 302


def test_five_wrong_passwords_lock_the_account(client: Client, world: World) -> None:
    for _n in range(4):
        assert sign_in(client, "inspector", "wrong").status_code == 200
    answer = sign_in(client, "inspector", "wrong")
    assert answer.status_code == 429
    assert "次" in answer.content.decode()
    answer = sign_in(client, "inspector")
    assert answer.status_code == 429
    assert "重试" in answer.content.decode()
    assert "_auth_user_id" not in client.session
    assert sign_in(Client(), "owner").status_code == 302
    assert kinds("inspector") == ["sign_in_failed"] * 4 + ["locked", "tried_while_locked"]


@pytest.mark.parametrize(
    "address", ["signup/", "email/", "password/reset/", "password/reset/done/", "confirm-email/x/"]
)
def test_nobody_signs_up_or_asks_for_mail(client: Client, world: World, address: str) -> None:
    assert client.get(f"/accounts/{address}").status_code == 404


def test_a_pause_ends_the_session_and_says_so(client: Client, world: World) -> None:
    sign_in(client, "inspector")
    with clock.at(NOW + timedelta(minutes=29)):
        assert client.get("/duties/").status_code == 200
    with clock.at(NOW + timedelta(minutes=58)):
        assert client.get("/duties/").status_code == 200
    with clock.at(NOW + timedelta(minutes=89)):
        answer = client.get("/duties/?on=2026-03-03", follow=True)
    assert answer.redirect_chain == [(f"{LOGIN}?next=%2Fduties%2F%3Fon%3D2026-03-03", 302)]
    assert "30分钟" in answer.content.decode()
    assert kinds("安监员r")[-1] == "session_idle"


def test_a_polling_page_does_not_keep_a_session_alive(client: Client, world: World) -> None:
    sign_in(client, "inspector")
    for minutes in (10, 20, 29):
        with clock.at(NOW + timedelta(minutes=minutes)):
            client.get("/duties/", headers={"HX-Request": "true", "HX-Trigger": "job-tray"})
    with clock.at(NOW + timedelta(minutes=31)):
        answer = client.get("/duties/", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer["X-Session-Expired"] == "1"
    assert "HX-Redirect" not in answer


def test_a_first_password_must_be_changed(client: Client, world: World) -> None:
    person = world.people["inspector"]
    person.must_change_password = True
    person.save()
    sign_in(client, "inspector")
    change = reverse("account_change_password")
    assert client.get("/duties/")["Location"] == change
    for new in ("alllower", "inspector-1", PASSWORD):
        answer = client.post(change, {"oldpassword": PASSWORD, "password1": new, "password2": new})
        assert answer.status_code == 200, new
    assert client.get("/duties/").status_code == 302
    new = "Qingshan-4417"
    answer = client.post(change, {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert answer.status_code == 302
    assert client.get("/duties/").status_code == 200
    assert "password_changed" in kinds("安监员r")


def test_an_old_password_must_be_changed(client: Client, world: World) -> None:
    with clock.at(NOW + timedelta(days=91)):
        sign_in(client, "inspector")
        assert client.get("/duties/")["Location"] == reverse("account_change_password")


def test_the_second_step_is_set_up_then_asked(client: Client, world: World, settings: Any) -> None:
    settings.TWO_STEP_REQUIRED = True
    sign_in(client, "committee")
    assert client.get("/duties/")["Location"] == reverse("mfa_activate_totp")
    secret = set_up_two_step(client)
    assert client.get("/duties/").status_code == 200
    row = Authenticator.objects.get(type="totp")
    assert row.data["secret"].startswith("sm4.")
    assert secret not in str(row.data)
    client.post("/accounts/logout/")

    answer = sign_in(client, "committee")
    assert answer["Location"].startswith(reverse("mfa_authenticate"))
    assert client.get("/duties/").status_code == 302
    from django.core.cache import cache

    cache.clear()
    client.post(reverse("mfa_authenticate"), {"code": code(secret)})
    assert client.get("/duties/").status_code == 200


def test_wrong_codes_lock_like_wrong_passwords(client: Client, world: World) -> None:
    sign_in(client, "committee")
    secret = set_up_two_step(client)
    client.post("/accounts/logout/")
    sign_in(client, "committee")
    answers = [client.post(reverse("mfa_authenticate"), {"code": "12345"}) for _n in range(5)]
    assert [answer.status_code for answer in answers] == [200] * 4 + [429]
    client.post(reverse("mfa_authenticate"), {"code": code(secret)})
    assert client.get("/duties/").status_code == 302
    assert sign_in(client, "committee").status_code == 429


def test_an_inspector_needs_no_second_step(client: Client, world: World, settings: Any) -> None:
    settings.TWO_STEP_REQUIRED = True
    sign_in(client, "inspector")
    assert client.get("/duties/").status_code == 200


def make_persona(world: World) -> None:
    holding = Holding.objects.get(person=world.people["owner"])
    Persona.objects.create(
        key="owner",
        label="企业主要负责人",
        label_en="Firm owner",
        line="本企业",
        line_en="Own firm",
        holding=holding,
    )


def test_personas_are_closed_outside_a_demo(client: Client, world: World) -> None:
    make_persona(world)
    assert client.post("/persona/", {"key": "owner"}).status_code == 404
    assert "企业主要负责人" not in client.get(LOGIN).content.decode()
    assert "_auth_user_id" not in client.session


def test_personas_sign_in_with_one_click(client: Client, world: World, settings: Any) -> None:
    settings.DEMO = True
    make_persona(world)
    assert "企业主要负责人" in client.get(LOGIN).content.decode()
    assert client.get("/persona/").status_code == 405
    assert client.post("/persona/", {"key": "nobody"}).status_code == 404
    answer = client.post("/persona/", {"key": "owner", "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"
    assert client.session["post"] == Holding.objects.get(person=world.people["owner"]).post_id


def test_a_person_with_two_posts_switches(client: Client, world: World) -> None:
    person = world.people["inspector"]
    second = Post.objects.create(
        unit=world.units["audit"], title="借调审计员", role="auditor", starts_on=START
    )
    Holding.objects.create(post=second, person=person, is_deputy=True, starts_on=START)
    sign_in(client, "inspector")
    answer = client.get("/duties/")
    assert answer.wsgi_request.actor.title == "安监员"
    assert len(answer.wsgi_request.holdings) == 2
    assert client.post(f"/post/{second.pk}/", {"next": "/duties/"})["Location"] == "/duties/"
    actor = client.get("/duties/").wsgi_request.actor
    assert (actor.title, actor.is_deputy, actor.scope.region) == ("借调审计员", True, "9901")
    stranger = Post.objects.get(unit=world.units["office"], title="副区长")
    assert client.post(f"/post/{stranger.pk}/").status_code == 404
    assert kinds("安监员r")[-1] == "post_switched"


def test_a_person_without_a_post_is_told(client: Client, world: World) -> None:
    Holding.objects.filter(person=world.people["inspector"]).update(ends_on=START)
    sign_in(client, "inspector")
    answer = client.get("/duties/")
    assert answer.status_code == 403
    assert "岗位" in answer.content.decode()
    assert answer.wsgi_request.actor is None


def test_the_language_stays_with_the_person(client: Client, world: World) -> None:
    sign_in(client, "inspector")
    client.post("/language/", {"language": "en", "next": "/"})
    world.people["inspector"].refresh_from_db()
    assert world.people["inspector"].language == "en"
    other = Client()
    sign_in(other, "inspector")
    assert 'lang="en"' in other.get("/duties/").content.decode()
