"""Bulletins: every figure opens its rows, words change and figures do not, publishing freezes (R-084, R-133, domain.md 8.9)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from tests import factories as f
from xiangling.apps.hazards.models import Hazard
from xiangling.documents import checking, composing, docx, measures
from xiangling.documents.actions import keep_letterhead
from xiangling.documents.models import Issued, Paper, Recipient
from xiangling.documents.tests.sampling import Pages, in_office, mm
from xiangling.insight import tablepapers, tables, tallies
from xiangling.insight.bulletins import actions, digits, figures
from xiangling.insight.bulletins.lists import find
from xiangling.insight.models import Bulletin, BulletinFigures, Official, RegionMerger
from xiangling.insight.tests.moving import Mover
from xiangling.insight.tests.test_measures import n_rows
from xiangling.kernel import clock, engine
from xiangling.kernel.models import Entry, Notice
from xiangling.kernel.refusal import OutOfScope, Refused
from xiangling.kernel.scope import unscoped
from xiangling.kernel.testing import ListTests
from xiangling.org.models import DutyLine, Region

pytestmark = pytest.mark.django_db
LATER = f.NOW + timedelta(days=30)
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def world() -> f.World:
    return made_world()


def made_world() -> f.World:
    """A closed, a late and a major open hazard in June 2026, and letterheads."""
    world = f.make_world()
    f.to_state(world, "closed", seed=10)
    f.to_state(world, "fixing", seed=20)
    f.to_state(world, "fixing", major=True, seed=30)
    f.report(world, by="owner", text="配电箱缺门")
    letterheads(world)
    tallies.catch_up()
    return world


def letterheads(world: f.World) -> None:
    for who, word in (("committee", "东安办"), ("city", "测安办")):
        with f.acting(world, who) as actor:
            keep_letterhead({"word": word, "mark": actor.unit_name}, actor=actor)


def draft(
    world: f.World, period: str = "2026-06", who: str = "committee", at: Any = LATER
) -> Bulletin:
    with f.acting(world, who, at) as actor:
        return actions.draft(period, actor=actor)


def publish(world: f.World, bulletin: Bulletin, who: str = "committee", at: Any = LATER) -> Paper:
    with f.acting(world, who, at) as actor:
        actions.publish(bulletin, actor=actor)
    return bulletin.paper


def refusal(act: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        act()
    assert str(caught.value.what)
    return caught.value


def reword(world: f.World, bulletin: Bulletin, body: str, at: Any = LATER) -> None:
    with f.acting(world, "committee", at) as actor:
        actions.reword(bulletin, {"body": body}, actor=actor)


def client(world: f.World, who: str) -> Client:
    made = Client()
    made.force_login(world.people[who], backend=BACKEND)
    return made


def get(world: f.World, address: str, who: str = "committee", at: Any = LATER) -> Any:
    with clock.at(at):
        return client(world, who).get(address)


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def send(world: f.World, bulletin: Bulletin, act: str, at: Any = LATER, **changed: str) -> Any:
    """Press a button of the draft's page, with the words on it or others."""
    content = bulletin.paper.content
    sent = {
        "title": content["title"],
        "addressee": content["addressee"],
        "body": content["body"],
        "distribution": "\n".join(content["distribution"]),
        "act": act,
        "typed_seen": "0",
        **changed,
    }
    with clock.at(at):
        answer = client(world, "committee").post(actions.address_of(bulletin.paper), sent)
    bulletin.paper.refresh_from_db()
    return answer


class TestBulletinList(ListTests):
    key = "bulletins"

    @pytest.fixture(autouse=True)
    def _world(self) -> None:
        self.world = made_world()

    def actor(self) -> Any:
        return f.acting(self.world, "committee", LATER)

    def make_rows(self) -> int:
        for period in ("2026-05", "2026-06", "2026-Q2", "2026-07"):
            draft(self.world, period)
        return 4


# --- the walk ---------------------------------------------------------------------------------------


