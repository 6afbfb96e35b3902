"""Every question on embedded DuckDB and on Spark by Spark Connect: the same rows, to the last count."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

import pytest

from xiangling.config import command
from xiangling.insight.lake import engines, manifest
from xiangling.insight.lake.columns import CASES, ENTRIES
from xiangling.insight.lake.parts import Spread
from xiangling.insight.lake.questions import QUESTIONS, Asked

pytestmark = pytest.mark.spark

N_CASES = int(os.environ.get("XL_LAKE_CASES", "60000"))
PATIENCE = 180.0
AS_OF = date(2026, 11, 1)
SERVER = "org.apache.spark.sql.connect.service.SparkConnectServer"


def _missing() -> str:
    if not shutil.which("java"):
        return "Java is not installed"
    if not find_spec("pyspark") or not (_home() / "bin" / "spark-submit").exists():
        return "Spark is not installed: make test-spark"
    return ""


def _home() -> Path:
    spec = find_spec("pyspark")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Spark Connect server of this test alone, on loopback; its address."""
    if reason := _missing():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("spark")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": str(port),
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "4",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.local.dir": str(folder),
    }
    words = [part for name, value in said.items() for part in ("--conf", f"{name}={value}")]
    submit = [str(_home() / "bin" / "spark-submit"), "--master", "local[2]", "--class", SERVER]
    environment = {**os.environ, "SPARK_HOME": str(_home()), "SPARK_LOCAL_IP": "127.0.0.1"}
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [*submit, "--driver-memory", "2g", *words, "spark-internal"],
            env=environment, cwd=folder, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        _wait_for(port, server, folder / "log")
        assert _listens_on(port) == {"127.0.0.1"}
        yield f"sc://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    limit = time.monotonic() + PATIENCE
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert server.poll() is None, log.read_text()[-3000:]
        assert time.monotonic() < limit, log.read_text()[-3000:]
        time.sleep(0.2)


def _listens_on(port: int) -> set[str]:
    """The addresses at which somebody listens on this port (Linux)."""
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            local, state = line.split()[1], line.split()[3]
            address, number = local.split(":")
            if state == "0A" and int(number, 16) == port:
                raw = bytes.fromhex(address)
                words = [raw[at : at + 4][::-1] for at in range(0, len(raw), 4)]
                found.add(socket.inet_ntop(socket.AF_INET, words[-1]))
    return found


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three cities' made-up cases and entries over two years."""
    folder = tmp_path_factory.mktemp("lake")
    rng = Random(11)
    cases, entries = Spread(folder, "cases", CASES, "a"), Spread(folder, "entries", ENTRIES, "a")
    begin, number = date(2024, 11, 1), 0
    for _n in range(N_CASES):
        case, steps = _made(rng, begin)
        cases.add(case)
        for step in steps:
            number += 1
            entries.add({**step, "id": number})
    manifest.write(
        folder,
        manifest.Manifest(
            entries=list(entries.close().values()), cases=list(cases.close().values())
        ),
    )
    return folder


def _made(rng: Random, begin: date) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    city = rng.choices(["3501", "3502", "3503"], [5, 3, 1])[0]
    opened = begin + timedelta(days=rng.randrange(730))
    took = rng.randrange(1, 200) if rng.random() < 0.9 else None
    closed = (
        opened + timedelta(days=took) if took and opened + timedelta(days=took) < AS_OF else None
    )
    due = None if closed or rng.random() < 0.1 else opened + timedelta(days=rng.randrange(90))
    again = rng.random() < 0.03
    uid, town = (
        f"{rng.getrandbits(128):032x}",
        f"{city}0{rng.randrange(1, 7)}00{rng.randrange(1, 9)}",
    )
    sector = rng.choice(["fire", "chemicals", "industry_trade", "construction"])
    common = {"node": city, "city": city, "region": f"{town}000", "sector": sector}
    case = {
        **common, "month": f"{opened:%Y-%m}", "uid": uid, "kind": "hazard", "code": uid[:8],
        "district": town[:6], "town": town, "unit": f"{town}单位{rng.randrange(40)}",
        "mark": rng.choices(["general", "major", ""], [90, 3, 7])[0],
        "state": "closed" if closed else "fixing", "is_open": closed is None,
        "opened_on": opened, "opened_day": opened.toordinal(), "closed_on": closed,
        "closed_month": f"{closed:%Y-%m}" if closed else None,
        "n_days": (closed - opened).days if closed else None,
        "due_on": due, "due_day": due.toordinal() if due else None,
        "was_on_time": rng.choice([True, True, False, None]) if closed else None,
        "n_reopened": int(again), "version": 1, "head": uid,
    }  # fmt: skip
    ways = [("opened", opened)]
    ways += [("", opened + timedelta(days=1))] * rng.randrange(4)
    ways += [("closed", closed)] if closed else []
    ways += [("reopened", closed or opened)] if again else []
    steps = [
        {
            **common, "month": f"{day:%Y-%m}", "case_uid": uid, "case_kind": "hazard", "seq": seq,
            "kind": f"hazard.{what}", "step": what, "source": "a", "target": "b", "effect": what,
            "actor_person": 1, "actor_post": 1, "at": None, "day": day, "due_at": None, "hash": uid,
        }
        for seq, (what, day) in enumerate(ways, 1)
    ]  # fmt: skip
    return case, steps


ASKS = [
    Asked(AS_OF),
    Asked(AS_OF, since="2025-03", until="2025-09", top=1000, at_least=5),
    Asked(AS_OF, kind="nothing"),
]


def test_both_engines_give_the_same_rows(
    lake: Path, spark: str, capsys: pytest.CaptureFixture[str]
) -> None:
    duck, cluster = engines.Duck(threads=2), engines.Spark(spark)
    n_rows, seconds = 0, {"duckdb": 0.0, "spark": 0.0}
    try:
        for key, question in QUESTIONS.items():
            for asked in ASKS:
                begun = time.monotonic()
                here = engines.answer(lake, question, asked, duck)
                between = time.monotonic()
                there = engines.answer(lake, question, asked, cluster)
                seconds["duckdb"] += between - begun
                seconds["spark"] += time.monotonic() - between
                assert here == there, (key, asked)
                assert here or asked.kind == "nothing"
                n_rows += len(here)
    finally:
        duck.close()
        cluster.close()
    with capsys.disabled():
        print(f"\n{len(QUESTIONS) * len(ASKS)} answers, {n_rows} rows equal; {seconds}")


def test_the_command_asks_either(
    lake: Path, spark: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [
        "lake",
        "ask",
        "top_units",
        "--at",
        str(lake),
        "--as-of",
        "2026-11-01",
        "--format",
        "csv",
    ]
    assert command.main(words) == 0
    here = capsys.readouterr().out
    assert command.main([*words, "--spark", spark]) == 0
    assert capsys.readouterr().out == here
    assert len(here.splitlines()) == 21


def test_where_no_spark_answers_it_is_said(lake: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if reason := _missing():
        pytest.skip(reason)
    words = ["lake", "ask", "towns", "--at", str(lake), "--spark", "sc://127.0.0.1:9"]
    assert command.main(words) == 1
    assert "sc://127.0.0.1:9" in capsys.readouterr().err
