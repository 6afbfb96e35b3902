"""Figures: what was measured, its raw reference, and what we ask of it."""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Figure:
    """One measured value. `raw` is the reference of the same run in the same unit, `ratio` their quotient:
    how many times longer than raw for times, what part of raw for rates."""

    database: str
    rows: int
    what: str
    value: float
    unit: str
    raw: float | None = None
    raw_what: str = ""
    wanted: str = ""
    note: str = ""
    load: float = field(default_factory=lambda: round(os.getloadavg()[0], 1))

    @property
    def ratio(self) -> float | None:
        return self.value / self.raw if self.raw else None


@dataclass
class Book:
    """All figures of one city at one size."""

    database: str
    rows: int
    figures: list[Figure] = field(default_factory=list)

    def add(self, what: str, value: float, unit: str, **more: Any) -> Figure:
        found = Figure(self.database, self.rows, what, value, unit, **more)
        self.figures.append(found)
        print(line(found), flush=True)
        return found


def number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def line(found: Figure) -> str:
    """A figure as a row of the table."""
    raw = f"{number(found.raw)} {found.unit} ({found.raw_what})" if found.raw else ""
    ratio = ""
    if found.ratio is not None:
        ratio = f"{found.ratio:.1f} x" if found.ratio >= 1 else f"1/{1 / found.ratio:.1f}"
    value = f"{number(found.value)} {found.unit}" + (f"; {found.note}" if found.note else "")
    return f"| {found.what} | {found.rows:,} | {found.database} | {value} | {raw} | {ratio} | {found.wanted} | {found.load} |"


HEAD = (
    "| what | hazards | database | figure | raw, same run | ratio | wanted | load |\n"
    + "|---" * 8
    + "|"
)


def write(figures: Iterable[Figure], file: Path, machine: dict[str, Any]) -> None:
    """bench.json, and the table on the screen."""
    found = list(figures)
    print(HEAD)
    for figure in found:
        print(line(figure))
    kept = [asdict(figure) for figure in found]
    file.write_text(json.dumps({"machine": machine, "figures": kept}, ensure_ascii=False, indent=1))


@dataclass(frozen=True)
class Spent:
    """Times of one thing done repeatedly, in milliseconds."""

    least: float
    median: float
    p95: float


def timed(work: Callable[[], Any], times: int = 25, warm: int = 3) -> Spent:
    """Do something repeatedly; the first rounds read templates, plans and pages and do not count."""
    spent = []
    for turn in range(times + warm):
        begun = time.perf_counter()
        work()
        if turn >= warm:
            spent.append((time.perf_counter() - begun) * 1000)
    return summed(spent)


def summed(spent: list[float]) -> Spent:
    ranked = sorted(spent)
    return Spent(
        ranked[0],
        statistics.median(ranked),
        ranked[min(len(ranked) - 1, round(len(ranked) * 0.95))],
    )
