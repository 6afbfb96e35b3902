"""Suites that an app inherits: the whole state x step x post matrix of a loop, and its lists.

A subclass names its kind and says how to make a case in a state and who the personas are; what
must happen is read off the declaration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import timedelta
from types import TracebackType
from typing import Any

from django.db import transaction

from . import clock, docket, duty, engine, ledger, registry
from .actor import Actor
from .forms import form_field
from .lists import List
from .loop import Field, Loop
from .models import Case, Docket, Entry, Refusal
from .refusal import Refused
from .scope import ScopeMissing, unscoped

NOT_OFFERED = {
    "wrong_state",
    "no_duty",
    "other_unit",
    "not_found",
    "same_person",
    "unknown_step",
}
"""Refusals that come from the declaration alone, before anything is filled in."""


def answers(fields: Iterable[Field], case: Any, actor: Actor) -> dict[str, Any]:
    """Plausible answers to declared fields, for tests that drive any loop."""
    given: dict[str, Any] = {}
    for asked in fields:
        choices = getattr(form_field(asked, case, actor), "choices", None)
        values = [value for value, _label in choices or [] if value not in ("", None)]
        if values:
            given[asked.name] = values[0]
        elif asked.kind == "date":
            base = getattr(case, "deadline", None) or clock.local_date(clock.now())
            given[asked.name] = base + timedelta(days=9)
        elif asked.kind in ("integer", "money", "unit", "post"):
            given[asked.name] = 1
        elif asked.kind not in ("bool", "datetime", "case"):
            given[asked.name] = "现场核实"
    return given


def check_promises(case: Case) -> None:
    """What holds for every case at every moment: its docket row, its chain, its place in a list."""
    kind = registry.kind_of(type(case))
    case.refresh_from_db()
    row = Docket._base_manager.filter(case_uid=case.uid).first()
    is_open = not kind.loop.states[case.state].is_final
    assert (case.closed_at is None) == is_open
    assert (row is not None) == is_open, "the docket holds exactly the open cases"
    if row is not None:
        assert (row.state, row.due_at, row.unit_id) == (case.state, case.due_at, case.unit_id)
        assert row.turn == kind.loop.states[case.state].turn_of(case)
    assert ledger.verify_case(case) is None


def on_somebodys_list(case: Case, actors: Iterable[Actor]) -> list[Actor]:
    """The actors whose to-do list shows this case."""
    with unscoped("test"):
        rows = Docket.objects.filter(case_uid=case.uid)
        return [actor for actor in actors if docket.my_turn(actor, rows).exists()]


class LoopTests:
    """Every step, in every state, by every persona: allowed exactly where the declaration says so.

    Subclasses are pytest classes with the attribute `kind` and the fixtures they like; they override
    `make` and `personas`.
    """

    kind: str

    @property
    def loop(self) -> Loop:
        return registry.kind(self.kind).loop

    def make(self, state: str) -> Case:
        """A case in this state."""
        raise LookupError(state)

    def personas(self) -> Mapping[str, Callable[[], AbstractContextManager[Actor]]]:
        """Persona key -> context manager that acts as them."""
        return {}

    def test_every_state_step_and_persona(self) -> None:
        for state in self.loop.states:
            case = self.make(state)
            assert case.state == state
            for acting in self.personas().values():
                for step in self.loop.steps.values():
                    with acting() as actor:
                        self._try(case, step.name, actor)

    def _try(self, case: Case, name: str, actor: Actor) -> None:
        step, before = self.loop.steps[name], (case.state, case.version, case.head)
        expected = self._expected(case, name, actor)
        code = ""
        logged = Refusal.objects.count()
        with _undone():
            try:
                given = answers(step.fields_for(case), case, actor)
                engine.move(case, name, actor=actor, data=given)
            except Refused as refusal:
                code, words = refusal.code, str(refusal)
                assert words.strip()
                assert Refusal.objects.count() == logged + 1, "a refusal is kept"
        case.refresh_from_db()
        assert (case.state, case.version, case.head) == before
        where = f"{case.state} x {name} x {actor.label}"
        if expected:
            assert code in expected, f"{where}: {code or 'taken'}, expected {expected}"
        else:
            assert code not in NOT_OFFERED, f"{where}: refused as {code}"

    def _expected(self, case: Case, name: str, actor: Actor) -> set[str]:
        step = self.loop.steps[name]
        if not actor.scope.covers(case):
            return {"not_found"}
        if case.state not in self.loop.sources(step):
            return {"wrong_state"}
        if not actor.may(step.by):
            return {"no_duty"}
        if not engine.is_holder(case, step, actor):
            return {"other_unit"}
        if step.not_by and actor.person in engine.takers_of(case, step.not_by):
            return {"same_person"}
        return set()

    def test_every_open_state_is_somebodys_turn(self) -> None:
        for state in self.loop.open_states:
            case = self.make(state)
            check_promises(case)
            on = clock.local_date(case.changed_at)
            turn = self.loop.states[state].turn_of(case)
            assert duty.resolve(turn, case, on), f"nobody answers for {state}"


class _Undo(Exception):
    """Rolls a block back."""


class _undone:  # noqa: N801 - reads as a word
    """A savepoint that is always rolled back; what happens inside is tried, not done."""

    def __enter__(self) -> None:
        self._block = transaction.atomic()
        self._block.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._block.__exit__(kind, error, trace)
            return
        self._block.__exit__(_Undo, _Undo(), None)


class ListTests:
    """A list fails closed, pages without loss, and exports exactly what it shows."""

    key: str

    @property
    def list(self) -> List:
        found: List = registry.shelf("lists")[self.key]
        return found

    def actor(self) -> AbstractContextManager[Actor]:
        raise LookupError

    def make_rows(self) -> int:
        """Make rows that `actor` may see; returns how many."""
        raise LookupError

    def test_without_scope_it_raises(self) -> None:
        with self.actor() as actor:
            pass
        try:
            list(self.list.rows(actor, {}))
        except ScopeMissing:
            return
        raise AssertionError("a list answered without a scope")

    def test_pages_hold_every_row_once_in_every_view(self) -> None:
        self.make_rows()
        with self.actor() as actor:
            for view in self.list.views:
                params = {"view": view.key}
                wanted = [row.pk for row in self.list.rows(actor, params)]
                assert [row.pk for row in self._walk(actor, params)] == wanted

    def _walk(self, actor: Actor, params: dict[str, str]) -> Iterator[Any]:
        after = ""
        while True:
            page = self.list.page(actor, {**params, "after": after}, size=3)
            yield from page.rows
            if not page.next:
                return
            after = page.next

    def test_export_has_every_row(self) -> None:
        n = self.make_rows()
        with self.actor() as actor:
            assert sum(1 for _row in self.list.export(actor, {})) == n

    def test_every_filter_answers(self) -> None:
        self.make_rows()
        with self.actor() as actor:
            form = self.list.form_class(actor)()
            for wanted in self.list.filters:
                choices = getattr(form.fields[wanted.key], "choices", None)
                offered = [value for value, _label in choices or [] if value]
                values = ["2026-06-10"] if choices is None else offered
                for value in values[:20]:
                    answer = "on" if wanted.kind == "flag" else value
                    list(self.list.rows(actor, {wanted.key: answer})[:1])


def entries_of(case: Case) -> list[str]:
    """The entry kinds of a case, in order."""
    return list(
        Entry.objects.filter(case_uid=case.uid).order_by("seq").values_list("kind", flat=True)
    )
