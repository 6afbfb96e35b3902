"""Imports by real processes: killed, ended, doubled, stopped and started again. Each row exactly once."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest

from tests.factories import make_world
from tests.processes import Processes
from xiangling.apps.objects.models import SupervisedObject
from xiangling.apps.objects.tests.rows import code, firm, write
from xiangling.kernel import clock, imports, registry
from xiangling.kernel.models import Job
from xiangling.kernel.scope import use
from xiangling.org.models import Unit

pytestmark = pytest.mark.django_db(transaction=True)

ROWS, BAD_EVERY = 4000, 997
PATIENCE = 60.0


class Shop(Processes):
    """A city with one sheet of firms to import, and the processes that work on it."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        super().__init__(environment)
        self.folder = folder
        self.actor = make_world().actor("city")
        self.bad = ROWS // BAD_EVERY
        self.known = SupervisedObject._base_manager.count()
        self.units = Unit.objects.count()

    def sheet(self, n_rows: int = ROWS) -> Path:
        rows = (
            firm(n, 行业领域="炼金" if n % BAD_EVERY == 0 else "工贸", 地址=f"滨海路{n}号")
            for n in range(1, n_rows + 1)
        )
        return write(self.folder / "firms.csv", rows)

    def queue(self, path: Path) -> Job:
        importer = registry.shelf("importers")["objects"]
        with use(self.actor.scope):
            kept = imports.keep_upload(path.read_bytes(), path.name)
            return imports.start(importer, kept, path.name, actor=self.actor)

    def wait_for(self, job: Job, done: int, process: subprocess.Popen[str]) -> None:
        """Until the job has at least `done` rows behind it."""
        deadline = time.monotonic() + PATIENCE
        while Job.objects.get(pk=job.pk).done < done:
            assert time.monotonic() < deadline, "the import does not go on"
            assert process.poll() is None, process.communicate()
            time.sleep(0.005)

    def finish(self) -> None:
        """Let a worker do whatever is left, once the leases of the dead have run out."""
        Job.objects.filter(state="running").update(lease_until=clock.now() - timedelta(seconds=1))
        worker = self.run("work", "--once")
        _out, err = worker.communicate(timeout=PATIENCE)
        assert worker.returncode == 0, err

    def made(self) -> int:
        return SupervisedObject._base_manager.count() - self.known

    def assert_each_row_once(self, job: Job) -> None:
        job.refresh_from_db()
        assert (job.state, job.done) == ("done", ROWS), job.message
        assert job.counts == {"new": ROWS - self.bad, "merged": 0, "refused": self.bad}
        assert job.refused_rows.count() == self.bad
        assert self.made() == ROWS - self.bad
        assert Unit.objects.count() - self.units == ROWS - self.bad


