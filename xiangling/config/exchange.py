"""`xiangling import`, `export` and `verify`: what the pages do, for an operator at a terminal."""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from xiangling.kernel import clock, imports, jobs, ledger, registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.lists import List
from xiangling.kernel.models import Job
from xiangling.kernel.refusal import Refused
from xiangling.kernel.scope import unscoped, use
from xiangling.kernel.sheets import SheetError, write_csv, write_xlsx
from xiangling.org import boundaries
from xiangling.org.actors import actor_for, holdings_of
from xiangling.org.models import Holding, Person, in_force

from .command import Stop
from .environment import environment, is_demo


def acting(username: str, may: Callable[[Actor], bool]) -> Actor:
    """Who acts: the named person on the first of their posts that may do it.

    Without a name, the highest post that may; what is done is written down under that name. Raises
    Stop where there is none.
    """
    on = clock.local_date(clock.now())
    if username:
        person = Person.objects.filter(username=username, is_active=True).first()
        if person is None:
            raise Stop(f"nobody is called {username!r} here")
        holdings = holdings_of(person, on)
    else:
        held = Holding.objects.filter(in_force(on), in_force(on, "post__"), person__is_active=True)
        holdings = held.select_related("post__unit", "person").order_by(
            "post__unit__level", "is_deputy", "post_id"
        )
    for holding in holdings:
        actor = actor_for(holding, on, via="command")
        if may(actor):
            return actor
    raise Stop(f"{username or 'no post here'} may not do that; choose another person with --as")


def pick(shelf: str, key: str) -> Any:
    """An entry of a registry shelf. Raises Stop, naming the keys there are."""
    entries = registry.shelf(shelf)
    if key not in entries:
        raise Stop(f"no {key!r} here; there are: {', '.join(sorted(entries))}")
    return entries[key]


def take_in(argv: list[str]) -> int:
    """Take in a sheet (XLSX, CSV or JSONL) as the import page does; bad rows come back as a sheet.

    Exit code 0 even where rows were refused; 2 for a file that cannot be used; 130 when stopped, and
    the same command goes on from there.
    """
    parser = argparse.ArgumentParser(prog="xiangling import", description=take_in.__doc__)
    parser.add_argument("kind", help="what the rows are, for example hazards or objects")
    parser.add_argument("file", type=Path)
    parser.add_argument("--as", dest="person", default="", help="account of the person who acts")
    options = parser.parse_args(argv)
    importer: imports.Importer = pick("importers", options.kind)
    if not options.file.is_file():
        print(f"xiangling import: there is no file {options.file}", file=sys.stderr)
        return 2
    if not options.person and not is_demo(environment().data):
        raise Stop("say who acts: --as ACCOUNT (only a demo city has a default)")
    actor = acting(options.person, lambda actor: actor.may(importer.duty))
    try:
        with options.file.open("rb") as file, use(actor.scope):
            path = imports.keep_upload(iter(lambda: file.read(1 << 20), b""), options.file.name)
            job = imports.unfinished(importer, path, actor=actor) or imports.start(
                importer, path, options.file.name, actor=actor
            )
    except (Refused, SheetError) as refusal:
        print(f"xiangling import: {refusal}", file=sys.stderr)
        return 2
    print(f"{actor.label}: {job.title}", flush=True)
    begun, had = time.monotonic(), job.done
    carry_out(job)
    return tell_outcome(job, seconds=time.monotonic() - begun, had=had)


def tell_outcome(job: Job, *, seconds: float, had: int) -> int:
    """Print what became of an import that had taken in `had` rows before; returns the exit code."""
    counts = {key: job.counts.get(key, 0) for key in ("new", "merged", "refused")}
    print("  ".join(f"{key} {number}" for key, number in counts.items()))
    n_rows = job.done - had
    print(f"{n_rows} rows in {seconds:.1f} s, {n_rows / max(seconds, 0.001):.0f} rows/s")
    if job.result:
        print(f"refused rows with their reasons: {Path(settings.DATA_DIR) / job.result}")
    if job.state in (job.State.STOPPED, job.State.RUNNING):
        print("stopped; what is in is kept. Run the same command again to go on.")
        return 130
    if job.state != job.State.DONE:
        raise Stop(str(job.message) or str(job.get_state_display()))
    return 0


