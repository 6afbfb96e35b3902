"""Lists on the wire: filters as query parameters, rows, and links to the neighbouring pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, Field, create_model

from xiangling.kernel import wording
from xiangling.kernel.actor import Actor
from xiangling.kernel.lists import PAGE, Column, Filter, List
from xiangling.kernel.refusal import Refused

from .fields import given_type
from .records import camel

MOST = 200

Rows = Callable[[Sequence[Any]], list[Any]]


def query_model(name: str, shown: List | type[List]) -> type[BaseModel]:
    """The query parameters of a list: its filters, views, words, and the paging."""
    made: dict[str, Any] = {wanted.key: _filter_param(wanted) for wanted in shown.filters}
    if len(shown.views) > 1:
        extra: dict[str, Any] = {"enum": [view.key for view in shown.views]}
        made["view"] = (str, Field(default=shown.views[0].key, json_schema_extra=extra))
    if shown.is_searchable:
        made["q"] = (str, Field(default="", max_length=100, description="Words to be found."))
    made["limit"] = (Annotated[int, Field(ge=1, le=MOST)], PAGE)
    for key in ("after", "before"):
        words = "Cursor, from the links `next` and `previous`."
        made[key] = (str, Field(default="", max_length=500, description=words))
    return create_model(name, **made)


def _filter_param(wanted: Filter) -> Any:
    extra: dict[str, Any] = {}
    kind: Any = str
    if wanted.kind == "flag":
        kind = bool
    elif wanted.kind == "date":
        kind = date
    elif wanted.kind == "choice" and not callable(wanted.choices):
        extra["enum"] = [str(value) for value, _label in wanted.choices]
    return (kind, Field(default=None, title=wanted.label, json_schema_extra=extra))


def page_model(name: str, row: Any) -> type[BaseModel]:
    """One page of a list."""
    return create_model(
        name,
        items=(list[row], ...),
        next=(str | None, Field(description="Address of the next page.")),
        previous=(str | None, Field(description="Address of the page before.")),
    )


def _require_known(request: HttpRequest, query: BaseModel) -> None:
    """A misspelt filter would widen the answer: refuse it. So would a view that does not exist."""
    unknown = [key for key in request.GET if key not in type(query).model_fields]
    if unknown:
        raise Refused(
            "unknown_parameter",
            _("There is no such filter: %(names)s.") % {"names": wording.listed(unknown)[:200]},
            todo=_("See the description at /api/v1/docs."),
            fields=dict.fromkeys(unknown, _("There is no such field.")),
            status=422,
        )


def _require_view(shown: List, wanted: str) -> None:
    if wanted and wanted not in {view.key for view in shown.views}:
        raise Refused(
            "bad_filter",
            _("A filter cannot be read."),
            fields={"view": _("This is not one of the values that can be chosen.")},
            status=422,
        )


def answer(
    request: HttpRequest,
    shown: List,
    query: BaseModel,
    actor: Actor,
    rows: Rows,
) -> dict[str, Any]:
    """One page of a list as the request asks for it. Raises Refused for filters that cannot be read."""
    _require_known(request, query)
    params = {key: value for key, value in query.model_dump().items() if value is not None}
    _require_view(shown, params.get("view", ""))
    page = shown.page(actor, params, size=params["limit"])
    return {
        "items": rows(page.rows),
        "next": _link(request, "after", page.next),
        "previous": _link(request, "before", page.previous),
    }


def _link(request: HttpRequest, key: str, cursor: str) -> str | None:
    if not cursor:
        return None
    kept = {
        name: str(value) for name, value in request.GET.items() if name not in ("after", "before")
    }
    return f"{request.path}?{urlencode({**kept, key: cursor})}"


# --- lists of anything but cases ------------------------------------------------------------------

_Plain = str | int | float | bool | None


def _column_name(column: Column) -> str:
    return column.key.replace(".", "_")


def columns_model(shown: List) -> type[BaseModel]:
    """The rows of a list that shows no cases: its uid, if it has one, and its declared columns."""
    made: dict[str, Any] = {}
    if has_uid(shown):
        made["uid"] = (UUID, ...)
    for column in shown.columns:
        made.setdefault(
            _column_name(column), (_column_type(shown, column), Field(title=column.label))
        )
    return create_model(f"{camel(shown.key)}Row", **made)


def has_uid(shown: List) -> bool:
    """Whether a list's rows can be asked for one by one: a look's uid is that of what was looked at."""
    return any(field.name == "uid" and field.unique for field in shown.model._meta.concrete_fields)


def _column_type(shown: List, column: Column) -> Any:
    if column.value is None and "." not in column.key:
        try:
            field = shown.model._meta.get_field(column.key)
        except FieldDoesNotExist:
            return _Plain
        if isinstance(field, models.Field) and not isinstance(field, models.ForeignKey):
            return given_type(field) or _Plain
    return _Plain


def column_rows(shown: List, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """The declared columns of these rows."""
    found = []
    for row in rows:
        values: dict[str, Any] = {"uid": row.uid} if has_uid(shown) else {}
        for column in shown.columns:
            name = _column_name(column)
            if name not in values:
                values[name] = _shown(column.of(row), _column_type(shown, column))
        found.append(values)
    return found


def _shown(value: Any, wanted: Any) -> Any:
    if wanted is not _Plain:
        return value
    if value is None or (
        isinstance(value, bool | int | float | str) and not isinstance(value, Promise)
    ):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)
