"""The text of an uploaded or pasted document: TXT, DOCX, PDF, by content and not by name.

Uploads are hostile: every size is limited before it is believed, XML knows no DTD and no entity, and whatever is wrong comes
out as Unreadable with words that say what to do.
"""

from __future__ import annotations

import re

from . import docx, pdf
from .reading import Unreadable
from .reading import gettext_noop as _

MOST_BYTES = 50 * 1024 * 1024
MOST_CHARACTERS = 1_000_000
_OLE2 = bytes.fromhex("D0CF11E0A1B11AE1")
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\x00", b"MM\x00*", b"RIFF")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")


def text_of(data: bytes | str, name: str = "", media_type: str = "") -> str:
    """The document's text, lines as they stand. Raises Unreadable."""
    text = data if isinstance(data, str) else _from_bytes(data, name, media_type)
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise Unreadable(
            "empty", _("The document holds no text. Check that you chose the right file.")
        )
    if len(text) > MOST_CHARACTERS:
        raise Unreadable(
            "long",
            _(
                "The document has more than %(n)d characters. Split it and read the parts one by one."
            ),
            n=MOST_CHARACTERS,
        )
    return text


def _from_bytes(data: bytes, name: str, media_type: str) -> str:
    if not data:
        raise Unreadable("empty", _("The file is empty. Check that you chose the right file."))
    if len(data) > MOST_BYTES:
        raise Unreadable(
            "large",
            _("The file is larger than %(n)d MB. Split it and read the parts one by one."),
            n=MOST_BYTES // 1024 // 1024,
        )
    head = data[:1024]
    if b"%PDF-" in head:
        return pdf.text_of(data)
    if head.startswith(b"PK\x03\x04"):
        return docx.text_of(data)
    if head.startswith(_OLE2):
        raise _old_word(data)
    if head.startswith(_PICTURES) and _CONTROL.search(head.decode("latin-1")):
        raise Unreadable(
            "picture",
            _(
                "This is a picture. Paste its text, or have the ocr component (xiangling[ocr]) installed, which reads scans."
            ),
        )
    if head.startswith(b"{\\rtf"):
        raise Unreadable(
            "type",
            _("RTF is not accepted. Open the file in Word, save it as .docx and read that file."),
        )
    return decode(data)


def _old_word(data: bytes) -> Unreadable:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return Unreadable(
            "password",
            _("The file is protected by a password. Remove the password and read it again."),
        )
    return Unreadable(
        "type",
        _(
            "The old .doc format is not accepted. Open the file in Word, save it as .docx and read that file."
        ),
    )


def decode(data: bytes) -> str:
    """Text of a TXT file in UTF-8 (with or without mark), UTF-16 with mark, or GB18030. Raises Unreadable."""
    encodings = (
        ["utf-16"] if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "gb18030"]
    )
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _CONTROL.search(text):
            break
        return text
    raise Unreadable(
        "encoding",
        _(
            "This is no text in UTF-8 or GB18030. Save it as .txt (UTF-8), .docx or .pdf and read that file."
        ),
    )
