"""How grave an accident is, by what is known of it (国务院令第493号 art. 3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xiangling.kernel import packs


@dataclass(frozen=True)
class Grade:
    """The grade an accident reaches; a lower bound while deaths, injuries or loss are not known."""

    key: str
    is_lower_bound: bool

    def __str__(self) -> str:
        row = next(row for row in packs.load("accident_grades") if row["key"] == self.key)
        label = row["label_en" if (get_language() or "").startswith("en") else "label"]
        return _("%(grade)s or graver") % {"grade": label} if self.is_lower_bound else str(label)


def grade_of(
    on: date,
    *,
    deaths: int | None = None,
    injured: int | None = None,
    loss: Decimal | None = None,
) -> Grade | None:
    """The grade of an accident of a day; the gravest of its dimensions wins.

    ``deaths`` include missing people; ``injured`` counts serious injuries; ``loss`` is direct loss in CNY. None
    is not known, and never 0. Returns None for a day before the rule.
    """
    known = {"deaths": deaths, "injured": injured, "loss": loss}
    rows = [row for row in packs.load("accident_grades") if packs.in_force(row, on)]
    for row in rows:
        reached = [
            name for name, value in known.items() if value is not None and value >= row[name]
        ]
        if reached or row is rows[-1]:
            is_gravest = row is rows[0]
            return Grade(row["key"], not is_gravest and None in known.values())
    return None
