"""Schema types: what a declared field takes in, what a model column gives out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured
from django.db import models
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    create_model,
)
from pydantic_core import PydanticCustomError

from xiangling.kernel.loop import Field as Asked
from xiangling.kernel.models import Case
from xiangling.kernel.registry import Kind

from .schemas import ProofGiven, Ref

BIGGEST = 2**63 - 1
MOST_PROOFS = 20
RESERVED = {"uid", "version", "proofs"}


def _text_only(kind: str) -> BeforeValidator:
    """Let dates and the like be read from text alone, never from numbers."""

    def check(value: Any) -> Any:
        if isinstance(value, str):
            return value
        raise PydanticCustomError(f"{kind}_type", "text wanted")

    return BeforeValidator(check)


def _plain_number(value: Any) -> Any:
    if isinstance(value, bool):
        raise PydanticCustomError("decimal_type", "number wanted")
    return value


Day = Annotated[date, _text_only("date")]
Moment = Annotated[datetime, _text_only("datetime")]
Uid = Annotated[UUID, _text_only("uuid")]
Money = Annotated[
    Decimal, Field(ge=0, max_digits=14, decimal_places=2), BeforeValidator(_plain_number)
]
RowId = Annotated[StrictInt, Field(ge=1, le=BIGGEST)]


def taken_type(asked: Asked) -> Any:
    """The type of the answer to a declared field. Presence and choices are judged by the engine."""
    match asked.kind:
        case "date":
            return Day
        case "datetime":
            return Moment
        case "bool":
            return StrictBool
        case "integer":
            return Annotated[StrictInt, Field(ge=0, le=2**31 - 1)]
        case "money":
            return Money
        case "unit" | "post":
            return RowId
        case "case":
            return Uid
        case _:
            return Annotated[str, Field(max_length=asked.max_length)]


def _described(asked: Asked) -> Any:
    extra: dict[str, Any] = {}
    if asked.kind == "choice" and not callable(asked.choices):
        extra["enum"] = [value for value, _label in asked.choices]
    return Field(
        default=None, title=asked.label, description=asked.help or None, json_schema_extra=extra
    )


def must_answer(asked: Asked) -> bool:
    """Whether a field is needed for every case (those with a condition are judged per case)."""
    return asked.required and asked.when is None and asked.kind != "bool"


def body_model(
    name: str, fields: Iterable[Asked], *, roles: Iterable[str] = (), is_step: bool
) -> type[BaseModel]:
    """The request body of a step or an intake: its fields, a uid, and the proof it can take.

    The schema names what is required, but an absent answer goes on to the engine, which refuses it
    in words and keeps the refusal.
    """
    asked = list(fields)
    if clash := RESERVED & {field.name for field in asked}:
        raise ImproperlyConfigured(f"{name}: field names kept for the API: {sorted(clash)}")
    made: dict[str, Any] = {field.name: (taken_type(field), _described(field)) for field in asked}
    words = "This request; the same twice is one act." if is_step else "The new record's own uid."
    made["uid"] = (Uid, Field(default=None, description=words))
    if is_step:
        made["version"] = (
            Annotated[StrictInt, Field(ge=0, le=2**31 - 1)],
            Field(
                default=None, description="The record's version that was seen; 409 if it moved on."
            ),
        )
    if roles:
        extra: Any = {"description": f"Roles asked for: {', '.join(roles)}."}
        made["proofs"] = (
            Annotated[list[ProofGiven], Field(max_length=MOST_PROOFS)],
            Field(default=[], json_schema_extra=extra),
        )
    required: Any = [field.name for field in asked if must_answer(field)]
    config = ConfigDict(
        extra="forbid", json_schema_extra={"required": required} if required else {}
    )
    return create_model(name, __config__=config, **made)


# --- what comes out -----------------------------------------------------------------------------

_CASE_COLUMNS = {field.name for field in Case._meta.get_fields()}
_HIDDEN_COLUMNS = {"id", "search"}


@cache
def fact_columns(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    """The columns of a kind beyond those of every case, in declared order."""
    skipped = _CASE_COLUMNS | _HIDDEN_COLUMNS
    return [
        column
        for column in model._meta.concrete_fields
        if column.name not in skipped
        and not isinstance(column, models.GeneratedField)
        and given_type(column) is not None
    ]


def named_rows(kind: Kind) -> list[str]:
    """The rows that a record names in its answer, as paths: what stands beside it is not shown there."""
    keys = [one.name for one in fact_columns(kind.model) if isinstance(one, models.ForeignKey)]
    field = kind.model._meta.get_field
    related = [path for path in kind.related if field(path.partition("__")[0]).concrete]
    return ["unit", *keys, *related]


def given_type(column: models.Field[Any, Any]) -> Any:
    """The schema type of a column's value, or None for a column that is not given out."""
    found = _plain_type(column)
    if found is None:
        return None
    if column.choices and found is str:
        values = [value for value, _label in column.flatchoices]
        blank = [""] if column.blank and not column.null else []
        nothing = [None] if column.null else []
        extra: Any = {"enum": [*values, *blank, *nothing]}
        found = Annotated[str, Field(json_schema_extra=extra)]
    return found | None if column.null else found


def _plain_type(column: models.Field[Any, Any]) -> Any:
    if isinstance(column, models.ForeignKey):
        return Ref
    for kind, given in (
        (models.CharField | models.TextField, str),
        (models.BooleanField, bool),
        (models.DateTimeField, datetime),
        (models.DateField, date),
        (models.IntegerField, int),
        (models.DecimalField, Decimal),
        (models.FloatField, float),
        (models.UUIDField, UUID),
    ):
        if isinstance(column, kind):
            return given
    return None


def _lazy(words: Any) -> Any:
    """Words that become text in the reader's language when the schema is written."""
    return words


def facts_model(name: str, model: type[models.Model]) -> type[BaseModel]:
    """The flat typed facts of one kind of case."""
    made: dict[str, Any] = {
        column.name: (given_type(column), Field(title=_lazy(column.verbose_name)))
        for column in fact_columns(model)
    }
    return create_model(name, **made)


def ref(row: models.Model | None) -> dict[str, Any] | None:
    """How a related row is named in facts."""
    if row is None:
        return None
    return {
        "id": row.pk,
        "uid": getattr(row, "uid", None),
        "code": getattr(row, "code", ""),
        "label": str(row),
    }


def facts_of(row: models.Model) -> dict[str, Any]:
    """The values of a row's fact columns."""
    return {
        column.name: ref(getattr(row, column.name))
        if isinstance(column, models.ForeignKey)
        else getattr(row, column.name)
        for column in fact_columns(type(row))
    }
