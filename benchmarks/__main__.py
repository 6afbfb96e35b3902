"""`make bench`: builds a city's ledger on each database, measures, prints one table, writes bench.json.

BENCH_ROWS hazards (200,000), BENCH_HISTORY of them with a ledger (all), BENCH_DB "sqlite postgres",
BENCH_PARTS to leave parts out, BENCH_DIR for the databases, BENCH_USERS and BENCH_SECONDS of the crowd.
Several numbers in BENCH_ROWS let one city grow and be measured at each size. Hazards without a ledger need PostgreSQL.
"""

from __future__ import annotations

import gc
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from . import place
from .figures import Book, Figure, write

SIZES = sorted(int(size) for size in os.environ.get("BENCH_ROWS", "200000").split())
HISTORY = int(os.environ.get("BENCH_HISTORY", str(SIZES[-1])))
IMPORTED = int(os.environ.get("BENCH_IMPORTED", "20000"))
DUE = int(os.environ.get("BENCH_DUE", "2000"))
USERS = int(os.environ.get("BENCH_USERS", "500"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "120"))
PARTS = "cockpit lists moves http imports upkeep memory crowd workers proof backup"
ONCE = ("crowd", "workers", "proof", "backup")
"""Parts about the ledger as a whole: measured at the largest size at which every hazard has one."""
RESULT = Path("bench.json")


def machine() -> dict[str, object]:
    memory = Path("/proc/meminfo").read_text().split("MemTotal:")[1].split()[0]
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(int(memory) / 2**20),
        "system": platform.platform(),
        "python": platform.python_version(),
        "day": time.strftime("%F"),
    }


def one(database: str) -> None:
    """Measure one database in this process; the figures go to standard output as JSON, last line."""
    figures: list[Figure] = []
    with place.installation(database) as env:
        place.xiangling(env, "demo", "--no-serve")
        place.set_up(env)
        from django.db import connections

        from xiangling.kernel.scope import unscoped

        chosen = os.environ.get("BENCH_PARTS", PARTS).split()
        whole = max((size for size in SIZES if size <= HISTORY), default=SIZES[0])
        with unscoped("measuring"):
            for book in _growing(database, with_cockpit="cockpit" in chosen):
                for name, part in _parts(book, env).items():
                    if name in chosen and (name not in ONCE or book.rows == whole):
                        part()
                figures += book.figures
        connections.close_all()
    print(json.dumps([vars(figure) for figure in figures]), flush=True)


def _growing(database: str, *, with_cockpit: bool) -> Iterator[Book]:
    """A book for each size, when the city has it; the cockpit is looked at when it is small and at each size up to a million."""
    from .city import City
    from .cockpit import FEW, MOST, Growth

    city, growth, made = City(), Growth(), 0
    for size in sorted({*SIZES, *((FEW,) if with_cockpit else ())}):
        book, begun, n = Book(database, size), time.perf_counter(), size - made
        is_seen = with_cockpit and size <= MOST
        city.grow(n, max(0, min(size, HISTORY) - made), with_traces=is_seen)
        book.add("making the city", n / (time.perf_counter() - begun), "hazards/s", note="by COPY")
        made = size
        gc.collect()
        gc.freeze()  # what the city is made of stays out of the search for garbage while pages are timed
        if is_seen:
            growth.look(book)
        if size in SIZES:
            yield book


def _parts(book: Book, env: dict[str, str]) -> dict[str, Callable[[], None]]:
    from . import imports, lists, many, moves, upkeep, workers

    def upkeeping() -> None:
        upkeep.disk(book)
        upkeep.sweeping(book, DUE)
        upkeep.resolving(book)
        upkeep.exporting(book, env)

    is_pg = book.database == "postgres"
    return {
        "lists": lambda: lists.measure(book),
        "moves": lambda: moves.by_call(book),
        "http": lambda: moves.by_http(book, env),
        "imports": lambda: imports.measure(book, env, IMPORTED),
        "upkeep": upkeeping,
        "memory": lambda: upkeep.memory(book, env),
        "crowd": lambda: many.measure(book, env, USERS, SECONDS) if is_pg else None,
        "workers": lambda: workers.measure(book, env, DUE, IMPORTED // 4) if is_pg else None,
        "proof": lambda: upkeep.proving(book, env),
        "backup": lambda: upkeep.backing_up(book, env),
    }


def main() -> int:
    if len(sys.argv) > 1:
        one(sys.argv[1])
        return 0
    figures: list[Figure] = []
    for database in os.environ.get("BENCH_DB", "sqlite postgres").split():
        print(f"== {database}, {', '.join(f'{size:,}' for size in SIZES)} hazards", flush=True)
        command = [sys.executable, "-m", "benchmarks", database]
        process = subprocess.Popen(command, cwd=place.ROOT, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        last = ""
        for said in process.stdout:
            if last:
                print(last, flush=True)
            last = said.rstrip()
        if process.wait():
            return process.returncode
        figures += [Figure(**facts) for facts in json.loads(last)]
    write(figures, RESULT, machine())
    return 0


if __name__ == "__main__":
    sys.exit(main())