def walk(world: f.World, content: dict[str, Any], who: str, at: Any) -> int:
    """Open every figure that counts rows; how many of them are not 0."""
    walked = 0
    with f.acting(world, who, at) as actor:
        for where, figure in figures.counted(content["figures"], content["tables"]):
            assert n_rows(figure["link"], actor) == figure["n"], (where, figure)
            assert figure["text"].replace(",", "") == str(figure["n"]), (where, figure)
            walked += figure["n"] > 0
    return walked


@pytest.mark.parametrize(("who", "period"), [("committee", "2026-06"), ("city", "2026-Q2")])
def test_every_figure_of_a_draft_and_of_what_is_published_opens_its_rows(
    world: f.World, who: str, period: str
) -> None:
    mover = Mover(world, seed=17)
    for _taken in mover.go(120):
        pass
    tallies.catch_up()
    at = max(LATER, mover.at + timedelta(days=1))
    bulletin = draft(world, period, who, at)
    assert walk(world, bulletin.paper.content, who, at) > 20
    paper = publish(world, bulletin, who, at)
    kept = BulletinFigures.objects.get()
    assert walk(world, {"figures": kept.figures, "tables": kept.tables}, who, at) > 20
    links = _links_on_page(world, paper, who, at)
    printed = [run.link for run in _runs(paper)]
    assert sorted(links) == sorted(link.removeprefix("http://127.0.0.1:8000") for link in printed)
    for link in set(links):
        assert get(world, link, who, at).status_code == 200, link


def test_official_figures_of_a_bulletin_open_the_rows_they_are_read_from(world: f.World) -> None:
    for indicator, value in (("accidents", 1), ("deaths", 2)):
        Official.objects.create(
            indicator=indicator, region="990101000000", first_on=date(2026, 6, 1), last_on=date(2026, 6, 30),
            value=value, as_written=str(value), citation="通报", source_on=date(2026, 7, 1), entered_by="x",
            entered_at=f.NOW,
        )  # fmt: skip
    found = draft(world).paper.content["figures"]
    with f.acting(world, "committee", LATER) as actor:
        for key in ("accidents", "deaths"):
            assert found[key]["link"].startswith("/official_figures/"), key
            assert n_rows(found[key]["link"], actor) == 1, key
    links = {figure["link"] for figure in found.values() if figure.get("link")}
    assert all(get(world, link).status_code == 200 for link in links)


def _links_on_page(world: f.World, paper: Paper, who: str, at: Any) -> list[str]:
    page = get(world, actions.address_of(paper), who, at).content.decode()
    article = page[page.index("<article") : page.index("</article>")]
    return [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+)"', article)]


def _runs(paper: Paper) -> list[Any]:
    blocks = composing.compose(paper).blocks
    lines = [getattr(block, "runs", ()) for block in blocks]
    rows = [row for block in blocks for row in getattr(block, "rows", ()) if row]
    return [run for line in (*lines, *rows) for run in line if getattr(run, "link", "")]


def test_totals_equal_what_is_named(world: f.World) -> None:
    """The tables add up to the figures in the text: majors by name, late units, the parts."""
    content = draft(world, who="city").paper.content
    found, tables = content["figures"], content["tables"]
    assert found["majors_open"]["n"] == 1 == len(tables["majors"]["rows"])
    assert tables["majors"]["rows"][0][1] == "海晏五金有限公司"
    late = [row[1]["n"] for row in tables["late"]["rows"] if isinstance(row[1], dict)]
    assert sum(late) == found["hazards_overdue"]["n"] == 3
    assert tables["late"]["rows"][0][2]["n"] == 1, "one of them major"
    *parts, total = [row[2]["n"] for row in tables["parts"]["rows"]]
    assert (sum(parts), total) == (found["hazards_found"]["n"],) * 2
    rates = [row[4]["text"] for row in tables["parts"]["rows"]]
    assert rates == ["25%", "未知", "25%"], "no base is no rate"


