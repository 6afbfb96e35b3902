"""Judging by real processes: killed between storing and judging, killed within, two at once. Each row once."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.factories import make_world
from tests.processes import Processes
from xiangling.apps.hazards import judging
from xiangling.apps.hazards.models import Hazard, Judged, TextSlice, Unjudged
from xiangling.kernel import clock, ledger
from xiangling.kernel.models import Entry, Job
from xiangling.kernel.scope import unscoped

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = 800
PATIENCE = 120.0
WRONG = ("无护罩", "接地线断开", "积尘过厚", "通道堆物", "限位失灵", "标识脱落", "阀门渗漏")
WHERE = ("锯切", "封边", "砂光", "喷涂", "打包", "仓储", "配电", "空压")


class Court(Processes):
    """A city whose findings were imported and not judged yet, and the processes that judge them."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        super().__init__(environment)
        self.folder = folder
        self.world = make_world()

    def sheet(self) -> Path:
        path = self.folder / "findings.csv"
        rows = (
            f"T-{n},{WHERE[n % 8]}工位{n}号设备{WRONG[n % 7]},{self.world.firm.name}"
            for n in range(ROWS)
        )
        path.write_text("\n".join(["编号,隐患描述,企业名称", *rows]), "utf-8")
        return path

    def take_in(self) -> None:
        """Import the sheet by a process that ends before anything is judged."""
        command = self.run("import", "hazards", str(self.sheet()), "--as", "inspector")
        out, err = command.communicate(timeout=PATIENCE)
        assert command.returncode == 0, err
        assert "refused 0" in out

    def finish(self, workers: int = 1) -> None:
        """Let workers do whatever is left, once the leases of the dead have run out."""
        Job.objects.filter(state="running").update(lease_until=clock.now() - timedelta(seconds=1))
        for worker in [self.run("work", "--once") for _n in range(workers)]:
            _out, err = worker.communicate(timeout=PATIENCE)
            assert worker.returncode == 0, err

    def wait_for(self, judged: int, worker: subprocess.Popen[str]) -> None:
        deadline = time.monotonic() + PATIENCE
        while Judged.objects.count() < judged:
            assert time.monotonic() < deadline, "the judging does not go on"
            assert worker.poll() is None, worker.communicate()
            time.sleep(0.01)

    def assert_half_is_whole(self) -> None:
        """What is judged has its entry, and nothing else has."""
        entries = Entry.objects.filter(kind="hazard.judged")
        assert entries.count() == Judged.objects.count() == ROWS - Unjudged.objects.count()

    def assert_each_judged_once(self) -> None:
        assert not Unjudged.objects.exists()
        assert not Job.objects.exclude(state="done").exists()
        entries = Entry.objects.filter(kind="hazard.judged")
        assert entries.values("case_uid").distinct().count() == entries.count() == ROWS
        assert Judged.objects.count() == ROWS
        assert TextSlice.objects.values("hazard").distinct().count() == ROWS
        with unscoped("test"):
            assert set(Hazard.objects.values_list("version", flat=True)) == {2}
            assert not [found for found in ledger.verify_all() if found]


@pytest.fixture
def court(installation: dict[str, str], tmp_path: Path) -> Iterator[Court]:
    court = Court(installation, tmp_path)
    with court.ended():
        yield court


def test_killed_between_storing_and_judging_and_within(court: Court) -> None:
    court.take_in()
    assert Unjudged.objects.count() == ROWS
    assert not Judged.objects.exists()
    for reached in (1, judging.BATCH + 1):
        worker = court.run("work")
        court.wait_for(reached, worker)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        court.assert_half_is_whole()
        Job.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    court.finish()
    court.assert_each_judged_once()


def test_two_workers_share_what_waits(court: Court) -> None:
    court.take_in()
    first = Job.objects.get(kind=judging.KIND)
    Job.objects.create(
        kind=first.kind, title=first.title, params=first.params, created_at=clock.now()
    )
    court.finish(workers=2)
    court.assert_each_judged_once()
    done = list(Job.objects.filter(kind=judging.KIND).values_list("done", flat=True))
    assert sum(done) == ROWS


def test_two_sheets_while_they_are_being_judged(court: Court) -> None:
    """A worker judges what another has just stored; the same rows again are neither stored nor judged twice."""
    worker = court.run("work")
    court.take_in()
    court.take_in()
    court.wait_for(1, worker)
    worker.terminate()
    worker.communicate(timeout=PATIENCE)
    court.finish(workers=2)
    court.assert_each_judged_once()
