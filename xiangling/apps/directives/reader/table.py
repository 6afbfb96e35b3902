"""Directives as the rows of `xiangling read`: the keys of the labelled files."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Any

from .reading import Directive, Reading


def seed_of(name: str) -> str:
    """A document's key: its file name up to the first "_" or "."."""
    return re.split(r"[_.]", PurePath(name).name, maxsplit=1)[0]


def row(seed: str, directive: Directive) -> dict[str, Any]:
    """One directive as a JSON object."""
    deadline = directive.deadline
    return {
        "seed": seed,
        "paragraph": directive.paragraph,
        "sentence": directive.sentence,
        "offset": directive.offset,
        "quote_start": directive.quote_start,
        "kind": directive.kind,
        "mode": directive.mode,
        "responsible": [owner.name for owner in directive.owners],
        "responsible_norm": [owner.norm for owner in directive.owners],
        "resp_explicit": any(owner.is_explicit for owner in directive.owners),
        "action": directive.action,
        "object": directive.object,
        "sector": directive.sector,
        "deadline": deadline.text if deadline else None,
        "deadline_type": deadline.type if deadline else None,
        "deadline_iso": deadline.iso.isoformat() if deadline and deadline.iso else None,
        "indicator": directive.indicator or None,
    }


def rows(name: str, reading: Reading) -> list[dict[str, Any]]:
    """All directives of a reading."""
    return [row(seed_of(name), directive) for directive in reading.directives]
