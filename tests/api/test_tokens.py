"""Access tokens: bound to a post, shown once, and stopped with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from tests import factories as f
from tests.api.conftest import Caller, give_token
from xiangling.api.models import Token
from xiangling.kernel import clock
from xiangling.kernel.digest import digest
from xiangling.org.models import Holding, Post, SecurityEvent

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
Calling = Callable[[str], Caller]


def _signed_in(world: f.World, key: str) -> Client:
    client = Client()
    client.force_login(world.people[key], BACKEND)
    return client


def _make(client: Client, **facts: str) -> Any:
    return client.post("/tokens/", {"name": "巡查终端", "expires_on": "2026-08-31", **facts})


def test_a_token_is_shown_once_and_acts_for_its_post(world: f.World) -> None:
    client = _signed_in(world, "inspector")
    page = _make(client)
    text = re.search(r"xl_[\w-]{43}", page.content.decode())
    assert text, page.content.decode()[:2000]
    assert text[0] not in client.get("/tokens/").content.decode()
    token = Token.objects.get()
    assert (token.digest, token.name) == (digest(text[0].encode()), "巡查终端")
    assert text[0] not in str(token.__dict__.values())
    me = Caller(text[0]).get("me").json()
    actor = world.actor("inspector")
    assert (me["name"], me["unit"], me["scope"]["region"]) == (actor.name, actor.unit, "990101001")
    assert {duty["code"] for duty in me["duties"]} == actor.duties
    assert SecurityEvent.objects.filter(kind="token.created").count() == 1
    token.refresh_from_db()
    assert token.last_used_at == f.NOW


@pytest.mark.parametrize("last", ["2026-06-09", "2027-07-01", "never", ""])
def test_a_last_day_that_makes_no_sense_makes_no_token(world: f.World, last: str) -> None:
    page = _make(_signed_in(world, "inspector"), expires_on=last)
    assert page.status_code == 422
    assert not Token.objects.exists()


def test_a_post_without_the_duty_has_no_tokens(world: f.World) -> None:
    client = _signed_in(world, "auditor")
    assert client.get("/tokens/").status_code == 403
    assert _make(client).status_code == 403
    assert not Token.objects.exists()


def test_a_revoked_token_stops_at_once(world: f.World) -> None:
    text = give_token(world, "inspector")
    token, client = Token.objects.get(), _signed_in(world, "inspector")
    assert Caller(text).get("me").status_code == 200
    assert _signed_in(world, "owner").post(f"/tokens/{token.pk}/revoke/").status_code == 404
    assert Caller(text).get("me").status_code == 200
    assert client.post(f"/tokens/{token.pk}/revoke/").status_code == 302
    answer = Caller(text).get("me")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_revoked")
    assert SecurityEvent.objects.filter(kind="token.revoked").count() == 1


def test_a_token_ends_with_its_last_day(world: f.World) -> None:
    caller = Caller(give_token(world, "inspector", expires_on=f.NOW.date()))
    assert caller.get("me").status_code == 200
    with clock.at(f.NOW + timedelta(days=1)):
        answer = caller.get("me")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")


def _end_holding(world: f.World) -> None:
    Holding.objects.filter(person=world.people["inspector"]).update(ends_on=date(2026, 6, 9))


def _end_post(world: f.World) -> None:
    Post.objects.filter(holdings__person=world.people["inspector"]).update(ends_on=date(2026, 6, 9))


def _deactivate(world: f.World) -> None:
    world.people["inspector"].is_active = False
    world.people["inspector"].save()


@pytest.mark.parametrize("end", [_end_holding, _end_post, _deactivate])
def test_a_token_ends_with_its_post(world: f.World, end: Callable[[f.World], None]) -> None:
    caller = Caller(give_token(world, "inspector"))
    end(world)
    answer = caller.get("me")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_ended")


def test_a_post_that_changes_role_changes_what_its_token_may_do(world: f.World) -> None:
    caller = Caller(give_token(world, "inspector"))
    hazard = f.report(world)
    Post.objects.filter(holdings__person=world.people["inspector"]).update(role="auditor")
    assert caller.post(f"hazards/{hazard.uid}/grade", {"grade": "general"}).status_code == 403


def test_a_token_is_judged_alone_beside_a_session(world: f.World) -> None:
    client = _signed_in(world, "city")
    answer = client.get("/api/v1/me", headers={"Authorization": "Bearer xl_nonsense"})
    assert answer.status_code == 401
    text = give_token(world, "inspector")
    hazard = f.report(world, "owner")
    with f.acting(world, "outsider") as actor:
        from xiangling.apps.hazards import actions

        far = actions.report_hazard(
            {"text": "除尘管道未清扫", "source": "inspection", "found_at": f.NOW},
            object_uid=world.other_firm.uid,
            actor=actor,
        )
    answer = client.get("/api/v1/hazards", headers={"Authorization": f"Bearer {text}"})
    assert [item["uid"] for item in answer.json()["items"]] == [str(hazard.uid)]
    answer = client.get("/api/v1/hazards")
    assert {item["uid"] for item in answer.json()["items"]} == {str(hazard.uid), str(far.uid)}


def test_a_session_writes_only_with_its_csrf_token(world: f.World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.people["inspector"], BACKEND)
    hazard = f.report(world)
    path, body = f"/api/v1/hazards/{hazard.uid}/grade", {"grade": "general"}
    answer = client.post(path, body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
    page = client.get("/api/v1/docs", headers={"Accept": "text/html"}).content.decode()
    shown = re.search(r'data-csrf-token="(\w+)"', page)
    assert shown
    answer = client.post(
        path, body, content_type="application/json", headers={"X-CSRFToken": shown[1]}
    )
    assert answer.status_code == 200


def test_the_description_is_for_insiders(world: f.World) -> None:
    stranger = Client()
    page = stranger.get("/api/v1/docs", headers={"Accept": "text/html"})
    assert page.status_code == 302
    assert page["Location"].startswith("/accounts/login/")
    assert Caller().get("openapi.json").status_code == 401
    assert Caller(give_token(world, "owner")).get("openapi.json").status_code == 200
