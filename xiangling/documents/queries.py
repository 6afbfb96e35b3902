"""Questions across papers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from xiangling.kernel import registry
from xiangling.kernel.actor import Actor
from xiangling.kernel.models import Case
from xiangling.kernel.refusal import OutOfScope

from .models import Issued, Paper


def find_record(code: str, actor: Actor) -> tuple[str, Case]:
    """(kind, record) that papers can be filled from, by its code, in the actor's area. Raises OutOfScope."""
    for key in registry.shelf("fills"):
        if actor.may(f"{key}.see"):
            kind = registry.kind(key)
            rows = kind.model._default_manager.select_related("unit", *kind.related)
            found = rows.filter(code=code.strip().upper()).first()
            if found is not None:
                return key, found
    raise OutOfScope


def record_of(paper: Paper) -> Any:
    """The record a paper is about, whoever asks; None where it is about none."""
    if paper.about_uid is None:
        return None
    return registry.kind(paper.about_kind).model._base_manager.get(uid=paper.about_uid)


def papers_about(uid: UUID) -> QuerySet[Paper]:
    """The papers about a record that the reader may see, newest first."""
    rows: QuerySet[Paper] = Paper.objects.filter(about_uid=uid).order_by("-id")
    return rows


def standing(uid: UUID, types: list[str]) -> list[Paper]:
    """Issued papers of these sorts about a record that are not withdrawn, newest first, whoever asks."""
    rows = Paper._base_manager.filter(about_uid=uid, type__in=types, state="issued")
    return list(rows.order_by("-issued_on", "-id"))


def latest_of_body(paper: Paper) -> Paper | None:
    """The newest paper of the same body: what is written alike on all of them is taken over from it."""
    rows = Paper._base_manager.filter(issuer=paper.issuer_id).exclude(state="discarded")
    return rows.order_by("-id").first()


def by_token(token: str) -> Issued | None:
    """The issued paper that a QR code names, for anybody."""
    rows = Issued.objects.select_related("paper")
    return rows.filter(token=token).first()
