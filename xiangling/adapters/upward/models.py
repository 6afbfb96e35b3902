"""Both ends of reporting upward: what the upper node took and refused, what a node sent."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# --- the upper node -----------------------------------------------------------------------------


class Node(models.Model):
    """A node below that reports here: what it may report on, its key, and how far it has come.

    `region` is a prefix of the division code: entries from elsewhere are refused. An ended node sends
    nothing more; what it sent is kept.
    """

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    code = models.CharField(_("Node"), max_length=24, unique=True)
    name = models.CharField(_("Name"), max_length=60)
    region = models.CharField(_("Region"), max_length=12)
    key = models.CharField(max_length=200)
    every_hours = models.PositiveSmallIntegerField(_("Reports every (hours)"), default=24)
    added_at = models.DateTimeField()
    ended_at = models.DateTimeField(pgettext_lazy("node", "Ended"), null=True)
    ended_reason = models.CharField(max_length=200, blank=True)
    last_number = models.PositiveIntegerField(_("Last batch"), default=0)
    last_digest = models.CharField(max_length=64, blank=True)
    last_at = models.DateTimeField(_("Last report"), null=True)
    due_at = models.DateTimeField(_("Next report due"))
    n_entries = models.BigIntegerField(_("Entries"), default=0)
    refused_at = models.DateTimeField(null=True)
    """Since when batches are refused; empty once one is taken again."""

    class Meta:
        indexes: ClassVar = [models.Index(fields=["due_at", "id"], name="node_due")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class TakenBatch(models.Model):
    """A batch as it was taken. Never changed, never removed."""

    is_append_only = True

    node = models.ForeignKey(Node, models.PROTECT, related_name="batches")
    number = models.PositiveIntegerField()
    prev = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)
    signature = models.CharField(max_length=200)
    key = models.CharField(max_length=200)
    n_entries = models.PositiveIntegerField()
    n_new = models.PositiveIntegerField()
    made_at = models.DateTimeField()
    taken_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["node", "number"], name="takenbatch_once"),
        ]

    def __str__(self) -> str:
        return f"{self.node_id} #{self.number}"


class TakenEntry(models.Model):
    """An entry of a lower node's ledger, with all its hash covers. Never changed, never removed."""

    is_append_only = True

    node = models.ForeignKey(Node, models.PROTECT, related_name="entries", db_index=False)
    batch = models.PositiveIntegerField()
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
    data: Any = models.JSONField(default=dict)
    region = models.CharField(max_length=12)
    sector = models.CharField(max_length=32, blank=True)
    prev = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case_uid", "seq", "node"], name="takenentry_case_seq"),
        ]

    def __str__(self) -> str:
        return f"{self.case_uid}#{self.seq} {self.kind}"


class TakenCase(models.Model):
    """What a lower node said about a case when its ledger had `version` entries. Never changed."""

    is_append_only = True

    node = models.ForeignKey(Node, models.PROTECT, related_name="cases", db_index=False)
    batch = models.PositiveIntegerField()
    uid = models.UUIDField()
    kind = models.CharField(max_length=24)
    version = models.PositiveIntegerField()
    facts: Any = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["uid", "version", "node"], name="takencase_once"),
        ]

    def __str__(self) -> str:
        return f"{self.uid} {self.version}"


class BatchRefusal(models.Model):
    """A batch that was not taken, and why. Never changed, never removed."""

    is_append_only = True

    node = models.ForeignKey(Node, models.PROTECT, related_name="refusals", verbose_name=_("Node"))
    number = models.BigIntegerField()
    code = models.CharField(max_length=24)
    detail = models.CharField(max_length=300, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    address = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["node", "-at"], name="batchrefusal_node")]

    def __str__(self) -> str:
        return f"{self.node_id} #{self.number} {self.code}"


# --- the node that sends ------------------------------------------------------------------------


class SentBatch(models.Model):
    """A batch this node made; its body is kept until the upper node has taken it."""

    node = models.CharField(max_length=24)
    number = models.PositiveIntegerField()
    prev = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)
    last_entry = models.BigIntegerField()
    n_entries = models.PositiveIntegerField()
    body = models.BinaryField(null=True)
    made_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["node", "number"], name="sentbatch_once"),
        ]

    def __str__(self) -> str:
        return f"{self.node} #{self.number}"


class Sending(models.Model):
    """How sending upward stands: when it was tried, what came of it, when it is tried again. One row."""

    tried_at = models.DateTimeField(null=True)
    ok_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    n_failures = models.PositiveIntegerField(default=0)
    code = models.CharField(max_length=24, blank=True)
    detail = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return self.code or "ok"
