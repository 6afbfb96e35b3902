"""Files behind entries: shown clean and small, handed out whole only as a download, never to others."""

from __future__ import annotations

from uuid import UUID

from django.http import FileResponse, HttpRequest

from xiangling.kernel import proof
from xiangling.kernel.models import ProofUse
from xiangling.kernel.refusal import OutOfScope
from xiangling.kernel.registry import Kind
from xiangling.web.access import actor_of, find_case, has_looked, log_look

SHOWN = ("clean", "thumb")


def proof_file(
    request: HttpRequest, kind: Kind, uid: UUID, file: UUID, version: str
) -> FileResponse:
    """A proof of a case: `clean` and `thumb` of a photo inline, `original` as an attachment."""
    case = find_case(kind, uid, actor_of(request))
    use = ProofUse.objects.filter(case_uid=case.uid, file__uid=file).select_related("file").first()
    if use is None or (version in SHOWN and not use.file.is_photo):
        raise OutOfScope
    name = proof.path_of(use.file, version)
    if not proof.storage().exists(name):
        raise OutOfScope
    if version == "thumb":
        # the page that shows it was logged; taken alone it counts as a look of its own
        if not has_looked(request, case.uid):
            log_look(request, "proof", kind.key, case.uid, f"{case.code} {use.file.name}")
    else:
        what = "proof" if version in SHOWN else "original"
        log_look(request, what, kind.key, case.uid, f"{case.code} {use.file.name}")
    is_shown = version in SHOWN
    answer = FileResponse(
        proof.storage().open(name),
        as_attachment=not is_shown,
        filename=f"{case.code}.jpg" if is_shown else use.file.name,
        content_type="image/jpeg" if is_shown else "application/octet-stream",
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, max-age=3600" if is_shown else "no-store"
    return answer
