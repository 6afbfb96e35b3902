"""`xiangling rejudge`: the whole ledger judged by the standards as they are now; nothing in it changes."""

from __future__ import annotations

import argparse
import csv
import io
import json
import sys
import time
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TextIO

from xiangling.apps.hazards import queries, rejudging
from xiangling.apps.standards import queries as standards
from xiangling.kernel import jobs
from xiangling.kernel.scope import unscoped

from .command import Stop

GONE_ON_WITH = ".progress"
"""What stands behind the name of the file that keeps how far a run has come."""


@dataclass
class Progress:
    """How far a run has come: the last hazard, and how long the file was then."""

    standard: str
    on: str
    last: int = 0
    n: int = 0
    n_changes: int = 0
    size: int = 0


def rejudge(argv: list[str]) -> int:
    """Judge the whole ledger again and list what differs from it. No state is changed.

    Stopped with Ctrl-C, the same command with the same --out goes on from there (exit code 130).
    """
    parser = argparse.ArgumentParser(prog="xiangling rejudge", description=rejudge.__doc__)
    parser.add_argument("--standard", default="", metavar="KEY", help="only changes from or to it")
    parser.add_argument(
        "--on", type=_day, metavar="DATE", help="by the editions in force on this day (2026-07-01)"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="where the rows go (CSV)")
    options = parser.parse_args(argv)
    if options.standard and options.standard not in standards.library().by_key:
        known = ", ".join(standards.library().by_key)
        raise Stop(f"no standard {options.standard!r} in the library; there are: {known}")
    begun = Progress(options.standard, options.on.isoformat() if options.on else "")
    jobs.heed_signals()
    with unscoped("the whole ledger is judged again; only read"):
        if options.out is None:
            return _run(begun, options.on, sys.stdout, None)
        progress = _left_off(options.out, begun)
        try:
            with options.out.open(
                "r+" if progress.last else "w+", encoding="utf-8-sig", newline=""
            ) as file:
                file.seek(progress.size)
                file.truncate()
                return _run(progress, options.on, file, options.out)
        except OSError as error:
            raise Stop(f"{options.out}: {error.strerror}") from error


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; write it like 2026-07-01") from None


def _kept(out: Path) -> Path:
    return out.with_name(out.name + GONE_ON_WITH)


def _left_off(out: Path, begun: Progress) -> Progress:
    """Where an earlier run of the same kind into this file stopped, else the beginning."""
    try:
        found = Progress(**json.loads(_kept(out).read_text()))
        size = out.stat().st_size
    except (OSError, ValueError, TypeError):
        return begun
    same = (found.standard, found.on) == (begun.standard, begun.on) and found.size <= size
    return found if same else begun


def _run(progress: Progress, on: date | None, file: TextIO, out: Path | None) -> int:
    library, total, begun = standards.library(), queries.count_all(), time.monotonic()
    at_start, shows = progress.n, sys.stderr.isatty()
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, rejudging.COLUMNS)
    if not progress.last:
        writer.writeheader()
    for step in rejudging.steps(after=progress.last, on=on, standard=progress.standard):
        for change in step.changes:
            writer.writerow({k: safe(v) for k, v in change.values(library).items()})
        file.write(buffer.getvalue())
        file.flush()
        buffer.seek(0)
        buffer.truncate()
        progress.last, progress.n = step.last, progress.n + step.n
        progress.n_changes += len(step.changes)
        if out is not None:
            progress.size = out.stat().st_size
            _kept(out).write_text(json.dumps(asdict(progress)))
        if shows:
            print(f"\r{progress.n}/{total}", end="", file=sys.stderr, flush=True)
        if jobs.is_ending():
            print("stopped; the same command goes on from here", file=sys.stderr)
            return 130
    if buffer.getvalue():
        file.write(buffer.getvalue())
    if out is not None:
        _kept(out).unlink(missing_ok=True)
    seconds = max(0.001, time.monotonic() - begun)
    print(
        f"{'' if not shows else chr(13)}{progress.n} hazards judged, {progress.n_changes} differ, "
        f"{(progress.n - at_start) / seconds:.0f} a second; nothing was changed",
        file=sys.stderr,
    )
    return 0


def safe(value: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    text = str(value)
    return f"'{text}" if text[:1] in "=+-@\t\r" and not isinstance(value, int | float) else value
