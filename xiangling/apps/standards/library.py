"""The library of criteria: standards, their editions by date, and each criterion as data.

Plain data read from `packs/standards.yaml` and `packs/criteria/`, without a database, so that the
judge, its command and its training see exactly what the pages show. Criteria are restated in our own
words; the article is what is cited (安全生产法 art. 118 leaves them to the ministries).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml

PACKS = Path(__file__).resolve().parents[2] / "packs"
DIGITS = "零一二三四五六七八九"
OPERATORS = (">", ">=", "<", "<=")


class LibraryError(ValueError):
    """A standard or criterion cannot be read; the words say which and why."""


@dataclass(frozen=True)
class Standard:
    """One edition of a standard. `held` is False where its text, and so its criteria, are not here."""

    key: str
    group: str
    title: str
    number: str
    begins: date
    ends: date | None = None
    numbering: str = "article"
    held: bool = True
    accompanies: str = ""

    def in_force(self, on: date) -> bool:
        return self.begins <= on <= (self.ends or date.max)

    @property
    def name(self) -> str:
        """Title and number, as a paper cites it."""
        return f"《{self.title}》（{self.number}）"


@dataclass(frozen=True)
class Threshold:
    """A number that decides: `fact` must be `op` `value` `unit`; `near` are words beside which it stands.

    The unit "norm" is the ratio of a measured value to the norm named beside it in the text. A
    `premise` must hold for the clause to apply at all; of the other numbers of a clause one is enough.
    """

    fact: str
    near: tuple[str, ...]
    unit: str
    op: str
    value: float
    ask: str
    premise: bool = False

    def met_by(self, value: float) -> bool:
        if self.op == ">":
            return value > self.value
        if self.op == ">=":
            return value >= self.value
        if self.op == "<":
            return value < self.value
        return value <= self.value


@dataclass(frozen=True)
class Criterion:
    """One clause: what it is about, what must be wrong with it, under which condition, beyond which
    threshold, and what takes a finding out of it. The word lists are regular expressions."""

    id: str
    standard: str
    article: str
    trade: str
    text: str
    subject: tuple[str, ...] = ()
    defect: tuple[str, ...] = ()
    condition: tuple[str, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    exempt: tuple[str, ...] = ()
    ask: str = ""
    limit: str = ""


@dataclass(frozen=True)
class Library:
    """Standards and criteria that a judgement may use."""

    standards: tuple[Standard, ...]
    criteria: tuple[Criterion, ...]

    @cached_property
    def by_id(self) -> dict[str, Criterion]:
        return {row.id: row for row in self.criteria}

    @cached_property
    def by_key(self) -> dict[str, Standard]:
        return {row.key: row for row in self.standards}

    def standard_of(self, criterion: str) -> Standard:
        """The edition a criterion belongs to. Raises KeyError for an unknown id."""
        return self.by_key[self.by_id[criterion].standard]

    def usable(self, on: date | None) -> frozenset[str]:
        """Keys of the editions whose criteria may judge a finding of this date.

        Without a date the newest edition whose text is held stands for its group.
        """
        if on is not None:
            return frozenset(s.key for s in self.standards if s.held and s.in_force(on))
        newest: dict[str, Standard] = {}
        for standard in self.standards:
            best = newest.get(standard.group)
            if standard.held and (best is None or standard.begins > best.begins):
                newest[standard.group] = standard
        return frozenset(s.key for s in newest.values())

    def unheld(self, on: date) -> tuple[Standard, ...]:
        """Editions in force on a date whose text is not held, unless a held edition of the group is."""
        usable = {self.by_key[key].group for key in self.usable(on)}
        return tuple(
            s for s in self.standards if not s.held and s.in_force(on) and s.group not in usable
        )

    def successor(self, key: str) -> Standard | None:
        """The edition that follows this one, held or not."""
        mine = self.by_key[key]
        later = [s for s in self.standards if s.group == mine.group and s.begins > mine.begins]
        return min(later, key=lambda s: s.begins, default=None)

    def with_more(self, standards: Iterable[Standard], criteria: Iterable[Criterion]) -> Library:
        """This library and rows that were imported; a row of the same key or id takes its place."""
        keys = {s.key: s for s in (*self.standards, *standards)}
        rows = {c.id: c for c in (*self.criteria, *criteria)}
        return Library(tuple(keys.values()), tuple(rows.values()))

    def cite(self, criterion: str) -> str:
        """The article as an official cites it: 第三条第（一）项, 4.7d, 第六条."""
        row = self.by_id[criterion]
        return cite(row.article, self.by_key[row.standard].numbering)


def in_words(number: int) -> str:
    """1-99 in Chinese numerals: 12 -> 十二."""
    tens, ones = divmod(number, 10)
    head = "" if not tens else ("十" if tens == 1 else f"{DIGITS[tens]}十")
    return head + (DIGITS[ones] if ones or not tens else "")


def cite(article: str, numbering: str) -> str:
    """An article's stored number in the citing form of its kind of document."""
    match = re.fullmatch(r"(\d+)(?:\((\d+)\))?(.*)", article)
    if numbering == "section" or match is None:
        part = re.fullmatch(r"(\D+)\((\d+)\)", article)
        return f"{part[1]}（{in_words(int(part[2]))}）" if part else article
    whole, item, rest = match.groups()
    if numbering == "item":
        return f"第（{in_words(int(whole))}）项{rest}"
    said = f"第{in_words(int(whole))}条"
    return (f"{said}第（{in_words(int(item))}）项" if item else said) + rest


