"""What a hostile user tries: forged numbers, borrowed proof, garbled requests, other people's accounts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests import factories as f
from xiangling.apps.hazards import actions
from xiangling.apps.hazards.models import Extension, Hazard
from xiangling.config.environment import Environment
from xiangling.kernel import clock, engine, proof
from xiangling.kernel.models import Access, Entry, ProofUse
from xiangling.kernel.refusal import OutOfScope, Refused
from xiangling.org.actions import accounts

pytestmark = pytest.mark.django_db

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
NASTY = (
    "a\0b",
    "²",
    "9" * 30,
    "//[",
    "'\" OR 1=1 -- * NEAR( AND & | ! : \\ %",
    "9999-12-31",
    "WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzE0OjAwIiwxXQ",
)


@pytest.fixture(autouse=True)
def _at_a_working_wednesday() -> Iterator[None]:
    with clock.at(f.NOW):
        yield


@pytest.fixture
def world(db: None) -> f.World:
    made = f.make_world()
    for key, role in (("admin", "system_admin"), ("guard", "security_admin")):
        f._staff(made, key, made.units["city_office"], role, "管理员", is_head=False)
    return made


def signed_in(world: f.World, key: str) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(world.people[key], backend=BACKEND)
    return client


QUERIES = (
    ("inspector", "/search", "q"),
    ("inspector", "/q/{}/", ""),
    ("inspector", "/hazards/", "q view after before state"),
    ("inspector", "/objects/", "q after"),
    ("inspector", "/objects/find/", "q"),
    ("inspector", "/objects/new/", "firm"),
    ("inspector", "/docket/", "after"),
    ("inspector", "/pick/object/", "object object_words"),
    ("inspector", "/hazard/new/", "object found_at"),
    ("inspector", "/notices/{}/", ""),
    ("committee", "/duties/", "q region object on"),
    ("committee", "/duties/new/", "object"),
    ("committee", "/duties/lines/{}/", ""),
    ("admin", "/calendar/{}/", ""),
    ("admin", "/calendar/day/{}/", ""),
    ("admin", "/people/", "q"),
    ("admin", "/people/{}/", ""),
    ("admin", "/people/accounts/", "q"),
    ("guard", "/security/", "q"),
    ("auditor", "/accesses/", "label on after"),
)


def test_no_query_breaks_a_page(world: f.World) -> None:
    f.report(world)
    broken = []
    for key, path, names in QUERIES:
        client = signed_in(world, key)
        for value in NASTY:
            if "{}" in path:
                if len(value) > 100:
                    continue
                address = path.format(quote(value, safe=""))
                answers = [(address, client.get(address))]
            else:
                answers = [
                    (f"{path}?{n}={value[:40]!r}", client.get(path, {n: value}))
                    for n in names.split()
                ]
            broken += [(a, r.status_code) for a, r in answers if r.status_code >= 500]
    assert broken == []


def test_no_form_breaks_a_page(world: f.World) -> None:
    hazard = f.report(world)
    forms = (
        ("inspector", f"/hazard/{hazard.uid}/grade/", "version request_uid grade standard kept"),
        ("inspector", "/hazard/new/", "object found_at same request_uid"),
        ("inspector", "/saved-views/hazards/", "name address"),
        ("inspector", "/hazards/bulk/grade/", "uid request_uid"),
        ("inspector", "/objects/new/", "name identifier lat"),
        ("inspector", "/post/", "post"),
        ("inspector", "/language/", "language next"),
        ("inspector", "/tokens/", "name expires_on"),
        ("committee", "/duties/new/", "unit starts_on"),
        ("admin", "/people/accounts/new/", "username"),
        ("admin", f"/people/{world.units['station'].pk}/merge/", "into on"),
        ("guard", "/security/unlock/", "username address"),
    )
    broken = []
    for key, path, names in forms:
        client = signed_in(world, key)
        for name in names.split():
            for value in NASTY:
                answer = client.post(path, {name: value})
                if answer.status_code >= 500:
                    broken.append((path, name, value[:40], answer.status_code))
    anonymous = Client(raise_request_exception=False)
    for path, names in (
        ("/accounts/login/", "login password next"),
        ("/language/", "language next"),
    ):
        for name in names.split():
            for value in NASTY:
                answer = anonymous.post(path, {"login": "a", "password": "b", name: value})
                if answer.status_code >= 500:
                    broken.append((path, name, value[:40], answer.status_code))
    assert broken == []


# --- proof --------------------------------------------------------------------------------------

SOON = f.NOW + timedelta(hours=3)
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def paper(actor: Any, role: str) -> proof.Proof:
    sent = SimpleUploadedFile("报告.pdf", PDF, "application/pdf")
    return proof.Proof(proof.store(sent, actor=actor), role)


def test_a_paper_is_no_photo(world: f.World) -> None:
    hazard = f.to_state(world, "fixing")
    with pytest.raises(Refused) as caught:
        f.step(
            world, hazard, "submit", "owner", SOON, done="好", proofs=lambda a: [paper(a, "after")]
        )
    assert caught.value.code == "not_photo"
    assert Hazard._base_manager.get(pk=hazard.pk).state == "fixing"


def test_a_paper_given_as_photo_through_the_page_is_refused(world: f.World) -> None:
    hazard = f.to_state(world, "fixing")
    with clock.at(SOON):
        sent = SimpleUploadedFile("照片.jpg", PDF, "image/jpeg")
        answer = signed_in(world, "owner").post(
            f"/hazard/{hazard.uid}/submit/",
            {"done": "好", "version": hazard.version, "request_uid": uuid4(), "proof_after": sent},
        )
    assert answer.status_code == 422
    assert Hazard._base_manager.get(pk=hazard.pk).state == "fixing"


@pytest.mark.parametrize("by", ["inspector", "far_owner"])
def test_proof_of_another_sender_proves_nothing(world: f.World, by: str) -> None:
    hazard = f.to_state(world, "fixing")
    with clock.at(SOON):
        borrowed = f.stored(77, world.actor(by), taken=SOON)
    with pytest.raises(Refused) as caught:
        f.step(world, hazard, "submit", "owner", SOON, done="好", proofs=[borrowed])
    assert caught.value.code == "foreign_file"
    assert not ProofUse.objects.filter(file=borrowed.file).exists()


def test_no_borrowed_file_comes_in_by_a_step_that_asks_for_none(world: f.World) -> None:
    """A file tied to a record one sees could be read there, whoever sent it."""
    hazard = f.report(world)
    with clock.at(SOON):
        borrowed = paper(world.actor("far_owner"), "paper")
    with pytest.raises(Refused) as caught:
        f.step(world, hazard, "grade", "inspector", SOON, grade="general", proofs=[borrowed])
    assert caught.value.code == "foreign_file"
    details = {"text": "配电箱无盖", "source": "inspection", "found_at": f.NOW}
    with f.acting(world, "inspector", SOON) as actor, pytest.raises(Refused):
        actions.report_hazard(
            details, object_uid=world.firm.uid, actor=actor, proofs=[borrowed], uid=uuid4()
        )
    assert not ProofUse.objects.exists()


# --- steps that are not offered -----------------------------------------------------------------


def test_no_plan_is_approved_before_there_is_one(world: f.World) -> None:
    hazard = f.to_state(world, "ordered", major=True)
    for name, data in (("approve_plan", {"opinion": "同意"}), ("return_plan", {"reason": "不行"})):
        with pytest.raises(Refused) as caught:
            f.step(world, hazard, name, "department", SOON, **data)
        assert caught.value.code == "no_plan"
    assert not Hazard._base_manager.get(pk=hazard.pk).plan_approved


def test_nothing_is_reported_upward_in_advance(world: f.World) -> None:
    hazard = f.to_state(world, "graded")
    with pytest.raises(Refused) as caught:
        f.step(world, hazard, "report_up", "inspector", SOON, leader="副区长", reported_to="市局")
    assert caught.value.code == "nothing_to_report"


def test_a_request_lapses_only_with_its_hazard(world: f.World) -> None:
    hazard = f.to_state(world, "fixing")
    f.step(world, hazard, "ask_extension", "owner", SOON, asked_until="2026-07-20", reason="缺件")
    request = Extension._base_manager.get(hazard=hazard)
    with pytest.raises(Refused) as caught:
        f.step(world, request, "lapse", "inspector", SOON)
    assert caught.value.code == "hazard_open"


# --- another person's number --------------------------------------------------------------------


def test_a_move_is_not_replayed_for_another_person(world: f.World) -> None:
    hazard, uid = f.report(world), uuid4()
    with f.acting(world, "inspector", SOON) as actor:
        engine.move(hazard, "grade", actor=actor, data={"grade": "general"}, uid=uid)
        engine.move(hazard, "grade", actor=actor, data={"grade": "general"}, uid=uid)
    for key in ("committee", "owner"):
        with f.acting(world, key, SOON) as actor, pytest.raises(Refused) as caught:
            engine.move(hazard, "grade", actor=actor, data={"grade": "general"}, uid=uid)
        assert caught.value.code == "uid_taken"
    assert Entry.objects.filter(case_uid=hazard.uid, step="grade").count() == 1


def test_an_opening_is_not_replayed_for_another_person(world: f.World) -> None:
    hazard = f.report(world)
    answer = signed_in(world, "committee").post(
        "/hazard/new/",
        {
            "object": world.firm.uid,
            "text": "消防通道堵塞",
            "source": "inspection",
            "hazard_class": "safety",
            "request_uid": hazard.uid,
            "answer": "new",
        },
    )
    assert answer.status_code == 409
    assert Hazard._base_manager.count() == 1


# --- every look is kept -------------------------------------------------------------------------


def looks(world: f.World, key: str, uid: Any) -> int:
    return Access.objects.filter(person=world.people[key].pk, uid=uid).count()


def test_no_side_door_shows_a_record_unseen(world: f.World) -> None:
    hazard = f.to_state(world, "submitted")
    use = ProofUse.objects.get(case_uid=hazard.uid)
    doors = {
        "inspector": f"/api/v1/hazards/{hazard.uid}/entries",
        "inspector2": f"/hazard/{hazard.uid}/?preview=1",
        "committee": f"/hazard/{hazard.uid}/verify/",
        "committee2": f"/hazard/{hazard.uid}/label/",
        "department": f"/proof/hazard/{hazard.uid}/{use.file.uid}/thumb",
        "auditor": f"/proof/hazard/{hazard.uid}/{use.file.uid}/original",
    }
    for key, path in doors.items():
        assert signed_in(world, key).get(path).status_code == 200, path
        assert looks(world, key, hazard.uid) == 1, path


def test_no_side_door_shows_an_object_unseen(world: f.World) -> None:
    uid = world.firm.uid
    for key, path in (
        ("inspector", f"/objects/{uid}/edit/"),
        ("committee", f"/api/v1/objects/{uid}"),
    ):
        assert signed_in(world, key).get(path).status_code == 200, path
        assert looks(world, key, uid) == 1, path


def test_rows_taken_through_the_api_are_kept_as_taken(world: f.World) -> None:
    for address in ("hazards", "objects", "docket"):
        assert signed_in(world, "inspector").get(f"/api/v1/{address}").status_code == 200
        assert Access.objects.filter(what="export", kind=address[:-1]).exists() or (
            Access.objects.filter(what="export", kind=address).exists()
        )


def test_looks_without_a_record_are_read_through_the_api(world: f.World) -> None:
    assert signed_in(world, "inspector").get("/search?q=冲床").status_code == 200
    answer = signed_in(world, "auditor").get("/api/v1/accesses")
    assert answer.status_code == 200
    assert "冲床" in [row["detail"] for row in answer.json()["items"]]


def test_files_of_one_record_are_not_served_under_another(world: f.World) -> None:
    hazard = f.to_state(world, "submitted")
    other, use = f.report(world), ProofUse.objects.get(case_uid=hazard.uid)
    for version in ("thumb", "clean", "original"):
        path = f"/proof/hazard/{other.uid}/{use.file.uid}/{version}"
        assert signed_in(world, "inspector").get(path).status_code == 404
        path = f"/proof/hazard/{hazard.uid}/{use.file.uid}/{version}"
        for key in ("outsider", "far_owner", "admin", "team"):
            assert signed_in(world, key).get(path).status_code == 404, (key, version)


# --- accounts -----------------------------------------------------------------------------------


def test_an_administrator_takes_over_nobody_outside_the_area(world: f.World) -> None:
    f._staff(
        world, "west_admin", world.units["west_office"], "system_admin", "管理员", is_head=False
    )
    f._staff(
        world, "west_guard", world.units["west_office"], "security_admin", "管理员", is_head=False
    )
    client, victim = signed_in(world, "west_admin"), world.people["department"]
    kept = victim.password
    assert client.post(f"/people/accounts/{victim.pk}/password/").status_code == 404
    assert client.post(f"/people/accounts/{victim.pk}/open/", {"open": "0"}).status_code == 404
    for verb in ("reset-password", "reset-two-step"):
        path = f"/security/people/{victim.pk}/{verb}/"
        assert signed_in(world, "west_guard").post(path).status_code == 404
    victim.refresh_from_db()
    assert victim.password == kept
    assert victim.is_active
    near = world.people["outsider"]
    assert client.post(f"/people/accounts/{near.pk}/password/").status_code == 200
    with f.acting(world, "west_admin") as actor, pytest.raises(OutOfScope):
        accounts.reset_password(world.people["city"], actor=actor)


def test_no_spelling_of_a_name_escapes_the_lock(world: f.World) -> None:
    client = Client()
    for name in ("safety", " Safety", "SAFETY ", "\u017fafety", "ｓafety"):
        client.post("/accounts/login/", {"login": name, "password": "wrong"})
    answer = client.post("/accounts/login/", {"login": "safety", "password": "Test-2026-pass"})
    assert answer.status_code == 429
    assert "_auth_user_id" not in client.session


# --- answers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/static/xiangling/mark.svg", 200),
        ("GET", "/nothing/", 302),
        ("PUT", "/hazards/", 405),
        ("GET", "/api/v1/hazards", 401),
        ("POST", "/persona/", 404),
    ],
)
def test_every_answer_is_armoured(world: f.World, method: str, path: str, status: int) -> None:
    answer = Client(raise_request_exception=False).generic(method, path)
    assert answer.status_code in {status, 404 if path == "/nothing/" else status}
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    policy = answer["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


def test_a_demo_behind_a_proxy_offers_nobody(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("{}")

    def offers(**facts: Any) -> bool:
        return Environment(**{"DATA_DIR": tmp_path, **facts}).offers_personas

    assert offers()
    assert not offers(bind="0.0.0.0")
    assert not offers(behind_proxy=True)
    assert offers(behind_proxy=True, demo=True)


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_no_door_leads_elsewhere(world: f.World, wanted: str) -> None:
    client = Client()
    sent = {"login": "inspector", "password": "Test-2026-pass", "next": wanted}
    assert "evil" not in client.post("/accounts/login/", sent).headers.get("Location", "")
    answer = client.post("/language/", {"language": "en", "next": wanted})
    assert "evil" not in answer.headers.get("Location", "")
    assert "javascript" not in answer.headers.get("Location", "")


def test_unsafe_requests_need_the_token_of_the_form(world: f.World) -> None:
    hazard = f.report(world)
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.people["inspector"], backend=BACKEND)
    for path in (
        "/post/",
        "/language/",
        "/persona/",
        "/tokens/",
        f"/hazard/{hazard.uid}/grade/",
        "/jobs/x/",
    ):
        assert client.post(path, {"grade": "general"}).status_code in {403, 404}, path
    answer = client.post(
        f"/api/v1/hazards/{hazard.uid}/grade", {"grade": "general"}, content_type="application/json"
    )
    assert answer.status_code == 403
    assert Hazard._base_manager.get(pk=hazard.pk).state == "found"


WORDS = "<img src=x onerror=alert(1)>\"'</script>{{7*7}}"


def test_words_stay_words_on_every_page(world: f.World) -> None:
    hazard = f.report(world, text=WORDS, place=WORDS)
    world.firm.name = world.firm.address = WORDS
    world.firm.save()
    client = signed_in(world, "inspector")
    paths = (
        "/",
        "/mine/",
        "/hazards/",
        f"/hazard/{hazard.uid}/",
        f"/hazard/{hazard.uid}/?preview=1",
        f"/hazard/{hazard.uid}/grade/",
        f"/hazard/{hazard.uid}/verify/",
        f"/hazard/{hazard.uid}/label/",
        f"/objects/{world.firm.uid}/",
        f"/objects/{world.firm.uid}/edit/",
        "/objects/",
        "/search?q=" + quote(WORDS),
        "/hazards/?q=" + quote(WORDS),
        "/pick/object/?object_words=img",
    )
    for path in paths:
        page = client.get(path).content.decode()
        assert "<img src=x" not in page, path
        assert "\"'</script>" not in page, path
