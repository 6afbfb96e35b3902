"""Lists drawn from the ledger, the grid of a set of words, pledges and duty lists (R-007 to R-009, R-075, S04)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.test import Client

from tests import factories as f
from tests.test_words import visitor
from xiangling.apps.directives import figures, terms
from xiangling.apps.directives.actions import standing
from xiangling.apps.directives.models import DutySheet, Pledge, Task, TaskList
from xiangling.apps.directives.tests.making import assign, make
from xiangling.kernel import clock, packs
from xiangling.kernel.actor import Actor
from xiangling.kernel.models import Edit
from xiangling.kernel.refusal import OutOfScope, Refused
from xiangling.kernel.testing import ListTests

pytestmark = pytest.mark.django_db
LATER = f.NOW + timedelta(hours=4)


@pytest.fixture(autouse=True)
def _in_the_afternoon() -> Iterator[None]:
    with clock.at(LATER):
        yield


def _check_counts(actor: Actor) -> None:
    whole, rows = figures.counts_of_lists(actor)
    assert whole == Task.objects.count()
    for row in rows:
        assert row.n_in + row.n_out == whole
        shown = figures.drawn_list(row.row)
        assert shown.count(actor, {})[0] == row.n_in
        assert sum(1 for _line in shown.export(actor, {})) == row.n_in


def test_after_fifty_random_edits_the_lists_still_sum_to_the_ledger() -> None:
    """S04: after 50 random edits lists still re-total to the ledger; no orphan."""
    world, dice = f.make_world(), Random(4)
    figures.start_lists()
    assert [row.name for row in TaskList.objects.all()] == ["问题清单", "责任清单", "整改清单"]
    states = ("assigned", "doing", "submitted", "done", "disputed", "withdrawn", "skipped")
    keys = list(figures.COLUMN_OF)
    for turn in range(50):
        kind = dice.randrange(4)
        if kind == 0:
            make(world, dice.choice(states))
        elif kind == 1:
            task = dice.choice(list(Task._base_manager.filter(state="doing")) or [None])
            if task:
                f.step(world, task, "progress", "inspector", text="进展")
                f.step(world, task, "adjust", "committee", due_on="2026-08-01", reason="顺延")
        else:
            with f.acting(world, "committee", LATER) as actor:
                rows = list(TaskList.objects.all())
                row = dice.choice([*rows, TaskList(key=f"list-{turn}", name="新清单")])
                query: dict[str, Any] = dice.choice(
                    [
                        {},
                        {"state": dice.choice(states)},
                        {"word": "查"},
                        {"overdue": "on"},
                        {"x": "y"},
                    ]
                )
                facts = {"columns": dice.sample(keys, 3), "query": query}
                if len(rows) < standing.MOST_LISTS:
                    standing.save_list(row, facts, actor=actor)
        with f.acting(world, "committee", LATER) as actor:
            _check_counts(actor)


def test_a_list_with_a_filter_that_is_offered_no_more_is_empty_and_sums() -> None:
    world = f.make_world()
    make(world)
    TaskList.objects.create(key="old", name="旧", columns=["code"], query={"unit": "999999"})
    with f.acting(world, "committee", LATER) as actor:
        whole, rows = figures.counts_of_lists(actor)
        assert [(row.n_in, row.n_out) for row in rows] == [(0, whole)]
    assert visitor(world, "committee", "zh-hans").get("/task-lists/old/").status_code in (200, 422)


def test_lists_are_made_and_changed_on_their_pages() -> None:
    world = f.make_world()
    make(world, "doing")
    make(world)
    client = visitor(world, "committee", "zh-hans")
    answers = {"name": "办理中清单", "columns": ["code", "title"], "order": 5, "f_state": "doing"}
    assert client.post("/task-lists/new/", answers).status_code == 302
    row = TaskList.objects.get(name="办理中清单")
    page = client.get(f"/task-lists/{row.key}/")
    assert page.context["page"]["count_label"].startswith("1")
    assert client.get(f"/task-lists/{row.key}/?format=xlsx").status_code == 200
    assert client.post("/task-lists/new/", {"name": "空"}).status_code == 422
    assert visitor(world, "inspector", "zh-hans").get("/task-lists/new/").status_code == 403
    assert client.post(f"/task-lists/{row.key}/delete/").status_code == 302
    assert not TaskList.objects.filter(pk=row.pk).exists()
    assert Task._base_manager.count() == 2


def test_the_grid_counts_what_its_cells_open() -> None:
    """R-007: unit x 10 grid, empty cells red."""
    world = f.make_world()
    for words in ("查", "查改", "教", ""):
        assign(world, words=words)
    client = visitor(world, "committee", "zh-hans")
    page = client.get("/task-grid/")
    rows = page.context["grid"]["rows"]
    row = next(row for row in rows if row["unit"] == world.units["station"])
    assert {cell["word"]: cell["n"] for cell in row["cells"] if cell["n"]} == {
        "查": 2,
        "改": 1,
        "教": 1,
    }
    assert row["total"] == 4
    assert len(row["cells"]) == len(terms.ten_words()) == 10
    for cell in row["cells"][:4]:
        shown = client.get(cell["url"]).context["page"]["count_label"]
        assert shown == f"{cell['n']}条"
    assert b"is-empty" in page.content


def _grid(world: f.World, chosen: str = "", by: str = "committee") -> Any:
    return visitor(world, by, "zh-hans").get(f"/task-grid/?set={chosen}")


def _row(page: Any, unit: Any) -> Any:
    return next(row for row in page.context["grid"]["rows"] if row["unit"] == unit)


def _cells(row: Any) -> dict[str, int]:
    return {cell["word"]: cell["n"] for cell in row["cells"] if cell["n"]}


def _shown(client: Client, url: str) -> tuple[str, int]:
    """What a list says it counts, and the rows it shows."""
    page = client.get(url).context["page"]
    return page["count_label"], len(page["rows"])


def test_another_set_is_read_off_the_text_of_tasks() -> None:
    """F11: 四查; a task belongs to each member its text speaks of, whatever its ten words."""
    world = f.make_world()
    for what in ("自查并检查一遍", "组织一次检查", "开展排查", "召开会议"):
        assign(world, what=what, words="教")
    page = _grid(world, "four_checks")
    row = _row(page, world.units["station"])
    assert _cells(row) == {"自查": 1, "检查": 2, "排查": 1}
    assert [cell["word"] for cell in row["cells"]] == ["自查", "核查", "检查", "排查"]
    assert row["total"] == 4
    text = page.content.decode()
    assert "各单位任务分布：四查" in text
    assert text.count("is-empty") == page.context["grid"]["n_empty"]
    choice = page.context["form"]["set"]
    assert [key for key, _label in choice.field.choices] == [
        row["key"] for row in terms.word_sets()
    ]
    assert '<option value="four_checks" selected>四查</option>' in text


@pytest.mark.parametrize("chosen", ["", *(row["key"] for row in packs.load("word_sets"))])
def test_each_cell_of_each_set_opens_as_many_rows_as_it_counts(chosen: str) -> None:
    """Withdrawn tasks are in no cell, no total and no list that one opens."""
    world = f.make_world()
    for row in packs.load("word_sets"):
        about = "".join(row.get("about", ())[:1])
        for member in row["members"][:2]:
            assign(world, what=f"{about}{member['cues'][-1]}", words="查改")
    make(world, "withdrawn")
    client = visitor(world, "committee", "zh-hans")
    row = _row(_grid(world, chosen), world.units["station"])
    assert sum(bool(cell["n"]) for cell in row["cells"]) >= 2
    for url, n in [(cell["url"], cell["n"]) for cell in row["cells"]] + [
        (row["url"], row["total"])
    ]:
        assert _shown(client, url) == (f"{n}条", min(n, 50))


def test_a_set_about_something_asks_the_text_for_it() -> None:
    """Training is an aspect of clean energy where the task is about that."""
    world = f.make_world()
    assign(world, what="开展光伏电站人员培训")
    assign(world, what="开展燃气从业人员培训")
    row = _row(_grid(world, "clean_energy"), world.units["station"])
    assert _cells(row) == {"教育培训": 1}
    row = _row(_grid(world, "four_in_place"), world.units["station"])
    assert _cells(row) == {"人员培训": 2}


def test_every_set_keeps_to_the_readers_area() -> None:
    world = f.make_world()
    assign(world, what="开展排查")
    near, far = world.units["station"], world.units["far_station"]
    page = _grid(world, "four_checks")
    assert far not in [row["unit"] for row in page.context["grid"]["rows"]]
    opened = next(cell["url"] for cell in _row(page, near)["cells"] if cell["word"] == "排查")
    other = _grid(world, "four_checks", "outsider")
    assert near not in [row["unit"] for row in other.context["grid"]["rows"]]
    assert not any(_cells(row) for row in other.context["grid"]["rows"])
    outsider = visitor(world, "outsider", "zh-hans")
    assert outsider.get(opened).status_code == 422, "no unit of theirs"
    assert _shown(outsider, "/tasks/?view=all&member=four_checks.排查") == ("0条", 0)


def test_a_set_or_a_word_that_there_is_not_is_told_in_words() -> None:
    world = f.make_world()
    make(world)
    page = _grid(world, "nine_words")
    assert page.status_code == 404
    assert "没有这个要点组，以下为十字分类的分布。" in page.content.decode()
    assert [
        cell["word"] for cell in _row(page, world.units["station"])["cells"]
    ] == terms.ten_words()
    client = visitor(world, "committee", "zh-hans")
    for member in ("four_checks.防", "nine_words.查", "ten_words.查", "four_checks", "x'%"):
        assert client.get("/tasks/", {"view": "all", "member": member}).status_code == 422


def test_the_grid_and_its_sets_are_english_to_english_readers() -> None:
    world = f.make_world()
    assign(world, what="开展排查")
    client = visitor(world, "committee", "en")
    text = client.get("/task-grid/?set=four_checks").content.decode()
    assert "Tasks by unit: Four checks" in text
    assert '<th scope="col" class="number">Search</th>' in text
    chips = client.get("/tasks/?view=all&member=four_checks.排查").context["page"]["chips"]
    assert [chip["label"] for chip in chips] == ["Word of a set: Four checks · Search"]


def test_a_set_is_offered_while_it_is_in_force() -> None:
    with clock.at(datetime(2007, 6, 1, tzinfo=UTC)):
        assert terms.word_sets() == terms.ten_words() == []
        assert terms.suggested_words("开展排查") == ""
    assert len(terms.word_sets()) == len(packs.load("word_sets"))


# --- pledges -------------------------------------------------------------------------------------


def _open_year(world: f.World, year: int = 2026) -> int:
    with f.acting(world, "committee", LATER) as actor:
        return standing.open_year(year, "事故起数下降", actor=actor)


def test_a_year_has_a_line_for_every_lower_unit_once() -> None:
    """R-008: year starts => signed and unsigned list."""
    world = f.make_world()
    n = _open_year(world)
    assert n == Pledge._base_manager.count() > 0
    assert _open_year(world) == 0
    client = visitor(world, "committee", "zh-hans")
    row = Pledge._base_manager.get(unit=world.units["station"])
    half = {"signed_on": "2026-06-10"}
    assert client.post(f"/pledges/{row.uid}/", half).status_code == 422
    late = {"signed_on": "2027-01-01", "signer": "站长"}
    assert client.post(f"/pledges/{row.uid}/", late).status_code == 422
    good = {"signed_on": "2026-06-10", "signer": "站长", "targets": "零亡人"}
    assert client.post(f"/pledges/{row.uid}/", good).status_code == 302
    row.refresh_from_db()
    assert (row.signed_on, row.signer) == (date(2026, 6, 10), "站长")
    inspector = visitor(world, "inspector", "zh-hans")
    assert "站长" in inspector.get(f"/pledges/{row.uid}/").content.decode()
    assert inspector.post(f"/pledges/{row.uid}/", good).status_code == 403
    assert visitor(world, "outsider", "zh-hans").get(f"/pledges/{row.uid}/").status_code == 404


class TestPledgeList(ListTests):
    key = "pledges"
    world: f.World

    @pytest.fixture(autouse=True)
    def _world(self) -> None:
        self.world = f.make_world()

    def actor(self) -> AbstractContextManager[Actor]:
        return f.acting(self.world, "committee", LATER)

    def make_rows(self) -> int:
        return sum(_open_year(self.world, year) for year in (2024, 2025, 2026))


# --- duty lists ----------------------------------------------------------------------------------


def _start(world: f.World, key: str = "station", by: str = "committee") -> DutySheet:
    with f.acting(world, by, LATER) as actor:
        return standing.start_sheet(
            world.units[key],
            "安全生产职责清单",
            starts_on=date(2026, 1, 1),
            lines=["每月检查一次"],
            basis="",
            actor=actor,
        )


def test_a_change_is_a_dated_version_and_the_old_one_stays() -> None:
    """R-009: edit => dated version; each user sees their own list."""
    world = f.make_world()
    sheet = _start(world)
    with f.acting(world, "inspector", LATER) as actor:
        standing.renew_sheet(
            sheet, starts_on=date(2026, 7, 1), lines=["每周检查一次"], basis="新规", actor=actor
        )
        with pytest.raises(Refused):
            standing.renew_sheet(
                sheet, starts_on=date(2026, 6, 1), lines=["倒签"], basis="", actor=actor
            )
    client = visitor(world, "inspector", "zh-hans")
    page = client.get(f"/sheets/{sheet.uid}/").content.decode()
    assert "每月检查一次" in page
    assert "每周检查一次" in client.get(f"/sheets/{sheet.uid}/?version=2").content.decode()
    assert "安全生产职责清单" in client.get("/sheets/").content.decode()
    assert Edit.objects.filter(model="directives.dutysheetversion").count() == 2


def test_duty_lists_stay_in_their_area() -> None:
    world = f.make_world()
    sheet = _start(world)
    assert visitor(world, "outsider", "zh-hans").get(f"/sheets/{sheet.uid}/").status_code == 404
    with pytest.raises(OutOfScope):
        _start(world, "far_station")


class TestDutySheetList(ListTests):
    key = "sheets"
    world: f.World

    @pytest.fixture(autouse=True)
    def _world(self) -> None:
        self.world = f.make_world()

    def actor(self) -> AbstractContextManager[Actor]:
        return f.acting(self.world, "committee", LATER)

    def make_rows(self) -> int:
        for key in ("station", "bureau", "office", "station"):
            _start(self.world, key)
        return 4
