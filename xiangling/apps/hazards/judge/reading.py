"""How a finding is read: its plain form, its clauses, and what each clause says of itself.

The plain form has the width, the script and the commonest slips of the keyboard evened out; every
character of it knows where it came from, so that what decided can be shown in the text as typed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import yaml

from xiangling.kernel.script import simplified

PACK = Path(__file__).resolve().parents[3] / "packs" / "judging.yaml"
LONGEST = 4000
"""Characters that are read; what follows is left aside."""

MARKS = ("clear", "sound", "settled", "outside", "promised", "partial", "ongoing")
BREAK = re.compile(
    r"[。；;!?！？\n]+|(?<=[^0-9])[，,](?=.)|(?<=[0-9])，|(?=(?:但|唯|仅|只是|不过|然而)(?!有|能|在|设|剩|用|靠|配|凭))"
)
FULL_STOP = re.compile(r"[。；;!?！？\n]")
HAN = re.compile(r"[\u4e00-\u9fff]")


@cache
def words() -> dict[str, re.Pattern[str]]:
    """The lists of `packs/judging.yaml`, each as one pattern."""
    lists = yaml.safe_load(PACK.read_text("utf-8"))
    return {name: re.compile("|".join(lists[name])) for name in lists if name != "typos"}


@cache
def typos() -> tuple[tuple[re.Pattern[str], str], ...]:
    slips = yaml.safe_load(PACK.read_text("utf-8"))["typos"]
    return tuple((re.compile(wrong), right) for wrong, right in slips.items())


@cache
def any_typo() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{wrong.pattern})" for wrong, _right in typos()))


@dataclass(frozen=True)
class Clause:
    """A stretch of the plain text, [start, end), and the marks it carries."""

    start: int
    end: int
    text: str
    marks: frozenset[str]
    sentence: int

    @property
    def is_sound(self) -> bool:
        """Says that all is well, or that nothing was found, and nothing against it."""
        return bool(self.marks & {"clear", "sound"}) and not self.marks & {"promised", "ongoing"}


@dataclass(frozen=True)
class Reading:
    """A finding in plain form. `origin[i]` is the offset in the given text of plain character i."""

    given: str
    plain: str
    origin: tuple[int, ...]

    @cached_property
    def clauses(self) -> tuple[Clause, ...]:
        found, start, sentence = [], 0, 0
        cuts = [m.span() for m in BREAK.finditer(self.plain)] + [(len(self.plain),) * 2]
        for cut, after in cuts:
            text = self.plain[start:cut]
            if text.strip():
                found.append(Clause(start, cut, text, marks_of(text), sentence))
            if FULL_STOP.search(self.plain[cut:after]):
                sentence += 1
            start = after
        return tuple(found)

    @cached_property
    def problem(self) -> str:
        """The text without the clauses that only say that something is sound."""
        kept = [c.text for c in self.clauses if not c.is_sound]
        return "，".join(kept)

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Offsets of the plain text as offsets of the given one."""
        if start >= end or not self.origin:
            return (0, 0)
        return (self.origin[start], self.origin[min(end, len(self.origin)) - 1] + 1)


def marks_of(text: str) -> frozenset[str]:
    """Which of MARKS a clause carries."""
    patterns = words()
    return frozenset(name for name in MARKS if patterns[name].search(text))


def read(text: str) -> Reading:
    """The plain form of a finding. Never raises for what a person may type."""
    given = text[:LONGEST]
    chars: list[str] = []
    origin: list[int] = []
    for at, char in enumerate(given):
        for plain in unicodedata.normalize("NFKC", char).lower() if char > "~" else char.lower():
            if plain.isspace():
                continue
            chars.append(plain)
            origin.append(at)
    plain = "".join(chars).translate(simplified())
    if any_typo().search(plain):
        plain, origin = mend(plain, origin)
    return Reading(given, plain, tuple(origin))


def mend(plain: str, origin: list[int]) -> tuple[str, list[int]]:
    """Slips of the keyboard put right; a mended word takes the place of the one it replaces."""
    for wrong, right in typos():
        pieces, places, last = [], [], 0
        for found in wrong.finditer(plain):
            start, end = found.span()
            if start == end:
                continue
            pieces += [plain[last:start], right]
            places += origin[last:start]
            places += [origin[min(start + i, end - 1)] for i in range(len(right))]
            last = end
        if pieces:
            plain = "".join([*pieces, plain[last:]])
            origin = places + origin[last:]
    return plain, origin
