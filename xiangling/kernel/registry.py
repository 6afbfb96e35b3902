"""What the apps offer to the generic parts: kinds of case, lists, imports, jobs, menu entries.

The shelves are fixed; an unknown shelf or a second entry under one key is an error, and nothing is
ever taken down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .loop import Field, Loop, ProofRule
    from .models import Case, Entry


@dataclass(frozen=True)
class Beside:
    """What an app shows beside a form while it is filled in, and asks again at `url` as answers change.

    ``template`` draws it from ``context(case, answers, actor)``; ``case`` is None while one is being
    opened; ``asks`` names the answers that are sent along. The form works the same without it.
    """

    url: str
    template: str
    context: Callable[[Any, Mapping[str, Any], Any], dict[str, Any]]
    asks: tuple[str, ...]


@dataclass(frozen=True)
class Intake:
    """How a case of a kind is opened by form and by API.

    ``prepare(case, data, actor)`` fills the case from the answers (fields' `to` columns are already
    set) and may raise Refused; ``suggest(data, actor)`` may name open cases that look the same.
    """

    fields: tuple[Field, ...]
    prepare: Callable[[Any, dict[str, Any], Any], None]
    proof: ProofRule | None = None
    label: Any = ""
    suggest: Callable[[dict[str, Any], Any], Iterable[Any]] | None = None
    beside: Beside | None = None


@dataclass(frozen=True)
class Kind:
    """One kind of case, with everything the generic pages and the API need to serve it.

    ``beside(rows)`` lets the query for a record say in passing what its facts would else ask one by one;
    ``facts(case)`` gives [(group title, [(label, value, url)])]; ``mark(case)`` a short word for
    the docket (a grade), ``mark_label(mark)`` its wording; ``place(case)`` the (lat, lng) of its
    object or None; ``chain(case, on)`` the duty holders by layer. ``noted(written)`` is called with
    every (case, entry) just written, in the same transaction: for what the app keeps beside its cases.
    ``remarks(entry)`` says in sentences what an entry keeps beyond the answers to its step.
    """

    key: str
    plural: str
    model: type[Case]
    loop: Loop
    label: Any
    facts: Callable[[Any], list[Any]]
    intake: Intake | None = None
    mark: Callable[[Any], str] = lambda case: ""
    mark_label: Callable[[str], Any] = lambda mark: mark
    place: Callable[[Any], tuple[float, float] | None] = lambda case: None
    chain: Callable[[Any, Any], list[Any]] | None = None
    serialize: Callable[[Any], dict[str, Any]] | None = None
    remarks: Callable[[Entry], Iterable[str]] | None = None
    noted: Callable[[Sequence[tuple[Any, Entry]]], None] | None = None
    beside: Callable[[Any], Any] = lambda rows: rows
    template: str = "web/record.html"
    related: tuple[str, ...] = ()


@dataclass(frozen=True)
class Duty:
    """A duty code: what it is called and the layers that answer for it, in order."""

    code: str
    label: Any
    layers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Counted:
    """How the cases of a kind are counted, beyond what their loop says of every kind.

    ``opened_on(case)`` is the day a case counts as opened on (None: the day of its first entry);
    ``grade`` and ``source`` give the words it is broken down by; ``also(case, entries)`` names
    further facts of a case: (word, day, weight), each at most once.
    """

    opened_on: Callable[[Any], date | None] = lambda case: None
    grade: Callable[[Any], str] = lambda case: ""
    source: Callable[[Any], str] = lambda case: ""
    grades: Sequence[tuple[str, Any]] = ()
    sources: Sequence[tuple[str, Any]] = ()
    also: Callable[[Any, Sequence[Any]], Iterable[tuple[str, date, int]]] = lambda case, entries: ()


@dataclass(frozen=True)
class Narrowing:
    """A parameter that narrows lists from outside their own filters: a figure opening its rows.

    ``q(list, text)`` is the query it makes and ``told(text)`` its wording; both raise Refused for
    text that makes no sense.
    """

    label: Any
    q: Callable[[Any, str], Any]
    told: Callable[[str], str]


@dataclass(frozen=True)
class MenuItem:
    """An entry of the left menu, shown to posts that hold one of `duties` (all posts if empty).

    `also` are the beginnings of other addresses that belong to it.
    """

    key: str
    label: Any
    url: str
    icon: str
    order: int
    duties: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Panel:
    """What another part shows beside a record: a title, rows (label, address, note, further
    (label, address) pairs), and what may be begun from there (label, address)."""

    title: Any
    rows: Sequence[tuple[Any, str, Any, Sequence[tuple[Any, str]]]] = ()
    actions: Sequence[tuple[Any, str]] = ()


@dataclass(frozen=True)
class Binder:
    """The part that keeps the figures of a paper it drafted bound to what they count.

    ``bind(paper, actor)`` gives (figures, tables) as counted now; ``check(paper, actor)`` raises Refused
    where the paper may not go out; ``freeze(paper, actor)`` keeps the figures in the transaction that
    issues it; ``address(paper)`` is the page on which it is worded and read.
    """

    bind: Callable[[Any, Any], tuple[dict[str, Any], dict[str, Any]]]
    check: Callable[[Any, Any], None]
    freeze: Callable[[Any, Any], None]
    address: Callable[[Any], str]


@dataclass(frozen=True)
class Matter:
    """What notices are about that is no case: its wording by kind of notice, and its page by uid."""

    told: Callable[[str], Any]
    address: Callable[[Any], str]


@dataclass
class Registry:
    kinds: dict[str, Kind] = field(default_factory=dict)
    duties: dict[str, Duty] = field(default_factory=dict)
    lists: dict[str, Any] = field(default_factory=dict)
    importers: dict[str, Any] = field(default_factory=dict)
    jobs: dict[str, Callable[..., Any]] = field(default_factory=dict)
    menu: dict[str, MenuItem] = field(default_factory=dict)
    home: dict[str, Callable[..., Any]] = field(default_factory=dict)
    clocks: dict[str, Callable[..., None]] = field(default_factory=dict)
    reactions: dict[str, Callable[..., None]] = field(default_factory=dict)
    counted: dict[str, Counted] = field(default_factory=dict)
    panels: dict[str, Callable[[Kind, Any, Any], Panel | None]] = field(default_factory=dict)
    fills: dict[str, Callable[[Any], dict[str, Any]]] = field(default_factory=dict)
    measures: dict[str, Any] = field(default_factory=dict)
    narrowings: dict[str, Narrowing] = field(default_factory=dict)
    endpoints: dict[str, Callable[..., None]] = field(default_factory=dict)
    binders: dict[str, Binder] = field(default_factory=dict)
    matters: dict[str, Matter] = field(default_factory=dict)


_shelves = Registry()


def add(shelf: str, key: str, value: Any) -> None:
    """Put `value` on a shelf. Raises KeyError for an unknown shelf, ValueError for a taken key."""
    if shelf not in _shelves.__dataclass_fields__:
        raise KeyError(f"unknown shelf: {shelf}")
    entries = getattr(_shelves, shelf)
    if key in entries and entries[key] is not value:
        raise ValueError(f"{shelf}: {key} is taken")
    entries[key] = value


def add_kind(kind: Kind) -> None:
    add("kinds", kind.key, kind)


def add_duties(*duties: Duty) -> None:
    for duty in duties:
        add("duties", duty.code, duty)


def shelf(name: str) -> dict[str, Any]:
    """The entries of a shelf, by key, in the order they were added."""
    return dict(getattr(_shelves, name))


def kinds() -> list[Kind]:
    return list(_shelves.kinds.values())


def kind(key: str) -> Kind:
    """The kind under `key`. Raises KeyError."""
    return _shelves.kinds[key]


def kind_of(model: type[Any]) -> Kind:
    """The kind that `model` is. Raises KeyError for a model that is no registered case."""
    for found in _shelves.kinds.values():
        if found.model is model:
            return found
    raise KeyError(f"{model.__name__} is not a registered kind of case")
