"""A list, declared once: table, filters, search, saved views, keyset pages, API, workbook."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import reduce
from itertools import islice
from operator import and_
from typing import Any, ClassVar

from django import forms
from django.db import models
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

from . import clock, once, registry, search
from .actor import Actor
from .forms import DateInput
from .refusal import Refused
from .registry import Kind

PAGE = 50
EXPORTED = 1000
"""Rows that an export reads at once."""
BY_DUE = ("due_at", "id")
NEWEST = ("-opened_at", "-id")
"""Orders of lists of cases; `kernel.models.case_indexes` has an index for each."""
COUNT_CAP = 10_000
COUNT_AMONG = 20_000
"""Newest rows of a view among which filters are counted: the closed history grows, the count does not."""
_UNASKED = (None, "", False)
_forms: ContextVar[dict[tuple[str, int], type[forms.Form]] | None] = ContextVar(
    "forms", default=None
)
_OVERDUE = ngettext_lazy("%(n)d day overdue", "%(n)d days overdue", "n")
_WORKING_DAYS_LEFT = ngettext_lazy("%(n)d working day left", "%(n)d working days left", "n")
_DAYS_LEFT = ngettext_lazy("%(n)d day left", "%(n)d days left", "n")


@contextmanager
def asked_once() -> Iterator[None]:
    """Read the choices of filters once for a block: a page asks for its rows, their number and the form."""
    token = _forms.set({})
    try:
        with once.block():
            yield
    finally:
        _forms.reset(token)


@dataclass(frozen=True)
class Column:
    """A column: `value(row)` for people, or the attribute path `key` (dots allowed)."""

    key: str
    label: Any
    value: Callable[[Any], Any] | None = None
    is_numeric: bool = False
    is_code: bool = False
    chip: str = ""
    is_exported: bool = True
    width: int = 14

    def of(self, row: Any) -> Any:
        if self.value:
            return self.value(row)
        for name in self.key.split("."):
            row = getattr(row, name, None)
        return row


@dataclass(frozen=True)
class Filter:
    """A filter: how it is asked (`kind`), and the query it makes of an answer.

    One that is not `is_shown` is set by links only; `words` says how an answer reads that is no choice.
    """

    key: str
    label: Any
    kind: str = "choice"
    choices: Sequence[tuple[str, Any]] | Callable[[Actor], Sequence[tuple[str, Any]]] = ()
    q: Callable[[Any], Q] | None = None
    lookup: str = ""
    is_shown: bool = True
    words: Callable[[Any], Any] | None = None

    def query(self, answer: Any) -> Q:
        return self.q(answer) if self.q else Q(**{self.lookup or self.key: answer})


@dataclass(frozen=True)
class View:
    """A quick view above a list: a name, a fixed query and an order of its own."""

    key: str
    label: Any
    q: Callable[[Actor], Q] | None = None
    order: tuple[str, ...] = ("-id",)


@dataclass(frozen=True)
class Page:
    """One page of rows with the cursors of its neighbours ("" where there is none)."""

    rows: list[Any]
    next: str
    previous: str


class List:
    """Base of every list. Subclasses set the class attributes; methods may be overridden."""

    key: ClassVar[str]
    model: ClassVar[type[Model]]
    title: ClassVar[Any]
    columns: ClassVar[tuple[Column, ...]]
    filters: ClassVar[tuple[Filter, ...]] = ()
    views: ClassVar[tuple[View, ...]] = (View("all", pgettext_lazy("view", "All")),)
    start_view: ClassVar[str] = ""
    """The view a page opens on when nothing was asked; "" is the first. The API asks for what it wants."""
    related: ClassVar[tuple[str, ...]] = ()
    is_searchable: ClassVar[bool] = False
    duties: ClassVar[tuple[str, ...]] = ()
    is_savable: ClassVar[bool] = True
    """Whether a person may keep its filters as a view of their own: where its key is a fixed one."""
    empty: ClassVar[Any] = _("Nothing here matches.")
    create_url: ClassVar[str] = ""
    """Where a row is made by hand, for lists of rows that are no cases; open to `create_duty`."""
    create_label: ClassVar[Any] = ""
    create_duty: ClassVar[str] = ""

    def base(self, actor: Actor) -> QuerySet[Any]:
        """All rows this list may show; scoped models scope themselves."""
        return self.model._default_manager.all()

    def dress(self, rows: Sequence[Any]) -> None:
        """Give loaded rows what the columns show beyond the query, in a few queries for all."""

    def url(self, row: Any) -> str:
        return ""

    def cell_url(self, column: Column, row: Any) -> str:
        """The address of what one cell counts or names, where that is not the row itself."""
        return ""

    def cell_note(self, column: Column, row: Any) -> str:
        """A second, quieter line of a cell."""
        return ""

    # --- filters

    def form_class(self, actor: Actor) -> type[forms.Form]:
        """The filters as a form, with the choices this actor has."""
        known = _forms.get()
        if known is not None and (self.key, id(actor)) in known:
            return known[self.key, id(actor)]
        made: dict[str, Any] = {}
        for wanted in self.filters:
            made[wanted.key] = self._control(wanted, actor)
            if not wanted.is_shown:
                made[wanted.key].widget = forms.HiddenInput()
        found = type("FilterForm", (forms.Form,), made)
        if known is not None:
            known[self.key, id(actor)] = found
        return found

    def _control(self, wanted: Filter, actor: Actor) -> forms.Field:
        common: dict[str, Any] = {"label": wanted.label, "required": False}
        match wanted.kind:
            case "choice":
                choices = wanted.choices(actor) if callable(wanted.choices) else wanted.choices
                return forms.ChoiceField(choices=[("", _("All")), *choices], **common)
            case "flag":
                return forms.BooleanField(**common)
            case "date":
                return forms.DateField(widget=DateInput(), **common)
            case _:
                return forms.CharField(max_length=100, **common)

    def kind(self) -> Kind | None:
        """The kind whose cases this list shows, if they are cases."""
        return next((kind for kind in registry.kinds() if kind.model is self.model), None)

    def view(self, params: Mapping[str, Any]) -> View:
        wanted = params.get("view", "")
        return next((view for view in self.views if view.key == wanted), self.views[0])

    def rows(self, actor: Actor, params: Mapping[str, Any]) -> QuerySet[Any]:
        """The rows that view, filters and words of `params` select, in the view's order.

        Raises Refused (`bad_filter`) with a sentence for each filter that makes no sense.
        """
        rows, words = self._wordless(actor, params), self._words(params)
        return search.matching(rows, words) if words else rows

    def _wordless(self, actor: Actor, params: Mapping[str, Any]) -> QuerySet[Any]:
        """What view and filters select, in the view's order; words not asked yet."""
        rows = self._viewed(actor, params)
        for chosen in self._chosen(actor, params):
            rows = rows.filter(chosen)
        return rows.select_related(*self.related).order_by(*self.view(params).order)

    def _viewed(self, actor: Actor, params: Mapping[str, Any]) -> QuerySet[Any]:
        rows, view = self.base(actor), self.view(params)
        for key, narrowing in registry.shelf("narrowings").items():
            if text := str(params.get(key, "")):
                rows = rows.filter(narrowing.q(self, text))
        return rows.filter(view.q(actor)) if view.q else rows

    def _chosen(self, actor: Actor, params: Mapping[str, Any]) -> list[Q]:
        form = self.form_class(actor)(data=dict(params.items()))
        if not form.is_valid():
            wrong = {name: " ".join(map(str, errors)) for name, errors in form.errors.items()}
            raise Refused("bad_filter", _("A filter cannot be read."), fields=wrong, status=422)
        answers = [(wanted, form.cleaned_data[wanted.key]) for wanted in self.filters]
        return [wanted.query(answer) for wanted, answer in answers if answer not in _UNASKED]

    def _words(self, params: Mapping[str, Any]) -> str:
        words = str(params.get("q", ""))[:100]
        return words if self.is_searchable and words.strip() else ""

    # --- pages by keyset

    def page(self, actor: Actor, params: Mapping[str, Any], size: int = PAGE) -> Page:
        """One page of `rows`, by `after` or `before` cursors (values of the order columns)."""
        rows, order = self._wordless(actor, params), self.view(params).order
        before, after = str(params.get("before", "")), str(params.get("after", ""))
        backward = bool(before)
        if before or after:
            rows = rows.filter(_beyond(order, _decode(before or after, order), backward))
        if backward:
            rows = rows.order_by(*[_flip(name) for name in order])
        if words := self._words(params):
            rows = search.first(rows, words, size + 1)
        found = list(rows[: size + 1])
        more, found = len(found) > size, found[:size]
        if backward:
            found.reverse()
        self.dress(found)
        has_next = bool(found) and (more if not backward else True)
        has_previous = bool(found) and (more if backward else bool(after))
        return Page(
            found,
            _encode(found[-1], order) if has_next else "",
            _encode(found[0], order) if has_previous else "",
        )

    def count(self, actor: Actor, params: Mapping[str, Any]) -> tuple[int, bool]:
        """How many rows match, and whether that is exact.

        Counting stops at COUNT_CAP; filters are counted among the first COUNT_AMONG rows of the view, and
        words that stand in many rows among fewer (`kernel.search`), so that the cost does not follow the
        history.
        """
        if words := self._words(params):
            return search.count(self._wordless(actor, params), words, PAGE + 1)
        if chosen := self._chosen(actor, params):
            return self._count_among(actor, params, chosen)
        found = self.rows(actor, params).order_by()[: COUNT_CAP + 1].count()
        return min(found, COUNT_CAP), found <= COUNT_CAP

    def _count_among(
        self, actor: Actor, params: Mapping[str, Any], chosen: Sequence[Q]
    ) -> tuple[int, bool]:
        fits = models.Case(models.When(reduce(and_, chosen), then=1))
        first = self._viewed(actor, params).order_by(*self.view(params).order)
        looked = first.annotate(fits=fits).values("pk", "fits")[: COUNT_AMONG + 1]
        found = looked.aggregate(fitting=models.Count("fits"), among=models.Count("pk"))
        is_whole = found["among"] <= COUNT_AMONG and found["fitting"] <= COUNT_CAP
        return min(found["fitting"], COUNT_CAP), is_whole

    def export(self, actor: Actor, params: Mapping[str, Any]) -> Iterator[list[Any]]:
        """Every matching row as the exported columns' values, with bounded memory."""
        columns = [column for column in self.columns if column.is_exported]
        source = self.rows(actor, params).iterator(chunk_size=EXPORTED)
        while batch := list(islice(source, EXPORTED)):
            self.dress(batch)
            for row in batch:
                yield [column.of(row) for column in columns]


