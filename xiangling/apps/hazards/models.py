"""Hazards (隐患), the sources that reported them, and extensions of their deadlines."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xiangling.kernel.models import Case, case_indexes
from xiangling.kernel.scope import ScopedManager, ScopedQuerySet


class Grade(models.TextChoices):
    """Two levels: 安监总局令第16号 art. 3."""

    GENERAL = "general", _("General hazard")
    MAJOR = "major", _("Major hazard")


class Source(models.TextChoices):
    """Who found it (R-083)."""

    ENTERPRISE = "enterprise", _("Enterprise self-check")
    INSPECTION = "inspection", _("Inspection")
    PUBLIC = "public", _("Public report")
    DEPARTMENT = "department", _("Department")


class HazardClass(models.TextChoices):
    """Kinds of the 危化双重预防 exchange format, field hazardDangerType."""

    SAFETY = "safety", _("Safety")
    PROCESS = "process", _("Process")
    ELECTRICAL = "electrical", _("Electrical")
    INSTRUMENT = "instrument", _("Instruments")
    FIRE = "fire", _("Fire")
    LAYOUT = "layout", _("Layout")
    EQUIPMENT = "equipment", _("Equipment")
    OTHER = "other", _("Other")


class Interim(models.TextChoices):
    """What keeps people safe until it is fixed (R-087)."""

    CONTROL = "control", _("Interim control")
    STOP_WORK = "stop_work", _("Stop work")


class HazardQuerySet(ScopedQuerySet["Hazard"]):
    def open(self) -> HazardQuerySet:
        return self.filter(closed_at__isnull=True)

    def major(self) -> HazardQuerySet:
        return self.filter(grade=Grade.MAJOR)


class Hazard(Case):
    """A hidden danger found at an object, and its way to proven closure."""

    external_id = models.CharField(max_length=60, blank=True, db_index=True)
    object = models.ForeignKey(
        "objects.SupervisedObject", models.PROTECT, related_name="hazards", verbose_name=_("Object")
    )
    place = models.CharField(pgettext_lazy("hazard", "Place"), max_length=120, blank=True)
    text = models.TextField(_("What is wrong"))
    source = models.CharField(_("Source"), max_length=12, choices=Source)
    hazard_class = models.CharField(
        _("Class"), max_length=12, choices=HazardClass, default=HazardClass.SAFETY
    )
    reason = models.TextField(_("Cause"), blank=True)
    found_at = models.DateTimeField(_("Found"))
    grade = models.CharField(_("Grade"), max_length=8, choices=Grade, blank=True)
    standard = models.CharField(_("Standard"), max_length=80, blank=True)
    article = models.CharField(_("Article"), max_length=40, blank=True)
    supervisor = models.ForeignKey(
        "org.Unit", models.PROTECT, null=True, related_name="+", verbose_name=_("Supervising unit")
    )
    liable_person = models.CharField(_("Liable person"), max_length=40, blank=True)
    measures = models.TextField(_("Measures"), blank=True)
    funds = models.DecimalField(_("Funds (CNY)"), max_digits=14, decimal_places=2, null=True)
    contingency = models.TextField(_("Contingency plan"), blank=True)
    deadline = models.DateField(_("Deadline"), null=True)
    leader = models.CharField(_("Leader in charge"), max_length=60, blank=True)
    reported_at = models.DateTimeField(_("Reported upward"), null=True)
    interim = models.CharField(_("Until fixed"), max_length=12, choices=Interim, blank=True)
    interim_note = models.CharField(_("Interim measures"), max_length=200, blank=True)
    plan = models.TextField(_("Rectification plan"), blank=True)
    plan_approved = models.BooleanField(default=False)
    is_sampled = models.BooleanField(default=False)
    is_rechecked = models.BooleanField(default=False)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged")

    objects: ClassVar = ScopedManager.from_queryset(HazardQuerySet)()
    search_fields: ClassVar = ("code", "text", "place", "object__name")

    class Meta:
        indexes: ClassVar = [
            *case_indexes("hazard"),
            models.Index(fields=["object", "-id"], name="hazard_object"),
            *[
                models.Index(
                    fields=[level, "due_at", "id"],
                    name=f"hazard_{level}_major",
                    condition=models.Q(closed_at__isnull=True, grade="major"),
                )
                for level in ("city", "district", "town")
            ],
        ]

    @property
    def awaits_plan_approval(self) -> bool:
        return self.is_major and bool(self.plan) and not self.plan_approved

    @property
    def awaits_recheck(self) -> bool:
        return self.is_sampled and not self.is_rechecked

    def title(self) -> str:
        """The finding itself, cut to one line."""
        text = " ".join(self.text.split())
        return text if len(text) <= 60 else f"{text[:59]}…"

    @property
    def object_kind(self) -> str:
        return self.object.kind

    @property
    def object_uid(self) -> UUID:
        return self.object.uid

    @property
    def is_major(self) -> bool:
        return self.grade == Grade.MAJOR

    @property
    def is_own_general(self) -> bool:
        """A general hazard that the enterprise found itself: it may accept its own repair."""
        return self.source == Source.ENTERPRISE and self.grade == Grade.GENERAL


class HazardSource(models.Model):
    """One report of a hazard: the same danger sent by firm, inspector and public has three."""

    hazard = models.ForeignKey(Hazard, models.CASCADE, related_name="sources")
    source = models.CharField(_("Source"), max_length=12, choices=Source)
    text = models.TextField()
    reported_at = models.DateTimeField()
    reported_by = models.CharField(max_length=200, blank=True)
    merged_code = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return f"{self.get_source_display()} {self.reported_at:%F}"


class Extension(Case):
    """A written request for more time, decided by the authority on its own clock.

    安全生产违法行为行政处罚办法 art. 17: asked within 10 days before expiry, answered in 5 days.
    """

    hazard = models.ForeignKey(Hazard, models.PROTECT, related_name="extensions")
    asked_until = models.DateField(_("New deadline asked for"))
    reason = models.TextField(_("Reason"))
    decided_until = models.DateField(_("New deadline granted"), null=True)
    opinion = models.TextField(_("Opinion"), blank=True)

    objects: ClassVar = ScopedManager()
    search_fields: ClassVar = ("code", "hazard__code", "reason")

    class Meta:
        indexes: ClassVar = case_indexes("extension")

    def title(self) -> str:
        return f"{self.hazard.code} {self.hazard.title()}"[:80]

    @property
    def supervisor_id(self) -> int | None:
        return self.hazard.supervisor_id

    @property
    def grade(self) -> str:
        return self.hazard.grade

    @property
    def object_kind(self) -> str:
        return self.hazard.object_kind

    @property
    def object_uid(self) -> UUID:
        return self.hazard.object_uid
