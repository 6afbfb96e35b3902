"""One station that goes through the motions, so that ledger honesty has something to show.

Its findings are mostly empty words, on three visits three of them are written down within minutes, a
photo serves twice, and one of its people closes a dozen on one afternoon. All of it keeps to the loop.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from .model import FindingPlan

RECENT = timedelta(days=86)
VISITS, ON_A_VISIT = 3, 3
CLOSED_AT_ONCE = 12
SHALLOW_SHARE = 0.8
_WORDS = ("text", "scene", "measures", "hazard_class", "depth", "style", "template")


def hollow_out(
    findings: list[FindingPlan], unit_of: Callable[[str], str], rng: random.Random
) -> list[FindingPlan]:
    """The findings with one station's work made hollow; as many as before, under their own keys."""
    latest = max(item.path[-1].at for item in findings)
    mine = [
        i
        for i, item in enumerate(findings)
        if item.source == "inspection" and _is_plain(item) and item.found_at > latest - RECENT
    ]
    if not mine:
        return findings
    station, _n = Counter(unit_of(findings[i].found_by) for i in mine).most_common(1)[0]
    mine = [i for i in mine if unit_of(findings[i].found_by) == station]
    made = list(findings)
    empty = [item for item in findings if item.depth == "shallow" and item.style == "S"]
    for i in mine:
        if empty and rng.random() < SHALLOW_SHARE:
            made[i] = _worded(made[i], rng.choice(empty))
    _hurry(made, mine)
    _close_at_once(made)
    return made


def _is_plain(item: FindingPlan) -> bool:
    """A general finding with nothing beside its main way, that nobody merges into."""
    steps = {step.step for step in item.path}
    return (
        item.grade != "major" and item.state == "closed" and steps <= _MAIN and not item.wants_photo
    )


_MAIN = {"report", "grade", "order", "start", "submit", "accept", "close"}


def _worded(item: FindingPlan, other: FindingPlan) -> FindingPlan:
    return replace(item, **{name: getattr(other, name) for name in _WORDS})


def _hurry(made: list[FindingPlan], mine: list[int]) -> None:
    """Visits on which everything was found within minutes; the last one's photo is an old one."""
    n = min(VISITS, len(mine) // ON_A_VISIT) * ON_A_VISIT
    if not n:
        return
    for start in range(0, n, ON_A_VISIT):
        first, *others = mine[start : start + ON_A_VISIT]
        made[first] = replace(made[first], is_shown=True)
        for order, i in enumerate(others, 1):
            at_once = _later(made[first], timedelta(minutes=2 * order))
            kept = {name: getattr(made[i], name) for name in ("key", *_WORDS)}
            made[i] = replace(at_once, **kept)
    last = mine[n - 1]
    made[last] = replace(made[last], photo_of=made[mine[0]].key)


def _later(item: FindingPlan, by: timedelta) -> FindingPlan:
    path = tuple(replace(step, at=step.at + by) for step in item.path)
    return replace(item, found_at=item.found_at + by, path=path)


def _close_at_once(made: list[FindingPlan]) -> None:
    """The closings that one person had before them, all put on one afternoon."""
    closings = [(i, item.path[-1]) for i, item in enumerate(made) if _is_plain(item)]
    latest = max(step.at for _i, step in closings)
    recent = [(i, step) for i, step in closings if step.at > latest - RECENT / 2]
    post, _n = Counter(step.post for _i, step in recent).most_common(1)[0]
    own = sorted(
        ((i, step) for i, step in closings if step.post == post), key=lambda pair: pair[1].at
    )[-CLOSED_AT_ONCE:]
    day = own[-1][1].at
    for order, (i, step) in enumerate(own):
        at = day + timedelta(minutes=order - len(own) + 1)
        if at > made[i].path[-2].at:
            made[i] = replace(made[i], path=(*made[i].path[:-1], replace(step, at=at)))
