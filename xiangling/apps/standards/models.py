"""Editions of standards and their provisions, as the pages show them: the packs' own and those of this city."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xiangling.kernel.search import SearchField


class Edition(models.Model):
    """One edition of a standard; `is_from_pack` rows follow the packs, the others were entered here."""

    key = models.CharField(_("Key"), max_length=24, unique=True)
    group = models.CharField(max_length=24, db_index=True)
    title = models.CharField(_("Title"), max_length=160)
    number = models.CharField(_("Document number"), max_length=80, blank=True)
    begins_on = models.DateField(_("In force from"))
    ends_on = models.DateField(_("In force until"), null=True, blank=True)
    numbering = models.CharField(max_length=12, default="article")
    is_held = models.BooleanField(_("Text held"), default=True)
    accompanies = models.CharField(max_length=24, blank=True)
    is_from_pack = models.BooleanField(default=False)
    changed_at = models.DateTimeField()
    search = SearchField()

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Title and number, as a paper cites it."""
        return f"《{self.title}》（{self.number}）" if self.number else f"《{self.title}》"


class Provision(models.Model):
    """One criterion in our own words, with what the judge looks for. Word lists are plain words here."""

    code = models.CharField(_("Code"), max_length=40, unique=True)
    edition = models.ForeignKey(
        Edition, models.PROTECT, related_name="provisions", verbose_name=_("Standard")
    )
    article = models.CharField(_("Article"), max_length=40)
    trade = models.CharField(_("Trade"), max_length=40, blank=True)
    text = models.TextField(_("What makes it a major hazard"))
    subject: Any = models.JSONField(_("What it is about"), default=list)
    defect: Any = models.JSONField(_("What is wrong with it"), default=list)
    condition: Any = models.JSONField(pgettext_lazy("criterion", "Condition"), default=list)
    thresholds: Any = models.JSONField(_("Thresholds"), default=list)
    exempt: Any = models.JSONField(_("Exemptions"), default=list)
    ask = models.CharField(_("Question on the spot"), max_length=200, blank=True)
    limit = models.CharField(_("Limits"), max_length=200, blank=True)
    is_from_pack = models.BooleanField(default=False)
    changed_at = models.DateTimeField()
    search = SearchField()

    search_fields: ClassVar = ("code", "text", "article")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["edition", "id"], name="provision_edition")]

    def __str__(self) -> str:
        return f"{self.code} {self.article}"
