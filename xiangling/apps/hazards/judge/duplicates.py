"""Near-copies: the same finding reworded, for another firm, with other numbers (R-068, R-071).

A text is sketched as a few 64-bit band keys: the triples of its rarest characters. Texts that share
a key are candidates; `likeness` of two texts decides, by a logistic regression over how much they
share, what differs and whether what differs is only a name or a number. Keys are the same on every
machine and in every version of Python.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np
import yaml
from numpy.typing import NDArray
from rapidfuzz.distance import LCSseq

from .model import Model, trained
from .numbers import number_of, quantities
from .reading import read

COPY = 0.55
"""Least likeness at which, of two findings that are nearest to each other, one is a copy of the other."""
SURE = 0.9
"""Likeness from which one is a copy of the other whatever else is like them."""
RARE = 7
"""Characters of a text, the rarest, whose triples are its band keys."""
RAREST = 6
"""Of these the rarest, whose pairs are its looser keys: a file is looked through by them as well."""
COMPARED = 12
"""Candidates compared word by word in bulk, those that share most keys first."""
SLOTS = 4
"""Newest texts kept for one bucket of a bulk table."""
BUCKET_BITS = 22
KEPT = 8192
"""Texts kept ready to be compared: candidates come up again and again."""
PACK = Path(__file__).resolve().parents[3] / "packs" / "copies.yaml"
NO_WEIGHT = frozenset("的了是在有和与及也都就还又被把给对向从到处个只其该此这那已并且而但仍")
NUMBERED = re.compile(r"([0-9]+|[一二三四五六七八九十]+)(?:号|#|＃)")
COUNTED = re.compile(
    r"[一二三四五六七八九十甲乙丙丁东西南北]+(?=[期车楼号幢栋层区侧线组班跨仓库#])"
)
DATED = frozenset({"年", "月", "日"})
LEAST_LEFT = 5
"""Characters that must be left when the name at the head is taken off."""
NAMED_WITHIN = 12
"""Characters at the head of a text within which a name may stand."""


@dataclass(frozen=True)
class Wording:
    """Words read as one, and how names and ordinals look."""

    same: re.Pattern[str]
    say: dict[str, str]
    name: re.Pattern[str]
    ordinal: re.Pattern[str]


@cache
def wording() -> Wording:
    pack = yaml.safe_load(PACK.read_text("utf-8"))
    say = {other: row["say"] for row in pack["same"] for other in row["for"]}
    longest = sorted(say, key=len, reverse=True)
    return Wording(
        re.compile("|".join(map(re.escape, longest))),
        say,
        re.compile(pack["name"]),
        re.compile(rf"(?:{pack['ordinal']})*"),
    )


def weight(model: Model, gram: str) -> float:
    """How much a character or pair of characters tells: its IDF among the labelled findings."""
    column = model.vocabulary.get(gram)
    return float(model.idf[column]) if column is not None else model.rarest


class Grams(dict[str, float]):
    """Characters, or pairs of them, with their weights, and the sum of these."""

    def __init__(self, letters: Iterable[str], model: Model) -> None:
        super().__init__((gram, weight(model, gram)) for gram in letters)
        self.total = sum(self.values())


@dataclass(frozen=True)
class Text:
    """A text made ready to be compared."""

    plain: str
    letters: str
    single: Grams
    pairs: Grams
    amounts: Counter[tuple[str, float]]
    marks: frozenset[str]
    name_ends: int


def take_in(text: str, model: Model | None = None) -> Text:
    """A text made ready to be compared; never raises."""
    model = model or trained()
    reading = read(text)
    words = wording()
    plain = words.same.sub(lambda found: words.say[found[0]], reading.plain)
    plain = NUMBERED.sub(lambda found: f"{number_of(found[1]) or 0:g}#", plain)
    plain = re.sub(r"[^\u4e00-\u9fffa-z0-9.#]", "", plain)
    found = quantities(reading.plain)
    named = words.name.match(plain[:NAMED_WITHIN])
    rest = plain[named.end() :] if named and len(plain) - named.end() >= LEAST_LEFT else plain
    letters = re.sub(r"[^\u4e00-\u9fffa-z]", "", COUNTED.sub("", rest))
    return Text(
        plain,
        letters,
        Grams(set(letters) - NO_WEIGHT, model),
        Grams({letters[i : i + 2] for i in range(len(letters) - 1)}, model),
        Counter(
            (one.kind, round(one.value, 4))
            for one in found
            if one.kind != "storey" and one.unit not in DATED
        ),
        frozenset(mark for clause in reading.clauses for mark in clause.marks),
        named.end() if named else 0,
    )


def sketch(text: str) -> tuple[int, ...]:
    """Band keys, signed 64-bit integers, at most 35; none for a text too short to compare."""
    return tuple(keys_of(take_in(text)).tolist())


def keys_of(text: Text) -> NDArray[np.int64]:
    """Band keys of a text made ready."""
    chars = _rarest(text)
    return _mixed(chars, _triples(len(chars))) if chars else np.empty(0, dtype=np.int64)


def loose_keys_of(text: Text) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(band keys, looser keys, at most 15): these find what was freely reworded, among thousands of texts and not among a million."""
    chars = _rarest(text)
    if not chars:
        return keys_of(text), keys_of(text)
    triples = _triples(len(chars))
    mixed = _mixed(chars, np.concatenate([triples, _pairs(len(chars))]))
    return mixed[: len(triples)], mixed[len(triples) :]


