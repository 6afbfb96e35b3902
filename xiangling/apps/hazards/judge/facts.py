"""How a finding stands to one criterion: is its object there, its failure, its condition, its number.

The word lists of a criterion are hints with a weight that training gives them; none decides alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from xiangling.apps.standards.library import Criterion

from .numbers import Pair, Quantity, State, against, pairs, quantities
from .reading import Reading


def pattern(words: Iterable[str]) -> re.Pattern[str] | None:
    joined = "|".join(f"(?:{word.lower()})" if word.islower() else f"(?:{word})" for word in words)
    return re.compile(joined, re.IGNORECASE) if joined else None


@dataclass(frozen=True)
class Tests:
    """The word lists of a criterion, ready to be searched for."""

    criterion: Criterion
    subject: re.Pattern[str] | None
    defect: re.Pattern[str] | None
    condition: re.Pattern[str] | None
    exempt: re.Pattern[str] | None


def tests_of(criterion: Criterion) -> Tests:
    lists = (criterion.subject, criterion.defect, criterion.condition, criterion.exempt)
    return Tests(criterion, *(pattern(words) for words in lists))


class Fit(NamedTuple):
    """One finding beside one criterion; every field is true or false."""

    subject: bool = False
    subject_amiss: bool = False
    defect: bool = False
    defect_amiss: bool = False
    together: bool = False
    both: bool = False
    has_condition: bool = False
    condition: bool = False
    exempt: bool = False
    number_met: bool = False
    number_unmet: bool = False
    number_unknown: bool = False
    premise_met: bool = False
    premise_unmet: bool = False
    premise_unknown: bool = False

    def values(self) -> tuple[float, ...]:
        return tuple(map(float, self))


WIDTH = len(Fit())


@dataclass(frozen=True)
class Stated:
    """A reading with its numbers, made once and compared with several criteria."""

    reading: Reading

    @cached_property
    def numbers(self) -> list[Quantity]:
        return quantities(self.reading.plain)

    @cached_property
    def pairs(self) -> list[Pair]:
        return pairs(self.reading, self.numbers)

    @cached_property
    def amiss(self) -> str:
        """What is left when the clauses that say something is sound are left out."""
        return self.reading.problem


def _in(words: re.Pattern[str] | None, text: str) -> bool:
    return bool(words and words.search(text))


def fit(tests: Tests, stated: Stated) -> Fit:
    """How a finding stands to a criterion."""
    plain, amiss = stated.reading.plain, stated.amiss
    subject, defect = _in(tests.subject, plain), _in(tests.defect, amiss)
    limits = tests.criterion.thresholds
    states = {
        limit: against(limit, stated.reading, stated.numbers, stated.pairs) for limit in limits
    }
    numbers = {state for limit, state in states.items() if not limit.premise}
    premises = {state for limit, state in states.items() if limit.premise}
    return Fit(
        subject=subject,
        subject_amiss=subject and _in(tests.subject, amiss),
        defect=_in(tests.defect, plain),
        defect_amiss=defect,
        together=subject
        and defect
        and any(
            _in(tests.subject, clause.text) and _in(tests.defect, clause.text)
            for clause in stated.reading.clauses
            if not clause.is_sound
        ),
        both=subject and defect,
        has_condition=tests.condition is not None,
        condition=_in(tests.condition, plain),
        exempt=_in(tests.exempt, plain),
        number_met=State.MET in numbers,
        number_unmet=State.UNMET in numbers and State.MET not in numbers,
        number_unknown=numbers == {State.UNKNOWN},
        premise_met=premises == {State.MET},
        premise_unmet=State.UNMET in premises,
        premise_unknown=State.UNKNOWN in premises,
    )


def hits(tests: Tests, reading: Reading) -> list[tuple[int, int]]:
    """Where the words of a criterion stand in the clauses that find something wrong, in order."""
    found = []
    for clause in reading.clauses:
        if clause.is_sound:
            continue
        for words in (tests.subject, tests.defect):
            if words:
                found += [
                    (clause.start + m.start(), clause.start + m.end())
                    for m in words.finditer(clause.text)
                    if m.end() > m.start()
                ]
    merged: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
