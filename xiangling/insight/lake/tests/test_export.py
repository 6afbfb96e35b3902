"""The lake holds every entry once and every case as it stands, whatever happens to the export."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import pyarrow.parquet as pq
import pytest
from django.db import connection

from tests import factories as f
from xiangling.apps.hazards.models import Hazard
from xiangling.insight.lake import manifest as book
from xiangling.insight.lake.export import export
from xiangling.insight.lake.sources import Own
from xiangling.kernel import clock, engine, horizon
from xiangling.kernel.models import Entry
from xiangling.kernel.scope import unscoped

PATIENCE = 120.0


def rows(folder: Path, table: str) -> list[dict[str, Any]]:
    found = book.read(folder)
    assert found is not None
    parts = getattr(found, table)
    made = [row for part in parts for row in pq.read_table(folder / part.path).to_pylist()]
    assert len(made) == sum(part.rows for part in parts)
    assert {(row["city"], row["month"]) for row in made} == {(p.city, p.month) for p in parts}
    return made


def assert_is_the_ledger(folder: Path) -> None:
    """Every entry once, every case once and as it stands."""
    entries = rows(folder, "entries")
    assert Counter(row["hash"] for row in entries) == Counter(
        Entry.objects.values_list("hash", flat=True)
    )
    known = {case.uid.hex: case for case in Hazard._base_manager.select_related("unit")}
    cases = [row for row in rows(folder, "cases") if row["kind"] == "hazard"]
    assert sorted(row["uid"] for row in cases) == sorted(known)
    for row in cases:
        case = known[row["uid"]]
        assert (row["state"], row["version"], row["head"]) == (case.state, case.version, case.head)
        assert (row["mark"], row["unit"], row["code"]) == (case.grade, case.unit.name, case.code)
        assert row["is_open"] == (case.closed_at is None)
        assert row["opened_on"] == clock.local_date(case.opened_at)
        assert row["opened_day"] == row["opened_on"].toordinal()


def fill(world: f.World, n: int, months: int = 4) -> None:
    """Many hazards at once, found over some months."""
    rng = Random(7)
    for month in range(months):
        with f.acting(world, "committee", f.NOW - timedelta(days=30 * month)) as actor:
            cases = [
                Hazard(
                    object=world.firm, unit=world.units["firm"], region=world.firm.region,
                    sector=world.firm.sector, text=f"第{rng.random()}处通道堵塞", source="inspection",
                    found_at=clock.now(), uid=uuid4(),
                )
                for _ in range(n // months)
            ]  # fmt: skip
            engine.open_many(cases, actor=actor)


@pytest.mark.django_db
def test_a_second_export_takes_only_what_is_new(tmp_path: Path) -> None:
    world = f.make_world()
    for n, state in enumerate(("found", "ordered", "closed", "submitted")):
        f.to_state(world, state, f.NOW - timedelta(days=40 * n), seed=2000 + 10 * n)
    first = export(tmp_path, [Own("9901")])
    assert_is_the_ledger(tmp_path)
    major = f.to_state(world, "closed", major=True, seed=3000)
    f.step(world, major, "reopen", "committee", f.NOW + timedelta(days=1), reason="复发")
    second = export(tmp_path, [Own("9901")])
    assert_is_the_ledger(tmp_path)
    assert second.n_entries == Entry.objects.count() > first.n_entries
    assert {part.path for part in first.entries} <= {part.path for part in second.entries}
    (row,) = [row for row in rows(tmp_path, "cases") if row["uid"] == major.uid.hex]
    assert (row["n_reopened"], row["is_open"], row["mark"]) == (1, True, "major")
    before = (tmp_path / "manifest.json").read_text()
    third = export(tmp_path, [Own("9901")])
    assert third.n_commits == second.n_commits, before


@pytest.mark.django_db
@pytest.mark.parametrize("size", [3, 50, 1000])
def test_slices_of_any_size_give_the_same_lake(tmp_path: Path, size: int) -> None:
    world = f.make_world()
    fill(world, 60)
    f.to_state(world, "closed", seed=2000)
    export(tmp_path, [Own("9901")], slice_size=size)
    assert_is_the_ledger(tmp_path)
    found = book.read(tmp_path)
    assert found is not None
    per_place = Counter((part.city, part.month) for part in found.entries)
    assert max(per_place.values()) <= 8
    assert set(Counter((part.city, part.month) for part in found.cases).values()) == {1}
    assert {path.name for path in tmp_path.iterdir()} <= {"entries", "cases", book.NAME, ".lock"}


@pytest.mark.django_db
def test_texts_only_where_asked_for(tmp_path: Path) -> None:
    world = f.make_world()
    f.to_state(world, "closed", seed=2000)
    export(tmp_path / "plain", [Own("9901")])
    export(tmp_path / "full", [Own("9901")], with_texts=True)
    plain, full = rows(tmp_path / "plain", "entries"), rows(tmp_path / "full", "entries")
    assert "actor_label" not in plain[0]
    assert "data" not in plain[0]
    assert {row["actor_label"] for row in full} == set(
        Entry.objects.values_list("actor_label", flat=True)
    )
    with pytest.raises(book.Unusable, match="without texts"):
        export(tmp_path / "plain", [Own("9901")], with_texts=True)


@pytest.mark.django_db
def test_another_ledger_is_refused(tmp_path: Path) -> None:
    world = f.make_world()
    f.to_state(world, "ordered", seed=2000)
    export(tmp_path, [Own("9901")])

    class Other(Own):
        def hash_at(self, last: int) -> str:
            return "0" * 64

    with pytest.raises(book.Unusable, match="another ledger"):
        export(tmp_path, [Other("9901")])
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "letters.txt").write_text("x")
    with pytest.raises(book.Unusable, match="something else"):
        export(tmp_path / "b", [Own("9901")])
    with book.writing(tmp_path), pytest.raises(book.Unusable, match="another export"):
        export(tmp_path, [Own("9901")])


@pytest.mark.django_db(transaction=True)
def test_killed_anywhere_it_goes_on_without_loss_or_double(
    installation: dict[str, str], tmp_path: Path
) -> None:
    world = f.make_world()
    fill(world, 480, months=3)
    rng, kills = Random(3), 0
    command = [sys.executable, "-m", "xiangling.config.command", "lake", "export"]
    command += ["--out", str(tmp_path / "lake"), "--slice", "24"]
    deadline = time.monotonic() + PATIENCE
    while True:
        before = (book.read(tmp_path / "lake") or book.Manifest()).n_commits
        process = subprocess.Popen(
            command, env=installation, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        wanted = before + rng.randrange(1, 5)
        while process.poll() is None and kills < 2:
            assert time.monotonic() < deadline
            if (book.read(tmp_path / "lake") or book.Manifest()).n_commits >= wanted:
                process.send_signal(signal.SIGKILL)
            time.sleep(0.005)
        out, err = process.communicate(timeout=PATIENCE)
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL, err
        kills += 1
    assert kills == 2
    assert f"{Entry.objects.count()} entries" in out
    with unscoped("a test looks at everything"):
        assert_is_the_ledger(tmp_path / "lake")
    files = set((tmp_path / "lake").rglob("*.parquet"))
    found = book.read(tmp_path / "lake")
    assert found is not None
    named = {tmp_path / "lake" / part.path for part in [*found.entries, *found.cases]}
    assert files == named | {tmp_path / "lake" / path for path in found.obsolete}


@pytest.mark.django_db(transaction=True)
def test_a_late_commit_is_waited_for(tmp_path: Path) -> None:
    """PostgreSQL shows number 2 before number 1 when 1 commits later; SQLite has one writer."""
    world = f.make_world()
    first = f.report(world)
    template = Entry.objects.get(case_uid=first.uid)
    other = connection.copy()
    try:
        if connection.vendor == "postgresql":
            other.set_autocommit(False)
            _insert_copy(other, template)  # draws its number, shows later
            second = f.report(world)
            assert Entry.objects.filter(case_uid=second.uid).exists()
            assert horizon.settled(Entry, patience=0) is None
            with pytest.raises(book.Unusable, match="try again"):
                export(tmp_path, [_Impatient("9901")])
            other.commit()
        last = Entry.objects.order_by("-id").values_list("id", flat=True)[0]
        assert horizon.settled(Entry, patience=5) == last
        export(tmp_path, [Own("9901")])
        assert len(rows(tmp_path, "entries")) == Entry.objects.count()
    finally:
        other.close()


class _Impatient(Own):
    def settled(self) -> int | None:
        return horizon.settled(Entry, patience=0)


def _insert_copy(other: Any, entry: Entry) -> None:
    columns = [
        field.column
        for field in Entry._meta.local_fields
        if field.column not in ("id", "uid", "seq")
    ]
    names = ", ".join(columns)
    with other.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Entry._meta.db_table} (uid, seq, {names}) "
            f"SELECT %s, 99, {names} FROM {Entry._meta.db_table} WHERE id = %s",
            [uuid4(), entry.pk],
        )


@pytest.mark.django_db
def test_the_reader_of_a_running_export_sees_one_moment(tmp_path: Path) -> None:
    """Whatever manifest a reader has, its files are there until the next export begins."""
    world = f.make_world()
    fill(world, 40)
    seen: list[book.Manifest] = []
    export(
        tmp_path,
        [Own("9901")],
        slice_size=10,
        tell=lambda progress: seen.append(book.read(tmp_path) or book.Manifest()),
    )
    for state in seen:
        for part in [*state.entries, *state.cases]:
            assert pq.read_metadata(tmp_path / part.path).num_rows == part.rows
        cases = {
            row["uid"]
            for part in state.cases
            for row in pq.read_table(tmp_path / part.path).to_pylist()
        }
        told = {
            row["case_uid"]
            for part in state.entries
            for row in pq.read_table(tmp_path / part.path).to_pylist()
        }
        assert told == cases
