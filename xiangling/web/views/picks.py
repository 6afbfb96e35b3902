"""Rows to choose from while a form is filled in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from xiangling.kernel.refusal import OutOfScope
from xiangling.web import picking
from xiangling.web.access import actor_of, check_list


def pick(request: HttpRequest, name: str) -> HttpResponse:
    """The radio buttons for what was typed so far."""
    found = picking.list_for(name)
    if found is None:
        raise OutOfScope
    actor = actor_of(request)
    check_list(found, actor)
    words, chosen = request.GET.get(f"{name}_words", "")[:100], request.GET.get(name, "")
    rows = picking.rows_for(found, actor, words, chosen)
    return render(request, "web/_pick_rows.html", {"name": name, "rows": rows, "words": words})
