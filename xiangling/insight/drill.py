"""From a figure to its rows: addresses of lists narrowed so that their rows are what was counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from xiangling.kernel import registry
from xiangling.kernel.lists import List
from xiangling.kernel.refusal import Refused
from xiangling.kernel.registry import Narrowing
from xiangling.kernel.scope import LEVELS
from xiangling.org.sectors import sector_choices, sector_label

from . import reading, visits
from .facts import SPANS
from .measures import Given, Registered, Term, Visited
from .models import Trace
from .periods import Period
from .places import Place, codes_of

PARAM = "figure"
VISITED, REGISTERED = "visited", "registered"
_WORDS = ("state", "sector", "grade", "source")
_WHAT = {
    VISITED: gettext_lazy("with a finding"),
    REGISTERED: gettext_lazy("in use today"),
    "opened": gettext_lazy("found or opened"),
    "ended": gettext_lazy("ended"),
    "settled": gettext_lazy("opened, and ended by today"),
    "reopened": gettext_lazy("re-opened"),
    "first_ended": gettext_lazy("ended for the first time"),
    "relapsed": gettext_lazy("ended for the first time, and re-opened since"),
    "open": gettext_lazy("open at the end"),
    "overdue": gettext_lazy("overdue at the end"),
    "timed": gettext_lazy("closed, with a deadline"),
    "on_time": gettext_lazy("closed, handed in by the deadline"),
}


def address(term: Term, place: Place, period: Period, where: Mapping[str, str]) -> str:
    """The page whose rows a term counts."""
    if isinstance(term, Given):
        asked = {
            "indicator": term.indicator,
            "region": place.code,
            "from": period.first,
            "until": period.last,
        }
        return f"/official_figures/?{urlencode(asked)}"
    if isinstance(term, Registered | Visited):
        what = VISITED if isinstance(term, Visited) else REGISTERED
        text = text_of(what, place, period, {**where, "kind": term.kind})
        return f"/objects/?{urlencode({PARAM: text})}"
    kind = registry.kind(term.kind)
    where = {**dict(term.where), **where}
    return f"/{kind.plural}/?{urlencode({PARAM: text_of(term.what, place, period, where)})}"


def text_of(what: str, place: Place, period: Period, where: Mapping[str, str]) -> str:
    """What was counted, where and when, as the value of the parameter; `narrow` reads it back."""
    parts = {
        "what": what,
        "from": str(period.first),
        "to": str(period.last),
        "in": place.code,
        **where,
    }
    return "~".join(f"{key}.{value}" for key, value in parts.items() if key != "in" or value)


def _read(text: str) -> dict[str, str]:
    parts = dict(piece.partition(".")[::2] for piece in text[:400].split("~"))
    try:
        known = {"what", "from", "to", "in", "kind", *_WORDS}
        if parts.keys() - known or not {"what", "from", "to"} <= parts.keys() or "\0" in text:
            raise ValueError(text)
        date.fromisoformat(parts["from"])
        date.fromisoformat(parts["to"])
        if parts.get("in") and len(parts["in"]) not in LEVELS:
            raise ValueError(text)
    except ValueError as error:
        raise _unreadable() from error
    return parts


def _unreadable() -> Refused:
    return Refused(
        "bad_filter",
        _("The figure that led here cannot be read."),
        todo=_("Open it again from its statistic."),
        status=422,
    )


def narrow(found: List, text: str) -> Q:
    """The rows of a list that a figure counted. Raises Refused for text that is no figure of this list."""
    asked = _read(text)
    if asked["what"] in (VISITED, REGISTERED) and found.key == "objects":
        return _objects(asked)
    kind = found.kind()
    if kind is None or asked["what"] in (VISITED, REGISTERED):
        raise _unreadable()
    rows = Trace.objects.filter(kind=kind.key, what=asked["what"])
    rows = rows.filter(**{word: asked[word] for word in _WORDS if word in asked})
    if asked.get("in"):
        column = LEVELS[len(asked["in"])]
        rows = rows.filter(**{f"{column}__in": codes_of(asked["in"])})
    first, last = date.fromisoformat(asked["from"]), date.fromisoformat(asked["to"])
    if asked["what"] in SPANS:
        rows = rows.filter(Q(until_on=None) | Q(until_on__gt=last), first_on__lte=last)
    else:
        rows = rows.filter(first_on__gte=first, first_on__lte=last)
    return Q(uid__in=rows.values("case_uid"))


def _objects(asked: Mapping[str, str]) -> Q:
    q = Q(status="active")
    if asked["what"] == VISITED:
        q &= visits.visited(date.fromisoformat(asked["from"]), date.fromisoformat(asked["to"]))
    if asked.get("in"):
        q &= reading.in_codes(codes_of(asked["in"]))
    return q & Q(**{word: asked[word] for word in ("kind", "sector") if word in asked})


def told(text: str) -> str:
    """What was counted, in words."""
    asked = _read(text)
    first, last = date.fromisoformat(asked["from"]), date.fromisoformat(asked["to"])
    what = str(_WHAT.get(asked["what"], asked["what"]))
    if asked["what"] == REGISTERED:
        return what
    if asked["what"] in SPANS:
        return f"{what} {last}"
    return f"{what} {Period(first, last).label()}"


def label_of(kind: str, word: str, value: str) -> str:
    """How the value of a word is called: a sector, grade, source or state."""
    if not value:
        return _("not stated")
    if word == "sector":
        return sector_label(value)
    found = registry.kind(kind)
    counted = registry.shelf("counted").get(kind)
    if word == "state":
        state = found.loop.states.get(value)
        return str(state.label) if state else value
    choices: Iterable[tuple[str, Any]] = ()
    if counted is not None:
        choices = counted.grades if word == "grade" else counted.sources
    return str(dict(choices).get(value, value))


def order_of(kind: str, word: str) -> Callable[[str], tuple[int, str]]:
    """The order in which the values of a word stand: as declared, unknown ones after, none last."""
    declared: list[str] = []
    counted = registry.shelf("counted").get(kind)
    if word == "sector":
        declared = [code for code, _label in sector_choices()]
    elif word == "state" and kind:
        declared = list(registry.kind(kind).loop.states)
    elif counted is not None and word in ("grade", "source"):
        declared = [
            code for code, _label in (counted.grades if word == "grade" else counted.sources)
        ]
    places = {code: number for number, code in enumerate(declared)}
    return lambda value: (places.get(value, len(places) + (not value)), value)


registry.add("narrowings", PARAM, Narrowing(gettext_lazy("Behind a figure"), narrow, told))
