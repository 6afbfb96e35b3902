"""The demo city's papers: made by the same actions as everybody's, and proven like theirs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories as f
from xiangling.config.demo_city.official_papers import add_official_papers
from xiangling.documents import checking
from xiangling.documents.models import Issued, Paper
from xiangling.kernel import clock
from xiangling.kernel.scope import unscoped

pytestmark = pytest.mark.django_db


def test_the_demo_has_papers_at_several_stages() -> None:
    world = f.make_world()
    for n in range(3):
        f.to_state(world, "fixing", seed=61_000 + 10 * n)
    f.to_state(world, "accepted", seed=61_100)
    f.to_state(world, "fixing", major=True, seed=61_200)
    with clock.at(f.NOW + timedelta(days=12)), unscoped("test"):
        add_official_papers()
        found = {(paper.type, paper.state) for paper in Paper._base_manager.all()}
    assert found >= {
        ("order", "issued"),
        ("order", "withdrawn"),
        ("recheck", "issued"),
        ("supervision", "issued"),
        ("listing", "issued"),
        ("site_record", "draft"),
    }
    assert all(checking.holds(issued) for issued in Issued.objects.select_related("paper"))
