"""`xiangling judge`, `score judge` and `train judge`: the judge without server, network or database."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from xiangling.apps.hazards.judge import Finding, Judgement, duplicates, judge
from xiangling.apps.hazards.judge import examples as labelled
from xiangling.apps.hazards.judge.scoring import Judged, report

from .command import Stop

EVERY = 20_000
"""Rows between two words on the progress."""


def run(argv: list[str]) -> int:
    """Judge findings. Exit code 1 where a line could not be read: the others are judged."""
    parser = argparse.ArgumentParser(
        prog="xiangling judge",
        description="Judge findings, one JSON object a line: id, text, sector, venue, date.",
    )
    parser.add_argument("rows", metavar="IN.jsonl", help="the findings; - is standard input")
    parser.add_argument("--out", metavar="OUT.jsonl", help="default: standard output")
    options = parser.parse_args(argv)
    target = Path(options.out) if options.out else None
    draft = target.with_name(target.name + ".part") if target else None
    try:
        with _source(options.rows) as source:
            if draft is None:
                return _judge_lines(source, sys.stdout)
            with draft.open("w", encoding="utf-8") as out:
                code = _judge_lines(source, out)
    except OSError as error:
        raise Stop(f"{error.filename}: {error.strerror}") from error
    assert target is not None
    draft.replace(target)
    return code


def _source(name: str) -> TextIO:
    if name == "-":
        return sys.stdin
    return Path(name).open(encoding="utf-8-sig", errors="replace")


def _judge_lines(source: TextIO, out: TextIO) -> int:
    """All rows in order. What copies what is known at the end; until then the rows wait on disk."""
    faults: list[str] = []
    names: list[Any] = []
    found: list[duplicates.Claim | None] = []

    def findings() -> Iterator[tuple[Any, Finding]]:
        for number, line in enumerate(source, 1):
            if not line.strip():
                continue
            try:
                yield finding_of(json.loads(line))
            except ValueError as error:
                faults.append(f"line {number}: {error}")

    court = judge()
    current = _Current()
    claimed = duplicates.claims(current)
    started = time.monotonic()
    with tempfile.TemporaryFile("w+", encoding="utf-8") as waiting:
        for name, finding in findings():
            current.put(finding)
            found.append(next(claimed))
            names.append(name)
            row = row_of(name, court.judge(finding), None)
            waiting.write(json.dumps(row, ensure_ascii=False) + "\n")
            if len(names) % EVERY == 0:
                pace = len(names) / max(time.monotonic() - started, 1e-6)
                print(f"xiangling judge: {len(names):,} ({pace:,.0f} a second)", file=sys.stderr)
        waiting.seek(0)
        for line, of in zip(waiting, duplicates.settled(found), strict=True):
            if of is None:
                out.write(line)
                continue
            judged = {**json.loads(line), "duplicate_of": names[of]}
            out.write(json.dumps(judged, ensure_ascii=False) + "\n")
    for fault in faults:
        print(f"xiangling judge: {fault}", file=sys.stderr)
    return 1 if faults else 0


class _Current:
    """Hands the text and sector of the finding that was just put to whoever iterates."""

    def __init__(self) -> None:
        self.row = "", ""

    def put(self, finding: Finding) -> None:
        self.row = finding.text, finding.sector

    def __iter__(self) -> _Current:
        return self

    def __next__(self) -> tuple[str, str]:
        return self.row


def finding_of(row: Any) -> tuple[Any, Finding]:
    """(id, finding) of an input row. Raises ValueError where it is no finding."""
    if not isinstance(row, dict) or "id" not in row:
        raise ValueError('not a row {"id", "text", "sector", "venue", "date"}')
    words = {key: row.get(key) for key in ("text", "sector", "venue")}
    for key, value in words.items():
        if value is not None and not isinstance(value, str):
            raise ValueError(f"{key} is not text")
    on = row.get("date")
    try:
        day = date.fromisoformat(on[:10]) if on else None
    except (TypeError, ValueError) as error:
        raise ValueError(f"date {on!r} is not YYYY-MM-DD") from error
    text, sector, venue = (words[key] or "" for key in ("text", "sector", "venue"))
    return row["id"], Finding(text, sector, venue, day)


def row_of(name: Any, found: Judgement, duplicate_of: Any) -> dict[str, Any]:
    """An output row."""
    matches = [
        {"standard": m.standard, "article": m.article, "criterion": m.criterion}
        for m in found.matches
    ]
    return {
        "id": name,
        "verdict": found.verdict.value,
        "major_probability": round(found.major_probability, 4),
        "matches": matches,
        "spans": [list(span) for span in found.spans],
        "missing": list(found.missing),
        "depth": found.depth.value,
        "depth_reason": found.depth_reason,
        "duplicate_of": duplicate_of,
        "superseded": list(found.superseded),
        "unheld": list(found.unheld),
    }


def score(argv: list[str]) -> int:
    """Judge labelled rows and compare; or cross-validate on the product's own."""
    parser = argparse.ArgumentParser(
        prog="xiangling score judge", description="How well the judge does on labelled findings."
    )
    parser.add_argument("rows", metavar="LABELLED.jsonl", type=Path, nargs="?")
    parser.add_argument(
        "--cross-validate",
        action="store_true",
        help="on the product's own labelled findings, none judged by a model that has seen it",
    )
    options = parser.parse_args(argv)
    if options.cross_validate:
        return _cross_validate()
    if options.rows is None:
        parser.error("name the labelled rows, or --cross-validate")
    try:
        rows = list(labelled.labelled(labelled.read_lines(options.rows)))
    except (labelled.ExampleError, OSError, UnicodeDecodeError) as error:
        raise Stop(f"{options.rows}: {error}") from error
    court = judge()
    started = time.process_time()
    copies = duplicates.copies((row.finding.text, row.finding.sector) for row in rows)
    judged = [
        Judged(row, court.judge(row.finding), rows[of].id if of is not None else None)
        for row, of in zip(rows, copies, strict=True)
    ]
    pace = len(rows) / max(time.process_time() - started, 1e-6)
    print("\n".join(report(judged)))
    print(f"{pace:,.0f} texts a second (copies sought as well, processor time)")
    known = {row.finding.text for row in (*labelled.written(), *labelled.annotated())}
    if seen := sum(row.finding.text in known for row in rows):
        print(f"{seen} of these rows were trained on: this is no score of unseen findings")
    return 0


def _cross_validate() -> int:
    from xiangling.apps.hazards.judge import training  # noqa: PLC0415 - needs the extra

    try:
        print("\n".join(report(list(training.cross_validated(_say)))))
    except training.TrainingError as error:
        raise Stop(str(error)) from error
    return 0


def train(argv: list[str]) -> int:
    """Train the judge anew and write its model file."""
    parser = argparse.ArgumentParser(
        prog="xiangling train", description="Train the judge from the labelled findings."
    )
    parser.add_argument("what", choices=["judge"])
    parser.add_argument("--out", type=Path, help="default: the model of this installation")
    options = parser.parse_args(argv)
    from xiangling.apps.hazards.judge import model, training  # noqa: PLC0415 - needs the extra

    try:
        made = training.trained_anew(_say)
    except (training.TrainingError, labelled.ExampleError) as error:
        raise Stop(str(error)) from error
    target = options.out or model.FILE
    target.write_bytes(model.pack(replace(made, version=training.fingerprint())))
    print(f"{target} {target.stat().st_size:,} bytes, version {training.fingerprint()}")
    return 0


def _say(line: str) -> None:
    print(f"xiangling: {line}", file=sys.stderr)
