"""The tallies count every case once, whatever is killed, undone or overtaken (R-031; done-when of C17)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from tests import factories as f
from xiangling.apps.hazards import actions
from xiangling.apps.hazards.models import Extension, Hazard
from xiangling.apps.objects.models import SupervisedObject
from xiangling.insight import tallies, visits
from xiangling.insight.cells import ALL_SECTORS
from xiangling.insight.models import Cell, Subtotal, Trace, Visit
from xiangling.insight.recount import Outcome, recount
from xiangling.insight.tests.moving import Mover
from xiangling.kernel import clock, engine, jobs
from xiangling.kernel.models import Arrival, Entry
from xiangling.kernel.scope import unscoped

pytestmark = pytest.mark.django_db(transaction=True)

MOVES = int(os.environ.get("XL_TALLY_MOVES", "250"))
"""Moves of the randomised test: the whole size is 10,000 (about ten minutes)."""

COUNTER = """
import django; django.setup()
import time
from xiangling.apps.objects.models import SupervisedObject
from xiangling.insight import tallies, visits
while True:
    print(tallies.take_batch(3), flush=True)
    time.sleep(0.01)
"""


@pytest.fixture
def world() -> f.World:
    return f.make_world()


def differences(*, mend: bool = False) -> list[str]:
    with unscoped("test"):
        return [str(found) for found in recount(Outcome(), mend=mend)]


def total(what: str, day: Any = None, region: str = "9901", **words: Any) -> int:
    """The sum of all day cells up to a day."""
    with unscoped("test"):
        rows = Cell.objects.filter(kind="hazard", what=what, grain="d", region=region, **words)
        if day is not None:
            rows = rows.filter(day__lte=day)
        return sum(rows.values_list("n", flat=True))


class Counter:
    """A process that counts, to be killed."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = {**environment, "DJANGO_SETTINGS_MODULE": "xiangling.config.settings"}
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", COUNTER], env=self.environment, stdout=subprocess.PIPE, text=True
        )

    def kill(self, after: int) -> None:
        assert self.process.stdout is not None
        for _ in range(after):
            assert self.process.stdout.readline()
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(20)


@pytest.fixture
def counter(installation: dict[str, str]) -> Iterator[Counter]:
    made = Counter(installation)
    yield made
    made.process.kill()
    made.process.wait(20)


def test_random_moves_with_killed_counters_leave_no_difference(
    world: f.World, counter: Counter
) -> None:
    mover, chance = Mover(world, seed=20_261_126), Random(7)
    kills = 0
    for taken in mover.go(MOVES):
        if taken // (MOVES // 10) > kills:
            counter.kill(after=chance.randint(1, 6))
            kills += 1
            counter.start()
            if kills % 3 == 0:
                assert not differences()
    counter.kill(after=1)
    tallies.catch_up()
    assert not Arrival.objects.exists()
    assert not differences()
    assert kills >= 9
    _agrees_with_the_rows(mover)


def _agrees_with_the_rows(mover: Mover) -> None:
    """Counted a third way: straight from the columns of the cases."""
    day = clock.local_date(mover.at) + timedelta(days=2)
    with unscoped("test"):
        rows = Hazard.objects.all()
        assert total("opened") == rows.count() == len(mover.uids)
        assert total("open", day) == rows.filter(closed_at__isnull=True).count()
        for grade in ("", "general", "major"):
            assert total("opened", grade=grade) == rows.filter(grade=grade).count()
        for state in ("closed", "void", "merged"):
            assert total("ended", state=state) == rows.filter(state=state).count()
        for state in set(rows.values_list("state", flat=True)) - {"closed", "void", "merged"}:
            assert total("open", day, state=state) == rows.filter(state=state).count()
        again = Entry.objects.filter(kind="hazard.reopened").values("case_uid").distinct()
        assert total("reopened") == again.count()
        late = rows.filter(closed_at__isnull=True, due_at__lt=clock.end_of(day))
        assert total("overdue", day) == late.count()
        assert Extension.objects.count() == sum(
            Cell.objects.filter(
                kind="extension", what="opened", grain="y", region="9901"
            ).values_list("n", flat=True)
        )


def test_every_level_and_grain_adds_up(world: f.World) -> None:
    """A total equals the sum of its leaves (R-031), by place and by time."""
    for _taken in Mover(world, seed=5).go(60):
        pass
    tallies.catch_up()
    with unscoped("test"):
        for what in ("opened", "open", "ended", "overdue"):
            sums = set()
            for grain in "dmy":
                for region in ("9901", "990101", "990101001"):
                    asked = {"what": what, "kind": "hazard", "grain": grain, "region": region}
                    whole = Subtotal.objects.filter(**asked)
                    for rows in (
                        Cell.objects.filter(**asked),
                        whole.filter(sector=ALL_SECTORS),
                        whole.exclude(sector=ALL_SECTORS),
                    ):
                        sums.add(sum(rows.values_list("n", flat=True)))
            assert len(sums) == 1, what


