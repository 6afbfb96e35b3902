"""A batch on the wire: canonical JSON, gzipped, signed by the node that made it.

Each batch names its number and the digest of the one before, so that a node's batches are a chain of
their own. The signature covers node, number and the SM3 digest of the body; the upper node keeps all
three, and proves the entries in it by their own hashes.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from xiangling.kernel.digest import canonical, digest, plain

FORMAT = 1
MOST_SENT = 8 * 2**20
"""Bytes of a gzipped body that are read."""
MOST_BODY = 64 * 2**20
"""Bytes of a body that are unpacked."""
MOST_ENTRIES = 20_000
NODE, NUMBER, SIGNATURE = "X-Xiangling-Node", "X-Xiangling-Number", "X-Xiangling-Signature"
_BIG = 2**63 - 1
_SMALL = 2**31 - 1

ENTRY_FIELDS = (
    "uid", "case_kind", "case_uid", "seq", "kind", "step", "source", "target", "actor_person",
    "actor_post", "actor_label", "at", "data", "region", "sector", "prev", "hash",
)  # fmt: skip


class BadBatch(ValueError):
    """A body that is no batch; the words say what is wrong with it."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


def _text(most: int) -> Any:
    return Field(max_length=most)


class EntryIn(_Strict):
    """An entry as it travels: all that its hash covers, and the hash."""

    uid: UUID
    case_kind: str = _text(24)
    case_uid: UUID
    seq: int = Field(ge=1, le=_SMALL)
    kind: str = _text(48)
    step: str = _text(32)
    source: str = _text(24)
    target: str = _text(24)
    actor_person: int | None = Field(ge=0, le=_BIG)
    actor_post: int | None = Field(ge=0, le=_BIG)
    actor_label: str = _text(200)
    at: AwareDatetime
    data: dict[str, Any]
    region: str = Field(pattern=r"^\d{4,12}$")
    sector: str = _text(32)
    prev: str = _text(64)
    hash: str = _text(64)


class CaseIn(_Strict):
    """A case in one line, as `kernel.summary` says it."""

    uid: UUID
    kind: str = _text(24)
    code: str = _text(40)
    region: str = Field(pattern=r"^\d{4,12}$")
    sector: str = _text(32)
    unit: str = _text(120)
    mark: str = _text(24)
    state: str = _text(24)
    opened_at: AwareDatetime
    closed_at: AwareDatetime | None
    due_at: AwareDatetime | None
    version: int = Field(ge=1, le=_SMALL)
    head: str = _text(64)


class BatchIn(_Strict):
    """A batch as it was read."""

    format: Literal[1]
    node: str = _text(24)
    number: int = Field(ge=1, le=_SMALL)
    prev: str = _text(64)
    made_at: AwareDatetime
    entries: list[EntryIn] = Field(max_length=MOST_ENTRIES)
    cases: list[CaseIn] = Field(max_length=MOST_ENTRIES)


def build(
    node: str,
    number: int,
    prev: str,
    made_at: datetime,
    entries: Sequence[Any],
    cases: Sequence[dict[str, Any]],
) -> bytes:
    """The body of a batch from rows with the fields of an entry and from summaries of cases."""
    rows = [{name: getattr(entry, name) for name in ENTRY_FIELDS} for entry in entries]
    said = {
        "format": FORMAT,
        "node": node,
        "number": number,
        "prev": prev,
        "made_at": made_at,
        "entries": rows,
        "cases": list(cases),
    }
    return canonical(plain(said))


def pack(body: bytes) -> bytes:
    return zlib.compress(body, 6)


def unpack(sent: bytes) -> bytes:
    """The body of what was sent. Raises BadBatch for what is no body, or too large a one."""
    unpacking = zlib.decompressobj()
    try:
        body = unpacking.decompress(sent, MOST_BODY)
    except zlib.error as error:
        raise BadBatch("cannot be unpacked") from error
    if unpacking.unconsumed_tail:
        raise BadBatch(f"unpacks to more than {MOST_BODY // 2**20} MB")
    if not unpacking.eof or unpacking.unused_data:
        raise BadBatch("is cut off or has something behind it")
    return body


def parse(body: bytes) -> BatchIn:
    """A body, read and checked in form. Raises BadBatch."""
    if b"\\u0000" in body:
        raise BadBatch("holds a character that cannot be kept")
    try:
        return BatchIn.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadBatch(f"{where}: {first['msg']}") from error


def signed_words(node: str, number: int, body_digest: str) -> bytes:
    """What the signature covers."""
    return f"xiangling batch {FORMAT}\n{node}\n{number}\n{body_digest}".encode()


def digest_of(body: bytes) -> str:
    return digest(body)
