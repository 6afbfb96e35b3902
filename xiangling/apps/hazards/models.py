"""Hazards (隐患), the sources that reported them, and extensions of their deadlines."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID, uuid4

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xiangling.kernel.models import Case, Placed, case_indexes
from xiangling.kernel.scope import ScopedManager, ScopedModel, ScopedQuerySet


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


class DepthReason(models.TextChoices):
    """What a finding is about, by which the judge calls it shallow or substantive (R-070, R-071)."""

    SLOGAN = "slogan", pgettext_lazy("depth", "Slogan")
    PAPERWORK = "paperwork", pgettext_lazy("depth", "Form of papers")
    HOUSEKEEPING = "housekeeping", pgettext_lazy("depth", "Housekeeping")
    SIGNS = "signs", pgettext_lazy("depth", "Signs and labels")
    CONSUMABLES = "consumables", pgettext_lazy("depth", "Consumables")
    NONE_FOUND = "none_found", pgettext_lazy("depth", "Nothing found")
    COSMETIC = "cosmetic", pgettext_lazy("depth", "Appearance")
    NO_OBJECT = "no_object", pgettext_lazy("depth", "Names no object")
    EQUIPMENT = "equipment", pgettext_lazy("depth", "Equipment")
    MACHINE_GUARD = "machine_guard", pgettext_lazy("depth", "Machine guard")
    ELECTRICAL = "electrical", pgettext_lazy("depth", "Electrical")
    INSTRUMENT = "instrument", pgettext_lazy("depth", "Instruments")
    FIRE_GEAR = "fire_gear", pgettext_lazy("depth", "Fire protection gear")
    PROCESS = "process", pgettext_lazy("depth", "Process")
    HEALTH = "health", pgettext_lazy("depth", "Occupational health")
    WORK_PERMIT = "work_permit", pgettext_lazy("depth", "Critical work")
    MANAGEMENT_LOOP = "management_loop", pgettext_lazy("depth", "Management loop")
    PRODUCT = "product", pgettext_lazy("depth", "Product")
    VERIFIED_OK = "verified_ok", pgettext_lazy("depth", "Verified as sound")
    SETTLED = "settled", pgettext_lazy("depth", "Put right")
    BUILDING = "building", pgettext_lazy("depth", "Building")
    VEHICLE = "vehicle", pgettext_lazy("depth", "Vehicle")


class Campaign(Placed, ScopedModel):
    """A special campaign (专项行动): a named drive of one unit over its area, from day to day (R-069).

    It holds for every place below its own; `sectors` empty means all of them.
    """

    uid = models.UUIDField(unique=True, default=uuid4, editable=False)
    name = models.CharField(pgettext_lazy("campaign", "Name"), max_length=80, unique=True)
    unit = models.ForeignKey(
        "org.Unit", models.PROTECT, related_name="+", verbose_name=_("Ordering unit")
    )
    sectors: Any = models.JSONField(_("Sectors"), default=list)
    begins_on = models.DateField(_("Begins"))
    ends_on = models.DateField(_("Ends"))
    basis = models.CharField(_("Basis"), max_length=200, blank=True)

    objects: ClassVar = ScopedManager()
    scope_columns: ClassVar[dict[str, str]] = {"region": "{level}", "unit": "unit_id"}

    def __str__(self) -> str:
        return self.name


class HazardQuerySet(ScopedQuerySet["Hazard"]):
    def open(self) -> HazardQuerySet:
        return self.filter(closed_at__isnull=True)

    def major(self) -> HazardQuerySet:
        return self.filter(grade=Grade.MAJOR)


class Hazard(Case):
    """A hidden danger found at an object, and its way to proven closure."""

    external_id = models.CharField(max_length=60, blank=True)
    object = models.ForeignKey(
        "objects.SupervisedObject",
        models.PROTECT,
        db_index=False,
        related_name="hazards",
        verbose_name=_("Object"),
    )
    place = models.CharField(pgettext_lazy("hazard", "Place"), max_length=120, blank=True)
    text = models.TextField(_("What is wrong"))
    facts = models.TextField(_("Facts established"), blank=True)
    """Answers to what the judge asked, one a line."""
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
        "org.Unit",
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("Supervising unit"),
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
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, db_index=False, related_name="merged"
    )

    objects: ClassVar = ScopedManager.from_queryset(HazardQuerySet)()
    search_fields: ClassVar = ("code", "text", "place", "object__name")
    words_by_place: ClassVar = True
    """A word that is rare here may stand in many rows elsewhere: see `kernel.search`."""

    class Meta:
        indexes: ClassVar = [
            *case_indexes("hazard"),
            models.Index(fields=["object", "-id"], name="hazard_object"),
            models.Index(
                fields=["merged_into"],
                name="hazard_merged",
                condition=models.Q(merged_into__isnull=False),
            ),
            *[
                models.Index(
                    fields=[level, "due_at", "id", "sector"],
                    name=f"hazard_{level}_serious",
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


class Decision(models.TextChoices):
    """What the officer who graded made of the judge's suggestion (R-174)."""

    CONFIRMED = "confirmed", pgettext_lazy("decision", "Confirmed")
    CHANGED = "changed", pgettext_lazy("decision", "Other clause")
    REFUSED = "refused", pgettext_lazy("decision", "Overruled")
    ALONE = "alone", pgettext_lazy("decision", "Decided without a suggestion")


