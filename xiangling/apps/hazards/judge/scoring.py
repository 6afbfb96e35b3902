"""How well judgements match labels: the measures of the command and of `docs/judge.md`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from .examples import Example
from .verdict import Depth, Judgement, Verdict

BINS = 10


@dataclass(frozen=True)
class Judged:
    """A labelled finding, its judgement, and the id it was called a copy of."""

    example: Example
    judgement: Judgement
    duplicate_of: str | None = None


def share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def f1(right: int, said: int, there: int) -> tuple[float, float, float]:
    """(precision, recall, F1) of `right` of `said` of `there`."""
    precision, recall = share(right, said), share(right, there)
    return precision, recall, share(2 * precision * recall, precision + recall)


def depth_f1(rows: Sequence[Judged]) -> float:
    """Macro-F1 of shallow and substantive."""
    values = []
    for kind in Depth:
        right = sum(r.example.depth == kind == r.judgement.depth for r in rows)
        said = sum(r.judgement.depth == kind for r in rows)
        values.append(f1(right, said, sum(r.example.depth == kind for r in rows))[2])
    return sum(values) / len(values)


def pairs_of(parent: Mapping[str, str | None]) -> set[tuple[Hashable, ...]]:
    """Pairs of copies: everything that leads back to one original."""

    def root(name: str) -> str:
        seen = set()
        while (up := parent.get(name)) and up not in seen:
            seen.add(name)
            name = up
        return name

    groups: dict[str, list[str]] = defaultdict(list)
    for name in parent:
        groups[root(name)].append(name)
    return {tuple(sorted(p)) for names in groups.values() for p in combinations(names, 2)}


def reliability(rows: Sequence[Judged]) -> list[tuple[float, float, int]]:
    """(mean probability said, share that was major, rows) of each tenth of the probability."""
    bins: dict[int, list[Judged]] = defaultdict(list)
    for row in rows:
        bins[min(BINS - 1, int(row.judgement.major_probability * BINS))].append(row)
    return [
        (
            share(sum(r.judgement.major_probability for r in found), len(found)),
            share(sum(r.example.is_major for r in found), len(found)),
            len(found),
        )
        for _bin, found in sorted(bins.items())
    ]


def calibration_error(rows: Sequence[Judged]) -> float:
    """Expected calibration error: mean distance of said and true share, weighted by rows (Naeini 2015)."""
    total = len(rows)
    return (
        sum(n / total * abs(said - true) for said, true, n in reliability(rows)) if total else 0.0
    )


def figures(rows: Sequence[Judged]) -> dict[str, float]:
    """The measures, by name; each between 0 and 1."""
    majors = [r for r in rows if r.example.is_major]
    called = [r for r in rows if r.judgement.verdict is Verdict.MAJOR]
    found = [r for r in called if r.example.is_major]
    precision, recall, both = f1(len(found), len(called), len(majors))
    unsure = sum(r.judgement.verdict is Verdict.UNSURE for r in rows)
    unsafe = [r for r in majors if r.judgement.verdict not in (Verdict.MAJOR, Verdict.UNSURE)]

    def firsts(r: Judged, n: int) -> list[str]:
        return [match.criterion for match in r.judgement.matches[:n]]

    def prefix(criterion: str | None) -> str:
        return (criterion or "").split("-")[0]

    standard = sum(prefix(r.example.criterion) in map(prefix, firsts(r, 1)) for r in found)
    there = pairs_of({r.example.id: r.example.duplicate_of for r in rows})
    said = pairs_of({r.example.id: r.duplicate_of for r in rows})
    copies = f1(len(there & said), len(said), len(there))
    return {
        "major precision": precision,
        "major recall": recall,
        "major F1": both,
        "unsafe misses": share(len(unsafe), len(majors)),
        "unsure": share(unsure, len(rows)),
        "standard": share(standard, len(found)),
        "article": share(sum(r.example.criterion in firsts(r, 1) for r in found), len(found)),
        "article among 3": share(
            sum(r.example.criterion in firsts(r, 3) for r in found), len(found)
        ),
        "depth": depth_f1(rows),
        "depth, not major": depth_f1([r for r in rows if not r.example.is_major]),
        "copies precision": copies[0],
        "copies recall": copies[1],
        "copies F1": copies[2],
        "calibration error": calibration_error(rows),
    }


def report(rows: Sequence[Judged]) -> Iterable[str]:
    """The measures as lines: all rows, each sector, and how the probabilities hold."""
    yield f"{len(rows)} findings, {sum(r.example.is_major for r in rows)} of them major"
    for name, value in figures(rows).items():
        yield f"  {name:<20} {value:.3f}"
    yield "by sector              rows  major   F1     recall  unsafe  article  depth"
    sectors = sorted({r.example.finding.sector for r in rows})
    for sector in sectors:
        mine = [r for r in rows if r.example.finding.sector == sector]
        of = figures(mine)
        majors = sum(r.example.is_major for r in mine)
        yield (
            f"  {sector:<20} {len(mine):>5} {majors:>6}   {of['major F1']:.3f}  {of['major recall']:.3f}"
            f"   {of['unsafe misses']:.3f}   {of['article']:.3f}    {of['depth']:.3f}"
        )
    yield "probability said -> share that was major (rows)"
    for said, true, n in reliability(rows):
        yield f"  {said:.2f} -> {true:.2f} ({n})"