def test_what_is_undone_is_not_counted(world: f.World) -> None:
    try:
        with transaction.atomic():
            f.report(world)
            raise LookupError
    except LookupError:
        pass
    assert not Arrival.objects.exists()
    assert tallies.catch_up() == 0


def test_a_late_grade_moves_the_case_and_counts_it_once(world: f.World) -> None:
    hazard = f.to_state(world, "graded", seed=10)
    tallies.catch_up()
    assert (total("opened", grade="general"), total("opened", grade="major")) == (1, 0)
    f.step(
        world, hazard, "transfer", "inspector", f.NOW + timedelta(hours=3),
        unit=world.units["station"].pk, reason="另定",
    )  # fmt: skip
    f.step(
        world, hazard, "grade", "inspector", f.NOW + timedelta(hours=4),
        grade="major", standard="令10号", article="7",
    )  # fmt: skip
    tallies.catch_up()
    assert (total("opened", grade="general"), total("opened", grade="major")) == (0, 1)
    assert not differences()


def test_a_reopened_case_is_open_again_and_no_longer_closed(world: f.World) -> None:
    hazard = f.to_state(world, "closed", seed=30)
    tallies.catch_up()
    today = clock.local_date(f.NOW)
    assert (total("ended", state="closed"), total("open", today)) == (1, 0)
    f.step(world, hazard, "reopen", "department", f.NOW + timedelta(days=3), reason="复发")
    tallies.catch_up()
    later = today + timedelta(days=3)
    assert total("ended") == 0
    assert (total("open", today), total("open", later)) == (0, 1)
    assert (total("reopened"), total("relapsed"), total("first_ended")) == (1, 1, 1)
    assert not differences()


def test_a_case_is_late_from_the_day_after_its_due_day_until_it_moves(world: f.World) -> None:
    hazard = f.to_state(world, "fixing", seed=40)
    hazard.refresh_from_db()
    assert hazard.deadline is not None
    missed = hazard.deadline + timedelta(days=1)
    tallies.catch_up()
    assert (total("overdue", hazard.deadline), total("overdue", missed)) == (0, 1)
    at = f.NOW + timedelta(days=13)
    f.step(
        world, hazard, "submit", "owner", at, done="已恢复",
        proofs=lambda actor: [f.stored(77, actor, taken=at)],
    )  # fmt: skip
    tallies.catch_up()
    assert total("overdue", missed) == 1
    assert total("overdue", clock.local_date(at) - timedelta(days=1)) == 1
    assert total("overdue", clock.local_date(at)) == 0
    assert not differences()


def test_a_day_is_a_day_in_china(world: f.World) -> None:
    """23:30 UTC on the 10th is the 11th here; a server in another zone counts the same."""
    f.report(world, at=f.NOW.replace(hour=23, minute=30))
    tallies.catch_up()
    with unscoped("test"):
        assert Cell.objects.get(what="opened", grain="d", region="9901").day.day == 11


def test_a_tampered_figure_is_named_and_mended(world: f.World) -> None:
    hazard = f.to_state(world, "graded", seed=50)
    f.to_state(world, "closed", seed=60)
    tallies.catch_up()
    assert not differences()
    Cell._base_manager.filter(what="opened", grain="m", region="990101").update(n=17)
    Trace.objects.filter(case_uid=hazard.uid, what="opened").delete()
    Cell._base_manager.filter(what="ended", grain="y", region="9901").delete()
    Subtotal._base_manager.filter(what="open", grain="d", region="990101").update(n=23)
    found = differences()
    assert any("open d 990101" in line and "kept 23" in line for line in found)
    assert any(str(hazard.uid) in line for line in found)
    assert any("opened m 990101" in line and "kept 17" in line for line in found)
    assert any("ended y 9901" in line and "kept 0" in line for line in found)
    assert differences(mend=True)
    assert not differences()


def test_a_visit_that_is_missing_or_stray_is_named_and_mended(world: f.World) -> None:
    hazard = f.report(world)
    assert not differences()  # announced, not yet counted: late, not wrong
    tallies.catch_up()
    year = clock.local_date(hazard.found_at).year
    assert list(Visit.objects.values_list("object", "year")) == [(hazard.object_id, year)]
    Visit.objects.all().delete()
    Visit.objects.create(object=world.other_firm, year=year)
    found = differences(mend=True)
    assert f"object {hazard.object_id} {year}: kept nothing, counted visited" in found
    assert f"object {world.other_firm.pk} {year}: kept visited, counted nothing" in found
    assert not differences()
    assert list(Visit.objects.values_list("object", "year")) == [(hazard.object_id, year)]


