"""The lake: the ledger as Parquet, and the questions of a province on it (DuckDB here, Spark there).

Needs the extra `lake`, or `cluster` for a Spark of one's own; nothing else of the product imports it.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


class Lacking(RuntimeError):
    """A library of an extra is not installed; the words say how to install it."""


def library(name: str, extra: str) -> Any:
    """The module `name`. Raises Lacking where the extra it belongs to is not installed."""
    try:
        return import_module(name)
    except ImportError as error:
        raise Lacking(
            f"{name.partition('.')[0]} is not installed; install it: pip install 'xiangling[{extra}]'"
        ) from error
