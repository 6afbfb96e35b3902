"""The kernel's tables: the abstract case, and the ledger, docket and proof that serve every kind."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Substr
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .scope import ScopedManager, ScopedModel
from .search import SearchField


def _prefix(length: int) -> models.GeneratedField:
    return models.GeneratedField(
        expression=Substr("region", 1, length),
        output_field=models.CharField(max_length=length),
        db_persist=True,
        editable=False,
    )


class Placed(models.Model):
    """Rows that belong to a place: a 12-digit division code and its prefixes as columns."""

    region = models.CharField(_("Region"), max_length=12)
    city = _prefix(4)
    district = _prefix(6)
    town = _prefix(9)

    class Meta:
        abstract = True


class Case(Placed, ScopedModel):
    """A matter that runs a loop. Only `kernel.engine` changes its state."""

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    code = models.CharField(_("Code"), max_length=40, unique=True, editable=False)
    sector = models.CharField(_("Sector"), max_length=32, blank=True)
    unit = models.ForeignKey(
        "org.Unit",
        models.PROTECT,
        db_index=False,
        verbose_name=_("Liable unit"),
        related_name="+",
    )
    state = models.CharField(_("State"), max_length=24, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)
    due_at = models.DateTimeField(_("Due"), null=True, editable=False)
    opened_at = models.DateTimeField(_("Opened"), editable=False)
    closed_at = models.DateTimeField(pgettext_lazy("column", "Closed"), null=True, editable=False)
    changed_at = models.DateTimeField(_("Last step"), editable=False)
    head = models.CharField(max_length=64, blank=True, editable=False)
    search = SearchField()

    objects = ScopedManager()

    search_fields: ClassVar[tuple[str, ...]] = ("code",)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.code

    def title(self) -> str:
        """One sentence that names the matter."""
        return self.code


def case_indexes(name: str) -> list[models.Index]:
    """The indexes every case table needs: open by place and due date, all by place, newest first.

    Each serves a list (`kernel.lists.BY_DUE`, `kernel.lists.NEWEST`) and the scope, a post's sectors
    included, so that counting reads the index alone. Every step writes every index of its table again:
    another one needs a query that no other way can answer.
    """
    is_open = models.Q(closed_at__isnull=True)
    open_by = [
        models.Index(
            fields=[level, "due_at", "id", "sector"], name=f"{name}_{level}_open", condition=is_open
        )
        for level in ("city", "district", "town", "unit")
    ]
    all_by = [
        models.Index(fields=[level, "-opened_at", "-id", "sector"], name=f"{name}_{level}_newest")
        for level in ("city", "district", "town", "unit")
    ]
    return open_by + all_by


class Entry(models.Model):
    """One line of the ledger. Written once; the database itself refuses to change or remove it."""

    uid = models.UUIDField(unique=True)
    case_kind = models.CharField(max_length=24)
    case_uid = models.UUIDField()
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=48)
    step = models.CharField(max_length=32, blank=True)
    source = models.CharField(max_length=24, blank=True)
    target = models.CharField(max_length=24, blank=True)
    actor_person = models.BigIntegerField(null=True)
    actor_post = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=200)
    at = models.DateTimeField()
    data = models.JSONField(default=dict)
    region = models.CharField(max_length=12)
    sector = models.CharField(max_length=32, blank=True)
    prev = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case_uid", "seq"], name="entry_case_seq"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["at", "id"], name="entry_at"),
            models.Index(fields=["actor_person", "-id"], name="entry_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.case_uid}#{self.seq} {self.kind}"


class Arrival(models.Model):
    """A case whose ledger has grown, until the figures have taken it in.

    Written in the transaction that writes the entry, so that nothing is missed whatever order
    transactions commit in.
    """

    case_kind = models.CharField(max_length=24)
    case_uid = models.UUIDField()

    def __str__(self) -> str:
        return f"{self.case_kind} {self.case_uid}"


SERIOUS = "major"
"""The mark that is counted apart; kinds that grade their cases use this word for the worst."""


class Docket(Placed, ScopedModel):
    """An open case: whose turn, until when, and when to raise the alarm next."""

    case_kind = models.CharField(max_length=24)
    case_uid = models.UUIDField(unique=True)
    code = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    mark = models.CharField(max_length=24, blank=True)
    sector = models.CharField(max_length=32, blank=True)
    unit_id = models.BigIntegerField()
    state = models.CharField(max_length=24)
    turn = models.CharField(max_length=48)
    holder_unit = models.BigIntegerField(null=True)
    holder_post = models.BigIntegerField(null=True)
    opened_at = models.DateTimeField()
    since = models.DateTimeField()
    due_at = models.DateTimeField()
    rung = models.PositiveSmallIntegerField(default=0)
    alarm_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["alarm_at"], name="docket_alarm"),
            models.Index(fields=["holder_unit", "turn", "due_at"], name="docket_holder"),
            models.Index(fields=["city", "due_at"], name="docket_city"),
            models.Index(fields=["district", "due_at"], name="docket_district"),
            models.Index(fields=["town", "due_at"], name="docket_town"),
            models.Index(fields=["unit_id", "due_at"], name="docket_unit"),
            models.Index(
                fields=["due_at"], name="docket_serious", condition=models.Q(mark=SERIOUS)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.state}"


class Refusal(models.Model):
    """A step that was refused: who tried what, and the reason given. Never changed, never removed."""

    case_kind = models.CharField(max_length=24)
    case_uid = models.UUIDField(null=True)
    step = models.CharField(max_length=32)
    code = models.CharField(max_length=48)
    words = models.TextField()
    actor_person = models.BigIntegerField(null=True)
    actor_post = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=200)
    region = models.CharField(max_length=12, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["case_uid"], name="refusal_case"),
            models.Index(fields=["-at"], name="refusal_at"),
        ]

    def __str__(self) -> str:
        return f"{self.step}: {self.code}"


class Access(models.Model):
    """Who saw or took out what. Never changed, never removed."""

    person = models.BigIntegerField(null=True)
    post = models.BigIntegerField(null=True)
    label = models.CharField(max_length=200)
    what = models.CharField(max_length=32)
    kind = models.CharField(max_length=24, blank=True)
    uid = models.UUIDField(null=True)
    detail = models.CharField(max_length=300, blank=True)
    address = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["-at"], name="access_at"),
            models.Index(fields=["kind", "uid"], name="access_uid"),
            models.Index(fields=["person", "-at"], name="access_person"),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.what} {self.kind}"


class Seal(models.Model):
    """The Merkle root of one day's entries, chained to the day before."""

    day = models.DateField(unique=True)
    last_entry = models.BigIntegerField()
    n_entries = models.PositiveIntegerField()
    root = models.CharField(max_length=64)
    prev = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.day)


