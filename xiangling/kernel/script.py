"""Traditional characters read as simplified ones, one for one, so that places in a text stay the same."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

TABLE = Path(__file__).resolve().parents[1] / "packs" / "simplified.yaml"


@cache
def simplified() -> dict[int, str]:
    """Traditional to simplified characters, for `str.translate` (`packs/simplified.yaml`)."""
    table: dict[int, str] = {}
    for row in yaml.safe_load(TABLE.read_text("utf-8"))["simplified"]:
        table.update(zip(map(ord, row["traditional"]), row["simplified"], strict=True))
    return table