def carry_out(job: Job) -> None:
    """See a job to its end with a line of progress: carried here, or by a worker that was quicker.

    A signal to end stops the job after the batch under way.
    """
    jobs.resume(job)
    jobs.heed_signals()
    over = threading.Event()
    shower = threading.Thread(target=show_progress, args=(job.uid, over), daemon=True)
    shower.start()
    try:
        while True:
            job.refresh_from_db()
            if job.state not in (job.State.QUEUED, job.State.RUNNING):
                return
            if jobs.is_ending():
                jobs.stop(job)
                job.refresh_from_db()
                return
            run = jobs.claim(jobs.worker_name(), clock.now(), job.uid)
            if run:
                jobs.carry(run)
            else:
                time.sleep(0.2)
    finally:
        over.set()
        shower.join()


def show_progress(uid: UUID, over: threading.Event) -> None:
    """Keep one line of progress on stderr, where that is a terminal."""
    while sys.stderr.isatty() and not over.wait(0.5):
        done, total = Job.objects.values_list("done", "total").get(uid=uid)
        print(f"\r{done} / {total or '…'} ", end="", file=sys.stderr, flush=True)
    connection.close()


def give_out(argv: list[str]) -> int:
    """Write a list as XLSX or CSV: exactly what the list page shows to the person who acts."""
    parser = argparse.ArgumentParser(prog="xiangling export", description=give_out.__doc__)
    parser.add_argument("list", help="which list, for example hazards")
    parser.add_argument("file", type=Path, help="target, ending in .xlsx or .csv")
    parser.add_argument("filters", nargs="*", metavar="NAME=VALUE", help="as in the page's address")
    parser.add_argument("--as", dest="person", default="", help="account of the person who acts")
    options = parser.parse_args(argv)
    found: List | type[List] = pick("lists", options.list)
    shown = found() if isinstance(found, type) else found
    params = dict(part.partition("=")[::2] for part in options.filters)
    actor = acting(
        options.person, lambda actor: not shown.duties or any(map(actor.may, shown.duties))
    )
    header = [str(column.label) for column in shown.columns if column.is_exported]
    write = write_csv if options.file.suffix.lower() == ".csv" else write_xlsx
    try:
        with use(actor.scope):
            n_rows = write(options.file, header, shown.export(actor, params))
            detail = f"{options.list} {' '.join(options.filters)}: {n_rows}"
            ledger.record_access(actor, "export", detail=detail)
    except Refused as refusal:
        raise Stop(str(refusal)) from refusal
    print(f"{n_rows} rows written to {options.file}")
    return 0


def verify(argv: list[str]) -> int:
    """Prove every chain of the ledger, every case and every daily seal; exit code 1 on a break."""
    parser = argparse.ArgumentParser(prog="xiangling verify", description=verify.__doc__)
    parser.add_argument("--all", action="store_true", help="name every break, not the first only")
    options = parser.parse_args(argv)
    proven, broken = 0, 0
    with unscoped("proof of the whole ledger"):
        for result in ledger.verify_all():
            if result is None:
                proven += 1
                continue
            broken += 1
            if broken == 1 or options.all:
                print(f"BROKEN {result}", file=sys.stderr)
    print(f"{proven} chains and seals hold, {broken} broken")
    return 1 if broken else 0


def take_boundaries(argv: list[str]) -> int:
    """Keep the boundaries of a GeoJSON file with their divisions, for the maps; all of them or none."""
    parser = argparse.ArgumentParser(
        prog="xiangling boundaries", description=take_boundaries.__doc__
    )
    parser.add_argument("file", type=Path, metavar="FILE.geojson")
    parser.add_argument(
        "--as", dest="username", default="", help="who acts; the highest post by default"
    )
    options = parser.parse_args(argv)
    with unscoped("boundaries belong to no one's area"):
        actor = acting(options.username, lambda found: found.may("duty.edit"))
        try:
            n = boundaries.take_in(options.file.read_bytes(), actor=actor)
        except OSError as error:
            raise Stop(f"{options.file}: {error.strerror}") from error
        except boundaries.BoundaryError as error:
            raise Stop(f"{options.file}: {error}") from error
    print(f"boundaries of {n} divisions kept")
    return 0
