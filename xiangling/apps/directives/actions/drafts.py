"""What a person does with proposed tasks: complete, confirm, split, join, drop; every change is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid5

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from xiangling.apps.directives import drafting, terms
from xiangling.apps.directives.models import Clause, Document, Draft, Part, Task
from xiangling.kernel import ledger, wording
from xiangling.kernel.actor import Actor
from xiangling.kernel.refusal import Refused
from xiangling.org.models import Unit

from .documents import check_taker
from .tasks import TaskFacts, open_task, start_recurrence

EDITABLE = (*drafting.SUPPLIABLE, "words")
COMMON = ("checker", "due_on", "proof_kind", "doers")
_KEPT = ("state", "drop_reason", *drafting.SUPPLIABLE, "words")


def _locked(draft: Draft, actor: Actor) -> Draft:
    """The draft as it stands, for changing. Raises Refused when it is no longer open."""
    row = Draft.objects.select_for_update().get(pk=draft.pk)
    check_taker(actor, row.document)
    if row.state != Draft.State.OPEN:
        raise Refused(
            "draft_closed",
            _("Nothing was changed: this proposal is “%(state)s”.")
            % {"state": row.get_state_display()},
            todo=_("Look at the task, or take the proposal up again."),
        )
    return row


def _before(draft: Draft) -> dict[str, Any]:
    return {name: draft.checker_id if name == "checker" else getattr(draft, name) for name in _KEPT}


def _save(draft: Draft, before: dict[str, Any], actor: Actor) -> None:
    draft.save()
    checker = before.pop("checker")
    ledger.record_edit(draft, actor=actor, before={**before, "checker_id": checker})


def change_draft(draft: Draft, values: dict[str, Any], *, actor: Actor) -> Draft:
    """Take over what a person typed; `values` has columns of EDITABLE, units by their number."""
    with transaction.atomic():
        row = _locked(draft, actor)
        before = _before(row)
        for name in EDITABLE:
            if name in values:
                setattr(row, "checker_id" if name == "checker" else name, values[name])
        row.assists = [pk for pk in row.assists if pk not in row.doers]
        _save(row, before, actor)
    return row


def fill_common(drafts: Sequence[Draft], values: dict[str, Any], *, actor: Actor) -> int:
    """Give many drafts what they lack of COMMON; what is there already stays. Returns how many changed."""
    changed = 0
    with transaction.atomic():
        for draft in drafts:
            lacking = drafting.lacks(draft)
            wanted = {name: values[name] for name in COMMON if values.get(name) and name in lacking}
            if wanted and draft.state == Draft.State.OPEN:
                change_draft(draft, wanted, actor=actor)
                changed += 1
    return changed


def confirm_draft(draft: Draft, *, actor: Actor) -> list[Task]:
    """Make tasks of a complete draft and give them out; nothing is sent before this.

    Each doer gets a task; co-handling units get one that belongs to the first doer's. Raises
    Refused, naming what is missing, and then gives out nothing.
    """
    with transaction.atomic():
        row = _locked(draft, actor)
        if missing := drafting.lacks(row):
            labels = [drafting.NEEDED[name] for name in missing]
            why = _("Missing: %(what)s.") % {"what": wording.listed(labels)}
            raise Refused(
                "incomplete",
                _("The task was not confirmed: it is incomplete."),
                why=why,
                todo=_("Complete the marked fields; then confirm."),
                fields={name: _("This is still missing.") for name in missing},
                status=422,
            )
        tasks = _give_out(row, actor)
        before = _before(row)
        row.state = Draft.State.CONFIRMED
        _save(row, before, actor)
    return tasks


def _give_out(draft: Draft, actor: Actor) -> list[Task]:
    tasks: list[Task] = []
    for place, unit in enumerate([*draft.doers, *draft.assists]):
        is_assist = place >= len(draft.doers)
        is_lead = bool(draft.assists) and place == 0
        assert draft.checker_id is not None
        assert draft.due_on is not None
        facts = TaskFacts(
            what=draft.what,
            unit=unit,
            checker=draft.checker_id,
            due_on=draft.due_on,
            proof_kind=draft.proof_kind,
            basis=drafting.basis(draft),
            source=draft.quote,
            object_text=draft.object_text,
            indicator=draft.indicator,
            sector=_sector_for(draft, unit),
            words=draft.words,
            document=draft.document,
            draft=draft,
            part=Part.ASSIST if is_assist else Part.LEAD if is_lead else Part.WHOLE,
            parent=tasks[0] if is_assist else None,
            recurrence=start_recurrence(draft.cycle, draft.due_on)
            if draft.cycle and not is_assist
            else None,
            supplied=tuple(drafting.supplied(draft)),
        )
        uid = uuid5(draft.document.uid, f"{draft.pk}:{unit}:{place}")
        tasks.append(open_task(facts, actor=actor, uid=uid))
    return tasks


def _sector_for(draft: Draft, unit: int) -> str:
    """The draft's sector, where the unit works in it; else its own is taken when the task is given out."""
    sectors = Unit.objects.get(pk=unit).sectors
    return draft.sector if not sectors or draft.sector in sectors else ""


