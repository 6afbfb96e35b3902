"""Rules as dated data: YAML files under `packs/`, chosen by the event's date and the case's facts.

A row may carry `from` and `to` (dates, `to` inclusive) and `when` (attribute: value or list of
values, read off the case). Among the rows in force the one with the most conditions wins.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

Row = dict[str, Any]


@cache
def load(name: str) -> tuple[Row, ...]:
    """All rows of `packs/<name>.yaml`, in file order. Raises FileNotFoundError for an unknown pack.

    A pack is a list of rows, or a mapping that holds them under its own name.
    """
    path = Path(settings.PACKS_DIR) / f"{name}.yaml"
    document = yaml.safe_load(path.read_text("utf-8")) or ()
    return tuple(document[name] if isinstance(document, dict) else document)


def in_force(row: Row, on: date) -> bool:
    return row.get("from", date.min) <= on <= (row.get("to") or date.max)


def _fits(row: Row, subject: object) -> bool:
    conditions = row.get("when")
    if not conditions:
        return True
    for attribute, wanted in conditions.items():
        value = getattr(subject, attribute, None)
        if value not in wanted if isinstance(wanted, list) else value != wanted:
            return False
    return True


def choose(rows: Iterable[Row], subject: object, on: date) -> Row | None:
    """The row in force on `on` that fits `subject` most closely, or None."""
    return next((row for row in _standing(rows, on) if _fits(row, subject)), None)


def _standing(rows: Iterable[Row], on: date) -> list[Row]:
    """The rows in force, those with most conditions first."""
    found = [row for row in rows if in_force(row, on)]
    return sorted(found, key=lambda row: -len(row.get("when") or {}))


@cache
def _keyed(name: str) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = {}
    for row in load(name):
        rows.setdefault(row.get("key", ""), []).append(row)
    return rows


@lru_cache(maxsize=4096)
def _named(name: str, key: str, on: date) -> list[Row]:
    return _standing(_keyed(name).get(key, ()), on)


def find(name: str, key: str, subject: object, on: date) -> Row | None:
    """Like `choose`, among the rows of pack `name` whose `key` is `key`."""
    for row in _named(name, key, on):
        if "when" not in row or _fits(row, subject):
            return row
    return None