def _rarest(text: Text) -> list[str]:
    """The rarest characters; of a text with less than three that tell, the first three letters, one of them again and again."""
    rare = sorted(text.single, key=lambda char: (-text.single[char], char))[:RARE]
    return rare if len(rare) >= 3 else (sorted(text.letters[:3]) * 3)[:3]


@cache
def _triples(n: int) -> NDArray[np.int64]:
    return np.array(list(combinations(range(n), 3)), dtype=np.int64)


@cache
def _pairs(n: int) -> NDArray[np.int64]:
    """Pairs of the first places as triples with nothing: place n holds no character."""
    return np.array([(*pair, n) for pair in combinations(range(min(n, RAREST)), 2)], dtype=np.int64)


def _mixed(chars: Sequence[str], picks: NDArray[np.int64]) -> NDArray[np.int64]:
    """A key for each pick of these characters, whatever their order."""
    codes = np.array([*map(ord, chars), 0], dtype=np.uint64)[picks]
    codes.sort(axis=1)
    mixed = np.zeros(len(picks), dtype=np.uint64)
    for column in range(3):
        mixed = (mixed ^ codes[:, column]) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return mixed.astype(np.int64)


def _shares(one: Grams, other: Grams) -> tuple[float, float, float]:
    """(common / all, common / lesser, common / greater), by weight."""
    common = sum(one[gram] for gram in one.keys() & other.keys())
    a, b = one.total, other.total
    if not a or not b:
        return 0.0, 0.0, 0.0
    return common / (a + b - common), common / min(a, b), common / max(a, b)


class Differences(NamedTuple):
    """What two texts do not share, stretch by stretch."""

    stretches: int
    names: int  # of them names or ordinals alone
    rest: int  # characters in the others
    swaps: int  # of the others those where both say something: another part, another state
    swapped: float  # weight of what is said in these, of the side that says less
    extra: int  # of the others those where one text says something more


def _differences(one: Text, other: Text) -> Differences:
    ordinal = wording().ordinal
    stretches = names = rest = swaps = extra = 0
    swapped = 0.0
    for a, b, in_names in _stretches(one, other):
        stretches += 1
        if in_names or (ordinal.fullmatch(a) and ordinal.fullmatch(b)):
            names += 1
            continue
        rest += len(a) + len(b)
        if a and b:
            swaps += 1
            swapped += min(_said(one, a), _said(other, b))
        else:
            extra += 1
    return Differences(stretches, names, rest, swaps, swapped, extra)


def _stretches(one: Text, other: Text) -> Iterator[tuple[str, str, bool]]:
    """(what one says, what the other says instead, whether it lies in their names) between what both say."""
    left = right = 0
    for step in [*LCSseq.opcodes(one.plain, other.plain), None]:
        if step is None:
            a, b = one.plain[left:], other.plain[right:]
            ends, others = len(one.plain), len(other.plain)
        elif step.tag != "equal":
            continue
        else:
            ends, others = step.src_start, step.dest_start
            a, b = one.plain[left:ends], other.plain[right:others]
        if a or b:
            yield a, b, ends <= one.name_ends and others <= other.name_ends
        if step is not None:
            left, right = step.src_end, step.dest_end


def _said(text: Text, stretch: str) -> float:
    return sum(text.single.get(char, 0.0) for char in set(stretch))


def _amounts(one: Text, other: Text) -> tuple[int, int, int]:
    """(amounts in common, telling ones of three digits and more among them, kinds that disagree)."""
    a, b = one.amounts, other.amounts
    if not a or not b:
        return 0, 0, 0
    common = a & b
    telling = sum(1 for _kind, value in common if len(f"{value:g}".strip("0").replace(".", "")) > 2)
    left, right = a - common, b - common
    kinds = {kind for kind, _value in left} & {kind for kind, _value in right}
    return common.total(), telling, len(kinds)


MEASURES = 27
CLOSE = 0.6
"""Share of characters in common from which what differs is looked at one by one."""


