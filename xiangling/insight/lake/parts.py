"""Parquet files of the lake: written row group by row group, merged as a stream."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from .columns import DIM, schema
from .manifest import Part, keep_folder

GROUP = 50_000
"""Rows of a row group."""
MOST_WAITING = 100_000
"""Rows kept in memory over all partitions before the fullest is written out."""
Place = tuple[str, str]


def _writer(path: Path, columns: dict[str, str]) -> Any:
    path.parent.mkdir(parents=True, exist_ok=True)
    dims = [name for name in columns if name in DIM]
    return pq.ParquetWriter(path, schema(columns), compression="zstd", use_dictionary=dims)


def finish(folder: Path, path: Path, place: Place, rows: int) -> Part:
    """Bring a closed file safely to the disk and describe it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    keep_folder(path.parent)
    return Part(str(path.relative_to(folder)), *place, rows, path.stat().st_size)


class Spread:
    """Rows spread over one file for each partition they belong to."""

    def __init__(self, folder: Path, table: str, columns: dict[str, str], name: str) -> None:
        self.folder, self.table, self.columns, self.name = folder, table, columns, name
        self._waiting: dict[Place, list[dict[str, Any]]] = defaultdict(list)
        self._n_waiting = 0
        self._writers: dict[Place, Any] = {}
        self._rows: dict[Place, int] = defaultdict(int)

    def path(self, place: Place) -> Path:
        city, month = place
        return self.folder / self.table / city / month / f"{self.name}.parquet"

    def add(self, row: dict[str, Any]) -> None:
        place = (row["city"], row["month"])
        waiting = self._waiting[place]
        waiting.append(row)
        self._n_waiting += 1
        if len(waiting) >= GROUP:
            self._flush(place)
        elif self._n_waiting >= MOST_WAITING:
            self._flush(max(self._waiting, key=lambda key: len(self._waiting[key])))

    def _flush(self, place: Place) -> None:
        rows = self._waiting.pop(place)
        self._n_waiting -= len(rows)
        writer = self._writers.get(place)
        if writer is None:
            writer = self._writers[place] = _writer(self.path(place), self.columns)
        made = schema(self.columns)
        arrays = [pa.array([row[field.name] for row in rows], field.type) for field in made]
        writer.write_table(pa.Table.from_arrays(arrays, schema=made))
        self._rows[place] += len(rows)

    def close(self) -> dict[Place, Part]:
        """Write out what waits and close every file; one part for each partition."""
        for place in list(self._waiting):
            self._flush(place)
        for writer in self._writers.values():
            writer.close()
        return {
            place: finish(self.folder, self.path(place), place, rows)
            for place, rows in self._rows.items()
        }


def _batches(folder: Path, parts: Sequence[Part], without: set[str]) -> Iterator[Any]:
    gone = pa.array(sorted(without), pa.string())
    for part in parts:
        with pq.ParquetFile(folder / part.path) as file:
            for batch in file.iter_batches(GROUP):
                if not without:
                    yield batch
                    continue
                yield batch.filter(pc.invert(pc.is_in(batch.column("uid"), value_set=gone)))


def merge(
    folder: Path,
    old: Sequence[Part],
    new: Sequence[Part],
    columns: dict[str, str],
    name: str,
    replaced: set[str],
) -> Part:
    """One file in the place of several: the old ones without the replaced uids, then the new ones."""
    first = [*old, *new][0]
    path = (folder / first.path).parent / f"{name}.parquet"
    rows = 0
    writer = _writer(path, columns)
    try:
        for parts, without in ((old, replaced), (new, set[str]())):
            for batch in _batches(folder, parts, without):
                if batch.num_rows:
                    writer.write_batch(batch)
                    rows += batch.num_rows
    finally:
        writer.close()
    return finish(folder, path, (first.city, first.month), rows)
