"""What goes into the judge and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Verdict(StrEnum):
    """`unsure` names the fact that is missing; `not_covered`: no text to judge by, or nothing to judge."""

    MAJOR = "major"
    GENERAL = "general"
    UNSURE = "unsure"
    NOT_COVERED = "not_covered"


class Depth(StrEnum):
    """Whether a finding touches process, equipment or management loop (R-070, R-071)."""

    SHALLOW = "shallow"
    SUBSTANTIVE = "substantive"


@dataclass(frozen=True)
class Finding:
    """A finding as it was written, with what is known of it."""

    text: str
    sector: str = ""
    venue: str = ""
    on: date | None = None


@dataclass(frozen=True)
class Match:
    """A clause that fits: key of the standard, article as stored, id of the criterion, likelihood 0-1."""

    standard: str
    article: str
    criterion: str
    likelihood: float


@dataclass(frozen=True)
class Judgement:
    """What the judge makes of one finding.

    `major_probability` is calibrated; `spans` are (start, end) character offsets in the text as given;
    `missing` are questions whose "yes" would make it major; `superseded` are keys of editions used
    though a newer one exists; `unheld` are keys of editions in force whose text is not held.
    """

    verdict: Verdict
    major_probability: float
    matches: tuple[Match, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()
    missing: tuple[str, ...] = ()
    depth: Depth = Depth.SUBSTANTIVE
    depth_reason: str = ""
    superseded: tuple[str, ...] = ()
    unheld: tuple[str, ...] = ()
