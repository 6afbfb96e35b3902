"""How well predicted directives match labelled ones.

An open task is a row of kind task that is not a report. Rows are paired one to one within the same paragraph and sentence, in
order, at the least total distance of their offsets.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from xiangling.kernel.script import simplified

from . import lexicon

Row = dict[str, Any]
Pair = tuple[Row, Row]


class Misfit(Exception):
    """A file of rows cannot be scored; the words say which line and why."""


def load(path: Path) -> list[Row]:
    """The rows of a JSONL file. Raises Misfit, OSError."""
    rows = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise Misfit(f"{path.name}:{number}: no JSON") from error
        missing = [
            key
            for key in ("seed", "paragraph", "sentence")
            if not isinstance(row, dict) or key not in row
        ]
        if missing:
            raise Misfit(f"{path.name}:{number}: no {missing[0]!r}")
        rows.append(row)
    return rows


def is_open(row: Row) -> bool:
    return row.get("kind", "task") == "task" and row.get("mode") != "report"


@dataclass(frozen=True)
class Rate:
    """Precision, recall and F1 of a count."""

    hits: int
    predicted: int
    labelled: int

    @property
    def precision(self) -> float:
        return self.hits / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        return self.hits / self.labelled if self.labelled else 0.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def __str__(self) -> str:
        return (
            f"P {self.precision:.3f}  R {self.recall:.3f}  F1 {self.f1:.3f}   "
            f"({self.hits} hits, {self.predicted} predicted, {self.labelled} labelled)"
        )


def _sentences(rows: Iterable[Row]) -> dict[tuple[Any, ...], list[Row]]:
    found: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        found[str(row["seed"]), row["paragraph"], row["sentence"]].append(row)
    return found


def pairs(gold: Iterable[Row], predicted: Iterable[Row]) -> list[Pair]:
    """(labelled, predicted) rows of the same sentence."""
    labelled = _sentences(gold)
    return [
        pair
        for key, rows in _sentences(predicted).items()
        for pair in _pair(labelled.get(key, []), rows)
    ]


def _pair(left: list[Row], right: list[Row]) -> list[Pair]:
    left, right = (sorted(rows, key=lambda row: row.get("offset") or 0) for rows in (left, right))
    if len(left) > len(right):
        return [(one, other) for other, one in _pair(right, left)]

    @cache
    def best(i: int, j: int) -> tuple[int, tuple[tuple[int, int], ...]]:
        """Cheapest pairing of left[i:] within right[j:]."""
        if i == len(left):
            return 0, ()
        distance = abs((left[i].get("offset") or 0) - (right[j].get("offset") or 0))
        cost, rest = best(i + 1, j + 1)
        taken = cost + distance, ((i, j), *rest)
        if len(right) - j > len(left) - i:
            return min(taken, best(i, j + 1), key=lambda found: found[0])
        return taken

    return [(left[i], right[j]) for i, j in best(0, 0)[1]]


def core(name: str) -> str:
    """What is left of a unit's name without its area, its rank and its spelling: 市应急管理局 and 应急局 are 应急."""
    name = re.sub(r"[(（][^)）]*[)）]|\s|[“”\"。、，]", "", name.translate(simplified()))
    for row in lexicon.rows("units"):
        if row["key"] == "alias":
            name = name.replace(row["from"], row["into"])
    shorter = re.sub(r"等?(?:有关|相关|责任)?(?:部门|单位)$", "", name)
    if len(shorter) > 1 and not shorter.startswith(("各", "有关", "相关")):
        name = shorter
    name = (
        re.sub(r"^(?:全[省市区县]|各(?:有关|相关)?|有关|相关|所有|我[省市区县]|本)", "", name)
        or name
    )
    name = re.sub(r"^[省市区县](?![场政委级局])(?=..)", "", name)
    if len(name) > 3 and not name.endswith(("级政府", "地政府")):
        name = re.sub(r"(?:人民)?政府$", "", name)
    return (
        re.sub(r"(?:管理)?(?:局|厅|委员会|支队|大队|总队)$", "", name) or name
        if len(name) > 2
        else name
    )


def _cores(row: Row) -> set[str]:
    return {core(name) for name in row.get("responsible_norm") or row.get("responsible") or []}


def _owners(found: list[Pair]) -> Rate:
    explicit = [pair for pair in found if pair[0].get("resp_explicit")]
    hits = sum(len(_cores(gold) & _cores(row)) for gold, row in explicit)
    return Rate(
        hits,
        sum(len(_cores(row)) for _gold, row in explicit),
        sum(len(_cores(gold)) for gold, _row in explicit),
    )


def report(gold: list[Row], predicted: list[Row]) -> list[str]:
    """The lines of `xiangling score read`."""
    seeds = {str(row["seed"]) for row in gold}
    predicted = [row for row in predicted if str(row["seed"]) in seeds]
    tests: dict[str, Callable[[Row], bool]] = {
        "open tasks": is_open,
        "principles": lambda row: row.get("kind") == "principle",
        "statistics": lambda row: row.get("kind") == "statistic",
        "reports": lambda row: row.get("mode") == "report",
    }
    lines = []
    for name, test in tests.items():
        labelled, guessed = (
            [row for row in gold if test(row)],
            [row for row in predicted if test(row)],
        )
        lines.append(
            f"{name + ', by clause':<28}{Rate(len(pairs(labelled, guessed)), len(guessed), len(labelled))}"
        )
    labelled, guessed = (
        [row for row in gold if is_open(row)],
        [row for row in predicted if is_open(row)],
    )
    by_sentence = set(_sentences(labelled)), set(_sentences(guessed))
    lines.append(
        f"{'open tasks, by sentence':<28}{Rate(len(by_sentence[0] & by_sentence[1]), len(by_sentence[1]), len(by_sentence[0]))}"
    )
    found = pairs(labelled, guessed)
    lines.append(f"{'owners (explicit, core)':<28}{_owners(found)}")
    others = sum(bool(_cores(row) - _cores(label)) for label, row in found)
    explicit = [(label, row) for label, row in found if label.get("resp_explicit")]
    invented = sum(bool(_cores(row) - _cores(label)) for label, row in explicit)
    lines.append(
        f"{'owners not labelled':<28}{invented} of {len(explicit)} explicit pairs, {others} of all {len(found)} pairs"
    )
    lines += _dates(found)
    both = pairs(gold, predicted)
    same = sum(_class(label) == _class(row) for label, row in both)
    lines.append(f"{'kind':<28}{same}/{len(both)} right")
    reopened = [label for label, row in both if label.get("mode") == "report" and is_open(row)]
    lines.append(f"{'done, yet opened':<28}{len(reopened)} of {len(guessed)} open tasks")
    return lines


def _class(row: Row) -> tuple[str, bool]:
    return row.get("kind", "task"), row.get("mode") == "report"


def _dates(found: list[Pair]) -> list[str]:
    dated = [(label, row) for label, row in found if label.get("deadline_iso")]
    exact = sum(label["deadline_iso"] == row.get("deadline_iso") for label, row in dated)
    invented = sum(
        bool(row.get("deadline_iso")) and not label.get("deadline_iso") for label, row in found
    )
    return [f"{'dates':<28}{exact}/{len(dated)} exact, {invented} invented"]
