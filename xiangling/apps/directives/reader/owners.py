"""Who is to do it: named, in a bracket, a table, a heading, by 你单位 or by silence. No name without its place in the text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .clause import Clause
from .context import Context
from .lexicon import words
from .reading import Owner
from .rows import Row
from .scoring import core
from .units import ANAPHOR, GROUP, SPECIFIC, Unit, match_unit

Spot = tuple[int, int, int]  # (paragraph, start, end) in mended lines


@dataclass(slots=True)
class Said:
    """Who has been spoken of so far, as the reader goes down the document."""

    context: Context
    sentence: tuple[Spot, ...] = ()  # the subject of the sentence so far
    line: tuple[Spot, ...] = ()  # the last subject of the line
    is_group: bool = False  # whether the line's subject is a group such as 各单位
    last: tuple[Spot, ...] = ()  # the last specific unit of the document
    spoken: list[Spot] = field(default_factory=list)  # all that the line has called on so far

    def owner(self, spot: Spot, how: str, *, is_explicit: bool) -> Owner:
        """The owner whose name stands at a spot."""
        paragraph, start, end = spot
        line = self.context.places[paragraph - 1].line
        raw_start, raw_end = line.at(start), line.at(end - 1) + 1
        name = line.raw[raw_start:raw_end]
        return Owner(name, line.text[start:end], is_explicit, how, paragraph, raw_start, raw_end)


def spots(paragraph: int, clause: Clause) -> tuple[list[Spot], list[Spot]]:
    """(subjects and helpers, anaphors) that a clause names."""
    named: list[Unit] = [*(clause.subject.units if clause.subject else ()), *clause.helpers]
    place = [
        (unit, (paragraph, clause.start + unit.start, clause.start + unit.end)) for unit in named
    ]
    return [spot for unit, spot in place if unit.sort != ANAPHOR], [
        spot for unit, spot in place if unit.sort == ANAPHOR
    ]


def of_row(
    said: Said, paragraph: int, row: Row, noted: tuple[Spot, ...], how: str, *, is_near: bool
) -> tuple[Owner, ...]:
    """The owners of a row, and note whom it speaks of. `noted`: by bracket, label or cell; `is_near`: in the same line."""
    named: list[Spot] = []
    anaphors: list[Spot] = []
    has_other = any(clause.subject and not clause.is_party for clause in row.clauses)
    for clause in row.clauses:
        if clause.is_party and has_other:
            continue
        new, by_word = spots(paragraph, clause)
        named += new
        anaphors += by_word
    has_subject = any(clause.subject for clause in row.clauses)
    if not has_subject and said.sentence and not EVERYBODY.search(row.text):
        named = [*said.sentence, *named]
    if anaphors and named and _is_list(row):
        named, anaphors = [*named, *anaphors], []  # 消防队与三家企业: named, not referred to
    if anaphors:
        return _meant(said, paragraph, anaphors, named)
    if has_subject:
        said.sentence = said.line = tuple(named)
        said.spoken += [spot for spot in named if spot not in said.spoken]
        said.is_group = all(
            _is_group(clause, unit)
            for clause in row.clauses
            if clause.subject
            for unit in clause.subject.units
        )
        if subject := [spot for spot in named if _is_specific(said, row, spot)]:
            said.last = tuple(subject)
    found = [said.owner(spot, "named", is_explicit=True) for spot in named]
    beside = [said.owner(spot, how, is_explicit=is_near) for spot in noted]
    cores = {core(owner.norm) for owner in beside}
    found = [owner for owner in found if core(owner.norm) not in cores] + beside
    if not found and not _speaks_elsewhere(row):
        found = _unsaid(said, paragraph)
    return _once(found)


def _is_list(row: Row) -> bool:
    """Whether one clause names a unit and a number of others side by side."""
    return any(
        clause.subject
        and len(clause.subject.units) > 1
        and {ANAPHOR} < {unit.sort for unit in clause.subject.units}
        for clause in row.clauses
    )


SEVERAL = re.compile(r"[上以]述|以上|[两二三四五六]")
TOPIC = re.compile(r"(?:领域|方面|环节|行业)，$")
EVERYBODY = re.compile(r"大家|在座|同志们|各位|我们")


def _speaks_elsewhere(row: Row) -> bool:
    """A new topic (消防方面，) or everybody present: whoever was spoken of last is not meant."""
    first = row.clauses[0].text
    return bool(TOPIC.search(first)) or bool(EVERYBODY.search(row.text))


def _is_group(clause: Clause, unit: Unit) -> bool:
    """各单位; not 各单位主要负责人."""
    return unit.sort == GROUP and not clause.text[unit.start : unit.end].endswith(
        words("role", "units")
    )


def _is_specific(said: Said, row: Row, spot: Spot) -> bool:
    """Whether a name is a single unit's, and not the writer's own (我局)."""
    paragraph, start, end = spot
    if said.context.places[paragraph - 1].line.text[start:end].startswith("我"):
        return False
    return any(
        unit.sort == SPECIFIC
        and (clause.start + unit.start, clause.start + unit.end) == (start, end)
        for clause in row.clauses
        if clause.subject
        for unit in clause.subject.units
    )


def _meant(
    said: Said, paragraph: int, anaphors: list[Spot], named: list[Spot]
) -> tuple[Owner, ...]:
    """Whom 你单位, 该公司 means: the addressee, or the unit spoken of last."""
    place = said.context.places[paragraph - 1]
    first = place.line.text[anaphors[0][1] : anaphors[0][2]]
    if first.startswith("我"):
        meant = said.context.writer
    elif first.startswith(("你", "贵")) and place.owners:
        meant = _addressed(said, first, place.owners)
    elif SEVERAL.match(first) and said.spoken:
        meant = tuple(said.spoken)
    elif first.startswith("该") and (doer := _doer_of_sort(said, paragraph, first[1:])):
        meant = (doer,)
    elif first.startswith("该") and (
        named_last := _spoken_of(place.line.text, anaphors[0][1], first[1:])
    ):
        meant = tuple((paragraph, *span) for span in named_last)
    elif first.startswith("该") and (visited := _visited(said, paragraph)):
        meant = (visited,)
    else:
        meant = said.last or place.owners
    if not meant:
        meant = tuple(anaphors)
    said.sentence = said.line = (*meant, *named)
    found = [said.owner(spot, "anaphora", is_explicit=False) for spot in meant]
    return _once([*found, *(said.owner(spot, "named", is_explicit=True) for spot in named)])


def _doer_of_sort(said: Said, paragraph: int, head: str) -> Spot | None:
    """The unit that the line has last had do something, if its name ends in `head`; the leading one of several."""
    text = said.context.places[paragraph - 1].line.text
    return next(
        (spot for spot in said.line if spot[0] == paragraph and text[: spot[2]].endswith(head)),
        None,
    )


VISITED = re.compile(r"在([\u4e00-\u9fff]{2,10})，")


def _visited(said: Said, paragraph: int) -> Spot | None:
    """在华瑞化工，: where those of whom the news tells last were, in this line or the two above."""
    for place in reversed(said.context.places[max(0, paragraph - 3) : paragraph]):
        if said.context.genre == "news" and (found := VISITED.match(place.line.text)):
            return (place.paragraph, *found.span(1))
    return None


OPENS_NAME = re.compile(r"(?:^|(?<=[，。；：、“”从对由向请给与和]))|(?=[省市县区镇]\S)")


def _spoken_of(text: str, end: int, head: str) -> list[tuple[int, int]]:
    """The last unit named before `end` in the line whose name ends in `head`: 记者从市应急管理局获悉，该局…."""
    found: list[tuple[int, int]] = []
    over = 0  # where the name before ends: 改革局 in 发展和改革局 is none
    for match in OPENS_NAME.finditer(text, 0, end):
        unit = match_unit(text, match.start()) if match.start() >= over else None
        if unit and unit.end <= end and unit.sort == SPECIFIC:
            over = unit.end
            if text[: unit.end].endswith(head):
                found = [(unit.start, unit.end)]
    return found


def _addressed(said: Said, word: str, owners: tuple[Spot, ...]) -> tuple[Spot, ...]:
    """你县 of a county and a bureau addressed is the county, 你局 the bureau, 你们 all."""
    sort = word[1:]
    of_sort = [
        spot
        for spot in owners
        if (name := said.context.places[spot[0] - 1].line.text[spot[1] : spot[2]]).endswith(sort)
        or (len(sort) == 1 and sort in "县市区镇乡省" and f"{sort}人民政府" in name)
        or (
            len(sort) == 1 and sort in "县市区镇乡省" and re.search(f"{sort}(?:委|政府|安委)", name)
        )
    ]
    return tuple(of_sort) or owners


def _unsaid(said: Said, paragraph: int) -> list[Owner]:
    """Where the sentence names nobody: the line's last subject, else the heading's unit or the addressees."""
    place = said.context.places[paragraph - 1]
    if place.owners_how == "heading":
        return [said.owner(spot, "heading", is_explicit=False) for spot in place.owners]
    if said.context.genre in ("speech", "news", "other") and not said.is_group:
        return [said.owner(spot, "elided", is_explicit=False) for spot in place.owners]
    return [said.owner(spot, "elided", is_explicit=False) for spot in said.line or place.owners]


def _once(owners: list[Owner]) -> tuple[Owner, ...]:
    """Each unit once; the end of a longer name (集团 after 港务集团) is the same unit."""
    found: dict[str, Owner] = {}
    for owner in owners:
        found.setdefault(owner.norm, owner)
    return tuple(
        owner
        for name, owner in found.items()
        if not any(other != name and other.endswith(name) for other in found)
    )