def test_best_and_worst_carry_their_denominators(world: f.World) -> None:
    far = f.report(world, text="山前处")
    Hazard._base_manager.filter(pk=far.pk).update(region="990102001000")
    tallies.catch_up()
    content = draft(world, who="city").paper.content
    said = {key: figure["text"] for key, figure in content["figures"].items()}
    assert (said["best_1_name"], said["best_1"], said["best_1_part"], said["best_1_whole"]) == (
        "东区", "25%", "1", "4",
    )  # fmt: skip
    assert (said["worst_1_name"], said["worst_1"], said["worst_1_whole"]) == ("西区", "0%", "1")
    assert "{best_1_name}{best_1}（{best_1_part}/{best_1_whole}）" in content["body"]


def test_units_that_reported_nothing_are_named(world: f.World) -> None:
    names = [row[0] for row in draft(world, who="city").paper.content["tables"]["silent"]["rows"]]
    assert "山前镇应急站" in names, "it answers for its town and found nothing"
    assert "港口镇应急站" not in names
    assert "测试市审计局" not in names, "it answers for no place and no trade"
    DutyLine.objects.filter(unit=world.units["far_station"]).update(starts_on=date(2026, 6, 5))
    with f.acting(world, "city", LATER) as actor:
        made = figures.collect("9901", "2026-06", actor)
    assert "山前镇应急站" not in [row[0] for row in made.tables["silent"].rows], (
        "not the whole month"
    )


def test_changes_are_told_with_both_counts(world: f.World) -> None:
    """R-157, F01: a fall in percent with both counts; a base of 0 has none."""
    said = {key: figure["text"] for key, figure in draft(world).paper.content["figures"].items()}
    assert (said["hazards_found"], said["hazards_found_year"], said["hazards_found_yoy"]) == (
        "4", "未知", "未知",
    )  # fmt: skip
    from decimal import Decimal

    from xiangling.insight.figures import Change

    told = [
        figures.moved(Change(Decimal(a), Decimal(b))) for a, b in ((91, 67), (0, 3), (7, 7), (8, 9))
    ]
    assert told == ["下降26.37%", "—", "持平", "上升12.5%"]


# --- words and figures ------------------------------------------------------------------------------


def test_words_change_a_figure_goes_and_none_is_made_up(world: f.World) -> None:
    bulletin = draft(world)
    reword(world, bulletin, "一、概况\n本月查出{hazards_found}条。")
    words = "".join(composing.compose(bulletin.paper).words())
    assert "本月查出4条。" in words
    assert "同比" not in words
    for body in ("本月查出{hazards_found:9}条。", "本月查出{9}条。", "{table:made_up}"):
        found = refusal(lambda body=body: reword(world, bulletin, body))
        assert found.code == "unknown_figure"
        assert found.todo
    assert "本月查出4条。" in "".join(composing.compose(bulletin.paper).words())


def test_no_answer_reaches_the_figures(world: f.World) -> None:
    bulletin = draft(world)
    before = bulletin.paper.content["figures"]
    with f.acting(world, "committee", LATER) as actor:
        engine.move(
            bulletin.paper, "edit", actor=actor,
            data={"body": "一、{period}", "title": "通报", "addressee": "各镇", "figures": {}, "tables": {}},
        )  # fmt: skip
    assert bulletin.paper.content["figures"] == before


@pytest.mark.parametrize(
    ("line", "numbers"),
    [
        ("本月查出{hazards_found}条，整改35条，占97.2%。", ["35", "97.2%"]),
        ("全年共查处１２起", ["１２"]),
        ("查封二十三家企业", ["二十三"]),
        ("一、总体情况", []),
        ("1. 压实责任\n（2）加强检查", []),
        ("请于2026年7月15日前报送，依据安委〔2018〕2号和《办法（2024版）》第12条。", []),
        ("各单位要一项一项落实", []),
        ("联系电话0592-5550101", []),
    ],
)
def test_numbers_typed_by_hand_are_pointed_out(line: str, numbers: list[str]) -> None:
    assert [found.number for found in digits.typed(line)] == numbers


