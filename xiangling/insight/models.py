"""The tables of the read side.

Traces, cells and visits can be made again from rows and ledger at any time; statements, official figures,
mergers, snapshots and saved reports are what people entered.
"""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

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


class Summed(Placed, ScopedModel):
    """Traces added up: of one kind of fact, in one day, month or year, of one area and one set of words."""

    kind = models.CharField(max_length=24)
    what = models.CharField(max_length=24)
    state = models.CharField(max_length=24, blank=True)
    grain = models.CharField(max_length=1)
    day = models.DateField()
    sector = models.CharField(max_length=32, blank=True)
    grade = models.CharField(max_length=16, blank=True)
    n = models.BigIntegerField(default=0)
    weight = models.BigIntegerField(default=0)

    objects: ClassVar = ScopedManager()
    scope_columns: ClassVar[dict[str, str]] = {"region": "{level}", "sector": "sector"}

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.kind} {self.what} {self.region} {self.grain}{self.day}: {self.n}"


class Cell(Summed):
    """How many traces fall into one day, month or year, one area and one set of words.

    `region` is the area's prefix of the division code (4, 6, 9 or 12 digits), `day` the first day of
    the grain. A span counts +1 on the day it begins and -1 on the day it ends, so that the sum up to
    a day is the stock at its end.
    """

    source = models.CharField(max_length=16, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=[
                    "kind", "what", "grain", "region", "day", "sector", "grade", "source", "state"
                ],
                name="cell_key",
            )
        ]  # fmt: skip


class Subtotal(Summed):
    """Cells of all sources together, of what lasts in all states together: of each trade, and of all trades (`sector` "*").

    What most figures ask for, so that their cost follows places and days alone. A scope that is limited to some
    trades sees the rows of these and never those of all.
    """

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "what", "grain", "region", "day", "sector", "grade", "state"],
                name="subtotal_key",
            )
        ]


class Visit(models.Model):
    """A supervised object at which a hazard was found in a year."""

    object = models.ForeignKey("objects.SupervisedObject", models.CASCADE, related_name="+")
    year = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["year", "object"], name="visit_key")
        ]

    def __str__(self) -> str:
        return f"{self.object_id} {self.year}"


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


class Official(models.Model):
    """A figure published elsewhere, with the paper that says so. Never changed: a correction is a new row.

    `value` is None where the source masks or omits it; `as_written` keeps its own words. The newest row
    of one indicator, region, sector and period is the one that counts.
    """

    indicator = models.CharField(pgettext_lazy("official", "Indicator"), max_length=32)
    region = models.CharField(_("Region"), max_length=12)
    sector = models.CharField(_("Sector"), max_length=32, blank=True)
    first_on = models.DateField(_("From"))
    last_on = models.DateField(_("Until"))
    value = models.DecimalField(
        pgettext_lazy("official", "Figure"), max_digits=20, decimal_places=4, null=True
    )
    as_written = models.CharField(_("As the source writes it"), max_length=40)
    citation = models.CharField(_("Source"), max_length=200)
    source_on = models.DateField(_("Date of the source"))
    entered_by = models.CharField(_("Entered by"), max_length=200)
    entered_at = models.DateTimeField(_("Entered"))

    is_append_only: ClassVar = True

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["indicator", "region", "first_on", "last_on", "-id"], name="official_key"
            )
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.region} {self.first_on}: {self.as_written}"


class RegionMerger(models.Model):
    """A division merged into another of the same parent: its figures go on under the other's name."""

    old = models.CharField(_("Merged division"), max_length=12, unique=True)
    new = models.CharField(_("Merged into"), max_length=12)
    on = models.DateField(_("Merged on"))
    basis = models.CharField(_("Basis"), max_length=200)

    def __str__(self) -> str:
        return f"{self.old} -> {self.new} {self.on}"


class Snapshot(models.Model):
    """A table as it was when it was published. Never changed; later corrections are shown beside it."""

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    title = models.CharField(_("Title"), max_length=200)
    region = models.CharField(_("Region"), max_length=12)
    ask: Any = models.JSONField(default=dict)
    table: Any = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    published_at = models.DateTimeField(_("Published"))
    published_by = models.CharField(_("Published by"), max_length=200)

    is_append_only: ClassVar = True

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-published_at"], name="snapshot_at")]

    def __str__(self) -> str:
        return self.title


class Bulletin(models.Model):
    """Which place and period a circular of the register reports, and its words as first drafted."""

    paper = models.OneToOneField("documents.Paper", models.PROTECT, related_name="bulletin")
    region = models.CharField(_("Area"), max_length=12)
    """Its prefix of the division code."""
    period = models.CharField(_("Period"), max_length=12)
    first_on = models.DateField(_("From"))
    last_on = models.DateField(_("Until"))
    text = models.TextField()

    is_append_only: ClassVar = True

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["region", "first_on", "last_on"], name="bulletin_period")
        ]

    def __str__(self) -> str:
        return f"{self.region} {self.period}"


class BulletinFigures(models.Model):
    """The figures of a bulletin as they went out. Never changed; what is counted otherwise since is shown beside them."""

    bulletin = models.OneToOneField(Bulletin, models.PROTECT, related_name="published")
    figures: Any = models.JSONField(default=dict)
    tables: Any = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    published_at = models.DateTimeField(_("Published"))
    published_by = models.CharField(_("Published by"), max_length=200)

    is_append_only: ClassVar = True

    def __str__(self) -> str:
        return f"{self.bulletin} {self.digest[:8]}"


class SavedReport(models.Model):
    """A table that somebody wants again: what to ask, how often, in which format."""

    class Every(models.TextChoices):
        NEVER = "", pgettext_lazy("schedule", "On demand only")
        DAY = "day", pgettext_lazy("schedule", "Every day")
        WEEK = "week", pgettext_lazy("schedule", "Every Monday")
        MONTH = "month", pgettext_lazy("schedule", "On the 1st of every month")

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("Name"), max_length=60)
    post = models.BigIntegerField()
    person = models.BigIntegerField()
    ask: Any = models.JSONField(default=dict)
    every = models.CharField(_("Made"), max_length=8, choices=Every, blank=True, default="")
    next_on = models.DateField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["next_on"], name="savedreport_next")]

    def __str__(self) -> str:
        return self.name


class ReportFile(models.Model):
    """A saved report as it was made once."""

    report = models.ForeignKey(SavedReport, models.CASCADE, related_name="files")
    period = models.CharField(max_length=40)
    made_at = models.DateTimeField()
    path = models.CharField(max_length=200, blank=True)
    """Without its ending; "" where it could not be made."""
    forms: Any = models.JSONField(default=list)
    """The endings of the files there are: xlsx, docx, pdf."""
    region = models.CharField(max_length=12, blank=True)
    sectors: Any = models.JSONField(null=True)
    """What was counted: handed out only to a post that may still see all of it."""
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["report", "-id"], name="reportfile_report")]

    def __str__(self) -> str:
        return f"{self.report} {self.period}"
