"""Papers, the letterheads they go out under, and what was issued: the last never changes."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xiangling.kernel import clock
from xiangling.kernel.models import Case, case_indexes
from xiangling.kernel.scope import ScopedManager, active

from . import catalogue


class Letterhead(models.Model):
    """What a body's papers carry: its word in numbers (机关代字), its name in red, whom to ask."""

    unit = models.OneToOneField("org.Unit", models.PROTECT, related_name="letterhead")
    word = models.CharField(_("Word in numbers"), max_length=20, unique=True)
    mark = models.CharField(_("Issuing mark"), max_length=40)
    contact = models.CharField(_("Contact"), max_length=40, blank=True)
    phone = models.CharField(_("Phone"), max_length=40, blank=True)
    review_body = models.CharField(_("Body of administrative review"), max_length=100, blank=True)
    court = models.CharField(_("Court"), max_length=100, blank=True)

    def __str__(self) -> str:
        return f"{self.mark} {self.word}"


class PaperManager(ScopedManager["Paper"]):
    """The papers of the reader's area, and those sent to the reader's unit by name."""

    def get_queryset(self) -> models.QuerySet[Paper]:
        scope = active()
        seen = scope.q(self.model)
        if scope.home is not None:
            sent = Recipient.objects.filter(unit=scope.home).values("paper")
            seen |= models.Q(pk__in=sent)
        return super(ScopedManager, self).get_queryset().filter(seen)


class Paper(Case):
    """An official paper, from draft to issue.

    As a draft it stands where its body stands (region, unit); issued, it stands where its matter is, so
    that those it concerns see it: the town of the record, and the firm where the paper is addressed to it.
    """

    type = models.CharField(_("Sort of paper"), max_length=24)
    issuer = models.ForeignKey(
        "org.Unit", models.PROTECT, related_name="+", verbose_name=_("Issuing body")
    )
    number = models.CharField(_("Number"), max_length=60, blank=True)
    heading = models.CharField(_("Title"), max_length=200, blank=True)
    addressee = models.CharField(_("Addressee"), max_length=200, blank=True)
    about_kind = models.CharField(max_length=24, blank=True)
    about_uid = models.UUIDField(null=True)
    about_code = models.CharField(_("About"), max_length=40, blank=True)
    content: Any = models.JSONField(default=dict)
    """What it is filled with, by field of the pack; a bulletin's `figures` and `tables` beside them."""
    withdraws = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="withdrawn_by", verbose_name=_("Withdraws")
    )
    issued_on = models.DateField(_("Issued on"), null=True)

    objects: ClassVar = PaperManager()
    search_fields: ClassVar = ("code", "number", "heading", "addressee", "about_code")

    class Meta:
        indexes: ClassVar = [
            *case_indexes("paper"),
            models.Index(fields=["about_uid", "-id"], name="paper_about"),
            models.Index(fields=["issuer", "type", "-id"], name="paper_issuer"),
        ]

    def __str__(self) -> str:
        return self.number or self.code

    def title(self) -> str:
        """The sort of paper and what it is about."""
        name = self.paper_type.label
        if self.heading and self.heading != self.paper_type.name:
            return self.heading
        return f"{name} {self.addressee}".strip()

    @property
    def paper_type(self) -> catalogue.PaperType:
        """Its sort, as the packs had it on the day it was drafted."""
        return catalogue.find(self.type, clock.local_date(self.opened_at))

    @property
    def has_gaps(self) -> bool:
        """Whether something that it must say is missing."""
        return bool(self.paper_type.missing(self.content))

    @property
    def is_standing(self) -> bool:
        """Whether it has been issued and not withdrawn."""
        return self.state == "issued"


class Recipient(models.Model):
    """A unit that an issued paper was sent to by name (主送、抄送)."""

    is_append_only = True

    paper = models.ForeignKey(Paper, models.PROTECT, related_name="recipients")
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["unit", "paper"], name="paper_recipient_once"),
        ]

    def __str__(self) -> str:
        return f"{self.paper} -> {self.unit}"


class Issued(models.Model):
    """A paper as it went out: number, words, files by content hash. Never changed, never removed."""

    is_append_only = True

    paper = models.OneToOneField(Paper, models.PROTECT, related_name="issued")
    number = models.CharField(max_length=60, unique=True)
    issuer = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    issuer_name = models.CharField(max_length=120)
    type = models.CharField(max_length=24)
    year = models.PositiveSmallIntegerField()
    seq = models.PositiveIntegerField(pgettext_lazy("column", "Number in the year"))
    issued_on = models.DateField()
    token = models.CharField(max_length=40, unique=True)
    """What the QR code names: drawn at random, so that nobody can count through it."""
    document: Any = models.JSONField()
    """The paper as data (`Document.as_plain`)."""
    document_digest = models.CharField(max_length=64)
    docx = models.CharField(max_length=64)
    pdf = models.CharField(max_length=64)
    pdf_sha256 = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["issuer", "type", "year", "seq"], name="issued_number_once"
            ),
        ]

    def __str__(self) -> str:
        return self.number
