"""The generic pages through the browser's door: records, steps, lists, files, sign-in."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import openpyxl
import pytest
from django.db import connection
from django.test import Client

from tests import factories as f
from xiangling.kernel import clock, sweep
from xiangling.kernel.models import Access, Entry, Notice, ProofUse, Refusal, SavedView
from xiangling.kernel.scope import unscoped
from xiangling.org.security import SEEN

pytestmark = pytest.mark.django_db
STATES = ["found", "graded", "ordered", "fixing", "submitted", "accepted", "closed"]
LATER = f.NOW + timedelta(hours=5)
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def world() -> f.World:
    return f.make_world()


@pytest.fixture(autouse=True)
def _at_work() -> Any:
    with clock.at(LATER):
        yield


def browser(world: f.World, key: str) -> Client:
    """Somebody signed in."""
    client = Client()
    client.force_login(world.people[key], backend=BACKEND)
    return client


def text_of(response: Any) -> str:
    return response.content.decode()


def fields_of(page: str) -> dict[str, str]:
    """The hidden inputs of the step or intake form of a page."""
    form = page[page.index("<main") :]
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
    return {name: value for name, value in found if name != "csrfmiddlewaretoken"}


# --- the record ---------------------------------------------------------------------------------


@pytest.mark.parametrize("major", [False, True])
@pytest.mark.parametrize("state", STATES)
def test_record_shows_a_hazard_in_every_state(world: f.World, state: str, major: bool) -> None:
    hazard = f.to_state(world, state, major=major)
    response = browser(world, "committee").get(f"/hazard/{hazard.uid}/")
    page = text_of(response)
    assert response.status_code == 200
    assert hazard.code in page
    assert hazard.title() in page
    with unscoped("test"):
        n_entries = Entry.objects.filter(case_uid=hazard.uid).count()
    assert page.count('class="event') >= n_entries
    assert response.context["record"]["chain"]["ok"]
    assert ("is-closed" in page) == (state == "closed")


def test_record_names_whose_turn_it_is_and_offers_them_the_step(world: f.World) -> None:
    hazard = f.to_state(world, "fixing")
    mine = text_of(browser(world, "owner").get(f"/hazard/{hazard.uid}/"))
    other = text_of(browser(world, "inspector").get(f"/hazard/{hazard.uid}/"))
    assert f"/hazard/{hazard.uid}/submit/" in mine
    assert f"/hazard/{hazard.uid}/submit/" not in other
    assert world.people["owner"].name in other


def test_record_says_why_the_fixer_may_not_accept(world: f.World) -> None:
    hazard = f.report(world, by="owner")
    f.step(world, hazard, "grade", "inspector", grade="general")
    f.step(world, hazard, "order", "inspector", unit=hazard.unit_id, **f.order_data())
    f.step(world, hazard, "start", "owner")
    f.step(
        world, hazard, "submit", "owner", f.NOW + timedelta(hours=1), done="已恢复",
        proofs=lambda actor: [f.stored(5, actor, taken=f.NOW + timedelta(hours=1))],
    )  # fmt: skip
    page = text_of(browser(world, "owner").get(f"/hazard/{hazard.uid}/"))
    assert f"/hazard/{hazard.uid}/self_accept/" not in page
    assert "提交整改" in page or "Submit rectification" in page
    refused = browser(world, "owner").get(f"/hazard/{hazard.uid}/self_accept/")
    assert refused.status_code == 403


def test_looking_at_a_record_is_kept_once_in_ten_minutes(world: f.World) -> None:
    hazard = f.report(world)
    client = browser(world, "committee")
    client.get(f"/hazard/{hazard.uid}/")
    client.get(f"/hazard/{hazard.uid}/")
    looks = Access.objects.filter(uid=hazard.uid, what="see", person=world.people["committee"].pk)
    assert looks.count() == 1
    with clock.at(LATER + timedelta(minutes=11)):
        client.get(f"/hazard/{hazard.uid}/")
    assert looks.count() == 2


@pytest.mark.parametrize("path", ["", "verify/", "label/", "grade/"])
def test_a_record_of_another_area_is_not_found(world: f.World, path: str) -> None:
    hazard = f.report(world)
    response = browser(world, "outsider").get(f"/hazard/{hazard.uid}/{path}")
    assert response.status_code == 404
    assert hazard.title() not in text_of(response)


def test_verify_page_shows_a_changed_entry(world: f.World) -> None:
    from xiangling.kernel import triggers

    hazard = f.to_state(world, "graded")
    client = browser(world, "committee")
    good = text_of(client.get(f"/hazard/{hazard.uid}/verify/"))
    assert 'data-tone="stopped"' not in good
    connection.check_constraints()  # PostgreSQL alters no table with checks still to come
    with triggers.lifted():
        Entry.objects.filter(case_uid=hazard.uid, seq=2).update(data={"grade": "major"})
    bad = text_of(client.get(f"/hazard/{hazard.uid}/verify/"))
    assert 'data-tone="stopped"' in bad
    assert "is-broken" in text_of(client.get(f"/hazard/{hazard.uid}/"))


def test_label_carries_a_code_that_leads_to_the_record(world: f.World) -> None:
    hazard = f.report(world)
    client = browser(world, "inspector")
    page = text_of(client.get(f"/hazard/{hazard.uid}/label/"))
    assert "<svg" in page
    assert f"/q/{hazard.code}/" in page
    assert client.get(f"/q/{hazard.code}/").headers["Location"] == f"/hazard/{hazard.uid}/"
    assert browser(world, "outsider").get(f"/q/{hazard.code}/").status_code == 404


def test_record_shows_the_rungs_that_fired_and_the_next_one(world: f.World) -> None:
    hazard = f.to_state(world, "fixing")
    late = f.NOW + timedelta(days=11)
    with clock.at(late):
        sweep.sweep(late)
        page = browser(world, "committee").get(f"/hazard/{hazard.uid}/")
    record = page.context["record"]
    assert record["turn"]["late"]
    rungs = record["escalations"]
    assert rungs[0]["fired"]
    assert [rung["next"] for rung in rungs].count(True) == 1
    assert not rungs[-1]["fired"]
    assert record["timeline"][0]["who"] == "值守程序"


def test_preview_is_the_record_in_short(world: f.World) -> None:
    hazard = f.to_state(world, "submitted")
    response = browser(world, "inspector").get(f"/hazard/{hazard.uid}/?preview=1")
    page = text_of(response)
    assert "<html" not in page
    assert hazard.title() in page
    assert f"/hazard/{hazard.uid}/accept/" in page


# --- steps --------------------------------------------------------------------------------------


def test_a_refused_step_keeps_what_was_typed_and_uploaded(world: f.World) -> None:
    hazard = f.to_state(world, "fixing")
    client, address = browser(world, "owner"), f"/hazard/{hazard.uid}/submit/"
    hidden = fields_of(text_of(client.get(address)))
    old = f.upload(31, taken=f.NOW - timedelta(days=3))
    sent = {**hidden, "done": "拆除短接线并复测", "cause": "", "proof_after": [old]}
    refused = client.post(address, sent)
    page = text_of(refused)
    assert refused.status_code == 422
    assert "拆除短接线并复测" in page
    assert "IMG_31.jpg" in page
    assert 'id="refusal"' in page
    assert Refusal.objects.filter(case_uid=hazard.uid, code="photo_old").exists()
    hazard.refresh_from_db()
    assert hazard.state == "fixing"

    good = f.upload(32, taken=LATER)
    sent = {**fields_of(page), "done": "拆除短接线并复测", "proof_after": [good]}
    done = client.post(address, sent)
    assert done.status_code == 302
    hazard.refresh_from_db()
    assert hazard.state == "submitted"


def test_a_photo_kept_from_a_refusal_goes_along_the_second_time(world: f.World) -> None:
    hazard = f.to_state(world, "fixing")
    client, address = browser(world, "owner"), f"/hazard/{hazard.uid}/submit/"
    refused = client.post(address, {"done": "", "proof_after": [f.upload(33, taken=LATER)]})
    page = text_of(refused)
    assert refused.status_code == 422
    token = re.search(r'value="(after:[0-9a-f-]{36})"', page)
    assert token
    client.post(address, {**fields_of(page), "done": "已整改", "kept": [token[1]]})
    hazard.refresh_from_db()
    assert hazard.state == "submitted"
    assert ProofUse.objects.filter(case_uid=hazard.uid, role="after").count() == 1


def test_somebody_elses_uploads_cannot_be_used(world: f.World) -> None:
    hazard = f.to_state(world, "fixing")
    with f.acting(world, "inspector", LATER) as actor:
        given = f.stored(34, actor, taken=LATER)
    sent = {"done": "已整改", "kept": [f"after:{given.file.uid}"]}
    assert browser(world, "owner").post(f"/hazard/{hazard.uid}/submit/", sent).status_code == 422
    hazard.refresh_from_db()
    assert hazard.state == "fixing"


def test_the_same_form_sent_twice_is_one_step(world: f.World) -> None:
    hazard = f.report(world)
    client, address = browser(world, "inspector"), f"/hazard/{hazard.uid}/grade/"
    sent = {**fields_of(text_of(client.get(address))), "grade": "general"}
    first, second = client.post(address, sent), client.post(address, sent)
    assert first.status_code == second.status_code == 302
    assert Entry.objects.filter(case_uid=hazard.uid, step="grade").count() == 1


def test_the_slower_of_two_clerks_is_told(world: f.World) -> None:
    hazard = f.report(world)
    address = f"/hazard/{hazard.uid}/grade/"
    quick, slow = browser(world, "inspector"), browser(world, "inspector2")
    one, two = (fields_of(text_of(client.get(address))) for client in (quick, slow))
    assert quick.post(address, {**one, "grade": "general"}).status_code == 302
    late = slow.post(address, {**two, "grade": "general", "opinion": "现场看过"})
    assert late.status_code == 409
    assert world.people["inspector"].name in text_of(late)
    assert "现场看过" in text_of(late)


def test_a_step_out_of_turn_is_a_page_with_words(world: f.World) -> None:
    hazard = f.report(world)
    response = browser(world, "committee").get(f"/hazard/{hazard.uid}/accept/")
    assert response.status_code == 409
    assert 'id="refusal"' in text_of(response)


# --- intake -------------------------------------------------------------------------------------


def opening(world: f.World, **more: Any) -> dict[str, Any]:
    return {
        "object": str(world.firm.uid),
        "text": "冲压车间3号冲床双手按钮被短接，单手即可启动",
        "place": "冲压车间",
        "source": "inspection",
        "hazard_class": "safety",
        "request_uid": str(uuid4()),
        **more,
    }


def test_intake_opens_one_hazard_however_often_it_is_sent(world: f.World) -> None:
    client, sent = browser(world, "inspector"), opening(world)
    first = client.post("/hazard/new/", {**sent, "proof_before": [f.upload(41, taken=LATER)]})
    again = client.post("/hazard/new/", sent)
    assert first.status_code == again.status_code == 302
    assert first.headers["Location"] == again.headers["Location"]
    page = text_of(client.get(first.headers["Location"]))
    assert "/thumb" in page


def test_intake_asks_before_a_second_record_of_the_same_matter(world: f.World) -> None:
    known = f.report(world)
    client = browser(world, "inspector2")
    sent = opening(world)
    asked = client.post("/hazard/new/", sent)
    page = text_of(asked)
    assert asked.status_code == 200
    assert known.code in page
    assert f'name="same" value="{known.uid}"' in page
    joined = client.post("/hazard/new/", {**sent, "same": str(known.uid)})
    assert joined.headers["Location"] == f"/hazard/{known.uid}/"
    with unscoped("test"):
        assert known.sources.count() == 1
        assert type(known).objects.count() == 1
    other = client.post("/hazard/new/", {**opening(world), "answer": "new"})
    assert other.status_code == 302
    with unscoped("test"):
        assert type(known).objects.count() == 2


def test_intake_keeps_what_was_typed_when_something_is_missing(world: f.World) -> None:
    response = browser(world, "inspector").post("/hazard/new/", opening(world, object=""))
    assert response.status_code == 422
    assert "单手即可启动" in text_of(response)


def test_intake_at_an_object_of_another_area_is_refused_beside_the_field(world: f.World) -> None:
    sent = opening(world, object=str(world.other_firm.uid))
    response = browser(world, "inspector").post("/hazard/new/", sent)
    assert response.status_code == 404
    assert "单手即可启动" in text_of(response)
    assert world.other_firm.name not in text_of(response)


# --- proof --------------------------------------------------------------------------------------


def test_proof_is_shown_clean_and_given_whole_only_as_a_download(world: f.World) -> None:
    hazard = f.to_state(world, "submitted")
    use = ProofUse.objects.filter(case_uid=hazard.uid).select_related("file").first()
    address = f"/proof/hazard/{hazard.uid}/{use.file.uid}/"
    client = browser(world, "inspector")
    for version in ("clean", "thumb"):
        shown = client.get(address + version)
        assert shown.status_code == 200
        assert shown.headers["Content-Type"] == "image/jpeg"
        assert shown.headers["X-Content-Type-Options"] == "nosniff"
        assert b"Exif" not in b"".join(shown.streaming_content)[:400]
    whole = client.get(address + "original")
    assert whole.headers["Content-Disposition"].startswith("attachment")
    assert Access.objects.filter(uid=hazard.uid, what="original").exists()


def test_proof_is_not_served_to_others(world: f.World) -> None:
    hazard, other = f.to_state(world, "submitted"), f.report(world, text="二层通道堆放杂物")
    use = ProofUse.objects.filter(case_uid=hazard.uid).select_related("file").first()
    address = f"/proof/hazard/{hazard.uid}/{use.file.uid}/clean"
    assert browser(world, "outsider").get(address).status_code == 404
    assert browser(world, "far_owner").get(address).status_code == 404
    assert Client().get(address).status_code == 302
    elsewhere = f"/proof/hazard/{other.uid}/{use.file.uid}/clean"
    assert browser(world, "inspector").get(elsewhere).status_code == 404


# --- lists --------------------------------------------------------------------------------------


def sheet_of(response: Any) -> list[list[Any]]:
    content = io.BytesIO(b"".join(response.streaming_content))
    sheet = openpyxl.load_workbook(content).active
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def test_the_sheet_holds_exactly_the_rows_of_the_list(world: f.World) -> None:
    for n in range(3):
        f.to_state(world, "graded", seed=2000 + n)
    f.report(world, text="二层通道堆放杂物")
    client = browser(world, "committee")
    for query in ("", "?state=graded", "?view=mine", "?q=通道"):
        page = client.get(f"/hazards/{query}").context["page"]
        joiner = "&" if query else "?"
        rows = sheet_of(client.get(f"/hazards/{query}{joiner}format=xlsx"))[1:]
        shown = [
            next(c["text"] for c in row["cells"] if c["key"] == "code") for row in page["rows"]
        ]
        assert [row[0] for row in rows] == shown
        assert page["count_label"].startswith(str(len(rows)))
    assert Access.objects.filter(what="export", kind="hazards").count() == 4


def test_pages_of_a_list_keep_the_filters_and_miss_no_row(
    world: f.World,
) -> None:
    for n in range(53):
        f.report(world, text=f"第{n}号灭火器压力不足")
    client, address, seen = browser(world, "committee"), "/hazards/?source=inspection", []
    while address:
        page = client.get(address).context["page"]
        seen += [row["uid"] for row in page["rows"]]
        address = page["next_url"]
        assert not address or "source=inspection" in address
    assert len(seen) == len(set(seen)) == 53


def test_a_list_answers_htmx_with_its_body_alone(world: f.World) -> None:
    f.report(world)
    headers = {"HX-Request": "true", "HX-Target": "list-body"}
    response = browser(world, "committee").get("/hazards/", headers=headers)
    assert "<html" not in text_of(response)
    assert "<table" in text_of(response)


def test_a_filter_that_makes_no_sense_is_refused_in_words(world: f.World) -> None:
    response = browser(world, "committee").get("/hazards/?found_from=2026-02-31")
    assert response.status_code == 422
    assert browser(world, "committee").get("/hazards/?after=xxxx").status_code == 422


def test_saved_views_belong_to_one_person(world: f.World) -> None:
    client = browser(world, "committee")
    client.post(
        "/saved-views/hazards/", {"name": "港口镇逾期", "address": "/hazards/?overdue=on&after=x"}
    )
    row = SavedView.objects.get()
    assert row.query == "overdue=on"
    assert "港口镇逾期" in text_of(client.get("/hazards/"))
    assert "港口镇逾期" not in text_of(browser(world, "committee2").get("/hazards/"))
    assert browser(world, "committee2").post(f"/saved-views/{row.pk}/delete/").status_code == 404
    client.post(f"/saved-views/{row.pk}/delete/")
    assert not SavedView.objects.exists()


def test_a_bulk_step_tells_first_who_would_be_refused(world: f.World) -> None:
    ready, early = f.to_state(world, "accepted"), f.report(world, text="二层通道堆放杂物")
    client, sent = browser(world, "inspector"), {"uid": [str(ready.uid), str(early.uid)]}
    tried = client.post("/hazards/bulk/close/", {**sent, "answered": "1", "opinion": ""})
    assert tried.context["n_willing"] == 1
    assert tried.context["n_refused"] == 1
    ready.refresh_from_db()
    assert ready.state == "accepted"
    assert not Refusal.objects.exists()
    request_uid = str(uuid4())
    go = {"uid": [str(ready.uid)], "answered": "1", "go": "1", "request_uid": request_uid}
    assert client.post("/hazards/bulk/close/", go).status_code == 302
    ready.refresh_from_db()
    assert ready.state == "closed"


# --- home, search, notices ------------------------------------------------------------------------


def test_every_number_of_the_first_page_equals_the_rows_it_opens(world: f.World) -> None:
    f.to_state(world, "fixing")
    f.to_state(world, "graded", major=True, seed=3000)
    f.report(world, text="二层通道堆放杂物")
    with clock.at(f.NOW + timedelta(days=30)):
        client = browser(world, "committee")
        page = client.get("/")
        for fact in page.context["facts"]:
            listed = client.get(fact["url"]).context["page"]
            assert listed["count_label"].startswith(fact["value"])
            assert len(listed["rows"]) == int(fact["value"])
        for column in page.context["columns"]:
            listed = client.get(column["more_url"]).context["page"]
            assert len(listed["rows"]) == int(column["total"])


def test_first_page_puts_my_work_before_what_waits_on_others(world: f.World) -> None:
    hazard = f.to_state(world, "ordered")
    for persona, wanted in (("owner", "mine"), ("inspector", "waiting")):
        page = browser(world, persona).get("/")
        (column,) = page.context["columns"]
        assert column["key"] == wanted
        assert [row["code"] for row in column["rows"]] == [hazard.code]
        assert {row["key"] for row in page.context["idle"]} == {"mine", "waiting", "below"} - {
            wanted
        }


def test_the_ledger_opens_on_what_is_open_and_keeps_every_other_address(world: f.World) -> None:
    closed, still = f.to_state(world, "closed"), f.report(world)
    client = browser(world, "committee")

    def codes(address: str) -> set[str]:
        return {row["uid"] for row in client.get(address).context["page"]["rows"]}

    assert codes("/hazards/") == {still.uid}
    assert (
        codes("/hazards/?view=all")
        == codes("/hazards/?source=inspection")
        == {closed.uid, still.uid}
    )


def test_a_step_refused_for_its_stage_leads_back_to_the_record(world: f.World) -> None:
    hazard = f.report(world)
    page = browser(world, "inspector").get(f"/hazard/{hazard.uid}/close/")
    assert page.status_code == 409
    assert f'href="/hazard/{hazard.uid}/"' in page.content.decode()


def test_a_saved_view_can_be_deleted_where_it_is_chosen(world: f.World) -> None:
    client = browser(world, "committee")
    client.post("/saved-views/hazards/", {"name": "港口镇逾期", "address": "/hazards/?overdue=on"})
    (saved,) = client.get("/hazards/").context["page"]["saved"]
    assert f'action="{saved["remove_url"]}"' in client.get("/hazards/").content.decode()
    assert client.post(saved["remove_url"]).status_code == 302
    assert client.get("/hazards/").context["page"]["saved"] == []


def test_search_opens_an_exact_code_and_finds_two_character_words(world: f.World) -> None:
    hazard = f.report(world)
    client = browser(world, "committee")
    found = client.get("/search", {"q": hazard.code.lower()})
    assert found.headers["Location"] == f"/hazard/{hazard.uid}/"
    assert hazard.code in text_of(client.get("/search", {"q": "冲床"}))
    hidden = browser(world, "outsider").get("/search", {"q": "冲床"})
    assert hazard.code not in text_of(hidden)
    assert browser(world, "outsider").get("/search", {"q": hazard.code}).status_code == 200


def test_opening_a_notice_leads_to_its_record_and_counts_as_read(world: f.World) -> None:
    hazard = f.report(world)
    post = world.actor("inspector").post
    note = Notice.objects.create(
        post=post, case_kind="hazard", case_uid=hazard.uid, code=hazard.code,
        title=hazard.title(), entry_kind="hazard.reminded", at=LATER,
    )  # fmt: skip
    client = browser(world, "inspector")
    assert hazard.code in text_of(client.get("/notices/"))
    assert browser(world, "committee").get(f"/notices/{note.pk}/").status_code == 404
    assert client.get(f"/notices/{note.pk}/").headers["Location"] == f"/hazard/{hazard.uid}/"
    note.refresh_from_db()
    assert note.read_at == LATER


# --- doors --------------------------------------------------------------------------------------


PATHS = [
    "/",
    "/hazards/",
    "/docket/",
    "/hazard/new/",
    "/search?q=x",
    "/jobs/",
    "/notices/",
    "/audit/",
    "/import/hazards/",
]


@pytest.mark.parametrize("path", PATHS)
def test_nobody_gets_in_without_signing_in(world: f.World, path: str) -> None:
    response = Client().get(path)
    assert response.status_code == 302
    assert "next=" in response.headers["Location"]


def test_a_session_that_has_ended_tells_a_fragment_and_loses_nothing(world: f.World) -> None:
    hazard = f.report(world)
    client = browser(world, "inspector")
    session = client.session
    session[SEEN] = int((LATER - timedelta(hours=2)).timestamp())
    session.save()
    fragment = client.get("/hazards/", headers={"HX-Request": "true"})
    assert fragment.status_code == 401
    sent = client.post(f"/hazard/{hazard.uid}/grade/", {"grade": "general"})
    assert sent.status_code == 302
    hazard.refresh_from_db()
    assert hazard.state == "found"


def test_audit_is_for_auditors_and_shows_who_looked(world: f.World) -> None:
    hazard = f.report(world)
    browser(world, "committee").get(f"/hazard/{hazard.uid}/")
    assert browser(world, "committee").get("/audit/").status_code == 403
    assert browser(world, "committee").get("/accesses/").status_code == 403
    auditor = browser(world, "auditor")
    assert auditor.get("/audit/").status_code == 200
    looks = text_of(auditor.get("/accesses/?what=see&kind=hazard"))
    assert hazard.code in looks
    assert world.people["committee"].name in looks
    for path in ("/refusals/", "/edits/", "/entries/", "/seals/"):
        assert auditor.get(path).status_code == 200


def test_an_auditor_proves_all_chains_from_the_page(world: f.World) -> None:
    from xiangling.kernel import jobs

    f.to_state(world, "closed")
    auditor = browser(world, "auditor")
    assert auditor.post("/audit/prove/").status_code == 302
    while jobs.tick("test"):
        continue
    page = auditor.get("/audit/")
    assert page.context["proof"]["holds"]


def test_a_job_is_its_owners_alone(world: f.World) -> None:
    from xiangling.kernel import jobs

    job = jobs.start("verify", title="核验", actor=world.actor("auditor"), params={})
    assert browser(world, "auditor").get(f"/jobs/{job.uid}/").status_code == 200
    assert browser(world, "committee").get(f"/jobs/{job.uid}/").status_code == 404
    assert browser(world, "committee").post(f"/jobs/{job.uid}/stop/").status_code == 404


def test_unknown_addresses_say_so_in_the_frame(world: f.World) -> None:
    response = browser(world, "committee").get("/nothing/")
    assert response.status_code == 404
    assert "rail" in text_of(response)


def test_list_page_of_a_kind_without_a_list_of_its_own(world: f.World) -> None:
    f.to_state(world, "ordered")
    response = browser(world, "committee").get("/disputes/")
    assert response.status_code == 200
    assert isinstance(response.context["page"]["columns"], list)


def test_a_form_without_its_token_comes_back_with_words(world: f.World) -> None:
    hazard = f.report(world)
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.people["inspector"], backend=BACKEND)
    response = client.post(f"/hazard/{hazard.uid}/grade/", {"grade": "general"})
    assert response.status_code == 403
    assert response.context["reason"] == "csrf"


def test_a_body_beyond_the_limit_is_refused_before_it_is_read(world: f.World) -> None:
    client = browser(world, "committee")
    response = client.generic(
        "POST", "/import/hazards/", b"x", CONTENT_LENGTH=str(300 * 1024 * 1024)
    )
    assert response.status_code == 413


def test_health_needs_no_sign_in_and_tells_of_a_silent_worker(world: f.World) -> None:
    from xiangling.kernel import jobs

    assert Client().get("/health").status_code == 503
    jobs.tick("test")
    answer = Client().get("/health")
    assert answer.status_code == 200
    assert set(answer.json()) == {"database", "worker"}


# --- imports ------------------------------------------------------------------------------------


def sheet(*lines: str) -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    text = "\n".join(["编号,隐患描述,企业名称,部位", *lines])
    return SimpleUploadedFile("隐患.csv", text.encode("gb18030"))


def test_an_import_shows_what_it_understood_and_takes_in_the_good_rows(world: f.World) -> None:
    from xiangling.kernel import jobs, registry

    client = browser(world, "inspector")
    good, bad = "A1,灭火器压力不足,海晏五金有限公司,一层", "A2,通道堵塞,不存在的企业,二层"
    checked = client.post("/import/hazards/", {"file": sheet(good, bad)})
    check = checked.context["check"]
    assert [column["status"] for column in check["columns"]] == ["matched"] * 4
    assert [error["row"] for error in check["errors"]] == [3]
    with unscoped("test"):
        assert not registry.kind("hazard").model.objects.exists()
    begun = client.post(check["confirm_url"])
    assert begun.status_code == 302
    while jobs.tick("test"):
        continue
    job = client.get(begun.headers["Location"]).context["job"]
    assert job["outcome"]["new"] == "1"
    assert job["outcome"]["refused"] == "1"
    rows = sheet_of(client.get(job["refused_url"]))
    assert "不存在的企业" in rows[1]
    assert browser(world, "inspector2").get(job["refused_url"]).status_code == 404


def test_a_file_that_is_no_sheet_and_a_forged_start_are_refused_in_words(world: f.World) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    client = browser(world, "inspector")
    wrong = client.post(
        "/import/hazards/", {"file": SimpleUploadedFile("a.xlsx", b"%PDF-1.7 nothing")}
    )
    assert wrong.status_code == 422
    assert wrong.context["refusal"].what
    assert client.post("/import/hazards/", {}).status_code == 422
    assert client.post("/import/hazards/start/?file=forged").status_code == 422
    assert browser(world, "owner").get("/import/hazards/").status_code == 403
