"""Proof: files kept by content hash, and photos that must be new, near and never used before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import filetype  # type: ignore[import-untyped]  # ships no types
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from . import clock, images, packs, registry
from .actor import Actor
from .digest import digest
from .loop import ProofRule
from .models import Case, Entry, ProofBand, ProofFile, ProofUse
from .refusal import Refused

PAPER_TYPES = {
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}
MAX_PAPER_BYTES = 20 * 1024 * 1024


class Upload(Protocol):
    """An uploaded file as Django hands it over."""

    @property
    def name(self) -> Any: ...

    @property
    def size(self) -> Any: ...

    def read(self) -> bytes: ...


@dataclass(frozen=True)
class Proof:
    """A stored file and the role it plays in a step (before, after, site, paper)."""

    file: ProofFile
    role: str

    def named(self) -> dict[str, Any]:
        """How the ledger names it: by what it is, so that a swapped file shows."""
        return {"role": self.role, "sha": self.file.digest, "name": self.file.name}


def storage() -> FileSystemStorage:
    """Where proof lies: below DATA_DIR, never below the static root."""
    return FileSystemStorage(location=Path(settings.DATA_DIR) / "proof", base_url=None)


def path_of(file: ProofFile, version: str) -> str:
    """The stored name of a file's `original`, `clean` or `thumb` version."""
    return f"{file.digest[:2]}/{file.digest}.{version}"


def store(upload: Upload, *, actor: Actor) -> ProofFile:
    """Keep an uploaded file. Raises Refused with what to do if it is not a usable photo or paper."""
    if (upload.size or 0) > max(MAX_PAPER_BYTES, images.MAX_BYTES):
        raise _bad_file(upload.name, _("The file is larger than 20 MB."))
    data = upload.read()
    guess = filetype.guess(data[:8192])
    if guess and guess.mime in PAPER_TYPES:
        return _store_paper(upload.name, data, guess.mime, actor)
    try:
        photo = images.inspect(data)
    except images.ImageError as error:
        raise _bad_file(upload.name, error.message) from error
    return _store_photo(upload.name, data, photo, actor)


def _bad_file(name: Any, why: Any) -> Refused:
    return Refused(
        "bad_file",
        _("The file “%(name)s” was not taken.") % {"name": str(name)[:80]},
        why=why,
        todo=_("Use a JPEG, PNG or WebP photo from the phone, or a PDF or DOCX paper."),
        status=422,
        fields={"photos": why},
    )


def keep(sha: str, version: str, data: bytes) -> None:
    """Keep bytes under their hash: whole or, where this process is killed, not at all."""
    name = f"{sha[:2]}/{sha}.{version}"
    if not storage().exists(name):
        draft = storage().save(f"{name}.{uuid4().hex}", ContentFile(data))
        Path(storage().path(draft)).replace(storage().path(name))


def read(sha: str, version: str) -> bytes:
    """The bytes kept under a hash. Raises FileNotFoundError."""
    with storage().open(f"{sha[:2]}/{sha}.{version}") as kept:
        return bytes(kept.read())


def _row(name: Any, data: bytes, media_type: str, actor: Actor, **photo: Any) -> ProofFile:
    return ProofFile(
        digest=digest(data),
        media_type=media_type,
        name=Path(str(name)).name[:200],
        size=len(data),
        uploaded_at=clock.now(),
        uploaded_by=actor.person,
        uploaded_post=actor.post,
        **photo,
    )


def _store_paper(name: Any, data: bytes, media_type: str, actor: Actor) -> ProofFile:
    if len(data) > MAX_PAPER_BYTES:
        raise _bad_file(name, _("The file is larger than 20 MB."))
    row = _row(name, data, media_type, actor)
    keep(row.digest, "original", data)
    row.save()
    return row


def _store_photo(name: Any, data: bytes, photo: images.Photo, actor: Actor) -> ProofFile:
    if photo.is_blank:
        raise _bad_file(name, _("The picture shows nothing (one colour)."))
    lat, lng = photo.place or (None, None)
    row = _row(
        name,
        data,
        "image/jpeg",
        actor,
        taken_at=photo.taken_at,
        lat=lat,
        lng=lng,
        fingerprint=photo.fingerprint,
    )
    for version, content in (("original", data), ("clean", photo.clean), ("thumb", photo.thumb)):
        keep(row.digest, version, content)
    with transaction.atomic():
        row.save()
        keys = images.bands(photo.fingerprint)
        ProofBand.objects.bulk_create(ProofBand(band=key, file=row) for key in keys)
    return row


def attach(entry: Entry, proofs: Iterable[Proof]) -> None:
    """Tie files to the entry they prove (engine only)."""
    ProofUse.objects.bulk_create(
        ProofUse(
            file=given.file,
            entry=entry,
            case_kind=entry.case_kind,
            case_uid=entry.case_uid,
            role=given.role,
        )
        for given in proofs
    )


# --- the rules ----------------------------------------------------------------------------------


def check(rule: ProofRule, case: Case, proofs: Sequence[Proof], what: Any) -> None:
    """Hold the proof given for a step against its rule. Raises Refused, naming the first fault."""
    _check_roles(proofs, what)
    settings_row = packs.find("proof", "photo", case, clock.local_date(clock.now())) or {}
    for role, least in rule.roles.items():
        if sum(given.role == role for given in proofs) < least:
            raise _refuse(
                "no_proof",
                what,
                ngettext_lazy(
                    "It needs at least %(n)d file: %(role)s.",
                    "It needs at least %(n)d files: %(role)s.",
                    "n",
                )
                % {"n": least, "role": ROLE_LABELS[role]},
                _("Take the photo on the spot and submit again."),
            )
    since = _moment_of(case, rule.since)
    place = registry.kind_of(type(case)).place(case)
    seen: list[ProofFile] = []
    for given in proofs:
        if given.file.is_photo:
            _check_time(given.file, since, settings_row, what)
            _check_place(given.file, place if rule.near else None, settings_row, what)
            _check_unused(given.file, seen, what)
            seen.append(given.file)


