"""Rows become records, and one firm stays one record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from xiangling.kernel import clock, ledger, wording
from xiangling.kernel.actor import Actor
from xiangling.kernel.imports import MERGED, NEW, Line, Outcome, refused
from xiangling.org.models import Unit

from .codes import name_key
from .facts import Draft, Reader
from .models import SupervisedObject
from .naming import rename_units

Kind = SupervisedObject.Kind
WRITTEN = (
    "name", "name_key", "identifier", "type", "sector", "region", "address", "lat", "lng", "liable_name",
    "liable_phone", "staff_count", "next_test_on", "status", "search", "changed_at",
)  # fmt: skip


def take(lines: Sequence[Line], actor: Actor) -> list[Outcome]:
    """Take in a batch of rows; a fixed number of queries whatever its length."""
    return _Batch(actor).take(lines)


class _Batch:
    """One batch: reads the drafts, finds what is known, merges or makes, writes all at once."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor
        self._now = clock.now()
        self._reader = Reader(actor.scope, clock.local_date(self._now))
        self._by_code: dict[tuple[str, str], SupervisedObject] = {}
        self._by_name: dict[tuple[str, str, str], SupervisedObject] = {}
        self._firms_called: dict[str, list[SupervisedObject]] = defaultdict(list)
        self._made: list[SupervisedObject] = []
        self._before: dict[int, tuple[SupervisedObject, dict[str, Any]]] = {}

    def take(self, lines: Sequence[Line]) -> list[Outcome]:
        drafts = [self._reader.read(line.values) for line in lines]
        outcomes = [
            refused(wording.clauses(dict.fromkeys(d.errors.values()))) if d.errors else None
            for d in drafts
        ]
        good = [draft for draft, outcome in zip(drafts, outcomes, strict=True) if outcome is None]
        self._find_firms(good)
        self._settle(drafts, outcomes, parts=False)
        self._write_firms()
        self._find_parts(good)
        self._settle(drafts, outcomes, parts=True)
        self._write_parts()
        self._write_changed()
        return [outcome for outcome in outcomes if outcome is not None]

    def _settle(self, drafts: list[Draft], outcomes: list[Outcome | None], *, parts: bool) -> None:
        for index, draft in enumerate(drafts):
            if outcomes[index] is None and (draft.kind != Kind.FIRM) == parts:
                outcomes[index] = self._part(draft) if parts else self._firm(draft)

    # --- what is known already: looked up without the actor's scope, so that nothing is made twice

    def _find_firms(self, drafts: Iterable[Draft]) -> None:
        codes, keys = set(), set()
        for draft in drafts:
            is_firm = draft.kind == Kind.FIRM
            codes.add(draft.identifier if is_firm else draft.firm_code)
            keys.add(draft.key if is_firm else name_key(draft.firm_name))
        known = SupervisedObject._base_manager.filter(kind=Kind.FIRM)
        for firm in _in_chunks(known, identifier__in=codes - {""}, name_key__in=keys - {""}):
            self._know(firm)

    def _find_parts(self, drafts: Iterable[Draft]) -> None:
        parts = [draft for draft in drafts if draft.kind != Kind.FIRM]
        known = SupervisedObject._base_manager.exclude(kind=Kind.FIRM).select_related("parent")
        codes = {draft.identifier for draft in parts} - {""}
        for part in _in_chunks(known, identifier__in=codes, name_key__in={d.key for d in parts}):
            self._know(part)

    def _know(self, row: SupervisedObject) -> None:
        if row.identifier:
            self._by_code.setdefault((row.kind, row.identifier), row)
        near = row.region[:9] if row.is_firm else str(row.unit_id)
        key = row.name_key or name_key(row.name)
        self._by_name.setdefault((row.kind, near, key), row)
        if row.is_firm and row not in self._firms_called[key]:
            self._firms_called[key].append(row)

    # --- one row

    def _firm(self, draft: Draft) -> Outcome:
        found = self._by_code.get((Kind.FIRM, draft.identifier)) if draft.identifier else None
        if found is None:
            found = self._by_name.get((Kind.FIRM, draft.town, draft.key))
            if found and draft.identifier and found.identifier:
                found = None
        if found:
            return self._merge(found, draft)
        if "sector" not in draft.values:
            return refused(_("The sector is missing."))
        firm = self._new(draft)
        firm.unit = Unit(
            name=firm.name,
            kind=Unit.Kind.ENTERPRISE,
            region=firm.region,
            level=9,
            starts_on=clock.local_date(self._now),
        )
        self._know(firm)
        return NEW

    def _part(self, draft: Draft) -> Outcome:
        firm = self._owner(draft)
        found = self._by_code.get((draft.kind, draft.identifier)) if draft.identifier else None
        if isinstance(firm, Outcome):
            if found is None or draft.firm_code or draft.firm_name:
                return firm
            return self._merge(found, draft)
        if found is None:
            found = self._by_name.get((draft.kind, str(firm.unit_id), draft.key))
            if found and draft.identifier and found.identifier:
                found = None
        if found and found.unit_id != firm.unit_id:
            return refused(
                _("The number %(code)s belongs to an object of another enterprise.")
                % {"code": draft.identifier}
            )
        if found:
            return self._merge(found, draft)
        if not self._sees(firm):
            return _elsewhere()
        draft.values.setdefault("region", firm.region)
        draft.values.setdefault(
            "sector", "special_equipment" if draft.kind == Kind.EQUIPMENT else firm.sector
        )
        if (
            self._actor.scope.sectors is not None
            and draft.values["sector"] not in self._actor.scope.sectors
        ):
            return refused(_("The object's sector is not your unit's."))
        part = self._new(draft)
        part.unit, part.parent = firm.unit, firm
        self._know(part)
        return NEW

    def _owner(self, draft: Draft) -> SupervisedObject | Outcome:
        """The firm a part belongs to, by code, else by name: in its town first, then where it is unique."""
        if draft.firm_code:
            firm = self._by_code.get((Kind.FIRM, draft.firm_code))
            return firm or refused(
                _("No enterprise with the code %(code)s is registered; import it first.")
                % {"code": draft.firm_code}
            )
        if not draft.firm_name:
            return refused(_("The enterprise that the object belongs to is missing."))
        key = name_key(draft.firm_name)
        near = self._by_name.get((Kind.FIRM, draft.town, key))
        called = [near] if near else [firm for firm in self._firms_called[key] if self._sees(firm)]
        if len(called) == 1:
            return called[0]
        if called:
            return refused(
                _("Several enterprises are called %(name)s; give the unified social credit code.")
                % {"name": draft.firm_name}
            )
        return refused(
            _("No enterprise called %(name)s is registered; import it first.")
            % {"name": draft.firm_name}
        )

    def _sees(self, row: SupervisedObject) -> bool:
        scope = self._actor.scope
        return row.region.startswith(scope.region) and (
            scope.units is None or row.unit_id in scope.units
        )

    def _merge(self, row: SupervisedObject, draft: Draft) -> Outcome:
        """Fill blanks and take over changed facts; a blank cell never takes anything away."""
        mine = self._actor.scope.covers(row) if row.pk else True
        if not mine:
            return _elsewhere()
        changes = {
            name: value for name, value in draft.values.items() if getattr(row, name) != value
        }
        if "name" in changes and name_key(changes["name"]) == row.name_key:
            del changes["name"]
        code = changes.get("identifier")
        if code and self._by_code.setdefault((row.kind, code), row) is not row:
            return refused(_("The number %(code)s belongs to another object.") % {"code": code})
        if not changes:
            return MERGED
        if row.pk and row.pk not in self._before:
            self._before[row.pk] = (row, {})
        for name, value in changes.items():
            if row.pk:
                self._before[row.pk][1].setdefault(name, getattr(row, name))
            setattr(row, name, value)
        row.name_key = name_key(row.name)
        return MERGED

    def _new(self, draft: Draft) -> SupervisedObject:
        row = SupervisedObject(
            kind=draft.kind,
            name_key=draft.key,
            created_at=self._now,
            changed_at=self._now,
            **draft.values,
        )
        self._made.append(row)
        return row

    # --- writing

    def _write_firms(self) -> None:
        firms, self._made = self._made, []
        if not firms:
            return
        for firm in firms:
            firm.unit.name, firm.unit.region = firm.name, firm.region
            firm.search = firm.words()
        units = Unit.objects.bulk_create([firm.unit for firm in firms])
        path = Concat(Value("/"), Cast("id", CharField()), Value("/"))
        for start in range(0, len(units), 500):
            chunk = [unit.pk for unit in units[start : start + 500]]
            Unit.objects.filter(pk__in=chunk).update(path=path)
        for firm in firms:
            firm.unit = firm.unit
        SupervisedObject._base_manager.bulk_create(firms)

    def _write_parts(self) -> None:
        for part in self._made:
            part.search = part.words()
        SupervisedObject._base_manager.bulk_create(self._made)

    def _write_changed(self) -> None:
        """Write merged records with what each was before; a renamed firm keeps its former name."""
        changed = [(row, before) for row, before in self._before.values() if before]
        if not changed:
            return
        for row, _before in changed:
            row.search, row.changed_at = row.words(), self._now
        SupervisedObject._base_manager.bulk_create(
            [row for row, _before in changed],
            update_conflicts=True,
            update_fields=list(WRITTEN),
            unique_fields=["id"],
        )
        ledger.record_edits(changed, actor=self._actor)
        rename_units(
            [row for row, before in changed if row.is_firm and before.keys() & {"name", "region"}]
        )


def _elsewhere() -> Outcome:
    return refused(
        _(
            "This record is kept by another area or department; ask the committee office to hand it over."
        )
    )


def _in_chunks(rows: Any, **lookups: set[str]) -> Iterable[SupervisedObject]:
    """The rows that fit any lookup, in queries of a bounded number of parameters."""
    for lookup, values in lookups.items():
        wanted = sorted(values)
        for start in range(0, len(wanted), 900):
            yield from rows.filter(**{lookup: wanted[start : start + 900]})
