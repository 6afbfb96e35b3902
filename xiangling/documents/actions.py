"""The verbs of papers beyond their loop: the letterhead, and bulletins that other parts draft."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from xiangling.kernel import engine, intake, ledger, registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.refusal import Refused

from . import rules
from .models import Letterhead, Paper

_WORD = re.compile(r"^[\u3400-\u9fff（）()A-Za-z]+$")
CIRCULAR = "circular"


def draft_paper(
    type_: str, *, about: str = "", actor: Actor, withdraws: str = "", uid: UUID | None = None
) -> Paper:
    """Draft a paper about a record (by its code), filled from it. The same `uid` twice is one draft.

    Raises Refused in words.
    """
    answers = {"type": type_, "about": about, "withdraws": withdraws}
    case = intake.take_in(registry.kind("paper"), answers, actor=actor, uid=uid)
    assert isinstance(case, Paper)
    return case


def complete(paper: Paper, answers: dict[str, Any], *, actor: Actor) -> None:
    """Fill in what is named, and leave the rest of the draft as it is. Raises Refused."""
    kept = {asked.key: paper.content.get(asked.key) for asked, _needed in paper.paper_type.fields}
    merged = {**kept, **answers}
    typed = {
        key: "\n".join(value) if isinstance(value, list | tuple) else value
        for key, value in merged.items()
        if value
    }
    engine.move(paper, "edit", actor=actor, data=typed)


def keep_letterhead(answers: dict[str, str], *, actor: Actor) -> Letterhead:
    """Set what the papers of the actor's own body carry. Papers already issued stay as they are.

    Raises Refused where the word for numbers cannot be used or is another body's.
    """
    if actor.unit is None:
        raise Refused("no_unit", _("Only a unit has a letterhead."), status=403)
    word = answers["word"].strip()
    if not _WORD.match(word):
        why = _("Use Chinese characters, letters and brackets only.")
        raise _unusable(why)
    with transaction.atomic():
        if Letterhead.objects.filter(word=word).exclude(unit=actor.unit).exists():
            raise _unusable(_("Another body numbers its papers with this word."))
        row = Letterhead.objects.select_for_update().filter(unit=actor.unit).first()
        row = row or Letterhead(unit_id=actor.unit)
        before = {name: getattr(row, name) for name in answers}
        for name, value in {**answers, "word": word}.items():
            setattr(row, name, value)
        row.save()
        ledger.record_edit(row, actor=actor, before=before)
    return row


def _unusable(why: Any) -> Refused:
    return Refused(
        "bad_word",
        _("The letterhead was not saved."),
        why=why,
        todo=_("Choose another word."),
        fields={"word": why},
        status=422,
    )


# --- bulletins ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Figure:
    """A figure as it is printed, and the address (a path of this installation) of the rows behind it."""

    text: str
    link: str = ""
    key: str = ""
    """How a text names it; "" lets the paper choose."""
    n: int | None = None
    """How many rows the address opens, where the figure counts rows."""
    about: str = ""
    """What it is, for whoever bound it."""


@dataclass(frozen=True)
class Rows:
    """A table of a bulletin; cells are text or figures."""

    header: Sequence[str]
    rows: Sequence[Sequence[str | Figure]]
    title: str = ""
    shares: Sequence[int] = ()
    key: str = ""
    """How the text names it; "" lets the paper choose."""


@dataclass(frozen=True)
class Section:
    """A part of a bulletin: a heading, paragraphs of words and figures, and tables after them."""

    heading: str
    paragraphs: Sequence[Sequence[str | Figure]] = ()
    tables: Sequence[Rows] = field(default=())


def draft_bulletin(
    title: str,
    sections: Sequence[Section],
    *,
    addressee: str,
    actor: Actor,
    attachments: Sequence[str] = (),
    distribution: Sequence[str] = (),
    figures: Sequence[Figure] = (),
    binder: str = "",
    withdraws: str = "",
    uid: UUID | None = None,
) -> Paper:
    """Draft a circular (通报) from sections whose figures stay bound to their rows.

    People may then reword it: in the text a figure stands as {its key}, which no wording can change.
    ``figures`` are further ones that the words may use; ``binder`` names who counts them anew
    (`registry.Binder`); ``distribution`` the units that receive it, by name. Headings are numbered
    一、二、三、 here. The same `uid` twice is one draft. Raises Refused.
    """
    paper = Paper(uid=uid or uuid4(), type=CIRCULAR)
    data: dict[str, Any] = {"type": CIRCULAR, "about": "", "withdraws": withdraws}
    rules.prepare_paper(paper, data, actor)
    text, used, tables = _worded(sections)
    paper.content |= {
        "title": title,
        "addressee": addressee,
        "body": text,
        "attachments": list(attachments),
        "distribution": list(distribution),
        "figures": {**{figure.key: cell_of(figure) for figure in figures}, **used},
        "tables": tables,
        "binder": binder,
    }
    rules.dress(paper)
    engine.open_case(paper, actor=actor, data={**data, "content": paper.content})
    return paper


def _worded(sections: Sequence[Section]) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """The sections as one text with places for figures and tables, and what stands in the places."""
    lines: list[str] = []
    figures: dict[str, Any] = {}
    tables: dict[str, Any] = {}
    for number, section in enumerate(sections):
        lines.append(f"{_NUMERALS[number]}、{_plain(section.heading)}")
        lines += ["".join(_placed(piece, figures) for piece in line) for line in section.paragraphs]
        for table in section.tables:
            key = table.key or f"t{len(tables) + 1}"
            tables[key] = table_of(table)
            lines.append(f"{{table:{key}}}")
    return "\n".join(lines), figures, tables


_NUMERALS = [*"一二三四五六七八九十", *(f"十{digit}" for digit in "一二三四五六七八九")]


def _plain(words: str) -> str:
    """Words that cannot be taken for the place of a figure, on one line."""
    return " ".join(words.split()).translate({ord("{"): "｛", ord("}"): "｝"})


def _placed(piece: str | Figure, figures: dict[str, Any]) -> str:
    if isinstance(piece, str):
        return _plain(piece)
    key = piece.key or f"f{len(figures) + 1}"
    figures[key] = cell_of(piece)
    return f"{{{key}}}"


def table_of(table: Rows) -> dict[str, Any]:
    """A table as a paper keeps it."""
    return {
        "title": table.title,
        "header": list(table.header),
        "rows": [[cell_of(cell) for cell in row] for row in table.rows],
        "shares": list(table.shares),
    }


def cell_of(cell: str | Figure) -> Any:
    """Text or a figure as a paper keeps it."""
    if isinstance(cell, str):
        return cell
    kept: dict[str, Any] = {"text": cell.text, "link": cell.link}
    if cell.n is not None:
        kept["n"] = cell.n
    if cell.about:
        kept["about"] = cell.about
    return kept
