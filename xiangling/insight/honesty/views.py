"""Pages of the figures: ledger honesty, one unit's figures with its answers, and how the judge fares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from xiangling.apps.hazards import queries as hazards
from xiangling.apps.standards import queries as standards
from xiangling.insight.models import Statement
from xiangling.kernel.actor import Actor
from xiangling.kernel.refusal import OutOfScope, Refused
from xiangling.org.models import Person, Unit
from xiangling.web import words
from xiangling.web.access import actor_of

from . import actions
from .figures import MOST_GROUPS, Figure, Group, Honesty, Period
from .forms import HonestyForm, PeriodForm, StatementForm, read_period, with_defaults
from .overrules import DECIDED, DECISIONS, SUGGESTED, Line, Overrules
from .signs import FOUND, MAJORS, SHARES, SIGNS


def _reader(request: HttpRequest) -> Actor:
    """Who is asking, if their post sees the figures. Raises Refused."""
    actor = actor_of(request)
    if not actor.may("honesty.see"):
        raise Refused("no_duty", _("Ledger honesty is not open to your post."), status=403)
    return actor


def _asked(period: Period, **more: str) -> str:
    return urlencode({"begins": period.begins.isoformat(), "ends": period.ends.isoformat(), **more})


# --- ledger honesty -----------------------------------------------------------------------------


def honesty(request: HttpRequest) -> HttpResponse:
    """The signs by unit or by inspector."""
    actor = _reader(request)
    form = HonestyForm(with_defaults(request.GET))
    period = read_period(form)
    by = form.cleaned_data.get("by") or "unit"
    figures = Honesty(actor, period, by)
    groups = figures.groups()
    names = _names(by, [group.key for group in groups])
    said = _answered(groups, period) if by == "unit" else Counter()
    context = {
        "form": form,
        "by": by,
        "head": dict(form.fields["by"].choices)[by],  # type: ignore[attr-defined]
        "heads": [sign.label for sign in SHARES],
        "rows": [
            {
                **_row(group),
                "name": names.get(group.key, _("unknown")),
                "url": f"/honesty/units/{group.key}/?{_asked(period)}" if by == "unit" else "",
                "n_statements": said[group.key],
            }
            for group in groups
        ],
        "is_cut": len(groups) == MOST_GROUPS,
        "most": MOST_GROUPS,
        "methods": _methods(),
        "unjudged": _unjudged(figures.unjudged()),
        "overrules_url": f"/honesty/overrules/?{_asked(period)}",
    }
    return render(request, "insight/honesty.html", context)


def _names(by: str, keys: Iterable[int]) -> dict[int, str]:
    if by == "campaign":
        return {key: hazards.campaign_name(key) for key in keys}
    rows: Any = Unit.objects if by == "unit" else Person.objects
    return {row.pk: str(row) for row in rows.filter(pk__in=list(keys))}


def _answered(groups: list[Group], period: Period) -> Counter[int]:
    """How many statements each unit has given on this period."""
    rows = Statement.objects.filter(
        unit__in=[group.key for group in groups],
        begins_on__lte=period.ends,
        ends_on__gte=period.begins,
    )
    return Counter(rows.values_list("unit", flat=True))


def _methods() -> list[dict[str, Any]]:
    rule = hazards.measures()
    found = []
    for sign in SIGNS:
        method = str(sign.method)
        found.append({"label": sign.label, "method": method % rule if "%(" in method else method})
    return found


def _row(group: Group) -> dict[str, Any]:
    found = group.figures[FOUND.key]
    return {
        "found": {"value": words.number(group.n), "url": found.url},
        "shares": [_shown(group.figures[sign.key]) for sign in SHARES],
        "majors": _majors(group),
    }


def _shown(figure: Figure) -> dict[str, Any]:
    """A share as a cell: unknown where nothing could be counted, never a silent zero."""
    if figure.n is None or not figure.whole:
        return {"is_unknown": True}
    return {
        "percent": f"{figure.n * 100 / figure.whole:.1f}%",
        "n": words.number(figure.n),
        "whole": words.number(figure.whole),
        "url": figure.url,
        "whole_url": figure.whole_url,
        "is_striking": figure.is_striking,
    }


def _majors(group: Group) -> dict[str, Any]:
    figure, against = group.figures[MAJORS.key], group.majors
    if figure.n is None or against is None or not group.n:
        return {"is_unknown": True}
    differs = {
        "low": _("fewer than expected"),
        "high": _("more than expected"),
        "": _("within chance"),
    }[against.differs]
    interval = against.interval
    return {
        "rate": f"{figure.n * 1000 / group.n:.1f}",
        "n": words.number(figure.n),
        "url": figure.url,
        "expected": f"{against.expected:.1f}",
        "ratio": f"{against.ratio:.2f}" if against.ratio is not None else _("unknown"),
        "interval": f"{interval[0]:.2f}–{interval[1]:.2f}" if interval else "",
        "differs": differs if interval else _("nothing to compare with"),
        "tone": against.differs,
    }


# --- one unit -----------------------------------------------------------------------------------


def unit(request: HttpRequest, pk: int) -> HttpResponse:
    """One unit's figures, what it says about them, and the form by which it answers."""
    actor = _reader(request)
    row = Unit.objects.filter(pk=pk).first()
    if row is None or not _sees(actor, row):
        raise OutOfScope
    form = PeriodForm(with_defaults(request.GET))
    period = read_period(form)
    answer = StatementForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and answer.is_valid():
        sign = next(sign for sign in SIGNS if sign.key == answer.cleaned_data["sign"])
        actions.answer_figure(row, sign, period, answer.cleaned_data["text"], actor=actor)
        messages.success(request, _("The statement is kept beside the figure."))
        return redirect(f"/honesty/units/{pk}/?{_asked(period)}")
    if request.method == "POST" and not actions.may_answer(row, actor):
        raise Refused("no_duty", _("Only the unit itself answers a figure about it."), status=403)
    (group,) = Honesty(actor, period).groups(only=pk)
    said = Statement.objects.filter(
        unit=row, begins_on__lte=period.ends, ends_on__gte=period.begins
    ).order_by("-said_at")
    context = {
        "unit": row,
        "form": form,
        "figures": _figures(group, list(said)),
        "answer": answer if actions.may_answer(row, actor) else None,
        "list_url": f"/honesty/?{_asked(period)}",
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "insight/unit.html", context, status=status)


