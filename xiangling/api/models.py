"""Access tokens: a program's key to one person's post."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Token(models.Model):
    """A bearer token bound to a holding: it may do what that person on that post may do, no more."""

    holding = models.ForeignKey("org.Holding", models.CASCADE, related_name="tokens")
    name = models.CharField(_("Name"), max_length=60)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    created_by = models.BigIntegerField()
    expires_on = models.DateField(_("Last day"))
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.BigIntegerField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["holding", "-id"], name="token_holding")]

    def __str__(self) -> str:
        return f"{self.name} {self.prefix}…"
