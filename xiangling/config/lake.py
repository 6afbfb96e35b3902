"""`xiangling lake`: the ledger as Parquet, and questions on it."""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from xiangling.insight import lake
from xiangling.insight.lake import engines, manifest, questions

from .command import Stop, set_up_django

MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def run(argv: list[str]) -> int:
    """The ledger as Parquet for a province: export it, ask questions of it, see what is there."""
    parser = argparse.ArgumentParser(prog="xiangling lake", description=run.__doc__)
    words = parser.add_subparsers(dest="what", required=True)
    _export_words(words.add_parser("export", help="bring new entries and cases into the lake"))
    _ask_words(words.add_parser("ask", help="answer a question"))
    shown = words.add_parser("show", help="what a lake holds")
    shown.add_argument("--at", type=Path, required=True, help="folder of the lake")
    options = parser.parse_args(argv)
    try:
        work = {"export": export, "ask": ask, "show": show}
        return work[options.what](options)
    except (lake.Lacking, manifest.Unusable) as reason:
        raise Stop(str(reason)) from reason


def _month(text: str) -> str:
    if not MONTH.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no month: write it like 2026-06")
    return text


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 10**9:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return int(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no day: write it like 2026-06-30") from error


def _export_words(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Bring what is new in the ledger into DIR as Parquet files by city and month. May be stopped "
        "or killed at any time; the same command goes on from there."
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the lake")
    parser.add_argument("--slice", type=_number, default=0, help="entries committed at a time")
    parser.add_argument(
        "--with-texts",
        action="store_true",
        help="also the names of those who acted, and the answers",
    )


def export(options: argparse.Namespace) -> int:
    """Bring what is new into the lake."""
    for name in ("pyarrow", "pyarrow.parquet"):
        lake.library(name, "lake")
    set_up_django()
    from xiangling.insight.lake import export as exporting  # noqa: PLC0415 - needs the extra and Django
    from xiangling.insight.lake.origins import origins  # noqa: PLC0415
    from xiangling.kernel import jobs  # noqa: PLC0415

    jobs.heed_signals()
    begun, done = time.monotonic(), 0

    def tell(progress: exporting.Progress) -> None:
        nonlocal done
        done = max(done, progress.done)
        rate = progress.done / max(time.monotonic() - begun, 0.001)
        line = f"{progress.source}: {progress.done} entries, {progress.ahead} ahead, {rate:.0f}/s"
        print(line, file=sys.stderr, flush=True)

    try:
        made = exporting.export(
            options.out,
            origins(),
            with_texts=options.with_texts,
            slice_size=options.slice or exporting.SLICE,
            tell=tell,
            is_ending=jobs.is_ending,
        )
    except exporting.Stopped:
        print("stopped; what is in is kept. Run the same command again to go on.")
        return 130
    print(f"{options.out}: {made.n_entries} entries, {made.n_cases} cases")
    return 0


def show(options: argparse.Namespace) -> int:
    """What a lake holds, by city."""
    found = engines.open_lake(options.at)
    print(f"as of {found.made_at}; {found.n_entries} entries, {found.n_cases} cases")
    for city in sorted({part.city for part in found.entries}):
        entries = [part for part in found.entries if part.city == city]
        cases = [part for part in found.cases if part.city == city]
        months = sorted({part.month for part in entries})
        size = sum(part.bytes for part in [*entries, *cases]) / 2**20
        n_entries, n_cases = sum(part.rows for part in entries), sum(part.rows for part in cases)
        print(
            f"{city}  {months[0]} to {months[-1]}  {n_entries} entries  {n_cases} cases  "
            f"{len(entries) + len(cases)} files  {size:.1f} MB"
        )
    return 0


def _ask_words(parser: argparse.ArgumentParser) -> None:
    width = max(map(len, questions.QUESTIONS))
    lines = [f"  {key:<{width}}  {found.line}" for key, found in questions.QUESTIONS.items()]
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "questions:\n" + "\n".join(lines)
    parser.add_argument("question", choices=list(questions.QUESTIONS), metavar="QUESTION")
    parser.add_argument("--at", type=Path, required=True, metavar="DIR", help="folder of the lake")
    parser.add_argument(
        "--spark", default="", metavar="sc://HOST:PORT", help="work it out on Spark"
    )
    parser.add_argument("--kind", default="hazard", help="which kind of case (hazard)")
    parser.add_argument("--as-of", type=_day, default=None, help="judge ages by this day (today)")
    parser.add_argument("--since", type=_month, help="first month, like 2026-01")
    parser.add_argument("--until", type=_month, help="last month")
    parser.add_argument("--top", type=_number, default=20, help="rows of a ranking")
    parser.add_argument(
        "--at-least", type=_number, default=1, help="leave out smaller denominators"
    )
    parser.add_argument("--format", choices=["table", "csv", "json"], default="table")
    parser.add_argument("--threads", type=_number, default=0, help="DuckDB: how many (all)")
    parser.add_argument("--memory", default="", help="DuckDB: how much, like 4GB (80 percent)")


def ask(options: argparse.Namespace) -> int:
    """Answer one question."""
    if options.spark and not options.spark.startswith("sc://"):
        raise Stop("the address of Spark Connect begins with sc://, for example sc://cluster:15002")
    engines.open_lake(options.at)
    question = questions.QUESTIONS[options.question]
    asked = questions.Asked(
        as_of=options.as_of or _today(),
        kind=options.kind,
        since=options.since or "",
        until=options.until or "",
        top=options.top,
        at_least=options.at_least,
    )
    engine: engines.Engine = (
        engines.Spark(options.spark)
        if options.spark
        else engines.Duck(threads=options.threads, memory=options.memory)
    )
    try:
        rows = engines.answer(options.at, question, asked, engine)
    finally:
        engine.close()
    write(rows, options.format)
    return 0


def _today() -> date:
    set_up_django()
    from xiangling.kernel import clock  # noqa: PLC0415 - needs Django set up

    return clock.local_date(clock.now())


def write(rows: Sequence[dict[str, Any]], form: str) -> None:
    """Rows to stdout as a table, CSV or JSON."""
    if form == "json":
        print(json.dumps(rows, ensure_ascii=False, default=str, indent=1))
        return
    if not rows:
        print("nothing matches", file=sys.stderr)
        return
    header = list(rows[0])
    cells = [["—" if row[name] is None else str(row[name]) for name in header] for row in rows]
    if form == "csv":
        writer = csv.writer(sys.stdout)
        writer.writerow(header)
        writer.writerows(
            [["" if row[name] is None else row[name] for name in header] for row in rows]
        )
        return
    widths = [max(map(_width, column)) for column in zip(header, *cells, strict=True)]
    for line in (header, *cells):
        padded = [
            cell + " " * (wide - _width(cell)) for cell, wide in zip(line, widths, strict=True)
        ]
        print("  ".join(padded).rstrip())


def _width(text: str) -> int:
    """Columns of a terminal that a text takes: Chinese characters take two."""
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)
