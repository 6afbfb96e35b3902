"""`xiangling doctor`: what is wrong with this installation, and what to do about it."""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from xiangling.adapters.upward import post, queries, sending
from xiangling.adapters.upward.models import Node, Sending
from xiangling.documents import fonts, pdf
from xiangling.kernel import clock, triggers
from xiangling.kernel.models import Job, WorkerBeat
from xiangling.org.queries import find_admin_conflicts

from .environment import environment

LEAST_FREE = 2 * 1024**3
"""Bytes; below this an import or a backup may fill the disk."""
WORKER_SILENT_AFTER = timedelta(minutes=2)
OLDEST_POSTGRESQL = 140000


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `level` is ok, warn (works, but) or fail (must be mended)."""

    level: str
    words: str


def ok(words: str) -> Finding:
    return Finding("ok", words)


def warn(words: str) -> Finding:
    return Finding("warn", words)


def fail(words: str) -> Finding:
    return Finding("fail", words)


def run(argv: list[str]) -> int:
    """Look at database, migrations, guards, keys, disk, worker and settings; 1 if one must be mended."""
    argparse.ArgumentParser(prog="xiangling doctor", description=run.__doc__).parse_args(argv)
    failures = 0
    for finding in look():
        failures += finding.level == "fail"
        print(f"{finding.level:<5} {finding.words}", flush=True)
    return 1 if failures else 0


def look() -> Iterator[Finding]:
    """Every finding, most basic first; what needs the database is left out when it does not answer."""
    yield from check_keys()
    yield check_disk()
    yield from check_settings()
    yield check_frontend()
    yield check_papers()
    try:
        yield from check_database()
    except DatabaseError as error:
        yield fail(f"the database does not answer: {error}")
        return
    waiting = unapplied_migrations()
    if waiting:
        yield fail(f"{len(waiting)} migrations wait: run `xiangling upgrade`")
        return
    yield ok("migrations are applied")
    checks: tuple[Callable[[], Finding], ...] = (
        check_guards,
        check_admins,
        check_worker,
        check_jobs,
    )
    for check in checks:
        yield check()
    yield from check_upward()


def check_keys() -> Iterator[Finding]:
    env = environment()
    for name, given in (("secret.key", env.secret_key), ("field.key", env.field_key)):
        path = env.data / name
        if given:
            yield ok(f"{name} comes from the environment")
        elif stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield fail(f"{path} can be read by others: chmod 600 {path}")
        else:
            yield ok(f"{path} is readable by its owner only")
    yield ok("keep a copy of field.key apart from the backups: without it sealed fields are lost")


def check_disk() -> Finding:
    free = shutil.disk_usage(settings.DATA_DIR).free
    words = f"{free / 1024**3:.1f} GB free in {settings.DATA_DIR}"
    return ok(words) if free >= LEAST_FREE else warn(f"only {words}")


def check_settings() -> Iterator[Finding]:
    env = environment()
    if env.debug:
        yield fail("XL_DEBUG is on: error pages show the inside; unset it")
    if not env.on_loopback and not env.tls:
        yield warn("served to others without TLS: put a TLS proxy in front and set XL_TLS=1")
    if "*" in settings.ALLOWED_HOSTS:
        yield warn("XL_ALLOWED_HOSTS is *: name the hosts")
    if settings.DEMO:
        yield warn("the sign-in page offers demo people: anyone who reaches it can sign in")


def check_frontend() -> Finding:
    built = Path(settings.PACKAGE) / "web" / "static" / "xiangling" / "dist"
    if built.is_dir() and any(built.iterdir()):
        return ok("front end is built")
    return fail("the front end is not built: run `make setup`")


def check_papers() -> Finding:
    """Whether official papers can be set as PDF, and in which fonts."""
    if not pdf.is_installed():
        return warn(
            "papers are not issued: the PDF writer is missing, pip install 'xiangling[pdf]'"
        )
    found = fonts.find()
    if not found.is_usable:
        return warn("papers are not issued: no Chinese font; put one into DATA_DIR/fonts")
    if found.missing:
        instead = "、".join(dict.fromkeys(names[0] for names in found.chosen.values()))
        lacking = "、".join(found.missing)
        return warn(f"papers as PDF are set in {instead}: {lacking} are not on this machine")
    return ok("the fonts of official papers are there")


def check_database() -> Iterator[Finding]:
    connection.ensure_connection()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA journal_mode")
            mode = cursor.fetchone()[0]
            level = ok if mode == "wal" else warn
            yield level(f"SQLite {sqlite3.sqlite_version}, journal {mode}")
            return
        cursor.execute("SELECT current_setting('server_version_num')::int, now()")
        number, database_now = cursor.fetchone()
    level = ok if number >= OLDEST_POSTGRESQL else fail
    yield level(f"PostgreSQL {number // 10000}.{number % 10000} (14 or newer is needed)")
    apart = abs((clock.now() - database_now).total_seconds())
    if apart > 5:
        yield warn(f"the clocks of this machine and of the database are {apart:.0f} s apart")


def unapplied_migrations() -> list[str]:
    """Names of the migrations this version has and the database has not."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def check_guards() -> Finding:
    lacking = triggers.missing()
    if lacking:
        return fail(f"guards of the ledger are missing ({', '.join(lacking)}): `xiangling upgrade`")
    return ok("the ledger's tables refuse changes")


def check_admins() -> Finding:
    wrong = find_admin_conflicts(clock.local_date(clock.now()))
    if wrong:
        names = ", ".join(person.username for person in wrong)
        return fail(f"these people hold two administrator or auditor roles at once: {names}")
    return ok("system, security and audit administration are separate")


def check_worker() -> Finding:
    beat = WorkerBeat.objects.order_by("-at").first()
    if beat is None:
        return warn("no worker has ever run: start `xiangling work`")
    age = clock.now() - beat.at
    if age > WORKER_SILENT_AFTER:
        minutes = age.total_seconds() / 60
        return warn(f"no worker for {minutes:.0f} minutes: clocks and jobs stand still")
    return ok("a worker is running")


def check_jobs() -> Finding:
    failed = Job.objects.filter(state=Job.State.FAILED).count()
    return (
        warn(f"{failed} jobs have failed: see the import page") if failed else ok("no failed jobs")
    )


def check_upward() -> Iterator[Finding]:
    """How this node reports upward, and who below is late; nothing where neither is set up."""
    if nodes := Node.objects.filter(ended_at__isnull=True).count():
        late = Node.objects.filter(queries.is_late()).count()
        refused = Node.objects.filter(queries.is_refused()).count()
        words = f"{nodes} nodes report here, {late} are late, {refused} are refused"
        yield warn(f"{words}: see /upward/") if late or refused else ok(words)
    if not sending.is_set():
        return
    try:
        sending.own()
    except (sending.NotSet, post.BadAddress) as error:
        yield fail(f"reporting upward: {error}")
        return
    state = Sending.objects.filter(pk=1).first()
    waiting = f"{queries.n_waiting()} entries wait"
    if state is None:
        yield warn(f"reporting upward has not begun, {waiting}: is a worker running?")
    elif state.code:
        level = fail if state.code == "fork" else warn
        yield level(f"reporting upward: {state.code}: {state.detail} ({waiting})")
    else:
        yield ok(f"reporting upward works, {waiting}")