def test_what_the_draft_itself_says_is_no_typing(world: f.World) -> None:
    bulletin = draft(world)
    assert digits.typed(bulletin.text, bulletin.text) == []
    assert [
        found.number for found in digits.typed(bulletin.text + "\n另有8起。", bulletin.text)
    ] == ["8"]


# --- the page ---------------------------------------------------------------------------------------


def test_a_bulletin_is_drafted_worded_and_published_on_its_pages(world: f.World) -> None:
    with clock.at(LATER):
        answer = client(world, "committee").post("/bulletins/new/", {"period": "2026-06"})
    bulletin = Bulletin.objects.get()
    assert answer.url == actions.address_of(bulletin.paper)
    page = get(world, answer.url).content.decode()
    assert 'data-figure="hazards_found"' in page
    assert 'data-figure="table:majors"' in page
    with clock.at(LATER):
        again = client(world, "committee").post("/bulletins/new/", {"period": "2026-06"})
    assert again.status_code == 409
    assert bulletin.paper.code in text_of(again)
    assert answer.url in text_of(again)

    body = bulletin.paper.content["body"].replace("重大事故隐患{majors_found}条", "重大隐患5条")
    warned = send(world, bulletin, "publish", body=body)
    assert warned.status_code == 422
    assert "手工录入的数字" in text_of(warned)
    assert not Issued.objects.exists()
    refused = send(world, bulletin, "save", body="查出{x}条")
    assert refused.status_code == 422
    assert "查出{x}条" in refused.content.decode(), "what was typed is kept"
    assert send(world, bulletin, "publish", typed_seen="1").status_code == 302
    assert (bulletin.paper.state, bulletin.paper.number) == ("issued", "东安办通〔2026〕1号")
    page = text_of(get(world, answer.url))
    assert "东安办通〔2026〕1号" in page
    assert "重大隐患5条" in page
    assert "结果一致" in page
    assert "东安办通〔2026〕1号" in text_of(get(world, "/bulletins/"))