@pytest.fixture
def shop(installation: dict[str, str], tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(installation, tmp_path)
    with shop.ended():
        yield shop


def test_a_worker_killed_in_the_middle_neither_loses_nor_doubles_a_row(shop: Shop) -> None:
    job = shop.queue(shop.sheet())
    for reached in (1000, 2000, 3000):
        worker = shop.run("work")
        shop.wait_for(job, reached, worker)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        job.refresh_from_db()
        assert job.state == "running"
        assert job.done < ROWS
        assert shop.made() == job.counts["new"]
        Job.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    shop.finish()
    shop.assert_each_row_once(job)


def test_a_worker_told_to_end_hands_the_job_on(shop: Shop) -> None:
    job = shop.queue(shop.sheet())
    worker = shop.run("work")
    shop.wait_for(job, 1000, worker)
    worker.terminate()
    _out, err = worker.communicate(timeout=PATIENCE)
    assert worker.returncode == 0, err
    job.refresh_from_db()
    assert (job.state, job.done % imports.BATCH) == ("queued", 0)
    shop.finish()
    shop.assert_each_row_once(job)


def test_two_workers_at_once_take_each_row_once(shop: Shop) -> None:
    job = shop.queue(shop.sheet())
    workers = [shop.run("work", "--once"), shop.run("work", "--once")]
    for worker in workers:
        _out, err = worker.communicate(timeout=PATIENCE)
        assert worker.returncode == 0, err
    shop.finish()
    shop.assert_each_row_once(job)


def test_one_sheet_twice_in_two_workers_gives_one_record_each(shop: Shop) -> None:
    path = shop.sheet()
    first, second = shop.queue(path), shop.queue(path)
    workers = [shop.run("work", "--once"), shop.run("work", "--once")]
    for worker in workers:
        worker.communicate(timeout=PATIENCE)
    shop.finish()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("done", "done"), (first.message, second.message)
    assert first.counts["new"] + second.counts["new"] == ROWS - shop.bad
    assert first.counts["merged"] + second.counts["merged"] == ROWS - shop.bad
    assert shop.made() == ROWS - shop.bad


def test_the_command_stopped_and_repeated_goes_on(shop: Shop) -> None:
    path = shop.sheet()
    words = ("import", "objects", str(path), "--as", "city")
    command = shop.run(*words)
    deadline = time.monotonic() + PATIENCE
    while not Job.objects.filter(done__gte=1000).exists():
        assert time.monotonic() < deadline
        time.sleep(0.005)
    command.send_signal(signal.SIGINT)
    out, err = command.communicate(timeout=PATIENCE)
    job = Job.objects.get()
    assert command.returncode == 130, err
    assert job.state == "stopped"
    assert job.done < ROWS
    again = shop.run(*words)
    out, err = again.communicate(timeout=PATIENCE)
    assert again.returncode == 0, err
    assert f"new {ROWS - shop.bad}  merged 0  refused {shop.bad}" in out
    assert Job.objects.count() == 1
    shop.assert_each_row_once(job)


def test_the_refused_sheet_is_corrected_and_dropped_again(shop: Shop) -> None:
    path = shop.sheet(1000)
    first = shop.run("import", "objects", str(path), "--as", "city")
    out, err = first.communicate(timeout=PATIENCE)
    assert first.returncode == 0, err
    assert "new 999  merged 0  refused 1" in out
    assert "rows/s" in out
    refused = Path(out.rsplit(": ", 1)[1].strip())
    book = openpyxl.load_workbook(refused)
    head = [cell.value for cell in book.active[1]]
    book.active.cell(2, head.index("行业领域") + 1).value = "工贸"
    book.active.append([None if name != "名称" else "港口第3机械有限公司" for name in head])
    book.active.cell(3, head.index("统一社会信用代码") + 1).value = code(3)
    book.active.cell(3, head.index("镇街") + 1).value = "港口镇"
    book.active.cell(3, head.index("从业人数") + 1).value = 77
    corrected = shop.folder / "corrected.xlsx"
    book.save(corrected)
    second = shop.run("import", "objects", str(corrected), "--as", "city")
    out, err = second.communicate(timeout=PATIENCE)
    assert second.returncode == 0, err
    assert "new 1  merged 1  refused 0" in out
    assert shop.made() == 1000
    assert SupervisedObject._base_manager.get(identifier=code(3)).staff_count == 77


@pytest.mark.parametrize(
    ("kind", "content", "name"),
    [
        ("objects", b"%PDF-1.4", "a.xlsx"),
        ("objects", b"", "a.csv"),
        ("hazards", "名称\n某公司".encode(), "a.csv"),
        ("objects", None, "gone.csv"),
    ],
)
def test_a_file_that_cannot_be_used_gives_code_2_and_says_why(
    shop: Shop, kind: str, content: bytes | None, name: str
) -> None:
    path = shop.folder / name
    if content is not None:
        path.write_bytes(content)
    command = shop.run("import", kind, str(path), "--as", "city")
    _out, err = command.communicate(timeout=PATIENCE)
    assert command.returncode == 2
    assert "Traceback" not in err
    assert len(err.strip()) > 20
    assert not Job.objects.exists()


def test_outside_a_demo_city_the_command_asks_who_acts(shop: Shop) -> None:
    command = shop.run("import", "objects", str(shop.sheet(3)))
    _out, err = command.communicate(timeout=PATIENCE)
    assert command.returncode == 1
    assert "--as" in err
