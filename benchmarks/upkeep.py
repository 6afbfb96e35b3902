"""What the workers do and what it takes: sweep, duty map, proof of the ledger, export, memory, disk, backup."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

from django.db import connection

from xiangling.apps.hazards.models import Hazard
from xiangling.kernel import clock, duty, sweep
from xiangling.kernel.models import Docket, Entry
from xiangling.kernel.scope import unscoped

from . import http, people, raw
from .figures import Book, timed
from .place import COMMAND, ROOT

EXPORTED = 100_000


def sweeping(book: Book, due: int) -> None:
    now = clock.now()
    while sweep.sweep(now):
        pass
    idle = timed(lambda: sweep.sweep(clock.now()), 25)
    n_open = Docket._base_manager.count()
    book.add(f"sweep, nothing due of {n_open:,} open", idle.p95, "ms", wanted="10 ms")
    ids = list(people.waiting().order_by("?").values_list("pk", flat=True)[:due])
    make_due(ids)
    begun, fired = time.perf_counter(), 0
    while n := sweep.sweep(clock.now()):
        fired += n
    spent = time.perf_counter() - begun
    book.add(f"sweep, {len(ids):,} due", fired / spent, "rungs/s")


def make_due(ids: list[int]) -> None:
    """Let these cases wait for the first rung of their ladder, and let that be over."""
    moment = clock.now() - timedelta(minutes=1)
    for start in range(0, len(ids), 500):
        rows = Docket._base_manager.filter(pk__in=ids[start : start + 500])
        rows.update(rung=0, alarm_at=moment)


def resolving(book: Book) -> None:
    with unscoped("measuring"):
        cases = list(Hazard.objects.select_related("object", "unit").order_by("?")[:2000])
        on = people.today()
        one = timed(lambda: duty.resolve("hazard.accept", cases[0], on), 50)
        book.add("who answers, one case", one.median, "ms")
        begun = time.perf_counter()
        resolver = duty.resolver()
        for case in cases:
            resolver.resolve("hazard.accept", case, on)
        spent = time.perf_counter() - begun
        book.add("who answers, a batch of 2,000", 2000 / spent, "cases/s")


def proving(book: Book, env: dict[str, str]) -> None:
    n = Entry.objects.count()
    _out, seconds, peak = command(env, "verify")
    book.add("proof of the whole ledger", n / seconds, "entries/s",
             note=f"{n:,} entries, at most {peak:.0f} MB")  # fmt: skip


def exporting(book: Book, env: dict[str, str]) -> None:
    n = min(EXPORTED, Hazard._base_manager.count())
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.export", str(n)], env=env, cwd=ROOT
    )
    peak = _wait(process)
    spent = time.perf_counter() - begun
    book.add(f"workbook of {n:,} rows", n / spent, "rows/s", note=f"at most {peak:.0f} MB")


def command(env: dict[str, str], *words: str) -> tuple[str, float, float]:
    """(output, seconds, megabytes at most) of a command of the installation."""
    begun = time.perf_counter()
    with (Path(env["DATA_DIR"]) / "said").open("w+b") as said:
        process = subprocess.Popen([*COMMAND, *words], env=env, cwd=ROOT, stdout=said)
        peak = _wait(process)
        said.seek(0)
        return said.read().decode(), time.perf_counter() - begun, peak


def _wait(process: subprocess.Popen[bytes]) -> float:
    """Megabytes at most. What `wait4` says would count the memory of this process, of which it was born."""
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, _memory(process.pid, "VmHWM"))
        time.sleep(0.05)
    if process.returncode:
        sys.exit(f"{process.args!r} ended with {process.returncode}")
    return peak


def memory(book: Book, env: dict[str, str]) -> None:
    """Resident memory of a web worker after some hundred pages of every kind."""
    cookies = [
        f"sessionid={people.session_key(people.holding_of(key))}" for key in people.AS.values()
    ]
    paths = (
        "/",
        "/hazards/",
        "/hazards/?view=all&q=通道",
        "/objects/",
        "/docket/",
        "/api/v1/hazards",
    )
    asked = [
        http.Asked("GET", path.replace("通道", "%E9%80%9A%E9%81%93"), None, {"Cookie": cookie})
        for _ in range(10)
        for path in paths
        for cookie in cookies
    ]
    with http.serving(env) as port:
        done = http.all_at_once(port, asked, 8)
        assert not done.failed, done.failed[:3]
        used = max(_resident(pid) for pid in _workers(port))
    book.add("memory of a web worker", used, "MB", wanted="250 MB",
             note=f"after {len(asked)} pages")  # fmt: skip


def _workers(port: int) -> list[int]:
    """The processes below the server that listens on a port."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"gunicorn" in words and any(word.endswith(f":{port}".encode()) for word in words):
            found.append(int(folder.name))
    return found


def _resident(pid: int) -> float:
    """Megabytes a process would give back: its private pages and its share of the common ones."""
    return _memory(pid, "Rss", "smaps_rollup")


def _memory(pid: int, name: str, file: str = "status") -> float:
    """Megabytes that the system says of a process; 0 when it has ended."""
    lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    return next((int(row.split()[1]) / 1024 for row in lines if row.startswith(f"{name}:")), 0.0)


def disk(book: Book) -> None:
    n = Hazard._base_manager.count()
    if raw.IS_PG:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            size = int(cursor.fetchone()[0])
    else:
        size = Path(connection.settings_dict["NAME"]).stat().st_size
    entries = Entry.objects.count() / n
    book.add(
        "database",
        size / n,
        "bytes/hazard",
        note=f"{size / 2**30:.2f} GB, {entries:.1f} entries each",
    )


def backing_up(book: Book, env: dict[str, str]) -> None:
    """Backup, and restore into an empty place."""
    file = Path(env["DATA_DIR"]).parent / "backup.tar.gz"
    n = Hazard._base_manager.count()
    _out, seconds, _peak = command(env, "backup", str(file))
    book.add("backup", seconds, "s", note=f"{file.stat().st_size / 2**20:,.0f} MB, {n:,} hazards")
    fresh = {**env, "DATA_DIR": str(Path(env["DATA_DIR"]).parent / "restored")}
    Path(fresh["DATA_DIR"]).mkdir()
    if raw.IS_PG:
        with connection.cursor() as cursor:
            cursor.execute("CREATE DATABASE restored")
        fresh["XL_DATABASE_URL"] = env["XL_DATABASE_URL"].replace("@/postgres?", "@/restored?")
    _out, seconds, _peak = command(fresh, "restore", str(file))
    book.add("restore", seconds, "s")
    file.unlink()
    if raw.IS_PG:
        with connection.cursor() as cursor:
            cursor.execute("DROP DATABASE restored")
