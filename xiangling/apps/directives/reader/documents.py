"""The text of an uploaded or pasted document."""

from __future__ import annotations

from .reading import Unreadable


def text_of(data: bytes | str, name: str = "", media_type: str = "") -> str:
    """The document's text. Raises Unreadable."""
    text = data if isinstance(data, str) else decode(data)
    if not text.strip():
        raise Unreadable("empty", "The document holds no text.")
    return text


def decode(data: bytes) -> str:
    """Text of a TXT file in UTF-8 (with or without mark) or GB18030. Raises Unreadable."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable("encoding", "The text is neither UTF-8 nor GB18030.")