def words_of(row: dict[str, Any], name: str) -> tuple[str, ...]:
    """A list of regular expressions. Raises LibraryError for one that does not compile."""
    found = tuple(str(word) for word in row.get(name) or ())
    for word in found:
        try:
            re.compile(word)
        except re.error as error:
            raise LibraryError(f"{row.get('id')}: {name} {word!r}: {error}") from error
    return found


def threshold_of(row: dict[str, Any], of: str) -> Threshold:
    """Raises LibraryError for an unknown operator or a value that is no number."""
    if row.get("op") not in OPERATORS:
        raise LibraryError(f"{of}: threshold operator {row.get('op')!r} is none of {OPERATORS}")
    try:
        value = float(row["value"])
    except (KeyError, TypeError, ValueError) as error:
        raise LibraryError(f"{of}: threshold value {row.get('value')!r} is no number") from error
    near = tuple(str(word) for word in row.get("near") or ())
    unit, ask = str(row.get("unit") or ""), str(row.get("ask") or "")
    fact, premise = str(row.get("fact") or ""), bool(row.get("premise"))
    return Threshold(fact, near, unit, str(row["op"]), value, ask, premise)


def criterion_of(row: dict[str, Any], standard: str = "") -> Criterion:
    """A criterion from a row of a pack or of a sheet. Raises LibraryError where it does not hold together."""
    try:
        number, article, text = str(row["id"]), str(row["article"]), str(row["text"])
    except KeyError as error:
        raise LibraryError(f"{row.get('id', '?')}: {error.args[0]} is missing") from error
    return Criterion(
        id=number,
        standard=str(row.get("standard") or standard),
        article=article,
        trade=str(row.get("trade") or ""),
        text=text,
        subject=words_of(row, "subject"),
        defect=words_of(row, "defect"),
        condition=words_of(row, "condition"),
        thresholds=tuple(threshold_of(one, number) for one in row.get("threshold") or ()),
        exempt=words_of(row, "exempt"),
        ask=str(row.get("ask") or ""),
        limit=str(row.get("limit") or ""),
    )


def standard_of(row: dict[str, Any]) -> Standard:
    """A standard from a row of the pack. Raises LibraryError without key, title or first day."""
    try:
        return Standard(
            key=str(row["key"]),
            group=str(row.get("group") or row["key"]),
            title=str(row["title"]),
            number=str(row.get("number") or ""),
            begins=row["from"],
            ends=row.get("to"),
            numbering=str(row.get("numbering") or "article"),
            held=bool(row.get("held", True)),
            accompanies=str(row.get("accompanies") or ""),
        )
    except KeyError as error:
        raise LibraryError(f"standard {row.get('key', '?')}: {error.args[0]} is missing") from error


def read_rows(path: Path) -> Sequence[dict[str, Any]]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document = yaml.load(path.read_text("utf-8"), Loader=loader)  # noqa: S506 - both are safe loaders
    rows = document["standards"] if isinstance(document, dict) else document
    return list(rows or ())


def load(packs: Path = PACKS) -> Library:
    """The library that the packs hold. Raises LibraryError, OSError."""
    standards = tuple(standard_of(row) for row in read_rows(packs / "standards.yaml"))
    criteria = [
        criterion_of(row, path.stem)
        for path in sorted((packs / "criteria").glob("*.yaml"))
        for row in read_rows(path)
    ]
    return Library(standards, tuple(criteria))


@cache
def built_in() -> Library:
    """The packs' own library, read once."""
    return load()
