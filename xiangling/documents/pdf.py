"""A paper as PDF, set by typst (the extra `pdf`)."""

from __future__ import annotations

import io
import json
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import segno
from django.utils.translation import gettext_lazy as _

from xiangling.kernel.refusal import Refused

from . import fonts, measures
from .fonts import PROPER
from .model import Document, Table
from .wording import title_lines

LAYOUT = Path(__file__).with_name("layout.typ")


def is_installed() -> bool:
    """Whether this installation can write PDF at all."""
    return find_spec("typst") is not None


def can_set() -> bool:
    """Whether a PDF can be made here: the writer is installed, and there is a Chinese font."""
    return is_installed() and fonts.find().is_usable


def find_fonts() -> fonts.Found:
    """The fonts to set a paper in. Raises Refused where typst or every Chinese font is missing."""
    if not is_installed():
        raise Refused(
            "pdf_missing",
            _("The PDF was not made: this installation has no PDF writer."),
            why=_("It is an optional part, the extra “pdf”."),
            ask=_("Ask the system administrator to install it: pip install 'xiangling[pdf]'."),
            status=503,
        )
    found = fonts.find()
    if not found.is_usable:
        raise Refused(
            "fonts_missing",
            _("The PDF was not made: the server has no Chinese font."),
            ask=_("Ask the system administrator to put one into DATA_DIR/fonts."),
            status=503,
        )
    return found


def render(document: Document, *, at: datetime) -> bytes:
    """The PDF of a paper; the same paper at the same moment gives the same bytes. Raises Refused."""
    found = find_fonts()
    import typst  # noqa: PLC0415 - an extra that may be absent

    inputs = {
        "paper": json.dumps(document.as_plain(), ensure_ascii=False),
        "measures": json.dumps(_measures(document)),
        "fonts": json.dumps(
            # 小标宋 is heavy by itself, the free ones that stand in for it are not
            {
                **found.chosen,
                "title_weight": "bold" if PROPER["title"] in found.missing else "regular",
            },
            ensure_ascii=False,
        ),
        "qr": qr_drawing(document.address) if document.address else "",
    }
    made = typst.compile(
        LAYOUT,
        format="pdf",
        font_paths=found.handle,
        sys_inputs=inputs,
        timestamp=int(at.timestamp()),
    )
    assert isinstance(made, bytes), "one PDF is one piece"
    return made


def qr_drawing(address: str) -> str:
    """The QR code of an address as SVG, without a margin: the paper around it is white."""
    code = segno.make(address, error="m", micro=False)
    out = io.BytesIO()
    code.save(out, kind="svg", border=0, scale=4)
    return out.getvalue().decode()


def _measures(document: Document) -> dict[str, Any]:
    return {
        "page": measures.PAGE,
        "top": measures.TOP,
        "binding": measures.BINDING,
        "right": measures.RIGHT,
        "bottom": measures.BOTTOM,
        "pitch": measures.PITCH,
        "body": measures.BODY,
        "note": measures.NOTE,
        "title": measures.TITLE,
        "title_lines": title_lines(document.title),
        "cell": measures.CELL,
        "cell_rule": measures.CELL_RULE,
        "kept_whole": [
            [measures.is_kept_whole([run.text for run in row], block.widths) for row in block.rows]
            for block in document.blocks
            if isinstance(block, Table)
        ],
        "cell_inset": measures.CELL_INSET,
        "step": measures.STEP,
        "closer": measures.CLOSER,
        "number_below": measures.NUMBER_BELOW,
        "mark_below": measures.MARK_BELOW,
        "mark_size": measures.mark_size(document.mark),
        "keeps_last": document.keeps_last,
        "signed_lines": measures.SIGNED_LINES,
        "red": measures.RED,
        "rule": measures.RULE,
        "rule_below": measures.RULE_BELOW,
        "date_right": measures.DATE_FROM_RIGHT,
        "issuer_right": measures.signer_from_right(document.issuer, document.dated),
    }
