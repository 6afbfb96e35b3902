"""A loop: the life of one kind of case, as data.

From one declaration come the buttons, the API, the permission matrix, the tests and the diagram.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from .registry import Beside

BACK = "<back>"
"""Target of a step that returns a case to the state it was in before it came here."""

FieldKind = Literal[
    "text", "long", "choice", "date", "datetime", "bool", "integer", "money", "unit", "post", "case"
]


@dataclass(frozen=True)
class Field:
    """One thing a step asks for.

    ``to`` names the case column that the answer is saved in as well; the ledger keeps it anyway.
    ``choices`` is a sequence of (value, label) or a callable of (case, actor) that returns one.
    ``when`` limits the field to cases for which it returns true. ``initial`` is a value or a
    callable of (case, actor).
    """

    name: str
    label: Any
    kind: FieldKind = "text"
    required: bool = True
    to: str = ""
    choices: Sequence[tuple[Any, Any]] | Callable[[Any, Any], Sequence[tuple[Any, Any]]] = ()
    help: Any = ""
    when: Callable[[Any], bool] | None = None
    initial: Any = None
    max_length: int = 2000

    def applies(self, case: Any) -> bool:
        return self.when is None or self.when(case)


@dataclass(frozen=True)
class ProofRule:
    """What evidence a step needs.

    ``roles`` maps a role (before, after, site, paper) to the least number of files. Photos must be
    taken after the case's last `since` step, near its object, and never used as proof before.
    ``when`` limits the rule to cases for which it returns true.
    """

    roles: dict[str, int] = field(default_factory=dict)
    since: str = ""
    near: bool = True
    when: Callable[[Any], bool] | None = None

    def applies(self, case: Any) -> bool:
        return self.when is None or self.when(case)


@dataclass(frozen=True)
class State:
    """A station of the loop.

    ``turn`` is the duty whose move it is; ``turns`` are (condition on the case, duty) pairs that come
    before it. ``clock`` is a key of the `clocks` pack, ``due`` the case
    column that holds a deadline set by an order, which then counts instead of the clock.
    """

    name: str
    label: Any
    turn: str = ""
    turns: tuple[tuple[Callable[[Any], bool], str], ...] = ()
    clock: str = ""
    due: str = ""
    is_final: bool = False
    is_side: bool = False

    def turn_of(self, case: Any) -> str:
        return next((duty for fits, duty in self.turns if fits(case)), self.turn)


@dataclass(frozen=True)
class Step:
    """One act that moves a case (or, with target "=", is recorded where it stands).

    ``path`` reads "source, source -> target"; source "*" is every open state, target "=" stays and
    BACK returns. ``by`` is the duty that may take it; ``not_by`` names earlier steps whose person
    may not take this one; ``by_holder`` keeps it to the unit that answers for that duty on the
    case. ``guards`` may raise Refused; ``prepare(case, data, actor, at)`` sets
    further columns before the case is written; ``effect`` runs in the same transaction after it.
    ``beside`` is shown beside the step's form.
    ``past`` is the entry kind's last word and ``told`` the sentence of the timeline.
    """

    name: str
    path: str
    by: str
    label: Any
    past: str
    told: Any
    fields: tuple[Field, ...] = ()
    not_by: tuple[str, ...] = ()
    by_holder: bool = False
    proof: ProofRule | None = None
    guards: tuple[Callable[..., None], ...] = ()
    prepare: Callable[..., None] | None = None
    effect: Callable[..., None] | None = None
    is_primary: bool = False
    is_dangerous: bool = False
    restarts_clock: bool = False
    shown: Callable[[Any], bool] | None = None
    beside: Beside | None = None
    law: str = ""

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.path.split("->")[0].split(","))

    @property
    def target(self) -> str:
        return self.path.split("->")[1].strip()

    def fields_for(self, case: Any) -> list[Field]:
        return [asked for asked in self.fields if asked.applies(case)]


class Loop:
    """The declaration of one kind of case: its states, its steps and where it starts."""

    def __init__(
        self,
        kind: str,
        *,
        label: Any,
        start: str,
        opened_by: str,
        opened_past: str,
        opened_told: Any,
        series: str,
        states: Sequence[State],
        steps: Sequence[Step],
        ladder: str = "",
        recorded: Mapping[str, Any] | None = None,
    ) -> None:
        self.kind = kind
        self.label = label
        self.start = start
        self.opened_by = opened_by
        self.opened_past = opened_past
        self.opened_told = opened_told
        self.series = series
        self.ladder = ladder or kind
        self.recorded = dict(recorded or {})
        """Entries that move nothing and are no step (`engine.record_many`), with their sentence."""
        self.states = {state.name: state for state in states}
        self.steps = {step.name: step for step in steps}
        if len(self.states) != len(states) or len(self.steps) != len(steps):
            raise ValueError(f"loop {kind}: a state or step is declared twice")

    def __repr__(self) -> str:
        return f"<Loop {self.kind}>"

    @property
    def open_states(self) -> list[str]:
        return [name for name, state in self.states.items() if not state.is_final]

    def sources(self, step: Step) -> list[str]:
        """The states a step may be taken in, "*" written out."""
        return self.open_states if step.sources == ("*",) else list(step.sources)

    def from_state(self, state: str) -> Iterator[Step]:
        """The steps that leave (or are recorded in) a state, in declared order."""
        for step in self.steps.values():
            if state in self.sources(step):
                yield step

    def told(self, entry_kind: str) -> Any:
        """The sentence for an entry kind of this loop, or "" for one it does not declare."""
        past = entry_kind.partition(".")[2]
        if past == self.opened_past:
            return self.opened_told
        if past in self.recorded:
            return self.recorded[past]
        return next((step.told for step in self.steps.values() if step.past == past), "")

    def diagram(self) -> str:
        """The loop as a Mermaid state diagram, for the docs."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.start}: {self.opened_past}"]
        for step in self.steps.values():
            if step.sources == ("*",) and step.target == "=":
                continue
            for source in self.sources(step):
                target = {"=": source, BACK: "[back]"}.get(step.target, step.target)
                if target != "[back]":
                    lines.append(f"    {source} --> {target}: {step.name}")
        lines += [f"    {s.name} --> [*]" for s in self.states.values() if s.is_final]
        return "\n".join(lines)
