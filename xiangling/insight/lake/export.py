"""The ledger into the lake: in slices, each of them there wholly or not at all.

A slice is so many entries in order of arrival. Its entries go into new files, the cases they touch
replace their rows in the files of their partitions; then one manifest names all of it and the last
entry taken. A killed export goes on after the last manifest: nothing is lost, nothing is there twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from xiangling.kernel import clock
from xiangling.kernel.scope import unscoped

from . import manifest as book
from .columns import CASES, ENTRIES, TEXTS
from .manifest import Manifest, Part, Unusable
from .parts import Place, Spread, merge
from .sources import Source, chunks

SLICE = 500_000
"""Entries of a slice; what an export holds in memory grows with it, and with nothing else."""
MOST_FILES = 8
"""Files of entries in one partition before they are made one."""
MOST_OBSOLETE = 64
"""Replaced files kept for readers under way; older ones go at once, all of them at the next export."""
_READ, _CASES = 10_000, 1000


@dataclass(frozen=True)
class Progress:
    """How far an export of one source is: entries taken in this run, and the ids still ahead."""

    source: str
    done: int
    ahead: int


class Stopped(Exception):
    """The export was asked to end; what is in is kept."""


def export(
    folder: Path,
    sources: Sequence[Source],
    *,
    with_texts: bool = False,
    slice_size: int = SLICE,
    tell: Callable[[Progress], None] = lambda progress: None,
    is_ending: Callable[[], bool] = lambda: False,
) -> Manifest:
    """Take everything that has arrived into the lake in `folder`; returns its manifest.

    Raises Unusable where the folder is another ledger's or somebody writes into it, Stopped when told
    to end.
    """
    with book.writing(folder), unscoped("the lake holds every place"):
        state = book.read(folder)
        if state is None:
            state = Manifest(has_texts=with_texts)
        elif state.has_texts != with_texts:
            word = "with" if state.has_texts else "without"
            raise Unusable(f"{folder} was begun {word} texts: go on like that, or in a new folder")
        book.tidy(folder, state)
        book.write(folder, state)
        for source in sources:
            _check_same(folder, state, source)
            until = source.settled()
            if until is None:
                raise Unusable("a long transaction is writing to the ledger just now; try again")
            _export_source(_Run(folder, state, source, slice_size, is_ending), until, tell)
        _compact(folder, state)
        return state


def _check_same(folder: Path, state: Manifest, source: Source) -> None:
    mark = state.marks.get(source.key)
    if mark and source.hash_at(int(mark["id"])) != mark["hash"]:
        raise Unusable(
            f"{folder} holds another ledger, or one from after the backup this one was restored from "
            f"(entry {mark['id']} differs): export into a new folder"
        )


def _export_source(run: _Run, until: int, tell: Callable[[Progress], None]) -> None:
    done = 0
    while run.state.last(run.source.key) < until:
        taken = run.take_slice(until)
        if not taken:
            return
        done += taken
        tell(Progress(run.source.key, done, until - run.state.last(run.source.key)))


@dataclass
class _Run:
    folder: Path
    state: Manifest
    source: Source
    slice_size: int
    is_ending: Callable[[], bool]

    def take_slice(self, until: int) -> int:
        """Take the next slice and commit it; returns its number of entries."""
        after = self.state.last(self.source.key)
        name = f"{self.source.key}-{self.state.n_commits + 1:08d}"
        columns = ENTRIES | TEXTS if self.state.has_texts else ENTRIES
        spread = Spread(self.folder, "entries", columns, name)
        touched: dict[str, set[UUID]] = defaultdict(set)
        last, last_hash, taken = after, "", 0
        while taken < self.slice_size and not self.is_ending():
            rows = self.source.entries(last, until, min(_READ, self.slice_size - taken))
            if not rows:
                break
            for row in rows:
                spread.add(row)
                touched[row["case_kind"]].add(row["case"])
            taken += len(rows)
            last, last_hash = rows[-1]["id"], rows[-1]["hash"]
        new = spread.close()
        if self.is_ending():
            raise Stopped
        self._replace_cases(touched, name)
        if taken:
            self.state.marks[self.source.key] = {"id": last, "hash": last_hash}
        self.state.entries += new.values()
        _commit(self.folder, self.state)
        return taken

    def _replace_cases(self, touched: dict[str, set[UUID]], name: str) -> None:
        """Bring the rows of touched cases up to date in the partitions they lie in."""
        spread = Spread(self.folder, "cases", CASES, f"{name}-new")
        uids: dict[Place, set[str]] = defaultdict(set)
        for kind, wanted in touched.items():
            for chunk in chunks(sorted(wanted), _CASES):
                if self.is_ending():
                    raise Stopped
                for row in self.source.cases(kind, chunk):
                    spread.add(row)
                    uids[row["city"], row["month"]].add(row["uid"])
        fresh = spread.close()
        for place, part in fresh.items():
            old = [held for held in self.state.cases if (held.city, held.month) == place]
            if old:
                made = merge(self.folder, old, [part], CASES, name, uids[place])
                (self.folder / part.path).unlink()
            else:
                made = part
            _swap(self.state.cases, old, made, self.state)


def _swap(parts: list[Part], old: Sequence[Part], made: Part, state: Manifest) -> None:
    for part in old:
        parts.remove(part)
        state.obsolete.append(part.path)
    parts.append(made)


def _commit(folder: Path, state: Manifest) -> None:
    state.n_commits += 1
    state.made_at = clock.now().isoformat(timespec="seconds")
    book.write(folder, state)
    while len(state.obsolete) > MOST_OBSOLETE:
        (folder / state.obsolete.pop(0)).unlink(missing_ok=True)


def _compact(folder: Path, state: Manifest) -> None:
    """Make one file of the entries of a partition that has many."""
    columns = ENTRIES | TEXTS if state.has_texts else ENTRIES
    by_place: dict[Place, list[Part]] = defaultdict(list)
    for part in state.entries:
        by_place[part.city, part.month].append(part)
    for parts in by_place.values():
        if len(parts) > MOST_FILES:
            made = merge(folder, parts, [], columns, f"all-{state.n_commits + 1:08d}", set())
            _swap(state.entries, parts, made, state)
            _commit(folder, state)