def test_what_is_published_is_a_frozen_paper_with_its_hash_in_the_ledger(world: f.World) -> None:
    bulletin = draft(world)
    paper = publish(world, bulletin)
    issued = Issued.objects.get()
    told = Entry.objects.get(case_uid=paper.uid, step="issue").data
    assert (told["number"], told["document"], told["pdf"]) == (
        paper.number, issued.document_digest, issued.pdf,
    )  # fmt: skip
    assert checking.holds(issued)
    kept = BulletinFigures.objects.get()
    assert actions.is_whole(kept)
    for rows, change in (
        (BulletinFigures.objects.all(), {"digest": "x"}),
        (Bulletin.objects.all(), {"period": "2026-05"}),
        (Recipient.objects.all(), {"unit": world.units["west_office"]}),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            rows.update(**change)
    check = get(world, f"/v/{issued.token}/", "owner")
    assert paper.number in text_of(check)
    for form in ("pdf", "docx"):
        assert get(world, f"/papers/{paper.uid}/{form}/", "inspector").status_code == 200
    with f.acting(world, "committee", LATER) as actor, pytest.raises(Refused):
        actions.reword(bulletin, {"body": "另一篇"}, actor=actor)


def test_the_records_own_page_publishes_by_the_same_rules(world: f.World) -> None:
    """The step of the paper, whoever takes it by whatever door, asks and freezes the same."""
    bulletin = draft(world, "2026-07")
    with f.acting(world, "committee", LATER) as actor:
        assert refusal(lambda: engine.move(bulletin.paper, "issue", actor=actor)).code == "running"
    july = f.NOW + timedelta(days=60)
    with f.acting(world, "leader", july) as actor:
        assert refusal(lambda: engine.move(bulletin.paper, "issue", actor=actor)).status == 403
    with f.acting(world, "committee", july) as actor:
        engine.move(bulletin.paper, "refresh", actor=actor)
        engine.move(bulletin.paper, "issue", actor=actor)
    assert BulletinFigures.objects.get().bulletin == bulletin


# --- the ledger moves on ------------------------------------------------------------------------------


def reopen(world: f.World) -> None:
    closed = Hazard._base_manager.filter(state="closed").first()
    f.step(world, closed, "reopen", "department", f.NOW + timedelta(days=15), reason="复发")
    tallies.catch_up()


def test_a_draft_whose_figures_moved_is_brought_up_to_date_before_it_goes_out(
    world: f.World,
) -> None:
    bulletin = draft(world)
    reopen(world)
    found = refusal(lambda: publish(world, bulletin))
    assert found.code == "figures_moved"
    page = text_of(get(world, actions.address_of(bulletin.paper)))
    assert "起草后有变化的数据" in page
    assert send(world, bulletin, "refresh").status_code == 302
    assert bulletin.paper.content["figures"]["hazards_closed"]["text"] == "0"
    entry = Entry.objects.get(case_uid=bulletin.paper.uid, kind="paper.refreshed")
    assert entry.data["figures"]["hazards_closed"] == ["1", "0"]
    assert publish(world, bulletin).state == "issued"


def test_later_corrections_are_shown_beside_what_was_published(world: f.World) -> None:
    bulletin = draft(world)
    paper = publish(world, bulletin)
    reopen(world)
    page = text_of(get(world, actions.address_of(paper)))
    assert re.search(r"销号隐患 · 本期 1 0", page), page
    assert "现为 0" in page
    assert BulletinFigures.objects.get().figures["hazards_closed"]["text"] == "1"
    again = draft(world, at=LATER + timedelta(hours=1))
    assert again.paper.withdraws == paper
    publish(world, again, at=LATER + timedelta(hours=2))
    paper.refresh_from_db()
    assert paper.state == "withdrawn"
    assert again.paper.number in text_of(get(world, actions.address_of(paper)))


def test_a_figure_that_is_gone_is_named_before_the_figures_are_renewed(world: f.World) -> None:
    far = f.report(world, text="山前处")
    Hazard._base_manager.filter(pk=far.pk).update(region="990102001000")
    tallies.catch_up()
    bulletin = draft(world, who="city")
    Hazard._base_manager.filter(pk=far.pk).update(region="990101001000")
    f.step(world, far, "grade", "inspector", f.NOW + timedelta(hours=1), grade="general")
    tallies.catch_up()
    with f.acting(world, "city", LATER) as actor:
        found = refusal(lambda: actions.refresh(bulletin, actor=actor))
        assert found.code == "figure_gone"
        assert "best_1" in str(found.why)
        body = re.sub(r"整改率居前的是：.*?。", "", bulletin.paper.content["body"])
        actions.reword(bulletin, {"body": body}, actor=actor)
        assert "best_1" in actions.refresh(bulletin, actor=actor)


# --- what may not be --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "code"),
    [
        ("2026-12", "future_period"),
        ("2027-Q1", "future_period"),
        ("2026", "bad_period"),
        ("2026-01..2026-02", "bad_period"),
        ("2026-02..2026-04", "bad_period"),
        ("六月", "bad_period"),
    ],
)
def test_odd_periods_are_refused_in_words(world: f.World, period: str, code: str) -> None:
    found = refusal(lambda: draft(world, period))
    assert (found.code, found.status) == (code, 422)
    assert not Paper._base_manager.exists()


def test_who_drafts_who_reads_and_who_does_not(world: f.World) -> None:
    for who in ("inspector", "department", "leader", "owner"):
        assert refusal(lambda who=who: draft(world, who=who)).status == 403
        assert get(world, "/bulletins/new/", who).status_code == 403
    bulletin = draft(world)
    address = actions.address_of(bulletin.paper)
    assert [get(world, address, who).status_code for who in ("committee2", "inspector", "leader", "city")] == [
        200, 404, 404, 404,
    ]  # fmt: skip
    publish(world, bulletin)
    readers = ("committee2", "inspector", "leader", "department", "city", "auditor")
    assert {who: get(world, address, who).status_code for who in readers} == dict.fromkeys(
        readers, 200
    )
    assert get(world, address, "outsider2").status_code == 404, "another district"
    assert get(world, address, "outsider").status_code == 404
    assert get(world, address, "owner").status_code == 403
    with f.acting(world, "outsider2", LATER) as actor, pytest.raises(OutOfScope):
        find(bulletin.paper.uid, actor)
    assert "本岗位的区域" in text_of(get(world, address, "inspector"))
    assert "本岗位的区域" not in text_of(get(world, address, "committee"))


