"""The life of a paper: filled from the record, completed, issued under a number, withdrawn by another (domain.md 8.9)."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import docx as office
import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from tests import factories as f
from xiangling.documents import actions, catalogue, checking, composing, queries
from xiangling.documents.models import Issued, Letterhead, Paper
from xiangling.documents.tests.making import (
    ANSWERS,
    BY,
    draft,
    hazard_for,
    issue,
    letterheads,
    make,
)
from xiangling.kernel import clock, engine, ledger, packs, proof, triggers
from xiangling.kernel.actor import Actor
from xiangling.kernel.digest import digest
from xiangling.kernel.models import Case, Entry, Series
from xiangling.kernel.refusal import Refused
from xiangling.kernel.testing import ListTests, LoopTests

pytestmark = pytest.mark.django_db
LATER = f.NOW + timedelta(hours=4)
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
SORTS = [row["key"] for row in packs.load("papers")]


class InWorld:
    world: f.World

    @pytest.fixture(autouse=True)
    def _world(self) -> None:
        self.world = f.make_world()

    def personas(self) -> Mapping[str, Callable[[], AbstractContextManager[Actor]]]:
        return {key: partial(f.acting, self.world, key, LATER) for key in self.world.people}


class TestPaperLoop(InWorld, LoopTests):
    kind = "paper"

    def make(self, state: str) -> Case:
        return make(self.world, state)


class TestPaperList(InWorld, ListTests):
    key = "papers"

    def actor(self) -> AbstractContextManager[Actor]:
        return f.acting(self.world, "inspector", LATER)

    def make_rows(self) -> int:
        for state in ("draft", "issued", "discarded", "draft"):
            make(self.world, state)
        return 4


@pytest.fixture
def world() -> f.World:
    return f.make_world()


def signed_in(world: f.World, key: str) -> Client:
    client = Client()
    client.force_login(world.people[key], backend=BACKEND)
    return client


def refusal_of(world: f.World, paper: Paper, step: str = "issue", **data: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        f.step(world, paper, step, BY.get(paper.type, "inspector"), LATER, **data)
    return caught.value


# --- filled from the record, nothing made up -----------------------------------------------------


@pytest.mark.parametrize("sort", SORTS)
def test_every_sort_is_drafted_completed_issued_and_says_what_it_was_filled_with(
    world: f.World, sort: str
) -> None:
    letterheads(world)
    about = None if sort == "circular" else hazard_for(world, sort)
    if sort == "recheck":
        issue(world, draft(world, "order", about=about))
    paper = draft(world, sort, about=about)
    assert not paper.has_gaps
    issue(world, paper)
    assert paper.state == "issued"
    assert Issued.objects.get(paper=paper).number == paper.number
    assert paper.number.endswith("〔2026〕1号")
    words = "".join(
        composing.compose(paper, number=paper.number, issued_on=paper.issued_on).words()
    )
    for key, value in ANSWERS[sort].items():
        asked = catalogue.asked_for()[key]
        for said in value if isinstance(value, list) else [asked.said(value)]:
            assert all(line.rstrip("。") in words for line in said.splitlines()), (key, said)
    docx = office.Document(io.BytesIO(proof.read(paper.issued.docx, "docx")))
    assert any(paper.number in line.text for line in docx.paragraphs)


def test_a_draft_takes_from_the_record_what_is_on_record_and_leaves_the_rest_open(
    world: f.World,
) -> None:
    paper = draft(world, "order", whole=False)
    hazard = f.Hazard._base_manager.get(uid=paper.about_uid)
    assert paper.content["addressee"] == "海晏五金有限公司"
    assert paper.content["problems"] == [hazard.text]
    assert paper.content["deadline"] == hazard.deadline.isoformat()
    missing = {asked.key for asked in paper.paper_type.missing(paper.content)}
    assert missing == {"basis", "officers", "review_body", "court"}
    refusal = refusal_of(world, paper)
    assert refusal.code == "incomplete"
    assert "依据" in str(refusal.why)
    assert not Issued.objects.exists()
    assert not Series.objects.filter(key__startswith="paper").exists(), "no number was taken"


def test_one_officer_is_not_enough(world: f.World) -> None:
    paper = draft(world)
    with f.acting(world, "inspector", LATER) as actor:
        actions.complete(paper, {"officers": ["王强 闽执法0101"]}, actor=actor)
    assert refusal_of(world, paper).code == "incomplete"


def test_what_a_body_writes_alike_is_taken_over_from_its_last_paper(world: f.World) -> None:
    first = draft(world)
    second = draft(world, whole=False)
    assert second.content["officers"] == first.content["officers"]
    assert second.content["basis"] == "", "but nothing that belongs to the matter"


def test_the_letterhead_fills_whom_to_appeal_to(world: f.World) -> None:
    letterheads(world)
    Letterhead.objects.filter(word="东港应急").update(review_body="东区人民政府", court="东区法院")
    paper = draft(world, whole=False)
    assert (paper.content["review_body"], paper.content["court"]) == ("东区人民政府", "东区法院")


@pytest.mark.parametrize(
    ("by", "type_", "about", "code"),
    [
        ("inspector", "order", "", "bad_about"),
        ("inspector", "order", "YH-990101-2026-99999", "about_unknown"),
        ("inspector", "listing", "known", "invalid"),
        ("department", "listing", "known", "bad_about"),
        ("inspector", "recheck", "known", "paper_missing"),
        ("outsider", "order", "known", "about_unknown"),
    ],
)
def test_a_draft_that_cannot_be_is_refused_in_words(
    world: f.World, by: str, type_: str, about: str, code: str
) -> None:
    hazard = hazard_for(world, "order")
    with f.acting(world, by, LATER) as actor, pytest.raises(Refused) as caught:
        actions.draft_paper(type_, about=hazard.code if about == "known" else about, actor=actor)
    assert caught.value.code == code
    assert str(caught.value)
    assert not Paper._base_manager.exists()


def test_a_recheck_only_follows_an_order_that_stands(world: f.World) -> None:
    hazard = hazard_for(world, "order")
    order = issue(world, draft(world, "order", about=hazard))
    recheck = draft(world, "recheck", about=hazard)
    assert recheck.content["order_number"] == order.number
    assert recheck.content["order_on"] == order.issued_on.isoformat()
    issue(world, draft(world, "order", about=hazard, withdraws=order.number))
    assert refusal_of(world, recheck).code == "paper_missing", "its order was withdrawn"


# --- numbers --------------------------------------------------------------------------------------


def test_numbers_count_per_body_sort_and_year(world: f.World) -> None:
    numbers = [issue(world, draft(world)).number for _n in range(3)]
    assert numbers == [f"东港应急责改〔2026〕{n}号" for n in (1, 2, 3)]
    assert issue(world, draft(world, "site_record")).number == "东港应急现记〔2026〕1号"
    assert issue(world, draft(world, "circular")).number == "东安办通〔2026〕1号"
    next_year = clock.end_of(clock.local_date(f.NOW).replace(month=12, day=31)) + timedelta(hours=9)
    late = draft(world, "circular", at=next_year)
    assert issue(world, late, next_year).number == "东安办通〔2027〕1号"


def test_the_year_is_that_of_the_place_not_of_greenwich(world: f.World) -> None:
    before = clock.end_of(clock.local_date(f.NOW).replace(month=12, day=31)) - timedelta(minutes=1)
    paper = draft(world, "circular", at=before)
    assert issue(world, paper, before).number.endswith("〔2026〕1号")
    other = draft(world, "circular", at=before)
    assert issue(world, other, before + timedelta(minutes=2)).number.endswith("〔2027〕1号")


def test_a_number_of_a_withdrawn_paper_is_not_used_again(world: f.World) -> None:
    paper = make(world, "withdrawn")
    newer = Paper._base_manager.get(withdraws=paper)
    assert (paper.number[-2:], newer.number[-2:]) == ("1号", "2号")
    assert issue(world, draft(world)).number.endswith("3号")


def test_a_word_that_changes_hands_does_not_give_a_number_twice(world: f.World) -> None:
    first = issue(world, draft(world))
    Letterhead.objects.filter(word="东港应急").update(word="东港安")
    Letterhead.objects.filter(word="东应急").update(word="东港应急")
    hazard = hazard_for(world, "listing")
    with f.acting(world, "department", LATER) as actor:
        paper = actions.draft_paper("order", about=hazard.code, actor=actor)
        actions.complete(paper, ANSWERS["order"], actor=actor)
        engine.move(paper, "issue", actor=actor)
    assert first.number == "东港应急责改〔2026〕1号"
    assert paper.number == "东港应急责改〔2026〕2号"
    again = issue(world, draft(world))
    assert again.number == "东港安责改〔2026〕2号"


def test_a_lost_counter_does_not_give_a_number_twice(world: f.World) -> None:
    issue(world, draft(world))
    Series.objects.filter(key__startswith="paper").delete()
    assert issue(world, draft(world)).number.endswith("〔2026〕2号")


def test_without_a_letterhead_nothing_is_issued(world: f.World) -> None:
    paper = draft(world)
    Letterhead.objects.all().delete()
    assert refusal_of(world, paper).code == "no_letterhead"


def test_another_body_neither_words_nor_issues_it(world: f.World) -> None:
    paper = draft(world)
    for step, data in (("issue", {}), ("edit", {"basis": "x"}), ("discard", {"reason": "x"})):
        with pytest.raises(Refused) as caught:
            f.step(world, paper, step, "committee", LATER, **data)
        assert caught.value.code == "other_unit"


# --- frozen ---------------------------------------------------------------------------------------


def test_what_was_issued_is_kept_by_hash_and_the_hash_is_in_the_ledger(world: f.World) -> None:
    paper = issue(world, draft(world))
    issued = paper.issued
    entry = Entry.objects.get(case_uid=paper.uid, step="issue")
    for form in ("docx", "pdf"):
        sha = getattr(issued, form)
        assert digest(proof.read(sha, form)) == sha == entry.data[form]
    assert entry.data["number"] == paper.number
    assert entry.data["document"] == issued.document_digest
    assert ledger.verify_case(paper) is None
    assert checking.holds(issued)


@pytest.mark.parametrize("step", ["edit", "issue", "discard"])
def test_an_issued_paper_takes_no_step(world: f.World, step: str) -> None:
    paper = issue(world, draft(world))
    assert refusal_of(world, paper, step, reason="x").code == "wrong_state"


def test_it_is_withdrawn_only_by_a_paper_that_says_so(world: f.World) -> None:
    paper = issue(world, draft(world))
    refusal = refusal_of(world, paper, "withdraw", number="东港应急责改〔2026〕9号")
    assert refusal.code == "withdrawing_paper_missing"
    newer = draft(
        world, about=f.Hazard._base_manager.get(uid=paper.about_uid), withdraws=paper.number
    )
    paper.refresh_from_db()
    assert paper.state == "issued", "a draft withdraws nothing"
    assert refusal_of(world, paper, "withdraw", number=newer.code).code == (
        "withdrawing_paper_missing"
    )
    issue(world, newer)
    paper.refresh_from_db()
    assert paper.state == "withdrawn"
    late = draft(world)
    with f.acting(world, "inspector", LATER) as actor, pytest.raises(Refused) as caught:
        actions.draft_paper("order", about=late.about_code, withdraws=paper.number, actor=actor)
    assert caught.value.code == "no_such_paper"


@pytest.mark.parametrize("verb", ["UPDATE", "DELETE"])
def test_the_database_refuses_to_change_what_was_issued(world: f.World, verb: str) -> None:
    issue(world, draft(world))
    table = Issued._meta.db_table
    sql = {
        "UPDATE": f"UPDATE {table} SET number = 'x'",
        "DELETE": f"DELETE FROM {table}",
    }[verb]
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert triggers.missing() == []


# --- who sees what --------------------------------------------------------------------------------


def test_a_firm_sees_the_papers_addressed_to_it_once_they_are_issued(world: f.World) -> None:
    hazard = hazard_for(world, "order")
    order, notice = draft(world, about=hazard), draft(world, "supervision", about=hazard)
    with f.acting(world, "owner", LATER):
        assert not Paper.objects.exists()
    issue(world, order)
    issue(world, notice)
    with f.acting(world, "owner", LATER):
        assert list(queries.papers_about(hazard.uid)) == [order]
    with f.acting(world, "inspector", LATER):
        assert set(queries.papers_about(hazard.uid)) == {order, notice}, "the town sees the notice"
    with f.acting(world, "far_owner", LATER):
        assert not Paper.objects.exists()


def test_files_are_handed_out_to_whom_the_paper_concerns(world: f.World) -> None:
    with clock.at(LATER):
        paper = issue(world, draft(world))
        for form, start in (("pdf", b"%PDF"), ("docx", b"PK")):
            for key in ("inspector", "owner", "auditor"):
                answer = signed_in(world, key).get(f"/papers/{paper.uid}/{form}/")
                assert answer.status_code == 200
                assert answer.content.startswith(start)
                assert digest(answer.content) == getattr(paper.issued, form)
                assert "attachment" in answer["Content-Disposition"]
            for key in ("outsider", "far_owner", "workshop"):
                assert signed_in(world, key).get(f"/papers/{paper.uid}/{form}/").status_code == 404
            assert Client().get(f"/papers/{paper.uid}/{form}/").status_code == 302
        shown = signed_in(world, "owner").get(f"/papers/{paper.uid}/pdf/?inline=1")
        assert shown["Content-Disposition"].startswith("inline")
        unsent = draft(world)
        assert signed_in(world, "inspector").get(f"/papers/{unsent.uid}/pdf/").status_code == 200
        assert signed_in(world, "owner").get(f"/papers/{unsent.uid}/pdf/").status_code == 404


def test_the_record_shows_its_papers_and_offers_to_draft_one(world: f.World) -> None:
    with clock.at(LATER):
        paper = issue(world, draft(world))
        page = signed_in(world, "inspector").get(f"/hazard/{paper.about_uid}/").content.decode()
        assert paper.number in page
        assert f"/papers/{paper.uid}/pdf/" in page
        assert f"/paper/new/?about={paper.about_code}" in page
        owners = signed_in(world, "owner").get(f"/hazard/{paper.about_uid}/").content.decode()
        assert paper.number in owners
        assert "/paper/new/" not in owners


# --- anybody may check it -------------------------------------------------------------------------


def test_the_code_opens_a_page_that_says_whether_the_paper_stands_and_nothing_else(
    world: f.World,
) -> None:
    with clock.at(LATER):
        paper = issue(world, draft(world))
        address = f"/v/{paper.issued.token}/"
        page = Client().get(address)
        words = page.content.decode()
        assert page.status_code == 200
        for said in (paper.number, "港口镇应急站", "2026-06-10", "文书有效"):
            assert said in words
        assert paper.issued.pdf[:8] in words
        for hidden in ("海晏", "冲床", "王强", paper.about_code, paper.code):
            assert hidden not in words, hidden
        hazard = f.Hazard._base_manager.get(uid=paper.about_uid)
        newer = issue(world, draft(world, about=hazard, withdraws=paper.number))
        words = Client().get(address).content.decode()
        assert "已撤回" in words
        assert newer.number in words


@pytest.mark.parametrize(
    "token",
    [
        "A" * 26,
        "../../etc/passwd",
        "' OR 1=1 --",
        "%00",
        "A" * 5000,
        "<script>",
        "ａ" * 26,
        "a" * 26,
    ],
)
def test_a_made_up_code_is_not_there(world: f.World, token: str) -> None:
    issue(world, draft(world))
    assert Client().get(f"/v/{token}/").status_code == 404
    assert Client().post(f"/v/{token}/").status_code in (403, 404, 405)


def test_whatever_was_tampered_with_is_doubtful(world: f.World) -> None:
    paper = issue(world, draft(world))
    token = paper.issued.token
    name = f"{paper.issued.pdf[:2]}/{paper.issued.pdf}.pdf"
    path = Path(proof.storage().path(name))
    with path.open("r+b") as file:
        file.write(b"%PDX")
    assert checking.check(token).state == "doubtful"
    with path.open("r+b") as file:
        file.write(b"%PDF")
    assert checking.check(token).state == "valid"
    with triggers.lifted():
        Issued.objects.filter(token=token).update(number="东港应急责改〔2026〕8号")
    assert checking.check(token).state == "doubtful"


# --- letterheads ----------------------------------------------------------------------------------


def test_a_body_keeps_its_own_letterhead(world: f.World) -> None:
    with clock.at(LATER):
        client = signed_in(world, "inspector")
        assert client.get("/papers/letterhead/").status_code == 200
        sent = {"word": "东港应急", "mark": "港口镇应急站", "court": "东区人民法院"}
        assert client.post("/papers/letterhead/", sent).status_code == 302
        row = Letterhead.objects.get()
        assert (row.unit, row.word, row.court) == (
            world.units["station"],
            "东港应急",
            "东区人民法院",
        )
        taken = signed_in(world, "committee").post("/papers/letterhead/", sent)
        assert taken.status_code == 422
        assert "其他单位" in taken.content.decode()
        odd = client.post("/papers/letterhead/", {**sent, "word": "〔2026〕<b>"})
        assert odd.status_code == 422
        assert signed_in(world, "owner").get("/papers/letterhead/").status_code == 403


# --- bulletins ------------------------------------------------------------------------------------


def bulletin(world: f.World, at: Any = LATER) -> Paper:
    letterheads(world)
    with f.acting(world, "committee", at) as actor:
        return actions.draft_bulletin(
            "关于2026年5月份全区事故隐患排查治理情况的通报",
            [
                actions.Section(
                    "总体情况",
                    [
                        [
                            "共排查隐患",
                            actions.Figure("1,204", "/hazards/?view=all", "n_all"),
                            "条。",
                        ]
                    ],
                    [
                        actions.Rows(
                            ("镇街", "整改率"),
                            [["港口镇", actions.Figure("97.2%（311/320）", "/hazards/?region=1")]],
                            "整改情况",
                        )
                    ],
                ),
                actions.Section("存在问题", [["{n_all}这样的字不是数据。"]]),
            ],
            addressee="各镇人民政府",
            actor=actor,
        )


def test_a_bulletin_carries_figures_that_lead_to_their_rows(world: f.World) -> None:
    paper = bulletin(world)
    assert paper.content["body"].startswith("一、总体情况\n共排查隐患{n_all}条。\n{table:t1}")
    document = composing.compose(paper)
    links = [run.link for block in document.blocks for run in getattr(block, "runs", ())]
    assert [link for link in links if link] == ["http://127.0.0.1:8000/hazards/?view=all"]
    words = "".join(document.words())
    assert "1,204" in words
    assert "97.2%（311/320）" in words
    assert "｛n_all｝这样的字不是数据" in words
    issue(world, paper)
    assert paper.state == "issued"


def test_words_of_a_bulletin_change_and_its_figures_do_not(world: f.World) -> None:
    paper = bulletin(world)
    with f.acting(world, "committee", LATER) as actor:
        actions.complete(paper, {"body": "一、概况\n本月共发现{n_all}条隐患。"}, actor=actor)
    assert "本月共发现1,204条隐患" in "".join(composing.compose(paper).words())
    assert paper.content["figures"]["n_all"] == {"text": "1,204", "link": "/hazards/?view=all"}
    with f.acting(world, "committee", LATER) as actor, pytest.raises(Refused) as caught:
        actions.complete(paper, {"body": "本月共发现{n_none}条隐患。"}, actor=actor)
    assert caught.value.code == "unknown_figure"
    assert "n_none" in str(caught.value.why)


def test_the_same_bulletin_twice_is_one_draft(world: f.World) -> None:
    first = bulletin(world)
    with f.acting(world, "committee", LATER) as actor:
        again = actions.draft_bulletin("别的标题", [], addressee="各镇", actor=actor, uid=first.uid)
    assert Paper._base_manager.count() == 1
    assert again.heading == first.heading