class Judged(models.Model):
    """What the judge made of a finding when it was opened, and what the officer then decided.

    `standard` and `criterion` are the best match; `decided_standard` is empty where the officer cited
    something the library does not hold. Kept beside the hazard so that lists and figures need no ledger.
    """

    hazard = models.OneToOneField(Hazard, models.CASCADE, primary_key=True, related_name="judged")
    version = models.CharField(max_length=40)
    judged_at = models.DateTimeField()
    verdict = models.CharField(max_length=12)
    probability = models.FloatField()
    standard = models.CharField(max_length=24, blank=True)
    criterion = models.CharField(max_length=40, blank=True)
    answer: Any = models.JSONField(default=dict)
    """The whole answer as the ledger keeps it."""
    depth = models.CharField(max_length=12)
    depth_reason = models.CharField(max_length=200, blank=True)
    copy_of = models.ForeignKey(Hazard, models.SET_NULL, null=True, related_name="copies")
    likeness = models.FloatField(null=True)
    decision = models.CharField(max_length=12, choices=Decision, blank=True)
    decided = models.CharField(max_length=8, choices=Grade, blank=True)
    decided_standard = models.CharField(max_length=24, blank=True)
    decided_by = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["decided_at", "standard"], name="judged_decided"),
        ]

    def __str__(self) -> str:
        return f"{self.hazard_id} {self.verdict}"


class Unjudged(models.Model):
    """A finding that an import has stored and the judge has not read yet.

    Taken away in the transaction that keeps the judgement: what stands here is neither general nor shallow.
    """

    hazard = models.OneToOneField(
        Hazard, models.CASCADE, primary_key=True, db_constraint=False, related_name="unjudged"
    )

    def __str__(self) -> str:
        return str(self.hazard_id)


class Handling(models.Model):
    """Who found and who closed a hazard, and what its photos say: the facts of ledger honesty."""

    hazard = models.OneToOneField(Hazard, models.CASCADE, primary_key=True, related_name="handling")
    found_by = models.BigIntegerField(null=True)
    found_unit = models.ForeignKey("org.Unit", models.PROTECT, null=True, related_name="+")
    found_on = models.DateField()
    place_id = models.BigIntegerField()
    """The object's id: finder, object and day make one visit."""
    campaign = models.ForeignKey(
        Campaign, models.PROTECT, null=True, db_index=False, db_constraint=False, related_name="+"
    )
    first_photo_at = models.DateTimeField(null=True)
    last_photo_at = models.DateTimeField(null=True)
    n_photos = models.PositiveIntegerField(default=0)
    n_reused = models.PositiveIntegerField(default=0)
    closed_by = models.BigIntegerField(null=True)
    closed_unit = models.ForeignKey("org.Unit", models.PROTECT, null=True, related_name="+")
    closed_on = models.DateField(null=True)
    is_closed_alone = models.BooleanField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["found_by", "place_id", "found_on"], name="handling_visit"),
            models.Index(fields=["closed_by", "closed_on"], name="handling_closing"),
            models.Index(
                fields=["campaign", "found_on"],
                name="handling_campaign",
                condition=models.Q(campaign__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hazard_id} {self.found_on}"


class TextSlice(models.Model):
    """A slice of the sketch of a finding's text, so that look-alikes are found by equality.

    Eight for each hazard: the pair is its own key, and no check of the hazard's id goes with each.
    """

    pk = models.CompositePrimaryKey("band", "hazard_id")
    band = models.BigIntegerField()
    hazard = models.ForeignKey(
        Hazard, models.CASCADE, db_index=False, db_constraint=False, related_name="slices"
    )

    def __str__(self) -> str:
        return str(self.band)
