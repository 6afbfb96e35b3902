"""Whether a paper in somebody's hand is the one that was issued, and still stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from xiangling.kernel import clock, ledger, proof
from xiangling.kernel.digest import canonical, digest
from xiangling.kernel.models import Entry

from . import queries
from .models import Issued, Paper


@dataclass(frozen=True)
class Checked:
    """What the public page shows, and nothing more. `state` is doubtful where anything does not fit."""

    number: str
    body: str
    issued_on: date
    pdf: str
    pdf_sha256: str
    state: Literal["valid", "withdrawn", "doubtful"]
    withdrawn_by: str = ""
    withdrawn_on: date | None = None

    @property
    def pdf_groups(self) -> str:
        return _in_groups(self.pdf)

    @property
    def sha_groups(self) -> str:
        return _in_groups(self.pdf_sha256)


def _in_groups(text: str) -> str:
    """A hash in groups of eight, as it is read aloud and breaks across lines."""
    return " ".join(text[start : start + 8] for start in range(0, len(text), 8))


def check(token: str) -> Checked | None:
    """The paper a QR code names, proven against the ledger and the kept file; None for no such code."""
    issued = queries.by_token(token)
    if issued is None:
        return None
    paper = issued.paper
    withdrawal = Entry.objects.filter(case_uid=paper.uid, step="withdraw").order_by("-seq").first()
    if not holds(issued):
        state: Literal["valid", "withdrawn", "doubtful"] = "doubtful"
    else:
        state = "valid" if paper.state == "issued" else "withdrawn"
    return Checked(
        issued.number,
        issued.issuer_name,
        issued.issued_on,
        issued.pdf,
        issued.pdf_sha256,
        state,
        withdrawal.data.get("number", "") if withdrawal else "",
        clock.local_date(withdrawal.at) if withdrawal else None,
    )


def holds(issued: Issued) -> bool:
    """Whether words, files, ledger and state of an issued paper all say the same."""
    paper: Paper = issued.paper
    entry = Entry.objects.filter(case_uid=paper.uid, step="issue").first()
    told = entry.data if entry else {}
    facts = {
        "number": issued.number,
        "issued_on": issued.issued_on.isoformat(),
        "document": issued.document_digest,
        "docx": issued.docx,
        "pdf": issued.pdf,
    }
    return (
        {name: told.get(name) for name in facts} == facts
        and digest(canonical(issued.document)) == issued.document_digest
        and all(_kept(getattr(issued, form), form) for form in ("docx", "pdf"))
        and ledger.verify_case(paper) is None
    )


def _kept(sha: str, form: str) -> bool:
    try:
        return digest(proof.read(sha, form)) == sha
    except FileNotFoundError:
        return False
