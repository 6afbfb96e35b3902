"""Write docs/loops.md: every loop as it is declared, in tables and as a diagram."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import translation

from xiangling.kernel import packs, registry
from xiangling.kernel.loop import BACK, Loop, State, Step

HEAD = """# Loops

Every kind of case that runs a loop, as its declaration says. This page is generated; write it anew with `make loops`.
Rows apply by date and by facts of the case: what is shown are the rows of `xiangling/packs/clocks.yaml` and
`xiangling/packs/ladders.yaml`, conditions first.

A step may be taken by a post that holds its duty, in a state it starts from, and not by the person who took one of the
steps under "not by" of the same record. What is not here is refused.
"""


def document() -> str:
    """The page as text."""
    parts = [HEAD]
    parts += [_loop(kind.loop, kind.label) for kind in registry.kinds()]
    parts.append(_duties())
    return "\n".join(parts)


def both(label: Any) -> str:
    """A label in both languages: English · 中文."""
    with translation.override("en"):
        english = str(label)
    with translation.override("zh-hans"):
        chinese = str(label)
    return english if english == chinese else f"{english} · {chinese}"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(head)
    lines = [_row(head), _row("---" for _ in head)]
    lines += [_row(cell.replace("|", "\\|") for cell in row) for row in rows]
    return "\n".join(lines) + "\n"


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _loop(loop: Loop, label: Any) -> str:
    states = [_state(loop, state) for state in loop.states.values()]
    steps = [_step(loop, step) for step in loop.steps.values()]
    return "\n".join(
        [
            f"## {both(label)} `{loop.kind}`\n",
            f"Opened by `{loop.opened_by}`, entry `{loop.kind}.{loop.opened_past}`; "
            f"numbers begin with {loop.series}.\n",
            f"```mermaid\n{loop.diagram()}\n```\n",
            _table(("state", "label", "whose turn", "clock", "due"), states),
            _table(
                (
                    "step",
                    "label",
                    "from → to",
                    "duty",
                    "not by",
                    "proof",
                    "asks for",
                    "entry",
                    "law",
                ),
                steps,
            ),
            _table(
                ("ladder", "for", "entry", "label", "tells"),
                _rungs(loop),
            ),
        ]
    )


def _state(loop: Loop, state: State) -> list[str]:
    turns = [f"`{duty}` if {_condition(fits)}" for fits, duty in state.turns]
    turns += [f"`{state.turn}`"] if state.turn else []
    name = f"`{state.name}`" + (" (end)" if state.is_final else "")
    due = f"`{state.due}`, else the clock" if state.due else ""
    return [name, both(state.label), "; ".join(turns), "; ".join(_clocks(state.clock)), due]


def _clocks(key: str) -> Iterator[str]:
    rows = [row for row in packs.load("clocks") if row["key"] == key]
    for row in sorted(rows, key=lambda row: not row.get("when")):
        amount, unit = row["amount"], row["unit"]
        limit = "by the end of the day" if amount == 0 else f"{amount} {unit}"
        limit += " days" if amount and unit in ("natural", "working") else ""
        yield f"{_facts(row)}{limit} ({row['law']})"


def _facts(row: dict[str, Any]) -> str:
    found = [f"{name} {value}" for name, value in (row.get("when") or {}).items()]
    return f"{', '.join(found)}: " if found else ""


def _condition(fits: Callable[[Any], bool]) -> str:
    """The name of what a condition asks: its own, or that of the fact it reads."""
    if fits.__name__ != "<lambda>":
        return f"`{fits.__name__}`"
    return _codes(fits.__code__.co_names)


def _step(loop: Loop, step: Step) -> list[str]:
    source = "any open state" if step.sources == ("*",) else _codes(step.sources)
    target = {"=": "stays", BACK: "where it came from"}.get(step.target, f"`{step.target}`")
    asked = [
        f"{both(field.label)}{'' if field.required else ' (optional)'}"
        + (f" (if {_condition(field.when)})" if field.when else "")
        for field in step.fields
    ]
    return [
        f"`{step.name}`",
        both(step.label),
        f"{source} → {target}",
        f"`{step.by}`" + (" (the unit that answers)" if step.by_holder else ""),
        _codes(step.not_by),
        _proof(step),
        "; ".join(asked),
        f"`{loop.kind}.{step.past}`",
        step.law,
    ]


def _proof(step: Step) -> str:
    if step.proof is None:
        return ""
    words = ", ".join(f"{number} {role}" for role, number in step.proof.roles.items())
    words += f", taken after `{step.proof.since}`" if step.proof.since else ""
    return words + (f" (if {_condition(step.proof.when)})" if step.proof.when else "")


def _rungs(loop: Loop) -> Iterator[list[str]]:
    for row in packs.load("ladders"):
        if row["key"] != loop.ladder:
            continue
        for rung in row["rungs"]:
            amount = abs(rung["at"])
            days = f"{amount} {rung['unit']} day{'' if amount == 1 else 's'}"
            when = "due" if rung["at"] == 0 else f"{days} {'before' if rung['at'] < 0 else 'after'}"
            level = f" (level {rung['level']})" if "level" in rung else ""
            facts = _facts(row).removesuffix(": ")
            told = _codes(rung["to"]) + level
            yield [when, facts, f"`{loop.kind}.{rung['do']}`", rung["label"], told]


def _duties() -> str:
    roles = packs.load("roles")
    rows = []
    for duty in registry.shelf("duties").values():
        holders = dict.fromkeys(row["key"] for row in roles if duty.code in row["duties"])
        rows.append([f"`{duty.code}`", both(duty.label), ", ".join(duty.layers), _codes(holders)])
    head = ("duty", "label", "layers asked for an answerable unit", "roles that hold it")
    return "## Duties and roles\n\n" + _table(head, rows)


class Command(BaseCommand):
    help = "Write the loops as they are declared (docs/loops.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", help="where to write; standard output if left out")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["file"]:
            Path(options["file"]).write_text(document(), "utf-8")
        else:
            self.stdout.write(document(), ending="")
