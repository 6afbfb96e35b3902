"""What papers offer to the generic pages, the API and the docs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from xiangling.kernel import registry, wording
from xiangling.kernel.actor import Actor
from xiangling.kernel.loop import Field
from xiangling.kernel.registry import Duty, Intake, Kind, Panel

from . import catalogue, composing, fonts, pdf, queries, rules
from .loop import PAPER
from .models import Paper

registry.add_duties(
    Duty("paper.see", _("See official papers")),
    Duty("paper.draft", _("Draft official papers"), ("issuer",)),
    Duty("paper.issue", _("Issue official papers"), ("issuer",)),
    Duty("paper.letterhead", _("Keep the letterhead")),
)


def paper_facts(case: Paper) -> list[Any]:
    """The record page's facts, in groups of (label, value, address)."""
    about = f"/{case.about_kind}/{case.about_uid}/" if case.about_kind else ""
    older = case.withdraws
    what = [
        (_("Sort of paper"), case.paper_type.label, ""),
        (_("Number"), case.number, ""),
        (_("Issuing body"), case.issuer.name, ""),
        (_("Issued on"), case.issued_on, ""),
        (_("About"), case.about_code, about),
        (_("Withdraws"), older.number if older else "", f"/paper/{older.uid}/" if older else ""),
    ]
    missing = wording_of_missing(case)
    if missing:
        what.append((_("Still missing"), missing, ""))
    said = [
        (asked.label, _shown(asked, case.content.get(asked.key)), "")
        for asked, _needed in case.paper_type.fields
    ]
    return [(_("Official paper"), what), (_("What it says"), said)]


def wording_of_missing(case: Paper) -> str:
    if case.state != "draft":
        return ""
    return "、".join(str(asked.label) for asked in case.paper_type.missing(case.content))


def _shown(asked: catalogue.Asked, value: Any) -> str:
    return "\n".join(value) if isinstance(value, list) else asked.said(value)


def files_of(case: Paper) -> list[tuple[Any, str]]:
    base = f"/papers/{case.uid}"
    return [
        ("PDF", f"{base}/pdf/"),
        ("DOCX", f"{base}/docx/"),
        (_("Print"), f"{base}/pdf/?inline=1"),
    ]


def panel_of_paper(case: Paper) -> Panel:
    """Beside a paper: its files, who withdrew it, the page that proves it."""
    is_draft = case.state in ("draft", "discarded")
    label = _("As it stands") if is_draft else _("As issued")
    rows: list[Any] = [(label, "", _fonts_note(), files_of(case))]
    issued = getattr(case, "issued", None)
    if issued is not None:
        rows.append((_("Verification page"), f"/v/{issued.token}/", "", ()))
    newer = Paper._base_manager.filter(withdraws=case, state="issued").first()
    if newer is not None:
        rows.append((_("Withdrawn by"), f"/paper/{newer.uid}/", newer.number, ()))
    needs_head = is_draft and composing.letterhead_of(case) is None
    actions = [(_("Enter the letterhead"), "/papers/letterhead/")] if needs_head else []
    return Panel(_("Files"), rows, actions)


def _fonts_note() -> Any:
    if not pdf.is_installed():
        return _("No PDF here: the PDF writer is not installed.")
    missing = fonts.find().missing
    if not missing:
        return ""
    if wording.is_chinese():  # their names are Chinese
        return _("PDF set in substitute fonts; missing: %(fonts)s") % {"fonts": "、".join(missing)}
    return _("PDF set in substitute fonts; fonts of the standard that are missing: %(n)d") % {
        "n": len(missing)
    }


def _papers_about(case: Any) -> Iterable[Paper]:
    """The papers about a record; none are asked for where the query for it says that there are none."""
    if not getattr(case, "has_papers", True):
        return ()
    return queries.papers_about(case.uid).exclude(state="discarded")[:50]


def panel(kind: Kind, case: Any, actor: Actor) -> Panel | None:
    """Papers beside any record they can be about; files beside a paper."""
    if not actor.may("paper.see"):
        return None
    if kind.key == "paper":
        return panel_of_paper(case)
    if kind.key not in registry.shelf("fills"):
        return None
    rows = [
        (
            f"{paper.paper_type.label} {paper.number}".strip(),
            f"/paper/{paper.uid}/",
            PAPER.states[paper.state].label,
            files_of(paper)[:2],
        )
        for paper in _papers_about(case)
    ]
    may_draft = actor.may("paper.draft") and case.state not in ("void", "merged")
    actions = [(_("Draft a paper"), f"/paper/new/?about={case.code}")] if may_draft else []
    return Panel(_("Official papers"), rows, actions) if rows or actions else None


registry.add("panels", "papers", panel)


def type_choices(case: Any, actor: Actor | None) -> list[tuple[str, Any]]:
    """The papers that the actor's body issues."""
    return [(sort.key, sort.label) for sort in rules.types_of(actor)]


registry.add_kind(
    Kind(
        key="paper",
        plural="papers",
        model=Paper,
        loop=PAPER,
        label=_("Official paper"),
        facts=paper_facts,
        related=("issuer", "unit", "withdraws", "issued"),
        intake=Intake(
            label=_("Draft a paper"),
            prepare=rules.prepare_paper,
            fields=(
                Field("type", _("Sort of paper"), "choice", to="type", choices=type_choices),
                Field(
                    "about",
                    _("About the record"),
                    required=False,
                    max_length=40,
                    help=_("The code of the record it is filled from"),
                ),
                Field(
                    "withdraws",
                    _("Withdraws"),
                    required=False,
                    max_length=60,
                    help=_("Only if it withdraws a paper already issued: that paper's number."),
                ),
            ),
        ),
    )
)