def _flip(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _encode(row: Any, order: Sequence[str]) -> str:
    values = []
    for name in order:
        value: Any = row
        for part in name.lstrip("-").split("__"):
            value = getattr(value, part)
        values.append(value.isoformat() if isinstance(value, date) else value)
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _decode(cursor: str, order: Sequence[str]) -> list[Any]:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list) or len(values) != len(order):
            raise ValueError(cursor)
        return [_typed(name, value) for name, value in zip(order, values, strict=True)]
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise Refused(
            "bad_cursor",
            _("This page address is no longer valid."),
            todo=_("Open the list again from its first page."),
            status=422,
        ) from error


def _typed(name: str, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError(name)
    last = name.lstrip("-").rpartition("__")[2]
    if last == "at" or last.endswith("_at"):
        return datetime.fromisoformat(str(value)).astimezone(UTC)
    if last == "on" or last.endswith("_on"):
        return date.fromisoformat(str(value))
    if name.lstrip("-") in {"id", "seq", "number"} and not isinstance(value, int):
        raise ValueError(name)
    if isinstance(value, int) and abs(value) >= 2**63:
        raise ValueError(name)
    if isinstance(value, str) and "\0" in value:
        raise ValueError(name)
    return value.encode().decode() if isinstance(value, str) else value


def _beyond(order: Sequence[str], values: Sequence[Any], backward: bool) -> Q:
    """Rows that come after (or before) the given values in this order.

    The bound on the first column says nothing new to us, but tells the database where in its index to begin.
    """
    q, equal, bound = Q(), Q(), Q()
    for name, value in zip(order, values, strict=True):
        descending = name.startswith("-") != backward
        plain = name.lstrip("-")
        beyond = "lt" if descending else "gt"
        bound = bound or Q(**{f"{plain}__{beyond}e": value})
        q |= equal & Q(**{f"{plain}__{beyond}": value})
        equal &= Q(**{plain: value})
    return bound & q


def due_words(
    due_at: datetime | None,
    now: datetime | None = None,
    calendar: Mapping[date, bool] | None = None,
) -> dict[str, Any]:
    """How long is left, in words and with a tone: {"text", "tone": late | today | soon | calm}.

    `calendar` holds the exceptions of the next 16 days where the caller has read them already.
    """
    if due_at is None:
        return {"text": "", "tone": "calm"}
    today, due = clock.local_date(now or clock.now()), clock.local_date(due_at)
    days = (due - today).days
    if days < 0:
        return {"text": _OVERDUE % {"n": -days}, "tone": "late"}
    if days == 0:
        return {"text": _("due today"), "tone": "today"}
    working = clock.working_days_between(today, due, calendar) if days <= 15 else 0
    if working:
        return {
            "text": _WORKING_DAYS_LEFT % {"n": working},
            "tone": "soon" if working <= 3 else "calm",
        }
    return {"text": _DAYS_LEFT % {"n": days}, "tone": "soon" if days <= 3 else "calm"}
