"""The criteria library: rows that follow the packs, the import of a standard, pages and edits (R-085, R-174)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import pytest
from django.test import Client

from tests import factories as f
from xiangling.apps.hazards import suggestions
from xiangling.apps.hazards.judge import Finding
from xiangling.apps.standards import actions, queries
from xiangling.apps.standards.jobs import IMPORTER
from xiangling.apps.standards.library import built_in
from xiangling.apps.standards.models import Edition, Provision
from xiangling.kernel import clock
from xiangling.kernel.actor import Actor
from xiangling.kernel.imports import Line, Outcome
from xiangling.kernel.models import Edit
from xiangling.kernel.testing import ListTests

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"

ROW = {
    "title": "某行业重大事故隐患判定标准",
    "number": "某部〔2026〕1号",
    "article": "4.2",
    "text": "速冻间同一时间作业人数超过规定",
    "subject": "速冻间;单冻机",
    "defect": "超员",
    "threshold": "作业人数>9人",
    "ask": "作业人数是否超过9人？",
    "begins": "2026-05-01",
}


@pytest.fixture
def world() -> f.World:
    return f.make_world()


@pytest.fixture(autouse=True)
def _library() -> Iterator[None]:
    actions.mirror(built_in(), f.NOW)
    with clock.at(f.NOW):
        yield


def taken(world: f.World, *rows: dict[str, Any]) -> list[Outcome]:
    with f.acting(world, "committee") as actor:
        lines = [Line(n, row, f"x:{n}") for n, row in enumerate(rows, 1)]
        return list(IMPORTER.take(lines, actor))


def browser(world: f.World, key: str) -> Client:
    client = Client()
    client.force_login(world.people[key], BACKEND)
    return client


def test_the_rows_are_the_packs_and_following_again_changes_nothing() -> None:
    library = built_in()
    assert Provision.objects.count() == len(library.criteria)
    assert Edition.objects.count() == len(library.standards)
    assert actions.mirror(library, f.NOW) == 0
    assert queries.library() is library


def test_a_row_that_left_the_packs_leaves_and_a_changed_one_follows() -> None:
    Provision.objects.filter(code="GM-001").update(text="旧的表述")
    edition = Edition.objects.get(key="GM")
    Provision.objects.create(
        code="GM-999",
        edition=edition,
        article="99",
        text="已删",
        is_from_pack=True,
        changed_at=f.NOW,
    )
    assert actions.mirror(built_in(), f.NOW) == 2
    assert Provision.objects.get(code="GM-001").text == built_in().by_id["GM-001"].text
    assert not Provision.objects.filter(code="GM-999").exists()


def test_an_imported_standard_judges_and_repeating_is_safe(world: f.World) -> None:
    assert [o.status for o in taken(world, ROW, {**ROW, "article": "4.3"})] == ["new", "new"]
    library = queries.library()
    clause = Provision.objects.get(is_from_pack=False, article="4.2")
    standard = library.standard_of(clause.code)
    assert (standard.begins, standard.title) == (date(2026, 5, 1), ROW["title"])
    assert standard.key in library.usable(date(2026, 6, 1))
    assert standard.key not in library.usable(date(2026, 4, 30))
    assert library.by_id[clause.code].thresholds[0].met_by(10)
    assert suggestions.current_judge().library is library
    answer = suggestions.current_judge().judge(Finding("速冻间单冻机超员", on=date(2026, 6, 1)))
    assert clause.code in {match.criterion for match in answer.matches}
    assert [o.status for o in taken(world, ROW)] == ["merged"]
    assert Provision.objects.filter(is_from_pack=False).count() == 2
    assert not Edit.objects.filter(model="standards.provision").exists()
    assert taken(world, {**ROW, "text": "速冻间人数超过规定"})[0].status == "merged"
    edit = Edit.objects.get(model="standards.provision")
    assert edit.changes["text"] == [ROW["text"], "速冻间人数超过规定"]
    assert actions.mirror(built_in(), f.NOW) == 0, "what was entered here stays"


def test_words_of_a_sheet_are_words_not_patterns(world: f.World) -> None:
    taken(world, {**ROW, "subject": "(a+)+$;.*"})
    clause = Provision.objects.get(is_from_pack=False)
    assert clause.subject == ["(a+)+$", ".*"]
    found = queries.library().by_id[clause.code]
    answer = suggestions.current_judge().judge(Finding("a" * 200 + "b", on=date(2026, 6, 1)))
    assert found.id not in {match.criterion for match in answer.matches}


def test_clauses_of_an_edition_whose_text_was_not_held_make_it_held(world: f.World) -> None:
    lacking = next(row for row in built_in().standards if not row.held and row.ends is None)
    row = {**ROW, "title": lacking.title, "number": lacking.number, "begins": ""}
    assert taken(world, row)[0].status == "new"
    assert Edition.objects.get(key=lacking.key).is_held
    assert queries.library().by_key[lacking.key].held
    assert actions.mirror(built_in(), f.NOW) == 0


def test_a_new_edition_supersedes_an_older_one(world: f.World) -> None:
    old = built_in().by_key["GM"]
    taken(world, {**ROW, "replaces": old.number})
    new = Edition.objects.get(is_from_pack=False)
    assert queries.library().successor("GM") is not None
    page = browser(world, "inspector").get("/standards/GM/").content.decode()
    assert new.number in page


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"title": ""}, "标准"),
        ({"number": ""}, "文号"),
        ({"begins": ""}, "施行"),
        ({"begins": "去年"}, "日期"),
        ({"ends": "2020-01-01"}, "施行"),
        ({"article": ""}, "条"),
        ({"text": ""}, "重大"),
        ({"subject": " ; "}, "对象"),
        ({"threshold": "很多人"}, "阈值"),
        ({"threshold": "1" * 400}, "字"),
        ({"code": "a b/c"}, "编号"),
        ({"code": "GM-001"}, "产品"),
        ({"replaces": "没有这个标准"}, "替代"),
        ({"text": "长" * 5000}, "字"),
        ({"subject": "；".join(["词"] * 3 + [str(n) for n in range(60)])}, "40"),
    ],
)
def test_a_row_that_cannot_be_used_is_handed_back_in_words(
    world: f.World, change: dict[str, str], word: str
) -> None:
    from django.utils import translation

    with translation.override("zh-hans"):
        (outcome,) = taken(world, {**ROW, **change})
    assert outcome.status == "refused"
    assert word in outcome.reason
    assert not Provision.objects.filter(is_from_pack=False).exists()


def test_pages_show_dates_articles_and_what_is_not_held(world: f.World) -> None:
    client = browser(world, "owner")
    page = client.get("/criteria/GM-062/").content.decode()
    assert built_in().cite("GM-062") in page
    assert built_in().by_key["GM"].title in page
    assert "未收录" in client.get("/standards/XF25/").content.decode()
    assert client.get("/criteria/NO-1/").status_code == 404
    assert client.get("/standards/nothing/").status_code == 404
    shown = client.get("/criteria/", {"sector": "gas", "view": "all"}).content.decode()
    assert "RQ-001" in shown
    assert "GM-001" not in shown
    assert "GM-062" in client.get("/criteria/", {"q": "速冻"}).content.decode()


def test_edits_are_kept_and_rows_of_the_product_are_not_changed(world: f.World) -> None:
    taken(world, ROW)
    clause = Provision.objects.get(is_from_pack=False)
    client = browser(world, "committee")
    facts = {"article": "4.2", "text": "新的表述", "subject": "速冻间；单冻机"}
    answer = client.post(f"/criteria/{clause.code}/edit/", facts)
    assert answer.status_code == 302
    assert "新的表述" in client.get(f"/criteria/{clause.code}/").content.decode()
    assert Edit.objects.get(model="standards.provision").changes["text"][1] == "新的表述"
    edition = clause.edition.key
    dates = {
        "title": "标准",
        "number": "某部〔2026〕1号",
        "begins_on": "2026-05-01",
        "ends_on": "2020-01-01",
    }
    assert client.post(f"/standards/{edition}/edit/", dates).status_code == 422
    dates["ends_on"] = "2027-01-01"
    assert client.post(f"/standards/{edition}/edit/", dates).status_code == 302
    refused = client.post("/criteria/GM-001/edit/", facts)
    assert refused.status_code == 409
    assert Provision.objects.get(code="GM-001").text == built_in().by_id["GM-001"].text
    assert browser(world, "inspector").get(f"/criteria/{clause.code}/edit/").status_code == 403


def test_a_citation_is_found_in_any_common_writing() -> None:
    library = built_in()
    row, standard = library.by_id["GM-062"], library.by_key["GM"]
    for said in (standard.name, standard.title, standard.number, "gm"):
        for place in (row.article, library.cite(row.id), row.article.replace("(", "（")):
            assert queries.find_clause(library, said, place) == ("GM", "GM-062")
    assert queries.find_clause(library, standard.name, "第九百条") == ("GM", "")
    assert queries.find_clause(library, "某地方标准", "1") == ("", "")
    assert queries.find_clause(library, "", "") == ("", "")


class _Lists(ListTests):
    world: f.World

    @pytest.fixture(autouse=True)
    def _world(self) -> None:
        self.world = f.make_world()

    def actor(self) -> AbstractContextManager[Actor]:
        return f.acting(self.world, "inspector")

    def test_without_scope_it_raises(self) -> None:
        """Standards are everybody's: no scope bounds them."""


class TestCriteriaList(_Lists):
    key = "criteria"

    def make_rows(self) -> int:
        return Provision.objects.count()


class TestStandardsList(_Lists):
    key = "standards"

    def make_rows(self) -> int:
        return Edition.objects.count()
