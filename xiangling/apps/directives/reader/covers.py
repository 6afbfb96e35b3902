"""Which lines a bracket, a label or a table's row speaks for, and whom and what day it names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import notes
from .context import Context, Place
from .dates import Calendar
from .days import number
from .owners import Spot

NUMBER = re.compile(r"\s*(?:[（(])?(\d{1,3}|[一二三四五六七八九十]{1,3})")


@dataclass(slots=True)
class Cover:
    """What a note says for a stretch of the document."""

    first: tuple[int, int]  # (paragraph, place)
    last: tuple[int, int]
    note: notes.Note
    paragraph: int  # where its owners stand
    until: int = 0  # where its limit stands, if in another line of the same row
    owners: tuple[Spot, ...] = ()
    is_same: bool = False  # 同上, 同第3项: named elsewhere


class Covers:
    """All notes of a document; `masked` holds the lines with the notes blanked out."""

    def __init__(self, frame: Context, calendar: Calendar) -> None:
        self.frame = frame
        self.calendar = calendar
        self.all: list[Cover] = []
        self._noted: set[int] = set()  # lines that hold a note
        self._by_line: dict[int, list[Cover]] = {}
        self.masked: dict[int, str] = {}
        self.cells: dict[
            int, tuple[int, int]
        ] = {}  # of a table's line: the cell that holds the task
        self._items: dict[int, tuple[Spot, ...]] = {}
        for place in frame.places:
            self._take(place)

    def over(self, paragraph: int, start: int) -> tuple[Cover, ...]:
        """The notes that speak for what begins at a place."""
        here = (paragraph, start)
        return tuple(
            cover for cover in self._by_line.get(paragraph, ()) if cover.first <= here < cover.last
        )

    def owners(self, place: Place, covers: tuple[Cover, ...]) -> tuple[tuple[Spot, ...], str, bool]:
        """(places of the names, how they are given, whether in the item's own line or row)."""
        found: list[Spot] = []
        how, is_near = "bracket", True
        for cover in covers:
            if cover.is_same:
                return cover.owners, "anaphora", False
            if cover.owners:
                found += cover.owners
                how, is_near = cover.note.how, cover.paragraph == place.paragraph or cover.until > 0
        return tuple(found), how, is_near

    def _take(self, place: Place) -> None:
        text = place.line.text
        self.masked[place.paragraph] = text
        whole = (place.paragraph, 0), (place.paragraph, len(text) + 1)
        if place.role == "table_row" and place.upright[0]:
            self._take_upright(place, whole)
        elif place.role == "table_row" and place.table:
            if row := notes.table_row(text, place.table, self.calendar):
                self.cells[place.paragraph] = row[0][-1]
                self._add(*whole, row[1], place.paragraph, text)
        elif place.role == "body":
            self._take_line(place)

    def _take_upright(self, place: Place, whole: tuple[tuple[int, int], tuple[int, int]]) -> None:
        cells = [
            (line, kind, self.frame.places[line - 1].line.text)
            for line, kind in zip(*place.upright, strict=True)
        ]
        note, owners, until = notes.upright_row(cells, self.calendar)
        self._add(*whole, note, owners[0][0] if owners else place.paragraph, cells[0][2])
        self.all[-1].until = until
        if not self.all[-1].is_same:
            self.all[-1].owners = tuple(owners)

    def _take_line(self, place: Place) -> None:
        text, begin = place.line.text, 0
        self.masked[place.paragraph] = notes.without_label(text)
        for note in notes.brackets(text, self.calendar):
            first = (place.paragraph, begin)
            if not text[: note.start].strip():
                first = (self._item_start(place), 0)
            numbered = self.frame.places[first[0] - 1].line.text
            self._add(first, (place.paragraph, note.start), note, place.paragraph, numbered)
            masked = self.masked[place.paragraph]
            self.masked[place.paragraph] = (
                masked[: note.start] + " " * (note.end - note.start) + masked[note.end :]
            )
            begin = note.end

    def _add(
        self,
        first: tuple[int, int],
        last: tuple[int, int],
        note: notes.Note,
        paragraph: int,
        numbered: str,
    ) -> None:
        cover = Cover(first, last, note, paragraph)
        cover.owners = tuple((paragraph, start, end) for start, end in note.owners)
        if note.same_as >= 0:
            cover.is_same = True
            before = next((other.owners for other in reversed(self.all) if other.owners), ())
            cover.owners = (
                self._items.get(note.same_as, ()) if note.same_as else before
            ) or cover.owners
        self.all.append(cover)
        self._noted.add(paragraph)
        for line in range(first[0], last[0] + 1):
            self._by_line.setdefault(line, []).append(cover)
        if (item := NUMBER.match(numbered)) and cover.owners:
            same_item = [
                other.owners
                for other in self._by_line[first[0]]
                if other.first == first and other is not cover
            ]
            self._items[number(item[1])] = tuple(
                spot for owners in (*same_item, cover.owners) for spot in owners
            )

    def _item_start(self, place: Place) -> int:
        """The first line of the item that a label line closes."""
        first = place.paragraph
        for before in reversed(self.frame.places[: place.paragraph - 1]):
            if before.role != "body":
                break
            if before.paragraph in self._noted:
                if self.masked[before.paragraph].strip() or first != place.paragraph:
                    break
                continue
            first = before.paragraph
            if before.level:
                break
        return first
