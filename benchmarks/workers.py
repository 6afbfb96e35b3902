"""Workers that share sweep, imports and figures, and are killed without warning: nothing is done twice."""

from __future__ import annotations

import random
import subprocess
import time
from collections import Counter
from pathlib import Path

from xiangling.apps.hazards.models import Hazard, Unjudged
from xiangling.kernel import clock, imports, registry, sweep
from xiangling.kernel.models import Docket, Entry, Job
from xiangling.kernel.scope import use

from . import people, upkeep
from .figures import Book
from .imports import sheet, write
from .place import COMMAND, ROOT

KILLED_EVERY = 3.0
PATIENCE = 900.0


def measure(book: Book, env: dict[str, str], due: int, rows: int) -> None:
    for n in (1, 2, 4):
        for is_killed in (False, True):
            _run(book, env, n, due, rows, is_killed=is_killed)


def _run(book: Book, env: dict[str, str], n: int, due: int, rows: int, *, is_killed: bool) -> None:
    while sweep.sweep(clock.now()):
        pass
    ids = list(people.waiting().order_by("?").values_list("pk", flat=True)[:due])
    cases = set(Docket._base_manager.filter(pk__in=ids).values_list("case_uid", flat=True))
    last = Entry.objects.latest("id").pk
    had = Hazard._base_manager.count()
    job = _queue(env, rows)
    upkeep.make_due(ids)
    begun, killed = time.perf_counter(), 0
    running = [_start(env) for _ in range(n)]
    rng, next_kill = random.Random(n), time.perf_counter() + KILLED_EVERY
    try:
        while not _is_over(job, ids):
            assert time.perf_counter() - begun < PATIENCE, "the workers do not come to an end"
            if is_killed and time.perf_counter() > next_kill:
                victim = rng.randrange(n)
                running[victim].kill()
                running[victim].wait()
                running[victim] = _start(env)
                killed, next_kill = killed + 1, time.perf_counter() + KILLED_EVERY
            time.sleep(0.1)
        spent = time.perf_counter() - begun
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(60)
    fired = Counter(
        Entry.objects.filter(pk__gt=last, data__has_key="rung", case_uid__in=cases)
        .values_list("case_uid", "data__rung")
    )  # fmt: skip
    assert max(fired.values()) == 1, "a rung fired twice"
    assert cases <= {case for case, _rung in fired}, "a case that was due was left out"
    assert Hazard._base_manager.count() - had == rows, "a row was lost or doubled"
    judged = Entry.objects.filter(pk__gt=last, kind="hazard.judged").values_list("case_uid")
    assert len(judged) == len(set(judged)) == rows, "a row was not judged, or twice"
    how = f", {killed} killed" if is_killed else ""
    book.add(f"{n} workers: {due:,} due and an import of {rows:,}{how}", spent, "s",
             note="each rung, row and judgement once")  # fmt: skip


def _queue(env: dict[str, str], rows: int) -> Job:
    importer = registry.shelf("importers")["hazards"]
    actor = people.acting(people.holding_of("committee"))
    file = write(Path(env["DATA_DIR"]) / "many.csv", sheet(rows, random.randrange(10**9)))
    with use(actor.scope):
        kept = imports.keep_upload(file.read_bytes(), file.name)
        return imports.start(importer, kept, file.name, actor=actor)


def _is_over(job: Job, ids: list[int]) -> bool:
    job.refresh_from_db()
    assert job.state != Job.State.FAILED, job.message
    if job.state != Job.State.DONE:
        return False
    if Unjudged.objects.exists():
        return False
    return not Docket._base_manager.filter(alarm_at__lte=clock.now(), pk__in=ids).exists()


def _start(env: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([*COMMAND, "work"], env=env, cwd=ROOT)
