"""The figures on the wire: the list of measures, and a measure's table."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from ninja import NinjaAPI, Query
from pydantic import BaseModel, ConfigDict, Field

from xiangling.api.auth import caller
from xiangling.api.endpoints import PROBLEMS
from xiangling.kernel import registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.refusal import Refused

from . import tables
from .cockpit import picture
from .duties import SEE
from .measures import WORDS, measures
from .tables import Ask

_: Any = gettext_lazy


class MeasureOut(BaseModel):
    """What a measure is."""

    key: str
    label: str
    unit: str
    definition: str
    source: str
    unknown: str = Field(description="What an unknown figure means.")
    dimensions: list[str]
    better: str = Field(description="Which end is good: low, high, or neither.")
    is_stock: bool = Field(description="A state at the end of the period, not a sum over it.")


class FigureOut(BaseModel):
    """Exact decimals as text; null is unknown, never 0."""

    value: str | None
    part: str | None
    whole: str | None


class RowOut(BaseModel):
    key: str
    label: str
    said: str
    now: FigureOut
    year_before: FigureOut
    before: FigureOut
    yoy: str
    mom: str
    rank: int | None
    rows_url: str = Field(description="The page whose rows are what was counted.")
    base_url: str


class TableOut(BaseModel):
    measure: str
    label: str
    unit: str
    definition: str
    source: str
    period: str
    from_: str = Field(alias="from")
    to: str
    region: str
    place: str
    by: str
    where: dict[str, str]
    total: RowOut
    rows: list[RowOut]
    notes: list[str]


class PictureOut(BaseModel):
    """Today's picture of an area: the cockpit. Unknown numbers are null; every cell has the address of its rows."""

    model_config = ConfigDict(extra="allow")

    place: dict[str, str]
    day: str
    at: str
    waiting: int = Field(description="Changes still to be counted.")
    figures: list[dict[str, Any]]
    trend: dict[str, Any]
    majors: dict[str, Any]
    ladder: list[dict[str, Any]]
    sources: list[dict[str, Any]]
    ranking: dict[str, Any]
    areas: list[dict[str, Any]]


class AskIn(BaseModel):
    """What is asked of a measure."""

    model_config = ConfigDict(extra="forbid")

    period: str = Field(default="", max_length=40, description="2026, 2026-10, 2026-Q3 …")
    region: str = Field(
        default="", max_length=12, description="Division code; the post's own by default."
    )
    by: str = Field(
        default="", max_length=12, description="region, sector, grade, source, state or month."
    )
    sector: str | None = Field(default=None, max_length=32)
    grade: str | None = Field(default=None, max_length=16)
    source: str | None = Field(default=None, max_length=16)
    state: str | None = Field(default=None, max_length=24)


def _reader(request: HttpRequest) -> Actor:
    actor = caller(request)
    if not actor.may(SEE):
        raise Refused("no_duty", _("Statistics are not open to your post."), status=403)
    return actor


def list_measures(request: HttpRequest) -> Any:
    _reader(request)
    return [
        {
            "key": key,
            **{
                name: str(getattr(found, name))
                for name in ("label", "unit", "definition", "source", "unknown", "better")
            },
            "dimensions": list(found.dimensions),
            "is_stock": found.is_stock,
        }
        for key, found in measures().items()
    ]


def read_measure(request: HttpRequest, measure: str, query: Query[AskIn]) -> Any:
    actor = _reader(request)
    given = query.model_dump()
    where = {word: given[word] for word in WORDS if given[word] is not None}
    ask = Ask(measure, query.period, query.region, query.by, where)
    return tables.plain(tables.make(ask, actor))


def read_cockpit(request: HttpRequest, region: str = Query("", max_length=12)) -> Any:
    return picture.make(_reader(request), region)


def add(api: NinjaAPI) -> None:
    """Put these endpoints on the API."""
    api.get(
        "/statistics",
        response={200: list[MeasureOut], **PROBLEMS},
        operation_id="list_measures",
        summary=_("The measures there are"),
        tags=["statistics"],
    )(list_measures)
    api.get(
        "/statistics/{measure}",
        response={200: TableOut, **PROBLEMS},
        operation_id="read_measure",
        summary=_("A measure's figures for a period and area"),
        tags=["statistics"],
        by_alias=True,
    )(read_measure)
    api.get(
        "/cockpit",
        response={200: PictureOut, **PROBLEMS},
        operation_id="read_cockpit",
        summary=_("Today's picture of an area"),
        tags=["statistics"],
    )(read_cockpit)


registry.add("endpoints", "statistics", add)
