"""Who works a question out: embedded DuckDB, or a Spark cluster by Spark Connect."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from . import library
from .manifest import Manifest, Part, Unusable, read
from .questions import Asked, Question, Tables

Rows = list[dict[str, Any]]
SPARK_PORT = 15002


class Duck:
    """DuckDB in this process. `memory` as DuckDB writes it ("4GB"); it spills to `spill` beyond that."""

    def __init__(self, *, threads: int = 0, memory: str = "", spill: Path | None = None) -> None:
        ibis = library("ibis", "lake")
        library("duckdb", "lake")
        # it must never fetch anything: what it needs is built in
        config: dict[str, Any] = {
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        config |= {"threads": threads} if threads else {}
        config |= {"memory_limit": memory} if memory else {}
        config |= {"temp_directory": str(spill)} if spill else {}
        self.backend = ibis.duckdb.connect(**config)

    def table(self, paths: Sequence[str], name: str) -> Any:
        return self.backend.read_parquet(list(paths), table_name=name, hive_partitioning=False)

    def close(self) -> None:
        self.backend.disconnect()


class Spark:
    """A Spark cluster at `address` ("sc://host:port"); the lake must lie where it can read it."""

    def __init__(self, address: str) -> None:
        """Raises Lacking without the extra, Unusable where nobody answers at the address."""
        ibis = library("ibis", "cluster")
        session = library("pyspark.sql", "cluster").SparkSession
        library("pyspark.sql.connect.session", "cluster")
        _knock(address)
        self.session = session.builder.remote(address).getOrCreate()
        self.backend = ibis.pyspark.connect(self.session)

    def table(self, paths: Sequence[str], name: str) -> Any:
        self.session.read.parquet(*paths).createOrReplaceTempView(name)
        return self.backend.table(name)

    def close(self) -> None:
        self.session.stop()


def _knock(address: str) -> None:
    """See that somebody listens: Spark's own client tries for many minutes before it gives up."""
    found = urlsplit(address)
    try:
        socket.create_connection((found.hostname or "", found.port or SPARK_PORT), 10).close()
    except (OSError, ValueError) as error:
        raise Unusable(f"no Spark Connect answers at {address}: {error}") from error


Engine = Duck | Spark


def open_lake(folder: Path) -> Manifest:
    """The manifest of a lake that holds something. Raises Unusable."""
    found = read(folder)
    if found is None or not found.entries:
        raise Unusable(f"there is no lake in {folder}: run `xiangling lake export --out {folder}`")
    return found


def tables(folder: Path, manifest: Manifest, engine: Engine, asked: Asked) -> Tables:
    """The lake as tables of an engine; entries outside the asked months are not even opened."""
    entries = [part for part in manifest.entries if _within(part, asked)] or manifest.entries[:1]
    return Tables(
        engine.table(_paths(folder, entries), "entries"),
        engine.table(_paths(folder, manifest.cases), "cases"),
    )


def _within(part: Part, asked: Asked) -> bool:
    return not (
        (asked.since and part.month < asked.since) or (asked.until and part.month > asked.until)
    )


def _paths(folder: Path, parts: Sequence[Part]) -> list[str]:
    return [str((folder / part.path).resolve()) for part in parts]


def answer(folder: Path, question: Question, asked: Asked, engine: Engine) -> Rows:
    """The rows of an answer, rates worked out. Raises Unusable."""
    found = tables(folder, open_lake(folder), engine, asked)
    rows: Rows = question.ask(found, asked).to_pyarrow().to_pylist()
    return [with_rates(row, question) for row in rows]


def with_rates(row: dict[str, Any], question: Question) -> dict[str, Any]:
    """A row with each rate as a decimal of four places; None where there is nothing to divide by."""
    made = dict(row)
    for name, part, whole in question.rates:
        made[name] = None
        if row[whole]:
            exact = Decimal(int(row[part] or 0)) / Decimal(int(row[whole]))
            made[name] = str(exact.quantize(Decimal("0.0001"), ROUND_HALF_UP))
    return made