def measures(one: Text, other: Text) -> list[float]:
    """How two texts compare, MEASURES numbers; the same whichever comes first."""
    common = LCSseq.similarity(one.letters, other.letters)
    shorter, longer = sorted((len(one.letters), len(other.letters)))
    differ = _differences(one, other)
    agreed, telling, disagree = _amounts(one, other)
    mine = sum(one.single[char] for char in one.single.keys() - other.single.keys())
    theirs = sum(other.single[char] for char in other.single.keys() - one.single.keys())
    last = _alike_from(one.letters[::-1], other.letters[::-1])
    first = _alike_from(one.letters, other.letters)
    only_names = differ.stretches > 0 and differ.stretches == differ.names
    close = common / max(1, longer)
    is_close = close > CLOSE
    return [
        *_shares(one.pairs, other.pairs)[:2],
        *_shares(one.single, other.single),
        close,
        common / max(1, shorter),
        shorter / max(1, longer),
        min(shorter, 60) / 20,
        float(agreed),
        float(telling),
        float(disagree),
        float(bool(one.amounts) and bool(other.amounts)),
        float(("settled" in one.marks) != ("settled" in other.marks)),
        float(bool(one.marks & {"sound", "clear"}) != bool(other.marks & {"sound", "clear"})),
        min(mine, theirs) / 5,
        max(mine, theirs) / 5,
        float(only_names),
        min(differ.rest, 12) / 4 if is_close else 3.0,
        first / max(1, longer),
        last / max(1, longer),
        float(one.plain == other.plain),
        min(differ.swaps, 4) / 2,
        differ.swapped / 5,
        min(differ.extra, 4) / 2,
        float(is_close and differ.swaps == 1 and not differ.extra),
        differ.swapped / 5 if is_close else 0.0,
    ]


def _alike_from(one: str, other: str) -> int:
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


def alike(one: Text, other: Text, model: Model | None = None) -> float:
    """Likeness of two texts made ready."""
    if one.plain == other.plain:
        return 1.0
    model = model or trained()
    odds = float(np.dot(np.array(measures(one, other)), model.copy_weights)) + model.bias["copies"]
    return 1 / (1 + math.exp(-odds))


def likeness(one: str, other: str) -> float:
    """Probability, 0 to 1, that two texts are the same finding; 1 for the same words."""
    return alike(take_in(one), take_in(other))


@dataclass(frozen=True)
class Claim:
    """What a finding is most like: number of an earlier one of its sector, and how like."""

    number: int
    likeness: float


def claims(
    findings: Iterable[tuple[str, str]], bits: int = BUCKET_BITS, model: Model | None = None
) -> Iterator[Claim | None]:
    """For each (text, sector) in order the earlier finding that it is most like, at COPY or more, or None.

    Findings of two sectors that are known are different findings. One pass. The table of candidates has 2^bits x SLOTS
    entries and a quarter more for the looser keys, whatever the number of texts (80 MB by default); its oldest entries give
    way. What is kept of each finding is its text and sector.
    """
    wide = 1 << bits
    table = np.full((wide + wide // 4, SLOTS), -1, dtype=np.int32)
    places: list[tuple[str, str]] = []
    exact: dict[int, int] = {}

    @lru_cache(maxsize=KEPT)
    def taken_in(number: int) -> Text:
        return take_in(places[number][0], model)

    for number, (text, sector) in enumerate(findings):
        places.append((text, sector))
        mine = taken_in(number)
        same = exact.setdefault(hash((mine.plain, sector)), number)
        if same != number and taken_in(same).plain == mine.plain:
            yield Claim(same, 1.0)
            continue
        keys, loose = loose_keys_of(mine)
        buckets = np.concatenate([keys & (wide - 1), wide + (loose & (wide // 4 - 1))])
        held = table[buckets]
        yield _best(mine, sector, held.ravel(), places, taken_in, model)
        table[buckets, 1:] = held[:, :-1]
        table[buckets, 0] = number


def settled(found: Sequence[Claim | None]) -> list[int | None]:
    """Which claims hold: the sure ones, and of the others those of two that are nearest to each other."""
    nearest = [claim.likeness if claim else 0.0 for claim in found]
    for claim in found:
        if claim:
            nearest[claim.number] = max(nearest[claim.number], claim.likeness)
    return [
        claim.number
        if claim
        and (
            claim.likeness >= SURE or claim.likeness >= max(nearest[number], nearest[claim.number])
        )
        else None
        for number, claim in enumerate(found)
    ]


def copies(
    findings: Iterable[tuple[str, str]], bits: int = BUCKET_BITS, model: Model | None = None
) -> list[int | None]:
    """For each (text, sector) in order the number of the earlier finding it copies, or None."""
    return settled(list(claims(findings, bits, model)))


def is_same_sector(one: str, other: str) -> bool:
    """Whether two findings can be one in two firms; a sector that is not known is no hindrance."""
    return one == other or not one or not other


def _best(
    mine: Text,
    sector: str,
    found: NDArray[np.int32],
    places: Sequence[tuple[str, str]],
    taken_in: Callable[[int], Text],
    model: Model | None,
) -> Claim | None:
    numbers, shared = np.unique(found[found >= 0], return_counts=True)
    best: Claim | None = None
    compared = 0
    for index in np.argsort(-shared, kind="stable"):
        number = int(numbers[index])
        if not is_same_sector(sector, places[number][1]):
            continue
        likely = alike(mine, taken_in(number), model)
        if likely >= (best.likeness if best else COPY):
            best = Claim(number, likely)
        compared += 1
        if likely > 0.97 or compared == COMPARED:
            break
    return best
