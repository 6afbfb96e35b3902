"""Documents that order something, what a reading proposed, and the tasks that people made of it."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xiangling.kernel.models import Case, Placed, case_indexes
from xiangling.kernel.scope import ScopedManager, ScopedModel
from xiangling.kernel.search import SearchField


class Genre(models.TextChoices):
    """What kind of paper a document is."""

    SPEECH = "speech", _("Speech")
    PLAN = "plan", _("Work plan")
    NOTICE = "notice", _("Notice")
    MINUTES = "minutes", _("Minutes")
    NEWS = "news", _("News report")
    OTHER = "other", pgettext_lazy("genre", "Other document")


class Cycle(models.TextChoices):
    """How often a standing duty comes round (R-016)."""

    WEEK = "week", _("Every week")
    MONTH = "month", _("Every month")
    QUARTER = "quarter", _("Every quarter")
    HALF = "half", _("Every half-year")
    YEAR = "year", _("Every year")


class Owned(Placed, ScopedModel):
    """A row that belongs to a unit and its place; it is seen by whoever's area holds that place."""

    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", verbose_name=_("Unit"))

    scope_columns: ClassVar[dict[str, str]] = {"region": "{level}", "unit": "unit_id"}

    class Meta:
        abstract = True


class Document(Owned):
    """A speech, plan or notice as it came: its text is kept character for character (R-001).

    `digest` is the SM3 of the file's bytes, under which the file lies in DATA_DIR/documents.
    """

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    title = models.CharField(pgettext_lazy("document", "Title"), max_length=200)
    issued_on = models.DateField(_("Date of the document"), null=True)
    speaker = models.CharField(_("Speaker or issuer"), max_length=120, blank=True)
    medium = models.CharField(_("Source medium"), max_length=120, blank=True)
    genre = models.CharField(_("Type"), max_length=12, choices=Genre, default=Genre.OTHER)
    digest = models.CharField(max_length=64, db_index=True)
    file_name = models.CharField(_("File"), max_length=200, blank=True)
    raw = models.TextField()
    warnings: Any = models.JSONField(default=list)
    doubtful: Any = models.JSONField(default=list)
    """Lines of a recognised scan that a person should compare with it."""
    implements = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="own_plans",
        verbose_name=_("Carries out the plan"),
    )
    addressees = models.ManyToManyField("org.Unit", related_name="+")
    plans_due_on = models.DateField(_("Own plans due"), null=True)
    read_at = models.DateTimeField(_("Taken in on"))
    read_by = models.CharField(max_length=200, blank=True)
    search = SearchField()

    objects = ScopedManager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=[level, "-id"], name=f"document_{level}_new")
            for level in ("city", "district", "town", "unit")
        ]

    def __str__(self) -> str:
        return self.title


class Clause(models.Model):
    """A numbered piece of a document's text; all of them in order give back every character."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="clauses")
    number = models.PositiveIntegerField()
    paragraph = models.PositiveIntegerField()
    sentence = models.PositiveIntegerField()
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    level = models.PositiveSmallIntegerField(default=0)
    text = models.TextField()
    kind = models.CharField(max_length=12, blank=True)
    """What the reading took it for where that is no open task: principle, statistic, report, or nothing."""
    is_set_aside = models.BooleanField(default=False)
    """A person looked at this unmapped clause and found nothing to do in it."""

    class Meta:
        ordering: ClassVar = ["document_id", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["document", "number"], name="clause_once"),
        ]

    def __str__(self) -> str:
        return self.text[:60]


class TextRepair(models.Model):
    """Scanning noise and what it stands for. An uncertain one waits for a person; the raw text stays."""

    class State(models.TextChoices):
        OFFERED = "offered", pgettext_lazy("repair", "Offered")
        APPLIED = "applied", pgettext_lazy("repair", "Applied")
        REFUSED = "refused", pgettext_lazy("repair", "Refused")

    document = models.ForeignKey(Document, models.CASCADE, related_name="repairs")
    paragraph = models.PositiveIntegerField()
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    raw = models.CharField(max_length=200)
    fixed = models.CharField(max_length=200, blank=True)
    is_certain = models.BooleanField()
    state = models.CharField(max_length=8, choices=State)

    class Meta:
        ordering: ClassVar = ["document_id", "paragraph", "start"]

    def __str__(self) -> str:
        return f"{self.raw} → {self.fixed}"


class Draft(models.Model):
    """A proposed task. It is sent to nobody before a person has completed and confirmed it (R-004).

    `extracted` keeps what the reading found, by column; a value that differs from it was supplied by
    a person. Owners are never filled in from anything but words of the document.
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("draft", "To confirm")
        CONFIRMED = "confirmed", pgettext_lazy("draft", "Confirmed")
        DROPPED = "dropped", pgettext_lazy("draft", "Dropped")

    document = models.ForeignKey(Document, models.CASCADE, related_name="drafts")
    clauses = models.ManyToManyField(Clause, related_name="drafts")
    order = models.PositiveIntegerField()
    paragraph = models.PositiveIntegerField()
    sentence = models.PositiveIntegerField()
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    quote = models.TextField(_("Source"))
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    drop_reason = models.CharField(_("Reason"), max_length=200, blank=True)
    owners: Any = models.JSONField(default=list)
    """As named in the text: [{name, norm, is_explicit, how}]."""
    deadline_text = models.CharField(_("Time limit in the text"), max_length=120, blank=True)
    deadline_type = models.CharField(max_length=12, blank=True)
    what = models.TextField(_("Task"))
    object_text = models.CharField(_("Object"), max_length=200, blank=True)
    sector = models.CharField(_("Sector"), max_length=32, blank=True)
    indicator = models.CharField(_("Indicator"), max_length=200, blank=True)
    doers: Any = models.JSONField(_("Doers"), default=list)
    assists: Any = models.JSONField(_("Co-handling units"), default=list)
    checker = models.ForeignKey(
        "org.Unit", models.PROTECT, null=True, related_name="+", verbose_name=_("Checking unit")
    )
    due_on = models.DateField(_("Due"), null=True)
    cycle = models.CharField(_("Comes round"), max_length=8, choices=Cycle, blank=True)
    proof_kind = models.CharField(_("Proof"), max_length=24, blank=True)
    words = models.CharField(_("Ten words"), max_length=10, blank=True)
    extracted: Any = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["document_id", "order", "id"]

    def __str__(self) -> str:
        return self.what[:60]


