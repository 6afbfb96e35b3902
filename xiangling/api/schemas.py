"""The parts of answers that are the same for every kind."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class Ref(BaseModel):
    """Another record, by name."""

    id: int
    uid: UUID | None
    code: str
    label: str


class Place(BaseModel):
    """Where it is, WGS 84."""

    lat: float
    lng: float


class Turn(BaseModel):
    """Whose move it is: the duty, and the unit, post and person that hold it; null is a blind spot."""

    duty: str
    label: str
    since: datetime
    unit: int | None
    unit_name: str
    post: int | None
    title: str
    person_name: str


class Choice(BaseModel):
    value: str | int
    label: str


class Answer(BaseModel):
    """One thing a step asks for, for this record and this caller."""

    name: str
    label: str
    kind: str
    required: bool
    help: str
    max_length: int | None
    choices: list[Choice]
    initial: Any


class Offer(BaseModel):
    """A step the caller may take now."""

    name: str
    label: str
    law: str
    url: str
    is_primary: bool
    is_dangerous: bool
    proof: dict[str, int] = Field(description="Role -> least number of files.")
    fields: list[Answer]


class ProofGiven(BaseModel):
    """A file sent before through /files, and what it shows."""

    model_config = ConfigDict(extra="forbid")

    file: UUID
    role: str = Field(
        max_length=16, json_schema_extra={"enum": ["before", "after", "site", "paper"]}
    )


class ProofShown(BaseModel):
    """A file behind an entry."""

    file: UUID
    role: str
    name: str
    media_type: str
    sha: str
    taken_at: datetime | None
    place: Place | None


class EntryOut(BaseModel):
    """One line of the ledger."""

    uid: UUID
    seq: int
    kind: str
    step: str
    told: str = Field(description="What was done, in words.")
    source: str
    target: str
    by: str
    at: datetime
    data: dict[str, Any]
    proofs: list[ProofShown]
    prev: str
    hash: str


class TodoRow(BaseModel):
    """An open record whose next move is the caller's."""

    kind: str
    uid: UUID
    code: str
    title: str
    mark: str
    state: str
    state_label: str
    region: str
    sector: str
    turn: str
    opened_at: datetime
    since: datetime
    due_at: datetime
    url: str


class FileOut(BaseModel):
    """A stored file, to be named as proof."""

    uid: UUID
    name: str
    media_type: str
    size: int
    sha: str
    taken_at: datetime | None
    place: Place | None


class DutyOut(BaseModel):
    code: str
    label: str


class ScopeOut(BaseModel):
    """What the caller may see; null means unrestricted."""

    region: str
    sectors: list[str] | None
    units: list[int] | None


class Me(BaseModel):
    """Who the caller is."""

    name: str
    title: str
    unit: int | None
    unit_name: str
    is_deputy: bool
    duties: list[DutyOut]
    scope: ScopeOut


class JobOut(BaseModel):
    """Long work and how far it is."""

    uid: UUID
    kind: str
    title: str
    state: str
    total: int | None
    done: int
    counts: dict[str, int]
    message: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class RefusedRowOut(BaseModel):
    """A row that an import did not take in."""

    number: int
    reason: str
    values: dict[str, Any]