def test_without_any_data_everything_is_unknown_and_nothing_zero() -> None:
    world = f.make_world()
    content = draft(world, "2026-05").paper.content
    said = {key: figure["text"] for key, figure in content["figures"].items()}
    assert said["hazards_found"] == said["hazards_open"] == said["closure_rate"] == "未知"
    assert [table["rows"][0][0] for key, table in content["tables"].items() if key != "parts"] == [
        "未知"
    ] * 3
    assert {cell["text"] for row in content["tables"]["parts"]["rows"] for cell in row[2:]} == {
        "未知"
    }


def test_a_town_merged_in_the_middle_of_a_year(world: f.World) -> None:
    Region.objects.create(code="990101003000", name="旧埠镇", level=9)
    old = f.report(world, text="旧埠")
    Hazard._base_manager.filter(pk=old.pk).update(region="990101003000")
    tallies.catch_up()
    RegionMerger.objects.create(
        old="990101003", new="990101001", on=date(2026, 6, 20), basis="测府〔2026〕3号"
    )
    bulletin = draft(world)
    rows = {row[1]: row[2]["n"] for row in bulletin.paper.content["tables"]["parts"]["rows"]}
    assert rows == {"港口镇": 5, "合计": 5}
    assert walk(world, bulletin.paper.content, "committee", LATER)