def drop_draft(draft: Draft, reason: str, *, actor: Actor) -> None:
    """It is no task; its clauses are listed as unmapped again."""
    if not reason.strip():
        why = _("Say why this is no task.")
        raise Refused(
            "no_reason",
            _("The proposal was not dropped."),
            why=why,
            fields={"reason": why},
            status=422,
        )
    with transaction.atomic():
        row = _locked(draft, actor)
        before = _before(row)
        row.state, row.drop_reason = Draft.State.DROPPED, reason.strip()[:200]
        _save(row, before, actor)


def restore_draft(draft: Draft, *, actor: Actor) -> None:
    """Take a dropped proposal up again."""
    with transaction.atomic():
        row = Draft.objects.select_for_update().get(pk=draft.pk)
        check_taker(actor, row.document)
        if row.state == Draft.State.DROPPED:
            before = _before(row)
            row.state, row.drop_reason = Draft.State.OPEN, ""
            _save(row, before, actor)


def split_draft(draft: Draft, lines: Sequence[str], *, actor: Actor) -> list[Draft]:
    """Make several proposals of one: a line each, all with its source, units and dates."""
    wanted = [line.strip() for line in lines if line.strip()]
    if not 2 <= len(wanted) <= 20:
        why = _("Write one task per line, two to twenty of them.")
        raise Refused(
            "bad_split",
            _("The proposal was not split."),
            why=why,
            fields={"lines": why},
            status=422,
        )
    with transaction.atomic():
        row = _locked(draft, actor)
        clauses = list(row.clauses.all())
        before = _before(row)
        row.what = wanted[0]
        row.words = terms.suggested_words(row.what)
        _save(row, before, actor)
        made = [row]
        for text in wanted[1:]:
            copy = Draft.objects.get(pk=row.pk)
            copy.pk = None
            copy.what, copy.words = text, terms.suggested_words(text)
            copy.save(force_insert=True)
            copy.clauses.set(clauses)
            ledger.record_edit(copy, actor=actor, before={"what": ""})
            made.append(copy)
    return made


def join_drafts(drafts: Sequence[Draft], *, actor: Actor) -> Draft:
    """Make one proposal of several: the first takes over the others' text, clauses and units."""
    if len(drafts) < 2:
        raise Refused(
            "bad_join",
            _("Nothing was joined."),
            todo=_("Mark at least two proposals of this document."),
            status=422,
        )
    with transaction.atomic():
        rows = [_locked(draft, actor) for draft in sorted(drafts, key=lambda d: (d.order, d.pk))]
        first = rows[0]
        before = _before(first)
        first.what = "；".join(row.what.rstrip("。；;") for row in rows)
        first.quote = "\n".join(dict.fromkeys(row.quote for row in rows))
        first.doers = list(dict.fromkeys(pk for row in rows for pk in row.doers))
        first.assists = list(dict.fromkeys(pk for row in rows for pk in row.assists))
        first.assists = [pk for pk in first.assists if pk not in first.doers]
        first.owners = [owner for row in rows for owner in row.owners]
        for name in ("due_on", "checker_id", "proof_kind", "cycle", "sector", "indicator"):
            if not getattr(first, name):
                setattr(
                    first,
                    name,
                    next((v for r in rows if (v := getattr(r, name))), None)
                    or getattr(first, name),
                )
        first.clauses.add(*Clause.objects.filter(drafts__in=rows))
        _save(first, before, actor)
        for row in rows[1:]:
            drop_draft(row, str(_("Joined with proposal %(n)d") % {"n": first.order}), actor=actor)
    return first


def draft_from_clause(clause: Clause, *, actor: Actor) -> Draft:
    """Turn a clause that the reading did not take for a task into a proposal; all of it is then supplied."""
    check_taker(actor, clause.document)
    with transaction.atomic():
        document = Document._base_manager.select_for_update().get(pk=clause.document_id)
        last = document.drafts.aggregate(last=Max("order"))["last"] or 0
        sentence = document.clauses.filter(paragraph=clause.paragraph, sentence=clause.sentence)
        what = clause.text.strip().strip("，；、")
        draft = Draft.objects.create(
            document=document,
            order=last + 1,
            paragraph=clause.paragraph,
            sentence=clause.sentence,
            start=clause.start,
            end=clause.end,
            quote="".join(row.text for row in sentence).strip(),
            what=what,
            words=terms.suggested_words(what),
            extracted={},
        )
        draft.clauses.add(clause)
        ledger.record_edit(draft, actor=actor, before={"what": ""})
    return draft
