"""Sheets become records exactly once; what is refused comes back as a sheet that can be dropped again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from threading import Event
from typing import Any

import openpyxl
import pytest
from django.conf import settings
from django.db import IntegrityError, connection
from django.utils import translation

from tests.factories import NOW, make_world
from xiangling.kernel import clock, imports, jobs, registry
from xiangling.kernel.imports import MERGED, NEW, Column, Importer, refused
from xiangling.kernel.models import Job, Series
from xiangling.kernel.refusal import Refused
from xiangling.kernel.scope import active
from xiangling.kernel.sheets import SheetError

pytestmark = pytest.mark.django_db
clashes: list[int] = []


def take(lines, actor):
    """Numbers by name: a known name is merged, an even number is refused."""
    if clashes:
        clashes.pop()
        raise IntegrityError("written by another import just now")
    outcomes = []
    for line in lines:
        number = int(line.values["number"])
        if number % 2 == 0:
            outcomes.append(refused(f"{number} is even"))
            continue
        _row, is_new = Series.objects.update_or_create(
            key=str(line.values["name"]), defaults={"last": number}
        )
        outcomes.append(NEW if is_new else MERGED)
    return outcomes


IMPORTER = Importer(
    key="test.numbers",
    label="Numbers",
    duty="object.import",
    take=take,
    columns=(
        Column("name", "Name", ("名称",), required=True),
        Column("number", "Number", ("数字",), required=True),
    ),
    choices={"name": lambda: ["one", "three"]},
    notes={"number": "An odd number."},
    sample=({"name": "one", "number": 1},),
)
registry.add("importers", IMPORTER.key, IMPORTER)


@pytest.fixture
def actor():
    with clock.at(NOW):
        yield make_world().actor("inspector")


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(imports, "BATCH", 3)


def kept(*rows: str, head: str = "名称,数字") -> Path:
    return imports.keep_upload("\n".join([head, *rows]).encode(), "numbers.csv")


def queued(actor, path: Path, name: str = "numbers.csv") -> Job:
    return imports.start(IMPORTER, path, name, actor=actor)


def carried(job: Job) -> Job:
    run = jobs.claim("a:1", clock.now())
    assert run is not None
    jobs.carry(run)
    job.refresh_from_db()
    return job


def numbers() -> dict[str, int]:
    return dict(Series.objects.values_list("key", "last"))


def test_rows_come_in_and_are_counted(actor):
    job = carried(queued(actor, kept(*(f"n{n},{n}" for n in range(1, 11)))))
    assert (job.state, job.done, job.total) == ("done", 10, 10)
    assert job.counts == {"new": 5, "merged": 0, "refused": 5}
    assert numbers() == {f"n{n}": n for n in (1, 3, 5, 7, 9)}


def test_a_second_import_of_the_same_sheet_doubles_nothing(actor):
    path = kept("a,1", "b,3")
    carried(queued(actor, path))
    assert carried(queued(actor, path)).counts == {"new": 0, "merged": 2, "refused": 0}
    assert numbers() == {"a": 1, "b": 3}


def test_refused_rows_come_back_corrected_and_are_taken_in_once(actor):
    job = carried(queued(actor, kept("a,1", "b,2", "c,3", "d,4")))
    sheet = Path(settings.DATA_DIR) / job.result
    book = openpyxl.load_workbook(sheet)
    rows = [[cell.value for cell in row] for row in book.active.iter_rows()]
    assert [row[:3] for row in rows[1:]] == [["2 is even", "b", "2"], ["4 is even", "d", "4"]]
    book.active["C2"] = "5"
    book.save(sheet)
    again = carried(
        queued(actor, imports.keep_upload(sheet.read_bytes(), "refused.xlsx"), "refused.xlsx")
    )
    assert again.counts == {"new": 1, "merged": 0, "refused": 1}
    assert numbers() == {"a": 1, "b": 5, "c": 3}


def test_an_interrupted_import_goes_on_from_its_last_batch(actor):
    job = queued(actor, kept(*(f"n{n},{n}" for n in range(1, 11)), 'broken,"x'))
    run = jobs.claim("dead:1", clock.now())
    job_path = Path(settings.DATA_DIR) / job.params["path"]
    sheet = imports.open_sheet(job_path, name="numbers.csv")
    pairs = list(imports.lines(sheet, job.params["columns"], job_path.stem, 0))
    run.advance(total=11)
    first = pairs[:3]
    imports._take_batch(run, imports.Batch(first, imports._writing(IMPORTER, first, actor)))
    Job.objects.update(lease_until=clock.now() - jobs.LEASE)
    job = carried(job)
    assert (job.state, job.done) == ("done", 11)
    assert job.counts == {"new": 5, "merged": 0, "refused": 6}
    assert job.refused_rows.count() == 6


def test_a_batch_that_meets_another_import_is_looked_at_again(actor):
    clashes.append(1)
    assert carried(queued(actor, kept("a,1"))).counts["new"] == 1


def test_a_missing_column_is_refused_with_its_name_and_nothing_is_kept(actor):
    path = kept("a", head="名称")
    with translation.override("en"), pytest.raises(Refused, match="Number") as refusal:
        queued(actor, path)
    assert refusal.value.status == 422
    assert not path.exists()
    assert not Job.objects.exists()


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 nothing", b"<html><table></table></html>"])
def test_a_file_that_is_no_sheet_is_refused(actor, content):
    with pytest.raises(SheetError):
        queued(actor, imports.keep_upload(content, "numbers.xlsx"))


def test_an_endless_upload_is_cut_off_and_refused(actor):
    blocks = (b"x" * (1 << 20) for _ in range(10_000))
    path = imports.keep_upload(blocks, "huge.csv")
    assert path.stat().st_size < 60 * 2**20
    with pytest.raises(SheetError) as refusal:
        queued(actor, path)
    assert refusal.value.code == "file.large"
    assert not path.exists()


def test_a_post_without_the_duty_is_refused(actor):
    with pytest.raises(Refused) as refusal:
        queued(replace(actor, duties=frozenset()), kept("a,1"))
    assert refusal.value.status == 403


def test_an_import_of_somebody_who_has_left_ends_in_words(actor):
    job = queued(actor, kept("a,1"))
    Job.objects.update(post=None)
    job = carried(job)
    assert (job.state, job.counts) == ("failed", {})
    assert "post" in job.message or "岗" in job.message


def test_a_file_that_is_gone_ends_in_words(actor):
    path = kept("a,1")
    job = queued(actor, path)
    path.unlink()
    assert carried(job).state == "failed"
    assert not Series.objects.exists()


def test_the_template_is_a_sheet_the_import_understands(actor):
    book = openpyxl.load_workbook(BytesIO(imports.template(IMPORTER)))
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[1]] == ["Name*", "Number*"]
    assert sheet.data_validations.dataValidation[0].formula1 == "lists!$A$1:$A$2"
    sheet.append(["one", "1"])
    filled = BytesIO()
    book.save(filled)
    job = carried(queued(actor, imports.keep_upload(filled.getvalue(), "t.xlsx"), "t.xlsx"))
    assert job.counts == {"new": 1, "merged": 0, "refused": 0}


def test_unfinished_work_on_the_same_file_is_found_again(actor):
    path = kept("a,1")
    job = queued(actor, path)
    assert imports.unfinished(IMPORTER, path, actor=actor) == job
    carried(job)
    assert imports.unfinished(IMPORTER, path, actor=actor) is None


# --- looking ahead ------------------------------------------------------------------------------


class Watched:
    """An importer that can be split, and what it was seen doing."""

    def __init__(self) -> None:
        self.looked: list[int] = []
        self.by: set[Any] = set()
        self.ahead = Event()
        self.meanwhile: Callable[[int], Any] = lambda n: None

    def look(self, lines, actor):
        first = lines[0].number
        if any(line.values["number"] == "boom" for line in lines):
            raise RuntimeError("this batch cannot be looked at")
        assert active() == actor.scope
        Series.objects.count()  # as somebody who asks the database
        self.by.add(connection.connection)
        self.looked.append(first)
        if len(self.looked) > 1:
            self.ahead.set()

        def write():
            self.meanwhile(first)
            return take(lines, actor)

        return write


_watched: list[Watched] = []


def look(lines, actor):
    return _watched[-1].look(lines, actor)


WATCHED = replace(IMPORTER, key="test.watched", look=look)
registry.add("importers", WATCHED.key, WATCHED)


@pytest.fixture
def watched() -> Watched:
    _watched[:] = [Watched()]
    return _watched[0]


def queued_watched(actor, *rows: str) -> Job:
    job = queued(actor, kept(*rows))
    job.params["importer"] = WATCHED.key
    job.save()
    return job


NUMBERS = [f"n{n},{n}" for n in range(1, 13)]


@pytest.mark.django_db(transaction=True)
def test_the_next_batch_is_looked_at_while_one_is_written(actor, watched):
    is_pg = connection.vendor == "postgresql"
    waited = []
    watched.meanwhile = lambda first: waited.append(watched.ahead.wait(10)) if is_pg else None
    job = carried(queued_watched(actor, *NUMBERS))
    assert (job.state, job.counts) == ("done", {"new": 6, "merged": 0, "refused": 6})
    assert waited == ([True] * 4 if is_pg else [])
    assert watched.looked == [2, 5, 8, 11]
    assert (connection.connection in watched.by) is not is_pg
    refused = job.refused_rows.order_by("id").values_list("number", flat=True)
    assert list(refused) == [n + 1 for n in range(2, 13, 2)]


@pytest.mark.django_db(transaction=True)
def test_what_was_looked_at_is_not_written_after_a_stop(actor, watched):
    job = queued_watched(actor, *NUMBERS)
    watched.meanwhile = lambda first: jobs.stop(job) if first == 5 else None
    job = carried(job)
    assert (job.state, job.done, job.cursor) == ("stopped", 6, {"row": 6})
    assert numbers() == {f"n{n}": n for n in (1, 3, 5)}
    watched.meanwhile = lambda first: None
    jobs.resume(job)
    job = carried(job)
    assert (job.state, job.done) == ("done", 12)
    assert job.counts == {"new": 6, "merged": 0, "refused": 6}


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_cannot_be_looked_at_leaves_those_before_it_whole(actor, watched):
    job = carried(queued_watched(actor, *NUMBERS[:7], "n8,boom", *NUMBERS[8:]))
    assert (job.state, job.done) == ("failed", 6)
    assert numbers() == {f"n{n}": n for n in (1, 3, 5)}


@pytest.mark.django_db(transaction=True)
def test_a_clash_has_the_batch_looked_at_again_by_the_one_who_writes(actor, watched):
    clashes.append(1)
    job = carried(queued_watched(actor, *NUMBERS))
    assert job.counts == {"new": 6, "merged": 0, "refused": 6}
    assert sorted(watched.looked) == [2, 2, 5, 8, 11]
