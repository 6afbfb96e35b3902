"""Unit costs of the lake and of reporting upward, on a made-up ledger in the database of this environment.

Seconds are CPU seconds of this process (all its threads), so that a busy machine changes them little; on SQLite they
hold the database's work too.

`measure_lake.py fill N_CASES`, `sizes`, `export DIR`, `multiply DIR TIMES OUT`, `ask DIR`, `batches N`: each prints
its figures. Not for a database with real records: `fill` writes straight into the tables. docs/scale.md says what was
measured.
"""

import os
import resource
import sys
import time
from datetime import timedelta
from pathlib import Path
from random import Random
from uuid import UUID

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiangling.config.settings")

import django
import duckdb

django.setup()

from django.db import connection, transaction  # noqa: E402

from xiangling.adapters.upward import actions, taking, wire  # noqa: E402
from xiangling.adapters.upward.models import TakenCase, TakenEntry  # noqa: E402
from xiangling.apps.hazards.models import Hazard  # noqa: E402
from xiangling.apps.objects.models import SupervisedObject  # noqa: E402
from xiangling.insight.lake import engines, questions  # noqa: E402
from xiangling.insight.lake import export as exporting  # noqa: E402
from xiangling.insight.lake import manifest as book  # noqa: E402
from xiangling.insight.lake.origins import origins  # noqa: E402
from xiangling.kernel import clock, crypto, registry  # noqa: E402
from xiangling.kernel.actor import Actor  # noqa: E402
from xiangling.kernel.ledger import make_entry  # noqa: E402
from xiangling.kernel.models import Entry  # noqa: E402
from xiangling.kernel.scope import unscoped  # noqa: E402
from xiangling.kernel.summary import summary_of  # noqa: E402
from xiangling.org.models import Unit  # noqa: E402

WAY = ["found", "graded", "ordered", "fixing", "submitted", "accepted", "closed"]
DATA = {
    "opinion": "现场核实，符合要求，同意按期整改并报送佐证材料",
    "measures": "拆除短接线，恢复双手按钮联锁并上锁，班前点检",
}


def fill(n_cases: int) -> None:
    """Hazards of 40 firms over two years, about seven entries each, hashed and chained as the engine does."""
    rng, now = Random(5), clock.now()
    objects = _objects()
    batch, entries = [], []
    for number in range(n_cases):
        found = objects[rng.randrange(len(objects))]
        opened = now - timedelta(days=730 * (1 - number / n_cases), minutes=rng.randrange(9000))
        case = Hazard(
            uid=UUID(int=rng.getrandbits(128)), code=f"CL-{number}", object=found, unit=found.unit,
            region=found.region, sector=found.sector, text="冲压车间双手按钮被短接，单手即可启动",
            source="inspection", found_at=opened, opened_at=opened, changed_at=opened, version=0,
            grade="major" if rng.random() < 0.03 else "general",
        )  # fmt: skip
        reach = 7 if rng.random() < 0.95 else rng.randrange(1, 7)
        for seq in range(1, reach + 1):
            entries += [_step(case, seq, opened + timedelta(days=2 * seq), rng)]
        case.state, case.version = WAY[reach - 1], reach
        case.closed_at = case.changed_at if reach == 7 else None
        case.due_at = None if reach == 7 else opened + timedelta(days=rng.randrange(5, 60))
        batch.append(case)
        if len(batch) == 2000:
            _write(batch, entries)
    _write(batch, entries)


def _step(case, seq, at, rng):
    who = Actor(person=rng.randrange(900), post=rng.randrange(900), name="王工", title="安监员",
                unit_name="港口镇应急管理站")  # fmt: skip
    case.due_at = at + timedelta(days=3)
    entry = make_entry(
        case, uid=UUID(int=rng.getrandbits(128)), kind=f"hazard.{WAY[seq - 1]}", step=WAY[seq - 1],
        source=WAY[seq - 2] if seq > 1 else "", target=WAY[seq - 1], actor=who, at=at, data=DATA, seq=seq,
    )  # fmt: skip
    case.head, case.changed_at = entry.hash, at
    return entry


def _objects():
    made = []
    for n in range(40):
        region = f"99010{n % 4 + 1}00{n % 10 + 1:d}".ljust(12, "0")[:12]
        unit = Unit(
            name=f"企业{n}", kind="enterprise", region=region, level=9, starts_on="2020-01-01"
        )
        unit.save()
        made.append(
            SupervisedObject._base_manager.create(
                unit=unit, name=unit.name, region=region, kind="firm", liable_name="陈工", lat=24.5,
                lng=118.1, sector=["fire", "chemicals", "industry_trade"][n % 3],
                created_at=clock.now(), changed_at=clock.now(),
            )
        )  # fmt: skip
    return made


def _write(batch, entries):
    with transaction.atomic():
        Hazard._base_manager.bulk_create(batch, batch_size=500)
        Entry.objects.bulk_create(entries, batch_size=1000)
    batch.clear()
    entries.clear()


