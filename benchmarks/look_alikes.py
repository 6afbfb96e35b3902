"""How long it takes to find the look-alikes of a finding among N stored ones, beside the bare SQL in the same run.

`.venv/bin/python -m benchmarks.look_alikes sqlite 1000000` (or `postgres`): an empty database is filled with N texts and
their band keys, then 200 findings are looked up, half of them near-copies of stored ones. Printed are the median and the
95th percentile of the whole question (sketch, index, texts, comparison) and of the two statements alone.
`bulk 1000000` looks for the copies among N texts at once, without a database, every tenth of them a near-copy of one before.
"""

import os
import random
import resource
import statistics
import sys
import time
from collections.abc import Iterator
from typing import Any

from .place import installation, set_up

QUESTIONS = 200
BATCH = 20_000
TAILS = ("，未整改", "，已超期", "，无人管理", "，现场已告知", "，上次检查也有", "", "", "")


def wordings(seed: int) -> Iterator[str]:
    """Findings without end: place, number, thing and fault of the criteria library, put together anew."""
    from xiangling.apps.standards.library import built_in

    rng, rows = random.Random(seed), built_in().criteria
    parts = [
        part for row in rows for part in row.text.replace("，", "、").split("、") if len(part) > 3
    ]
    places = (
        "一车间",
        "二车间",
        "东库",
        "西侧装卸区",
        "配电间",
        "锅炉房",
        "喷漆房",
        "地下室",
        "南门",
        "危废间",
    )
    while True:
        first, second = rng.sample(parts, 2)
        thing = rng.choice(rng.choice(rows).subject or ("设备",))
        yield f"{rng.choice(places)}{rng.randint(1, 99)}号{thing}{first}；{second}{rng.choice(TAILS)}"


def fill(n: int) -> None:
    """Store N hazards and their band keys without the engine: only what the question reads is true of them."""
    from django.db import connection, transaction

    from tests import factories as f
    from xiangling.apps.hazards.judge import duplicates
    from xiangling.apps.hazards.models import Hazard, TextSlice

    first = f.report(f.make_world())
    TextSlice.objects.all().delete()
    table, bands = Hazard._meta.db_table, TextSlice._meta.db_table
    columns = [c.column for c in Hazard._meta.concrete_fields if not c.generated]
    own = {"id", "uid", "code", "text", "search"}
    kept = ", ".join(f'"{name}"' for name in columns if name not in own)
    texts, number = wordings(1), first.pk
    while number < first.pk + n:
        batch = [(number + k + 1, next(texts)) for k in range(min(BATCH, first.pk + n - number))]
        number = batch[-1][0]
        keys = [(key, pk) for pk, text in batch for key in set(duplicates.sketch(text))]
        with transaction.atomic(), connection.cursor() as cursor:
            insert = (
                f'INSERT INTO "{table}" (id, uid, code, text, search, {kept}) '
                f"SELECT %s, %s, %s, %s, '', {kept} FROM \"{table}\" WHERE id = {first.pk}"
            )
            cursor.executemany(insert, [(pk, f"{pk:032x}", f"B-{pk}", text) for pk, text in batch])
            cursor.executemany(f'INSERT INTO "{bands}" (band, hazard_id) VALUES (%s, %s)', keys)
        print(f"\r{number - first.pk}/{n}", end="", file=sys.stderr)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(file=sys.stderr)


def questions() -> list[str]:
    """Half are new, half near-copies of stored ones: another number, other words at the end."""
    from xiangling.apps.hazards.models import Hazard

    rng, new = random.Random(2), wordings(3)
    ids = sorted(Hazard._base_manager.order_by("?").values_list("pk", flat=True)[: QUESTIONS // 2])
    stored = Hazard._base_manager.filter(pk__in=ids).values_list("text", flat=True)
    asked = [text.replace("号", "＃", 1) + rng.choice(TAILS) for text in stored]
    return asked + [next(new) for _ in range(QUESTIONS - len(asked))]


def timed(call: Any) -> tuple[float, Any]:
    begun = time.perf_counter()
    answer = call()
    return (time.perf_counter() - begun) * 1000, answer


def ask(asked: list[str]) -> None:
    from xiangling.apps.hazards import alike
    from xiangling.apps.hazards.judge import duplicates

    for text in asked[:20]:
        alike.alike(text)
    whole, bare, found = [], [], 0
    for text in asked:
        keys = duplicates.sketch(text)
        spent, holders = timed(lambda keys=keys: alike.sharing(keys))
        ids = {pk for row in holders.values() for pk in row}
        more, _texts = timed(lambda ids=ids: alike.texts_of(sorted(ids)[: alike.COMPARED]))
        bare.append(spent + more)
        took, answer = timed(lambda text=text: alike.alike(text))
        whole.append(took)
        found += bool(answer)
    for name, row in (("whole question", whole), ("bare SQL", bare)):
        row.sort()
        print(
            f"{name}: median {statistics.median(row):.2f} ms, 95 % {row[int(len(row) * 0.95)]:.2f} ms"
        )
    print(
        f"ratio of medians {statistics.median(whole) / statistics.median(bare):.1f}; {found} of {len(asked)} have look-alikes"
    )
    print(f"load {os.getloadavg()[0]:.1f}")


def with_copies(n: int) -> Iterator[str]:
    """N texts, a tenth of them copies of one of the last thousand: another number, other words at the end."""
    rng, new, last = random.Random(4), wordings(5), list[str]()
    for number in range(n):
        if last and number % 10 == 9:
            yield rng.choice(last).replace("号", "＃", 1) + rng.choice(TAILS)
        else:
            last.append(next(new))
            del last[:-1000]
            yield last[-1]


def bulk(n: int) -> None:
    """Time and memory of finding the copies of N texts beside only making the texts."""
    from xiangling.apps.hazards.judge import duplicates

    began, _made = time.process_time(), sum(1 for _text in with_copies(n))
    making, before = time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, wall = time.process_time(), time.perf_counter()
    rows = ((text, "") for text in with_copies(n))
    found = sum(1 for of in duplicates.copies(rows) if of is not None)
    spent = time.process_time() - began - making
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{n} texts: {found} called copies; processor time {spent:.0f} s without making them")
    print(
        f"{time.perf_counter() - wall:.0f} s in all; memory {before / 1024:.0f} MB before, {peak / 1024:.0f} MB at most"
    )
    print(f"load {os.getloadavg()[0]:.1f}")


def main() -> None:
    kind, n = sys.argv[1], int(sys.argv[2])
    if kind == "bulk":
        bulk(n)
        return
    with installation(kind) as env:
        set_up(env)
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        begun = time.monotonic()
        fill(n)
        print(f"{kind}, {n} texts stored in {time.monotonic() - begun:.0f} s")
        ask(questions())


if __name__ == "__main__":
    main()
