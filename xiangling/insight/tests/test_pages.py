"""The figures from outside: pages, endpoint, workbook, command, saved reports, what was published, what is entered."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import docx as office
import openpyxl
import pdfplumber
import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from tests import factories as f
from tests.api.conftest import Caller, give_token
from xiangling.insight import measures, reports, snapshots, tallies
from xiangling.insight.models import Official, RegionMerger, ReportFile, SavedReport, Snapshot
from xiangling.insight.tests.test_measures import given
from xiangling.kernel import clock, imports, jobs, registry
from xiangling.kernel.models import Access, Job, Notice
from xiangling.org.models import Holding, Region

pytestmark = pytest.mark.django_db
LATER = f.NOW + timedelta(days=30)
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def world() -> f.World:
    made = f.make_world()
    f.to_state(made, "closed", seed=10)
    f.to_state(made, "fixing", seed=20)
    f.report(made, by="owner", text="配电箱缺门")
    tallies.catch_up()
    return made


def signed_in(world: f.World, key: str) -> Client:
    client = Client()
    client.force_login(world.people[key], backend=BACKEND)
    return client


def get(world: f.World, address: str, who: str = "committee", at: Any = LATER) -> Any:
    with clock.at(at):
        return signed_in(world, who).get(address)


def post(world: f.World, address: str, who: str = "committee", **data: Any) -> Any:
    with clock.at(LATER):
        return signed_in(world, who).post(address, data)


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_every_measure_has_a_page_a_sheet_and_an_endpoint(world: f.World) -> None:
    caller = Caller(give_token(world, "committee"))
    for key, measure in measures.measures().items():
        page = get(world, f"/statistics/{key}/?period=2026-06&by={measure.dimensions[-1]}")
        assert page.status_code == 200, key
        assert str(measure.definition) in page.content.decode()
        book = get(world, f"/statistics/{key}/?period=2026-06&format=xlsx")
        rows = list(openpyxl.load_workbook(io.BytesIO(b"".join(book.streaming_content))).active)
        said = [cell.value for row in rows for cell in row]
        assert str(measure.definition) in said
        assert "2026年6月" in said
        with clock.at(LATER):
            answer = caller.get(f"statistics/{key}?period=2026-06")
        assert answer.status_code == 200
        assert answer.json()["measure"] == key
    assert Access.objects.filter(what="export", kind="statistics").count() == len(
        measures.measures()
    )


def test_page_endpoint_sheet_and_command_say_the_same(
    world: f.World, capsys: pytest.CaptureFixture[str]
) -> None:
    stats = import_module("xiangling.config.figures").stats  # the command stands above this layer
    asked = "hazards_found?period=2026-06&by=grade"
    with clock.at(LATER):
        wire = Caller(give_token(world, "committee")).get(f"statistics/{asked}").json()
        assert (
            stats(["hazards_found", "--period", "2026-06", "--by", "grade", "--as", "committee"])
            == 0
        )
    printed = json.loads(capsys.readouterr().out)
    assert printed == wire
    assert wire["total"]["now"]["value"] == "3"
    assert {row["key"]: row["now"]["value"] for row in wire["rows"]} == {"general": "2", "": "1"}
    page = text_of(get(world, "/statistics/hazards_found/?period=2026-06&by=grade"))
    assert "一般隐患 2 " in page
    assert "未注明 1 " in page
    for row in [*wire["rows"], wire["total"]]:
        shown = get(world, row["rows_url"])
        assert f"{row['now']['value']}条" in text_of(shown), row["rows_url"]
        assert "统计数据对应记录" in text_of(shown)
        with clock.at(LATER):
            sheet = signed_in(world, "committee").get(row["rows_url"] + "&format=xlsx")
            book = openpyxl.load_workbook(io.BytesIO(b"".join(sheet.streaming_content)))
        assert book.active.max_row == int(row["now"]["value"]) + 1


def test_bad_questions_are_answered_in_words(world: f.World) -> None:
    for query, status, words in (
        ("period=2027", 422, "尚未到来"),
        ("period=去年", 422, "无法识别"),
        ("by=colour", 422, "不能按"),
        ("region=990102", 404, "不在您的辖区内"),
        ("region=' OR 1", 404, "不在您的辖区内"),
        ("sector=no_such", 200, "项"),
        ("by=month&period=2010-01..2026-05", 422, "最多60个月"),
        ("period=" + "9" * 200, 422, "无法识别"),
        ("period=%00", 422, "无法识别"),
    ):
        answer = get(world, f"/statistics/hazards_open/?{query}")
        assert answer.status_code == status, query
        assert words in answer.content.decode(), query
    assert get(world, "/statistics/nothing/").status_code == 404
    assert get(world, "/statistics/hazards_open/", who="owner").status_code == 403
    for text in (
        "x",
        "what.opened",
        "what.opened~from.2026-06-01~to.x",
        "what.visited~from.2026-06-01~to.2026-06-02",
    ):
        assert get(world, f"/hazards/?figure={text}").status_code == 422, text
    assert get(world, "/people/?figure=x").status_code in (200, 403)


def test_a_list_opened_from_a_figure_can_be_filtered_on(world: f.World) -> None:
    url = get(world, "/statistics/hazards_found/?period=2026-06").context["table"]["total"]["url"]
    page = get(world, url + "&grade=general")
    assert "2条" in text_of(page)
    assert 'name="figure"' in page.content.decode(), "the filter form keeps it"


def test_the_monthly_table_reads_few_rows_and_prints_unknown(world: f.World) -> None:
    page = get(world, "/statistics/monthly/?period=2026-06")
    said = text_of(page)
    assert "东区2026年6月安全生产月报表" in said
    assert re.search(r"发现隐患 项 3 未知 未知", said)
    assert re.search(r"生产安全事故起数 起 未知", said)
    for n, deaths in ((5, 2), (6, 0)):
        first = date(2026, n, 1)
        given("deaths", first, date(2026, n, 30 if n == 6 else 31), deaths)
    said = text_of(get(world, "/statistics/monthly/?period=2026-06"))
    assert re.search(r"事故死亡人数 人 0 未知 未知 2 -100%", said)
    book = get(world, "/statistics/monthly/?period=2026-06&format=xlsx")
    rows = list(openpyxl.load_workbook(io.BytesIO(b"".join(book.streaming_content))).active)
    assert len(rows[0]) == 10
    assert get(world, "/statistics/monthly/?period=2031").status_code == 422


# --- official figures ---------------------------------------------------------------------------

ENTERED = {
    "indicator": "accidents", "region": "990101", "period": "2026年1-4月", "figure": "67",
    "citation": "测安委办〔2026〕12号", "source_on": "2026-05-08",
}  # fmt: skip


def test_an_official_figure_is_entered_with_its_source_and_never_changed(world: f.World) -> None:
    answer = post(world, "/statistics/official/new/", **ENTERED)
    assert answer.status_code == 302, text_of(answer)
    post(world, "/statistics/official/new/", **{**ENTERED, "period": "2025年1-4月", "figure": "91"})
    page = text_of(get(world, "/statistics/accidents/?period=2026年1-4月"))
    assert "-26.37%" in page, "F01"
    assert "2025年1-4月: 91" in page, "both counts are shown"
    shown = text_of(get(world, "/official_figures/?indicator=accidents"))
    assert "测安委办〔2026〕12号" in shown
    row = Official.objects.order_by("id").first()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Official.objects.filter(pk=row.pk).update(value=1)
    post(world, "/statistics/official/new/", **{**ENTERED, "figure": "**"})
    assert "未知" in text_of(get(world, "/statistics/accidents/?period=2026年1-4月"))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"figure": "很多"}, "按来源写法"),
        ({"figure": "-3"}, "数值应在"),
        ({"period": "2026-07"}, "尚未结束"),
        ({"period": "2030"}, "尚未开始"),
        ({"source_on": "2031-01-01"}, "不能晚于今天"),
        ({"region": "990102"}, ""),
        ({"indicator": "luck"}, ""),
        ({"citation": ""}, ""),
    ],
)
def test_a_figure_that_makes_no_sense_is_refused(
    world: f.World, wrong: dict[str, str], words: str
) -> None:
    answer = post(world, "/statistics/official/new/", **{**ENTERED, **wrong})
    assert answer.status_code in (404, 422)
    assert words in answer.content.decode()
    assert not Official.objects.exists()


def test_official_figures_are_imported_once(world: f.World, tmp_path: Path) -> None:
    sheet = tmp_path / "figures.csv"
    sheet.write_text(
        "指标,区域,时期,数值,来源,来源日期\n"
        "生产安全事故起数,东区,2026年1-4月,67,测安委办〔2026〕12号,2026-05-08\n"
        "事故死亡人数,,2026-05,**,测安委办〔2026〕13号,2026-06-08\n"
        "万事如意,东区,2026-05,1,测安委办〔2026〕13号,2026-06-08\n"
        "生产安全事故起数,西区,2026-05,1,测安委办〔2026〕13号,2026-06-08\n",
        "utf-8",
    )
    for new, merged in ((2, 0), (0, 2)):
        with f.acting(world, "committee", LATER) as actor:
            importer = registry.shelf("importers")["official_figures"]
            kept = imports.keep_upload(sheet.read_bytes(), sheet.name)
            job = imports.start(importer, kept, f"{new}.csv", actor=actor)
            run = jobs.claim("w", LATER, job.uid)
            assert run is not None
            jobs.carry(run)
        done = Job.objects.get(pk=job.pk)
        assert done.counts == {"new": new, "merged": merged, "refused": 2} or (
            done.counts.get("new", 0), done.counts.get("merged", 0), done.counts["refused"]
        ) == (new, merged, 2)  # fmt: skip
    assert Official.objects.count() == 2
    assert Official.objects.get(indicator="deaths").value is None


def test_a_merger_is_entered_between_neighbours_only(world: f.World) -> None:
    for code, name in (("990101002", "新港镇"), ("990101003", "旧埠镇")):
        Region.objects.create(code=code.ljust(12, "0"), name=name, level=9)
    sent = {"old": "990101003", "new": "990101002", "day": "2026-06-20", "basis": "测府〔2026〕3号"}
    for wrong in (
        {"new": "990101"},
        {"new": "990101003"},
        {"day": "2030-01-01"},
        {"old": "990102001"},
    ):
        answer = post(world, "/statistics/mergers/", **{**sent, **wrong})
        assert answer.status_code in (404, 422), wrong
    assert not RegionMerger.objects.exists()
    assert post(world, "/statistics/mergers/", **sent).status_code == 302
    assert "旧埠镇于2026年6月20日并入新港镇" in text_of(get(world, "/statistics/mergers/"))
    again = post(world, "/statistics/mergers/", **{**sent, "new": "990101001"})
    assert again.status_code == 422


# --- publishing ---------------------------------------------------------------------------------


def test_what_is_published_stays_and_later_corrections_are_shown(world: f.World) -> None:
    """domain.md 10.7: report by snapshot."""
    sent = {"period": "2026-06", "by": "grade", "title": "东区6月隐患"}
    running = post(world, "/statistics/hazards_closed/publish/", **{**sent, "period": "2026-07"})
    assert running.status_code == 302
    assert not Snapshot.objects.exists()
    answer = post(world, "/statistics/hazards_closed/publish/", **sent)
    kept = Snapshot.objects.get()
    assert answer.url == f"/statistics/snapshots/{kept.uid}/"
    page = text_of(get(world, answer.url))
    assert "结果一致" in page
    from xiangling.apps.hazards.models import Hazard

    closed = Hazard._base_manager.get(state="closed")
    f.step(world, closed, "reopen", "department", f.NOW + timedelta(days=20), reason="复发")
    tallies.catch_up()
    page = text_of(get(world, answer.url))
    assert re.search(r"发布后更正.* 一般隐患 1 (0|无此项)", page)
    kept.refresh_from_db()
    assert kept.table["total"]["now"]["value"] == "1"
    assert snapshots.is_whole(kept)
    assert "东区6月隐患" in text_of(get(world, "/statistics/snapshots/"))
    assert get(world, answer.url, who="outsider2").status_code == 404
    assert get(world, answer.url, who="owner").status_code == 403
    refused = post(world, "/statistics/hazards_closed/publish/", who="leader", **sent)
    assert refused.status_code == 302
    assert Snapshot.objects.count() == 1
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Snapshot.objects.all().delete()


# --- saved reports ------------------------------------------------------------------------------


def save(world: f.World, **more: str) -> Any:
    sent = {"name": "月度", "period": "2026-06", "by": "region", "every": "month", **more}
    return post(world, "/statistics/hazards_found/save/", **sent)


def test_a_report_is_saved_made_and_taken_away(world: f.World) -> None:
    assert save(world).url == "/statistics/reports/"
    report = SavedReport.objects.get()
    assert report.next_on == date(2026, 8, 1)
    assert post(world, f"/statistics/reports/{report.uid}/run/").status_code == 302
    made = ReportFile.objects.get()
    page = get(world, "/statistics/reports/")
    assert "月度" in text_of(page)
    file = get(world, f"/statistics/reports/{report.uid}/{made.pk}/")
    rows = list(openpyxl.load_workbook(io.BytesIO(b"".join(file.streaming_content))).active)
    assert [cell.value for cell in rows[1]][:2] == ["港口镇", 3]
    address = f"/statistics/reports/{report.uid}/{made.pk}/"
    assert made.forms == ["xlsx", "docx", "pdf"]
    pdf = b"".join(get(world, f"{address}?form=pdf").streaming_content)
    with pdfplumber.open(io.BytesIO(pdf)) as paper:
        words = (paper.pages[0].extract_text() or "").replace(" ", "")
    for said in ("月度", "东区", "2026年6月", "港口镇", "发现隐患", "来源", "指标定义"):
        assert said in words, said
    word = office.Document(
        io.BytesIO(b"".join(get(world, f"{address}?form=docx").streaming_content))
    )
    assert word.tables[0].cell(1, 0).text == "港口镇"
    assert get(world, f"{address}?form=exe").status_code == 404
    for who in ("leader", "inspector"):
        assert get(world, address, who=who).status_code == 404
        assert post(world, f"/statistics/reports/{report.uid}/delete/", who=who).status_code == 404
    assert post(world, f"/statistics/reports/{report.uid}/delete/").status_code == 302
    assert not any(reports.target_of(made, form).exists() for form in made.forms)
    for wrong in ({"name": " "}, {"every": "hour"}, {"period": "2031"}):
        assert save(world, **wrong).status_code == 302
        assert not SavedReport.objects.exists(), wrong


def test_a_scheduled_report_is_made_once_on_its_day_for_the_last_whole_month(
    world: f.World,
) -> None:
    save(world)
    due = clock.end_of(date(2026, 8, 1)) - timedelta(hours=6)
    assert reports.follow(due - timedelta(days=1)) == 0
    with clock.at(due):
        jobs.tick("w1")
    assert reports.follow(due) == 0, "once"
    made = ReportFile.objects.get()
    assert (made.period, made.problem) == ("2026-07", "")
    told = Notice.objects.get(case_kind="report")
    assert told.post == world.actor("committee").post
    with clock.at(LATER):
        assert "报告已生成" in text_of(signed_in(world, "committee").get("/notices/"))
        opened = signed_in(world, "committee").get(f"/notices/{told.pk}/")
        assert opened.url == f"/statistics/reports/#report-{made.report.uid}"
        assert signed_in(world, "leader").get(f"/notices/{told.pk}/").status_code == 404
    report = SavedReport.objects.get()
    assert report.next_on == date(2026, 9, 1)
    Holding.objects.filter(person=world.people["committee"]).update(ends_on=date(2026, 8, 20))
    late = clock.end_of(date(2026, 9, 3)) - timedelta(hours=6)
    assert reports.follow(late) == 1
    gone = ReportFile.objects.order_by("id").last()
    assert gone.problem
    assert gone.period == "2026-08"
    assert gone.forms == []
    assert Notice.objects.filter(entry_kind="report.failed").count() == 1


def test_a_file_is_handed_out_only_while_all_of_it_is_in_the_owners_scope(world: f.World) -> None:
    """The post moves to a town: what was counted for the district is no longer its to take out."""
    save(world)
    report = SavedReport.objects.get()
    post(world, f"/statistics/reports/{report.uid}/run/")
    address = f"/statistics/reports/{report.uid}/{ReportFile.objects.get().pk}/"
    assert get(world, address).status_code == 200
    office_unit = world.units["office"]
    office_unit.sectors = ["fire"]
    office_unit.save()
    assert get(world, address).status_code == 404
    office_unit.sectors, office_unit.region, office_unit.level = [], "990101001000", 9
    office_unit.save()
    assert get(world, address).status_code == 404


@pytest.mark.parametrize(
    ("every", "on", "period", "following"),
    [
        ("day", date(2026, 3, 1), "2026-02-28", date(2026, 3, 2)),
        ("week", date(2026, 6, 8), "2026-06-01..2026-06-07", date(2026, 6, 15)),
        ("week", date(2026, 6, 10), "2026-06-01..2026-06-07", date(2026, 6, 15)),
        ("month", date(2026, 1, 1), "2025-12", date(2026, 2, 1)),
        ("month", date(2026, 1, 31), "2025-12", date(2026, 2, 1)),
    ],
)
def test_schedules(every: str, on: date, period: str, following: date) -> None:
    assert reports.period_for(every, on) == period
    assert reports.next_day(every, on) == following


def test_pages_read_in_a_bounded_number_of_queries(
    world: f.World, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    client = signed_in(world, "committee")
    with clock.at(LATER):
        for address, most in (
            ("/statistics/", 150),
            ("/statistics/hazards_found/?by=region", 45),
            ("/statistics/monthly/?period=2026-06", 260),
        ):
            with django_assert_max_num_queries(most):
                assert client.get(address).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_the_command_refuses_in_words(installation: dict[str, str]) -> None:
    f.make_world()

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "xiangling.config.command", "stats", *words]
        return subprocess.run(
            command, env=installation, capture_output=True, text=True, check=False
        )

    done = run("hazards_open", "--period", "2099", "--as", "committee")
    assert (done.returncode, done.stdout) == (1, "")
    assert "2099" in done.stderr
    assert "Traceback" not in done.stderr
    assert "hazards_open" in run().stdout
    assert run("hazards_open", "--as", "owner").returncode == 1
    assert run("hazards_open", "--as", "committee", "--format", "xlsx").returncode == 1
    done = run("hazards_open", "--as", "committee", "--format", "csv")
    assert "未知" in done.stdout