def check_new(proofs: Sequence[Proof], what: Any) -> None:
    """Photos that nobody asked for must at least not have served before. Raises Refused."""
    _check_roles(proofs, what)
    seen: list[ProofFile] = []
    for given in proofs:
        if given.file.is_photo:
            _check_unused(given.file, seen, what)
            seen.append(given.file)


def check_senders(proofs: Sequence[Proof], actor: Actor, what: Any) -> None:
    """Proof is what the actor, or whoever holds the same post, has sent in. Raises Refused."""
    for given in proofs:
        is_own = given.file.uploaded_by == actor.person
        if not is_own and (actor.post is None or given.file.uploaded_post != actor.post):
            raise _refuse(
                "foreign_file",
                what,
                _("A file named as proof was not sent in by you or your post."),
                _("Take the photo on the spot and submit again."),
            )


def _check_roles(proofs: Sequence[Proof], what: Any) -> None:
    """A paper cannot stand where a photo is asked for: it has neither time nor place."""
    for given in proofs:
        if given.role != "paper" and not given.file.is_photo:
            raise _refuse(
                "not_photo",
                what,
                _("“%(name)s” is not a photo.") % {"name": given.file.name},
                _("Take the photo on the spot and submit again."),
            )


ROLE_LABELS = {
    "before": _("Photo before"),
    "after": _("Photo after"),
    "site": _("Photo taken on site"),
    "paper": _("Paper"),
}


def _refuse(code: str, what: Any, why: Any, todo: Any) -> Refused:
    return Refused(
        code,
        _("“%(step)s” was refused.") % {"step": what},
        why=why,
        todo=todo,
        fields={"photos": why},
        status=422,
    )


def _moment_of(case: Case, step: str) -> datetime | None:
    """When the case last took `step` ("open" is its opening); None if never or not asked."""
    rows = Entry.objects.filter(case_uid=case.uid, step=step).order_by("-seq") if step else None
    latest = rows.first() if rows is not None else None
    return latest.at if latest else None


def _check_time(file: ProofFile, since: datetime | None, row: dict[str, Any], what: Any) -> None:
    if file.taken_at is None:
        if not row.get("requires_time", True):
            return
        raise _refuse(
            "photo_undated",
            what,
            _("The photo “%(name)s” does not say when it was taken.") % {"name": file.name},
            _("Use the phone's camera directly; forwarded pictures lose time and place."),
        )
    slack = timedelta(minutes=row.get("clock_slack_minutes", 10))
    if file.taken_at > clock.now() + slack:
        raise _refuse(
            "photo_future",
            what,
            _("The photo “%(name)s” is dated in the future.") % {"name": file.name},
            _("Set the phone's clock right and take it again."),
        )
    if since and file.taken_at < since - slack:
        raise _refuse(
            "photo_old",
            what,
            _("The photo was taken on %(taken)s, before the order of %(since)s.")
            % {"taken": _stamp(file.taken_at), "since": _stamp(since)},
            _("Take a new photo that shows the present state."),
        )


def _stamp(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")


def _check_place(
    file: ProofFile, place: tuple[float, float] | None, row: dict[str, Any], what: Any
) -> None:
    if place is None:
        return
    if file.lat is None or file.lng is None:
        if not row.get("requires_place", True):
            return
        raise _refuse(
            "photo_unplaced",
            what,
            _("The photo “%(name)s” does not say where it was taken.") % {"name": file.name},
            _("Switch on location for the camera and take it again on the spot."),
        )
    distance = images.distance_m(*place, file.lat, file.lng)
    if distance > row.get("near_m", 500):
        raise _refuse(
            "photo_elsewhere",
            what,
            _("The photo was taken %(km).1f km away from the place of the record.")
            % {"km": distance / 1000},
            _("Take it on the spot."),
        )


def _check_unused(file: ProofFile, seen: Sequence[ProofFile], what: Any) -> None:
    for other in seen:
        if images.same_photo(file.fingerprint, other.fingerprint):
            raise _refuse(
                "photo_twice",
                what,
                _("Two of the photos are the same picture."),
                _("Give a photo for each of the required views."),
            )
    if use := earlier_use(file):
        raise _refuse(
            "photo_reused",
            what,
            _("This picture was already used as proof on %(day)s (%(name)s).")
            % {"day": _stamp(use.entry.at), "name": use.file.name},
            _("Take a new photo; saving or cropping an old one does not make it new."),
        )


def earlier_use(file: ProofFile) -> ProofUse | None:
    """The first use as proof of this picture, or of one that looks the same."""
    keys = images.bands(file.fingerprint)
    used = ProofFile.objects.filter(uses__isnull=False)
    candidates = used.filter(Q(bands__band__in=keys) | Q(digest=file.digest)).distinct()
    for other in candidates.order_by("id"):
        if other.digest == file.digest or images.same_photo(file.fingerprint, other.fingerprint):
            return other.uses.select_related("entry", "file").order_by("id").first()
    return None
