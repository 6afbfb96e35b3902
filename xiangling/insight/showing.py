"""How tables look on a page: figures in words, bars by share of the largest, the question as a form."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from xiangling.kernel import registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.refusal import Refused
from xiangling.org.queries import regions_in
from xiangling.org.sectors import sector_choices

from . import monthly, periods, tables
from .figures import plain, said
from .measures import WORDS, Measure, Tally, measures
from .reading import Figure
from .tables import Ask, Row, Table

BY = {
    "region": gettext_lazy("Division"),
    "sector": gettext_lazy("Sector"),
    "grade": gettext_lazy("Grade"),
    "source": gettext_lazy("Source"),
    "state": gettext_lazy("State"),
    "month": pgettext_lazy("breakdown", "Month"),
}


def text(value: Decimal | None, measure: Measure) -> str:
    """A figure in words; "" where it is unknown, for components that say so themselves."""
    return "" if value is None else plain(value, measure.decimals)


def _counts(figure: Figure, measure: Measure) -> str:
    """The two counts behind a figure: 486/500."""
    if measure.denominator is None:
        return ""
    return f"{said(figure.part)}/{said(figure.whole)}"


def shown(table: Table) -> dict[str, Any]:
    """A table as insight/measure.html asks for it."""
    largest = max((row.now.value or Decimal(0) for row in table.rows), default=Decimal(0))
    return {
        "by": BY.get(table.ask.by, ""),
        "period": table.period.label(),
        "before": table.period.before().label(),
        "year_before": table.period.year_before().label(),
        "place": table.place.name,
        "rows": [_line(row, table, largest) for row in table.rows],
        "total": _line(table.total, table, largest),
        "is_ranked": tables.is_ranked(table),
        "has_counts": table.measure.denominator is not None,
        "notes": table.notes,
        "has_bars": largest > 0,
    }


def _line(row: Row, table: Table, largest: Decimal) -> dict[str, Any]:
    measure = table.measure
    bar = 0
    if largest > 0 and row.now.value is not None and row.now.value > 0:
        bar = int(row.now.value * 100 / largest)
    return {
        "label": row.label,
        "now": text(row.now.value, measure),
        "url": row.url,
        "part": text(row.now.part, measure) if measure.denominator else "",
        "whole": said(row.now.whole) if measure.denominator else "",
        "whole_url": row.whole_url,
        "year_before": said(row.year_before.value, measure.decimals),
        "year_counts": _counts(row.year_before, measure),
        "yoy": tables.changed(measure, row.yoy),
        "before": said(row.before.value, measure.decimals),
        "before_counts": _counts(row.before, measure),
        "mom": tables.changed(measure, row.mom),
        "rank": row.rank,
        "bar": min(bar, 100),
    }


def monthly_lines(made: monthly.Monthly) -> list[dict[str, Any]]:
    return [
        {
            "cells": list(monthly.cells(line)),
            "url": line.month.url,
            "page": f"/statistics/{line.measure.key}/?period={made.period.code()}&region={made.place.code}",
        }
        for line in made.lines
    ]


def asked(ask: dict[str, Any]) -> str:
    """A kept question in words."""
    found = measures().get(ask["measure"])
    label = str(found.label) if found else ask["measure"]
    by = str(BY.get(ask["by"], "")) if ask["by"] else ""
    try:
        when = periods.read(ask["period"]).label()
    except Refused:
        when = ask["period"]
    return " · ".join(filter(None, [label, when, _("by %(word)s") % {"word": by} if by else ""]))


# --- the question -------------------------------------------------------------------------------


def _places(actor: Actor) -> list[tuple[str, str]]:
    rows = [
        (row.prefix, "　" * {4: 0, 6: 1}.get(row.level, 2) + row.name) for row in regions_in(actor)
    ]
    return [("", _("Whole area")), *rows]


def place_and_period(given: dict[str, str], actor: Actor) -> forms.Form:
    """Period and area, for tables of fixed measures."""
    return _form(_base(actor), given)


def _base(actor: Actor) -> dict[str, forms.Field]:
    return {
        "period": forms.CharField(
            label=_("Period"), required=False,
            widget=forms.TextInput(attrs={"placeholder": _("2026-10, 2026, 2026-Q3 …"), "maxlength": 40}),
        ),
        "region": forms.ChoiceField(label=_("Area"), required=False, choices=_places(actor)),
    }  # fmt: skip


def _form(fields: dict[str, forms.Field], given: dict[str, str]) -> forms.Form:
    made: forms.Form = type("Question", (forms.Form,), dict(fields))(
        initial=given, auto_id="ask_%s"
    )
    return made


def question(measure: Measure, ask: Ask, actor: Actor) -> forms.Form:
    """What may be asked of a measure: period, area, breakdown and words."""
    fields = _base(actor)
    by = [("", _("No breakdown")), *((key, BY[key]) for key in measure.dimensions)]
    fields["by"] = forms.ChoiceField(label=_("Broken down by"), required=False, choices=by)
    kind = next((term.kind for term in measure.terms if isinstance(term, Tally)), "")
    for word in WORDS:
        fixed = any(word in dict(term.where) for term in measure.terms if isinstance(term, Tally))
        if word in measure.dimensions and not fixed and (choices := _choices(kind, word, actor)):
            fields[word] = forms.ChoiceField(
                label=BY[word], required=False, choices=[("", _("All")), *choices]
            )
    return _form(fields, {"period": ask.period, "region": ask.region, "by": ask.by, **ask.where})


def _choices(kind: str, word: str, actor: Actor) -> list[tuple[str, Any]]:
    if word == "sector":
        mine = actor.scope.sectors
        return [pair for pair in sector_choices() if mine is None or pair[0] in mine]
    if not kind:
        return []
    if word == "state":
        loop = registry.kind(kind).loop
        return [(name, loop.states[name].label) for name in loop.open_states]
    counted = registry.shelf("counted").get(kind)
    if counted is None:
        return []
    return list(counted.grades if word == "grade" else counted.sources)
