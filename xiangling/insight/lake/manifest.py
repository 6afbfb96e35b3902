"""Which files make up the lake, and how far each ledger has been taken into it.

The manifest is replaced in one step after the files it names are on the disk: whoever reads sees the
lake as of one moment, and an export that is killed anywhere leaves files that no manifest names.
Files a newer manifest no longer names are kept until the next run, for readers under way.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

NAME = "manifest.json"
FORMAT = 1


class Unusable(RuntimeError):
    """The folder cannot be used; the words say why and what to do."""


@dataclass(frozen=True)
class Part:
    """One Parquet file: where it lies below the folder, its partition and its size."""

    path: str
    city: str
    month: str
    rows: int
    bytes: int


@dataclass
class Manifest:
    """The lake as of one moment. `marks` are the last entry taken from each source, with its hash."""

    format: int = FORMAT
    made_at: str = ""
    has_texts: bool = False
    n_commits: int = 0
    marks: dict[str, dict[str, Any]] = field(default_factory=dict)
    entries: list[Part] = field(default_factory=list)
    cases: list[Part] = field(default_factory=list)
    obsolete: list[str] = field(default_factory=list)

    @property
    def n_entries(self) -> int:
        return sum(part.rows for part in self.entries)

    @property
    def n_cases(self) -> int:
        return sum(part.rows for part in self.cases)

    def last(self, source: str) -> int:
        """The id of the last entry taken from a source; 0 for none."""
        return int(self.marks.get(source, {}).get("id", 0))


def read(folder: Path) -> Manifest | None:
    """The manifest of a folder; None where there is none. Raises Unusable."""
    path = folder / NAME
    if not path.exists():
        return None
    try:
        said = json.loads(path.read_text())
        if said["format"] != FORMAT:
            raise Unusable(f"{path} is of format {said['format']}; this version reads {FORMAT}")
        for table in ("entries", "cases"):
            said[table] = [Part(**part) for part in said[table]]
        return Manifest(**said)
    except (ValueError, KeyError, TypeError) as error:
        raise Unusable(f"{path} cannot be read: export into a new folder") from error


def write(folder: Path, manifest: Manifest) -> None:
    """Put a manifest in place of the one before, in one step."""
    draft = folder / f".{NAME}"
    with draft.open("w") as file:
        json.dump(asdict(manifest), file, indent=0, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / NAME)
    keep_folder(folder)


def keep_folder(folder: Path) -> None:
    """See to it that the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def tidy(folder: Path, manifest: Manifest) -> None:
    """Remove what no manifest names: left by a killed export, or replaced in an earlier run."""
    named = {part.path for part in [*manifest.entries, *manifest.cases]}
    for path in folder.rglob("*.parquet"):
        if str(path.relative_to(folder)) not in named:
            path.unlink()
    manifest.obsolete = []


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Be the only export into this folder. Raises Unusable where another is at it."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / NAME).exists() and any(folder.glob("[!.]*")):
        known = {"entries", "cases"}
        if strange := sorted(path.name for path in folder.glob("[!.]*") if path.name not in known):
            raise Unusable(f"{folder} holds something else ({strange[0]}): choose an empty folder")
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Unusable(f"another export is writing into {folder}") from error
        yield
