"""Imports of findings, the next batch looked up while one is written: killed, stopped, doubled, repeated."""

from __future__ import annotations

import csv
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.factories import make_world
from tests.processes import Processes
from xiangling.apps.hazards.models import Handling, Hazard, Unjudged
from xiangling.kernel import clock, ledger
from xiangling.kernel.imports import BATCH
from xiangling.kernel.models import Docket, Entry, Job

pytestmark = pytest.mark.django_db(transaction=True)

ROWS, BAD_EVERY = 5000, 997
PATIENCE = 60.0


class Desk(Processes):
    """A city, an inspector with a sheet of findings, and the processes that take it in."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        super().__init__(environment)
        self.folder = folder
        self.firm = make_world().firm.name

    def sheet(self, name: str = "findings.csv", n_rows: int = ROWS, first: int = 1) -> Path:
        path = self.folder / name
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("编号", "隐患描述", "企业名称", "发现日期"))
            for n in range(first, first + n_rows):
                day = "2099-01-01" if n % BAD_EVERY == 0 else "2026-03-02"
                writer.writerow((n, f"{n}号冲床双手按钮被短接", self.firm, day))
        return path

    def take_in(self, path: Path) -> subprocess.Popen[str]:
        return self.run("import", "hazards", str(path), "--as", "inspector")

    def wait_for(self, n_done: int, process: subprocess.Popen[str]) -> Job:
        """The job, once it has at least so many rows behind it."""
        deadline = time.monotonic() + PATIENCE
        while not Job.objects.filter(kind="import", done__gte=n_done).exists():
            assert time.monotonic() < deadline, "the import does not go on"
            assert process.poll() is None, process.communicate()
            time.sleep(0.002)
        return Job.objects.get(kind="import")

    def finish(self, path: Path) -> str:
        """Take in what is left, the leases of the dead run out; what the command says."""
        running = Job.objects.filter(kind="import", state="running")
        running.update(lease_until=clock.now() - timedelta(seconds=1))
        process = self.take_in(path)
        out, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, err
        return out


def assert_whole(n_findings: int) -> None:
    """Each finding with all that belongs to it, once; numbers without a gap."""
    found = Hazard._base_manager.order_by("code")
    uids = list(found.values_list("uid", flat=True))
    assert len(uids) == n_findings
    assert Entry.objects.filter(case_uid__in=uids, step="open").count() == n_findings
    assert Docket._base_manager.filter(case_uid__in=uids).count() == n_findings
    assert Handling.objects.count() == Unjudged.objects.count() == n_findings
    numbers = [int(code.rsplit("-", 1)[1]) for code in found.values_list("code", flat=True)]
    assert sorted(numbers) == list(range(1, n_findings + 1))
    for hazard in found[:: max(1, n_findings // 50)]:
        assert ledger.verify_case(hazard) is None
        row = Docket._base_manager.get(case_uid=hazard.uid)
        assert (row.code, row.title, row.region) == (hazard.code, hazard.title(), hazard.region)
        assert hazard.code.rsplit("-", 1)[1] in hazard.search.split()


def good(n_rows: int, first: int = 1) -> int:
    return sum(n % BAD_EVERY != 0 for n in range(first, first + n_rows))


@pytest.fixture
def desk(installation: dict[str, str], tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(installation, tmp_path)
    with desk.ended():
        yield desk


def test_killed_at_any_moment_whole_batches_stay(desk: Desk) -> None:
    path = desk.sheet()
    for reached, delay in ((BATCH, 0), (2 * BATCH, 0.05), (3 * BATCH, 0.12)):
        process = desk.take_in(path)
        job = desk.wait_for(reached, process)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        done = -1
        while done != job.done:  # a commit that was on its way still lands
            done = job.done
            time.sleep(0.1)
            job.refresh_from_db()
        assert job.done == job.cursor["row"]
        assert job.done % BATCH == 0
        assert_whole(good(job.done))
        assert job.refused_rows.count() == job.done - good(job.done)
        Job.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    said = desk.finish(path)
    assert f"new {good(ROWS)}  merged 0  refused {ROWS - good(ROWS)}" in said
    assert_whole(good(ROWS))
    job.refresh_from_db()
    refused = list(job.refused_rows.order_by("id").values_list("number", flat=True))
    assert refused == [n + 1 for n in range(1, ROWS + 1) if n % BAD_EVERY == 0]


def test_stopped_in_the_middle_and_repeated_nothing_is_lost_or_doubled(desk: Desk) -> None:
    path = desk.sheet()
    process = desk.take_in(path)
    desk.wait_for(BATCH, process)
    process.send_signal(signal.SIGINT)
    _out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, err
    job = Job.objects.get(kind="import")
    assert job.state == "stopped"
    assert job.done % BATCH == 0
    assert_whole(good(job.done))
    desk.finish(path)
    assert_whole(good(ROWS))
    assert f"new 0  merged {good(ROWS)}" in desk.finish(path)
    assert_whole(good(ROWS))


def test_two_sheets_with_the_same_findings_at_once_keep_each_once(desk: Desk) -> None:
    paths = [desk.sheet("a.csv", 3000), desk.sheet("b.csv", 3000, first=501)]
    processes = [desk.take_in(path) for path in paths]
    for process in processes:
        _out, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, err
    counts = [job.counts for job in Job.objects.filter(kind="import")]
    assert sum(count["new"] for count in counts) == good(3500)
    assert sum(count["merged"] for count in counts) == good(2500, 501)
    assert_whole(good(3500))
