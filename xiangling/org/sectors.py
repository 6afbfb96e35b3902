"""The sectors of supervision (`packs/sectors.yaml`), as choices and labels."""

from __future__ import annotations

from functools import cache

from django.utils.translation import get_language

from xiangling.kernel import packs


def sector_label(code: str) -> str:
    """The sector's name in the reader's language; the code itself for one that is not in the pack."""
    row = _by_code().get(code)
    if row is None:
        return code
    return str(row["en"] if (get_language() or "").startswith("en") else row["zh"])


@cache
def _by_code() -> dict[str, packs.Row]:
    return {row["code"]: row for row in packs.load("sectors")}


def sector_choices() -> list[tuple[str, str]]:
    rows = sorted(packs.load("sectors"), key=lambda row: row["order"])
    return [(row["code"], sector_label(row["code"])) for row in rows]


def is_sector(code: str) -> bool:
    return code in _by_code()
