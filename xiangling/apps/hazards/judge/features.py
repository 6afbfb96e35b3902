"""What of a finding the model sees: character n-grams and marks as tokens, and the measures that
tell a hazard from its look-alike: how it stands to the likeliest criteria, and what it says of itself.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .facts import WIDTH, Fit, Stated
from .numbers import State
from .reading import MARKS, Reading

LONGEST_GRAM = 4
SOUND = "~"
META_WEIGHT = 0.35
COMPARED = 5
"""Criteria a finding is held against one by one."""

_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def gram_counts(reading: Reading) -> Counter[str]:
    """Character n-grams of each clause, those of clauses that say something is sound kept apart."""
    counts: Counter[str] = Counter()
    for clause in reading.clauses:
        text = _NUMBER.sub("0", clause.text)
        mark = SOUND if clause.is_sound else ""
        for width in range(1, LONGEST_GRAM + 1):
            counts.update(mark + text[i : i + width] for i in range(len(text) - width + 1))
    return counts


def meta_tokens(stated: Stated, sector: str, venue: str) -> list[str]:
    """Sector, venue, marks of the clauses and the standing of numbers, as tokens of their own."""
    reading = stated.reading
    clauses = reading.clauses
    amiss = [clause for clause in clauses if not clause.is_sound]
    every = {mark for clause in clauses for mark in clause.marks}
    tokens = {f"S:{sector}", f"@{venue}", "P:some" if amiss else "P:none"}
    tokens |= {f"@{venue[i : i + 2]}" for i in range(len(venue) - 1)}
    tokens |= {f"M:{mark}" for mark in every}
    if clauses:
        tokens |= {f"L:{mark}" for mark in clauses[-1].marks}
    if amiss:
        tokens |= {f"PL:{mark}" for mark in amiss[-1].marks}
        tokens |= {f"PM:{mark}" for clause in amiss for mark in clause.marks}
    if "settled" in every and "promised" not in every:
        tokens.add("X:settled")
    for pair in stated.pairs:
        tokens |= {f"N:{pair.state.value}", f"NR:{min(30, int(pair.ratio * 10))}"}
    return sorted(tokens)  # in one order, so that training gives the same bytes every time


def weighted(
    counts: Mapping[str, int],
    meta: Iterable[str],
    vocabulary: Mapping[str, int],
    idf: Any,
) -> dict[int, float]:
    """Sublinear TF-IDF of the n-grams, of length 1, and a fixed weight for the marks; by column."""
    row: dict[int, float] = {}
    for token, count in counts.items():
        column = vocabulary.get(token)
        if column is not None:
            row[column] = (1.0 + math.log(count)) * idf[column]
    length = math.sqrt(sum(value * value for value in row.values())) or 1.0
    row = {column: value / length for column, value in row.items()}
    for token in meta:
        column = vocabulary.get(f"\x00{token}")
        if column is not None:
            row[column] = META_WEIGHT
    return row


MEASURES = 5 + 2 * WIDTH + 2 + 3 * len(MARKS) + 4 + 5


def measures(
    stated: Stated, logit: float, likelihoods: Sequence[float], fits: Sequence[Fit], in_sector: bool
) -> list[float]:
    """The dense features, MEASURES of them.

    `logit` is what the n-grams alone say; `likelihoods` are those of the COMPARED candidates, best
    first, and of "none of them" last; `fits` are the standings of the same candidates.
    """
    reading = stated.reading
    clauses = reading.clauses
    amiss = [clause for clause in clauses if not clause.is_sound]
    best, none = list(likelihoods[:-1]), likelihoods[-1]
    top = sorted(best, reverse=True)
    values = [logit, best[0], top[0] - top[1], sum(best), none]
    first = fits[0].values()
    values += first
    values += [max(column) for column in zip(*(one.values() for one in fits), strict=True)]
    values += [float(in_sector), float(none > top[0])]
    every = {mark for clause in clauses for mark in clause.marks}
    wrong = {mark for clause in amiss for mark in clause.marks}
    last = clauses[-1].marks if clauses else frozenset()
    for mark in MARKS:
        values += [float(mark in every), float(mark in wrong), float(mark in last)]
    values += [float(not amiss), float(min(len(clauses), 12)), float(min(len(amiss), 12))]
    values.append(min(len(reading.plain), 200) / 50)
    ratios = [pair.ratio for pair in stated.pairs]
    states = {pair.state for pair in stated.pairs}
    values += [float(State.MET in states), float(State.UNMET in states), float(bool(ratios))]
    values += [min(ratios, default=1.0), min(5.0, max(ratios, default=1.0))]
    return values


TELLING = tuple(mark for mark in MARKS if mark != "outside")
"""Marks that tell shallow from substantive: that a clause does not reach a finding makes it neither."""
DEPTH_MEASURES = 14 + len(TELLING)


def depth_measures(stated: Stated, shallow: float, major: float) -> list[float]:
    """What tells shallow from substantive, DEPTH_MEASURES numbers: log-odds of the n-grams for both
    questions, the marks, the length, and how much of the text reports something verified."""
    reading = stated.reading
    clauses = reading.clauses
    every = {mark for clause in clauses for mark in clause.marks}
    sound = [clause for clause in clauses if clause.is_sound]
    verified = sum(len(clause.text) for clause in sound)
    length = min(len(reading.plain), 200) / 30
    return [
        shallow,
        major,
        min(shallow, 0.0),
        length,
        min(len(clauses), 12) / 3,
        *(float(mark in every) for mark in TELLING),
        float(len(sound) == len(clauses)),
        min(len(sound), 12) / 3,
        min(verified, 200) / 20,
        float(any(char.isdigit() for char in reading.plain)),
        float(bool(stated.numbers)),
        float(bool(stated.pairs)),
        shallow * min(length, 3.0),
        shallow * float("sound" in every),
        float(verified > VERIFIED and len(sound) < len(clauses)),
    ]


VERIFIED = 8
"""Characters of sound clauses from which on a finding reports a verification."""
