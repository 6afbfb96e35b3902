"""Supervised objects: what inspections look at and hazards are found in."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from xiangling.kernel.models import Placed
from xiangling.kernel.scope import ScopedManager, ScopedModel
from xiangling.kernel.search import SearchField


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
    identifier = models.CharField(_("Identifier"), max_length=40, blank=True)
    """Firm: unified social credit code (GB 32100); equipment: device code; else a local number."""
    type = models.CharField(_("Type"), max_length=40, blank=True)
    sector = models.CharField(_("Sector"), max_length=32)
    unit = models.ForeignKey(
        "org.Unit", models.PROTECT, related_name="objects_of", verbose_name=_("Enterprise")
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

    objects = ScopedManager()

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
            models.Index(fields=["sector", "region"], name="object_sector"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def place(self) -> tuple[float, float] | None:
        """(latitude, longitude) in WGS 84, its own or that of the object it belongs to."""
        if self.lat is not None and self.lng is not None:
            return self.lat, self.lng
        return self.parent.place if self.parent else None
