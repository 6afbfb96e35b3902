"""`xiangling recount`, `xiangling stats` and `xiangling bulletin`: figures at a terminal."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from xiangling.documents import papers
from xiangling.documents.models import Paper
from xiangling.insight import tables, tallies
from xiangling.insight.bulletins import actions as bulletins
from xiangling.insight.measures import WORDS, measures
from xiangling.insight.recount import Outcome, recount
from xiangling.insight.tables import Ask, Table
from xiangling.kernel import ledger
from xiangling.kernel.actor import Actor
from xiangling.kernel.refusal import Refused
from xiangling.kernel.scope import unscoped, use
from xiangling.kernel.sheets import write_csv, write_xlsx

from .command import Stop
from .exchange import acting

MOST_NAMED = 1000


def recount_all(argv: list[str]) -> int:
    """Count everything again from rows and ledger and print every difference; exit code 1 if there is one."""
    parser = argparse.ArgumentParser(prog="xiangling recount", description=recount_all.__doc__)
    parser.add_argument("--mend", action="store_true", help="replace what differs")
    options = parser.parse_args(argv)
    outcome = Outcome()
    with unscoped("the recount goes through every place"):
        taken = tallies.catch_up()
        if taken:
            print(f"{taken} announcements were waiting and are counted now")
        for difference in recount(outcome, mend=options.mend):
            if outcome.n_differences <= MOST_NAMED:
                print(f"DIFFERENT {difference}", file=sys.stderr)
    if outcome.n_differences > MOST_NAMED:
        print(f"... and {outcome.n_differences - MOST_NAMED} more", file=sys.stderr)
    print(
        f"{outcome.n_cases} cases and {outcome.n_cells} cells counted again, "
        f"{outcome.n_differences} differences"
        + (f", {outcome.n_mended} mended" if options.mend else "")
        + (f"; {outcome.n_waiting} cases still to be counted" if outcome.n_waiting else "")
    )
    return 1 if outcome.n_differences and not options.mend else 0


def stats(argv: list[str]) -> int:
    """Print or write a measure's figures, exactly as its page shows them to the person who acts."""
    parser = argparse.ArgumentParser(prog="xiangling stats", description=stats.__doc__)
    parser.add_argument(
        "measure", nargs="?", default="", help="which; without it, the list of them"
    )
    parser.add_argument("--by", default="", help="region, sector, grade, source, state or month")
    parser.add_argument("--period", default="", help="2026, 2026-10, 2026-Q3, 2026-01..2026-04 ...")
    parser.add_argument("--region", default="", help="division code; the post's own by default")
    for word in WORDS:
        parser.add_argument(f"--{word}", default=None, help=f"count only this {word}")
    parser.add_argument("--format", choices=["json", "csv", "xlsx"], default="json")
    parser.add_argument("--out", type=Path, help="file to write; needed for xlsx")
    parser.add_argument("--as", dest="person", default="", help="account of the person who acts")
    options = parser.parse_args(argv)
    if not options.measure:
        for key, measure in measures().items():
            print(f"{key:<26} {measure.label}")
        return 0
    given = {word: getattr(options, word) for word in WORDS}
    where = {word: value for word, value in given.items() if value is not None}
    ask = Ask(options.measure, options.period, options.region, options.by, where)
    actor = acting(options.person, lambda actor: actor.may("statistics.see"))
    try:
        with use(actor.scope):
            table = tables.make(ask, actor)
            detail = f"{table.measure.key} {table.period.code()} {table.place.code}"
            ledger.record_access(actor, "export", kind="statistics", detail=detail)
    except Refused as refusal:
        raise Stop(str(refusal)) from refusal
    _write(table, options.format, options.out)
    return 0


def _write(table: Table, form: str, out: Path | None) -> None:
    if form == "json":
        text = json.dumps(tables.plain(table), ensure_ascii=False, indent=1)
        if out is None:
            print(text)
        else:
            out.write_text(text + "\n", "utf-8")
        return
    if form == "xlsx" and out is None:
        raise Stop("a workbook needs a file: --out figures.xlsx")
    write = write_csv if form == "csv" else write_xlsx
    write(out or sys.stdout.buffer, tables.header(table), iter(tables.lines(table)))


def bulletin(argv: list[str]) -> int:
    """Write the bulletin of one's own area as DOCX and PDF: as published, else the draft; without one, draft it."""
    parser = argparse.ArgumentParser(prog="xiangling bulletin", description=bulletin.__doc__)
    parser.add_argument("--period", required=True, help="a month or quarter: 2026-10, 2026-Q3")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--as", dest="person", default="", help="account of the person who acts")
    options = parser.parse_args(argv)
    actor = acting(options.person, lambda actor: actor.may("statistics.publish"))
    try:
        with use(actor.scope):
            paper, words = _bulletin_of(options.period, actor)
            contents = {form: papers.content_of(paper, form) for form in ("docx", "pdf")}
            for form in contents:
                ledger.record_access(
                    actor, "original", kind="paper", uid=paper.uid, detail=f"{paper} {form}"
                )
    except Refused as refusal:
        raise Stop(str(refusal)) from refusal
    print(f"{words}: {paper.heading}")
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        for form, content in contents.items():
            path = options.out / f"{paper.heading}（{paper}）.{form}"
            path.write_bytes(content)
            print(f"wrote {path} ({len(content):,} bytes)")
    except OSError as error:
        raise Stop(f"cannot write to {options.out}: {error.strerror}") from error
    return 0


def _bulletin_of(period: str, actor: Actor) -> tuple[Paper, str]:
    """The paper of the actor's own area and period, and in words what it is."""
    found = bulletins.latest(period, actor)
    if found is None:
        return bulletins.draft(period, actor=actor).paper, "drafted now"
    paper = found.paper
    return paper, "draft" if paper.state == "draft" else f"published as {paper.number}"