def memory() -> str:
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most"


def sizes() -> None:
    """Bytes of an entry and of a hazard in the database, indexes included (PostgreSQL)."""
    with connection.cursor() as cursor:
        for model in (Entry, Hazard, TakenEntry, TakenCase):
            table, n_rows = model._meta.db_table, model._base_manager.count()
            cursor.execute("SELECT pg_table_size(%s), pg_indexes_size(%s)", [table, table])
            heap, indexes = cursor.fetchone()
            if n_rows:
                print(
                    f"{table}: {n_rows} rows, {heap / n_rows:.0f} + {indexes / n_rows:.0f} bytes each"
                )


def export(folder: str) -> None:
    begun, before = time.process_time(), memory()
    made = exporting.export(Path(folder), origins())
    seconds = time.process_time() - begun
    size = sum(part.bytes for part in made.entries), sum(part.bytes for part in made.cases)
    print(
        f"export: {made.n_entries} entries and {made.n_cases} cases in {seconds:.1f} s, "
        f"{made.n_entries / seconds:.0f} entries/s; {size[0] / made.n_entries:.1f} bytes an entry, "
        f"{size[1] / made.n_cases:.1f} bytes a case; {memory()} ({before} before)"
    )


def multiply(folder: str, times: str, out: str) -> None:
    """A larger lake from a small one: every row so many times, with uids and hashes of their own."""
    state, target = book.read(Path(folder)), Path(out)
    db = duckdb.connect()
    fresh = {"entries": "md5(case_uid || i) AS case_uid, md5(hash || i) || md5(hash) AS hash",
             "cases": "md5(uid || i) AS uid, md5(head || i) || md5(head) AS head"}  # fmt: skip
    made = book.Manifest(marks=state.marks)
    for table, change in fresh.items():
        for part in getattr(state, table):
            path = target / part.path
            path.parent.mkdir(parents=True, exist_ok=True)
            db.execute(
                f"COPY (SELECT * EXCLUDE (i) REPLACE ({change}) FROM "
                f"read_parquet('{Path(folder) / part.path}', hive_partitioning=false), range({int(times)}) t(i) ORDER BY random()) "
                f"TO '{path}' (FORMAT parquet, COMPRESSION zstd)"
            )
            rows, size = part.rows * int(times), path.stat().st_size
            getattr(made, table).append(book.Part(part.path, part.city, part.month, rows, size))
    book.write(target, made)
    print(f"multiplied: {made.n_entries} entries, {made.n_cases} cases")


def ask(folder: str) -> None:
    asked = questions.Asked(as_of=clock.local_date(clock.now()))
    for key, question in questions.QUESTIONS.items():
        engine = engines.Duck(threads=2, memory="4GB")
        begun, clock_begun = time.process_time(), time.monotonic()
        rows = engines.answer(Path(folder), question, asked, engine)
        seconds, waited = time.process_time() - begun, time.monotonic() - clock_begun
        print(
            f"ask {key}: {seconds:.2f} s CPU, {waited:.2f} s waited, {len(rows)} rows; {memory()}"
        )
        engine.close()


def batches(n_batches: int) -> None:
    """Make and take batches of 1,000 entries: bytes on the wire, seconds on either side."""
    for key in (crypto.new_signing_key(),):
        node = actions.add_node(
            f"m{int(time.time())}", "测量", region="9901", key=crypto.public_key(key)
        )
        prev, after, made, took, sent, n_new = "", 0, 0.0, 0.0, 0, 0
        for number in range(1, n_batches + 1):
            begun = time.process_time()
            entries = list(Entry.objects.filter(id__gt=after).order_by("id")[:1000])
            rows = Hazard._base_manager.filter(uid__in={entry.case_uid for entry in entries})
            cases = [
                summary_of(registry.kind("hazard"), row) for row in rows.select_related("unit")
            ]
            body = wire.build(node.code, number, prev, clock.now(), entries, cases)
            prev, after = wire.digest_of(body), entries[-1].pk
            signature = crypto.sign(key, wire.signed_words(node.code, number, prev))
            packed = wire.pack(body)
            between = time.process_time()
            answer = taking.take(taking.Sent(node.code, number, signature, packed))
            took += time.process_time() - between
            made += between - begun
            sent, n_new = sent + len(packed), n_new + answer.n_new
            assert answer.code == "taken", answer
        print(
            f"{key.partition(':')[0]}: {n_batches} batches, {n_new} entries; {sent / n_new:.0f} bytes an entry "
            f"on the wire; made {n_new / made:.0f}/s, proven and kept {n_new / took:.0f}/s"
        )


if __name__ == "__main__":
    what, *words = sys.argv[1:]
    with unscoped("measuring"):
        {"fill": lambda n: fill(int(n)), "sizes": sizes, "export": export, "ask": ask, "multiply": multiply,
         "batches": lambda n: batches(int(n))}[what](*words)  # fmt: skip
