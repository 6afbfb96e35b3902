"""The words the reader goes by: rows of `packs/units.yaml` and `packs/reading.yaml`.

Read without Django, so that `xiangling read` starts at once.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

PACKS = Path(__file__).resolve().parents[3] / "packs"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def rows(name: str) -> tuple[dict[str, Any], ...]:
    """The rows of a pack, in file order."""
    document = yaml.load((PACKS / f"{name}.yaml").read_text("utf-8"), _LOADER)  # noqa: S506 - a safe loader
    return tuple(document[name])


@cache
def _groups(pack: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for row in rows(pack):
        found.setdefault(row["key"], []).extend(row.get("words", "").split())
    return {key: tuple(dict.fromkeys(words)) for key, words in found.items()}


def words(key: str, pack: str = "reading") -> tuple[str, ...]:
    """The words of a key. Raises KeyError for a key the pack does not have."""
    return _groups(pack)[key]


@cache
def pattern(key: str, pack: str = "reading") -> str:
    """An alternation of the words of a key, longest first."""
    return one_of(*words(key, pack))


def one_of(*choices: str) -> str:
    """An alternation of words, longest first."""
    return (
        "(?:"
        + "|".join(re.escape(word) for word in sorted(set(choices), key=lambda w: (-len(w), w)))
        + ")"
    )


@cache
def sectors() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """(trade, pattern of its words) in order of the pack."""
    return tuple(
        (key.removeprefix("sector."), re.compile(pattern(key)))
        for key in _groups("reading")
        if key.startswith("sector.")
    )
