"""Questions that Django puts into SQL once; each asking brings its own values.

Putting a query together costs Django several times what answering it costs the database.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models.expressions import Expression

from . import together

_NO_ROWS = "SELECT NULL WHERE 1 = 0"


class Given(Expression):
    """A value that comes with each asking, of the kind that a column holds."""

    def __init__(self, name: str, output_field: models.Field[Any, Any]) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", [_Slot(self.name, self.output_field)]


class _Slot(NamedTuple):
    """Where a given value stands among the parameters."""

    name: str
    field: models.Field[Any, Any]


@dataclass(frozen=True)
class Prepared:
    """A query in SQL, and what makes an instance or a tuple of each row."""

    sql: str
    params: tuple[Any, ...]
    made: Callable[[Sequence[Any]], Any]

    def asked(self, **given: Any) -> Asked:
        """The question with its values, to be read together with others."""
        return Asked(self, given)

    def all(self, **given: Any) -> list[Any]:
        (found,) = together.read(self.asked(**given))
        return found

    def first(self, **given: Any) -> Any:
        """The first row, or None."""
        return next(iter(self.all(**given)), None)


class Asked(NamedTuple):
    """A prepared question and the values of this asking."""

    question: Prepared
    given: dict[str, Any]

    def statement(self) -> together.Statement:
        params = [
            one.field.get_db_prep_value(self.given[one.name], connection)
            if isinstance(one, _Slot)
            else one
            for one in self.question.params
        ]
        return together.Statement(self.question.sql, params, is_question=True)

    def made(self, values: Sequence[Any]) -> Any:
        return self.question.made(values)


def prepare(rows: models.QuerySet[Any, Any]) -> Prepared:
    """Put a query into SQL, with a place for each `Given`; whoever asks often keeps what this returns.

    Its rows are instances, or tuples where the query set gives tuples; nothing comes along with them.
    """
    compiler: Any = rows.query.get_compiler(connection=connection)
    try:
        sql, params = compiler.as_sql()
    except EmptyResultSet:
        sql, params = _NO_ROWS, ()
    convert = together.converting(compiler, [column for column, _sql, _alias in compiler.select])
    make = together.instances(rows.model) if rows.query.default_cols else tuple
    return Prepared(sql, tuple(params), lambda values: make(convert(values)))
