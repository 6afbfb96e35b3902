"""What the page of a document says: the text on the left, its tasks on the right."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from xiangling.kernel.actor import Actor
from xiangling.org.models import Unit
from xiangling.org.sectors import sector_label
from xiangling.web import marks, words

from . import drafting, queries, terms
from .actions.documents import kind_label
from .loop import TASK
from .models import Clause, Cycle, Document, Draft, Task, TextRepair

MASK = re.compile(r"[*＊]+|_{2,}")
"""What stands where a figure or a name was taken out; it is unknown, and never guessed (R-003)."""
WARNINGS = {
    "no_date": gettext_lazy(
        "The text bears no date: time limits that count from it are not worked out."
    ),
    "year_assumed": gettext_lazy(
        "The text names no year; the latest that fits the day of reading was taken. Check every due date."
    ),
    "no_directive": gettext_lazy(
        "No open task was found in the text; clauses can be turned into tasks."
    ),
    "recognised": gettext_lazy(
        "The text was recognised from a scan: compare it with the file, the marked lines above all."
    ),
    "uncertain_repairs": gettext_lazy(
        "Some characters look damaged: decide below on the repairs offered."
    ),
}
"""What the reading wants a person to know, by its code."""
_TONES = {"confirmed": "done", "dropped": "void"}


class DocumentPage:
    """One document, read by one actor."""

    def __init__(self, document: Document, actor: Actor) -> None:
        self.document, self.actor = document, actor
        self.clauses = list(document.clauses.all())
        self.drafts = list(document.drafts.select_related("checker").prefetch_related("clauses"))
        self.repairs = list(document.repairs.all())
        self.may_work = actor.may("document.take") and document.unit_id == actor.unit
        tasks = Task._base_manager.filter(document=document).select_related("unit")
        self.tasks: dict[int | None, list[Task]] = defaultdict(list)
        for task in tasks.order_by("id"):
            self.tasks[task.draft_id].append(task)
        pks = {pk for d in self.drafts for pk in (*d.doers, *d.assists)}
        pks |= {pk for d in self.drafts for o in d.owners for pk in o["units"][:9]}
        self.names = dict(Unit.objects.filter(pk__in=pks).values_list("pk", "name"))

    def context(self) -> dict[str, Any]:
        """`document`, as directives/document.html asks for it."""
        live = [draft for draft in self.drafts if draft.state != Draft.State.DROPPED]
        unmapped = self._unmapped(live)
        n_open = sum(draft.state == Draft.State.OPEN for draft in live)
        return {
            "row": self.document,
            "facts": self._facts(),
            "warnings": [WARNINGS[code] for code in self.document.warnings if code in WARNINGS],
            "paragraphs": self._paragraphs(live),
            "drafts": [self._card(draft) for draft in live],
            "dropped": [self._card(d) for d in self.drafts if d.state == Draft.State.DROPPED],
            "n_open": n_open,
            "n_confirmed": len(live) - n_open,
            "n_incomplete": sum(
                draft.state == Draft.State.OPEN and bool(drafting.lacks(draft)) for draft in live
            ),
            "unmapped": [row for row in unmapped if not row["is_aside"]],
            "aside": [row for row in unmapped if row["is_aside"]],
            "repairs": [
                self._repair(row) for row in self.repairs if row.state == TextRepair.State.OFFERED
            ],
            "may_work": self.may_work,
            "plans": self._plans(),
        }

    def _facts(self) -> list[tuple[Any, str]]:
        row = self.document
        facts = [
            (_("Type"), row.get_genre_display()),
            (_("Date of the document"), words.long_day(row.issued_on) if row.issued_on else ""),
            (_("Speaker or issuer"), row.speaker),
            (_("Source medium"), row.medium),
            (_("Taken in by"), row.unit.name),
            (_("Taken in on"), words.short_moment(row.read_at)),
        ]
        return [(label, value or "") for label, value in facts]

    # --- the text

    def _paragraphs(self, live: list[Draft]) -> list[dict[str, Any]]:
        drafts_of: dict[int, list[int]] = defaultdict(list)
        for draft in live:
            for clause in draft.clauses.all():
                drafts_of[clause.pk].append(draft.pk)
        doubtful = set(self.document.doubtful)
        found: dict[int, list[Clause]] = defaultdict(list)
        for clause in self.clauses:
            found[clause.paragraph].append(clause)
        return [
            {
                "number": number,
                "level": max(row.level for row in rows),
                "is_doubtful": number in doubtful,
                "clauses": [self._clause(row, drafts_of[row.pk]) for row in rows],
            }
            for number, rows in sorted(found.items())
            if any(row.text.strip() for row in rows)
        ]

    def _clause(self, row: Clause, drafts: list[int]) -> dict[str, Any]:
        return {
            "number": row.number,
            "drafts": " ".join(map(str, drafts)),
            "first": drafts[0] if drafts else 0,
            "kind": row.kind if not drafts else "",
            "kind_label": kind_label(row.kind) if not drafts else "",
            "segments": self._segments(row),
        }

    def _segments(self, row: Clause) -> list[dict[str, str]]:
        """A clause's text cut at repairs and masks; joined, the raw text is whole."""
        cuts: list[tuple[int, int, TextRepair | None]] = [
            (repair.start, repair.end, repair)
            for repair in self.repairs
            if repair.paragraph == row.paragraph
            and row.start <= repair.start
            and repair.end <= row.end
            and repair.state != TextRepair.State.REFUSED
        ]
        text = row.text.rstrip("\r\n")
        taken = [(start, end) for start, end, _repair in cuts]
        for match in MASK.finditer(text):
            start, end = row.start + match.start(), row.start + match.end()
            if not any(a < end and start < b for a, b in taken):
                cuts.append((start, end, None))
        segments, at = [], row.start
        for start, end, repair in sorted(cuts, key=lambda cut: cut[0]):
            if start < at:
                continue
            segments.append({"text": text[at - row.start : start - row.start], "kind": ""})
            raw = text[start - row.start : end - row.start]
            if repair is None:
                segments.append({"text": raw, "kind": "mask"})
            elif repair.state == TextRepair.State.APPLIED:
                segments.append({"text": repair.fixed, "kind": "fixed", "raw": raw})
            else:
                segments.append({"text": raw, "kind": "offered", "fixed": repair.fixed})
            at = end
        segments.append({"text": text[at - row.start :], "kind": ""})
        return [part for part in segments if part["text"] or part["kind"] == "fixed"]

    def _repair(self, row: TextRepair) -> dict[str, Any]:
        line = "".join(c.text for c in self.clauses if c.paragraph == row.paragraph)
        return {
            "pk": row.pk,
            "raw": row.raw,
            "fixed": row.fixed,
            "before": line[max(0, row.start - 12) : row.start],
            "after": line[row.end : row.end + 12].rstrip("\r\n"),
        }

    # --- the tasks

    def _card(self, draft: Draft) -> dict[str, Any]:
        missing = drafting.lacks(draft) if draft.state == Draft.State.OPEN else []
        if missing:
            chip = marks.chip("state", "stopped", pgettext("draft", "Incomplete"))
        else:
            tone = _TONES.get(draft.state, "open")
            chip = marks.chip("state", tone, draft.get_state_display())
        numbers = [clause.number for clause in draft.clauses.all()]
        return {
            "pk": draft.pk,
            "order": draft.order,
            "state": draft.state,
            "is_open": draft.state == Draft.State.OPEN,
            "is_whole": draft.state == Draft.State.OPEN and not missing,
            "chip": chip,
            "what": draft.what,
            "what_origin": drafting.origin(draft, "what"),
            "rows": self._rows(draft, missing),
            "owners": [self._owner(owner) for owner in draft.owners],
            "deadline_text": draft.deadline_text,
            "clause": numbers[0] if numbers else 0,
            "place": _("paragraph %(p)d, sentence %(s)d")
            % {"p": draft.paragraph, "s": draft.sentence},
            "reason": draft.drop_reason,
            "tasks": [
                {
                    "code": task.code,
                    "url": f"/task/{task.uid}/",
                    "unit": task.unit.name,
                    "state": marks.state_chip(TASK, task.state),
                }
                for task in self.tasks[draft.pk]
            ],
        }

    def _rows(self, draft: Draft, missing: list[str]) -> list[dict[str, Any]]:
        """The facts of a proposal: value, and whether the text or a person gave it."""
        cycle = Cycle(draft.cycle).label if draft.cycle else ""
        facts = [
            ("doers", _("Doer"), self._named(draft.doers)),
            ("assists", _("Co-handling units"), self._named(draft.assists)),
            ("checker", _("Checking unit"), draft.checker.name if draft.checker else ""),
            ("due_on", _("Due"), words.long_day(draft.due_on) if draft.due_on else ""),
            ("cycle", _("Comes round"), cycle),
            ("proof_kind", _("Proof"), terms.proof_label(draft.proof_kind)),
            ("indicator", _("Indicator"), draft.indicator),
            ("object_text", _("Object"), draft.object_text),
            ("sector", _("Sector"), sector_label(draft.sector) if draft.sector else ""),
        ]
        return [
            {
                "label": label,
                "value": value,
                "origin": drafting.origin(draft, name),
                "is_missing": name in missing,
            }
            for name, label, value in facts
            if value or name in missing
        ]

    def _named(self, pks: list[int]) -> str:
        return words.shown([self.names[pk] for pk in pks if pk in self.names])

    def _owner(self, owner: dict[str, Any]) -> dict[str, Any]:
        """A unit as the text names it, and what the tree knows by that name."""
        units = [self.names[pk] for pk in owner["units"] if pk in self.names]
        if owner["is_group"]:
            note = _("group of %(n)d units, choose") % {"n": len(owner["units"])}
        elif not units:
            note = _("not in the units tree")
        elif len(units) > 1:
            note = _("unclear: %(units)s") % {"units": words.shown(units[:4])}
        else:
            note = units[0] if units[0] != owner["name"] else ""
        how = drafting.HOW.get(owner["how"], "")
        return {"name": owner["name"], "note": note, "how": how, "is_sure": owner["is_explicit"]}

    # --- what is no task

    def _unmapped(self, live: list[Draft]) -> list[dict[str, Any]]:
        """Clauses of running text that no task stands on (R-005)."""
        mapped = {clause.pk for draft in live for clause in draft.clauses.all()}
        return [
            {
                "number": row.number,
                "text": row.text.strip(),
                "kind": kind_label(row.kind),
                "is_aside": row.is_set_aside,
            }
            for row in self.clauses
            if row.pk not in mapped and row.level == 0 and row.text.strip()
        ]

    def _plans(self) -> dict[str, Any] | None:
        """Who owes a plan of their own under this one."""
        due = self.document.plans_due_on
        if due is None:
            return None
        lacking = queries.without_own_plan(self.document)
        n_all = self.document.addressees.count()
        own = Document._base_manager.filter(implements=self.document).select_related("unit")
        return {
            "due": words.long_day(due),
            "is_late": due < queries.today(),
            "lacking": [unit.name for unit in lacking],
            "n_have": n_all - len(lacking),
            "n_all": n_all,
            "own": [
                {"unit": row.unit.name, "title": row.title, "url": f"/documents/{row.uid}/"}
                for row in own.order_by("id")
            ],
        }