def _sees(actor: Actor, row: Unit) -> bool:
    if actor.scope.units is not None:
        return row.pk in actor.scope.units
    return row.region.startswith(actor.scope.region) or actor.scope.region.startswith(
        row.region.rstrip("0")
    )


def _figures(group: Group, said: list[Statement]) -> list[dict[str, Any]]:
    shown = _row(group)
    shares = dict(zip([sign.key for sign in SHARES], shown["shares"], strict=True))
    methods = {str(row["label"]): row["method"] for row in _methods()}
    return [
        {
            "key": sign.key,
            "label": sign.label,
            "method": methods[str(sign.label)],
            "found": shown["found"] if sign is FOUND else None,
            "majors": shown["majors"] if sign is MAJORS else None,
            "share": shares.get(sign.key),
            "statements": [
                {
                    "text": row.text,
                    "who": row.said_by,
                    "at": words.short_moment(row.said_at),
                    "period": f"{row.begins_on} – {row.ends_on}",
                }
                for row in said
                if row.sign == sign.key
            ],
        }
        for sign in SIGNS
    ]


# --- the judge ----------------------------------------------------------------------------------


def overrules(request: HttpRequest) -> HttpResponse:
    """Suggested against decided, by standard and by month."""
    actor = _reader(request)
    form = PeriodForm(with_defaults(request.GET))
    period = read_period(form)
    found = Overrules(actor, period)
    names = {row.key: row.title for row in standards.library().standards}
    matrix = found.matrix()
    by_standard = found.by_standard()
    context = {
        "form": form,
        "matrix": [
            {"said": _said(said), "cells": [_cell(matrix[said][decided]) for decided in DECIDED]}
            for said in SUGGESTED
        ],
        "standards": [
            _line(line, names.get(line.key, _("no standard cited"))) for line in by_standard
        ],
        "months": [_line(line, line.key) for line in found.by_month()],
        "total": _error(by_standard),
        "unjudged": _unjudged(found.unjudged()),
        "honesty_url": f"/honesty/?{_asked(period)}",
    }
    return render(request, "insight/overrules.html", context)


def _unjudged(found: Any) -> dict[str, str]:
    """What the figures leave out for want of a judgement, if anything."""
    return _cell(found) if found.n else {}


def _said(verdict: str) -> str:
    return {
        "major": _("Major hazard"),
        "general": _("General hazard"),
        "unsure": _("One fact is missing"),
        "not_covered": _("Not covered"),
    }[verdict]


def _cell(cell: Any) -> dict[str, str]:
    return {"value": words.number(cell.n), "url": cell.url}


def _line(line: Line, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "cells": [_cell(line.cells[decision]) for decision in DECISIONS],
        "error": words.share(line.n_overruled, line.n_judged),
    }


def _error(lines: list[Line]) -> str:
    return words.share(
        sum(line.n_overruled for line in lines), sum(line.n_judged for line in lines)
    )
