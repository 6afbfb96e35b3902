"""The signs of empty work, each with its rows, its whole and its method (R-069, R-071, R-085, P01-P03)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True)
class Sign:
    """One figure: `rows` and `whole` are filters of the hazard list; `of` says who answers for it."""

    key: str
    label: Any
    method: Any
    rows: dict[str, str]
    whole: dict[str, str] = field(default_factory=dict)
    of: str = "finder"

    @property
    def period(self) -> tuple[str, str]:
        """The filters that bound the period: by the day found, or by the day closed."""
        return ("found_from", "found_to") if self.of == "finder" else ("closed_from", "closed_to")


FOUND = Sign(
    "found",
    _("Findings"),
    _("Findings of the period, by the day they were found; void and merged ones are left out."),
    {},
)
SHALLOW = Sign(
    "shallow",
    _("Shallow"),
    _(
        "Share of the findings read by the judge that name no concrete failure of process, equipment or management: housekeeping, "
        "signs, paperwork, slogans."
    ),
    {"depth": "shallow"},
    {"is_judged": "on"},
)
COPIED = Sign(
    "copied",
    pgettext_lazy("sign", "Copied"),
    _(
        "Share of the findings read by the judge whose words are nearly those of an earlier finding, at whichever firm; names of "
        "firms and numbers are left out of the comparison."
    ),
    {"copied": "on"},
    {"is_judged": "on"},
)
MAJORS = Sign(
    "majors",
    _("Major hazards"),
    _(
        "Major hazards per 1,000 findings, beside what the same mix of sectors and sources gives in the whole city in the period "
        "(indirect standardisation). It is called low or high only where the 95 % interval (Byar) leaves out the expected value."
    ),
    {"grade": "major"},
)
BULK = Sign(
    "bulk",
    _("Closed in bulk"),
    _(
        "Share of the closings made on a day on which the same person closed %(bulk_closings)s or more."
    ),
    {"bulk": "on"},
    of="closer",
)
ALONE = Sign(
    "alone",
    _("Closed by one person"),
    _(
        "Share of the closings where whoever closed it was also the only one who had accepted or re-checked it."
    ),
    {"alone": "on"},
    of="closer",
)
REUSED = Sign(
    "reused",
    _("Photo used before"),
    _(
        "Findings with a photo that had already served as proof of another record. The steps refuse such photos; the figure "
        "catches records that came from elsewhere."
    ),
    {"reused": "on"},
    {"has_photo": "on"},
)
SHORT = Sign(
    "short",
    _("Too short on site"),
    _(
        "A visit is what one person found at one object on one day; its time is that between the first and the last photo. Counted "
        "are findings of visits with %(visit_findings)s or more findings and less than %(visit_minutes)s minutes; without two dated "
        "photos the time is unknown and not counted."
    ),
    {"short": "on"},
    {"measured": "on"},
)
SHARES = (SHALLOW, COPIED, BULK, ALONE, REUSED, SHORT)
SIGNS = (FOUND, SHALLOW, COPIED, MAJORS, BULK, ALONE, REUSED, SHORT)
