"""An enterprise's unit follows its firm: the name it bore before is kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from xiangling.kernel import clock
from xiangling.org.models import Unit, UnitName

from .models import SupervisedObject


def rename_units(firms: Iterable[SupervisedObject]) -> None:
    """Give the units of these firms their firms' name and town; a former name is kept with its last day."""
    wanted = {firm.unit_id: firm for firm in firms}
    today = clock.local_date(clock.now())
    former, units = [], []
    for unit in Unit.objects.filter(pk__in=sorted(wanted)):
        firm = wanted[unit.pk]
        if unit.name != firm.name:
            yesterday = max(today - timedelta(days=1), unit.starts_on)
            former.append(UnitName(unit=unit, name=unit.name, ends_on=yesterday))
        unit.name, unit.region = firm.name, firm.region
        units.append(unit)
    UnitName.objects.bulk_create(former)
    Unit.objects.bulk_update(units, ["name", "region"], batch_size=100)
