"""`xiangling read` and `xiangling score read`: directives out of documents, without server or database."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date, datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from xiangling.adapters import llm
from xiangling.apps.directives.reader import Unreadable, ocr, proposals, read, scoring, table
from xiangling.apps.directives.reader.reading import Reading

from .command import Stop
from .environment import environment


def take(argv: list[str]) -> int:
    """Read documents, one row per directive. Exit code 1 where a file could not be read: the others are."""
    parser = argparse.ArgumentParser(
        prog="xiangling read", description="Read speeches, minutes, plans and notices into tasks."
    )
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="TXT, DOCX or PDF with text; - is standard input"
    )
    parser.add_argument(
        "--out", metavar="OUT.jsonl", help="where the rows go (default: standard output)"
    )
    parser.add_argument(
        "--open", action="store_true", dest="only_open", help="only tasks still to be done"
    )
    parser.add_argument(
        "--ocr", action="store_true", help="recognise scans and pictures of pages (extra `ocr`)"
    )
    parser.add_argument(
        "--today",
        type=date.fromisoformat,
        default=datetime.now(ZoneInfo("Asia/Shanghai")).date(),
        metavar="YYYY-MM-DD",
        help="the day of reading, which tells the year of a document that names none (default: today)",
    )
    parser.add_argument("--propose", action="store_true", help="also ask the model at XL_LLM_URL")
    options = parser.parse_args(argv)
    ask = _model() if options.propose else None
    lines: list[str] = []
    n_failed = 0
    for order, name in enumerate(options.files, 1):
        try:
            reading = _read(name, options.today, with_ocr=options.ocr)
            lines += _rows(name, reading, only_open=options.only_open, ask=ask)
        except (Unreadable, llm.ModelFailed, OSError) as error:
            n_failed += 1
            reason = error.strerror if isinstance(error, OSError) else error
            print(f"xiangling read: {name}: {reason}", file=sys.stderr)
        if len(options.files) > 3 and sys.stderr.isatty():
            print(
                f"\r{order}/{len(options.files)}",
                end="\n" if order == len(options.files) else "",
                file=sys.stderr,
            )
    _write(lines, options.out)
    print(
        f"xiangling read: {len(options.files) - n_failed} documents, {len(lines)} rows",
        file=sys.stderr,
    )
    return 1 if n_failed else 0


def _model() -> proposals.Ask:
    """The operator's own model. Raises Stop where none is named."""
    env = environment()
    if not env.llm_url or not env.llm_model:
        raise Stop("no model is named; set XL_LLM_URL and XL_LLM_MODEL")
    return partial(llm.ask, llm.Model(env.llm_url, env.llm_model, env.llm_key))


def _read(name: str, today: date, *, with_ocr: bool) -> Reading:
    """A document read; a scan only where recognising was asked for. Raises OSError and Unreadable."""
    data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    try:
        return read(data, name, today=today)
    except Unreadable as error:
        if error.code not in ocr.READABLE:
            raise
        if not with_ocr:
            if ocr.is_installed():
                print(f"xiangling read: {name}: --ocr recognises scans", file=sys.stderr)
            raise
        found = ocr.recognise(data, keep=partial(_show_page, name))
    if found.doubtful:
        print(
            f"xiangling read: {name}: compare lines {', '.join(map(str, found.doubtful))} with the scan",
            file=sys.stderr,
        )
    return read(found.text, name, today=today)


def _show_page(name: str, _page: ocr.Page, done: int, total: int) -> None:
    print(f"xiangling read: {name}: page {done} of {total}", file=sys.stderr)


def _rows(name: str, reading: Reading, *, only_open: bool, ask: proposals.Ask | None) -> list[str]:
    if "no_directive" in reading.warnings:
        print(f"xiangling read: {name}: no task to be done was found", file=sys.stderr)
    if "year_assumed" in reading.warnings:
        print(
            f"xiangling read: {name}: names no year; the latest was taken, check its days",
            file=sys.stderr,
        )
    if "uncertain_repairs" in reading.warnings:
        print(
            f"xiangling read: {name}: characters were lost in scanning; look at the repairs offered",
            file=sys.stderr,
        )
    kept = [found for found in reading.directives if found.is_open or not only_open]
    if ask:
        proposed = proposals.propose(reading, ask)
        kept += proposed.directives
        for refusal in proposed.refusals:
            print(
                f"xiangling read: {name}: proposal refused ({refusal.code}): {refusal.words}",
                file=sys.stderr,
            )
    return [json.dumps(table.row(table.seed_of(name), found), ensure_ascii=False) for found in kept]


def _write(lines: list[str], out: str | None) -> None:
    """All rows or none: the file appears when it is whole."""
    text = "".join(line + "\n" for line in lines)
    if out is None:
        sys.stdout.write(text)
        return
    target = Path(out)
    try:
        draft = target.with_name(target.name + ".part")
        draft.write_text(text, "utf-8")
        draft.replace(target)
    except OSError as error:
        raise Stop(f"{out}: {error.strerror}") from error


def score(argv: list[str]) -> int:
    """Compare read rows with labelled ones."""
    parser = argparse.ArgumentParser(
        prog="xiangling score read",
        description="How well rows that were read match labelled ones.",
    )
    parser.add_argument("gold", type=Path, metavar="GOLD.jsonl", help="the labelled rows")
    parser.add_argument(
        "predicted", type=Path, metavar="PRED.jsonl", help="the rows of `xiangling read`"
    )
    options = parser.parse_args(argv)
    try:
        gold, predicted = scoring.load(options.gold), scoring.load(options.predicted)
    except scoring.Misfit as error:
        raise Stop(str(error)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise Stop(f"cannot read the rows: {error}") from error
    print("\n".join(scoring.report(gold, predicted)))
    return 0
