"""Regions, units, posts, people and the duty map; everything that changes carries its dates."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import connection, models
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xiangling.kernel.models import Case, case_indexes
from xiangling.kernel.prepared import Given, Prepared, prepare
from xiangling.kernel.scope import ScopedManager

from .duties import role_label


def in_force(on: date, prefix: str = "") -> Q:
    """The filter for rows whose `starts_on`..`ends_on` (both inclusive) hold `on`."""
    return Q(**{f"{prefix}starts_on__lte": on}) & (
        Q(**{f"{prefix}ends_on__isnull": True}) | Q(**{f"{prefix}ends_on__gte": on})
    )


def is_in_force(row: Any, on: date) -> bool:
    """The same of a row that has been read."""
    return bool(row.starts_on <= on and (row.ends_on is None or on <= row.ends_on))


class Region(models.Model):
    """A division of the country, by its 12-digit code (GB/T 2260 and local town codes)."""

    code = models.CharField(_("Division code"), max_length=12, primary_key=True)
    name = models.CharField(_("Name"), max_length=60)
    level = models.PositiveSmallIntegerField(_("Level"))
    """Length of the significant prefix: 4 city, 6 district, 9 town."""
    lat = models.FloatField(null=True, blank=True)
    lng = models.FloatField(null=True, blank=True)
    boundary: Any = models.JSONField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["code"]

    def __str__(self) -> str:
        return self.name

    @property
    def prefix(self) -> str:
        return self.code[: self.level]


class Unit(models.Model):
    """An organisation or a part of one: committee office, department, station, firm, workshop, team."""

    class Kind(models.TextChoices):
        COMMITTEE = "committee", _("Safety committee")
        COMMITTEE_OFFICE = "committee_office", _("Safety committee office")
        DEPARTMENT = "department", _("Department")
        STATION = "station", _("Station")
        ENTERPRISE = "enterprise", _("Enterprise")
        WORKSHOP = "workshop", _("Workshop")
        TEAM = "team", _("Team")

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("Name"), max_length=120)
    kind = models.CharField(_("Kind"), max_length=20, choices=Kind)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("Parent"),
    )
    path = models.CharField(max_length=120, editable=False, db_index=True)
    """Ids from the root down, "/1/23/456/": a subtree is one prefix."""
    region = models.CharField(_("Region"), max_length=12, db_index=True)
    level = models.PositiveSmallIntegerField(_("Level"), default=9)
    """Division level at which the unit works: 4 city, 6 district, 9 town."""
    sectors: Any = models.JSONField(_("Sectors"), default=list, blank=True)
    """Sector codes the unit supervises; empty means all."""
    starts_on = models.DateField(_("From"))
    ends_on = models.DateField(_("Until"), null=True, blank=True)
    successor = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="merged",
        verbose_name=_("Merged into"),
    )

    ENTERPRISE_KINDS: ClassVar = (Kind.ENTERPRISE, Kind.WORKSHOP, Kind.TEAM)
    PUBLIC_KINDS: ClassVar = (
        Kind.COMMITTEE,
        Kind.COMMITTEE_OFFICE,
        Kind.DEPARTMENT,
        Kind.STATION,
    )

    class Meta:
        indexes: ClassVar = [models.Index(fields=["kind", "region"], name="unit_kind_region")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, keeping `path` in line with `parent` (a moved unit's subtree moves with it)."""
        super().save(*args, **kwargs)
        path = f"{self.parent.path if self.parent else '/'}{self.pk}/"
        if path != self.path:
            self.path = path
            type(self).objects.filter(pk=self.pk).update(path=path)
            for child in self.children.all():
                child.save()

    @property
    def is_enterprise(self) -> bool:
        return self.kind in self.ENTERPRISE_KINDS

    @property
    def prefix(self) -> str:
        """The division prefix the unit works in."""
        return self.region[: self.level]

    def subtree(self) -> list[tuple[int, str]]:
        """Id and name of the unit and of everything below it, from the top down."""
        return _below(connection.vendor).all(path=self.path)

    def covers(self, region: str, sector: str) -> bool:
        """Whether the unit works in this place and trade, so that its people can see the record."""
        return region.startswith(self.prefix) and (not self.sectors or sector in self.sectors)

    @property
    def enterprise(self) -> Unit:
        """The firm that a workshop or team belongs to; the unit itself where there is none."""
        unit = self
        while unit.parent and unit.parent.is_enterprise:
            unit = unit.parent
        return unit

    def name_on(self, on: date) -> str:
        """What the unit was called on that day."""
        row = self.former_names.filter(ends_on__gte=on).order_by("ends_on").first()
        return row.name if row else self.name


@cache
def _below(vendor: str) -> Prepared:
    rows = Unit.objects.filter(path__startswith=Given("path", models.CharField()))
    return prepare(rows.order_by("path").values_list("pk", "name"))