def test_the_days_are_those_of_china_wherever_the_server_stands(
    world: f.World, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1 July 00:30 in China is still June in Greenwich: June is over, and its figures hold."""
    f.report(world, text="月末", at=datetime(2026, 6, 30, 15, 50, tzinfo=UTC))
    f.report(world, text="次月", at=datetime(2026, 6, 30, 16, 10, tzinfo=UTC))
    tallies.catch_up()
    monkeypatch.setenv("TZ", "America/New_York")
    import time

    time.tzset()
    try:
        at = datetime(2026, 6, 30, 16, 30, tzinfo=UTC)
        bulletin = draft(world, at=at)
        assert bulletin.paper.content["figures"]["hazards_found"]["n"] == 5
        assert bulletin.paper.content["figures"]["until"]["text"] == "6月30日"
        assert publish(world, bulletin, at=at).issued_on == date(2026, 7, 1)
    finally:
        monkeypatch.undo()
        time.tzset()


# --- on paper ---------------------------------------------------------------------------------------


def test_bulletin_and_report_have_the_measures_of_a_paper_and_as_many_pages_in_an_office(
    world: f.World, tmp_path: Path
) -> None:
    """GB/T 9704: 37 mm above, 28 mm at the binding, lines at one pitch; DOCX and PDF of one length."""
    bulletin = draft(world, who="city")
    more = "各单位要对照问题举一反三，把责任落实到岗位和人员，整改情况按期书面报告。" * 6
    with f.acting(world, "city", LATER) as actor:
        actions.reword(bulletin, {"body": f"{bulletin.text}\n{more}"}, actor=actor)
    paper = publish(world, bulletin, "city")
    with f.acting(world, "city", LATER) as actor:
        table = tables.make(tables.Ask("closure_rate", "2026-06", "9901", "region"), actor)
        report = tablepapers.document_of("各地整改率", table)
        wide = tables.make(tables.Ask("hazards_found", "2024-07..2026-06", "9901", "month"), actor)
        long = tablepapers.document_of("逐月隐患", wide)
    told = composing.compose(
        paper,
        number=paper.number,
        issued_on=paper.issued_on,
        address="https://safety.example.gov.cn/v/A/",
    )
    shown = {"bulletin": told, "report": report, "long": long}
    contents = {name: docx.render(document, at=LATER) for name, document in shown.items()}
    for name, converted in in_office(tmp_path, contents).items():
        pages = Pages(shown[name])
        assert len(converted.pages) == len(pages.pages), name
        for page in range(len(pages.pages)):
            found = [char for line in pages.lines(page) for char in line]
            chars = [
                char for char in found if char["text"] not in "，。；：、（）"
            ]  # half their width
            left = min(chars, key=lambda char: char["x0"])
            assert mm(left["x0"]) >= 28 - 0.3, (name, left["text"])
            assert max(mm(char["x1"]) for char in chars) <= 210 - 26 + 0.6, name
            assert min(mm(char["top"]) for char in chars) >= 37 - 0.5, name
    body = Pages(shown["bulletin"])
    heights = [line[0]["matrix"][5] for line in body.lines(1) if line[0]["size"] == measures.BODY]
    steps = [above - below for above, below in pairwise(heights)]
    assert all(
        abs(step / measures.PITCH - round(step / measures.PITCH)) < 0.05 for step in steps[:3]
    )
    assert len(Pages(long).pages) > 1


# --- who receives it --------------------------------------------------------------------------------


def test_the_towns_on_the_list_receive_it_and_are_told(world: f.World) -> None:
    bulletin = draft(world)
    assert "港口镇应急站" in bulletin.paper.content["distribution"]
    assert "海晏五金有限公司" not in bulletin.paper.content["distribution"]
    paper = publish(world, bulletin)
    assert Recipient.objects.filter(paper=paper, unit=world.units["station"]).exists()
    assert Notice.objects.filter(case_uid=paper.uid, entry_kind="paper.issued").count() >= 2
    assert get(world, f"/paper/{paper.uid}/", "inspector").status_code == 200
    with clock.at(LATER):
        assert paper.number in text_of(client(world, "inspector").get("/papers/"))
    assert get(world, f"/paper/{paper.uid}/", "outsider").status_code == 404


def test_a_unit_nobody_knows_is_refused_with_the_nearest_name(world: f.World) -> None:
    bulletin = draft(world)
    answer = send(world, bulletin, "save", distribution="港口镇应急中心")
    assert answer.status_code == 422
    assert "港口镇应急站" in text_of(answer)


# --- the command ------------------------------------------------------------------------------------


def test_the_command_writes_both_forms(
    world: f.World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from importlib import import_module

    run: Any = import_module("xiangling.config.figures").bulletin
    stop = import_module("xiangling.config.command").Stop
    with clock.at(LATER):
        assert run(["--period", "2026-06", "--out", str(tmp_path), "--as", "committee"]) == 0
    out = capsys.readouterr().out
    assert "draft" in out
    made = sorted(path.name for path in tmp_path.iterdir())
    assert [name.rpartition(".")[2] for name in made] == ["docx", "pdf"]
    assert all(str(tmp_path / name) in out for name in made)
    with unscoped("test"):
        publish(world, Bulletin.objects.get())
        number = Paper.objects.get().number
    with clock.at(LATER):
        assert run(["--period", "2026-06", "--out", str(tmp_path / "b"), "--as", "committee"]) == 0
    assert number in capsys.readouterr().out
    issued = Issued.objects.get()
    from xiangling.kernel.digest import digest

    kept = {digest(path.read_bytes()) for path in (tmp_path / "b").iterdir()}
    assert kept == {issued.docx, issued.pdf}
    for words in (
        ["--period", "2031-01"],
        ["--period", "2026"],
        ["--period", "2026-06", "--as", "owner"],
        ["--period", "2026-06", "--as", "nobody"],
    ):
        with clock.at(LATER), pytest.raises(stop) as caught:
            run([*words, "--out", str(tmp_path)])
        assert str(caught.value)
    (tmp_path / "file").write_text("x")
    with clock.at(LATER), pytest.raises(stop):
        run(["--period", "2026-06", "--out", str(tmp_path / "file"), "--as", "committee"])
