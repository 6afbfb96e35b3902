"""The tables of the read side. All but what people say about figures can be made again from the rows and the ledger."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from xiangling.kernel.models import Placed
from xiangling.kernel.scope import ScopedManager, ScopedModel

from .honesty.signs import SIGNS


class Trace(Placed):
    """One countable fact of one case, with the words it is broken down by.

    A point has a day (`first_on`) and no end; a span counts at the end of every day from `first_on`
    until the day before `until_on`. A case has at most one point of a kind, and spans of one kind do
    not overlap: whoever counts traces counts cases.
    """

    kind = models.CharField(max_length=24)
    case_uid = models.UUIDField()
    what = models.CharField(max_length=24)
    state = models.CharField(max_length=24, blank=True)
    sector = models.CharField(max_length=32, blank=True)
    grade = models.CharField(max_length=16, blank=True)
    source = models.CharField(max_length=16, blank=True)
    first_on = models.DateField()
    until_on = models.DateField(null=True)
    weight = models.BigIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["case_uid"], name="trace_case"),
            models.Index(fields=["kind", "what", "first_on"], name="trace_first"),
            models.Index(fields=["kind", "what", "until_on"], name="trace_until"),
        ]

    def __str__(self) -> str:
        return f"{self.case_uid} {self.what} {self.first_on}"


class Cell(Placed, ScopedModel):
    """How many traces fall into one day, month or year, one area and one set of words.

    `region` is the area's prefix of the division code (4, 6, 9 or 12 digits), `day` the first day of
    the grain. A span counts +1 on the day it begins and -1 on the day it ends, so that the sum up to
    a day is the stock at its end.
    """

    kind = models.CharField(max_length=24)
    what = models.CharField(max_length=24)
    state = models.CharField(max_length=24, blank=True)
    grain = models.CharField(max_length=1)
    day = models.DateField()
    sector = models.CharField(max_length=32, blank=True)
    grade = models.CharField(max_length=16, blank=True)
    source = models.CharField(max_length=16, blank=True)
    n = models.BigIntegerField(default=0)
    weight = models.BigIntegerField(default=0)

    objects: ClassVar = ScopedManager()
    scope_columns: ClassVar[dict[str, str]] = {"region": "{level}", "sector": "sector"}

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=[
                    "kind", "what", "grain", "region", "day", "sector", "grade", "source", "state"
                ],
                name="cell_key",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind} {self.what} {self.region} {self.grain}{self.day}: {self.n}"


class Lease(models.Model):
    """Who is at some shared work just now: held by the lock on this row, so a killed holder lets go."""

    name = models.CharField(max_length=24, unique=True)

    def __str__(self) -> str:
        return self.name


class Statement(models.Model):
    """A unit's answer to a figure about it: kept beside the figure, with every wording it has had."""

    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", verbose_name=_("Unit"))
    sign = models.CharField(
        _("Figure"), max_length=12, choices=[(sign.key, sign.label) for sign in SIGNS]
    )
    begins_on = models.DateField(_("From"))
    ends_on = models.DateField(_("Until"))
    text = models.TextField(_("Statement"))
    said_by = models.CharField(max_length=200)
    said_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["unit", "-said_at"], name="statement_unit")]

    def __str__(self) -> str:
        return f"{self.unit} {self.sign}"