class Recurrence(models.Model):
    """A standing duty: each period has its own task, made on time whether or not the last one was done (R-016)."""

    cycle = models.CharField(_("Comes round"), max_length=8, choices=Cycle)
    next_on = models.DateField()
    """The day on which the next task is made."""
    ended_on = models.DateField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["next_on"], name="recurrence_next", condition=models.Q(ended_on=None)
            )
        ]

    def __str__(self) -> str:
        return self.get_cycle_display()


class Part(models.TextChoices):
    """What a task is to the one it belongs to."""

    WHOLE = "whole", _("Single task")
    LEAD = "lead", _("Lead unit")
    ASSIST = "assist", _("Co-handling unit")
    SHARE = "share", _("Share of a task")


class Task(Case):
    """One thing one unit has to do by a day, checked by another, with the sentence that ordered it.

    The column `unit` is the doer, `issuer` the unit that gave it, `checker` the one that checks it.
    """

    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="tasks")
    draft = models.ForeignKey(Draft, models.PROTECT, null=True, related_name="tasks")
    basis = models.CharField(_("Basis"), max_length=200)
    source = models.TextField(_("Source sentence"))
    what = models.TextField(_("Task"))
    object_text = models.CharField(_("Object"), max_length=200, blank=True)
    indicator = models.CharField(_("Indicator"), max_length=200, blank=True)
    issuer = models.ForeignKey(
        "org.Unit", models.PROTECT, related_name="+", verbose_name=_("Issuing unit")
    )
    checker = models.ForeignKey(
        "org.Unit", models.PROTECT, related_name="+", verbose_name=_("Checking unit")
    )
    doer_person = models.CharField(_("Person in charge"), max_length=40, blank=True)
    due_on = models.DateField(_("Due"))
    proof_kind = models.CharField(_("Proof"), max_length=24)
    words = models.CharField(_("Ten words"), max_length=10, blank=True)
    part = models.CharField(_("Part"), max_length=8, choices=Part, default=Part.WHOLE)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="parts")
    share = models.DecimalField(_("Share (%)"), max_digits=5, decimal_places=2, null=True)
    recurrence = models.ForeignKey(
        Recurrence, models.PROTECT, null=True, related_name="tasks", verbose_name=_("Comes round")
    )
    supplied: Any = models.JSONField(default=list)
    """Columns that a person supplied; the others were in the text."""

    objects: ClassVar = ScopedManager()
    search_fields: ClassVar = ("code", "what", "unit__name", "basis")

    class Meta:
        indexes: ClassVar = [
            *case_indexes("task"),
            models.Index(fields=["document", "-id"], name="task_document"),
        ]

    def title(self) -> str:
        """What is to be done, cut to one line."""
        text = " ".join(self.what.split())
        return text if len(text) <= 60 else f"{text[:59]}…"

    @property
    def is_standing(self) -> bool:
        return self.recurrence_id is not None

    @property
    def deadline(self) -> date:
        return self.due_on


class TaskList(models.Model):
    """A list drawn from the ledger of tasks: a name, its columns, and a filter; all of it editable (R-075)."""

    key = models.SlugField(max_length=24, unique=True)
    name = models.CharField(_("Name"), max_length=40)
    columns: Any = models.JSONField(_("Columns"), default=list)
    query: Any = models.JSONField(_("Filter"), default=dict)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["order", "id"]

    def __str__(self) -> str:
        return self.name


class Pledge(Owned):
    """A responsibility pledge (责任状) of a unit to the one above, for one year (R-008)."""

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    year = models.PositiveSmallIntegerField(_("Year"))
    to_unit = models.ForeignKey(
        "org.Unit", models.PROTECT, related_name="+", verbose_name=_("Signed with")
    )
    targets = models.TextField(_("Targets"), blank=True)
    signed_on = models.DateField(_("Signed on"), null=True)
    signer = models.CharField(_("Signed by"), max_length=40, blank=True)

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["year", "unit", "to_unit"], name="pledge_once"),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.unit}"


class DutySheet(Owned):
    """A unit's standing duty list (职责清单), kept in dated versions (R-009)."""

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    title = models.CharField(pgettext_lazy("document", "Title"), max_length=120)

    objects = ScopedManager()

    def __str__(self) -> str:
        return self.title


class DutySheetVersion(models.Model):
    """What a duty list said from one day on. Never changed; a new version follows it."""

    sheet = models.ForeignKey(DutySheet, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("Version"))
    starts_on = models.DateField(_("From"))
    lines: Any = models.JSONField(default=list)
    basis = models.CharField(_("Basis"), max_length=200, blank=True)
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["sheet_id", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sheet", "number"], name="dutysheetversion_once"),
        ]

    def __str__(self) -> str:
        return f"{self.sheet} {self.number}"