def test_coverage_is_the_same_from_visits_as_from_hazards(world: f.World) -> None:
    """A year up to today is read from the visits, any other stretch from the hazards (F01: a figure equals its rows)."""
    hazard = f.report(world)
    tallies.catch_up()
    today = clock.local_date(clock.now())
    found = clock.local_date(hazard.found_at)
    for first in (found.replace(month=1, day=1), found):
        covered = SupervisedObject._base_manager.filter(visits.visited(first, today))
        assert list(covered) == [world.firm], first
    before = found.replace(year=found.year - 1)
    gone = SupervisedObject._base_manager.filter(
        visits.visited(before.replace(month=1, day=1), before)
    )
    assert not gone.exists()


def test_a_trace_without_its_case_is_found(world: f.World) -> None:
    hazard = f.report(world)
    tallies.catch_up()
    Hazard._base_manager.filter(pk=hazard.pk).delete()
    assert any("counted nothing" in line for line in differences())
    assert differences(mend=True)
    assert not differences()
    assert total("opened") == 0


def test_one_that_cannot_be_counted_holds_nobody_up(world: f.World) -> None:
    broken, sound = f.report(world), f.report(world, text="另一处")
    Entry.objects.create(
        uid=uuid4(), case_kind="hazard", case_uid=broken.uid, seq=2, kind="hazard.instructed",
        source="found", target="found", at=f.NOW, data={"due": "昨天"}, region=broken.region,
    )  # fmt: skip
    Arrival.objects.create(case_kind="no_such_kind", case_uid=broken.uid)
    with clock.at(f.NOW):
        jobs.tick("w1")
    assert Trace.objects.filter(case_uid=sound.uid, what="opened").count() == 1
    assert [row.case_uid for row in Arrival.objects.all()] == [broken.uid]


def test_two_workers_count_nothing_twice(world: f.World) -> None:
    for n in range(24):
        f.report(world, text=f"第{n}处")
    gate = threading.Barrier(3)

    def work() -> None:
        try:
            gate.wait(20)
            for _ in range(40):
                tallies.take_batch(2)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    tallies.catch_up()
    assert total("opened") == 24
    assert not differences()


@pytest.mark.server
def test_a_transaction_that_commits_late_is_not_missed(world: f.World) -> None:
    """An earlier announcement becomes visible after a later one was counted (PostgreSQL)."""
    begun, go_on = threading.Event(), threading.Event()
    first, second = f.report(world, text="甲处"), f.report(world, text="乙处")
    tallies.catch_up()

    def slow() -> None:
        try:
            with transaction.atomic():
                f.step(world, first, "grade", "inspector", grade="general")
                begun.set()
                assert go_on.wait(20)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert begun.wait(20)
    f.step(world, second, "grade", "inspector", grade="general")
    assert tallies.catch_up() == 1
    assert total("opened", grade="general") == 1
    go_on.set()
    thread.join(20)
    assert tallies.catch_up() == 1
    assert total("opened", grade="general") == 2
    assert not differences()


def test_an_import_is_counted_in_a_bounded_number_of_queries(world: f.World) -> None:
    from django.test.utils import CaptureQueriesContext

    def queries(n: int, seed: int) -> int:
        with f.acting(world, "inspector") as actor:
            rows = [
                Hazard(text=f"{seed}-{i}", source="inspection", found_at=f.NOW) for i in range(n)
            ]
            for row in rows:
                actions.settle_on(row, world.firm)
            engine.open_many(rows, actor=actor, data=[{} for _ in rows])
        with CaptureQueriesContext(connection) as caught:
            tallies.take_batch()
        return len(caught)

    queries(2, 0)
    assert queries(150, 1) <= queries(5, 2) + 4


def test_the_command_says_what_it_found(installation: dict[str, str], world: f.World) -> None:
    f.to_state(world, "closed", seed=90)

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "xiangling.config.command", "recount", *words]
        return subprocess.run(
            command, env=installation, capture_output=True, text=True, check=False, timeout=60
        )

    done = run()
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 announcements" in done.stdout or "announcements were waiting" in done.stdout
    assert "0 differences" in done.stdout
    Cell._base_manager.filter(what="opened", grain="d", region="9901").update(n=2)
    done = run()
    assert done.returncode == 1
    assert "DIFFERENT hazard opened d 9901" in done.stderr
    done = run("--mend")
    assert (done.returncode, "1 mended" in done.stdout) == (0, True)
    assert run().returncode == 0
