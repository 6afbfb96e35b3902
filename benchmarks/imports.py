"""Imports: rows/s from a sheet to stored, checked, owned, on the docket, in the ledger; then rows/s judged."""

from __future__ import annotations

import csv
import os
import random
import re
import uuid
from pathlib import Path

import xlsxwriter

from xiangling.apps.hazards import judging
from xiangling.apps.hazards.judge import Finding
from xiangling.apps.hazards.models import Handling, Hazard, Unjudged
from xiangling.apps.objects.models import SupervisedObject
from xiangling.kernel.models import Docket, Entry, Job

from . import city, place, raw
from .figures import Book, timed

HEADER = ("编号", "隐患描述", "统一社会信用代码", "隐患部位", "隐患来源", "发现日期")
RATE = re.compile(r"(\d+) rows in ([\d.]+) s, (\d+) rows/s")


def sheet(n: int, seed: int) -> list[tuple[str, ...]]:
    """Findings in the demo city's words at firms of the whole city, no two the same."""
    rng = random.Random(seed)
    firms = SupervisedObject._base_manager.filter(kind="firm").exclude(identifier="")
    codes = list(firms.order_by("?").values_list("identifier", flat=True)[:5000])
    texts = list(Hazard._base_manager.order_by("id").values_list("text", flat=True)[:6000])
    tag, shades = uuid.uuid4().hex[:6], city.SHADES
    return [
        (
            f"{tag}-{number}",
            f"{rng.choice(shades)}{rng.choice(shades)}{number % 97 + 1}号位{rng.choice(texts)}",
            rng.choice(codes), rng.choice(shades), "inspection", "2026-06-10",
        )
        for number in range(n)
    ]  # fmt: skip


def write(file: Path, rows: list[tuple[str, ...]]) -> Path:
    if file.suffix == ".csv":
        with file.open("w", encoding="utf-8", newline="") as target:
            csv.writer(target).writerows([HEADER, *rows])
        return file
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        page = book.add_worksheet()
        for number, row in enumerate([HEADER, *rows]):
            page.write_row(number, 0, row)
    return file


def measure(book: Book, env: dict[str, str], n: int) -> None:
    folder = Path(env["DATA_DIR"])
    for turn, ending in enumerate(("csv", "xlsx")):
        file = write(folder / f"findings.{ending}", sheet(n, turn))
        said = RATE.search(place.xiangling(env, "import", "hazards", str(file)))
        assert said, "the import says how fast it was"
        newest = Hazard._base_manager.order_by("-id")[:n]
        ids = [row.pk for row in newest]
        uids = [row.uid for row in newest]
        tables = [
            (model, raw.rows_of(model, found))
            for model, found in (
                (Hazard, newest),
                (Entry, Entry.objects.filter(case_uid__in=uids)),
                (Docket, Docket._base_manager.filter(case_uid__in=uids)),
                (Handling, Handling.objects.filter(hazard__in=ids)),
                (Unjudged, Unjudged.objects.filter(hazard__in=ids)),
            )
        ]
        how = "COPY" if raw.IS_PG else "executemany"
        book.add(
            f"import of {n:,} findings, {ending}", float(said[3]), "rows/s",
            raw=raw.copy_rate(tables, n), raw_what=how,
            wanted="4,000/s and 1/15" if raw.IS_PG else "",
        )  # fmt: skip
        place.xiangling(env, "work", "--once")
        assert not Unjudged.objects.exists(), "what was imported is judged"
        job = Job.objects.filter(kind=judging.KIND).latest("id")
        spent = (job.finished_at - job.started_at).total_seconds()
        book.add(f"judging {n:,} imported findings, {ending}", job.done / spent, "rows/s",
                 note="afterwards, one worker")  # fmt: skip
    judge(book)


def judge(book: Book) -> None:
    from xiangling.apps.hazards import suggestions
    from xiangling.kernel import clock

    day = clock.local_date(clock.now())
    texts = [row[1] for row in sheet(500, 9)]
    findings = [Finding(text, "industry_trade", "", day) for text in texts]
    list(suggestions.current_judge().judge_all(findings[:20]))
    spent = timed(lambda: list(suggestions.current_judge().judge_all(findings)), times=3, warm=0)
    book.add("judge, texts no two the same", 500 / spent.median * 1000, "texts/s",
             note=f"{os.cpu_count()} cores, one process")  # fmt: skip
