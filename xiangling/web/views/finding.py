"""Search: a code opens its record; words look through every kind and every list that is searchable."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from xiangling.kernel import registry, search
from xiangling.kernel.actor import Actor
from xiangling.kernel.lists import NEWEST
from xiangling.web import marks, words
from xiangling.web.access import actor_of, kind_of_list, log_look, may_see
from xiangling.web.lists import list_of
from xiangling.web.record import address

MOST_IN_GROUP = 10


def find(request: HttpRequest) -> HttpResponse:
    """`/search?q=`: the record itself for its exact code, else what fits, in groups."""
    actor = actor_of(request)
    text = request.GET.get("q", "").strip()[:100]
    if text and (target := _by_code(text, actor)):
        return redirect(target)
    groups = _groups(text, actor) if text else []
    if text:
        log_look(request, "search", "", None, text)
    return render(request, "web/search.html", {"query": text, "groups": groups})


def _by_code(text: str, actor: Actor) -> str:
    code = text.upper()
    for kind in registry.kinds():
        if code.startswith(f"{kind.loop.series}-") and may_see(actor, kind):
            case = kind.model._default_manager.filter(code=code).first()
            if case is not None:
                return address(kind, case)
    return ""


def _groups(text: str, actor: Actor) -> list[dict[str, Any]]:
    lists = [list_of(kind.plural) for kind in registry.kinds() if may_see(actor, kind)]
    others = [found for found in registry.shelf("lists").values() if kind_of_list(found) is None]
    groups = []
    for found in [*lists, *others]:
        if found is None or not found.is_searchable:
            continue
        if found.duties and not any(map(actor.may, found.duties)):
            continue
        newest = NEWEST if kind_of_list(found) else ("-id",)
        base = found.base(actor).select_related(*found.related).order_by(*newest)
        rows = list(search.first(base, text, MOST_IN_GROUP + 1)[: MOST_IN_GROUP + 1])
        if rows:
            groups.append(_group(found, rows, text))
    return groups


def _group(found: Any, rows: list[Any], text: str) -> dict[str, Any]:
    kind = kind_of_list(found)
    more = len(rows) > MOST_IN_GROUP
    return {
        "title": found.title,
        "more_url": f"/{found.key}/?{urlencode({'q': text})}" if more else "",
        "rows": [
            {
                "code": getattr(row, "code", "") or getattr(row, "identifier", ""),
                "title": row.title() if kind else str(row),
                "url": found.url(row),
                "grade": marks.grade_chip(kind, kind.mark(row)) if kind else None,
                "state": marks.state_chip(kind.loop, row.state) if kind else None,
                "line": "" if kind else str(getattr(row, "address", "")),
            }
            for row in rows[:MOST_IN_GROUP]
        ],
        "count_label": _("the first %(n)s") % {"n": words.number(MOST_IN_GROUP)}
        if more
        else words.number(len(rows)),
    }
