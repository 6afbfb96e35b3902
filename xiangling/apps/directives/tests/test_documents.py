"""Documents taken in and worked on: kept whole, confirmed by a person, nothing sent before (R-001 to R-006)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import translation

from tests import factories as f
from tests.test_words import LANGUAGES, Walk, assert_one_language, visitor
from xiangling.apps.directives import actions, drafting, queries
from xiangling.apps.directives.actions.documents import storage, stored_name
from xiangling.apps.directives.models import Clause, Document, Draft, Task
from xiangling.kernel import clock, jobs
from xiangling.kernel.actor import Actor
from xiangling.kernel.models import Edit, Entry, Job, Notice
from xiangling.kernel.refusal import Refused
from xiangling.kernel.scope import unscoped
from xiangling.kernel.testing import ListTests

pytestmark = pytest.mark.django_db
LATER = f.NOW + timedelta(hours=4)
TEXT = """东区燃气安全工作会议纪要
2026年6月8日

一、会议议定
请港口镇逐户上门查看灶具。
其他事项另行研究，涉及**户。
"""


@pytest.fixture(autouse=True)
def _in_the_afternoon() -> Any:
    with clock.at(LATER):
        yield


def browser(world: f.World, key: str) -> Client:
    return visitor(world, key, "zh-hans")


def work() -> Job:
    while jobs.tick("test"):
        pass
    return Job.objects.latest("id")


def take_in(world: f.World, text: str = TEXT, by: str = "committee", **more: Any) -> Document:
    with f.acting(world, by, LATER) as actor, translation.override("zh-hans"):
        actions.take_in(text.encode(), "纪要.txt", actor=actor, **{"keep_anyway": True, **more})
    job = work()
    assert job.state == Job.State.DONE, job.message
    return Document._base_manager.latest("id")


def by_hand(world: f.World, document: Document, words: str, by: str = "committee") -> Draft:
    """A proposal made of the clause that holds these words."""
    clause = document.clauses.get(text__contains=words)
    with f.acting(world, by, LATER) as actor:
        return actions.draft_from_clause(clause, actor=actor)


def whole(world: f.World) -> dict[str, Any]:
    return {
        "doers": [world.units["station"].pk],
        "checker": world.units["office"].pk,
        "due_on": clock.local_date(f.NOW) + timedelta(days=20),
        "proof_kind": "record",
    }


# --- taking in ----------------------------------------------------------------------------------


def test_no_character_is_lost() -> None:
    """R-001: the raw text, and the text put together from its numbered pieces, are the original."""
    document = take_in(f.make_world())
    assert document.raw == TEXT
    assert "".join(document.clauses.values_list("text", flat=True)) == TEXT
    numbers = list(document.clauses.values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert storage().exists(stored_name(document.digest))


def test_the_same_file_twice_is_one_document() -> None:
    world = f.make_world()
    first = take_in(world)
    assert take_in(world) == first
    assert Document._base_manager.count() == 1
    page = browser(world, "committee").post("/documents/new/", {"text": TEXT})
    assert page["Location"] == f"/documents/{first.uid}/"


@pytest.mark.parametrize("data", [b"", b"   \n", "\u3000\n".encode()])
def test_an_empty_file_is_refused_and_nothing_kept(data: bytes) -> None:
    world = f.make_world()
    upload = SimpleUploadedFile("空.txt", data, "text/plain")
    page = browser(world, "committee").post("/documents/new/", {"file": upload})
    if page.status_code == 302:
        assert work().state == Job.State.FAILED
    else:
        assert page.status_code == 422
    assert not Document._base_manager.exists()


LOCKED = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("坏.txt", bytes(range(128, 256)) * 40),
        ("坏.pdf", b"%PDF-1.7 broken"),
        ("扫描.pdf", LOCKED),
        ("旧.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
        ("坏.docx", b"PK\x03\x04" + bytes(300)),
        ("图.png", b"\x89PNG\r\n\x1a\n" + bytes(100)),
        ("长.txt", "第一条 要检查。\n".encode() * 400_000),
    ],
)
def test_what_cannot_be_read_says_why_and_leaves_nothing(name: str, data: bytes) -> None:
    world = f.make_world()
    with f.acting(world, "committee", LATER) as actor, translation.override("zh-hans"):
        actions.take_in(data, name, actor=actor)
    job = work()
    assert job.state == Job.State.FAILED
    assert job.message.startswith("文件未录入")
    assert len(job.message) > len("文件未录入。") + 8
    assert "%(" not in job.message
    assert not Document._base_manager.exists()
    assert not storage().exists(stored_name(job.params["digest"]))


def test_a_text_without_any_directive_is_not_kept_unless_asked() -> None:
    world = f.make_world()
    text = "今日天气晴。\n"
    with f.acting(world, "committee", LATER) as actor, translation.override("zh-hans"):
        actions.take_in(text.encode(), "天气.txt", actor=actor)
    job = work()
    assert job.state == Job.State.FAILED
    assert "未识别出任务" in job.message
    assert not Document._base_manager.exists()
    assert take_in(world, text).title


def test_only_posts_with_the_duty_take_documents_in() -> None:
    world = f.make_world()
    for key in ("leader", "owner", "auditor"):
        client = browser(world, key)
        assert client.get("/documents/new/").status_code == 403
        assert client.post("/documents/new/", {"text": TEXT}).status_code == 403
    assert not Job.objects.exists()


# --- working on proposals ------------------------------------------------------------------------


def test_nothing_is_sent_before_a_person_confirms_a_whole_task() -> None:
    """R-004: doer, checker, due date, proof and source are set, else it is incomplete."""
    world = f.make_world()
    draft = by_hand(world, take_in(world), "逐户上门")
    for name in ("doers", "checker", "due_on", "proof_kind"):
        assert name in drafting.lacks(draft)
        with f.acting(world, "committee", LATER) as actor:
            with pytest.raises(Refused) as caught:
                actions.confirm_draft(draft, actor=actor)
            assert caught.value.code == "incomplete"
            assert name in caught.value.fields
            assert not Task._base_manager.exists()
            assert not Notice.objects.exists()
            draft = actions.change_draft(draft, {name: whole(world)[name]}, actor=actor)
    with f.acting(world, "committee", LATER) as actor:
        tasks = actions.confirm_draft(draft, actor=actor)
        with pytest.raises(Refused):
            actions.confirm_draft(draft, actor=actor)
    assert len(tasks) == Task._base_manager.count() == 1
    task = tasks[0]
    assert task.source == "请港口镇逐户上门查看灶具。"
    assert "第5段第1句" in task.basis
    assert set(task.supplied) >= {"doers", "checker", "due_on", "proof_kind"}
    assert Entry.objects.get(case_uid=task.uid).data["supplied"] == task.supplied
    assert Edit.objects.filter(model="directives.draft", row_id=str(draft.pk)).count() >= 5


def test_lead_and_co_handling_units_get_tasks_that_belong_together() -> None:
    world = f.make_world()
    draft = by_hand(world, take_in(world), "逐户上门")
    values = {
        **whole(world),
        "doers": [world.units["bureau"].pk],
        "assists": [world.units["station"].pk],
    }
    with f.acting(world, "committee", LATER) as actor:
        actions.change_draft(draft, values, actor=actor)
        lead, assist = actions.confirm_draft(draft, actor=actor)
    assert (lead.part, assist.part, assist.parent_id) == ("lead", "assist", lead.pk)
    assert lead.sector in world.units["bureau"].sectors


def test_proposals_are_split_joined_dropped_and_taken_up_again() -> None:
    world = f.make_world()
    document = take_in(world)
    draft = by_hand(world, document, "逐户上门")
    with f.acting(world, "committee", LATER) as actor:
        first, second = actions.split_draft(draft, ["查看灶具", "登记用户"], actor=actor)
        assert [first.what, second.what] == ["查看灶具", "登记用户"]
        assert set(second.clauses.all()) == set(first.clauses.all())
        joined = actions.join_drafts([second, first], actor=actor)
        assert joined.what == "查看灶具；登记用户"
        second.refresh_from_db()
        assert second.state == Draft.State.DROPPED
        with pytest.raises(Refused):
            actions.drop_draft(joined, " ", actor=actor)
        actions.drop_draft(joined, "另案办理", actor=actor)
        actions.restore_draft(joined, actor=actor)
    joined.refresh_from_db()
    assert joined.state == Draft.State.OPEN


def test_every_clause_is_a_task_or_listed() -> None:
    """R-005: import set => every clause links to a task or is listed unmapped."""
    world = f.make_world()
    document = take_in(world)
    client = browser(world, "committee")

    def listed() -> set[str]:
        page = client.get(f"/documents/{document.uid}/").context["document"]
        return {row["text"] for row in (*page["unmapped"], *page["aside"])}

    running = {
        clause.text.strip()
        for clause in document.clauses.filter(level=0)
        if clause.text.strip() and not clause.drafts.exists()
    }
    assert listed() == running
    draft = by_hand(world, document, "逐户上门")
    assert "请港口镇逐户上门查看灶具。" not in listed()
    with f.acting(world, "committee", LATER) as actor:
        actions.drop_draft(draft, "不是任务", actor=actor)
    assert listed() == running


def test_masks_are_unknown() -> None:
    """R-003: a masked figure is shown as unknown; the text itself is kept."""
    world = f.make_world()
    document = take_in(world)
    page = browser(world, "committee").get(f"/documents/{document.uid}/").content.decode()
    assert '<span class="mask" title="**">未知</span>户' in page


def test_a_named_group_is_offered_and_never_taken_by_itself() -> None:
    world = f.make_world()
    office = world.units["office"]
    with unscoped("test"):
        assert queries.group_units("各镇街", office) == [world.units["station"]]
        assert queries.group_units("各部门", office) == [world.units["bureau"]]
        assert queries.group_units("港口镇", office) == []


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("东区应急管理局", "bureau"),
        ("区应急管理局", "bureau"),
        ("应急管理局", "bureau"),
        ("港口镇", "station"),
        ("港口镇人民政府", "station"),
        ("东区政府", "office"),
        ("市安委办", "city_office"),
        ("区财政局", ""),
        ("局", ""),
    ],
)
def test_units_are_found_by_the_names_papers_use(name: str, key: str) -> None:
    world = f.make_world()
    found = queries.unit_named(name, world.units["office"])
    assert found == ([world.units[key]] if key else [])


def test_another_unit_reads_but_does_not_work_on_it() -> None:
    world = f.make_world()
    document = take_in(world)
    draft = by_hand(world, document, "逐户上门")
    base = f"/documents/{document.uid}/"
    city = browser(world, "city")
    assert city.get(base).status_code == 200
    assert city.post(f"{base}drafts/{draft.pk}/confirm/").status_code == 403
    assert browser(world, "inspector").get(base).status_code == 404
    assert browser(world, "outsider2").get(base).status_code == 404


def test_whoever_has_a_task_of_it_may_read_the_document() -> None:
    world = f.make_world()
    document = take_in(world)
    draft = by_hand(world, document, "逐户上门")
    with f.acting(world, "committee", LATER) as actor:
        actions.change_draft(draft, whole(world), actor=actor)
        actions.confirm_draft(draft, actor=actor)
    assert browser(world, "inspector").get(f"/documents/{document.uid}/").status_code == 200
    assert browser(world, "outsider").get(f"/documents/{document.uid}/").status_code == 404


def test_units_without_a_plan_of_their_own_are_named() -> None:
    """R-006: plan issued => lower units with no own plan after N days named."""
    world = f.make_world()
    plan = take_in(world)
    with f.acting(world, "committee", LATER) as actor:
        units = list(queries.lower_units(world.units["office"]))
        assert world.units["station"] in units
        actions.ask_for_plans(plan, [world.units["station"]], clock.local_date(LATER), actor=actor)
    assert queries.without_own_plan(plan) == [world.units["station"]]
    page = browser(world, "committee").get("/plans/").content.decode()
    assert "港口镇应急站" in page
    own = "港口镇燃气整治方案\n请各村每周走访一次。\n"
    with f.acting(world, "inspector", LATER) as actor:
        assert plan in queries.documents_seen(actor)
    take_in(world, own, "inspector", implements=plan)
    assert queries.without_own_plan(plan) == []


# --- lists and words -----------------------------------------------------------------------------


class TestDocumentList(ListTests):
    key = "documents"
    world: f.World

    @pytest.fixture(autouse=True)
    def _world(self) -> None:
        self.world = f.make_world()

    def actor(self) -> AbstractContextManager[Actor]:
        return f.acting(self.world, "committee", LATER)

    def make_rows(self) -> int:
        for number in range(5):
            take_in(self.world, f"{TEXT}第{number}号\n")
        return 5


class OwnPages(Walk):
    """Goes no further than the pages of documents and tasks."""

    def _is_new(self, address: str) -> bool:
        return address.removeprefix("POST ").startswith(OWN) and super()._is_new(address)


OWN = ("/documents", "/document", "/task", "/plans/", "/standing/", "/pledges", "/sheets", "/jobs/")


def _answers() -> Mapping[str, tuple[str, ...]]:
    return {
        "committee": ("/documents/", "/tasks/", "/task-lists/", "/task-grid/", "/plans/"),
        "inspector": ("/tasks/", "/standing/", "/pledges/", "/sheets/"),
    }


@pytest.mark.parametrize("key", ["committee", "inspector"])
def test_pages_are_in_one_language(key: str) -> None:
    world = f.make_world()
    document = take_in(world, TEXT.replace("**", "三十"))
    draft = by_hand(world, document, "逐户上门")
    by_hand(world, document, "另行研究")
    with f.acting(world, "committee", LATER) as actor:
        actions.change_draft(draft, {**whole(world), "cycle": "month"}, actor=actor)
        actions.confirm_draft(draft, actor=actor)
        actions.ask_for_plans(
            document, [world.units["station"]], clock.local_date(LATER), actor=actor
        )
    for language in LANGUAGES:
        walk = OwnPages(visitor(world, key, language))
        walk.go((*_answers()[key], f"/documents/{document.uid}/"))
        assert_one_language(walk, language)


def test_pages_without_anything_in_them_answer() -> None:
    world = f.make_world()
    client = browser(world, "committee")
    for path in ("/tasks/", "/documents/", "/task-lists/", "/task-grid/", "/standing/", "/plans/"):
        assert client.get(path).status_code == 200
    assert not Clause.objects.exists()
