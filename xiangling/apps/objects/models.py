"""Supervised objects: what inspections look at and hazards are found in."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from xiangling.kernel.models import Placed
from xiangling.kernel.scope import ScopedManager, ScopedModel, ScopedQuerySet
from xiangling.kernel.search import SearchField, bigrams

from .codes import name_key


class NameKeyField(models.CharField):
    """The reduced name by which two records of one object are told to be one; fills itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.update(default="", blank=True, editable=False)
        super().__init__(*args, **kwargs)

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        key = name_key(model_instance.name)[: self.max_length]  # type: ignore[attr-defined]
        setattr(model_instance, self.attname, key)
        return key


class ObjectQuerySet(ScopedQuerySet["SupervisedObject"]):
    def active(self) -> ObjectQuerySet:
        return self.filter(status="active")

    def test_due_by(self, day: date) -> ObjectQuerySet:
        """Equipment in use whose next test is due on or before `day`."""
        return self.active().filter(kind="equipment", next_test_on__lte=day)


class SupervisedObject(Placed, ScopedModel):
    """A firm, a venue, a piece of equipment or a site (R-030, R-032 to R-039)."""

    class Kind(models.TextChoices):
        FIRM = "firm", _("Firm")
        VENUE = "venue", _("Venue")
        EQUIPMENT = "equipment", _("Equipment")
        SITE = "site", _("Site")

    class Status(models.TextChoices):
        ACTIVE = "active", _("In use")
        IDLE = "idle", _("Out of use")
        GONE = "gone", _("Gone")

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("Kind"), max_length=12, choices=Kind)
    name = models.CharField(_("Name"), max_length=120)
    name_key = NameKeyField(max_length=120)
    identifier = models.CharField(_("Identifier"), max_length=40, blank=True)
    """Firm: unified social credit code (GB 32100); equipment: device code; else a local number."""
    type = models.CharField(_("Type"), max_length=40, blank=True)
    sector = models.CharField(_("Sector"), max_length=32)
    unit = models.ForeignKey(
        "org.Unit",
        models.PROTECT,
        db_index=False,
        related_name="objects_of",
        verbose_name=_("Enterprise"),
    )
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="parts",
        verbose_name=_("Belongs to"),
    )
    address = models.CharField(_("Address"), max_length=200, blank=True)
    lat = models.FloatField(_("Latitude"), null=True, blank=True)
    lng = models.FloatField(_("Longitude"), null=True, blank=True)
    liable_name = models.CharField(_("Liable person"), max_length=40, blank=True)
    liable_phone = models.CharField(_("Phone"), max_length=20, blank=True)
    staff_count = models.PositiveIntegerField(_("Staff"), null=True, blank=True)
    next_test_on = models.DateField(_("Next test"), null=True, blank=True)
    status = models.CharField(_("Status"), max_length=8, choices=Status, default=Status.ACTIVE)
    facts: Any = models.JSONField(default=dict, blank=True)
    search = SearchField()
    created_at = models.DateTimeField(editable=False)
    changed_at = models.DateTimeField(editable=False)

    objects = ScopedManager.from_queryset(ObjectQuerySet)()

    scope_columns: ClassVar = {"region": "{level}", "sector": "sector", "firm": "unit_id"}

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "identifier"],
                condition=~models.Q(identifier=""),
                name="object_identifier_once",
            ),
        ]
        indexes: ClassVar = [
            *[
                models.Index(fields=[level, "-id"], name=f"object_{level}")
                for level in ("city", "district", "town")
            ],
            models.Index(fields=["unit", "kind"], name="object_unit"),
            models.Index(fields=["kind", "name"], name="object_name"),
            models.Index(fields=["kind", "name_key"], name="object_name_key"),
            models.Index(
                fields=["next_test_on", "id"],
                name="object_test",
                condition=models.Q(kind="equipment", status="active"),
            ),
            models.Index(fields=["sector", "region"], name="object_sector"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, keeping the words it is found by in line with its facts."""
        self.search = self.words()
        super().save(*args, **kwargs)

    def words(self) -> str:
        """The search column: whoever writes many rows at once fills it with this."""
        return bigrams(self.name, self.identifier, self.address, self.liable_name, self.type)

    @property
    def is_firm(self) -> bool:
        return self.kind == self.Kind.FIRM

    @property
    def place(self) -> tuple[float, float] | None:
        """(latitude, longitude) in WGS 84, its own or that of the object it belongs to."""
        if self.lat is not None and self.lng is not None:
            return self.lat, self.lng
        return self.parent.place if self.parent else None
