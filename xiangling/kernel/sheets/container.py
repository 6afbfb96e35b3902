"""What kind of file is this, judged by its content, and is its zip container safe to unpack."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from .parts import Limits, Message, SheetError, broken

_CHUNK = 256 * 1024
_OLE2 = bytes.fromhex("D0CF11E0A1B11AE1")
_FOREIGN = (
    b"%PDF", b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"RIFF", b"II*\x00", b"MM\x00*", b"MZ", b"\x7fELF",
    b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x00\x00\x00", b"ID3", b"OggS", b"SQLite format 3",
)  # fmt: skip
_STORED_OR_DEFLATED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def file_kind(path: Path, limits: Limits) -> str:
    """'xlsx' or 'text'. Raises SheetError for everything else, the file's name notwithstanding."""
    size = path.stat().st_size
    if size == 0:
        raise SheetError("file.empty", _("The file is empty. Check that you chose the right file."))
    if size > limits.file_bytes:
        raise SheetError(
            "file.large",
            format_lazy(
                _(
                    "The file is larger than {n} MB. Split it into several files and upload them one by one."
                ),
                n=limits.file_bytes // 1024 // 1024,
            ),
        )
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(_OLE2):
        raise _old_container(path)
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    if head.startswith((b"PK", *_FOREIGN)) and not _is_words(head):
        raise not_a_sheet()
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        raise SheetError(
            "type.markup",
            _(
                "This is a web page or XML file, not a spreadsheet. Open it in Excel and save it as .xlsx."
            ),
        )
    return "text"


def _is_words(head: bytes) -> bool:
    """Short signatures such as BM and MZ may also begin a heading in a CSV file."""
    return head.startswith((b"BM", b"MZ", b"PK", b"ID3", b"BZh")) and all(
        byte >= 32 or byte in b"\t\r\n" for byte in head
    )


def not_a_sheet() -> SheetError:
    return SheetError(
        "type.unknown", _("This file is not a spreadsheet. Upload an .xlsx, .csv or .jsonl file.")
    )


def _old_container(path: Path) -> SheetError:
    content = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in content:
        return SheetError(
            "file.password",
            _(
                "The file is protected by a password. Remove the password in Excel and upload again."
            ),
        )
    if any(name.encode("utf-16-le") in content for name in ("Workbook", "Book")):
        return _save_as(
            "type.old",
            _(
                "The old .xls format is not accepted. Open the file in Excel, save it as .xlsx and upload that file."
            ),
        )
    return not_a_sheet()


def _save_as(code: str, message: Message) -> SheetError:
    return SheetError(code, message)


def _bomb() -> SheetError:
    return SheetError(
        "file.bomb",
        _(
            "The file unpacks to far too much data. Copy the table into a new workbook and upload that."
        ),
    )


class Package:
    """The parts of an .xlsx file, read in pieces and never more than the limits allow."""

    def __init__(self, archive: zipfile.ZipFile, limits: Limits) -> None:
        self._archive = archive
        self._limits = limits
        self.parts = {info.filename.lstrip("/").lower(): info for info in archive.infolist()}

    def check(self) -> None:
        """Judge the directory alone. Raises SheetError."""
        infos = self._archive.infolist()
        if len(infos) > self._limits.zip_entries or len(self.parts) != len(infos):
            raise broken()
        if any(info.flag_bits & 0x1 for info in infos):
            raise SheetError(
                "file.password",
                _(
                    "The file is protected by a password. Remove the password in Excel and upload again."
                ),
            )
        if any(info.compress_type not in _STORED_OR_DEFLATED for info in infos):
            raise broken()
        unpacked = sum(info.file_size for info in infos)
        packed = sum(info.compress_size for info in infos)
        if unpacked > self._limits.unpacked_bytes:
            raise _bomb()
        if unpacked > self._limits.ratio_from and unpacked > self._limits.ratio * max(packed, 1):
            raise _bomb()
        self._check_kind()

    def _check_kind(self) -> None:
        if (
            any(name.endswith("vbaproject.bin") or "/macrosheets/" in name for name in self.parts)
            or b"macroenabled" in self.small("[content_types].xml").lower()
        ):
            raise SheetError(
                "file.macro",
                _(
                    "The file contains macros. Save it as a workbook without macros (.xlsx) and upload that file."
                ),
            )
        if "xl/workbook.bin" in self.parts or "content.xml" in self.parts:
            raise _save_as(
                "type.other",
                _(
                    "This spreadsheet format is not accepted. Save the file as .xlsx and upload that file."
                ),
            )
        if "[content_types].xml" not in self.parts or not any(
            name.startswith("xl/") for name in self.parts
        ):
            raise not_a_sheet()

    def small(self, name: str, most: int = 8 * 1024 * 1024) -> bytes:
        """A whole small part; b"" where it is absent. Raises SheetError above `most` bytes."""
        if name.lower() not in self.parts:
            return b""
        pieces: list[bytes] = []
        for piece in self.pieces(name):
            pieces.append(piece)
            most -= len(piece)
            if most < 0:
                raise _bomb()
        return b"".join(pieces)

    def pieces(self, name: str) -> Iterator[bytes]:
        """A part in chunks, counting what really comes out of the decompressor."""
        info = self.parts.get(name.lower())
        if info is None:
            raise broken()
        unpacked = 0
        with self._archive.open(info) as part:
            while piece := part.read(_CHUNK):
                unpacked += len(piece)
                if unpacked > self._limits.unpacked_bytes:
                    raise _bomb()
                yield piece