class Notice(models.Model):
    """Something a post must know: a reminder, an escalation, a case that has come to it."""

    post = models.BigIntegerField()
    case_kind = models.CharField(max_length=24)
    case_uid = models.UUIDField()
    code = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    entry_kind = models.CharField(max_length=48)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["post", "-at", "-id"], name="notice_latest"),
            models.Index(
                fields=["post", "-at", "-id"],
                name="notice_unread",
                condition=models.Q(read_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.entry_kind}"


class CalendarDay(models.Model):
    """A date whose working state differs from the plain week (holiday or make-up day)."""

    day = models.DateField(_("Date"), primary_key=True)
    is_working = models.BooleanField(_("Working day"))
    note = models.CharField(_("Note"), max_length=60, blank=True)

    def __str__(self) -> str:
        return str(self.day)


class Series(models.Model):
    """The last human number allotted for a kind, place and year."""

    key = models.CharField(max_length=60, unique=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.key


class ProofFile(models.Model):
    """A file kept by its content hash; a photo also by what it shows, when and where."""

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    digest = models.CharField(max_length=64, db_index=True)
    media_type = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    size = models.PositiveIntegerField()
    taken_at = models.DateTimeField(null=True)
    lat = models.FloatField(null=True)
    lng = models.FloatField(null=True)
    fingerprint = models.TextField(blank=True)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.BigIntegerField(null=True)
    uploaded_post = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return self.name

    @property
    def is_photo(self) -> bool:
        return self.media_type.startswith("image/")


class ProofBand(models.Model):
    """A slice of a photo's fingerprint, so that look-alikes are found by equality."""

    band = models.BigIntegerField(db_index=True)
    file = models.ForeignKey(ProofFile, models.CASCADE, related_name="bands")

    def __str__(self) -> str:
        return str(self.band)


class ProofUse(models.Model):
    """A file standing as proof behind one ledger entry."""

    file = models.ForeignKey(ProofFile, models.PROTECT, related_name="uses")
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="proofs")
    case_kind = models.CharField(max_length=24)
    case_uid = models.UUIDField()
    role = models.CharField(max_length=16)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["case_uid"], name="proofuse_case")]

    def __str__(self) -> str:
        return f"{self.role} {self.file_id}"


class SavedView(models.Model):
    """A list's filters, kept under a name by one person."""

    person = models.BigIntegerField()
    list_key = models.CharField(max_length=40)
    name = models.CharField(_("Name"), max_length=40)
    query = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "list_key", "name"], name="savedview_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Edit(models.Model):
    """A plain fact that was changed: before, after, who and when. Never changed, never removed."""

    model = models.CharField(max_length=60)
    row_id = models.CharField(max_length=40)
    label = models.CharField(max_length=200)
    changes: Any = models.JSONField(default=dict)
    actor_person = models.BigIntegerField(null=True)
    actor_post = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["model", "row_id"], name="edit_row"),
            models.Index(fields=["-at"], name="edit_at"),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.at:%F}"


class Job(models.Model):
    """Long work: its place, its progress and the lease of the worker that carries it."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        STOPPED = "stopped", _("Stopped")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    person = models.BigIntegerField(null=True)
    post = models.BigIntegerField(null=True)
    params: Any = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    wants_stop = models.BooleanField(default=False)
    total = models.PositiveIntegerField(null=True)
    done = models.PositiveIntegerField(default=0)
    cursor: Any = models.JSONField(default=dict)
    counts: Any = models.JSONField(default=dict)
    message = models.TextField(blank=True)
    result = models.CharField(max_length=200, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_by = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "lease_until"], name="job_state"),
            models.Index(fields=["person", "-id"], name="job_person"),
        ]

    def __str__(self) -> str:
        return self.title


class RefusedRow(models.Model):
    """A row of an import that was not taken in, as it came, with the reason."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="refused_rows")
    number = models.PositiveIntegerField()
    values: Any = models.JSONField(default=dict)
    reason = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "number"], name="refusedrow_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.reason}"


class WorkerBeat(models.Model):
    """The last sign of life of a worker process."""

    name = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
