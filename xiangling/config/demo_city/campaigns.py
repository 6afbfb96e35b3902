"""Two special campaigns of the city, and which inspection findings were made in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from xiangling.apps.hazards.models import Campaign
from xiangling.kernel import clock
from xiangling.org.models import Unit

from .model import FindingPlan


@dataclass(frozen=True)
class Drive:
    """A campaign as planned: days before today from and to which it lasts, and one finding in `takes` is its own."""

    name: str
    sectors: tuple[str, ...]
    begins: int
    ends: int
    takes: int
    basis: str


DRIVES = (
    Drive(
        "城镇燃气安全专项整治",
        ("gas",),
        160,
        40,
        2,
        "汐安委〔2026〕11号《城镇燃气安全专项整治方案》",
    ),
    Drive(
        "冬季工贸企业粉尘与有限空间专项检查",
        ("industry_trade", "food"),
        70,
        -50,
        3,
        "汐安委办〔2026〕27号",
    ),
)


class Campaigns:
    """The campaigns, made; `name_for` says in which one a finding was made, "" for none."""

    def __init__(self, unit: Unit, today: date) -> None:
        self.made: list[tuple[Campaign, Drive]] = []
        for drive in DRIVES:
            row = Campaign(
                name=drive.name,
                unit=unit,
                region=unit.region,
                sectors=list(drive.sectors),
                begins_on=today - timedelta(days=drive.begins),
                ends_on=today - timedelta(days=drive.ends),
                basis=drive.basis,
            )
            row.save()
            self.made.append((row, drive))
        self._seen = 0

    def name_for(self, finding: FindingPlan, sector: str) -> str:
        if finding.source != "inspection":
            return ""
        day = clock.local_date(finding.found_at)
        for row, drive in self.made:
            if sector in drive.sectors and row.begins_on <= day <= row.ends_on:
                self._seen += 1
                return row.name if self._seen % drive.takes == 0 else ""
        return ""
