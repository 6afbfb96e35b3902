"""Choosing a record inside a form: type a few words, pick one of the rows found in your area."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from xiangling.kernel import registry, search
from xiangling.kernel.actor import Actor
from xiangling.kernel.lists import List
from xiangling.kernel.loop import Field

MOST_ROWS = 12


def list_for(name: str) -> List | None:
    """The registered list a field chooses from: `object` chooses from `objects`."""
    found: List | None = registry.shelf("lists").get(f"{name}s")
    return found


def rows_for(found: List, actor: Actor, words: str, chosen: str = "") -> list[dict[str, Any]]:
    """Rows to choose from: the chosen one first, then those that fit the words."""
    rows = found.base(actor)
    picked = []
    if chosen and (uid := as_uid(chosen)):
        picked = list(rows.filter(uid=uid)[:1])
    if words.strip() or not picked:
        fitting = search.matching(rows, words) if words.strip() else rows
        known = {row.pk for row in picked}
        picked += [row for row in fitting.order_by("-id")[:MOST_ROWS] if row.pk not in known]
    return [
        {
            "uid": str(row.uid),
            "label": str(row),
            "line": _line(row),
            "is_chosen": str(row.uid) == chosen,
        }
        for row in picked
    ]


def _line(row: Any) -> str:
    return " · ".join(
        str(value) for name in ("identifier", "address") if (value := getattr(row, name, ""))
    )


def as_uid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


class PickInput(forms.TextInput):
    """A search box and the rows it found, as radio buttons; works without scripts too."""

    use_fieldset = True

    def __init__(self, name: str, actor: Actor) -> None:
        super().__init__()
        self.field_name = name
        self.actor = actor
        self.words = ""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        self.words = str(data.get(f"{name}_words", ""))[:100]
        return data.get(name)

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        found = list_for(self.field_name)
        chosen = str(value or "")
        return render_to_string(
            "web/_pick.html",
            {
                "name": name,
                "id": (attrs or {}).get("id", f"id_{name}"),
                "words": self.words,
                "url": f"/pick/{name}/",
                "rows": rows_for(found, self.actor, self.words, chosen) if found else [],
            },
        )


def pick_field(asked: Field, actor: Actor) -> forms.Field:
    """A form field that chooses one record; a plain text field where there is no list to choose from."""
    common: dict[str, Any] = {
        "label": asked.label,
        "required": asked.required,
        "help_text": asked.help,
        "max_length": 40,
    }
    if list_for(asked.name) is None:
        return forms.CharField(**common)
    return forms.CharField(widget=PickInput(asked.name, actor), **common)
