"""Reads the demo pack: YAML facts and the sentence templates."""

from __future__ import annotations

import csv
import random
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

PACK = Path(__file__).resolve().parents[2] / "packs" / "demo"
_SLOT = re.compile(r"\{([^{}]+)\}")
_RANGE = re.compile(r"(-?\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)")


@cache
def facts(name: str) -> Any:
    """The parsed `packs/demo/<name>.yaml`."""
    return yaml.safe_load((PACK / f"{name}.yaml").read_text("utf-8"))


@dataclass(frozen=True)
class Template:
    """A sentence with slots. Styles: S substantive, H shallow, F already fixed, N near miss, M major."""

    key: str
    sector: str
    venues: tuple[str, ...]
    style: str
    scene: str
    places: tuple[str, ...]
    text: str
    measure: str
    criterion: str = ""
    standard: str = ""
    article: str = ""
    interim: str = ""
    cost: int = 0


def _rows(name: str) -> list[dict[str, str]]:
    with (PACK / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _template(key: str, row: dict[str, str]) -> Template:
    return Template(
        key=key,
        sector=row["sector"],
        venues=() if row["venues"] == "*" else tuple(row["venues"].split(";")),
        style=row.get("style", "M"),
        scene=row["scene"],
        places=tuple(row["place"].split(";")) if row["place"] else (),
        text=row["text"],
        measure=row["measure"],
        criterion=row.get("criterion", ""),
        standard=row.get("standard", ""),
        article=row.get("article", ""),
        interim=row.get("interim", ""),
        cost=int(row.get("cost") or 0) * 10_000,
    )


@cache
def templates() -> tuple[Template, ...]:
    """All general-hazard templates, in file order."""
    rows = _rows("findings_a") + _rows("findings_b")
    return tuple(_template(f"t{number:03}", row) for number, row in enumerate(rows, 1))


@cache
def major_templates() -> tuple[Template, ...]:
    """All major-hazard templates, with the standard and article that make them major."""
    return tuple(_template(f"m{number:03}", row) for number, row in enumerate(_rows("majors"), 1))


@cache
def by_venue() -> dict[tuple[str, str], list[Template]]:
    """(sector, venue) to the general templates that fit, the sector-wide ones included."""
    found: dict[tuple[str, str], list[Template]] = defaultdict(list)
    for sector, venues in facts("venues").items():
        for venue in venues:
            found[sector, venue] = [
                t for t in templates() if t.sector == sector and (not t.venues or venue in t.venues)
            ]
    return dict(found)


def fill(text: str, rng: random.Random, place: str = "") -> str:
    """`text` with `{place}`, `{2-6}` (number range) and `{name}` (word list) replaced.

    Raises KeyError for a slot that the pack does not know.
    """

    def word(match: re.Match[str]) -> str:
        slot = match[1]
        if slot == "place":
            return place
        span = _RANGE.fullmatch(slot)
        if not span:
            return str(rng.choice(facts("slots")[slot]))
        decimals = len(span[1].partition(".")[2])
        if decimals:
            return f"{rng.uniform(float(span[1]), float(span[2])):.{decimals}f}"
        return str(rng.randint(int(span[1]), int(span[2])))

    return _SLOT.sub(word, text)
