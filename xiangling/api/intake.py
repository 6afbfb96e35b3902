"""Opening a record from declared intake fields, once per uid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from xiangling.kernel import intake, proof, scope
from xiangling.kernel.actor import Actor
from xiangling.kernel.models import Case, Entry, ProofFile
from xiangling.kernel.proof import Proof
from xiangling.kernel.refusal import Refused
from xiangling.kernel.registry import Kind

from .schemas import ProofGiven


@dataclass(frozen=True)
class Opened:
    """The record, whether this request made it, and open ones that look the same."""

    case: Case
    is_new: bool
    suggestions: list[Case]


def open_record(
    kind: Kind, answers: dict[str, Any], *, uid: UUID | None, proofs: list[Proof], actor: Actor
) -> Opened:
    """Open a record, or find the one that this uid opened before.

    Raises Refused with a sentence per wrong field, without the duty, or for a uid of somebody else's.
    """
    assert kind.intake is not None
    if uid and actor.may(kind.loop.opened_by) and (known := _known(kind, uid, actor)):
        data = intake.clean(kind.intake, answers, actor)
        return Opened(known, False, _suggestions(kind, known, data, actor))
    case = intake.take_in(kind, answers, actor=actor, proofs=proofs, uid=uid)
    case.refresh_from_db()
    data = intake.clean(kind.intake, answers, actor)
    return Opened(case, True, _suggestions(kind, case, data, actor))


def _known(kind: Kind, uid: UUID, actor: Actor) -> Case | None:
    """The record that this person opened with this uid before. Raises Refused for anybody else's."""
    with scope.unscoped("a uid must be unique beyond the caller's area"):
        found: Case | None = kind.model._default_manager.filter(uid=uid).first()
    if found is None:
        return None
    first = Entry.objects.filter(case_uid=uid, seq=1, actor_person=actor.person).exists()
    if not first or not actor.scope.covers(found):
        raise Refused(
            "uid_taken",
            _("This request number was already used for another act."),
            todo=_("Make a new UUID for a new record."),
        )
    return found


def _suggestions(kind: Kind, case: Case, data: dict[str, Any], actor: Actor) -> list[Case]:
    """Open records older than this one that look the same; nothing is merged here."""
    if kind.intake is None or kind.intake.suggest is None:
        return []
    return [found for found in kind.intake.suggest(data, actor) if found.pk < case.pk]


def proofs_of(given: list[ProofGiven], actor: Actor) -> list[Proof]:
    """The named files, which the caller must have sent. Raises Refused for any other."""
    if not given:
        return []
    wanted = {one.file for one in given}
    rows = ProofFile.objects.filter(uid__in=wanted, uploaded_by=actor.person)
    files = {file.uid: file for file in rows}
    if missing := [str(uid) for uid in wanted if uid not in files]:
        raise Refused(
            "unknown_file",
            _("A file named as proof is not known."),
            todo=_("Send it through /api/v1/files first, and name its uid."),
            fields={"proofs": ", ".join(sorted(missing))},
            status=422,
        )
    strange = sorted({one.role for one in given} - proof.ROLE_LABELS.keys())
    if strange:
        raise Refused(
            "unknown_role",
            _("A file is named for a role that does not exist."),
            fields={"proofs": _("This is not one of the values that can be chosen.")},
            status=422,
        )
    return [Proof(files[one.file], one.role) for one in given]
