"""System checks on every declaration: a loop that could lose a case does not start."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register

from . import clock, packs, registry
from .loop import BACK, Loop
from .registry import Kind

ASIDE = {"=", BACK}


@register("kernel")
def check_declarations(
    app_configs: Sequence[AppConfig] | None = None, **_: Any
) -> list[CheckMessage]:
    """Check loops, clocks, duties and case columns of every registered kind."""
    found: list[CheckMessage] = []
    for kind in registry.kinds():
        words = [*_loop_faults(kind.loop), *_duty_faults(kind.loop), *_column_faults(kind)]
        words += _pack_faults(kind.loop)
        found += [Error(f"{kind.key}: {fault}", id="kernel.E001") for fault in words]
    return found


def _loop_faults(loop: Loop) -> Iterator[str]:
    if loop.start not in loop.states:
        yield f"start state {loop.start} is not declared"
    pasts = [step.past for step in loop.steps.values()] + [loop.opened_past]
    for past in {past for past in pasts if pasts.count(past) > 1}:
        yield f"two steps leave the same entry kind: {past}"
    for step in loop.steps.values():
        for name in {*loop.sources(step), step.target} - ASIDE - loop.states.keys():
            yield f"step {step.name} names an undeclared state: {name}"
        for name in {*step.not_by, *([step.proof.since] if step.proof else [])} - {"", "open"}:
            if name not in loop.steps:
                yield f"step {step.name} names an undeclared step: {name}"
    for name in loop.states.keys() - _reached(loop):
        yield f"state {name} cannot be reached"
    for state in loop.states.values():
        leaves = [
            step for step in loop.from_state(state.name) if step.target not in {"=", state.name}
        ]
        if not state.is_final and not leaves:
            yield f"state {state.name} is open and no step leaves it"
        if not state.is_final and not state.turn:
            yield f"state {state.name} is open and it is nobody's turn"
        if not state.is_final and not state.clock:
            yield f"state {state.name} is open and has no clock"


def _reached(loop: Loop) -> set[str]:
    seen, ahead = set[str](), [loop.start]
    while ahead:
        name = ahead.pop()
        if name not in seen and name in loop.states:
            seen.add(name)
            ahead += [step.target for step in loop.from_state(name) if step.target not in ASIDE]
    return seen


def _duty_faults(loop: Loop) -> Iterator[str]:
    known = registry.shelf("duties")
    used = {step.by for step in loop.steps.values()} | {loop.opened_by}
    used |= {state.turn for state in loop.states.values() if state.turn}
    used |= {duty for state in loop.states.values() for _fits, duty in state.turns}
    for code in sorted(used - known.keys()):
        yield f"duty {code} is not declared"


def _column_faults(kind: Kind) -> Iterator[str]:
    columns = {field.name for field in kind.model._meta.get_fields()} | {
        getattr(field, "attname", "") for field in kind.model._meta.get_fields()
    }
    for step in kind.loop.steps.values():
        for asked in step.fields:
            if asked.to and asked.to not in columns:
                yield f"step {step.name} saves {asked.name} in {asked.to}, which is no column"
    for state in kind.loop.states.values():
        if state.due and state.due not in columns:
            yield f"state {state.name} is due by {state.due}, which is no column"


def _pack_faults(loop: Loop) -> Iterator[str]:
    today = clock.local_date(clock.now())  # a check has no event: the packs in force now
    rows = packs.load("clocks")
    for state in loop.states.values():
        plain = [
            row
            for row in rows
            if row["key"] == state.clock and not row.get("when") and packs.in_force(row, today)
        ]
        if state.clock and not plain:
            yield f"clock {state.clock} has no row without conditions in force"
    rungs = [
        rung for row in packs.load("ladders") if row["key"] == loop.ladder for rung in row["rungs"]
    ]
    known = registry.shelf("duties").keys() | {"turn"}
    for code in {code for rung in rungs for code in rung["to"]} - known:
        yield f"its ladder tells {code}, which is no duty"
