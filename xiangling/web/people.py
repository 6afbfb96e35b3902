"""Names for the ids that the docket and the ledger keep, a few queries for a whole page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from xiangling.kernel import clock
from xiangling.kernel.duty import Holder
from xiangling.kernel.models import Docket
from xiangling.org.models import Holding, Post, Region, Unit, in_force


def as_holder(holder: Holder) -> dict[str, str] | None:
    """A resolved holder as a page names it; None for a blind spot."""
    if not holder:
        return None
    seat = " ".join(filter(None, [holder.unit_name, holder.title]))
    return {"name": holder.person_name, "post": seat, "phone": holder.phone}


@dataclass
class Names:
    """Units, posts and the people on them today, loaded together."""

    units: dict[int, str] = field(default_factory=dict)
    posts: dict[int, tuple[str, str]] = field(default_factory=dict)
    regions: dict[str, str] = field(default_factory=dict)

    def holder(self, row: Docket) -> dict[str, str] | None:
        """Whose turn a docket row says it is; None for a blind spot."""
        if row.holder_unit is None:
            return None
        title, person = self.posts.get(row.holder_post or 0, ("", ""))
        unit = self.units.get(row.holder_unit, "")
        return {"name": person, "post": " ".join(filter(None, [unit, title])), "phone": ""}

    def place(self, region: str) -> str:
        return self.regions.get(region[:9].ljust(12, "0")) or self.regions.get(
            region[:6].ljust(12, "0"), ""
        )


def names_for(rows: Iterable[Docket]) -> Names:
    """The names that these docket rows need, in at most four queries."""
    given = list(rows)
    units = {row.holder_unit for row in given} | {row.unit_id for row in given}
    return Names(
        units=unit_names(units),
        posts=post_holders({row.holder_post for row in given}),
        regions=region_names({row.region for row in given}),
    )


def unit_names(ids: Iterable[Any]) -> dict[int, str]:
    wanted = {pk for pk in ids if pk}
    if not wanted:
        return {}
    return dict(Unit.objects.filter(pk__in=wanted).values_list("pk", "name"))


def post_holders(ids: Iterable[Any]) -> dict[int, tuple[str, str]]:
    """Title and today's holder of each post."""
    wanted = {pk for pk in ids if pk}
    if not wanted:
        return {}
    today = clock.local_date(clock.now())
    found = {
        pk: (title, "")
        for pk, title in Post.objects.filter(pk__in=wanted).values_list("pk", "title")
    }
    holdings = Holding.objects.filter(in_force(today), post__in=wanted).order_by(
        "-is_deputy", "-id"
    )
    for post, name in holdings.values_list("post_id", "person__name"):
        found[post] = (found[post][0], name)
    return found


def region_names(codes: Iterable[str]) -> dict[str, str]:
    wanted = {code[:size].ljust(12, "0") for code in codes for size in (6, 9)}
    if not wanted:
        return {}
    return dict(Region.objects.filter(code__in=wanted).values_list("code", "name"))
