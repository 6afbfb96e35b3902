"""What a case is, in one line for whoever does not hold its row: the upper node, the lake."""

from __future__ import annotations

from typing import Any

from .models import Case
from .registry import Kind


def summary_of(kind: Kind, case: Case) -> dict[str, Any]:
    """The facts every kind has, by name; times are aware. The case's unit must be loaded or loadable."""
    return {
        "uid": case.uid.hex,
        "kind": kind.key,
        "code": case.code,
        "region": case.region,
        "sector": case.sector,
        "unit": case.unit.name,
        "mark": kind.mark(case),
        "state": case.state,
        "opened_at": case.opened_at,
        "closed_at": case.closed_at,
        "due_at": case.due_at,
        "version": case.version,
        "head": case.head,
    }