class UnitName(models.Model):
    """A name a unit used to bear, until and including `ends_on`."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="former_names")
    name = models.CharField(_("Name"), max_length=120)
    ends_on = models.DateField(_("Until"))
    reason = models.CharField(_("Reason"), max_length=200, blank=True)

    def __str__(self) -> str:
        return self.name


class PersonManager(BaseUserManager["Person"]):
    def create_user(self, username: str, password: str | None = None, **facts: Any) -> Person:
        """A new person with a hashed password (unusable if None)."""
        person = self.model(username=username, **facts)
        person.set_password(password)
        person.save()
        return person


class Person(AbstractBaseUser):
    """A human being who can sign in. What they may do comes from the posts they hold."""

    username = models.CharField(_("Account"), max_length=60, unique=True)
    name = models.CharField(_("Name"), max_length=40)
    phone = models.CharField(_("Phone"), max_length=20, blank=True)
    email = models.EmailField(blank=True)
    is_active = models.BooleanField(_("Active"), default=True)
    password_changed_at = models.DateTimeField(null=True, blank=True)
    must_change_password = models.BooleanField(default=False)
    language = models.CharField(max_length=10, blank=True)
    session_epoch = models.PositiveIntegerField(default=0)
    """Part of every session's hash: raising it ends all sessions of the person."""

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["name"]
    objects = PersonManager()

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return self.name

    def get_session_auth_hash(self) -> str:
        """What a session must carry to stay valid: it changes with the password and the epoch."""
        value = f"{self.password}:{self.session_epoch}"
        return salted_hmac("xiangling.org.session", value, algorithm="sha256").hexdigest()

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        yield from ()


class Post(models.Model):
    """A seat in a unit, with a role; people come and go, the post's duties stay."""

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    unit = models.ForeignKey(
        Unit, models.PROTECT, db_index=False, related_name="posts", verbose_name=_("Unit")
    )
    title = models.CharField(pgettext_lazy("post", "Title"), max_length=60)
    role = models.CharField(_("Role"), max_length=32)
    phone = models.CharField(_("Phone"), max_length=20, blank=True)
    is_head = models.BooleanField(_("Head of the unit"), default=False)
    starts_on = models.DateField(_("From"))
    ends_on = models.DateField(_("Until"), null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["unit", "role"], name="post_unit_role")]

    def __str__(self) -> str:
        return f"{self.unit.name} {self.title}"

    @property
    def role_label(self) -> str:
        """What the role is called in the reader's language."""
        return role_label(self.role)


class Holding(models.Model):
    """A person on a post, as its holder or as deputy, from one day to another."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="holdings")
    person = models.ForeignKey(Person, models.PROTECT, related_name="holdings")
    is_deputy = models.BooleanField(_("Deputy"), default=False)
    starts_on = models.DateField(_("From"))
    ends_on = models.DateField(_("Until"), null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.person} {self.post}"


class Persona(models.Model):
    """A post of the demo city that may be tried with one click, and the line that says what it sees."""

    key = models.SlugField(unique=True)
    label = models.CharField(max_length=40)
    label_en = models.CharField(max_length=60)
    line = models.CharField(max_length=120)
    line_en = models.CharField(max_length=160)
    holding = models.ForeignKey(Holding, models.CASCADE, related_name="+")

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.label


class DutyLine(models.Model):
    """A line of the duty map: this unit answers, in this layer, for these objects, in these dates.

    Blank sector or kind means every one; an object uid makes the line about that object alone.
    """

    class Layer(models.TextChoices):
        TERRITORY = "territory", _("Territory")
        SECTOR = "sector", _("Sector")
        ENTERPRISE = "enterprise", _("Enterprise")
        PERSONAL = "personal", _("Personal")

    layer = models.CharField(_("Layer"), max_length=12, choices=Layer)
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="duty_lines", verbose_name=_("Unit")
    )
    post = models.ForeignKey(
        Post, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Post")
    )
    region = models.CharField(_("Region"), max_length=12, db_index=True)
    """Division prefix (4, 6 or 9 digits) the line holds for."""
    sector = models.CharField(_("Sector"), max_length=32, blank=True)
    object_kind = models.CharField(_("Kind of object"), max_length=24, blank=True)
    object_uid = models.UUIDField(null=True, blank=True)
    starts_on = models.DateField(_("From"))
    ends_on = models.DateField(_("Until"), null=True, blank=True)
    basis = models.CharField(_("Basis"), max_length=200, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["layer", "region", "sector"], name="dutyline_place"),
            models.Index(fields=["object_uid"], name="dutyline_object"),
        ]

    def __str__(self) -> str:
        return f"{self.get_layer_display()} {self.region} {self.sector} {self.unit}"


class Dispute(Case):
    """Two units each say that an object is not theirs; the committee office rules (R-023)."""

    object_uid = models.UUIDField(null=True, blank=True)
    object_kind = models.CharField(max_length=24, blank=True)
    subject = models.CharField(_("Subject"), max_length=200)
    layer = models.CharField(_("Layer"), max_length=12, choices=DutyLine.Layer)
    refused_by = models.ForeignKey(
        Unit, models.PROTECT, related_name="+", verbose_name=_("Unit that refuses")
    )
    other_unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Other unit")
    )
    reason = models.TextField(_("Reason"))
    ruling = models.TextField(_("Ruling"), blank=True)
    ruled_unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Answerable unit"),
    )
    about_kind = models.CharField(max_length=24, blank=True)
    about_uid = models.UUIDField(null=True, blank=True)

    objects: ClassVar = ScopedManager()
    search_fields: ClassVar[tuple[str, ...]] = ("code", "subject", "reason")

    class Meta:
        indexes: ClassVar = case_indexes("dispute")

    def title(self) -> str:
        return self.subject


class SecurityEvent(models.Model):
    """Sign-ins, lock-outs, rights given and taken: what the security administrator watches."""

    kind = models.CharField(max_length=40)
    person = models.BigIntegerField(null=True)
    label = models.CharField(max_length=200)
    address = models.CharField(max_length=64, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.label}"
