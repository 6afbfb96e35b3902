"""A kernel list as a page: cells with chips, filters as chips, addresses that keep everything chosen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from xiangling.kernel import registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.lists import Column, List, asked_once
from xiangling.kernel.models import Case, Docket, SavedView
from xiangling.kernel.registry import Kind
from xiangling.kernel.search import SearchField

from . import marks, people, words
from .access import kind_of_list
from .bulk import steps_for_many
from .cells import as_html

MOST_COLUMNS = 8
"""Columns shown on a screen; the sheet has them all."""
_LOOKS = {"due_at": "due", "object.name": "where", "unit.name": "unit", "mark": "grade"}
MINOR = {"sector", "kind", "unit.name", "unit"}
"""Columns that give way first where room is short."""
_BATCH = 500
CURSORS = ("after", "before")


def dress(rows: Iterable[Any]) -> list[Any]:
    """Give case and docket rows the names of whose turn it is, in a handful of queries for all."""
    given = list(rows)
    cases = [row for row in given if isinstance(row, Case)]
    if cases:
        found = Docket._base_manager.filter(case_uid__in=[row.uid for row in cases])
        dockets: dict[Any, Docket] = {row.case_uid: row for row in found}
    else:
        dockets = {row.case_uid: row for row in given if isinstance(row, Docket)}
    names = people.names_for(dockets.values()) if dockets else people.Names()
    for row in given:
        open_row = row if isinstance(row, Docket) else dockets.get(getattr(row, "uid", None))
        row.turn_holder = names.holder(open_row) if open_row else None
        row.is_blind = open_row is not None and open_row.holder_unit is None
        row.unit_name = names.units.get(open_row.unit_id, "") if open_row else ""
    return given


@dataclass
class ListPage:
    """One list, asked with one set of parameters by one actor."""

    found: List
    actor: Actor
    params: QueryDict

    def __post_init__(self) -> None:
        self.kind: Kind | None = kind_of_list(self.found)
        self.path = f"/{self.found.key}/"
        self.due = marks.DueWords()
        self.columns: list[Column] = list(self.found.columns[:MOST_COLUMNS])
        start = self.found.start_view
        if start and not set(self.params) - {"format"}:
            self.params = QueryDict(f"view={start}")

    # --- addresses

    def address(self, **changes: str | None) -> str:
        """This list with some parameters changed; paging starts afresh unless a cursor is given."""
        kept = self.params.copy()
        for name in (*CURSORS, "format"):
            kept.pop(name, None)
        for name, value in changes.items():
            kept.pop(name, None)
            if value:
                kept[name] = value
        query = kept.urlencode()
        return f"{self.path}?{query}" if query else self.path

    # --- the page

    def context(self) -> dict[str, Any]:
        """`page`, as web/list.html asks for it."""
        with asked_once():
            return self._context()

    def _context(self) -> dict[str, Any]:
        part = self.found.page(self.actor, self.params)
        rows = dress(part.rows)
        count, is_exact = self.found.count(self.actor, self.params)
        figure = words.number(count)
        view = self.found.view(self.params)
        return {
            "key": self.found.key,
            "title": self.found.title,
            "note": getattr(self.found, "note", ""),
            "count_label": (
                ngettext("%(n)s row", "%(n)s rows", count)
                if is_exact
                else _("more than %(n)s rows")
            )
            % {"n": figure},
            "views": self._views(view.key),
            "filters": self.filter_form(),
            "has_filters": bool(self.found.filters),
            "chips": self._chips(),
            "clear_url": self._cleared(),
            "columns": [head(column) for column in self.columns],
            "rows": [self.row(row) for row in rows],
            "bulk": self._bulk(),
            "next_url": self.address(after=part.next) if part.next else "",
            "prev_url": self.address(before=part.previous) if part.previous else "",
            "export_url": self.address(format="xlsx"),
            **self._ways_in(),
            "saved": self._saved(),
            "save_url": f"/saved-views/{self.found.key}/" if self.found.is_savable else "",
            "preview": self.kind is not None or self.found.model is Docket,
            "empty": self.found.empty,
        }

    def _views(self, active: str) -> list[dict[str, Any]]:
        if len(self.found.views) < 2:
            return []
        bare = "" if self.found.start_view else self.found.views[0].key
        return [
            {
                "label": view.label,
                "url": self.address(view="" if view.key == bare else view.key),
                "active": view.key == active,
            }
            for view in self.found.views
        ]

    def filter_form(self) -> forms.Form | None:
        """The filters bound to what is chosen, with the words box first and the view carried along."""
        base = self.found.form_class(self.actor)
        made: dict[str, Any] = {}
        if self.found.is_searchable:
            box = forms.TextInput(
                attrs={"aria-label": _("Words"), "placeholder": _("Words in this list")}
            )
            box.input_type = "search"
            made["q"] = forms.CharField(
                label=_("Words"), required=False, max_length=100, widget=box
            )
        made |= base.base_fields
        if not made:
            return None
        for key in (
            "view",
            *(name for name in registry.shelf("narrowings") if name in self.params),
        ):
            made[key] = forms.CharField(required=False, widget=forms.HiddenInput)
        form_class = type("ListFilters", (forms.Form,), made)
        form: forms.Form = form_class(data=self.params, auto_id="filter_%s")
        return form

    def _chosen(self) -> dict[str, tuple[Any, Any]]:
        """Filter key -> (label, answer in words) of the filters that are set."""
        chosen: dict[str, tuple[Any, Any]] = {}
        if self.found.is_searchable and (text := self.params.get("q", "").strip()):
            chosen["q"] = (_("Words"), text)
        for key, narrowing in registry.shelf("narrowings").items():
            if text := self.params.get(key, ""):
                chosen[key] = (narrowing.label, narrowing.told(text))
        form = self.found.form_class(self.actor)(data=self.params)
        form.is_valid()
        for wanted in self.found.filters:
            answer = form.cleaned_data.get(wanted.key)
            if answer not in (None, "", False):
                control = form.fields[wanted.key]
                labels = {str(code): label for code, label in getattr(control, "choices", ())}
                said = "" if answer is True else labels.get(str(answer), words.in_list(answer))
                if wanted.words:
                    said = wanted.words(answer)
                chosen[wanted.key] = (wanted.label, str(said).strip())
        return chosen

    def _chips(self) -> list[dict[str, Any]]:
        return [
            {
                "label": _("%(label)s: %(value)s") % {"label": label, "value": said}
                if said
                else label,
                "remove_url": self.address(**{key: None}),
            }
            for key, (label, said) in self._chosen().items()
        ]

    def _cleared(self) -> str:
        view = self.params.get("view", "")
        return f"{self.path}?view={view}" if view else self.path

    def _ways_in(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        kind = self.kind
        if kind and kind.intake and self.actor.may(kind.loop.opened_by):
            found |= {"create_url": f"/{kind.key}/new/", "create_label": kind.intake.label}
        if self.found.create_url and self.actor.may(self.found.create_duty):
            found |= {"create_url": self.found.create_url, "create_label": self.found.create_label}
        for importer in registry.shelf("importers").values():
            if importer.list_key == self.found.key and self.actor.may(importer.duty):
                found["import_url"] = f"/import/{importer.key}/"
        return found

    def _saved(self) -> list[dict[str, Any]]:
        rows = SavedView.objects.filter(person=self.actor.person or 0, list_key=self.found.key)
        here = self.address().partition("?")[2]
        return [
            {
                "label": row.name,
                "url": f"{self.path}?{row.query}" if row.query else self.path,
                "active": row.query == here,
                "remove_url": f"/saved-views/{row.pk}/delete/",
            }
            for row in rows.order_by("name")
        ]

    def _bulk(self) -> list[dict[str, Any]]:
        if self.kind is None:
            return []
        return [
            {
                "label": step.label,
                "url": f"{self.path}bulk/{step.name}/",
                "danger": step.is_dangerous,
            }
            for step in steps_for_many(self.kind, self.actor)
        ]

    # --- rows

    def row(self, row: Any) -> dict[str, Any]:
        url = self.found.url(row)
        can_preview = bool(url) and isinstance(row, Case | Docket)
        cells = [self.cell(column, row) for column in self.columns]
        if url:
            named = next((cell for cell in cells if cell["key"] == "title"), None)
            code = next((cell for cell in cells if cell["key"] == "code"), None)
            for cell in (named, code) if named or code else cells[:1]:
                if cell is not None:
                    cell["url"] = url
        return {
            "uid": getattr(row, "uid", row.pk),
            "url": url,
            "preview_url": f"{url}?preview=1" if can_preview else "",
            "cells": cells,
            "html": as_html(cells),
        }

    def cell(self, column: Column, row: Any) -> dict[str, Any]:
        """One cell in words, as a chip where the column is one."""
        made = head(column)
        if column.key == "holder" and isinstance(row, Case | Docket):
            return made | holder_cell(row)
        mark = self._chip(column, row)
        if mark is not None:
            return made | {"chip": mark}
        return made | {
            "text": words.in_list(plain(column, row)),
            "url": self.found.cell_url(column, row),
            "sub": self.found.cell_note(column, row),
        }

    def _chip(self, column: Column, row: Any) -> marks.Chip | None:
        kind = self.kind or registry.shelf("kinds").get(getattr(row, "case_kind", ""))
        if kind is None:
            return None
        match column.chip:
            case "mark":
                return marks.grade_chip(
                    kind, row.mark if isinstance(row, Docket) else kind.mark(row)
                )
            case "state":
                return marks.state_chip(kind.loop, row.state)
            case "due":
                ended = getattr(row, "closed_at", None)
                return None if ended else self.due.chip(row.due_at)
        return None


def look(column: Column) -> str:
    """The word under which the style sheet knows a column."""
    return _LOOKS.get(column.key, column.key.replace(".", "-"))


def head(column: Column) -> dict[str, Any]:
    """A column as the head of the table and each of its cells know it."""
    return {
        "key": look(column),
        "label": column.label,
        "numeric": column.is_numeric,
        "minor": column.key in MINOR,
    }


def holder_cell(row: Any) -> dict[str, Any]:
    if row.turn_holder is None:
        return {"text": _("Nobody answers") if row.is_blind else ""}
    holder = row.turn_holder
    if holder["name"]:
        return {"text": holder["name"], "sub": holder["post"]}
    return {"text": holder["post"]}


def plain(column: Column, row: Any) -> Any:
    """The value of a cell as a sheet takes it: numbers and times typed, the rest in words."""
    if isinstance(row, Docket):
        match column.key:
            case "unit":
                return getattr(row, "unit_name", "")
            case "state":
                return registry.kind(row.case_kind).loop.states[row.state].label
            case "mark":
                return registry.kind(row.case_kind).mark_label(row.mark) if row.mark else ""
    elif column.chip == "state" and isinstance(row, Case) and column.value is None:
        return registry.kind_of(type(row)).loop.states[row.state].label
    return column.of(row)


def sheet_rows(found: List, actor: Actor, params: Mapping[str, Any]) -> Iterator[list[Any]]:
    """Every matching row as the exported columns' values, a batch of names at a time."""
    columns = [column for column in found.columns if column.is_exported]
    rows = found.rows(actor, params)
    unshown = [one.name for one in found.model._meta.fields if isinstance(one, SearchField)]
    source = rows.defer(*unshown).iterator(chunk_size=_BATCH)
    while batch := dress(islice(source, _BATCH)):
        found.dress(batch)
        for row in batch:
            yield [sheet_cell(column, row) for column in columns]


def sheet_cell(column: Column, row: Any) -> Any:
    if column.key == "holder" and isinstance(row, Case | Docket):
        said = holder_cell(row)
        return " ".join(filter(None, [said["text"], said.get("sub", "")]))
    value = plain(column, row)
    return (
        value
        if isinstance(value, int | float) or hasattr(value, "isoformat")
        else words.shown(value)
    )
