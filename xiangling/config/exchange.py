"""`xiangling import`, `export` and `verify`: what the pages do, for an operator at a terminal."""

from __future__ import annotations

import argparse
import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from xiangling.kernel import clock, imports, jobs, ledger, registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.lists import List
from xiangling.kernel.refusal import Refused
from xiangling.kernel.scope import unscoped, use
from xiangling.kernel.sheets import SheetError, write_csv, write_xlsx
from xiangling.org.actors import actor_for, holdings_of
from xiangling.org.models import Holding, Person, in_force

from .command import Stop


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
    """Take in a sheet (XLSX, CSV or JSONL) as the import page does; bad rows come back as a sheet."""
    parser = argparse.ArgumentParser(prog="xiangling import", description=take_in.__doc__)
    parser.add_argument("kind", help="what the rows are, for example hazards or objects")
    parser.add_argument("file", type=Path)
    parser.add_argument("--as", dest="person", default="", help="account of the person who acts")
    options = parser.parse_args(argv)
    importer: imports.Importer = pick("importers", options.kind)
    if not options.file.is_file():
        raise Stop(f"there is no file {options.file}")
    actor = acting(options.person, lambda actor: actor.may(importer.duty))
    begun = time.monotonic()
    try:
        with options.file.open("rb") as file, use(actor.scope):
            blocks = iter(lambda: file.read(1 << 20), b"")
            path = imports.keep_upload(blocks, options.file.name)
            job = imports.start(importer, path, options.file.name, actor=actor)
    except (Refused, SheetError) as refusal:
        raise Stop(str(refusal)) from refusal
    print(f"{actor.label}: {job.title}", flush=True)
    carry_out(job)
    seconds = time.monotonic() - begun
    counts = {key: job.counts.get(key, 0) for key in ("new", "merged", "refused")}
    rate = f"{job.done / seconds:.0f} rows/s" if seconds else ""
    print(f"{job.done} rows in {seconds:.1f} s ({rate}):", counts)
    if job.result:
        print(f"refused rows with their reasons: {path.parent.parent / job.result}")
    if job.state != job.State.DONE:
        raise Stop(str(job.message) or str(job.get_state_display()))
    return 0


def carry_out(job: jobs.Job) -> None:
    """See a job to its end: carried here, or by a worker that was quicker."""
    worker = f"{socket.gethostname()[:40]}:{os.getpid()}"
    while job.state in (job.State.QUEUED, job.State.RUNNING):
        run = jobs.claim(worker, clock.now())
        if run:
            jobs.carry(run)
        else:
            time.sleep(0.2)
        job.refresh_from_db()


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
