"""The verbs of the criteria library: follow the packs, take in provisions, change them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from xiangling.kernel import clock, ledger, registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.refusal import Refused
from xiangling.kernel.search import bigrams

from .library import Criterion, Library, Standard, built_in
from .models import Edition, Provision

_followed: list[Library] = []
CLAUSE_FACTS = (
    "article", "trade", "text", "subject", "defect", "condition", "thresholds", "exempt", "ask", "limit",
)  # fmt: skip
EDITION_FACTS = ("title", "number", "begins_on", "ends_on", "is_held")


# --- the packs' own -----------------------------------------------------------------------------


def follow_packs(now: datetime | None = None) -> None:
    """Bring the rows that come from the packs up to date with them; what was entered here stays.

    Runs after every upgrade and in every worker once; repeating it changes nothing.
    """
    library = built_in()
    if _followed and _followed[0] is library:
        return
    mirror(library, now or clock.now())
    _followed[:] = [library]


@transaction.atomic
def mirror(library: Library, now: datetime) -> int:
    """Write a library's rows as the packs' own; returns how many rows were written."""
    held = {row.standard for row in library.criteria}
    held |= set(Provision.objects.filter(is_from_pack=False).values_list("edition__key", flat=True))
    editions = {row.key: row for row in Edition.objects.all()}
    written = 0
    for standard in library.standards:
        facts = edition_facts(standard) | {"is_held": standard.held or standard.key in held}
        row = editions.setdefault(standard.key, Edition(key=standard.key))
        written += _bring(row, facts, now, bigrams(standard.title, standard.number))
    known = {row.code: row for row in Provision.objects.all()}
    fresh, stale = [], []
    for criterion in library.criteria:
        facts = clause_facts(criterion) | {"edition_id": editions[criterion.standard].pk}
        clause = known.pop(criterion.id, None)
        if clause is None:
            clause = Provision(code=criterion.id)
            fresh.append(clause)
        elif all(getattr(clause, name) == value for name, value in facts.items()):
            continue
        else:
            stale.append(clause)
        for name, value in facts.items():
            setattr(clause, name, value)
        clause.is_from_pack, clause.changed_at = True, now
        clause.search = words_of_clause(clause, editions[criterion.standard])
    Provision.objects.bulk_create(fresh, batch_size=500)
    names = [*CLAUSE_FACTS, "edition_id", "is_from_pack", "changed_at", "search"]
    Provision.objects.bulk_update(stale, names, batch_size=200)
    gone = [row.pk for row in known.values() if row.is_from_pack]
    Provision.objects.filter(pk__in=gone).delete()
    return written + len(fresh) + len(stale) + len(gone)


def _bring(row: Edition, facts: Mapping[str, Any], now: datetime, words: str) -> int:
    if row.pk and all(getattr(row, name) == value for name, value in facts.items()):
        return 0
    for name, value in facts.items():
        setattr(row, name, value)
    row.is_from_pack, row.changed_at, row.search = True, now, words
    row.save()
    return 1


def edition_facts(standard: Standard) -> dict[str, Any]:
    return {
        "group": standard.group,
        "title": standard.title,
        "number": standard.number,
        "begins_on": standard.begins,
        "ends_on": standard.ends,
        "numbering": standard.numbering,
        "accompanies": standard.accompanies,
    }


def clause_facts(criterion: Criterion) -> dict[str, Any]:
    return {
        "article": criterion.article,
        "trade": criterion.trade,
        "text": criterion.text,
        "subject": list(criterion.subject),
        "defect": list(criterion.defect),
        "condition": list(criterion.condition),
        "thresholds": [{**asdict(one), "near": list(one.near)} for one in criterion.thresholds],
        "exempt": list(criterion.exempt),
        "ask": criterion.ask,
        "limit": criterion.limit,
    }


def words_of_clause(clause: Provision, edition: Edition) -> str:
    """What a clause is found by."""
    return bigrams(
        clause.code, clause.article, clause.text, clause.trade, edition.title, edition.number,
        *map(str, clause.subject),
    )  # fmt: skip


# --- entered here -------------------------------------------------------------------------------


def check_may_edit(actor: Actor) -> None:
    if not actor.may("standard.edit"):
        raise Refused(
            "no_duty", _("Keeping the criteria library is not a duty of your post."), status=403
        )


def refuse_pack_row(row: Edition | Provision) -> None:
    """Raises Refused for a row that is not this city's to change."""
    if row.is_from_pack:
        raise Refused(
            "from_pack",
            _("This row comes with the product and follows its upgrades."),
            todo=_("Enter a newer edition under its own number instead."),
        )


def change_clause(clause: Provision, facts: Mapping[str, Any], *, actor: Actor) -> Provision:
    """Change a clause that was entered here; what was before is kept. Raises Refused."""
    check_may_edit(actor)
    refuse_pack_row(clause)
    with transaction.atomic():
        row = (
            Provision.objects.select_for_update(of=("self",))
            .select_related("edition")
            .get(pk=clause.pk)
        )
        set_clause(row, facts, actor)
    return row


def set_clause(row: Provision, facts: Mapping[str, Any], actor: Actor) -> bool:
    """Set facts of a stored clause and keep the edit; False where nothing differs."""
    before = {name: getattr(row, name) for name in facts}
    if all(value == facts[name] for name, value in before.items()):
        return False
    for name, value in facts.items():
        setattr(row, name, value)
    row.changed_at, row.search = clock.now(), words_of_clause(row, row.edition)
    row.save()
    ledger.record_edit(row, actor=actor, before=before)
    return True


def change_edition(edition: Edition, facts: Mapping[str, Any], *, actor: Actor) -> Edition:
    """Change an edition that was entered here. Raises Refused, also where it would end before it begins."""
    check_may_edit(actor)
    refuse_pack_row(edition)
    with transaction.atomic():
        row = Edition.objects.select_for_update().get(pk=edition.pk)
        before = {name: getattr(row, name) for name in facts}
        for name, value in facts.items():
            setattr(row, name, value)
        check_dates(row.begins_on, row.ends_on)
        row.changed_at, row.search = clock.now(), bigrams(row.title, row.number)
        row.save()
        ledger.record_edit(row, actor=actor, before=before)
    return row


def check_dates(begins: date, ends: date | None) -> None:
    if ends is not None and ends < begins:
        words = _("A standard cannot end before it begins.")
        raise Refused("bad_dates", words, fields={"ends_on": words}, status=422)


registry.add("clocks", "standards.packs", follow_packs)
