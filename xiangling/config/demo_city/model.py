"""What the demo city consists of: plain records that refer to each other by key."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class RegionPlan:
    """A division: 12-digit code, centre (WGS 84), outline as a GeoJSON Polygon (lng, lat)."""

    code: str
    name: str
    level: int
    """Length of the significant prefix: 4 city, 6 district, 9 town."""
    parent: str | None
    kind: str
    """city, district, street, town or park."""
    lat: float
    lng: float
    boundary: dict[str, Any]


@dataclass(frozen=True)
class FormerName:
    """A name a unit bore until and including `ends_on`."""

    name: str
    ends_on: date
    reason: str


@dataclass(frozen=True)
class UnitPlan:
    """An organisation; kinds are those of org.Unit."""

    key: str
    name: str
    kind: str
    parent: str | None
    region: str
    level: int
    sectors: tuple[str, ...] = ()
    starts_on: date = date(2019, 1, 1)
    ends_on: date | None = None
    successor: str | None = None
    former_names: tuple[FormerName, ...] = ()


@dataclass(frozen=True)
class PersonPlan:
    """A person; the phone number is from ranges that no carrier has been given."""

    key: str
    username: str
    name: str
    phone: str


@dataclass(frozen=True)
class PostPlan:
    """A seat in a unit; `person` is who holds it on the day of the plan."""

    key: str
    unit: str
    title: str
    role: str
    person: str
    is_head: bool = False
    starts_on: date = date(2019, 1, 1)


@dataclass(frozen=True)
class HoldingPlan:
    """A person on a post from one day to another (inclusive)."""

    post: str
    person: str
    starts_on: date
    ends_on: date | None = None
    is_deputy: bool = False


@dataclass(frozen=True)
class ObjectPlan:
    """A supervised object: firm, venue, equipment or site. `parent` is the firm it belongs to."""

    key: str
    kind: str
    name: str
    identifier: str
    type: str
    sector: str
    region: str
    unit: str
    address: str
    lat: float
    lng: float
    parent: str | None = None
    liable_name: str = ""
    liable_phone: str = ""
    staff_count: int | None = None
    next_test_on: date | None = None
    status: str = "active"
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FirmPlan:
    """A firm: its object, its unit and the posts that answer in it."""

    key: str
    object: str
    unit: str
    name: str
    uscc: str
    sector: str
    venue: str
    region: str
    places: tuple[str, ...]
    owner: str
    officer: str | None
    workshops: tuple[str, ...] = ()
    """Keys of the workshop units."""


@dataclass(frozen=True)
class DutyPlan:
    """A line of the duty map. `region` is a prefix; blank sector means every one."""

    layer: str
    unit: str
    region: str
    post: str | None = None
    sector: str = ""
    object: str | None = None
    starts_on: date = date(2019, 1, 1)
    ends_on: date | None = None
    basis: str = ""


@dataclass(frozen=True)
class StepPlan:
    """One step of a hazard's loop: `data` holds what the step records (grade, deadline, unit ...)."""

    step: str
    at: datetime
    post: str
    note: str
    to: str
    """The state after the step."""
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FindingPlan:
    """A hazard and its way so far. Money in CNY; times aware (UTC+8)."""

    key: str
    object: str
    firm: str
    unit: str
    """The liable unit: the firm or one of its workshops."""
    liable_post: str
    supervisor: str
    """The unit that supervises it on the day of the plan."""
    sector: str
    region: str
    place: str
    text: str
    source: str
    hazard_class: str
    grade: str
    standard: str
    article: str
    criterion: str
    basis: str
    """criterion, expert, or blank for a general one."""
    depth: str
    style: str
    scene: str
    measures: str
    found_at: datetime
    found_by: str
    state: str
    path: tuple[StepPlan, ...]
    lat: float
    lng: float
    deadline: date | None = None
    leader: str = ""
    funds: int | None = None
    contingency: str = ""
    interim: str = ""
    interim_note: str = ""
    merged_into: str | None = None
    is_overdue: bool = False
    wants_photo: bool = False
    template: str = ""
    is_shown: bool = False
    """Photographed when it was found, whatever else is."""
    photo_of: str = ""
    """Key of the finding whose photo it shows again."""


@dataclass
class CityPlan:
    """The whole city. `personas` maps a persona key to its post."""

    seed: int
    today: date
    name: str
    code: str
    regions: list[RegionPlan] = field(default_factory=list)
    units: list[UnitPlan] = field(default_factory=list)
    people: list[PersonPlan] = field(default_factory=list)
    posts: list[PostPlan] = field(default_factory=list)
    holdings: list[HoldingPlan] = field(default_factory=list)
    firms: list[FirmPlan] = field(default_factory=list)
    objects: list[ObjectPlan] = field(default_factory=list)
    duties: list[DutyPlan] = field(default_factory=list)
    findings: list[FindingPlan] = field(default_factory=list)
    personas: dict[str, str] = field(default_factory=dict)
    blind_spots: list[str] = field(default_factory=list)
    """Keys of the objects without a sector line on the day of the plan."""
