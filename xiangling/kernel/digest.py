"""The hash behind the chain and the stored files: SM3 (GB/T 32905-2016), one place to change it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

_SM3 = hashlib.new("sm3")
"""Begun once: finding the algorithm takes longer than hashing a text."""
_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(data: bytes) -> str:
    """The SM3 digest of `data`, 64 hexadecimal characters."""
    made = _SM3.copy()
    made.update(data)
    return made.hexdigest()


def canonical(value: Any) -> bytes:
    """One byte string for one value: sorted keys, no spaces, UTF-8."""
    return _CANONICAL.encode(value).encode()


def plain(value: Any) -> Any:
    """`value` with only what JSON keeps exactly on every database: no floats, no date objects."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float | Decimal | UUID):
        return str(value)
    if isinstance(value, dict):
        return {
            str(key): inner if type(inner) is str else plain(inner) for key, inner in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner) for inner in value]
    return str(value)


def merkle_root(hashes: Sequence[str]) -> str:
    """The Merkle root of hexadecimal hashes in order; "" for none. An odd last one moves up alone."""
    level = list(hashes)
    while len(level) > 1:
        pairs = [level[i : i + 2] for i in range(0, len(level), 2)]
        level = [digest("".join(pair).encode()) if len(pair) == 2 else pair[0] for pair in pairs]
    return level[0] if level else ""
