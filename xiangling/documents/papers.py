"""A paper as a file: the bytes as issued, or a draft as it stands now."""

from __future__ import annotations

from xiangling.kernel import clock, proof

from . import composing, docx, pdf
from .models import Paper


def content_of(paper: Paper, form: str) -> bytes:
    """A paper as "pdf" or "docx". Raises Refused where the form cannot be made here."""
    issued = getattr(paper, "issued", None)
    if issued is not None:
        return proof.read(getattr(issued, form), form)
    return (pdf if form == "pdf" else docx).render(composing.compose(paper), at=clock.now())
