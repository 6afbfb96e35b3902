"""All ledgers an installation can bring into its lake."""

from __future__ import annotations

from collections.abc import Sequence

from .sources import Own, Source


def origins() -> Sequence[Source]:
    """This node's own ledger."""
    return [Own("own")]
