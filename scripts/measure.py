"""Measure this checkout: demo city, imports and pages, on a database of its own; prints rows for docs/measurements.md.

`.venv/bin/python scripts/measure.py sqlite` or `... postgres` (a throw-away server that writes through to disk, as in
earnest). Takes some minutes; measure on a machine that does nothing else: the load is printed with the figures, and so is
the CPU time of our own processes (without the database server's), which a busy machine falsifies least.
"""
# ruff: noqa: PLC0415 - Django is set up for a database that is made here

import argparse
import csv
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
COMMAND = [sys.executable, "-m", "xiangling.config.command"]
TOWNS = 60
RATE = re.compile(r"(\d+) rows in ([\d.]+) s, (\d+) rows/s")
PLACES = (
    "一层东侧",
    "二层西侧",
    "配电间",
    "危化品库",
    "冲压车间",
    "锅炉房",
    "装卸平台",
    "食堂后厨",
)
FAULTS = (
    "疏散通道堆放纸箱",
    "灭火器压力不足",
    "配电箱门缺失",
    "临边无护栏",
    "可燃气体报警器断电",
    "安全出口上锁",
)


def row(what: str, figure: str) -> None:
    load = os.getloadavg()[0]
    print(f"| {what} | {figure} | {time.strftime('%F')}, load {load:.1f} |", flush=True)


@contextmanager
def database(kind: str) -> Iterator[dict[str, str]]:
    """The environment of an empty installation."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("XL_")}
    with tempfile.TemporaryDirectory(prefix="xl-measure-", dir="/var/tmp") as folder:
        env |= {"DATA_DIR": folder, "XL_LOG_LEVEL": "ERROR"}
        if kind == "sqlite":
            yield env
            return
        from tests import postgres

        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            del postgres.FAST[name]
        server = postgres.Server()
        try:
            yield {**env, "XL_DATABASE_URL": server.url}
        finally:
            server.stop()


def spent_by_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def xiangling(env: dict[str, str], *words: str) -> tuple[str, str]:
    """Output of a command that must succeed, and its time in words."""
    begun, cpu = time.monotonic(), spent_by_children()
    done = subprocess.run([*COMMAND, *words], env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(words)}: {done.stdout[-800:]}{done.stderr[-2000:]}")
    seconds, cpu = time.monotonic() - begun, spent_by_children() - cpu
    return done.stdout, f"{seconds:.0f} s (CPU {cpu:.1f} s)"


def take_in(env: dict[str, str], kind: str, file: Path) -> None:
    said, whole = xiangling(env, "import", kind, str(file))
    counts, rate = said.splitlines()[1], RATE.search(said)
    assert rate
    row(f"import of {kind}: {counts.strip()}", f"{rate[3]} rows/s; command {whole}")


def set_up(env: dict[str, str]) -> None:
    os.environ.update(env)
    os.environ["DJANGO_SETTINGS_MODULE"] = "xiangling.config.settings"
    import django

    django.setup()


def write_objects(file: Path, n: int) -> None:
    """A sheet of n new firms spread over the towns of the demo city."""
    from xiangling.apps.objects.tests import rows
    from xiangling.org.models import Region

    regions = {region.code: region.name for region in Region.objects.all()}
    towns = [code for code in regions if not code.endswith("000000")][:TOWNS]
    made = []
    for number in range(n):
        town = towns[number % len(towns)]
        place = {"区县": regions[f"{town[:6]}000000"], "镇街": regions[town]}
        made.append(rows.firm(number, 名称=f"测算第{number}机械有限公司", **place))
    rows.write(file, made)


def write_hazards(file: Path, n: int, codes: list[str]) -> None:
    with file.open("w", encoding="utf-8", newline="") as target:
        sheet = csv.writer(target)
        sheet.writerow(["编号", "隐患描述", "统一社会信用代码", "隐患部位", "隐患来源"])
        for number in range(n):
            place, fault = PLACES[number % 8], FAULTS[number // 8 % 6]
            text = f"{place}{fault}，第{number}处"
            sheet.writerow([f"M-{number}", text, codes[number % len(codes)], place, "inspection"])


def time_pages() -> None:
    """Median of 15 requests to each page, inside the process: no network, no proxy."""
    from django.test import Client

    from xiangling.apps.hazards.models import Hazard
    from xiangling.org.models import Persona

    client = Client()
    person = Persona.objects.get(key="committee").holding.person
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    uid = Hazard._base_manager.filter(closed_at=None).latest("id").uid
    pages = {
        "home": "/",
        "ledger": "/hazards/",
        "ledger, open by due date": "/hazards/?view=open",
        "ledger, words 灭火器": "/hazards/?q=灭火器",
        "record": f"/hazard/{uid}/",
        "objects": "/objects/",
        "API, ledger": "/api/v1/hazards",
    }
    for name, address in pages.items():
        spent, cpu = [], 0.0
        for turn in range(16):
            if turn == 1:  # the first reads templates and translations
                cpu = time.process_time()
            begun = time.perf_counter()
            answer = client.get(address, headers={"host": "localhost"})
            spent.append(time.perf_counter() - begun)
            assert answer.status_code == 200, (address, answer.status_code)
        median, cpu = statistics.median(spent[1:]), (time.process_time() - cpu) / 15
        row(
            f"{name} ({Hazard._base_manager.count():,} hazards)",
            f"median {median * 1000:.0f} ms (CPU {cpu * 1000:.0f} ms)",
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database", choices=["sqlite", "postgres"])
    parser.add_argument("--rows", type=int, default=30_000, help="of each import")
    options = parser.parse_args()
    with database(options.database) as env:
        _said, whole = xiangling(env, "demo", "--no-serve")
        row("demo city, whole command", whole)
        set_up(env)
        from xiangling.apps.objects.models import SupervisedObject
        from xiangling.kernel.scope import unscoped

        folder = Path(env["DATA_DIR"])
        write_objects(folder / "objects.csv", options.rows)
        take_in(env, "objects", folder / "objects.csv")
        take_in(env, "objects", folder / "objects.csv")
        with unscoped("measuring"):
            found = SupervisedObject.objects.filter(name__startswith="测算第")
            codes = list(found.values_list("identifier", flat=True)[:5000])
        write_hazards(folder / "hazards.csv", options.rows, codes)
        take_in(env, "hazards", folder / "hazards.csv")
        said, whole = xiangling(env, "verify")
        row("verify", f"{said.strip()}; {whole}")
        time_pages()
        from django.db import connections

        connections.close_all()


if __name__ == "__main__":
    main()
