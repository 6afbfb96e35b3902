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
    """Rows to choose from: the chosen one first, then those that fit the words.

    Without words only an area with few rows shows them all; a long list would bury the form.
    """
    rows = found.base(actor).select_related(*found.related)
    uid = as_uid(chosen) if chosen else None
    picked = list(rows.filter(uid=uid)[:1]) if uid else []
    if words.strip():
        more = list(search.first(rows.order_by("-id"), words, MOST_ROWS)[:MOST_ROWS])
    else:
        few = list(rows.order_by("id")[: MOST_ROWS + 1]) if not picked else []
        more = few if len(few) <= MOST_ROWS else []
    known = {row.pk for row in picked}
    return [
        {
            "uid": str(row.uid),
            "label": str(row),
            "line": _line(row),
            "is_chosen": str(row.uid) == chosen,
        }
        for row in [*picked, *(row for row in more if row.pk not in known)]
    ]


def _line(row: Any) -> str:
    """What tells rows of one name apart: what they belong to, their number, where they are."""
    facts = (getattr(row, name, "") for name in ("parent", "identifier", "address"))
    return " · ".join(str(fact) for fact in facts if fact)


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
